import { z } from 'zod';
import { paperLanguages, paperNumerals } from '../../domain/paper.js';
import { receiptsDestination } from '../print-queue.js';

/** Text of people: well-formed, on one line, without control characters and without marks that turn the writing. */
const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine(
      (value) =>
        value.isWellFormed() && !/[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(value),
      'holds control characters',
    );

/** A whole number that a computer holds exactly; a fraction or a text is refused. What it may be, the till decides. */
const whole = z.int().refine((value) => !Object.is(value, -0), 'is minus zero');

const currency = z.string().regex(/^[A-Z]{3}$/u, 'is not a currency code of three capital letters');

const money = z.strictObject({ currency, amount_minor: whole });

/** Cash, and which notes and coins it is where somebody counted them. */
const counts = z
  .array(
    money.extend({
      denominations: z
        .array(z.strictObject({ value_minor: whole, count: whole }))
        .max(50)
        .exactOptional(),
    }),
  )
  .max(200);

/** The PIN of somebody who approves this one action. It is checked and then forgotten. */
const approval = z.strictObject({ staff_code: text(50), pin: text(64) }).exactOptional();

const reason = text(500);

const discount = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('amount'),
    amount_minor: whole,
    reason: z.union([reason, z.literal('')]).default(''),
  }),
  z.strictObject({
    kind: z.literal('percent'),
    /** Parts per million: 10 % = 100000. */
    rate_ppm: whole.min(0).max(1_000_000),
    reason: z.union([reason, z.literal('')]).default(''),
  }),
]);

const tender = z.strictObject({
  method: text(50),
  currency: currency.exactOptional(),
  amount_minor: whole,
  reference: text(200).exactOptional(),
});

const line = {
  /** Product code, barcode, or label of a scale. */
  code: text(200),
  /** Thousandths; 1000 when left out. With the label of a scale: how many packs, in thousandths. */
  quantity_milli: whole.exactOptional(),
  /** Another price than the catalog's needs somebody who may override it. */
  unit_price_minor: whole.exactOptional(),
};

const rungLines = z.array(z.strictObject({ ...line, discount: discount.exactOptional() }));

const basket = {
  /** A parked ticket that is sold whole, before the lines. */
  ticket_id: z.guid().toLowerCase().exactOptional(),
  /** May be left out when a ticket is sold. */
  lines: rungLines.exactOptional(),
  discount: discount.exactOptional(),
  change_currency: currency.exactOptional(),
  tip: z
    .strictObject({ amount_minor: whole, beneficiary: z.enum(['staff', 'house']).default('staff') })
    .exactOptional(),
};

const sellsSomething = ({ ticket_id, lines }: { readonly ticket_id?: string; readonly lines?: readonly unknown[] }) =>
  ticket_id !== undefined || lines !== undefined;
const linesMissing = { path: ['lines'], message: 'is needed where no ticket is sold' };

/** POST /v1/login */
export const loginSchema = z.strictObject({ staff_code: text(50), pin: text(64) });
/** POST /v1/staff/{staff_code}/unlock */
export const unlockStaffSchema = z.strictObject({ approval });
/** POST /v1/sessions */
export const openSessionSchema = z.strictObject({ float: counts, training: z.boolean().exactOptional(), approval });
/** POST /v1/sessions/current/close */
export const closeSessionSchema = z.strictObject({ counted: counts, approval });
/** POST /v1/sales */
export const saleSchema = z
  .strictObject({ ...basket, tenders: z.array(tender).max(100), approval })
  .refine(sellsSomething, linesMissing);
/** POST /v1/sales/quote: an approval that comes with it is not looked at, because nothing is done. */
export const quoteSchema = z.strictObject({ ...basket, approval }).refine(sellsSomething, linesMissing);
/** POST /v1/tickets */
export const newTicketSchema = z.strictObject({
  label: text(100).exactOptional(),
  lines: rungLines,
  discount: discount.exactOptional(),
  approval,
});
/** POST /v1/tickets/{ticket_id}/park */
export const parkTicketSchema = newTicketSchema.extend({ lines: rungLines.exactOptional() });
/** POST /v1/tickets/{ticket_id}/discard */
export const discardTicketSchema = z.strictObject({ reason, approval });
/** POST /v1/tickets/{ticket_id}/lines/{line_no}/void */
export const voidLineSchema = z.strictObject({ quantity_milli: whole.exactOptional(), reason, approval });
/** POST /v1/refunds */
export const refundSchema = z.strictObject({
  lines: z.array(z.strictObject(line)),
  tenders: z.array(tender).max(100),
  reason,
  /** The receipt of another terminal, as the customer shows it; the refund is recorded as unverified. */
  original: z
    .strictObject({ receipt_number: text(50), local_id: z.guid().toLowerCase().exactOptional() })
    .exactOptional(),
  approval,
});
/** POST /v1/sales/{local_id}/refunds */
export const refundSaleSchema = z.strictObject({
  lines: z.array(z.strictObject({ line_no: whole, quantity_milli: whole })).max(1000),
  tenders: z.array(tender).max(100),
  reason,
  approval,
});
/** POST /v1/sales/{local_id}/void */
export const voidSaleSchema = z.strictObject({ reason, approval });
/** POST /v1/receipts/{receipt_number}/reprint */
export const reprintSchema = z.strictObject({ reason: reason.exactOptional(), approval });
/** POST /v1/print-jobs/{seq}/settle */
export const settlePaperSchema = z.strictObject({
  /** Of the kitchen's printers their categories. */
  destination: text(1000).default(receiptsDestination),
});
/** POST /v1/drawer-opens */
export const openDrawerSchema = z.strictObject({ reason: text(200), approval });
/** POST /v1/sync/rejections/{local_id}/settle */
export const settleRejectionSchema = z.strictObject({
  resolution: reason,
  replaced_by: z.guid().toLowerCase().exactOptional(),
  approval,
});
/** POST /v1/cash-movements */
export const moveCashSchema = z.strictObject({
  kind: z.enum(['paid_in', 'paid_out', 'drop']),
  currency,
  amount_minor: whole,
  reason,
  approval,
});

/** POST /v1/stock/counts */
export const countStockSchema = z.strictObject({
  lines: z.array(z.strictObject({ code: text(200), counted_milli: whole })),
  reason,
  approval,
});
/** POST /v1/stock/receipts */
export const receiveStockSchema = z.strictObject({
  /** Below zero: it goes back to the supplier or away, which needs a reason. */
  lines: z.array(z.strictObject({ code: text(200), quantity_milli: whole })),
  supplier: text(200).exactOptional(),
  reference: text(200).exactOptional(),
  reason: reason.exactOptional(),
  approval,
});

/** A whole number in an address. */
const digits = (max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/u, 'is not a whole number')
    .transform(Number)
    .refine((value) => value <= max, `is above ${String(max)}`);
const seqMax = Number.MAX_SAFE_INTEGER;
const limit = (max: number, usual: number) =>
  digits(max)
    .refine((value) => value >= 1, 'is below 1')
    .default(usual);

/** GET /v1/receipts/{receipt_number}.txt, .png, .escpos, and of the X report and Z reports */
export const paperQuery = z.strictObject({
  /** As the shop wants its papers when left out, like the figures. */
  language: z.enum(paperLanguages).exactOptional(),
  numerals: z.enum(paperNumerals).exactOptional(),
  paper: z.enum(['58mm', '80mm', '80mm-42']).default('80mm-42'),
  /** Of the printer; what it does not hold is sent as a picture. */
  code_page: z.enum(['PC437', 'PC850', 'WPC1252', 'PC866', 'PC852', 'PC858']).default('PC437'),
  /** Whether the printer draws QR codes itself. */
  qr: z.enum(['native', 'raster']).default('native'),
});
/** GET /v1/receipts */
export const receiptsQuery = z.strictObject({
  limit: limit(500, 50),
  before_seq: digits(seqMax).exactOptional(),
  session_id: z.guid().exactOptional(),
});
/** GET /v1/catalog */
export const catalogQuery = z.strictObject({
  search: z.string().max(200).default(''),
  category: z.string().max(200).exactOptional(),
  after: z.string().max(200).exactOptional(),
  limit: limit(1000, 100),
});
/** POST /v1/catalog/import */
export const importQuery = z.strictObject({ currency: currency.exactOptional() });
/** The same as JSON, which may bring an approval with it. */
export const importSchema = z.strictObject({ csv: z.string(), approval });
/** GET /v1/stock */
export const stockQuery = z.strictObject({
  search: z.string().max(200).default(''),
  /** Product code or barcode. */
  code: z.string().min(1).max(200).exactOptional(),
  /** Only what there is less of; may be below zero. */
  below_milli: z
    .string()
    .regex(/^-?\d{1,15}$/u, 'is not a whole number')
    .transform(Number)
    .exactOptional(),
  limit: limit(1000, 100),
});
/** GET /v1/events */
export const eventsQuery = z.strictObject({ after_seq: digits(seqMax).default(0), limit: limit(1000, 100) });
/** A line of a ticket in an address. */
export const ticketLineParams = z.strictObject({ ticket_id: z.string(), line_no: digits(seqMax) });
const date = z.iso.date('is not a date in the form YYYY-MM-DD');
const isOrdered = <Value extends string | number>(from: Value | undefined, to: Value | undefined): boolean =>
  from === undefined || to === undefined || from <= to;
/** POST /v1/exports: all of the log where nothing is said. Both ends are included. */
export const exportSchema = z
  .strictObject({
    from_seq: whole.min(1).exactOptional(),
    to_seq: whole.min(1).exactOptional(),
    from_date: date.exactOptional(),
    to_date: date.exactOptional(),
    approval,
  })
  .refine(({ from_seq, to_seq }) => isOrdered(from_seq, to_seq), { path: ['from_seq'], message: 'is after to_seq' })
  .refine(({ from_date, to_date }) => isOrdered(from_date, to_date), {
    path: ['from_date'],
    message: 'is after to_date',
  });
/** GET /v1/z-totals */
export const zTotalsQuery = z
  .strictObject({
    by: z.enum(['day', 'month', 'year']).default('day'),
    from: date.default('0000-01-01'),
    to: date.default('9999-12-31'),
    limit: limit(400, 100),
  })
  .refine(({ from, to }) => from <= to, 'from is after to');
/** POST /v1/print-jobs/{seq}/settle */
export const seqParam = digits(seqMax);
/** GET /v1/z-reports/{number} */
export const zNumberParam = digits(seqMax);
