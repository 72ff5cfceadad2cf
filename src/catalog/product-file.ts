import type { Readable } from 'node:stream';
import { formatMinor, parseDecimal } from '../domain/money.js';
import { giveWay } from '../ports.js';
import type { Product, Tax } from './catalog.js';
import {
  type DatedPrices,
  datedPricesOf,
  pointed,
  priceOf,
  shortenedProblem,
  typed,
  writtenDated,
  writtenText,
} from './csv-cells.js';
import {
  type BrokenRow,
  BrokenRows,
  type Cells,
  type Columns,
  readTable,
  shown,
  TableFault,
  textProblem,
} from './csv-table.js';

/** The columns that a file of products must have, in any order; besides one of {@link taxColumns}. */
const productColumns = ['code', 'name', 'category', 'price', 'barcodes'] as const;

/** How a row says what tax is in the price: the code of one in the catalog in use, or a rate in percent. */
const taxColumns = ['tax_code', 'tax_rate'] as const;

/** All dated prices of a product; where a file has no such column, products keep theirs. */
const datedColumn = 'prices';

type Row = Cells<(typeof productColumns)[number], (typeof taxColumns)[number] | typeof datedColumn>;

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
  readRows(csv, { required: productColumns, optional: [...taxColumns, datedColumn] }, (line, row) =>
    reading.product(line, row),
  );

/**
 * Reads a file about products row by row, all of it or nothing.
 * @param csv in UTF-8
 * @param read gives what a row says, or why it cannot be used
 * @throws ProductsFault that names every row that cannot be used
 */
export const readRows = async <Item extends object, Required extends string, Optional extends string = never>(
  csv: Readable,
  columns: Columns<Required, Optional>,
  read: (line: number, row: Cells<Required, Optional>) => Item | string,
): Promise<Item[]> => {
  const items: Item[] = [];
  const broken = new BrokenRows(rowsNamedMax);
  try {
    let rows = 0;
    for await (const found of readTable(csv, columns)) {
      const { line } = found;
      const item = 'reason' in found ? found.reason : read(line, found.row);
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

const writtenColumns = ['code', 'name', 'category', 'price', 'prices', 'tax_code', 'barcodes'] as const;

/**
 * Products as the rows of a file that {@link readProductFile} reads back unchanged, the header first. No cell is taken
 * for a formula by a spreadsheet.
 * @param currency ISO 4217, of the prices
 */
export function* productRows(products: Iterable<Product>, currency: string): Generator<readonly string[]> {
  yield writtenColumns;
  for (const { code, name, category, price_minor, prices, tax_code, barcodes } of products) {
    yield [
      ...[code, name, category ?? ''].map(writtenText),
      ...[formatMinor(price_minor, currency), writtenDated(prices, currency)],
      ...[tax_code, barcodes.join('|')].map(writtenText),
    ];
  }
}

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

  /** The product of a row, or everything for which it is none. */
  product(line: number, row: Row): Product | string {
    const [code, name, category] = [typed(row.code), typed(row.name), typed(row.category)];
    const barcodes = typed(row.barcodes)
      .split(/[|\s]+/u)
      .filter((barcode) => barcode !== '');
    const price_minor = priceOf(row.price, this.currency);
    const dated = datedPricesOf(row.prices, this.currency);
    const tax = this.taxOf(row);
    const problems = [
      ...textsProblems({ code, name, category }, barcodes),
      ...[price_minor, dated, tax].filter((read) => typeof read === 'string'),
      ...this.repeated(line, code, barcodes),
    ];
    if (problems.length > 0) return problems.join('; ');
    const { tax_code } = tax as Tax;
    const product = { code, name, category: category === '' ? null : category, tax_code, barcodes };
    return { ...product, price_minor: price_minor as number, ...(dated as DatedPrices) };
  }

  private repeated(line: number, code: string, barcodes: readonly string[]): readonly string[] {
    return [code, ...barcodes].flatMap((name, index) => {
      const before = this.lines.get(name);
      this.lines.set(name, before ?? line);
      if (before === undefined || name === '') return [];
      const column = index === 0 ? 'code' : 'barcodes';
      return [`${column} “${shown(name)}” is ${before === line ? 'there twice' : `on line ${String(before)} already`}`];
    });
  }

  private taxOf({ tax_code = '', tax_rate = '' }: Row): Tax | string {
    const [code, rate] = [typed(tax_code), tax_rate.trim()];
    if ((code === '') === (rate === '')) return 'needs either a tax_code or a tax_rate';
    if (code !== '') return this.taxes.get(code) ?? `tax_code “${shown(code)}” is not in the catalog in use`;
    const rate_ppm = parseDecimal(pointed(rate.replace(/\s*%$/u, '')), 4);
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

const textsProblems = (
  texts: Readonly<Record<(typeof textLimits)[number]['column'], string>>,
  barcodes: readonly string[],
): readonly string[] =>
  [
    ...textLimits.map((limit) => textProblem(texts[limit.column], limit)),
    ...(barcodes.length > barcodesMax
      ? [`barcodes holds more than ${String(barcodesMax)}`]
      : barcodes.map((barcode) => textProblem(barcode, barcodeLimit))),
    ...[shortenedProblem('code', [texts.code]), shortenedProblem('barcodes', barcodes)],
  ].filter((problem) => problem !== undefined);
