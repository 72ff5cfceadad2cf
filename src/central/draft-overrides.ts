import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Product } from '../catalog/catalog.js';
import { fileLines } from '../catalog/csv-cells.js';
import { overrideRows, type OverrideRow, readOverrideFile } from '../catalog/override-file.js';
import {
  type ProductOverride,
  productOverrideSchema,
  type StoreOverrides,
  type storeTermsSchema,
} from '../catalog/store-overrides.js';
import type { Ports } from '../ports.js';
import { integerText } from './back-office.js';
import { type DraftEditor, editDraft, productsOf, viewDraft } from './catalog-draft.js';
import type { CentralDatabase, Transaction } from './database.js';
import {
  checkOnce,
  type ExportQuery,
  type importQuerySchema,
  itemsMax,
  joined,
  key,
  piecesOf,
  readingFile,
} from './draft-edits.js';
import { overridesOf, putOverrides, removeOverrides } from './override-rows.js';
import { Problem } from './problem.js';

/** Products that a store has in its own way, in the place of what it had before, and codes that are as the company's again. */
export const overridesEditSchema = z.strictObject({
  put: z.array(productOverrideSchema).max(itemsMax).default([]),
  remove: z.array(key).max(itemsMax).default([]),
});

/** What a list of a store's own products can be narrowed to. */
export const overridesQuerySchema = z.strictObject({
  /** Only what comes behind this code. */
  after: z.string().max(200).default(''),
  limit: integerText(1, 500).default(100),
});

/** A store whose catalog is worked on. */
export interface StoreEditor extends DraftEditor {
  readonly store_id: string;
}

/** Names a store of a company. */
export type StoreName = Pick<StoreEditor, 'tenant_id' | 'store_id'>;

/** What a store has of its own in the draft, without its products. */
export interface StoreView {
  readonly store_id: string;
  readonly name: string;
  readonly revision: number;
  readonly products_count: number;
  readonly taxes: StoreOverrides['taxes'];
  readonly settings: NonNullable<StoreOverrides['settings']> | null;
}

/** Shows what a store has of its own. @throws Problem STORE_UNKNOWN 404 */
export const storeView = (db: CentralDatabase, store: StoreName, ports: Ports): Promise<StoreView> =>
  viewDraft(db, store.tenant_id, ports, async (transaction, { revision }) => {
    const name = await checkStore(transaction, store);
    const { products, taxes, settings = null } = await ownOf(transaction, store);
    return { store_id: store.store_id, name, revision, products_count: products.length, taxes, settings };
  });

/** The products that a store has in its own way, by code. @throws Problem STORE_UNKNOWN 404 */
export const listOverrides = (
  db: CentralDatabase,
  store: StoreName,
  { after, limit }: z.infer<typeof overridesQuerySchema>,
  ports: Ports,
): Promise<readonly ProductOverride[]> =>
  viewDraft(db, store.tenant_id, ports, async (transaction) => {
    await checkStore(transaction, store);
    const { products } = await ownOf(transaction, store);
    return products.filter(({ code }) => code > after).slice(0, limit);
  });

/** The name of a store. @throws Problem STORE_UNKNOWN 404 */
export const checkStore = async (transaction: Transaction, { tenant_id, store_id }: StoreName): Promise<string> => {
  const { rows } = await transaction.query<{ name: string }>(
    'SELECT name FROM stores WHERE tenant_id = $1 AND store_id = $2',
    [tenant_id, store_id],
  );
  if (rows[0]) return rows[0].name;
  throw new Problem(404, 'STORE_UNKNOWN', 'There is no such store.');
};

const ownOf = async (transaction: Transaction, { tenant_id, store_id }: StoreName): Promise<StoreOverrides> =>
  (await overridesOf(transaction, tenant_id, store_id)).get(store_id) ?? { products: [], taxes: [] };

/** Changes the draft of one store. @throws Problem STORE_UNKNOWN 404, and what `editDraft` throws */
const editStore = (
  db: CentralDatabase,
  editor: StoreEditor,
  ports: Ports,
  work: (transaction: Transaction, currency: string) => Promise<void>,
): Promise<number> =>
  editDraft(db, editor, ports, async (transaction, { terms }) => {
    await checkStore(transaction, editor);
    await work(transaction, terms.currency);
    return {};
  });

/** Changes products of a store. @returns the revision from then on. @throws Problem */
export const editOverrides = (
  db: CentralDatabase,
  editor: StoreEditor,
  { put, remove }: z.infer<typeof overridesEditSchema>,
  ports: Ports,
): Promise<number> =>
  editStore(db, editor, ports, async (transaction) => {
    checkOnce([...put.map(({ code }) => code), ...remove]);
    const codes = new Set((await productsOf(transaction, editor.tenant_id)).map(({ code }) => code));
    const unknown = put.find(({ code }) => !codes.has(code));
    if (unknown) {
      const hint = `“${unknown.code}” is not among the company’s products. Nothing was changed.`;
      throw new Problem(422, 'REQUEST_INVALID', hint);
    }
    await removeOverrides(transaction, editor, { list: 'products', keys: remove });
    await putOverrides(transaction, editor, { products: put, taxes: [] });
  });

/** Replaces the taxes and settings of a store. @returns the revision from then on. @throws Problem */
export const editStoreTerms = (
  db: CentralDatabase,
  editor: StoreEditor,
  terms: z.infer<typeof storeTermsSchema>,
  ports: Ports,
): Promise<number> =>
  editStore(db, editor, ports, async (transaction) => {
    checkOnce(terms.taxes.map(({ tax_code }) => tax_code));
    await removeOverrides(transaction, editor, { list: 'taxes' });
    await removeOverrides(transaction, editor, { list: 'settings' });
    await putOverrides(transaction, editor, { products: [], ...terms });
  });

/** What an import did. */
export interface ImportedOverrides {
  readonly revision: number;
  /** So many products differ from the company's from then on. */
  readonly products_count: number;
}

/**
 * Takes a file of what a store has of its own, all of it or nothing. A product that keeps a price of its own keeps its
 * dated prices too.
 * @throws ProblemList CATALOG_INVALID 422 that names every row that cannot be used; Problem
 */
export const importOverrides = async (
  db: CentralDatabase,
  editor: StoreEditor,
  { csv, mode }: { readonly csv: Buffer } & z.infer<typeof importQuerySchema>,
  ports: Ports,
): Promise<ImportedOverrides> => {
  let products_count = 0;
  const revision = await editStore(db, editor, ports, async (transaction, currency) => {
    const codes = new Set((await productsOf(transaction, editor.tenant_id)).map(({ code }) => code));
    const pieces = Readable.from(piecesOf(csv), { objectMode: false });
    const rows = await readingFile(readOverrideFile(pieces, { currency, codes }));
    const known = new Map((await ownOf(transaction, editor)).products.map((one) => [one.code, one]));
    const named = mode === 'replace' ? {} : { keys: rows.map(({ code }) => code) };
    await removeOverrides(transaction, editor, { list: 'products', ...named });
    const products = rows.flatMap((row) => withDatedPrices(row, known.get(row.code)));
    await putOverrides(transaction, editor, { products, taxes: [] });
    products_count = (await ownOf(transaction, editor)).products.length;
  });
  return { revision, products_count };
};

const withDatedPrices = (
  { override }: OverrideRow,
  before: ProductOverride | undefined,
): readonly ProductOverride[] => {
  if (!override) return [];
  const { prices = before?.prices ?? [], ...own } = override;
  return [own.price_minor === undefined || prices.length === 0 ? own : { ...own, prices }];
};

/** The company's products beside what a store has of its own, as a file that {@link importOverrides} takes back unchanged. */
export const exportOverrides = async (
  db: CentralDatabase,
  store: StoreName,
  { separator }: ExportQuery,
  ports: Ports,
): Promise<string> => {
  const found = await viewDraft(db, store.tenant_id, ports, async (transaction, { terms: { currency } }) => {
    await checkStore(transaction, store);
    const products: readonly Product[] = await productsOf(transaction, store.tenant_id);
    return { currency, products, own: await ownOf(transaction, store) };
  });
  const own = new Map(found.own.products.map((one) => [one.code, one]));
  return joined(fileLines(overrideRows(found.products, own, found.currency), separator));
};

/** A store, and whether the draft has something of its own for it. */
export interface ListedStore {
  readonly store_id: string;
  readonly name: string;
  readonly terminals_count: number;
  /** So many products differ from the company's. */
  readonly products_count: number;
  /** Whether taxes or settings differ. */
  readonly has_own_terms: boolean;
}

/** The stores of a company, by name. */
export const listStores = (db: CentralDatabase, tenant_id: string): Promise<readonly ListedStore[]> =>
  db.inTenant(tenant_id, async (transaction) => {
    const { rows } = await transaction.query<ListedStore>(
      `SELECT s.store_id, s.name,
         (SELECT count(*) FROM terminals t WHERE t.tenant_id = $1 AND t.store_id = s.store_id) AS terminals_count,
         (SELECT count(*) FROM catalog_draft_overrides o
          WHERE o.tenant_id = $1 AND o.store_id = s.store_id AND o.list = 'products') AS products_count,
         EXISTS (SELECT 1 FROM catalog_draft_overrides o
          WHERE o.tenant_id = $1 AND o.store_id = s.store_id AND o.list <> 'products') AS has_own_terms
       FROM stores s WHERE s.tenant_id = $1 ORDER BY s.name`,
      [tenant_id],
    );
    return rows;
  });
