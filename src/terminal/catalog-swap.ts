import type { Catalog } from '../catalog/catalog.js';
import { type CatalogSlot, piecesOf } from '../catalog/catalog-slot.js';
import { Refusal } from '../domain/refusal.js';
import { giveWay } from '../ports.js';
import type { Recorder, Request } from './recorder.js';
import { CommitUnknown } from './recording-fault.js';

/** What is answered when a catalog is in use. */
export interface AppliedCatalog {
  readonly catalog_version: number;
  readonly products: number;
}

/** A catalog that takes the place of the one in use, and who asks for it. */
export interface CatalogChange {
  readonly request: Request;
  readonly approved_by?: string | null;
  /** Reads or makes it, when its turn has come; what it throws leaves the catalog in use as it is. */
  readonly catalog: () => Promise<Catalog>;
}

/**
 * Puts a catalog in the place of the one in use. It is written beside that one in small steps, between which the till
 * sells; then one short transaction puts it in use and records it. A power cut at any moment leaves the old one or the
 * new one, whole.
 * @throws Refusal CURRENCY_CHANGED, DiskFull, CommitUnknown, and what `catalog` throws; nothing has changed then
 */
export const swapCatalog = (recorder: Recorder, change: CatalogChange): Promise<AppliedCatalog> =>
  recorder.catalog.prepare(async (spare) => {
    const catalog = await change.catalog();
    try {
      await fill(recorder, spare, catalog);
      return putInUse(recorder, change, catalog);
    } finally {
      clearSpare(recorder);
    }
  });

/** Takes away what is not in use: the old catalog, one that was refused, or one that a power cut left half written. */
export const clearSpare = (recorder: Recorder): void => {
  try {
    recorder.writeAside(() => recorder.catalog.spare.clear());
  } catch (cause) {
    // What was asked for is done, or was refused, and that is what is answered. The room is made again before the next
    // catalog, and when the terminal starts.
    if (cause instanceof CommitUnknown) throw cause;
  }
};

const fill = async (recorder: Recorder, spare: CatalogSlot, catalog: Catalog): Promise<void> => {
  checkCurrency(recorder, catalog);
  recorder.writeAside(() => spare.clear());
  for (const piece of piecesOf(catalog)) {
    recorder.writeAside(() => spare.add(piece));
    await giveWay();
  }
};

const putInUse = (recorder: Recorder, { request, approved_by }: CatalogChange, catalog: Catalog): AppliedCatalog => {
  const { catalog_version, checksum, content } = catalog;
  const { currency, products, settings: { paper = {} } = {} } = content;
  return recorder.record(request, ({ catalog: tables }) => {
    checkCurrency(recorder, catalog);
    const previous_version = tables.version;
    const data = { catalog_version, previous_version, checksum, currency, products: products.length, paper };
    return {
      decided: [{ type: 'CatalogApplied', data, approved_by: approved_by ?? null }],
      also: () => tables.switchTo(catalog, recorder.identity.store_id),
      answer: () => ({ catalog_version, products: products.length }),
    };
  });
};

const checkCurrency = ({ state }: Recorder, { content: { currency } }: Catalog): void => {
  if (state.currency === null || state.currency === currency) return;
  throw new Refusal(
    'CURRENCY_CHANGED',
    `This till counts in ${state.currency}; the new catalog is in ${currency}, so the old one stays in use.`,
    { currency: state.currency },
  );
};

/** The version of the next catalog that is made on the terminal itself: they count down from −1. */
export const nextImportedVersion = ({ catalog }: Recorder): number => Math.min(0, catalog.version) - 1;
