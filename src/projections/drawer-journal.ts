import type { TillEvent } from '../domain/event.js';
import { column, type Projection } from './projection.js';

/** One time that the drawer was opened, or cash went in or out without a sale. */
export interface DrawerRow {
  readonly local_id: string;
  readonly terminal_id: string;
  readonly epoch: number;
  readonly seq: number;
  readonly session_id: string | null;
  readonly business_date: string | null;
  readonly occurred_at: string;
  readonly kind: 'open' | 'paid_in' | 'paid_out' | 'drop';
  readonly reason: string;
  readonly cause_local_id: string | null;
  readonly staff_id: string | null;
  readonly approved_by: string | null;
  readonly currency: string | null;
  readonly amount_minor: number | null;
}

/** The drawer journal, one row an event. */
export const drawerJournal: Projection<DrawerRow> = {
  table: 'drawer_journal',
  key: 'local_id',
  columns: {
    local_id: column('text', 'the event'),
    terminal_id: column('text', 'the terminal whose drawer it is'),
    epoch: column('integer', 'the branch of the log'),
    seq: column('integer', 'its position in the log'),
    session_id: column('text', 'the till session, if one was open'),
    business_date: column('text', 'YYYY-MM-DD, the date of the session'),
    occurred_at: column('text', 'UTC, a label only: order is seq'),
    kind: column('text', 'open, paid_in, paid_out or drop'),
    reason: column('text', 'why; for an opening sale, refund, void, the movement, or what the cashier said'),
    cause_local_id: column('text', 'the event that opened the drawer; null for a no-sale'),
    staff_id: column('text', 'who did it'),
    approved_by: column('text', 'who approved it, if that was needed'),
    currency: column('text', 'of a movement'),
    amount_minor: column('integer', 'of a movement, positive'),
  },
  indexes: [],
  rowPerEvent: true,
  keys: (event) => (isDrawerEvent(event) ? [event.local_id] : []),
  reduce(row, event) {
    if (isDrawerEvent(event)) return rowOf(event);
    if (row) return row;
    throw new Error(`${event.type} does not concern the drawer.`);
  },
};

const isDrawerEvent = (event: TillEvent): event is TillEvent<'DrawerOpened' | 'CashMoved'> =>
  event.type === 'DrawerOpened' || event.type === 'CashMoved';

// Field by field, which takes a fraction of the time that copying the rest of an object does.
const rowOf = (event: TillEvent<'DrawerOpened' | 'CashMoved'>): DrawerRow => {
  const moved = event.type === 'CashMoved' ? event.data : undefined;
  return {
    local_id: event.local_id,
    terminal_id: event.terminal_id,
    epoch: event.epoch,
    seq: event.seq,
    session_id: event.session_id,
    business_date: event.business_date,
    occurred_at: event.occurred_at,
    kind: moved?.kind ?? 'open',
    reason: event.data.reason,
    cause_local_id: event.type === 'DrawerOpened' ? event.data.cause_local_id : null,
    staff_id: event.staff_id,
    approved_by: event.approved_by,
    currency: moved?.currency ?? null,
    amount_minor: moved?.amount_minor ?? null,
  };
};
