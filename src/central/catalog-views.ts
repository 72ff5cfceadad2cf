import { z } from 'zod';
import type { CatalogTerms, Product } from '../catalog/catalog.js';
import type { Ports } from '../ports.js';
import { integerText, type Row } from './back-office.js';
import {
  type CatalogDifference,
  differencesBetween,
  type Edition,
  type ShownStaff,
  shownStaff,
} from './catalog-changes.js';
import { contentOfDraft, type Draft, staffOf, viewDraft } from './catalog-draft.js';
import type { CentralDatabase, Transaction } from './database.js';
import { overridesOf } from './override-rows.js';
import { contentOfVersion, newestVersion, overridesOfVersion } from './published-catalogs.js';

/** What a list of products can be narrowed to. */
export const productsQuerySchema = z.strictObject({
  /** A part of the name or the code, or a whole barcode. */
  search: z.string().max(200).default(''),
  category: z.string().max(200).exactOptional(),
  /** Only what comes behind this code. */
  after: z.string().max(200).default(''),
  limit: integerText(1, 500).default(100),
});

/** A part of a list of changes. */
export const changesQuerySchema = z.strictObject({
  /** The version to compare with. */
  since: integerText(1, 999_999_999).exactOptional(),
  limit: integerText(1, 500).default(100),
  offset: integerText(0, 1_000_000).default(0),
});

/** The draft as the back office sees it, without its products. */
export interface DraftView extends Omit<Draft, 'terms'>, CatalogTerms {
  readonly staff: readonly ShownStaff[];
  readonly products_count: number;
  readonly categories: readonly { readonly category: string | null; readonly products_count: number }[];
  /** Newest published version; 0 for none. */
  readonly published_version: number;
}

/** The draft but its products. */
export const draftView = (db: CentralDatabase, tenant_id: string, ports: Ports): Promise<DraftView> =>
  viewDraft(db, tenant_id, ports, async (transaction, { terms, ...draft }) => {
    const { rows: categories } = await transaction.query<DraftView['categories'][number]>(
      `SELECT category, count(*) AS products_count FROM catalog_draft_items
       WHERE tenant_id = $1 AND list = 'products' GROUP BY category ORDER BY category`,
      [tenant_id],
    );
    return {
      ...draft,
      ...terms,
      staff: (await staffOf(transaction, tenant_id)).map(shownStaff),
      products_count: categories.reduce((sum, { products_count }) => sum + products_count, 0),
      categories,
      published_version: await newestVersion(transaction, tenant_id),
    };
  });

/** A pattern of LIKE for texts in which that one stands. */
export const containing = (search: string): string => `%${search.replaceAll(/[\\%_]/gu, String.raw`\$&`)}%`;

/** Products of the draft that fit, by code. */
export const listDraftProducts = (
  db: CentralDatabase,
  tenant_id: string,
  { search, category, after, limit }: z.infer<typeof productsQuerySchema>,
  ports: Ports,
): Promise<readonly Product[]> =>
  viewDraft(db, tenant_id, ports, async (transaction) => {
    const { rows } = await transaction.query<{ item: string }>(
      String.raw`SELECT item FROM catalog_draft_items WHERE tenant_id = $1 AND list = 'products' AND item_key > $2
       AND ($3 = '' OR item_key ILIKE $4 OR label ILIKE $4 OR (item::json -> 'barcodes')::jsonb ? $3)
       AND ($5::text IS NULL OR category = $5) ORDER BY item_key LIMIT $6`,
      [tenant_id, after, search, containing(search), category ?? null, limit],
    );
    return rows.map(({ item }) => JSON.parse(item) as Product);
  });

/** The published versions, newest first. */
export const listCatalogs = (db: CentralDatabase, tenant_id: string): Promise<readonly Row[]> =>
  db.inTenant(tenant_id, async (transaction) => {
    const { rows } = await transaction.query<Row>(
      `SELECT catalog_version, checksum, products_count, restored_from, published_by, published_at,
         length(document) AS bytes, (SELECT count(*) FROM catalog_overrides o
           WHERE o.tenant_id = $1 AND o.catalog_version = c.catalog_version) AS own_stores_count
       FROM catalogs c WHERE tenant_id = $1 ORDER BY catalog_version DESC LIMIT 1000`,
      [tenant_id],
    );
    return rows;
  });

/** A part of what differs. */
export interface Differences {
  /** The version compared with; 0 where there was none. */
  readonly since: number;
  readonly count: number;
  readonly items: readonly CatalogDifference[];
}

type ChangesPage = z.infer<typeof changesQuerySchema>;

/** What publishing the draft would change. */
export const draftChanges = (
  db: CentralDatabase,
  tenant_id: string,
  page: ChangesPage,
  ports: Ports,
): Promise<Differences> =>
  viewDraft(db, tenant_id, ports, async (transaction, draft) => {
    const since = page.since ?? (await newestVersion(transaction, tenant_id));
    const before = since === 0 ? undefined : await editionAt(transaction, tenant_id, since);
    const content = await contentOfDraft(transaction, tenant_id, draft);
    const overrides = await overridesOf(transaction, tenant_id);
    return partOf(differencesBetween(before, { content, overrides }), since, page);
  });

/** What a version changed. */
export const versionChanges = (
  db: CentralDatabase,
  tenant_id: string,
  catalog_version: number,
  page: ChangesPage,
): Promise<Differences> =>
  db.inTenant(tenant_id, async (transaction) => {
    const since = page.since ?? catalog_version - 1;
    const before = since === 0 ? undefined : await editionAt(transaction, tenant_id, since);
    const after = await editionAt(transaction, tenant_id, catalog_version);
    return partOf(differencesBetween(before, after), since, page);
  });

const editionAt = async (transaction: Transaction, tenant_id: string, version: number): Promise<Edition> => ({
  content: await contentOfVersion(transaction, tenant_id, version),
  overrides: await overridesOfVersion(transaction, tenant_id, version),
});

const partOf = (
  differences: readonly CatalogDifference[],
  since: number,
  { offset, limit }: ChangesPage,
): Differences => ({
  since,
  count: differences.length,
  items: differences.slice(offset, offset + limit),
});
