import { z } from 'zod';
import type { EventData, EventType } from '../domain/event.js';
import { paperSettings, record, text } from './paper-schema.js';

/** A schema of one stored version. */
export type StoredSchema = z.ZodType;

const hex64 = z.string().regex(/^[0-9a-f]{64}$/u);
const id = z.guid();
const minor = z.int();
const positive = z.int().min(0);
const count = z.int().min(0);
const currency = z.string().regex(/^[A-Z]{3}$/u);
const money = record({ currency, amount_minor: minor });
const monies = z.array(money).max(200);
const denominations = z.array(record({ currency, value_minor: z.int().min(1), count })).max(10_000);
const ratio = record({ numerator: z.int().min(1), denominator: z.int().min(1) });
const rate_ppm = z.int().min(0).max(10_000_000);
const head = record({ epoch: z.int().min(1), seq: z.int().min(1), hash: hex64 });

const discount = record({
  scope: z.enum(['line', 'order']),
  kind: z.enum(['amount', 'percent']),
  rate_ppm: rate_ppm.nullable(),
  amount_minor: positive,
  reason: text(500),
});

const split = { net_minor: minor, tax_minor: minor, gross_minor: minor };

const names = { staff_name: text(200).nullable(), approver_name: text(200).nullable() };
const paper = record({ renderer: z.int().min(1), document_hash: hex64 });

const secondTotal = record({ currency, rate: ratio, total_minor: positive, tax_minor: positive });

/** What was pinned when a line was rung up. */
const rung = {
  line_no: z.int().min(1),
  code: text(200),
  name: text(500),
  category: text(200).nullable(),
  catalog_version: z.int(),
  quantity_milli: z.int().min(1),
  unit_price_minor: positive,
  list_price_minor: positive,
  tax_code: text(50),
  tax_mode: z.enum(['inclusive', 'exclusive']),
  rate_ppm,
};

const line = record({
  ...rung,
  extended_minor: positive,
  discounts: z.array(discount).max(10),
  ...split,
});

const { line_no, code, name, quantity_milli, unit_price_minor, list_price_minor, extended_minor, discounts } =
  line.shape;

const voidedLine = record({
  ...{ line_no, code, name, quantity_milli },
  ...{ unit_price_minor, list_price_minor, extended_minor, discounts },
});

const discountRequest = z.discriminatedUnion('kind', [
  record({ kind: z.literal('amount'), amount_minor: positive, reason: text(500) }),
  record({ kind: z.literal('percent'), rate_ppm, reason: text(500) }),
]);

const ticketLine = record({ ...rung, discount: discountRequest.exactOptional() });

const openTicket = record({ ticket_id: id, label: text(100), lines_count: count, gross_minor: positive });
/** Thousandths of a unit, more or fewer. */
const milli = z.int();
const goods = { code: text(200), name: text(500) };

const refundLine = record({ ...line.shape, original_line_no: z.int().min(1).nullable() });

const taxSum = record({ tax_code: text(50), rate_ppm, ...split });

const tender = record({
  method: text(50),
  currency,
  amount_minor: positive,
  base_minor: positive,
  rate: ratio,
  reference: text(200).nullable(),
});

const change = record({ currency, amount_minor: positive, base_minor: positive, rate: ratio });

const receipt = {
  ...names,
  receipt_number: text(50),
  receipt_index: z.int().min(1),
  training: z.boolean(),
  currency,
  lines: z.array(line).min(1).max(1000),
  taxes: z.array(taxSum).max(1000),
  ...split,
  rounding_minor: minor,
  total_minor: positive,
  second_total: secondTotal.nullable(),
  tenders: z.array(tender).max(100),
  change: z.array(change).max(10),
  paper,
};

const role = z.enum(['cashier', 'supervisor', 'manager']);

const tip = record({ amount_minor: z.int().min(1), beneficiary: z.enum(['staff', 'house']) });

const receiptMark = record({ receipt_index: z.int().min(1), receipt_number: text(50) });

const tenderSum = record({
  method: text(50),
  currency,
  count,
  received_minor: minor,
  change_minor: minor,
  refunded_minor: minor,
  amount_minor: minor,
});

const zReport = record({
  session_id: id,
  business_date: z.iso.date(),
  training: z.boolean(),
  currency: currency.nullable(),
  opened_at: z.iso.datetime().nullable(),
  opened_by: text(100).nullable(),
  first_seq: z.int().min(1),
  last_seq: z.int().min(1),
  first_receipt: receiptMark.nullable(),
  last_receipt: receiptMark.nullable(),
  sales_count: count,
  refunds_count: count,
  lines_count: count,
  overrides_count: count,
  gross_minor: minor,
  refunds_minor: minor,
  voids_count: count,
  voids_minor: minor,
  line_voids_count: count,
  line_voids_minor: minor,
  tickets_discarded_count: count,
  tickets_discarded_minor: minor,
  turnover_minor: minor,
  net_minor: minor,
  tax_minor: minor,
  taxes: z.array(taxSum),
  discounts_minor: minor,
  rounding_minor: minor,
  tips_staff_minor: minor,
  tips_house_minor: minor,
  tenders: z.array(tenderSum),
  cash_movements: z.array(record({ kind: text(20), currency, count, amount_minor: minor })),
  drawer_opens: z.array(record({ reason: text(200), count })),
  reprints_count: count,
  float: monies,
  expected: monies,
  z_number: z.int().min(1).nullable(),
  closed_at: z.iso.datetime(),
  closed_by: text(100).nullable(),
  counted: monies,
  counted_denominations: denominations,
  difference: monies,
  perpetual: record({ turnover_minor: minor, absolute_minor: positive }),
  open_tickets: z.array(openTicket).max(500),
  unsynced_events: count,
  prev_hash: hex64,
});

/** How each event is stored: one schema per version, oldest first, the last one current. Append-only once released. */
const stored = {
  TerminalStarted: [record({ software_version: text(50), zone: text(100), public_key: text(200) })],
  TerminalRecovered: [
    record({
      last_receipt_number: text(50).nullable(),
      last_receipt_local_id: id.nullable(),
      last_receipt_printed: z.enum(['printed', 'not_printed', 'unknown']).nullable(),
    }),
  ],
  TerminalStopped: [record({ reason: text(200) })],
  TerminalEnrolled: [record({ tenant_id: id, store_id: id, tenant_name: text(200), store_name: text(200) })],
  EpochStarted: [record({ previous: head, reason: text(500) })],
  CatalogApplied: [
    record({
      catalog_version: z.int(),
      previous_version: z.int(),
      checksum: hex64,
      currency,
      products: count,
      paper: paperSettings,
    }),
  ],
  ClockJumped: [record({ expected_at: z.iso.datetime(), found_at: z.iso.datetime(), jump_ms: z.int() })],
  SessionOpened: [
    record({ ...names, currency, float: monies, float_denominations: denominations, training: z.boolean() }),
  ],
  SaleRecorded: [record({ ...receipt, tip: tip.nullable(), ticket_id: id.nullable() })],
  RefundRecorded: [
    record({
      ...receipt,
      lines: z.array(refundLine).min(1).max(1000),
      reason: text(500),
      original_local_id: id.nullable(),
      original_receipt_number: text(50).nullable(),
      verified: z.boolean(),
    }),
  ],
  SaleVoided: [
    record({
      ...names,
      sale_local_id: id,
      receipt_number: text(50),
      training: z.boolean(),
      lines: z.array(voidedLine).min(1).max(1000),
      reason: text(500),
      currency,
      ...split,
      taxes: receipt.taxes,
      rounding_minor: minor,
      tip: tip.nullable(),
      total_minor: positive,
      second_total: receipt.second_total,
      tenders: receipt.tenders,
      change: receipt.change,
      paper,
    }),
  ],
  ReceiptReprinted: [
    record({
      ...names,
      receipt_local_id: id,
      receipt_number: text(50),
      copy_no: z.int().min(1),
      reason: text(500).nullable(),
    }),
  ],
  TicketParked: [
    record({
      ticket_id: id,
      label: text(100),
      training: z.boolean(),
      currency,
      lines: z.array(ticketLine).max(1000),
      discount: discountRequest.nullable(),
      ticket_gross_minor: positive,
    }),
  ],
  TicketResumed: [record({ ticket_id: id })],
  LineVoided: [
    record({
      ticket_id: id,
      line_no: z.int().min(1),
      code: text(200),
      name: text(500),
      quantity_milli: z.int().min(1),
      left: ticketLine.nullable(),
      gross_minor: positive,
      ticket_gross_minor: positive,
      reason: text(500),
    }),
  ],
  TicketDiscarded: [
    record({ ticket_id: id, label: text(100), lines_count: count, gross_minor: positive, reason: text(500) }),
  ],
  TicketCarriedOver: [record({ ticket_id: id, label: text(100), from_session_id: id, gross_minor: positive })],
  DrawerOpened: [record({ ...names, reason: text(200), cause_local_id: id.nullable(), paper: paper.nullable() })],
  CashMoved: [
    record({
      ...names,
      kind: z.enum(['paid_in', 'paid_out', 'drop']),
      currency,
      amount_minor: z.int().min(1),
      reason: text(500),
      paper,
    }),
  ],
  SessionClosed: [record({ ...names, z_report: zReport, paper })],
  StockReceived: [
    record({
      lines: z
        .array(record({ ...goods, quantity_milli: milli.refine((quantity) => quantity !== 0, 'is zero') }))
        .min(1)
        .max(1000),
      supplier: text(200).nullable(),
      reference: text(200).nullable(),
      reason: text(500).nullable(),
    }),
  ],
  StockCounted: [
    record({
      lines: z
        .array(record({ ...goods, counted_milli: positive, level_milli: milli, difference_milli: milli }))
        .min(1)
        .max(1000),
      reason: text(500),
    }),
  ],
  StaffSignedIn: [record({ staff_code: text(50), name: text(200), role })],
  StaffSignedOut: [record({ staff_code: text(50) })],
  SignInFailed: [
    record({
      staff_code: text(50).nullable(),
      claimed_staff_id: text(100).nullable(),
      reason: z.enum(['wrong_pin', 'unknown_code', 'no_pin', 'locked_out']),
      for: z.enum(['sign_in', 'approval']),
    }),
  ],
  StaffUnlocked: [record({ staff_code: text(50), unlocked_staff_id: text(100) })],
  RejectionSettled: [record({ rejected_local_id: id, resolution: text(500), replaced_by: id.nullable() })],
  LogExported: [record({ ...names, first_seq: head.shape.seq, head, manifest_sha256: hex64 })],
} as const satisfies { [T in EventType]: readonly [...StoredSchema[], z.ZodType<EventData[T]>] };

/** Lifts data from one version to the next, keyed by the version it starts from. Pure and total. */
const lifts: Readonly<Record<string, (data: unknown) => unknown>> = {};

/** The same schemas, turned into functions once: whatever reads a log spends most of its time in them. */
const compiled: ReadonlyMap<string, readonly StoredSchema[]> = new Map(
  Object.entries(stored).map(([type, versions]) => [type, versions.map((schema) => z.compile<StoredSchema>(schema))]),
);

/** The schema of one stored version; undefined for a type or version that this program does not know. */
export const schemaOf = (type: string, version: number): StoredSchema | undefined => compiled.get(type)?.[version - 1];

/** How many versions of the type are known; 0 for an unknown type. The current version is the last. */
export const versionsOf = (type: string): number => compiled.get(type)?.length ?? 0;

/** Every type of event, in the order in which the documentation lists them. */
export const eventTypes = Object.keys(stored) as readonly EventType[];

/** Lifts data of an old version, one version at a time, to the current one. */
export const upcast = (type: EventType, version: number, data: unknown): unknown =>
  liftThrough(lifts, { type, from: version, to: versionsOf(type) }, data);

/**
 * Lifts data through every version in between.
 * @param steps keyed by type and the version that a step starts from: `SaleRecorded@1`
 */
export const liftThrough = (
  steps: Readonly<Record<string, (data: unknown) => unknown>>,
  { type, from, to }: { readonly type: string; readonly from: number; readonly to: number },
  data: unknown,
): unknown => {
  let lifted = data;
  for (let at = from; at < to; at += 1) {
    const lift = steps[`${type}@${String(at)}`];
    if (!lift) throw new Error(`${type} cannot be lifted from version ${String(at)}.`);
    lifted = lift(lifted);
  }
  return lifted;
};
