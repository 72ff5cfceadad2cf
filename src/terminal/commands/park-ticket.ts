import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Authority } from '../../domain/permission.js';
import type { DiscountRequest, TicketLine } from '../../domain/pricing.js';
import { Refusal } from '../../domain/refusal.js';
import { priceTicket, type Ticket } from '../../domain/ticket.js';
import { till } from '../../domain/till.js';
import { canonical, eventBytesMax } from '../../events/envelope.js';
import { Recorder } from '../recorder.js';
import { knownTicket } from './known-ticket.js';
import { type LineRequest, ringUp, termsOf } from './selling-terms.js';
import { type TicketAnswer, ticketAnswer } from './ticket-answer.js';

/** What is parked, and on which ticket. */
export interface ParkTicketRequest {
  /** Left out for a new one. */
  readonly ticket_id?: string;
  /** Left as it is when left out, like the discount. */
  readonly label?: string;
  readonly lines?: readonly LineRequest[];
  readonly discount?: DiscountRequest;
}

/** Keeps goods for later at the prices of this moment, or puts a ticket back that was taken in hand. */
export class ParkTicket extends Command<TicketAnswer> {
  constructor(
    readonly key: string,
    readonly request: ParkTicketRequest,
    readonly authority: Authority,
  ) {
    super();
  }
}

/** Looks up the prices and the ticket, lets the till decide, and records what it decided. */
@CommandHandler(ParkTicket)
export class ParkTicketHandler implements ICommandHandler<ParkTicket> {
  constructor(private readonly recorder: Recorder) {}

  execute({ key, request, authority }: ParkTicket): Promise<TicketAnswer> {
    const command = { key, body: { ParkTicket: request }, staff_id: authority.by.staff_id };
    return Promise.resolve(
      this.recorder.record(command, (situation) => {
        const { state, catalog, newId, records, business_date } = situation;
        const { ticket_id, lines = [], ...more } = request;
        const ticket = ticket_id === undefined ? undefined : knownTicket(records, ticket_id);
        const decided = till.decide(
          {
            type: 'ParkTicket',
            ticket_id: ticket_id ?? newId(),
            ...(ticket ? { ticket } : {}),
            ...more,
            lines: lines.map((line) => ringUp(catalog, line, business_date)),
            open_tickets: ticket ? [] : records.openTickets(),
            terms: termsOf(catalog, business_date),
            authority,
          },
          state,
        );
        const [parked] = decided;
        if (parked?.type === 'TicketParked') checkSellable(ticket, parked.data);
        return { decided, answer: ticketAnswer(situation) };
      }),
    );
  }
}

/** What a sale holds besides its lines: tenders, change and the envelope. */
const saleRestBytes = 64 * 1024;

/**
 * Refuses what could be parked bit by bit and never be sold, because its sale would be too large for one event.
 * @throws Refusal EVENT_TOO_LARGE
 */
const checkSellable = (
  ticket: Ticket | undefined,
  { lines, discount }: { readonly lines: readonly TicketLine[]; readonly discount: DiscountRequest | null },
): void => {
  const sold = priceTicket([...(ticket?.lines ?? []), ...lines], discount);
  const bytes = Buffer.byteLength(canonical(sold)) + saleRestBytes;
  if (bytes <= eventBytesMax) return;
  throw new Refusal(
    'EVENT_TOO_LARGE',
    'The ticket would be too large to sell at once. Sell it and park the rest anew; nothing was recorded.',
    { bytes, limit: eventBytesMax },
  );
};
