import type { CatalogContent, StaffMember } from '../catalog/catalog.js';
import type { StoreOverrides } from '../catalog/store-overrides.js';
import { canonical } from '../events/envelope.js';

/** Somebody of the staff as the back office sees them: never the hash of the PIN. */
export type ShownStaff = Omit<StaffMember, 'pin_hash'> & { readonly has_pin: boolean };

/** Leaves the hash of the PIN out. */
export const shownStaff = ({ pin_hash, ...person }: StaffMember): ShownStaff => ({
  ...person,
  has_pin: pin_hash !== null,
});

/** One thing that is another in the second of two catalogs. */
export interface CatalogDifference {
  readonly list: 'products' | 'staff' | 'taxes' | 'currencies' | 'terms';
  /** The store that has it of its own; null for the whole company. */
  readonly store_id: string | null;
  /** The code, staff_id, tax_code, currency or the name of the setting. */
  readonly key: string;
  /** Null when it is new. */
  readonly before: unknown;
  /** Null when it is gone. */
  readonly after: unknown;
  /** That somebody's PIN is another one; what it is, nobody is told. */
  readonly pin_changed?: true;
}

/** A company's catalog, and what its stores have of their own. */
export interface Edition {
  readonly content: CatalogContent;
  readonly overrides: ReadonlyMap<string, StoreOverrides>;
}

/** Everything in which two catalogs differ, list by list and by key; the order of a list says nothing. */
export const differencesBetween = (before: Edition | undefined, after: Edition): readonly CatalogDifference[] => [
  ...ofCompany(before?.content, after.content),
  ...[...new Set([...(before?.overrides.keys() ?? []), ...after.overrides.keys()])]
    .sort()
    .flatMap((store_id) => ofStore(store_id, before?.overrides.get(store_id), after.overrides.get(store_id))),
];

const ofStore = (
  store_id: string,
  before: StoreOverrides | undefined,
  after: StoreOverrides | undefined,
): readonly CatalogDifference[] =>
  [
    ...differing('terms', ownSettings(before), ownSettings(after)),
    ...differing('taxes', keyed(before?.taxes, taxOf), keyed(after?.taxes, taxOf)),
    ...differing('products', keyed(before?.products, productOf), keyed(after?.products, productOf)),
  ].map((difference) => ({ ...difference, store_id }));

const ownSettings = (overrides: StoreOverrides | undefined): Keyed =>
  overrides?.settings ? [['settings', overrides.settings]] : [];

const ofCompany = (before: CatalogContent | undefined, after: CatalogContent): readonly CatalogDifference[] => [
  ...differing('terms', Object.entries(plainTerms(before)), Object.entries(plainTerms(after))),
  ...differing('taxes', keyed(before?.taxes, taxOf), keyed(after.taxes, taxOf)),
  ...differing('currencies', keyed(before?.currencies, currencyOf), keyed(after.currencies, currencyOf)),
  ...differing('staff', keyed(before?.staff, personOf), keyed(after.staff, personOf)).map(withoutPins),
  ...differing('products', keyed(before?.products, productOf), keyed(after.products, productOf)),
];

const taxOf = ({ tax_code }: { readonly tax_code: string }): string => tax_code;
const currencyOf = ({ currency }: { readonly currency: string }): string => currency;
const personOf = ({ staff_id }: { readonly staff_id: string }): string => staff_id;
const productOf = ({ code }: { readonly code: string }): string => code;

type Keyed = readonly (readonly [string, unknown])[];

const keyed = <Item>(items: readonly Item[] | undefined, keyOf: (item: Item) => string): Keyed =>
  (items ?? []).map((item) => [keyOf(item), item]);

const plainTerms = (content: CatalogContent | undefined): object => {
  if (!content) return {};
  const { products: _products, staff: _staff, taxes: _taxes, currencies: _currencies, ...plain } = content;
  return plain;
};

const differing = (list: CatalogDifference['list'], before: Keyed, after: Keyed): readonly CatalogDifference[] => {
  const [was, is] = [new Map(before), new Map(after)];
  return [...new Set([...was.keys(), ...is.keys()])]
    .sort((a, b) => (a < b ? -1 : 1))
    .map((key) => ({ list, store_id: null, key, before: was.get(key) ?? null, after: is.get(key) ?? null }))
    .filter((pair) => canonical(pair.before) !== canonical(pair.after));
};

const withoutPins = (difference: CatalogDifference): CatalogDifference => {
  const [before, after] = [difference.before, difference.after] as (StaffMember | null)[];
  const pin_changed = before?.pin_hash !== after?.pin_hash;
  return {
    ...difference,
    before: before ? shownStaff(before) : null,
    after: after ? shownStaff(after) : null,
    ...(pin_changed ? { pin_changed } : {}),
  };
};
