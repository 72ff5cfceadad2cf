import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { cutBytes, resetBytes } from '../../src/hardware/escpos-commands.js';
import { temporaryFolder } from '../temporary-folder.js';
import { testPrinter } from './printers.js';

const paper = Buffer.concat([resetBytes, Buffer.from('Coffee\n'), cutBytes]);

describe('A printer that is a file', () => {
  let folder: string;
  let reader: FileHandle | undefined;

  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(async () => {
    await reader?.close();
    reader = undefined;
    rmSync(folder, { recursive: true });
  });

  const pipe = (): string => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    return path;
  };

  it('that takes nothing more is given up within the time limit, and prints when it takes again', async () => {
    const path = pipe();
    reader = await open(path, 'r+');
    const printer = testPrinter(`file:${path}`);
    // A pipe takes 64 KiB that nobody reads.
    await expect(printer.print([Buffer.alloc(200_000, 0x0a)])).rejects.toMatchObject({ made: 'unknown' });
    const { bytesRead } = await reader.read(Buffer.alloc(200_000), 0, 200_000);
    expect(bytesRead).toBeGreaterThan(60_000);
    expect(await printer.print([paper])).toBe('sent');
    const { buffer } = await reader.read(Buffer.alloc(1000), 0, 1000);
    expect(buffer.includes('Coffee')).toBe(true);
  });

  it('behind which nobody is gets nothing', async () => {
    await expect(testPrinter(`file:${pipe()}`).print([paper])).rejects.toMatchObject({ made: 'nothing_sent' });
  });

  it('is readable by its owner only, and a device that is not there is not made', async () => {
    const path = join(folder, 'lp0');
    expect(await testPrinter(`file:${path}`).print([paper])).toBe('sent');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    if (existsSync('/dev/usb/lp9')) return;
    await expect(testPrinter('file:/dev/usb/lp9').print([paper])).rejects.toMatchObject({ made: 'nothing_sent' });
    expect(existsSync('/dev/usb/lp9')).toBe(false);
  });
});
