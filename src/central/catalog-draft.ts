import {
  type CatalogContent,
  type CatalogTerms,
  emptyContent,
  problemsInSteps,
  type Product,
  type StaffMember,
} from '../catalog/catalog.js';
import { overrideProblemsInSteps, type StoreOverrides } from '../catalog/store-overrides.js';
import { givingWay, type Ports } from '../ports.js';
import { differencesBetween } from './catalog-changes.js';
import type { CentralDatabase, Transaction } from './database.js';
import { overridesOf, replaceOverrides } from './override-rows.js';
import { Problem, ProblemList } from './problem.js';
import {
  contentOfVersion,
  newestVersion,
  overridesOfVersion,
  publishContent,
  publishLock,
} from './published-catalogs.js';
import { quotedUuid } from './tenant.js';

/** The catalog that the back office is working on. */
export interface Draft {
  /** Counts every change. */
  readonly revision: number;
  /** The version that it was filled from or published as last; 0 for none. */
  readonly based_on_version: number;
  readonly changed_by: string;
  readonly changed_at: Date;
  readonly terms: CatalogTerms;
}

/** Who changes a draft, and which one they saw. */
export interface DraftEditor {
  readonly tenant_id: string;
  /** By name. */
  readonly by: string;
  /** The `If-Match` of the request: the revision that was seen, in quotes, or `*` for whatever is there. */
  readonly seen: string | undefined;
}

/** What an edit does besides changing items. */
export interface DraftChange {
  readonly terms?: CatalogTerms;
  readonly based_on_version?: number;
}

/** So many things that are wrong are named when a draft is published. */
const problemsMax = 200;
/** A tenant without any catalog begins in this currency. */
const firstCurrency = 'USD';

const draftLock = (tenant_id: string): readonly string[] => [
  `SELECT pg_advisory_xact_lock(hashtextextended('draft of ' || ${quotedUuid(tenant_id)}, 42))`,
];

const loadDraft = async (transaction: Transaction, tenant_id: string): Promise<Draft | undefined> => {
  const { rows } = await transaction.query<Omit<Draft, 'terms'> & { readonly terms: string }>(
    `SELECT revision, based_on AS based_on_version, terms, changed_by, changed_at FROM catalog_drafts WHERE tenant_id = $1`,
    [tenant_id],
  );
  const [row] = rows;
  return row && { ...row, terms: JSON.parse(row.terms) as CatalogTerms };
};

/** The draft; the first time it is what was published last, or empty. Must be under {@link draftLock}. */
const ensureDraft = async (transaction: Transaction, tenant_id: string, ports: Ports): Promise<Draft> => {
  const known = await loadDraft(transaction, tenant_id);
  if (known) return known;
  const version = await newestVersion(transaction, tenant_id);
  const content = version === 0 ? emptyContent(firstCurrency) : await contentOfVersion(transaction, tenant_id, version);
  const draft = {
    revision: 1,
    based_on_version: version,
    changed_by: 'tillog',
    changed_at: new Date(ports.clock.wall()),
    terms: termsOf(content),
  };
  await transaction.query(
    `INSERT INTO catalog_drafts (tenant_id, revision, based_on, changed_by, changed_at, terms)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [tenant_id, ...Object.values({ ...draft, terms: JSON.stringify(draft.terms) })],
  );
  await putProducts(transaction, tenant_id, content.products);
  await putStaff(transaction, tenant_id, content.staff);
  await replaceOverrides(transaction, tenant_id, await overridesOfVersion(transaction, tenant_id, version));
  return draft;
};

const termsOf = ({ products: _products, staff: _staff, ...terms }: CatalogContent): CatalogTerms => terms;

/** Shows the draft to `work`, in one transaction in which nobody changes it. */
export const viewDraft = <Result>(
  db: CentralDatabase,
  tenant_id: string,
  ports: Ports,
  work: (transaction: Transaction, draft: Draft) => Promise<Result>,
): Promise<Result> =>
  db.inTenant(
    tenant_id,
    async (transaction) => work(transaction, await ensureDraft(transaction, tenant_id, ports)),
    draftLock(tenant_id),
  );

/**
 * Changes the draft, all of `work` or nothing.
 * @returns the revision from then on
 * @throws Problem REVISION_MISSING 428, DRAFT_CHANGED 412
 */
export const editDraft = async (
  db: CentralDatabase,
  editor: DraftEditor,
  ports: Ports,
  work: (transaction: Transaction, draft: Draft) => Promise<DraftChange>,
): Promise<number> =>
  viewDraft(db, editor.tenant_id, ports, async (transaction, draft) => {
    checkSeen(editor, draft);
    return saveDraft(transaction, editor, draft, { ...(await work(transaction, draft)), ports });
  });

const saveDraft = async (
  transaction: Transaction,
  { tenant_id, by }: Pick<DraftEditor, 'tenant_id' | 'by'>,
  draft: Draft,
  { terms = draft.terms, based_on_version = draft.based_on_version, ports }: DraftChange & { readonly ports: Ports },
): Promise<number> => {
  const revision = draft.revision + 1;
  await transaction.query(
    `UPDATE catalog_drafts SET revision = $2, terms = $3, based_on = $4, changed_by = $5, changed_at = $6
     WHERE tenant_id = $1`,
    [tenant_id, revision, JSON.stringify(terms), based_on_version, by, new Date(ports.clock.wall())],
  );
  return revision;
};

const checkSeen = ({ seen }: DraftEditor, { revision, changed_by }: Draft): void => {
  if (seen === undefined) {
    const hint = 'Send If-Match with the revision that you saw, so that nobody’s change is undone unseen.';
    throw new Problem(428, 'REVISION_MISSING', hint);
  }
  if (seen === '*' || seen === etagOf(revision)) return;
  const hint = `${changed_by} changed the draft meanwhile. Nothing was changed now: look at it again, then repeat.`;
  throw new Problem(412, 'DRAFT_CHANGED', hint, { etag: etagOf(revision) });
};

/** A revision as it stands in `ETag` and `If-Match`. */
export const etagOf = (revision: number): string => `"${String(revision)}"`;

/** Puts products into the draft, each in the place of the one with its code. */
export const putProducts = (
  transaction: Transaction,
  tenant_id: string,
  products: readonly Product[],
): Promise<unknown> =>
  putItems(transaction, tenant_id, {
    list: 'products',
    items: products.map((product) => ({ ...product, key: product.code, label: product.name })),
    texts: products.map((product) => JSON.stringify(product)),
  });

/** Puts people into the draft, each in the place of the one with that staff_id. */
export const putStaff = (
  transaction: Transaction,
  tenant_id: string,
  staff: readonly StaffMember[],
): Promise<unknown> =>
  putItems(transaction, tenant_id, {
    list: 'staff',
    items: staff.map((one) => ({ key: one.staff_id, label: one.name, category: null })),
    texts: staff.map((one) => JSON.stringify(one)),
  });

interface Items {
  readonly list: 'products' | 'staff';
  readonly items: readonly { readonly key: string; readonly label: string; readonly category: string | null }[];
  readonly texts: readonly string[];
}

const putItems = async (transaction: Transaction, tenant_id: string, { list, items, texts }: Items): Promise<unknown> =>
  transaction.query(
    `INSERT INTO catalog_draft_items (tenant_id, list, item_key, label, category, item)
     SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::text[], string_to_array($6, E'\\n'))
     ON CONFLICT (tenant_id, list, item_key) DO UPDATE
       SET label = excluded.label, category = excluded.category, item = excluded.item`,
    [
      ...[tenant_id, list],
      ...[items.map(({ key }) => key), items.map(({ label }) => label), items.map(({ category }) => category)],
      // JSON holds no line break, so the texts travel as one: cheaper than an array of long strings.
      texts.length === 0 ? null : texts.join('\n'),
    ],
  );

/** Takes items out of the draft; those that are not there are no mistake. @param keys all of the list when left out */
export const removeItems = (
  transaction: Transaction,
  tenant_id: string,
  list: 'products' | 'staff',
  keys?: readonly string[],
): Promise<unknown> =>
  transaction.query(
    'DELETE FROM catalog_draft_items WHERE tenant_id = $1 AND list = $2 AND ($3::text[] IS NULL OR item_key = ANY($3))',
    [tenant_id, list, keys ?? null],
  );

const itemsOf = async <Item>(
  transaction: Transaction,
  tenant_id: string,
  list: 'products' | 'staff',
): Promise<Item[]> => {
  const { rows } = await transaction.query<{ item: string }>(
    'SELECT item FROM catalog_draft_items WHERE tenant_id = $1 AND list = $2 ORDER BY item_key',
    [tenant_id, list],
  );
  return rows.map(({ item }) => JSON.parse(item) as Item);
};

/** All products of the draft, by code. */
export const productsOf = (transaction: Transaction, tenant_id: string): Promise<Product[]> =>
  itemsOf<Product>(transaction, tenant_id, 'products');

/** Everybody in the draft, by staff_id. */
export const staffOf = (transaction: Transaction, tenant_id: string): Promise<StaffMember[]> =>
  itemsOf<StaffMember>(transaction, tenant_id, 'staff');

/** The whole content of the draft. */
export const contentOfDraft = async (
  transaction: Transaction,
  tenant_id: string,
  { terms }: Draft,
): Promise<CatalogContent> => ({
  ...terms,
  products: await productsOf(transaction, tenant_id),
  staff: await staffOf(transaction, tenant_id),
});

/** What was published, and the draft after it. */
export interface PublishedDraft {
  readonly catalog_version: number;
  readonly revision: number;
}

/**
 * Publishes the draft as the next version, whole or not at all.
 * @throws ProblemList CATALOG_INVALID 422 with everything that is wrong; Problem REVISION_MISSING 428, DRAFT_CHANGED 412
 */
export const publishDraft = async (db: CentralDatabase, editor: DraftEditor, ports: Ports): Promise<PublishedDraft> => {
  const { tenant_id, by } = editor;
  let catalog_version = 0;
  const revision = await editDraft(db, editor, ports, async (transaction, draft) => {
    const content = await contentOfDraft(transaction, tenant_id, draft);
    const overrides = await overridesOf(transaction, tenant_id);
    const problems = await problemsOf(transaction, tenant_id, content, overrides);
    if (problems.length > 0) {
      throw new ProblemList(422, 'CATALOG_INVALID', 'Nothing was published: the draft is not whole yet.', problems);
    }
    for (const sql of publishLock(tenant_id)) await transaction.query(sql);
    catalog_version = await publishContent(transaction, tenant_id, content, { by, overrides, ports });
    return { based_on_version: catalog_version };
  });
  return { catalog_version, revision };
};

/** Everything that is wrong with the company's catalog, or else with what its stores have of their own. */
const problemsOf = async (
  transaction: Transaction,
  tenant_id: string,
  content: CatalogContent,
  overrides: ReadonlyMap<string, StoreOverrides>,
): Promise<readonly string[]> => {
  const problems = [...(await givingWay(problemsInSteps(content, problemsMax)))];
  if (problems.length > 0 || overrides.size === 0) return problems;
  const { rows } = await transaction.query<{ store_id: string; name: string }>(
    'SELECT store_id, name FROM stores WHERE tenant_id = $1',
    [tenant_id],
  );
  const names = new Map(rows.map(({ store_id, name }) => [store_id, name]));
  for (const [store_id, own] of overrides) {
    const found = await givingWay(overrideProblemsInSteps(content, own, problemsMax - problems.length));
    problems.push(...found.map((problem) => `In the store “${names.get(store_id) ?? store_id}”: ${problem}`));
  }
  return problems;
};

/**
 * Publishes an older version again, as the next one. Goods, prices, taxes and settings, also those that stores have of
 * their own, are those of the older version;
 * the staff stay those of the newest one, so that nobody who left can sign in again. A draft in which nothing waited to be
 * published follows, so that the next publication does not bring back what was taken back; one that somebody works on
 * stays as it is.
 * @returns the new version
 * @throws Problem CATALOG_UNKNOWN 404
 */
export const publishAgain = (
  db: CentralDatabase,
  { tenant_id, by }: Pick<DraftEditor, 'tenant_id' | 'by'>,
  restored_from: number,
  ports: Ports,
): Promise<number> =>
  viewDraft(db, tenant_id, ports, async (transaction, draft) => {
    for (const sql of publishLock(tenant_id)) await transaction.query(sql);
    const older = await contentOfVersion(transaction, tenant_id, restored_from);
    const newest = await newestVersion(transaction, tenant_id);
    const { staff } = await contentOfVersion(transaction, tenant_id, newest);
    const overrides = await overridesOfVersion(transaction, tenant_id, restored_from);
    const isIdle = await isAsPublished(transaction, tenant_id, draft, newest);
    const publication = { by, restored_from, overrides, ports };
    const version = await publishContent(transaction, tenant_id, { ...older, staff }, publication);
    if (isIdle) {
      const filled = await fillDraft(transaction, tenant_id, version);
      await saveDraft(transaction, { tenant_id, by }, draft, { ...filled, ports });
    }
    return version;
  });

const isAsPublished = async (
  transaction: Transaction,
  tenant_id: string,
  draft: Draft,
  newest: number,
): Promise<boolean> => {
  const published = {
    content: await contentOfVersion(transaction, tenant_id, newest),
    overrides: await overridesOfVersion(transaction, tenant_id, newest),
  };
  const content = await contentOfDraft(transaction, tenant_id, draft);
  return differencesBetween(published, { content, overrides: await overridesOf(transaction, tenant_id) }).length === 0;
};

/**
 * Fills the draft with the goods, prices, taxes and settings of a published version, also those that stores have of
 * their own. The staff of the draft stay.
 * @returns the revision from then on
 * @throws Problem CATALOG_UNKNOWN 404, REVISION_MISSING 428, DRAFT_CHANGED 412
 */
export const resetDraft = (
  db: CentralDatabase,
  editor: DraftEditor,
  catalog_version: number,
  ports: Ports,
): Promise<number> =>
  editDraft(db, editor, ports, (transaction) => fillDraft(transaction, editor.tenant_id, catalog_version));

const fillDraft = async (
  transaction: Transaction,
  tenant_id: string,
  catalog_version: number,
): Promise<Required<DraftChange>> => {
  const content = await contentOfVersion(transaction, tenant_id, catalog_version);
  await removeItems(transaction, tenant_id, 'products');
  await putProducts(transaction, tenant_id, content.products);
  await replaceOverrides(transaction, tenant_id, await overridesOfVersion(transaction, tenant_id, catalog_version));
  return { terms: termsOf(content), based_on_version: catalog_version };
};
