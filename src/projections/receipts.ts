import type { TillEvent } from '../domain/event.js';
import { column, type Projection } from './projection.js';

/** One printed receipt: a sale or a refund. */
export interface ReceiptRow {
  readonly local_id: string;
  readonly terminal_id: string;
  readonly epoch: number;
  readonly seq: number;
  readonly session_id: string | null;
  readonly business_date: string | null;
  readonly kind: 'sale' | 'refund';
  readonly training: 0 | 1;
  readonly receipt_number: string;
  readonly occurred_at: string;
  readonly staff_id: string | null;
  readonly currency: string;
  readonly gross_minor: number;
  readonly tax_minor: number;
  readonly total_minor: number;
}

/** The receipts, one row each. */
export const receipts: Projection<ReceiptRow> = {
  table: 'receipts',
  key: 'local_id',
  columns: {
    local_id: column('text', 'the event that recorded the receipt'),
    terminal_id: column('text', 'the terminal that printed it'),
    epoch: column('integer', 'the branch of the log'),
    seq: column('integer', 'its position in the log'),
    session_id: column('text', 'the till session it belongs to'),
    business_date: column('text', 'YYYY-MM-DD, the date of the session'),
    kind: column('text', 'sale or refund'),
    training: column('integer', '1 when it was made in a training session and counts nowhere'),
    receipt_number: column('text', 'as printed; unique per terminal and epoch'),
    occurred_at: column('text', 'UTC, a label only: order is seq'),
    staff_id: column('text', 'who rang it up'),
    currency: column('text', 'the base currency of the amounts'),
    gross_minor: column('integer', 'with tax, after discounts; positive for a refund too'),
    tax_minor: column('integer', 'the tax in gross_minor'),
    total_minor: column('integer', 'what was paid, or paid back: gross + tip + rounding'),
  },
  indexes: ['receipt_number'],
  rowPerEvent: true,
  keys: (event) => (isReceipt(event) ? [event.local_id] : []),
  reduce(row, event) {
    if (isReceipt(event)) return rowOf(event);
    if (row) return row;
    throw new Error(`${event.type} is not a receipt.`);
  },
};

const isReceipt = (event: TillEvent): event is TillEvent<'SaleRecorded' | 'RefundRecorded'> =>
  event.type === 'SaleRecorded' || event.type === 'RefundRecorded';

const rowOf = (event: TillEvent<'SaleRecorded' | 'RefundRecorded'>): ReceiptRow => ({
  local_id: event.local_id,
  terminal_id: event.terminal_id,
  epoch: event.epoch,
  seq: event.seq,
  session_id: event.session_id,
  business_date: event.business_date,
  kind: event.type === 'SaleRecorded' ? 'sale' : 'refund',
  training: event.data.training ? 1 : 0,
  receipt_number: event.data.receipt_number,
  occurred_at: event.occurred_at,
  staff_id: event.staff_id,
  currency: event.data.currency,
  gross_minor: event.data.gross_minor,
  tax_minor: event.data.tax_minor,
  total_minor: event.data.total_minor,
});
