import type { Readable } from 'node:stream';
import { amountMax, formatMinor, parseDecimal, parseMinor } from '../domain/money.js';
import { giveWay } from '../ports.js';
import type { Product, Tax } from './catalog.js';
import {
  type BrokenRow,
  BrokenRows,
  type Columns,
  readTable,
  shown,
  TableFault,
  type TableRow,
  textProblem,
} from './csv-table.js';

/** The columns that a file of products must have, in any order; besides one of {@link taxColumns}. */
const productColumns = ['code', 'name', 'category', 'price', 'barcodes'] as const;

/** How a row says what tax is in the price: the code of one in the catalog in use, or a rate in percent. */
const taxColumns = ['tax_code', 'tax_rate'] as const;

type Row = NonNullable<TableRow<(typeof productColumns)[number], (typeof taxColumns)[number]>['row']>;

/** So many rows that cannot be used are named; the others are only counted. */
const rowsNamedMax = 100;
/** So many rows are read before others have their turn. */
const stepRows = 100;
const productsMax = 200_000;
const barcodesMax = 50;

/** A file of products was not taken; nothing was changed. */
export class ProductsFault extends Error {
  override readonly name = 'ProductsFault';

  /**
   * @param rows what is wrong where, at most the first 100
   * @param isUnreadable whether the file itself could not be read
   */
  constructor(
    message: string,
    readonly rows: readonly BrokenRow[],
    readonly isUnreadable: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * Reads a file of products, all of it or nothing.
 * @param csv in UTF-8
 * @throws ProductsFault
 */
export const readProductFile = (csv: Readable, reading: ProductsReading): Promise<Product[]> =>
  readRows(csv, { required: productColumns, optional: taxColumns }, (line, row) => reading.product(line, row));

/**
 * Reads a file about products row by row, all of it or nothing.
 * @param csv in UTF-8
 * @param read gives what a row says, or why it cannot be used
 * @throws ProductsFault that names every row that cannot be used
 */
export const readRows = async <Item extends object, Required extends string, Optional extends string = never>(
  csv: Readable,
  columns: Columns<Required, Optional>,
  read: (line: number, row: NonNullable<TableRow<Required, Optional>['row']>) => Item | string,
): Promise<Item[]> => {
  const items: Item[] = [];
  const broken = new BrokenRows(rowsNamedMax);
  try {
    let rows = 0;
    for await (const { line, row } of readTable(csv, columns)) {
      const item = row ? read(line, row) : 'has too few columns';
      if (typeof item === 'string') broken.add(line, item);
      else if (items.length < productsMax) items.push(item);
      else broken.add(line, `a catalog holds at most ${productsMax} products`);
      rows += 1;
      if (rows % stepRows === 0) await giveWay();
    }
  } catch (cause) {
    if (!(cause instanceof TableFault)) throw cause;
    const { line, reason } = cause;
    if (line === null) throw new ProductsFault(`Nothing was changed: ${reason}.`, [], true, { cause });
    broken.add(line, reason);
  }
  if (broken.count === 0) return items;
  const { rows, shown: which } = broken.summary;
  throw new ProductsFault(`${rows} cannot be used, so nothing was changed${which}:`, broken.first, false);
};

const writtenColumns = ['code', 'name', 'category', 'price', 'tax_code', 'barcodes'] as const;

/**
 * Products as a CSV file that {@link readProductFile} reads back unchanged, line by line. No cell is taken for a formula
 * by a spreadsheet.
 * @param currency ISO 4217, of the prices
 */
export function* productLines(products: Iterable<Product>, currency: string): Generator<string> {
  yield `${writtenColumns.join(',')}\r\n`;
  for (const { code, name, category, price_minor, tax_code, barcodes } of products) {
    const texts = [code, name, category ?? ''].map(writtenText);
    const price = formatMinor(price_minor, currency);
    yield `${[...texts, price, writtenText(tax_code), writtenText(barcodes.join('|'))].join(',')}\r\n`;
  }
}

/**
 * A text as a cell. A spreadsheet would run what begins like a formula, so an apostrophe goes before it (OWASP ASVS 5.0,
 * 1.2.10), and before one that stands there already.
 */
export const writtenText = (text: string): string => {
  const safe = /^'*[=+\-@\t\r\0]/u.test(text) ? `'${text}` : text;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** What was meant by a cell: without the space around it, and without the apostrophe that stands before a formula. */
export const typed = (cell: string): string => cell.trim().replace(/^'(?='*[=+\-@])/u, '');

/** The price that a cell says, in minor units, or why it is none. */
export const priceOf = (cell: string, currency: string): number | string => {
  const price_minor = parseMinor(cell.trim(), currency);
  if (price_minor !== undefined && price_minor >= 0 && price_minor <= amountMax) return price_minor;
  return `price “${shown(cell)}” is not an amount of ${currency}, zero or more`;
};

/** Reads rows into products, and remembers what must not come twice. */
export class ProductsReading {
  /** The taxes that were there, and those that rows made. */
  readonly taxes: Map<string, Tax>;
  private readonly lines = new Map<string, number>();

  /**
   * @param currency ISO 4217, of the prices
   * @param taxes that a row may name
   */
  constructor(
    private readonly currency: string,
    taxes: readonly Tax[],
  ) {
    this.taxes = new Map(taxes.map((tax) => [tax.tax_code, tax]));
  }

  /** The product of a row, or why it is none. */
  product(line: number, row: Row): Product | string {
    const [code, name, category] = [typed(row.code), typed(row.name), typed(row.category)];
    const barcodes = typed(row.barcodes)
      .split(/[|\s]+/u)
      .filter((barcode) => barcode !== '');
    const price_minor = priceOf(row.price, this.currency);
    const tax = this.taxOf(row);
    const problem =
      textsProblem({ code, name, category }, barcodes) ??
      (typeof tax === 'string' ? tax : undefined) ??
      this.repeated(line, [code, ...barcodes]);
    if (problem !== undefined) return problem;
    if (typeof price_minor === 'string') return price_minor;
    const { tax_code } = tax as Tax;
    return { code, name, category: category === '' ? null : category, price_minor, tax_code, barcodes };
  }

  private repeated(line: number, names: readonly string[]): string | undefined {
    for (const name of names) {
      const before = this.lines.get(name);
      if (before !== undefined) return `the code or barcode “${shown(name)}” is on line ${before} already`;
      this.lines.set(name, line);
    }
    return undefined;
  }

  private taxOf({ tax_code = '', tax_rate = '' }: Row): Tax | string {
    const [code, rate] = [typed(tax_code), tax_rate.trim()];
    if ((code === '') === (rate === '')) return 'needs either a tax_code or a tax_rate';
    if (code !== '') return this.taxes.get(code) ?? `the tax_code “${shown(code)}” is not in the catalog in use`;
    const rate_ppm = parseDecimal(rate.replace(/\s*%$/u, ''), 4);
    if (rate_ppm === undefined || rate_ppm < 0 || rate_ppm > rateMax) {
      return `tax_rate “${shown(rate)}” is not a rate in percent, from 0 to 1000`;
    }
    const known = [...this.taxes.values()].find(
      (tax) => tax.rate_ppm === rate_ppm && tax.mode === 'inclusive' && tax.rates === undefined,
    );
    return known ?? this.newTax(rate_ppm);
  }

  private newTax(rate_ppm: number): Tax {
    const percent = percentOf(rate_ppm);
    const tax: Tax = { tax_code: `${percent}%`, name: `${percent} %`, rate_ppm, mode: 'inclusive' };
    // A tax of that code with another meaning stays, and this one gets a code that nobody has.
    while (this.taxes.has(tax.tax_code)) tax.tax_code += '+';
    this.taxes.set(tax.tax_code, tax);
    return tax;
  }
}

/** Parts per million: the highest rate that a catalog takes. */
const rateMax = 10_000_000;

/** Parts per million as percent: 115000 is “11.5”. */
const percentOf = (rate_ppm: number): string => {
  const part = String(rate_ppm % 10_000)
    .padStart(4, '0')
    .replace(/0+$/u, '');
  return `${Math.floor(rate_ppm / 10_000)}${part === '' ? '' : `.${part}`}`;
};

/** The limits of a catalog. */
const textLimits = [
  { column: 'code', max: 200, optional: false },
  { column: 'name', max: 500, optional: false },
  { column: 'category', max: 200, optional: true },
] as const;
const barcodeLimit = { column: 'barcodes', max: 100, optional: false } as const;

const textsProblem = (
  texts: Readonly<Record<(typeof textLimits)[number]['column'], string>>,
  barcodes: readonly string[],
): string | undefined => {
  if (barcodes.length > barcodesMax) return `has more than ${barcodesMax} barcodes`;
  return [
    ...textLimits.map((limit) => textProblem(texts[limit.column], limit)),
    ...barcodes.map((barcode) => textProblem(barcode, barcodeLimit)),
  ].find((problem) => problem !== undefined);
};
