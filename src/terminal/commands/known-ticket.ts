import { Refusal } from '../../domain/refusal.js';
import type { Ticket } from '../../domain/ticket.js';
import type { Records } from '../records.js';

/**
 * A ticket of this terminal, open or not.
 * @throws Refusal TICKET_UNKNOWN
 */
export const knownTicket = (records: Records, ticket_id: string): Ticket => {
  const ticket = records.ticket(ticket_id);
  if (ticket) return ticket;
  throw new Refusal(
    'TICKET_UNKNOWN',
    'This till has no such ticket. A ticket stays on the till where it was parked. Nothing was recorded.',
  );
};
