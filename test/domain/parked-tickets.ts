import type { TillEvent } from '../../src/domain/event.js';
import type { Ticket, WaitingTicket } from '../../src/domain/ticket.js';
import { ticketOf, type TicketRow, tickets } from '../../src/projections/tickets.js';
import { grownRows } from './grown-rows.js';

const byId = grownRows(tickets);

const rowsIn = (events: readonly TillEvent[]): readonly TicketRow[] => [...byId(events).values()];

/** Every ticket of a log, oldest first: what a command on one is decided on. */
export const ticketsIn = (events: readonly TillEvent[]): readonly Ticket[] => rowsIn(events).map(ticketOf);

/** The tickets that are neither sold nor discarded, oldest first. */
export const waitingIn = (events: readonly TillEvent[]): readonly WaitingTicket[] =>
  rowsIn(events)
    .filter(({ status }) => status === 'open' || status === 'resumed')
    .map(({ ticket_id, label, training, lines_count, gross_minor, session_id }) => ({
      ticket_id,
      label,
      training: training === 1,
      lines_count,
      gross_minor,
      session_id: session_id ?? '',
    }));
