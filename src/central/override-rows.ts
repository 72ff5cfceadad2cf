import { isPlain, type StoreOverrides } from '../catalog/store-overrides.js';
import type { Transaction } from './database.js';

/** Whose rows. */
interface Owner {
  readonly tenant_id: string;
  readonly store_id: string;
}

type List = 'products' | 'taxes' | 'settings';

interface OverrideRow {
  readonly store_id: string;
  readonly list: List;
  readonly item: string;
}

/** What stores have of their own in the draft, by store_id. @param store_id of one; all when left out */
export const overridesOf = async (
  transaction: Transaction,
  tenant_id: string,
  store_id?: string,
): Promise<ReadonlyMap<string, StoreOverrides>> => {
  const { rows } = await transaction.query<OverrideRow>(
    `SELECT store_id, list, item FROM catalog_draft_overrides
     WHERE tenant_id = $1 AND ($2::uuid IS NULL OR store_id = $2) ORDER BY store_id, list, item_key`,
    [tenant_id, store_id ?? null],
  );
  const byStore = new Map<string, OverrideRow[]>();
  for (const row of rows) {
    const own = byStore.get(row.store_id);
    if (own) own.push(row);
    else byStore.set(row.store_id, [row]);
  }
  return new Map([...byStore].map(([store, own]) => [store, read(own)]));
};

const read = (rows: readonly OverrideRow[]): StoreOverrides => {
  const itemsOf = <Item>(list: List): Item[] =>
    rows.filter((row) => row.list === list).map(({ item }) => JSON.parse(item) as Item);
  const [settings] = itemsOf<NonNullable<StoreOverrides['settings']>>('settings');
  return { products: itemsOf('products'), taxes: itemsOf('taxes'), ...(settings && { settings }) };
};

/** Puts what a store has of its own into the draft, each item in the place of the one with its key. */
export const putOverrides = async (
  transaction: Transaction,
  { tenant_id, store_id }: Owner,
  overrides: StoreOverrides,
): Promise<void> => {
  if (isPlain(overrides)) return;
  const { products, taxes, settings } = overrides;
  const rows: readonly (readonly [List, string, unknown])[] = [
    ...products.map((one) => ['products', one.code, one] as const),
    ...taxes.map((one) => ['taxes', one.tax_code, one] as const),
    ...(settings ? [['settings', 'settings', settings] as const] : []),
  ];
  await transaction.query(
    `INSERT INTO catalog_draft_overrides (tenant_id, store_id, list, item_key, item)
     SELECT $1, $2, * FROM unnest($3::text[], $4::text[], string_to_array($5, E'\\n'))
     ON CONFLICT (tenant_id, store_id, list, item_key) DO UPDATE SET item = excluded.item`,
    [
      ...[tenant_id, store_id, rows.map(([list]) => list), rows.map(([, itemKey]) => itemKey)],
      rows.map(([, , item]) => JSON.stringify(item)).join('\n'),
    ],
  );
};

/** Makes a store like its company again. @param keys all of the list when left out */
export const removeOverrides = (
  transaction: Transaction,
  { tenant_id, store_id }: Owner,
  { list, keys }: { readonly list: List; readonly keys?: readonly string[] },
): Promise<unknown> =>
  transaction.query(
    `DELETE FROM catalog_draft_overrides
     WHERE tenant_id = $1 AND store_id = $2 AND list = $3 AND ($4::text[] IS NULL OR item_key = ANY($4))`,
    [tenant_id, store_id, list, keys ?? null],
  );

/** Puts what stores have of their own in the place of everything that was there. */
export const replaceOverrides = async (
  transaction: Transaction,
  tenant_id: string,
  overrides: ReadonlyMap<string, StoreOverrides>,
): Promise<void> => {
  await transaction.query('DELETE FROM catalog_draft_overrides WHERE tenant_id = $1', [tenant_id]);
  for (const [store_id, own] of overrides) await putOverrides(transaction, { tenant_id, store_id }, own);
};

/** Takes out what stores say of products that the company does not have any more. */
export const pruneOverrides = (transaction: Transaction, tenant_id: string): Promise<unknown> =>
  transaction.query(
    `DELETE FROM catalog_draft_overrides o WHERE o.tenant_id = $1 AND o.list = 'products' AND NOT EXISTS (
       SELECT 1 FROM catalog_draft_items i WHERE i.tenant_id = $1 AND i.list = 'products' AND i.item_key = o.item_key)`,
    [tenant_id],
  );
