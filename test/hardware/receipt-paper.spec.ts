import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { ReceiptDocument } from '../../src/domain/receipt.js';
import { codePages } from '../../src/hardware/escpos-code-page.js';
import { type EscposPrinter, escposJobs } from '../../src/hardware/escpos-job.js';
import { layoutPng } from '../../src/hardware/layout-png.js';
import { layoutText } from '../../src/hardware/layout-text.js';
import { type Layout, linesOf, type TextLine } from '../../src/hardware/layout.js';
import { drawnLine } from '../../src/hardware/line-drawing.js';
import { papers } from '../../src/hardware/paper.js';
import { columnsOf } from '../../src/hardware/plain-text.js';
import { receiptLayout, type ReceiptStyle } from '../../src/hardware/receipt-layout.js';
import { anyReceipt, paperRefund, paperSale } from './paper-receipts.js';
import { print, type Printed } from '../../src/hardware/escpos-interpreter.js';

const folder = join('test', 'hardware', 'golden');

/** What a file holds; with `WRITE_GOLDEN` set it is written first, to be looked at before it is committed. */
const golden = (name: string, made: Uint8Array): Buffer => {
  const path = join(folder, name);
  if (process.env['WRITE_GOLDEN'] !== undefined) writeFileSync(path, made);
  if (!existsSync(path)) throw new Error(`${path} is missing: WRITE_GOLDEN=1 writes it.`);
  return readFileSync(path);
};

const receipts = { sale: paperSale, refund: paperRefund };
const widths = ['58mm', '80mm'] as const;
const languages = ['en', 'fr', 'ar'] as const;
const every = Object.entries(receipts).flatMap(([kind, receipt]) =>
  widths.flatMap((width) => languages.map((language) => ({ kind, receipt, width, language }))),
);

describe('The paper of a receipt', () => {
  it.each(every)('for a $kind on $width in $language is what was looked at', ({ kind, receipt, width, language }) => {
    const layout = receiptLayout(receipt, { language, numerals: 'latin' });
    const paper = papers[width];
    const [job = Buffer.of(), ...more] = escposJobs(layout, { paper, codePage: codePages.PC858, qr: 'native' });
    expect(more).toEqual([]);
    expect(Buffer.compare(job, golden(`${kind}-${width}-${language}.escpos`, job))).toBe(0);
    const png = layoutPng(layout, paper);
    expect(Buffer.compare(png, golden(`${kind}-${width}-${language}.png`, png))).toBe(0);
  });

  it('has Arabic figures where a shop wants them, and numbers that name something as they are', () => {
    const layout = receiptLayout(paperSale, { language: 'ar', numerals: 'arabic-indic' });
    const text = layoutText(layout, 42);
    for (const said of ['٦٫٢٤', '-٠٫٦٢', '١٫٢٥ x ٤٫٩٩', '٢٠٢٦/١١/٢٣ ١٤:٠٥', '3F2A-000007', '310122393500003', '1-12']) {
      expect(text).toContain(`\u2068${said}\u2069`);
    }
    const png = layoutPng(layout, papers['80mm']);
    expect(Buffer.compare(png, golden('sale-80mm-ar-figures.png', png))).toBe(0);
  });

  it('says whose it is and that it is an invoice, but not for training and not for a void', () => {
    const said = (receipt: Partial<ReceiptDocument>): string =>
      layoutText(receiptLayout({ ...paperSale, ...receipt }, { language: 'en', numerals: 'latin' }), 42);
    expect(said({})).toMatch(/Beirut, Lebanon\n +Tax number 310122393500003\n +Simplified tax invoice\n/u);
    expect(said({ kind: 'refund' })).toContain('Credit note to a simplified tax invoice\n');
    for (const none of [{ training: true }, { kind: 'void' as const }, { tax_invoice: false }]) {
      expect(said(none)).not.toContain('Simplified');
    }
  });
});

/** As a shop writes it: the test's own arithmetic. */
const written = (minor: number, currency: string, { language, numerals }: ReceiptStyle): string => {
  const decimals = { USD: 2, LBP: 2, JOD: 3, JPY: 0 }[currency] ?? Number.NaN;
  const unit = 10n ** BigInt(decimals);
  const size = BigInt(Math.abs(minor));
  const part = (size % unit).toString().padStart(decimals, '0');
  const whole = `${minor < 0 ? '-' : ''}${(size / unit).toString()}`;
  const isWhole = decimals === 0 || (currency === 'LBP' && size % unit === 0n);
  const shown = isWhole ? whole : `${whole}.${part}`;
  if (numerals === 'latin') return language === 'fr' ? shown.replace('.', ',') : shown;
  return shown.replace('.', '٫').replaceAll(/\d/gu, (digit) => '٠١٢٣٤٥٦٧٨٩'.charAt(Number(digit)));
};

/** Every amount that must stand at the edge of a line of its own, with the currency that says how it is written. */
const amountsOf = (receipt: ReceiptDocument): readonly (readonly [number, string])[] => {
  const { currency, added_tax_minor, tip_minor, rounding_minor } = receipt;
  const steps = [added_tax_minor, tip_minor, rounding_minor].filter((step) => step !== 0);
  const own = [
    ...receipt.lines.flatMap((line) => [
      line.extended_minor,
      ...line.discounts.map((discount) => (discount.amount_minor === 0 ? 0 : -discount.amount_minor)),
    ]),
    ...(steps.length === 0 ? [] : [receipt.subtotal_minor, ...steps]),
    receipt.total_minor,
    ...receipt.taxes.flatMap(({ net_minor, tax_minor }) => [net_minor, tax_minor]),
    ...receipt.tenders.filter((tender) => tender.currency !== currency).map((tender) => tender.base_minor),
  ];
  return [
    ...own.map((minor): [number, string] => [minor, currency]),
    ...[...receipt.tenders, ...receipt.change].map((money): [number, string] => [money.amount_minor, money.currency]),
  ];
};

const drawn = new Map<string, Buffer>();

const drawnRows = (line: TextLine, direction: Layout['direction'], columns: number): Buffer => {
  const key = JSON.stringify([line, direction, columns]);
  const rows = drawn.get(key) ?? Buffer.from(drawnLine(line, direction, columns).dots);
  drawn.set(key, rows);
  return rows;
};

/**
 * Goes over paper and layout line by line. What the printer printed as text is taken from its text; of a picture it is
 * checked that it is the picture of its line, and the line's own text is taken. (That the picture looks like its text is
 * what the golden pictures are for.)
 */
const endsOnPaper = (items: readonly Printed[], layout: Layout, columns: number): readonly string[] => {
  const lines = linesOf(layout, { columns, largeScale: 2 });
  expect(items.map(({ kind }) => kind === 'cut')).toEqual(lines.map(({ kind }) => kind === 'cut'));
  return lines.flatMap((line, index) => (line.kind === 'text' ? endOf(items[index], line, layout, columns) : []));
};

const endOf = (
  item: Printed | undefined,
  line: TextLine,
  { direction }: Layout,
  columns: number,
): readonly string[] => {
  if (item?.kind === 'picture') {
    expect(Buffer.compare(Buffer.concat(item.rows), drawnRows(line, direction, columns))).toBe(0);
    return [line.end];
  }
  if (item?.kind !== 'line') throw new Error(`There is no line for “${line.start}”.`);
  expect(item.text.length * (1 + (item.size >> 4))).toBeLessThanOrEqual(columns);
  const words = item.text.trim().split(/ +/u);
  return [(direction === 'ltr' ? words.at(-1) : words[0]) ?? ''];
};

const styles = fc.record({
  language: fc.constantFrom(...languages),
  numerals: fc.constantFrom('latin' as const, 'arabic-indic' as const),
});
const printers: fc.Arbitrary<EscposPrinter> = fc.record({
  paper: fc.constantFrom(...Object.values(papers)),
  codePage: fc.constantFrom(...Object.values(codePages)),
  qr: fc.constantFrom('native' as const, 'raster' as const),
  chinese: fc.boolean(),
});

describe('A thousand receipts', () => {
  it('have every amount on paper, no drawer opened, and nothing from a name that a printer obeys', () => {
    let pictures = 0;
    fc.assert(
      fc.property(anyReceipt, styles, printers, (receipt, style, printer) => {
        const layout = receiptLayout(receipt, style);
        const prints = escposJobs(layout, printer).map(print);
        for (const { resets, pulses, questions } of prints) {
          expect({ resets, pulses, questions }).toEqual({ resets: 1, pulses: [], questions: [] });
        }
        const items = prints.flatMap((one) => one.items);
        pictures += items.filter(({ kind }) => kind === 'picture').length;
        for (const item of items) expect(item.kind === 'line' ? item.text : '').not.toMatch(/[\p{Cc}\p{Cf}]/u);
        const ends = [...endsOnPaper(items, layout, printer.paper.columns)];
        for (const [minor, currency] of amountsOf(receipt)) {
          expect(ends).toContain(written(minor, currency, style));
          ends.splice(ends.indexOf(written(minor, currency, style)), 1);
        }
      }),
      { numRuns: Number(process.env['PAPER_RUNS'] ?? 300), seed: 20_261_124 },
    );
    expect(pictures).toBeGreaterThan(1000);
  });

  it('have every amount in the text, in lines that fit, with no format character from a name', () => {
    fc.assert(
      fc.property(anyReceipt, styles, fc.constantFrom(32, 42, 48), (receipt, style, columns) => {
        const text = layoutText(receiptLayout(receipt, style), columns);
        const ours = style.language === 'ar' ? /[\u2068\u2069\u200f]/gu : /(?!)/gu;
        const plain = text.replaceAll(ours, '');
        expect(plain).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
        const ends = plain.split('\n').map((line) => line.trim().split(/ +/u).at(-1) ?? '');
        for (const line of plain.split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(columns);
        for (const [minor, currency] of amountsOf(receipt)) {
          expect(ends).toContain(written(minor, currency, style));
          ends.splice(ends.indexOf(written(minor, currency, style)), 1);
        }
      }),
      { numRuns: Number(process.env['PAPER_RUNS'] ?? 300), seed: 20_261_124 },
    );
  });
});
