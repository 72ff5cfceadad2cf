import { z } from 'zod';
import { isCurrency } from '../domain/money.js';
import { type Permission, permissionNames } from '../domain/permission.js';
import { canonical, hashOf } from '../events/envelope.js';

const text = (min: number, max: number) =>
  z
    .string()
    .min(min)
    .max(max)
    .refine((value) => value.isWellFormed() && !value.includes('\u0000'), 'holds characters that are not text');

const currency = z.string().refine(isCurrency, 'is not a currency of ISO 4217');
const minor = z.int().min(0).max(9_000_000_000_000);
const code = text(1, 200);

const product = z.strictObject({
  code,
  name: text(1, 500),
  /** Null when the product has none. */
  category: text(1, 200).nullable(),
  /** Price of one unit, in the base currency. */
  price_minor: minor,
  tax_code: text(1, 50),
  /** Other codes that a scanner may read on it. */
  barcodes: z.array(text(1, 100)).max(50),
});

const tax = z.strictObject({
  tax_code: text(1, 50),
  name: text(1, 200),
  /** Parts per million: 11 % = 110000. */
  rate_ppm: z.int().min(0).max(10_000_000),
  mode: z.enum(['inclusive', 'exclusive']),
});

const accepted = z.strictObject({
  currency,
  /** Base minor units per minor unit of this currency, exact. */
  rate: z.strictObject({ numerator: z.int().min(1), denominator: z.int().min(1) }),
  /** The smallest coin in minor units; cash is rounded to it. */
  cash_step_minor: z.int().min(1),
});

const role = z.enum(['cashier', 'supervisor', 'manager']);

/** The memory is at most 999 999 KiB and the passes 99, so that no catalog can stop a till with one PIN. */
const argon2id = /^\$argon2id\$v=19\$m=\d{1,6},t=\d{1,2},p=\d\$[A-Za-z0-9+/]{11,88}\$[A-Za-z0-9+/]{16,120}$/u;

const staff = z.strictObject({
  staff_id: text(1, 100),
  staff_code: text(1, 50),
  name: text(1, 200),
  role,
  /** argon2id in PHC form over the PIN; null for somebody who cannot sign in. */
  pin_hash: z.string().max(500).regex(argon2id, 'is not a hash of argon2id').nullable(),
});

const settings = z.strictObject({
  /** Who may do what; a step that is left out keeps its usual right. */
  permissions: z
    .strictObject({
      ...(Object.fromEntries(permissionNames.map((name) => [name, role.exactOptional()])) as Record<
        Permission,
        z.ZodExactOptional<typeof role>
      >),
      /** Parts per million of a line's price: more off needs `discount_over_limit`. */
      discount_over_ppm: z.int().min(0).max(1_000_000).exactOptional(),
    })
    .exactOptional(),
  /** After so many minutes without a touch the screen asks for the PIN again; 5 when left out. */
  lock_after_minutes: z.int().min(1).max(720).exactOptional(),
  /** The notes and coins of a currency, in its minor unit; a count by denomination takes no others. */
  denominations: z.record(currency, z.array(minor.min(1)).min(1).max(50)).exactOptional(),
  /** Who counts the drawer does not learn before what must be in it, unless they may take the step `see_expected`. */
  blind_count: z.boolean().exactOptional(),
});

const content = z.strictObject({
  /** The base currency: prices and totals. */
  currency,
  currencies: z.array(accepted).max(30),
  /** Methods of payment besides cash. */
  methods: z.array(text(1, 50)).max(20),
  taxes: z.array(tax).max(200),
  products: z.array(product).max(200_000),
  staff: z.array(staff).max(10_000),
  /** How the shop wants its tills; all of it may be left out. */
  settings: settings.exactOptional(),
});

/** Everything that central publishes to its terminals, without its version. */
export type CatalogContent = z.infer<typeof content>;

/** A product as it is sold. */
export type Product = z.infer<typeof product>;

/** A tax as the catalog defines it. */
export type Tax = z.infer<typeof tax>;

/** Somebody who works at the till. */
export type StaffMember = z.infer<typeof staff>;

/** How the shop wants its tills. */
export type ShopSettings = z.infer<typeof settings>;

/** A published catalog as it travels: `checksum` is SHA-256 over the canonical JSON of `content`. */
export interface Catalog {
  /** Counts from 1 at central; −1, −2, … for a catalog imported on the terminal itself. */
  readonly catalog_version: number;
  readonly checksum: string;
  readonly content: CatalogContent;
}

const envelope = z.strictObject({
  catalog_version: z.int().refine((version) => version !== 0, 'is 0, which means none'),
  checksum: z.string().regex(/^[0-9a-f]{64}$/u),
  content,
});

/** A catalog that was refused whole; nothing of it was applied. */
export class BadCatalog extends Error {
  /** @param detail what is wrong with it, for a person */
  constructor(readonly detail: string) {
    super(`The catalog was refused and the one before stays in use: ${detail}`);
    this.name = 'BadCatalog';
  }
}

/** Lower-case hex SHA-256 over the canonical JSON of the content. */
export const checksumOf = (catalog: CatalogContent): string => hashOf(canonical(catalog));

/**
 * Reads a catalog and checks that it is whole and consistent: shapes, checksum, unique codes, barcodes, taxes and staff
 * codes, the base currency among the accepted ones at rate 1.
 * @throws BadCatalog
 */
export const readCatalog = (value: unknown): Catalog => {
  const parsed = envelope.safeParse(value);
  if (!parsed.success) throw new BadCatalog(issueOf(parsed.error));
  const catalog = parsed.data;
  if (checksumOf(catalog.content) !== catalog.checksum) throw new BadCatalog('its checksum does not fit its content.');
  checkContent(catalog.content);
  return catalog;
};

/**
 * Makes a catalog of a content that was checked, with its checksum.
 * @throws BadCatalog
 */
export const makeCatalog = (catalog_version: number, unchecked: CatalogContent): Catalog =>
  readCatalog({ catalog_version, checksum: checksumOf(unchecked), content: unchecked });

const issueOf = (error: z.ZodError): string => {
  const issue = error.issues[0];
  return issue ? `${issue.path.join('.')}: ${issue.message}` : 'it does not match its schema.';
};

const checkContent = ({ currency: base, currencies, taxes, products, staff: people }: CatalogContent): void => {
  unique(
    'currency',
    currencies.map((item) => item.currency),
  );
  unique(
    'tax code',
    taxes.map((item) => item.tax_code),
  );
  unique(
    'product code or barcode',
    products.flatMap((item) => [item.code, ...item.barcodes]),
  );
  unique(
    'staff code',
    people.map((item) => item.staff_code),
  );
  unique(
    'staff id',
    people.map((item) => item.staff_id),
  );
  const rate = currencies.find((item) => item.currency === base)?.rate;
  if (rate?.numerator !== 1 || rate.denominator !== 1) {
    throw new BadCatalog(`the base currency ${base} must be among the accepted currencies at rate 1:1.`);
  }
  const known = new Set(taxes.map((item) => item.tax_code));
  const lost = products.find((item) => !known.has(item.tax_code));
  if (lost) throw new BadCatalog(`product “${lost.code}” has the tax “${lost.tax_code}”, which is not in the catalog.`);
};

const unique = (what: string, values: readonly string[]): void => {
  const seen = new Set<string>();
  for (const value of values) {
    if (seen.has(value)) throw new BadCatalog(`the ${what} “${value}” appears twice.`);
    seen.add(value);
  }
};
