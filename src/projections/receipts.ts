import type { TillEvent } from '../domain/event.js';
import { column, type Projection } from './projection.js';

/** What was sold of one product, as far as reports ask for it. */
export interface ReceiptLineRow {
  readonly code: string;
  readonly name: string;
  readonly category: string | null;
  readonly quantity_milli: number;
  readonly gross_minor: number;
  readonly net_minor: number;
  readonly tax_minor: number;
}

/** What one method of payment took in one currency; below zero where more change was given. */
export interface ReceiptTenderRow {
  readonly method: string;
  readonly currency: string;
  readonly amount_minor: number;
}

/** What one receipt said: a sale, a refund, or the void of a sale. */
export interface ReceiptRow {
  readonly local_id: string;
  readonly terminal_id: string;
  readonly store_id: string | null;
  readonly epoch: number;
  readonly seq: number;
  readonly session_id: string | null;
  readonly business_date: string | null;
  readonly kind: 'sale' | 'refund' | 'void';
  readonly training: 0 | 1;
  readonly receipt_number: string;
  readonly occurred_at: string;
  readonly hour: string;
  readonly staff_id: string | null;
  readonly staff_name: string | null;
  readonly currency: string;
  readonly gross_minor: number;
  readonly net_minor: number;
  readonly tax_minor: number;
  readonly total_minor: number;
  readonly tenders: readonly ReceiptTenderRow[];
  readonly lines: readonly ReceiptLineRow[];
}

/**
 * The receipts, one row each, with all that reports of sales add up. A row is written once and touched by no other event,
 * which costs a fraction of keeping a sum for each product, hour and person; whoever asks for sums adds up the receipts of
 * the dates that are asked for.
 */
export const receipts: Projection<ReceiptRow> = {
  table: 'receipts',
  key: 'local_id',
  columns: {
    local_id: column('text', 'the event that recorded the receipt'),
    terminal_id: column('text', 'the terminal that printed it'),
    store_id: column('text', 'the store; null for what was recorded before the terminal was enrolled'),
    epoch: column('integer', 'the branch of the log'),
    seq: column('integer', 'its position in the log'),
    session_id: column('text', 'the till session it belongs to'),
    business_date: column('text', 'YYYY-MM-DD, the date of the session'),
    kind: column('text', 'sale, refund or void'),
    training: column('integer', '1 when it was made in a training session and counts nowhere'),
    receipt_number: column('text', 'as printed; unique per terminal and epoch; of a void that of the sale'),
    occurred_at: column('text', 'UTC, a label only: order is seq'),
    hour: column('text', 'YYYY-MM-DDTHH on the clock of the shop'),
    staff_id: column('text', 'who rang it up'),
    staff_name: column('text', 'who that is, as it was signed in'),
    currency: column('text', 'the base currency of the amounts'),
    gross_minor: column('integer', 'with tax, after discounts; positive for refunds and voids too'),
    net_minor: column('integer', 'without tax'),
    tax_minor: column('integer', 'the tax in gross_minor'),
    total_minor: column('integer', 'what was paid, or paid back: gross + tip + rounding'),
    tenders: column('json', 'what was taken, or given back, by method and currency, without the change'),
    lines: column('json', 'what was sold or came back; none for a void, which takes all of its sale back'),
  },
  indexes: ['receipt_number', 'business_date'],
  rowPerEvent: true,
  keys: (event) => (isReceipt(event) ? [event.local_id] : []),
  reduce(row, event) {
    if (isReceipt(event)) return rowOf(event);
    if (row) return row;
    throw new Error(`${event.type} is not a receipt.`);
  },
};

const kinds = { SaleRecorded: 'sale', RefundRecorded: 'refund', SaleVoided: 'void' } as const;

type ReceiptEvent = TillEvent<keyof typeof kinds>;

const isReceipt = (event: TillEvent): event is ReceiptEvent => event.type in kinds;

const rowOf = (event: ReceiptEvent): ReceiptRow => ({
  local_id: event.local_id,
  terminal_id: event.terminal_id,
  store_id: event.store_id,
  epoch: event.epoch,
  seq: event.seq,
  session_id: event.session_id,
  business_date: event.business_date,
  kind: kinds[event.type],
  training: event.data.training ? 1 : 0,
  receipt_number: event.data.receipt_number,
  occurred_at: event.occurred_at,
  hour: hourOf(event),
  staff_id: event.staff_id,
  staff_name: event.data.staff_name,
  currency: event.data.currency,
  gross_minor: event.data.gross_minor,
  net_minor: event.data.net_minor,
  tax_minor: event.data.tax_minor,
  total_minor: event.data.total_minor,
  tenders: tendersOf(event),
  lines: event.type === 'SaleVoided' ? [] : event.data.lines.map(lineOf),
});

const hourOf = ({ occurred_at, utc_offset_minutes }: ReceiptEvent): string =>
  new Date(Date.parse(occurred_at) + utc_offset_minutes * 60_000).toISOString().slice(0, 13);

/** Change is cash that goes back. */
const tendersOf = ({ data: { tenders, change } }: ReceiptEvent): readonly ReceiptTenderRow[] => {
  const sums: ReceiptTenderRow[] = [];
  const add = (method: string, currency: string, amount_minor: number): void => {
    const at = sums.findIndex((one) => one.method === method && one.currency === currency);
    const before = sums[at];
    if (before) sums[at] = { method, currency, amount_minor: before.amount_minor + amount_minor };
    else sums.push({ method, currency, amount_minor });
  };
  for (const { method, currency, amount_minor } of tenders) add(method, currency, amount_minor);
  for (const { currency, amount_minor } of change) add('cash', currency, 0 - amount_minor);
  return sums;
};

const lineOf = (line: ReceiptLineRow): ReceiptLineRow => ({
  code: line.code,
  name: line.name,
  category: line.category,
  quantity_milli: line.quantity_milli,
  gross_minor: line.gross_minor,
  net_minor: line.net_minor,
  tax_minor: line.tax_minor,
});
