import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { exponentOf } from '../domain/money.js';
import { canonical } from '../events/envelope.js';
import { atOnce, slicesOf, type Steps } from '../ports.js';
import {
  envelopeSchema,
  type outlineSchema,
  productSchema,
  type settingsSchema,
  staffSchema,
  type taxSchema,
} from './catalog-schema.js';

/** What a catalog says besides its products and staff. */
export type CatalogTerms = Omit<z.infer<typeof outlineSchema>, 'products' | 'staff'>;

/** Everything that central publishes to its terminals, without its version. */
export type CatalogContent = CatalogTerms & { readonly products: Product[]; readonly staff: StaffMember[] };

/** A product as it is sold. */
export type Product = z.infer<typeof productSchema>;

/** A tax as the catalog defines it. */
export type Tax = z.infer<typeof taxSchema>;

/** Somebody who works at the till. */
export type StaffMember = z.infer<typeof staffSchema>;

/** How the shop wants its tills. */
export type ShopSettings = z.infer<typeof settingsSchema>;

/** A published catalog as it travels: `checksum` is SHA-256 over the canonical JSON of `content`. */
export interface Catalog {
  /** Counts from 1 at central; −1, −2, … for a catalog imported on the terminal itself. */
  readonly catalog_version: number;
  readonly checksum: string;
  readonly content: CatalogContent;
}

/** A content with nothing to sell yet, in that currency of ISO 4217 alone. */
export const emptyContent = (currency: string): CatalogContent => ({
  currency,
  currencies: [{ currency, rate: { numerator: 1, denominator: 1 }, cash_step_minor: 1 }],
  methods: [],
  taxes: [],
  products: [],
  staff: [],
});

/** A catalog that was refused whole; nothing of it was applied. */
export class BadCatalog extends Error {
  /** @param detail what is wrong with it, for a person */
  constructor(readonly detail: string) {
    super(`The catalog was refused and the one before stays in use: ${detail}`);
    this.name = 'BadCatalog';
  }
}

/** So many products, or people, are read before sales have their turn. */
const stepItems = 200;

/** Lower-case hex SHA-256 over the canonical JSON of the content. */
export const checksumOf = (catalog: CatalogContent): string => atOnce(checksumSteps(catalog));

/** The canonical JSON is hashed piece by piece, so that it need not be made whole. */
function* checksumSteps(catalog: CatalogContent): Steps<string> {
  const hash = createHash('sha256');
  let separator = '{';
  for (const [key, value] of Object.entries(catalog).sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${separator}${canonical(key)}:`);
    separator = ',';
    if (Array.isArray(value)) yield* hashList(hash, value);
    else hash.update(canonical(value));
  }
  return hash.update('}').digest('hex');
}

function* hashList(hash: ReturnType<typeof createHash>, items: readonly unknown[]): Steps<void> {
  hash.update('[');
  let separator = '';
  for (const slice of slicesOf(items, stepItems)) {
    hash.update(separator + slice.map(canonical).join(','), 'utf8');
    separator = ',';
    yield undefined;
  }
  hash.update(']');
}

/**
 * Reads a catalog and checks that it is whole and consistent: shapes, checksum, unique codes, barcodes, taxes and staff
 * codes, the base currency among the accepted ones at rate 1.
 * @throws BadCatalog
 */
export const readCatalog = (value: unknown): Catalog => atOnce(readCatalogInSteps(value));

/**
 * Reads a catalog as {@link readCatalog} does, in steps between which a till can sell.
 * @throws BadCatalog
 */
export function* readCatalogInSteps(value: unknown): Steps<Catalog> {
  const { content: outline, ...catalog } = parsed(envelopeSchema, value, []);
  const { products: unreadProducts, staff: unreadStaff, ...terms } = outline;
  const read: CatalogContent = {
    ...terms,
    products: yield* readList(productSchema, unreadProducts, 'products'),
    staff: yield* readList(staffSchema, unreadStaff, 'staff'),
  };
  if ((yield* checksumSteps(read)) !== catalog.checksum) throw new BadCatalog('its checksum does not fit its content.');
  yield* contentSteps(read, refuse);
  return { ...catalog, content: read };
}

function* readList<Item>(schema: z.ZodType<Item>, items: readonly unknown[], name: string): Steps<Item[]> {
  const read: Item[] = [];
  for (const slice of slicesOf(items, stepItems)) {
    for (const item of slice) read.push(parsed(schema, item, ['content', name, read.length]));
    yield undefined;
  }
  return read;
}

const parsed = <Read>(schema: z.ZodType<Read>, value: unknown, place: readonly PropertyKey[]): Read => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = [...place, ...(issue?.path ?? [])].join('.');
  throw new BadCatalog(issue ? `${path}: ${issue.message}` : 'it does not match its schema.');
};

/**
 * Makes a catalog of a content that was checked, with its checksum.
 * @throws BadCatalog
 */
export const makeCatalog = (catalog_version: number, unchecked: CatalogContent): Catalog =>
  atOnce(makeCatalogInSteps(catalog_version, unchecked));

/**
 * Makes a catalog as {@link makeCatalog} does, in steps between which a till can sell.
 * @throws BadCatalog
 */
export function* makeCatalogInSteps(catalog_version: number, unchecked: CatalogContent): Steps<Catalog> {
  const checksum = yield* checksumSteps(unchecked);
  return yield* readCatalogInSteps({ catalog_version, checksum, content: unchecked });
}

/** The last of the changes that holds on that day; undefined before the first. */
export const inForce = <Change extends { readonly from: string }>(
  changes: readonly Change[] | undefined,
  business_date: string,
): Change | undefined => changes?.findLast((change) => change.from <= business_date);

/** So many values are compared before sales have their turn. */
const stepValues = 5000;

/** Told what is wrong, each time something is. */
type Complain = (detail: string) => void;

const refuse: Complain = (detail) => {
  throw new BadCatalog(detail);
};

/**
 * Everything that is wrong with a content whose items have the right shapes, so that all of it can be put right at once.
 * @param limit so many are named
 */
export function* problemsInSteps(content: CatalogContent, limit: number): Steps<readonly string[]> {
  const problems: string[] = [];
  yield* contentSteps(content, (detail) => {
    if (problems.length < limit) problems.push(detail);
  });
  return problems;
}

/** Checks what the shapes alone do not say: what must be there once only, and what must fit together. */
function* contentSteps(content: CatalogContent, complain: Complain): Steps<void> {
  const { currency: base, currencies, taxes, products, staff } = content;
  yield* unique(complain, 'currency', currencies, ({ currency }) => [currency]);
  yield* unique(complain, 'tax code', taxes, ({ tax_code }) => [tax_code]);
  yield* unique(complain, 'product code or barcode', products, ({ code, barcodes }) => [code, ...barcodes]);
  yield* unique(complain, 'staff code', staff, ({ staff_code }) => [staff_code]);
  yield* unique(complain, 'staff id', staff, ({ staff_id }) => [staff_id]);
  const own = currencies.find(({ currency }) => currency === base);
  if (own?.rate.numerator !== 1 || own.rate.denominator !== 1 || own.rates !== undefined) {
    complain(`the base currency ${base} must be among the accepted currencies at rate 1:1.`);
  }
  const known = new Set(taxes.map(({ tax_code }) => tax_code));
  for (const { code, tax_code } of products) {
    if (!known.has(tax_code)) complain(`product “${code}” has the tax “${tax_code}”, which is not in the catalog.`);
  }
  for (const { currency, rates } of currencies) ascending(complain, `currency ${currency}`, rates);
  for (const { tax_code, rates } of taxes) ascending(complain, `tax “${tax_code}”`, rates);
  for (const { code, prices } of products) ascending(complain, `product “${code}”`, prices);
  checkLabels(complain, content);
  checkSecondCurrency(complain, content);
}

const checkSecondCurrency = (complain: Complain, { currency: base, currencies, settings }: CatalogContent): void => {
  const second = settings?.paper?.second_currency;
  if (second === undefined) return;
  if (second === base || !currencies.some(({ currency }) => currency === second)) {
    complain(`the second currency ${second} must be one of the accepted currencies besides ${base}.`);
  }
};

/** @param namesOf what must be there once only; the first of an item stands for it */
function* unique<Item>(
  complain: Complain,
  what: string,
  items: readonly Item[],
  namesOf: (item: Item) => readonly string[],
): Steps<void> {
  const seen = new Map<string, string>();
  for (const item of items) {
    const names = namesOf(item);
    const [own = ''] = names;
    for (const name of names) {
      const before = seen.get(name);
      const where = before === name && own === name ? '' : `: at “${before ?? ''}” and at “${own}”`;
      if (before !== undefined) complain(`the ${what} “${name}” appears twice${where}.`);
      seen.set(name, before ?? own);
      if (seen.size % stepValues === 0) yield undefined;
    }
  }
}

const ascending = (complain: Complain, what: string, changes: readonly { readonly from: string }[] = []): void => {
  const late = changes.find(({ from }, index) => index > 0 && from <= (changes[index - 1]?.from ?? ''));
  if (late) complain(`the dates of ${what} must follow each other; ${late.from} does not.`);
};

/** A weight has thousandths of a kilogram at most. */
const weightDecimalsMax = 3;

const checkLabels = (complain: Complain, { currency, settings }: CatalogContent): void => {
  const labels = settings?.embedded_barcodes ?? [];
  for (const { prefix, kind, code_digits, value_digits, skipped_digits = 0, decimals } of labels) {
    if (prefix.length + code_digits + skipped_digits + value_digits !== 12) {
      complain(`the label ${prefix} must have 12 digits before its check digit.`);
    }
    if (decimals > (kind === 'weight' ? weightDecimalsMax : exponentOf(currency))) {
      complain(`the label ${prefix} has more decimals than a ${kind} can have.`);
    }
    if (labels.filter((other) => other.prefix === prefix).length > 1) {
      complain(`the label prefix ${prefix} appears twice.`);
    }
  }
};
