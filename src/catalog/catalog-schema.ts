import { z } from 'zod';
import { embeddedKinds } from '../domain/barcode.js';
import { isCurrency } from '../domain/money.js';
import type { PaperSettings } from '../domain/paper.js';
import { type Permission, permissionNames } from '../domain/permission.js';
import { Refusal } from '../domain/refusal.js';
import { zatcaQr } from '../domain/zatca-qr.js';
import { paperSettings } from '../events/paper-schema.js';

const text = (min: number, max: number) =>
  z
    .string()
    .min(min)
    .max(max)
    .refine((value) => value.isWellFormed() && !value.includes('\u0000'), 'holds characters that are not text');

const currency = z.string().refine(isCurrency, 'is not a currency of ISO 4217');
const minor = z.int().min(0).max(9_000_000_000_000);
const code = text(1, 200);
/** The first business date of something, YYYY-MM-DD. */
const from = z.iso.date();
/** Changes to come, and those of the past, the earliest first. */
const dated = <Change extends z.ZodType>(change: Change) => z.array(change).max(100).exactOptional();

/** A product as it is sold. */
export const productSchema = z.strictObject({
  code,
  name: text(1, 500),
  /** Null when the product has none. */
  category: text(1, 200).nullable(),
  /** Price of one unit, in the base currency. */
  price_minor: minor,
  /** Its price from a business date on, instead of `price_minor`. */
  prices: dated(z.strictObject({ from, price_minor: minor })),
  tax_code: text(1, 50),
  /** Other codes that a scanner may read on it. */
  barcodes: z.array(text(1, 100)).max(50),
});

const rate_ppm = z.int().min(0).max(10_000_000);

/** A tax as the catalog defines it. */
export const taxSchema = z.strictObject({
  tax_code: text(1, 50),
  name: text(1, 200),
  /** Parts per million: 11 % = 110000. */
  rate_ppm,
  /** Its rate from a business date on, instead of `rate_ppm`. */
  rates: dated(z.strictObject({ from, rate_ppm })),
  mode: z.enum(['inclusive', 'exclusive']),
});

const ratio = z.strictObject({ numerator: z.int().min(1), denominator: z.int().min(1) });

const accepted = z.strictObject({
  currency,
  /** Base minor units per minor unit of this currency, exact. */
  rate: ratio,
  /** Its rate from a business date on, instead of `rate`. */
  rates: dated(z.strictObject({ from, rate: ratio })),
  /** The smallest coin in minor units; cash is rounded to it. */
  cash_step_minor: z.int().min(1),
});

const role = z.enum(['cashier', 'supervisor', 'manager']);

/** The memory is at most 999 999 KiB and the passes 99, so that no catalog can stop a till with one PIN. */
const argon2id = /^\$argon2id\$v=19\$m=\d{1,6},t=\d{1,2},p=\d\$[A-Za-z0-9+/]{11,88}\$[A-Za-z0-9+/]{16,120}$/u;

/** Somebody who works at the till. */
export const staffSchema = z.strictObject({
  staff_id: text(1, 100),
  staff_code: text(1, 50),
  name: text(1, 200),
  role,
  /** argon2id in PHC form over the PIN; null for somebody who cannot sign in. */
  pin_hash: z.string().max(500).regex(argon2id, 'is not a hash of argon2id').nullable(),
});

/** EAN-13 that a scale prints: prefix, item code, digits that are skipped, value, check digit; 13 digits in all. */
const embeddedBarcode = z.strictObject({
  prefix: z.string().regex(/^\d{1,6}$/u, 'is not one to six digits'),
  kind: z.enum(embeddedKinds),
  code_digits: z.int().min(1).max(10),
  value_digits: z.int().min(1).max(10),
  /** Digits between code and value that say nothing, such as a check digit of the value. */
  skipped_digits: z.int().min(0).max(2).exactOptional(),
  /** Decimals of the value, in kilograms or in the base currency; −3 means thousands. */
  decimals: z.int().min(-6).max(4),
});

/** What the tax authority's code must hold is tried here, so that no sale finds out that it does not fit. */
const paper = paperSettings.superRefine((settings: PaperSettings, context) => {
  if (settings.tax_invoice !== 'zatca') return;
  const { shop_name: seller_name = '', tax_number: vat_number = '' } = settings;
  try {
    zatcaQr({
      seller_name,
      vat_number,
      issued_at: '2026-01-01T00:00:00Z',
      total_minor: 0,
      tax_minor: 0,
      currency: 'SAR',
    });
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    context.addIssue(`${cause.code}: ${cause.message}`);
  }
});

/** How the shop wants its tills. */
export const settingsSchema = z.strictObject({
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
  /** How the labels of the shop's scales are read; none when left out. */
  embedded_barcodes: z.array(embeddedBarcode).max(20).exactOptional(),
  /** What stands on the papers and in which language. */
  paper: paper.exactOptional(),
});

/** Everything that is published, but its two long lists, which are read item by item. */
export const outlineSchema = z.strictObject({
  /** The base currency: prices and totals. */
  currency,
  currencies: z.array(accepted).max(30),
  /** Methods of payment besides cash. */
  methods: z.array(text(1, 50)).max(20),
  taxes: z.array(taxSchema).max(200),
  products: z.array(z.unknown()).max(200_000),
  staff: z.array(z.unknown()).max(10_000),
  /** How the shop wants its tills; all of it may be left out. */
  settings: settingsSchema.exactOptional(),
});

/** A published catalog as it travels. */
export const envelopeSchema = z.strictObject({
  catalog_version: z.int().refine((version) => version !== 0, 'is 0, which means none'),
  checksum: z.string().regex(/^[0-9a-f]{64}$/u),
  content: outlineSchema,
});
