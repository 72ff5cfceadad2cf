import { Readable } from 'node:stream';
import { BadCatalog, type Catalog, emptyContent, makeCatalogInSteps, type Product } from '../catalog/catalog.js';
import type { BrokenRow } from '../catalog/csv-table.js';
import { ProductsFault, ProductsReading, readProductFile } from '../catalog/product-file.js';
import { exponentOf } from '../domain/money.js';
import { givingWay } from '../ports.js';
import { nextImportedVersion } from './catalog-swap.js';
import type { Recorder } from './recorder.js';
import { StaffUnreadable } from './sign-in.js';

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
  try {
    return await readProductFile(csv, reading);
  } catch (cause) {
    if (!(cause instanceof ProductsFault)) throw cause;
    const code = cause.isUnreadable ? 'FILE_UNREADABLE' : 'CATALOG_INVALID';
    throw new ImportFault(code, cause.message, cause.rows, { cause });
  }
};
