import { evolveTicket, type Ticket, ticketIdOf } from '../domain/ticket.js';
import { column, type Projection } from './projection.js';

/** One ticket: what is left of it, or what it was when it was sold or discarded. */
export interface TicketRow extends Omit<Ticket, 'training'> {
  readonly training: 0 | 1;
  readonly lines_count: number;
  readonly parked_at: string;
  readonly parked_by: string | null;
  readonly parked_seq: number;
  readonly changed_at: string;
  readonly changed_by: string | null;
  /** The sale that sold it. */
  readonly sale_local_id: string | null;
  /** The last event about it. */
  readonly seq: number;
}

/** The tickets of a terminal. Its events must come in the order of the log. */
export const tickets: Projection<TicketRow> = {
  table: 'tickets',
  key: 'ticket_id',
  columns: {
    ticket_id: column('text', 'the ticket'),
    status: column('text', 'open, resumed (in hand at the screen), sold or discarded'),
    label: column('text', 'what people call it; may be empty'),
    training: column('integer', '1 when it was parked in training and is only sold there'),
    currency: column('text', 'the base currency of its prices'),
    lines: column('json', 'what is left of its lines, each with the price, tax and catalog of its moment'),
    lines_count: column('integer', 'how many lines are left'),
    last_line_no: column('integer', 'the highest number that a line of it ever had'),
    discount: column('json', 'on the whole ticket; null for none'),
    gross_minor: column('integer', 'what the lines come to, with tax and all discounts'),
    session_id: column('text', 'the session that it belongs to: parked in it, or carried over into it'),
    parked_at: column('text', 'UTC, when it was parked first'),
    parked_by: column('text', 'who parked it first'),
    parked_seq: column('integer', 'the event that made it: the order in which tickets are listed'),
    changed_at: column('text', 'UTC, when anything last happened to it'),
    changed_by: column('text', 'who did that'),
    sale_local_id: column('text', 'the sale that sold it'),
    seq: column('integer', 'the last event about it'),
  },
  indexes: ['status'],
  keys(event) {
    const ticket_id = ticketIdOf(event);
    return ticket_id === null ? [] : [ticket_id];
  },
  reduce(row, event, ticket_id) {
    const { seq, occurred_at, staff_id } = event;
    const ticket = evolveTicket(row && ticketOf(row), event);
    if (!ticket) throw new Error(`Event ${seq} is about ticket ${ticket_id}, which was never parked.`);
    const first = row ?? { parked_at: occurred_at, parked_by: staff_id, parked_seq: seq, sale_local_id: null };
    return {
      ...ticket,
      training: ticket.training ? 1 : 0,
      lines_count: ticket.lines.length,
      parked_at: first.parked_at,
      parked_by: first.parked_by,
      parked_seq: first.parked_seq,
      changed_at: occurred_at,
      changed_by: staff_id,
      sale_local_id: event.type === 'SaleRecorded' ? event.local_id : first.sale_local_id,
      seq,
    };
  },
};

/** The ticket as the rules know it. */
export const ticketOf = (row: TicketRow): Ticket => {
  const { ticket_id, status, label, training, currency, lines, last_line_no, discount, gross_minor, session_id } = row;
  const held = { lines, last_line_no, discount, gross_minor };
  return { ticket_id, status, label, training: training === 1, currency, ...held, session_id };
};
