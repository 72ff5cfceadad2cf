import type { TenderTerms } from '../domain/settlement.js';
import { anyProjection } from '../projections/projection.js';
import { SqliteTable } from '../projections/sqlite-tables.js';
import { ticketOf, type TicketRow, tickets } from '../projections/tickets.js';
import { termsOf } from './commands/selling-terms.js';
import { inCash } from './quote.js';
import type { Terminal } from './terminal.js';
import { type TicketView, ticketView } from './ticket-view.js';

/** When a ticket was parked, and what became of it. */
type Since = Pick<TicketRow, 'session_id' | 'parked_at' | 'parked_by' | 'changed_at' | 'changed_by' | 'sale_local_id'>;

/** A ticket as it is read back. */
export type StoredTicket = TicketView & Since;

/** A ticket in a list, without its lines. */
export type ListedTicket = Since &
  Pick<TicketRow, 'ticket_id' | 'status' | 'label' | 'currency' | 'lines_count' | 'gross_minor'> &
  Pick<TicketView, 'training' | 'cash_total_minor'>;

type ListedRow = Omit<ListedTicket, 'training' | 'cash_total_minor'> & Pick<TicketRow, 'training'>;

/** Reads tickets back. */
export class RecordedTickets {
  private readonly table: SqliteTable;
  private readonly waiting;

  /** @param terminal the one that parked them */
  constructor(private readonly terminal: Terminal) {
    this.table = new SqliteTable(terminal.db, anyProjection(tickets));
    this.waiting = terminal.db.prepare<[], ListedRow>(
      `SELECT ticket_id, status, label, training, currency, lines_count, gross_minor, session_id, parked_at, parked_by,
              changed_at, changed_by, sale_local_id
         FROM tickets WHERE status IN ('open', 'resumed') ORDER BY parked_seq`,
    );
  }

  /** Every ticket that is neither sold nor discarded, oldest first. */
  list(): readonly ListedTicket[] {
    return this.waiting.all().map((row) => ({
      ...row,
      training: row.training === 1,
      cash_total_minor: inCash(row.gross_minor, this.terms),
    }));
  }

  /** One ticket, also one that was sold or discarded; undefined when there is none. */
  find(ticket_id: string): StoredTicket | undefined {
    const row = this.table.find(ticket_id) as TicketRow | undefined;
    if (!row) return undefined;
    const { session_id, parked_at, parked_by, changed_at, changed_by, sale_local_id } = row;
    const since = { session_id, parked_at, parked_by, changed_at, changed_by, sale_local_id };
    return { ...ticketView(this.terms, ticketOf(row)), ...since };
  }

  private get terms(): TenderTerms {
    const { catalog, businessDate } = this.terminal.recorder;
    return termsOf(catalog, businessDate);
  }
}
