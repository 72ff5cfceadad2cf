import { ticketIdOf } from '../../domain/ticket.js';
import { invariant } from '../../domain/refusal.js';
import type { Recorded } from '../../events/log.js';
import type { Situation } from '../recorder.js';
import { type TicketView, ticketView } from '../ticket-view.js';
import { type EventAnswer, eventAnswer } from './event-answer.js';
import { knownTicket } from './known-ticket.js';
import { termsOf } from './selling-terms.js';

/** What is answered once something happened to a ticket: where that was recorded, and the ticket as it is now. */
export interface TicketAnswer extends EventAnswer, TicketView {}

/** The answer that shows the ticket of a command's first event. */
export const ticketAnswer =
  ({ catalog, records, business_date }: Pick<Situation, 'catalog' | 'records' | 'business_date'>) =>
  (recorded: readonly Recorded[]): TicketAnswer => {
    const [first] = recorded;
    const ticket_id = first ? ticketIdOf(first.event) : null;
    invariant(ticket_id !== null, 'the command records an event about a ticket');
    return {
      ...eventAnswer(recorded),
      ...ticketView(termsOf(catalog, business_date), knownTicket(records, ticket_id)),
    };
  };
