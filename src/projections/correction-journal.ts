import type { TillEvent } from '../domain/event.js';
import { column, type Projection } from './projection.js';

/** One refund or void, with who did it where. */
export interface CorrectionRow {
  readonly local_id: string;
  readonly sale_local_id: string | null;
  readonly kind: 'refund' | 'void';
  readonly terminal_id: string;
  readonly epoch: number;
  readonly seq: number;
  readonly business_date: string | null;
  readonly occurred_at: string;
  readonly staff_id: string | null;
  readonly approved_by: string | null;
  readonly receipt_number: string;
  readonly original_receipt_number: string | null;
  readonly reason: string;
  readonly currency: string;
  readonly gross_minor: number;
}

/** The refunds and voids, one row each. */
export const correctionJournal: Projection<CorrectionRow> = {
  table: 'correction_journal',
  key: 'local_id',
  columns: {
    local_id: column('text', 'the event'),
    sale_local_id: column('text', 'the sale that it corrects, maybe of another terminal; null without receipt'),
    kind: column('text', 'refund or void'),
    terminal_id: column('text', 'the terminal that recorded it'),
    epoch: column('integer', 'the branch of the log'),
    seq: column('integer', 'its position in the log'),
    business_date: column('text', 'YYYY-MM-DD, the date of the session'),
    occurred_at: column('text', 'UTC, a label only: order is seq'),
    staff_id: column('text', 'who did it'),
    approved_by: column('text', 'who approved it, if that was needed'),
    receipt_number: column('text', 'of the refund, or of the sale that was voided'),
    original_receipt_number: column('text', 'of the sale, as it was typed or found'),
    reason: column('text', 'what the cashier said'),
    currency: column('text', 'of the amount'),
    gross_minor: column('integer', 'what was taken back, with tax; positive'),
  },
  indexes: ['sale_local_id', 'business_date'],
  rowPerEvent: true,
  keys: (event) => (isCorrection(event) && !event.data.training ? [event.local_id] : []),
  reduce(row, event) {
    if (isCorrection(event)) return rowOf(event);
    if (row) return row;
    throw new Error(`${event.type} corrects nothing.`);
  },
};

const isCorrection = (event: TillEvent): event is TillEvent<'RefundRecorded' | 'SaleVoided'> =>
  event.type === 'RefundRecorded' || event.type === 'SaleVoided';

const rowOf = (event: TillEvent<'RefundRecorded' | 'SaleVoided'>): CorrectionRow => {
  const { local_id, terminal_id, epoch, seq, business_date, occurred_at, staff_id, approved_by } = event;
  const { receipt_number, reason, currency, gross_minor } = event.data;
  const meta = { local_id, terminal_id, epoch, seq, business_date, occurred_at, staff_id, approved_by };
  const said = { receipt_number, reason, currency, gross_minor };
  return event.type === 'SaleVoided'
    ? {
        ...meta,
        ...said,
        kind: 'void',
        sale_local_id: event.data.sale_local_id,
        original_receipt_number: receipt_number,
      }
    : {
        ...{ ...meta, ...said, kind: 'refund' },
        sale_local_id: event.data.original_local_id,
        original_receipt_number: event.data.original_receipt_number,
      };
};
