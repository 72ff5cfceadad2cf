import type { EventData, TillEvent } from './event.js';
import type { Minor } from './money.js';
import {
  type DiscountRequest,
  type PricedLines,
  priceLines,
  type RungLine,
  type SaleLine,
  type TicketLine,
} from './pricing.js';
import { Refusal } from './refusal.js';
import type { OpenTicket } from './report.js';

/** `resumed`: somebody has it in hand at the screen; it waits like an open one. Sold and discarded ones are over. */
export type TicketStatus = 'open' | 'resumed' | 'sold' | 'discarded';

/** Goods that were rung up and are not sold yet. Lines are only ever added; an event takes each off again. */
export interface Ticket {
  readonly ticket_id: string;
  readonly status: TicketStatus;
  /** Empty when nobody gave it one. */
  readonly label: string;
  readonly training: boolean;
  readonly currency: string;
  /** What is left of its lines. */
  readonly lines: readonly TicketLine[];
  /** The highest number that a line of it ever had. */
  readonly last_line_no: number;
  readonly discount: DiscountRequest | null;
  /** What its lines come to, with tax and all discounts, as the last event said that changed them. */
  readonly gross_minor: Minor;
  /** The session that it belongs to: where it was parked first, or into which it was carried over. */
  readonly session_id: string | null;
}

/** An open ticket as the opening and the closing of a session need it. */
export interface WaitingTicket extends OpenTicket {
  readonly training: boolean;
  readonly session_id: string;
}

/** At most so many tickets of a kind, training or not, wait at once: a Z lists them all and must stay recordable. */
export const openTicketsMax = 500;

/** The types of events that a ticket is made of. */
type TicketEventType =
  'TicketParked' | 'TicketResumed' | 'LineVoided' | 'TicketDiscarded' | 'TicketCarriedOver' | 'SaleRecorded';

/** The ticket that the event is about; null when it is about none. */
export const ticketIdOf = (event: TillEvent): string | null => (isTicketEvent(event) ? event.data.ticket_id : null);

const ticketEvents: ReadonlySet<string> = new Set<TicketEventType>([
  'TicketParked',
  'TicketResumed',
  'LineVoided',
  'TicketDiscarded',
  'TicketCarriedOver',
  'SaleRecorded',
]);

const isTicketEvent = (event: TillEvent): event is TillEvent<TicketEventType> => ticketEvents.has(event.type);

/** The ticket after an event that is about it. Undefined when it is not one that was parked before. */
export const evolveTicket = (before: Ticket | undefined, event: TillEvent): Ticket | undefined => {
  if (event.type === 'TicketParked') return parked(before, event);
  if (!before) return undefined;
  switch (event.type) {
    case 'TicketResumed':
      return { ...before, status: 'resumed' };
    case 'LineVoided':
      return {
        ...before,
        lines: linesAfter(before.lines, event.data),
        gross_minor: event.data.ticket_gross_minor,
      };
    case 'TicketCarriedOver':
      return { ...before, session_id: event.session_id };
    case 'TicketDiscarded':
      return { ...before, status: 'discarded' };
    case 'SaleRecorded':
      return { ...before, status: 'sold' };
    default:
      return before;
  }
};

const parked = (before: Ticket | undefined, { session_id, data }: TillEvent<'TicketParked'>): Ticket => {
  const { ticket_id, label, training, currency, discount, ticket_gross_minor } = data;
  return {
    ticket_id,
    status: 'open',
    label,
    training,
    currency,
    lines: [...(before?.lines ?? []), ...data.lines],
    last_line_no: data.lines.at(-1)?.line_no ?? before?.last_line_no ?? 0,
    discount,
    gross_minor: ticket_gross_minor,
    session_id,
  };
};

/** The lines of a ticket once one of them stands as it does in `left`, or is gone. */
export const linesAfter = (
  lines: readonly TicketLine[],
  { line_no, left }: Pick<EventData['LineVoided'], 'line_no' | 'left'>,
): readonly TicketLine[] =>
  lines.flatMap((line) => (line.line_no === line_no ? (left === null ? [] : [left]) : [line]));

/**
 * What the lines of a ticket come to, priced as a sale would price them.
 * @throws Refusal as {@link priceLines}, except that a ticket of no lines comes to nothing
 */
export const priceTicket = (lines: readonly TicketLine[], discount: DiscountRequest | null): PricedLines =>
  lines.length === 0
    ? { lines: [], taxes: [], net_minor: 0, tax_minor: 0, gross_minor: 0 }
    : priceLines(rungLines(lines), discount ?? undefined);

/** The lines as they were rung up; on a receipt they get numbers of their own. */
const rungLines = (lines: readonly TicketLine[]): readonly RungLine[] =>
  lines.map(({ line_no: _onTicket, ...rung }) => rung);

/** What is sold: the lines, priced, and what of it had been approved before. */
export interface Goods {
  readonly priced: PricedLines;
  readonly before: readonly SaleLine[];
}

/**
 * Prices what is sold together: all lines that are left of a ticket at their own prices, then the new ones. The ticket's
 * discount holds unless another is given.
 *
 * @throws Refusal TICKET_CLOSED, TICKET_EMPTY, and as {@link priceLines}
 */
export const priceGoods = (
  ticket: Ticket | undefined,
  lines: readonly RungLine[],
  discount: DiscountRequest | undefined,
): Goods => {
  if (!ticket) return { priced: priceLines(lines, discount), before: [] };
  checkWaiting(ticket);
  if (ticket.lines.length + lines.length === 0) {
    throw new Refusal('TICKET_EMPTY', 'Nothing is left on this ticket to sell. Discard it; nothing was recorded.');
  }
  return {
    priced: priceLines([...rungLines(ticket.lines), ...lines], discount ?? ticket.discount ?? undefined),
    before: priceTicket(ticket.lines, ticket.discount).lines,
  };
};

/**
 * Lets a ticket through that is neither sold nor discarded.
 * @throws Refusal TICKET_CLOSED
 */
export const checkWaiting = (ticket: Ticket): void => {
  const { ticket_id, status } = ticket;
  if (status === 'open' || status === 'resumed') return;
  throw new Refusal('TICKET_CLOSED', `This ticket was ${status} already, so it stays as it is. Nothing was recorded.`, {
    ticket_id,
    status,
  });
};
