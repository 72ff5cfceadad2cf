import type { TillEvent } from '../domain/event.js';
import type { Ticket, WaitingTicket } from '../domain/ticket.js';
import { readText } from '../events/envelope.js';
import type { EventLog } from '../events/log.js';
import type { Sqlite } from '../events/sqlite.js';
import { anyProjection } from '../projections/projection.js';
import { type CorrectionsRow, receiptCorrections } from '../projections/receipt-corrections.js';
import { positionOfReceipt } from './receipts-in-log.js';
import { SqliteTable } from '../projections/sqlite-tables.js';
import { ticketOf, type TicketRow, tickets } from '../projections/tickets.js';

/** What was recorded before, as a command that goes on from it needs it. */
export interface Records {
  /** One event of this terminal's log. */
  find(local_id: string): TillEvent | undefined;
  /** What happened to a receipt since; undefined when nothing did. */
  corrections(local_id: string): CorrectionsRow | undefined;
  /** Whether this terminal printed a receipt with this number. */
  hasReceipt(receipt_number: string): boolean;
  /** One ticket, open or not. */
  ticket(ticket_id: string): Ticket | undefined;
  /** Every ticket that is neither sold nor discarded, of training too, oldest first. */
  openTickets(): readonly WaitingTicket[];
}

interface WaitingRow extends Omit<WaitingTicket, 'training'> {
  readonly training: 0 | 1;
}

/** The records of a terminal's database. */
export const recordsIn = (db: Sqlite, log: EventLog): Records => {
  const corrections = new SqliteTable(db, anyProjection(receiptCorrections));
  const ticket = new SqliteTable(db, anyProjection(tickets));
  const waiting = db.prepare<[], WaitingRow>(
    `SELECT ticket_id, label, training, lines_count, gross_minor, session_id FROM tickets
      WHERE status IN ('open', 'resumed') ORDER BY parked_seq`,
  );
  return {
    find(local_id) {
      const row = log.find(local_id);
      return row && readText(row.envelope);
    },
    corrections: (local_id) => corrections.find(local_id) as CorrectionsRow | undefined,
    hasReceipt: (receipt_number) => positionOfReceipt(db, receipt_number) !== undefined,
    ticket(ticket_id) {
      const row = ticket.find(ticket_id) as TicketRow | undefined;
      return row && ticketOf(row);
    },
    openTickets: () => waiting.all().map((row) => ({ ...row, training: row.training === 1 })),
  };
};
