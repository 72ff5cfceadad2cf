import type { PricedLines } from '../domain/pricing.js';
import type { TenderTerms } from '../domain/settlement.js';
import { priceTicket, type Ticket } from '../domain/ticket.js';
import { inCash } from './quote.js';

/** A ticket with what it comes to. Each line keeps the number, price, tax and catalog version it was rung up with. */
export interface TicketView
  extends PricedLines, Pick<Ticket, 'ticket_id' | 'status' | 'label' | 'training' | 'currency' | 'discount'> {
  /** What is due when all of it is paid in cash: rounded to the smallest coin. */
  readonly cash_total_minor: number;
}

/** Prices a ticket as the sale would. */
export const ticketView = (terms: TenderTerms, ticket: Ticket): TicketView => {
  const { ticket_id, status, label, training, currency, discount } = ticket;
  const priced = priceTicket(ticket.lines, discount);
  const lines = priced.lines.map((line, index) => ({
    ...line,
    line_no: ticket.lines[index]?.line_no ?? line.line_no,
  }));
  const cash_total_minor = inCash(priced.gross_minor, terms);
  return { ticket_id, status, label, training, currency, discount, ...priced, lines, cash_total_minor };
};
