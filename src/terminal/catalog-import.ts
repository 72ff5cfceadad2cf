import { Readable } from 'node:stream';
import {
  BadCatalog,
  type Catalog,
  emptyContent,
  makeCatalogInSteps,
  type Product,
  type Tax,
} from '../catalog/catalog.js';
import { amountMax, exponentOf, parseDecimal, parseMinor } from '../domain/money.js';
import { giveWay, givingWay } from '../ports.js';
import { nextImportedVersion } from './catalog-swap.js';
import { type BrokenRow, BrokenRows, readTable, shown, TableFault, type TableRow, textProblem } from './csv-table.js';
import type { Recorder } from './recorder.js';
import { StaffUnreadable } from './sign-in.js';

/** The columns that a file of products must have, in any order; besides one of {@link taxColumns}. */
export const productColumns = ['code', 'name', 'category', 'price', 'barcodes'] as const;

/** How a row says what tax is in the price: the code of one in the catalog in use, or a rate in percent. */
export const taxColumns = ['tax_code', 'tax_rate'] as const;

type Row = NonNullable<TableRow<(typeof productColumns)[number], (typeof taxColumns)[number]>['row']>;

/** A catalog was not imported; nothing was changed. */
export class ImportFault extends Error {
  override readonly name = 'ImportFault';

  /**
   * @param code stable, for programs
   * @param rows what is wrong where, at most the first 100; empty when it is something else
   */
  constructor(
    readonly code: 'ENROLLED' | 'CATALOG_INVALID' | 'FILE_UNREADABLE',
    readonly detail: string,
    readonly rows: readonly BrokenRow[] = [],
    options?: ErrorOptions,
  ) {
    super([detail, ...rows.map(({ line, reason }) => `  line ${line}: ${reason}`)].join('\n'), options);
  }
}

/** The refusal of a terminal whose catalog comes from central. */
export const enrolledFault = (): ImportFault =>
  new ImportFault('ENROLLED', 'This terminal is enrolled: its catalog comes from central. Nothing was changed.');

/** What is imported. */
export interface ImportedFile {
  /** Opens the CSV, in UTF-8. */
  readonly open: () => Readable;
  /** ISO 4217, of the prices; left out: that of the catalog in use, or USD where there is none. */
  readonly currency: string | undefined;
}

/** So many rows that cannot be used are named; the others are only counted. */
const rowsNamedMax = 100;
/** So many rows are read before sales have their turn. */
const stepRows = 100;
const productsMax = 200_000;
const barcodesMax = 50;

/** A text as a stream of UTF-8, in pieces that are read in a millisecond. */
export const streamOf = (text: string): Readable => Readable.from(chunksOf(Buffer.from(text)), { objectMode: false });

function* chunksOf(bytes: Uint8Array): Generator<Uint8Array> {
  const size = 16 * 1024;
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

/**
 * Makes the next catalog of this terminal from a file of products. Staff, settings, methods and taxes of the catalog in
 * use stay as they are; all its products go. A rate that no tax has becomes a tax of its own, included in the price.
 * @throws ImportFault, Refusal UNKNOWN_CURRENCY, StaffUnreadable
 */
export const readImport = async ({ open, currency }: ImportedFile, recorder: Recorder): Promise<Catalog> => {
  const { catalog } = recorder;
  // Written again as they are read now, the PINs would be lost for ever.
  if (!catalog.staffReadable) throw new StaffUnreadable();
  const kept = catalog.contentBesidesProducts;
  const base = currency ?? kept?.currency ?? 'USD';
  exponentOf(base);
  const content = kept?.currency === base ? kept : { ...emptyContent(base), ...keptInAnyCurrency(kept) };
  const reading = new ProductsReading(base, content.taxes);
  const products = await readProducts(open(), reading);
  try {
    return await givingWay(
      makeCatalogInSteps(nextImportedVersion(recorder), { ...content, taxes: [...reading.taxes.values()], products }),
    );
  } catch (cause) {
    if (!(cause instanceof BadCatalog)) throw cause;
    throw new ImportFault('CATALOG_INVALID', `${cause.detail} Nothing was changed.`, [], { cause });
  }
};

/** What stays in another currency: not the rates, which were those to the one before. */
const keptInAnyCurrency = (kept: Recorder['catalog']['contentBesidesProducts']) => {
  if (!kept) return {};
  const { currency: _currency, currencies: _currencies, ...rest } = kept;
  return rest;
};

const readProducts = async (csv: Readable, reading: ProductsReading): Promise<Product[]> => {
  const products: Product[] = [];
  const broken = new BrokenRows(rowsNamedMax);
  try {
    let rows = 0;
    for await (const { line, row } of readTable(csv, { required: productColumns, optional: taxColumns })) {
      const read = row ? reading.product(line, row) : 'has too few columns';
      if (typeof read === 'string') broken.add(line, read);
      else if (products.length < productsMax) products.push(read);
      else broken.add(line, `a catalog holds at most ${productsMax} products`);
      rows += 1;
      if (rows % stepRows === 0) await giveWay();
    }
  } catch (cause) {
    if (!(cause instanceof TableFault)) throw cause;
    const { line, reason } = cause;
    if (line === null) throw new ImportFault('FILE_UNREADABLE', `Nothing was changed: ${reason}.`, [], { cause });
    broken.add(line, reason);
  }
  if (broken.count === 0) return products;
  const { rows, shown: which } = broken.summary;
  const message = `${rows} cannot be used, so nothing was changed${which}:`;
  throw new ImportFault('CATALOG_INVALID', message, broken.first);
};

/** Reads rows into products, and remembers what must not come twice. */
class ProductsReading {
  readonly taxes: Map<string, Tax>;
  private readonly lines = new Map<string, number>();

  constructor(
    private readonly currency: string,
    taxes: readonly Tax[],
  ) {
    this.taxes = new Map(taxes.map((tax) => [tax.tax_code, tax]));
  }

  /** The product of a row, or why it is none. */
  product(line: number, row: Row): Product | string {
    const [code, name, category] = [row.code.trim(), row.name.trim(), row.category.trim()];
    const barcodes = row.barcodes.split(/[|\s]+/u).filter((barcode) => barcode !== '');
    const price_minor = parseMinor(row.price.trim(), this.currency);
    const tax = this.taxOf(row);
    const problem =
      textsProblem({ code, name, category }, barcodes) ??
      (typeof tax === 'string' ? tax : undefined) ??
      this.repeated(line, [code, ...barcodes]);
    if (problem !== undefined) return problem;
    if (price_minor === undefined || price_minor < 0 || price_minor > amountMax) {
      return `price “${shown(row.price)}” is not an amount of ${this.currency}, zero or more`;
    }
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
    const [code, rate] = [tax_code.trim(), tax_rate.trim()];
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
