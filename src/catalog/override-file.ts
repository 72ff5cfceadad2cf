import type { Readable } from 'node:stream';
import { formatMinor } from '../domain/money.js';
import type { Product } from './catalog.js';
import {
  type DatedPrices,
  datedPricesOf,
  priceOf,
  shortenedProblem,
  typed,
  writtenDated,
  writtenText,
} from './csv-cells.js';
import { type Cells, shown } from './csv-table.js';
import { readRows } from './product-file.js';
import type { ProductOverride } from './store-overrides.js';

/** Columns of a file that says in what the products of a store differ; others are there for people. */
const required = ['code', 'price', 'tax_code', 'available'] as const;
/** All dated prices that the store has of its own; where a file has no such column, products keep theirs. */
const optional = ['prices'] as const;

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
  return readRows(csv, { required, optional }, (line, row) => {
    const read = overrideOf(row, company);
    if (typeof read === 'string') return read;
    const before = lines.get(read.code);
    if (before !== undefined) return `code “${shown(read.code)}” is on line ${before} already`;
    lines.set(read.code, line);
    return read;
  });
};

const overrideOf = (
  row: Cells<(typeof required)[number], (typeof optional)[number]>,
  { currency, codes }: Company,
): OverrideRow | string => {
  const [code, tax_code] = [typed(row.code), typed(row.tax_code)];
  const price_minor = row.price.trim() === '' ? null : priceOf(row.price, currency);
  const dated = datedPricesOf(row.prices, currency);
  const available = /^(?:yes|no|)$/iu.exec(row.available.trim())?.[0].toLowerCase();
  const problems = [
    codes.has(code) ? undefined : `code “${shown(code)}” is not among the company’s products`,
    codes.has(code) ? undefined : shortenedProblem('code', [code]),
    ...[price_minor, dated].filter((read) => typeof read === 'string'),
    price_minor === null && isDated(dated)
      ? 'price is empty: it holds before the first of the dated prices'
      : undefined,
    tax_code.length > 50 ? 'tax_code is longer than 50 characters' : undefined,
    available === undefined ? `available “${shown(row.available)}” is neither yes nor no` : undefined,
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) return problems.join('; ');
  return { code, override: ownOf(code, { price_minor, dated, tax_code, isGone: available === 'no' } as Own) };
};

interface Own {
  readonly price_minor: number | null;
  readonly dated: DatedPrices;
  readonly tax_code: string;
  readonly isGone: boolean;
}

const ownOf = (code: string, { price_minor, dated, tax_code, isGone }: Own): ProductOverride | null => {
  const own = {
    ...(price_minor === null ? {} : { price_minor, ...dated }),
    ...(tax_code === '' ? {} : { tax_code }),
    ...(isGone ? { available: false as const } : {}),
  };
  return Object.keys(own).length === 0 ? null : { code, ...own };
};

const isDated = (dated: DatedPrices | string): boolean => typeof dated !== 'string' && (dated.prices?.length ?? 0) > 0;

/**
 * The products of a company beside what a store has of its own, as the rows of a file that {@link readOverrideFile} reads
 * back unchanged, the header first. No cell is taken for a formula by a spreadsheet.
 */
export function* overrideRows(
  products: Iterable<Product>,
  overrides: ReadonlyMap<string, ProductOverride>,
  currency: string,
): Generator<readonly string[]> {
  yield ['code', 'name', 'company_price', 'company_tax_code', 'price', 'prices', 'tax_code', 'available'];
  for (const product of products) {
    const own = overrides.get(product.code);
    yield [
      ...[product.code, product.name].map(writtenText),
      ...[formatMinor(product.price_minor, currency), writtenText(product.tax_code)],
      own?.price_minor === undefined ? '' : formatMinor(own.price_minor, currency),
      ...[writtenDated(own?.prices, currency), writtenText(own?.tax_code ?? '')],
      own?.available === false ? 'no' : 'yes',
    ];
  }
}
