import type { TillEvent } from '../domain/event.js';
import { column, type Projection } from './projection.js';

/** What people decided about an event that central refused. */
export interface RejectionSettlementRow {
  readonly rejected_local_id: string;
  readonly terminal_id: string;
  readonly settlement_local_id: string;
  readonly epoch: number;
  readonly seq: number;
  readonly settled_at: string;
  readonly settled_by: string | null;
  readonly approved_by: string | null;
  readonly resolution: string;
  readonly replaced_by: string | null;
}

/** The refused events that need nobody any more, one row each; where two branches settled one, the earlier counts. */
export const rejectionSettlements: Projection<RejectionSettlementRow> = {
  table: 'rejection_settlements',
  key: 'rejected_local_id',
  columns: {
    rejected_local_id: column('text', 'the event that central refused'),
    terminal_id: column('text', 'the terminal whose event it is'),
    settlement_local_id: column('text', 'the event that settled it'),
    epoch: column('integer', 'the branch on which it was settled'),
    seq: column('integer', 'the position of the settlement in the log'),
    settled_at: column('text', 'UTC, a label only'),
    settled_by: column('text', 'who settled it'),
    approved_by: column('text', 'who approved that; null when the one who settled it may'),
    resolution: column('text', 'why nothing more needs to happen'),
    replaced_by: column('text', 'the event that puts it right; null when none had to'),
  },
  indexes: [],
  keys: (event) => (event.type === 'RejectionSettled' ? [event.data.rejected_local_id] : []),
  reduce(row, event) {
    if (row && (event.type !== 'RejectionSettled' || !isEarlier(event, row))) return row;
    if (event.type === 'RejectionSettled') return rowOf(event);
    throw new Error(`${event.type} settles nothing.`);
  },
};

const isEarlier = ({ epoch, seq }: TillEvent, row: RejectionSettlementRow): boolean =>
  epoch < row.epoch || (epoch === row.epoch && seq < row.seq);

const rowOf = (event: TillEvent<'RejectionSettled'>): RejectionSettlementRow => ({
  terminal_id: event.terminal_id,
  settlement_local_id: event.local_id,
  epoch: event.epoch,
  seq: event.seq,
  settled_at: event.occurred_at,
  settled_by: event.staff_id,
  approved_by: event.approved_by,
  ...event.data,
});
