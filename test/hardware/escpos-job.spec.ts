import type { Canvas } from '@napi-rs/canvas';
import jsqr from 'jsqr';
import { bitmapOf } from '../../src/hardware/bitmap.js';
import { type CodePage, codePages, isInCodePage } from '../../src/hardware/escpos-code-page.js';
import { pulseBytes } from '../../src/hardware/escpos-commands.js';
import { type EscposPrinter, escposJobs, jobBytesMax } from '../../src/hardware/escpos-job.js';
import { layoutPng } from '../../src/hardware/layout-png.js';
import type { Block, Layout } from '../../src/hardware/layout.js';
import { PaperFault, paperFaultCodes } from '../../src/hardware/paper-fault.js';
import { papers } from '../../src/hardware/paper.js';
import { type Print, print } from '../../src/hardware/escpos-interpreter.js';
import { paperOf } from '../../src/hardware/interpreted-paper.js';
import { usualPulse } from '../../src/hardware/printer-address.js';
import { receiptLayout } from '../../src/hardware/receipt-layout.js';
import { errorWith } from '../errors.js';
import { paperSale } from './paper-receipts.js';

const printer: EscposPrinter = { paper: papers['80mm'], codePage: codePages.PC858, qr: 'native' };
const layoutOf = (...blocks: readonly Block[]): Layout => ({ direction: 'ltr', blocks });
const row = (start: string, end = ''): Block => ({ kind: 'row', start, end });

const printed = (layout: Layout, more: Partial<EscposPrinter> = {}): Print => {
  const [job, ...others] = escposJobs(layout, { ...printer, ...more });
  expect(others).toEqual([]);
  return print(job ?? Buffer.of());
};

const linesIn = ({ items }: Print): readonly string[] =>
  items.flatMap((item) => (item.kind === 'line' ? [item.text] : item.kind === 'picture' ? ['(picture)'] : []));

describe('A job for a printer', () => {
  it('is these bytes for a receipt of one row', () => {
    const [job] = escposJobs(layoutOf(row('Café', '3.50'), { kind: 'cut' }), { ...printer, paper: papers['58mm'] });
    const spaces = '20'.repeat(24);
    expect(Buffer.from(job ?? []).toString('hex')).toBe(
      `1b40 1b5200 1b7413 43616682 ${spaces} 332e3530 0a 1d564200`.replaceAll(' ', ''),
    );
  });

  it('resets the printer first, and tells a Chinese one what bytes mean', () => {
    const [job] = escposJobs(layoutOf(row('é')), { ...printer, chinese: true });
    expect(Buffer.from(job ?? []).toString('hex')).toBe('1b401c2e1b52001b7413820a');
    expect(printed(layoutOf(row('é')), { chinese: true }).resets).toBe(1);
  });

  it('holds what the code page has as text, and any other line as a picture of the whole line', () => {
    const layout = layoutOf(row('Crème brûlée', '3.50'), row('Łódź', '1.00'), row('قهوة', '2.00'), row('Щи', '4.00'));
    const lineOf = (start: string, end: string): string => start.padEnd(48 - end.length) + end;
    const picture = '(picture)';
    const said = (codePage: CodePage): readonly string[] => linesIn(printed(layout, { codePage }));
    const brulee = lineOf('Crème brûlée', '3.50');
    expect(said(codePages.PC858)).toEqual([brulee, picture, picture, picture]);
    expect(said(codePages.PC437)).toEqual([brulee, picture, picture, picture]);
    expect(said(codePages.PC852)).toEqual([picture, lineOf('Łódź', '1.00'), picture, picture]);
    expect(said(codePages.PC866)).toEqual([picture, picture, picture, lineOf('Щи', '4.00')]);
    expect(said(codePages.WPC1252)).toEqual([brulee, picture, picture, picture]);
  });

  it.each(Object.entries(codePages))('prints every character of %s as itself', (_name, codePage) => {
    const all = Array.from({ length: 0xffff }, (_, code) => String.fromCharCode(code)).filter(
      (character) => /[^\p{C}\p{Z}]/u.test(character) && isInCodePage(character, codePage),
    );
    expect(all.length).toBeGreaterThan(190);
    const words = all.map((character) => row(`x${character}`));
    expect(linesIn(printed(layoutOf(...words), { codePage }))).toEqual(
      all.map((character) => `x${character}`.normalize('NFC')),
    );
  });

  it('takes a letter and its accent for the one letter that the page has', () => {
    expect(linesIn(printed(layoutOf(row('Cafe\u0301'))))).toEqual(['Café']);
  });

  it('does not open the drawer, or ask or obey anything, whatever a product is called', () => {
    const name = 'X\u001bp\u0000\u0019\u00fa\u0010\u0014\u0001\u0000\u0005';
    const [line] = paperSale.lines;
    if (!line) throw new Error('There is no line.');
    const receipt = { ...paperSale, lines: [{ ...line, name }], shop_name: name, staff_id: name };
    for (const language of ['en', 'ar'] as const) {
      for (const codePage of Object.values(codePages)) {
        const print = printed(receiptLayout(receipt, { language, numerals: 'latin' }), { codePage });
        expect({ ...print, items: [] }).toEqual({ items: [], pulses: [], questions: [], resets: 1 });
        const text = linesIn(print).join('\n');
        expect(text).not.toContain('\u001b');
        if (language === 'en' && codePage !== codePages.PC866) expect(text).toContain('Xpú');
      }
    }
  });

  it('prints large letters twice as wide and high, and then ordinary ones', () => {
    const { items } = printed(
      layoutOf({ ...(row('TOTAL', '3.50') as Extract<Block, { kind: 'row' }>), large: true }, row('a')),
    );
    expect(items).toEqual([
      { kind: 'line', text: `TOTAL${' '.repeat(15)}3.50`, size: 0x11, align: 0 },
      { kind: 'line', text: 'a', size: 0, align: 0 },
    ]);
  });

  it('has its amounts on the left and its names on the right from right to left', () => {
    const print = printed({
      direction: 'rtl',
      blocks: [row('Tea (hot)', '-3.50'), { ...row('a', '1'), indent: 2 } as Block],
    });
    expect(linesIn(print)).toEqual([`-3.50${' '.repeat(34)}Tea (hot)`, `1${' '.repeat(44)}a`]);
  });

  it('is cut into several that each start anew, none too long, none within a line, and nothing is lost', () => {
    const names = Array.from({ length: 400 }, (_, index) => `قهوة ${String(index)}`);
    const jobs = escposJobs(layoutOf(...names.map((name) => row(name, '1.00')), row('end'), { kind: 'cut' }), printer);
    expect(jobs.length).toBeGreaterThan(3);
    for (const job of jobs) expect(job.length).toBeLessThanOrEqual(jobBytesMax);
    const prints = jobs.map(print);
    expect(prints.map(({ resets }) => resets)).toEqual(jobs.map(() => 1));
    const items = prints.flatMap((one) => one.items);
    expect(items.filter(({ kind }) => kind === 'picture')).toHaveLength(400);
    expect(items.slice(-2)).toEqual([{ kind: 'line', text: 'end', size: 0, align: 0 }, { kind: 'cut' }]);
  });

  it('holds a logo dot for dot in the middle, in bands that small printers can take', () => {
    const picture = bitmapOf(80, 300, (x, y) => (x + y) % 3 === 0);
    const { items } = printed(layoutOf({ kind: 'picture', picture }));
    const rows = items.flatMap((item) => (item.kind === 'picture' ? item.rows : []));
    expect(items.length).toBe(3);
    expect(rows).toHaveLength(300);
    rows.forEach((bytes, y) => {
      expect(bytes).toHaveLength(72);
      for (let x = 0; x < 576; x += 1) {
        const black = ((bytes[x >> 3] ?? 0) & (0x80 >> (x & 7))) !== 0;
        if (black !== (x >= 248 && x < 328 && (x - 248 + y) % 3 === 0))
          throw new Error(`Dot ${String(x)}, ${String(y)}`);
      }
    });
  });
});

describe('What cannot be put on paper', () => {
  it.each<[(typeof paperFaultCodes)[number], Block, RegExp]>([
    ['GLYPH_MISSING', row('咖啡'), /“咖” \(U\+5496\)/u],
    ['GLYPH_MISSING', row('tea 🍵', '1.00'), /“🍵” \(U\+1F375\)/u],
    ['GLYPH_MISSING', { kind: 'centred', text: 'שלום' }, /U\+05E9/u],
    ['QR_UNFIT', { kind: 'qr', content: '' }, /this one has 0/u],
    ['QR_UNFIT', { kind: 'qr', content: 'x'.repeat(701) }, /this one has 701/u],
    ['QR_UNFIT', { kind: 'qr', content: 'a\u001bp' }, /letters, digits and signs/u],
    ['PICTURE_UNFIT', { kind: 'picture', picture: bitmapOf(600, 1, () => true) }, /600 dots/u],
    ['PICTURE_UNFIT', { kind: 'picture', picture: { width: 8, height: 2, dots: Uint8Array.of(1) } }, /fit/u],
  ])('fails with %s instead of leaving it out', (code, block, message) => {
    const layout = layoutOf(row('before'), block);
    for (const made of [() => escposJobs(layout, printer), () => layoutPng(layout, printer.paper)]) {
      expect(made).toThrow(errorWith({ code, message: expect.stringMatching(message) as string }));
      expect(made).toThrow(PaperFault);
    }
  });

  it('has no other reason', () => {
    expect([...paperFaultCodes].sort()).toEqual(['GLYPH_MISSING', 'PICTURE_UNFIT', 'QR_UNFIT']);
  });
});

describe('The QR code', () => {
  const content = paperSale.qr ?? '';
  const layout = layoutOf(row('Record'), { kind: 'qr', content });

  const read = (canvas: Canvas): string | undefined => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return jsqr.default(data, canvas.width, canvas.height)?.data;
  };

  it.each(Object.entries(papers))('is read back from the dots on %s, drawn by us or by the printer', (_name, paper) => {
    for (const qr of ['native', 'raster'] as const) {
      expect(read(paperOf(printed(layout, { paper, qr }), paper.dots))).toBe(content);
    }
  });

  it('of the longest content is read back from the narrowest paper', () => {
    const longest = Array.from({ length: 700 }, (_, index) => String.fromCharCode(0x21 + (index % 94))).join('');
    const paper = papers['58mm'];
    const long = layoutOf({ kind: 'qr', content: longest });
    expect(read(paperOf(printed(long, { paper, qr: 'raster' }), paper.dots))).toBe(longest);
    expect(read(paperOf(printed(long, { paper }), paper.dots))).toBe(longest);
  });

  it('stands in the middle of the lines when they are narrower than the paper', () => {
    const { items } = printed(layout, { paper: papers['80mm-42'] });
    expect(items).toContainEqual({ kind: 'code', content, dots: 6, align: 1, area: 504 });
  });
});

describe('The pulse for a drawer', () => {
  it('is whole, with connector and times', () => {
    expect(Buffer.from(pulseBytes(usualPulse)).toString('hex')).toBe('1b700019fa');
    expect(print(pulseBytes(usualPulse)).pulses).toEqual([{ pin: 0, on_ms: 50, off_ms: 500 }]);
    const other = { connector: 1, on_ms: 120, off_ms: 240 } as const;
    expect(print(pulseBytes(other)).pulses).toEqual([{ pin: 1, on_ms: 120, off_ms: 240 }]);
  });

  it.each([0, 1, 512, -2, 2.5])('of %d ms is no pulse', (on_ms) => {
    expect(() => pulseBytes({ connector: 0, on_ms, off_ms: 500 })).toThrow('Invariant broken');
  });
});

describe('The virtual printer', () => {
  it.each(['1b', '1b5b', '1d76300001000200ff', '07', '1c26', '1d286b0300', '1b7413fa', '41', '1b7463800a'])(
    'refuses %s, so the specifications above would fail',
    (hex) => {
      expect(() => print(Buffer.from(hex, 'hex'))).toThrow();
    },
  );
});
