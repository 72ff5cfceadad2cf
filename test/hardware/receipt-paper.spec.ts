import fc from 'fast-check';
import { paperLanguages, type ShopPaper } from '../../src/domain/paper.js';
import type { ReceiptDocument } from '../../src/domain/receipt.js';
import { codePages } from '../../src/hardware/escpos-code-page.js';
import { type EscposPrinter, escposJobs } from '../../src/hardware/escpos-job.js';
import { layoutText } from '../../src/hardware/layout-text.js';
import { type Layout, linesOf, type TextLine } from '../../src/hardware/layout.js';
import { drawnLine } from '../../src/hardware/line-drawing.js';
import { papers } from '../../src/hardware/paper.js';
import { columnsOf } from '../../src/hardware/plain-text.js';
import { print, type Printed } from '../../src/hardware/escpos-interpreter.js';
import { receiptLayout } from '../../src/hardware/receipt-layout.js';
import { anyReceipt } from './paper-receipts.js';

/** As a shop writes it: the test's own arithmetic. */
const written = (minor: number, currency: string, { language, numerals }: ShopPaper): string => {
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
  const { currency, added_tax_minor, tip_minor, rounding_minor, second_total: second } = receipt;
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
    ...(second
      ? [second.total_minor, second.tax_minor].map((minor): [number, string] => [minor, second.currency])
      : []),
  ];
};

/**
 * Goes over paper and layout line by line, and throws where they differ. What the printer printed as text is taken from its text; of a picture it is
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
    const isThisLine = Buffer.compare(Buffer.concat(item.rows), drawnLine(line, direction, columns).dots) === 0;
    if (!isThisLine) throw new Error(`The picture is not that of “${line.start}” and “${line.end}”.`);
    return [line.end];
  }
  if (item?.kind !== 'line') throw new Error(`There is no line for “${line.start}”.`);
  if (item.text.length * (1 + (item.size >> 4)) > columns) throw new Error(`“${item.text}” does not fit.`);
  const words = item.text.trim().split(/ +/u);
  return [(direction === 'ltr' ? words.at(-1) : words[0]) ?? ''];
};

const printers: fc.Arbitrary<EscposPrinter> = fc.record({
  paper: fc.constantFrom(...Object.values(papers)),
  codePage: fc.constantFrom(...Object.values(codePages)),
  qr: fc.constantFrom('native' as const, 'raster' as const),
  chinese: fc.boolean(),
});

/** So many receipts are printed: of each language and each roll, with all code pages. */
const runs = { numRuns: 1000, seed: 20_261_124 };

describe('A thousand receipts', () => {
  it('have every amount on paper, no drawer opened, and nothing from a name that a printer obeys', () => {
    let pictures = 0;
    const printed = new Set<string>();
    fc.assert(
      fc.property(anyReceipt, printers, (receipt, printer) => {
        const layout = receiptLayout(receipt);
        const prints = escposJobs(layout, printer).map(print);
        const obeyed = prints.map(({ resets, pulses, questions }) => [resets, pulses.length + questions.length]);
        expect(obeyed).toEqual(prints.map(() => [1, 0]));
        const items = prints.flatMap((one) => one.items);
        pictures += items.filter(({ kind }) => kind === 'picture').length;
        printed.add(`${receipt.shop.language} on ${String(printer.paper.columns)}`);
        const text = items.map((item) => (item.kind === 'line' ? item.text : '')).join('');
        expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        checkAmounts(endsOnPaper(items, layout, printer.paper.columns), receipt);
      }),
      runs,
    );
    expect(pictures).toBeGreaterThan(5000);
    expect(printed.size).toBe(paperLanguages.length * Object.keys(papers).length);
  });

  it('have every amount in the text, in lines that fit, with no format character from a name', () => {
    fc.assert(
      fc.property(anyReceipt, fc.constantFrom(32, 42, 48), (receipt, columns) => {
        const text = layoutText(receiptLayout(receipt), columns);
        const ours = receipt.shop.language === 'ar' ? /[\u2068\u2069\u200f]/gu : /(?!)/gu;
        const said = text.replaceAll(ours, '');
        expect(said).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
        const lines = said.split('\n');
        expect(Math.max(...lines.map(columnsOf))).toBeLessThanOrEqual(columns);
        checkAmounts(
          lines.map((line) => line.trim().split(/ +/u).at(-1) ?? ''),
          receipt,
        );
      }),
      runs,
    );
  });
});

/** Each amount takes one end of a line, and none is missing. */
const checkAmounts = (ends: readonly string[], receipt: ReceiptDocument): void => {
  const left = new Map<string, number>();
  for (const end of ends) left.set(end, (left.get(end) ?? 0) + 1);
  const missing = amountsOf(receipt)
    .map(([minor, currency]) => written(minor, currency, receipt.shop))
    .filter((amount) => {
      const count = left.get(amount) ?? 0;
      left.set(amount, count - 1);
      return count === 0;
    });
  expect(missing).toEqual([]);
};
