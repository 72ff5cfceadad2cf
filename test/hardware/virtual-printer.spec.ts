import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadImage } from '@napi-rs/canvas';
import { codePages } from '../../src/hardware/escpos-code-page.js';
import { escposJobs } from '../../src/hardware/escpos-job.js';
import type { Layout } from '../../src/hardware/layout.js';
import { papers } from '../../src/hardware/paper.js';
import { temporaryFolder } from '../temporary-folder.js';
import { usualLimits } from '../../src/hardware/wired-printer.js';
import { testPrinter } from './printers.js';

const layout: Layout = {
  direction: 'ltr',
  blocks: [
    { kind: 'row', start: 'Coffee', end: '3.50' },
    { kind: 'row', start: 'قهوة', end: '3.50' },
    { kind: 'qr', content: 'https://shop.example/1' },
    { kind: 'cut' },
  ],
};

const virtualPrinter = (folder: string) => testPrinter(`virtual:${folder}`, { limits: usualLimits });

describe('A printer that is a folder', () => {
  let folder: string;
  const jobs = escposJobs(layout, { paper: papers['80mm'], codePage: codePages.PC437, qr: 'native' });

  beforeEach(() => {
    folder = join(temporaryFolder(), 'papers');
  });
  afterEach(() => rmSync(join(folder, '..'), { recursive: true }));

  it('leaves what it received as a picture and as text, numbered', async () => {
    const printer = virtualPrinter(folder);
    expect(await printer.print(jobs)).toBe('confirmed');
    await printer.open(() => true);
    expect(await printer.print(jobs)).toBe('confirmed');
    expect(readdirSync(folder)).toEqual(['000001.png', '000001.txt', '000002.txt', '000003.png', '000003.txt']);
    const text = readFileSync(join(folder, '000001.txt'), 'utf8').split('\n');
    expect(text[0]).toMatch(/^Coffee {38}3\.50$/u);
    expect(text.slice(1)).toEqual(['[picture of 576 x 32 dots]', '[code: https://shop.example/1]', '[cut]', '']);
    expect(readFileSync(join(folder, '000002.txt'), 'utf8')).toBe('[drawer 0 opened, 50 ms]\n');
    const picture = await loadImage(join(folder, '000001.png'));
    expect(picture.width).toBe(576);
    expect(picture.height).toBeGreaterThan(150);
  });

  it('leaves what it cannot read as it came, and does not say that it printed it', async () => {
    const job = Buffer.from('1b40427563180a', 'hex');
    await expect(virtualPrinter(folder).print([job])).rejects.toMatchObject({ made: 'unknown' });
    expect(readdirSync(folder)).toEqual(['000001.escpos']);
    expect(readFileSync(join(folder, '000001.escpos')).subarray(0, job.length)).toEqual(job);
  });

  it('keeps the newest thousand papers', async () => {
    const printer = virtualPrinter(folder);
    await printer.print(jobs);
    writeFileSync(join(folder, '001000.txt'), '');
    writeFileSync(join(folder, 'notes.txt'), '');
    await printer.print(jobs);
    expect(readdirSync(folder)).toEqual(['001000.txt', '001001.png', '001001.txt', 'notes.txt']);
  });

  it('takes nothing where no folder can be', async () => {
    writeFileSync(join(folder, '..', 'file'), '');
    await expect(virtualPrinter(join(folder, '..', 'file', 'papers')).print(jobs)).rejects.toMatchObject({
      made: 'nothing_sent',
    });
  });
});
