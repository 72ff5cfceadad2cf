import type { Readable } from 'node:stream';
import { formatMinor } from '../domain/money.js';
import type { Product } from './catalog.js';
import { shown, type TableRow } from './csv-table.js';
import { priceOf, readRows, typed, writtenText } from './product-file.js';
import type { ProductOverride } from './store-overrides.js';

/** Columns of a file that says in what the products of a store differ; others are there for people. */
const required = ['code', 'price', 'tax_code', 'available'] as const;

/** One row: the product, and what the store has of its own; null when nothing. */
export interface OverrideRow {
  readonly code: string;
  readonly override: ProductOverride | null;
}

/** What a file of a store's own prices is read against. */
export interface Company {
  /** ISO 4217, of the prices. */
  readonly currency: string;
  /** Codes of the products that there are. */
  readonly codes: ReadonlySet<string>;
}

/**
 * Reads a file of what a store has of its own, all of it or nothing. An empty cell means: as the company has it.
 * @param csv in UTF-8
 * @throws ProductsFault
 */
export const readOverrideFile = (csv: Readable, company: Company): Promise<OverrideRow[]> => {
  const lines = new Map<string, number>();
  return readRows(csv, { required }, (line, row) => {
    const read = overrideOf(row, company);
    if (typeof read === 'string') return read;
    const before = lines.get(read.code);
    if (before !== undefined) return `the code “${shown(read.code)}” is on line ${before} already`;
    lines.set(read.code, line);
    return read;
  });
};

const overrideOf = (
  row: NonNullable<TableRow<(typeof required)[number], never>['row']>,
  { currency, codes }: Company,
): OverrideRow | string => {
  const [code, tax_code] = [typed(row.code), typed(row.tax_code)];
  if (!codes.has(code)) return `the code “${shown(code)}” is not among the company’s products`;
  const price_minor = row.price.trim() === '' ? null : priceOf(row.price, currency);
  if (typeof price_minor === 'string') return price_minor;
  if (tax_code.length > 50) return 'tax_code is longer than 50 characters';
  const available = /^(?:yes|no|)$/iu.exec(row.available.trim())?.[0].toLowerCase();
  if (available === undefined) return `available “${shown(row.available)}” is neither yes nor no`;
  return { code, override: ownOf(code, { price_minor, tax_code, isGone: available === 'no' }) };
};

const ownOf = (
  code: string,
  { price_minor, tax_code, isGone }: { price_minor: number | null; tax_code: string; isGone: boolean },
): ProductOverride | null => {
  const own = {
    ...(price_minor === null ? {} : { price_minor }),
    ...(tax_code === '' ? {} : { tax_code }),
    ...(isGone ? { available: false as const } : {}),
  };
  return Object.keys(own).length === 0 ? null : { code, ...own };
};

/**
 * The products of a company beside what a store has of its own, as a CSV file that {@link readOverrideFile} reads back
 * unchanged, line by line. No cell is taken for a formula by a spreadsheet.
 */
export function* overrideLines(
  products: Iterable<Product>,
  overrides: ReadonlyMap<string, ProductOverride>,
  currency: string,
): Generator<string> {
  yield 'code,name,company_price,company_tax_code,price,tax_code,available\r\n';
  for (const product of products) {
    const own = overrides.get(product.code);
    const cells = [
      writtenText(product.code),
      writtenText(product.name),
      formatMinor(product.price_minor, currency),
      writtenText(product.tax_code),
      own?.price_minor === undefined ? '' : formatMinor(own.price_minor, currency),
      writtenText(own?.tax_code ?? ''),
      own?.available === false ? 'no' : 'yes',
    ];
    yield `${cells.join(',')}\r\n`;
  }
}
