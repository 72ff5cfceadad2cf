import fc from 'fast-check';
import { priceGoods, type Ticket } from '../../src/domain/ticket.js';
import type { TillCommand } from '../../src/domain/till-command.js';
import { ticketsIn, waitingIn } from './parked-tickets.js';
import {
  authority,
  discounts,
  line,
  lookInside,
  type Moment,
  type Move,
  named,
  offered,
  oneOf,
  pay,
  purse,
} from './random-move.js';

/** Parks goods: as a new ticket, or on one of the newest, whatever has happened to it since. */
const parking: fc.Arbitrary<Move> = fc
  .record({
    which: fc.option(fc.nat(4), { nil: null, freq: 1 }),
    more: fc.array(fc.tuple(line, discounts), { maxLength: 3 }),
    discount: discounts,
  })
  .map(
    named('park', ({ which, more, discount }) => ({ terms, newId, events }) => {
      const ticket = which === null ? undefined : oneOf(ticketsIn(events()), which);
      return {
        type: 'ParkTicket',
        ticket_id: ticket?.ticket_id ?? newId(),
        ...(ticket ? { ticket } : {}),
        lines: more.map(([{ discount: _percent, ...rung }, off]) => ({ ...rung, ...offered(off) })),
        ...offered(discount),
        open_tickets: waitingIn(events()),
        terms,
        authority,
      };
    }),
  );

/** Does something with one of the newest tickets. */
const onTicket = <Drawn>(
  name: string,
  drawn: fc.Arbitrary<Drawn>,
  act: (ticket: Ticket, drawn: Drawn, moment: Moment) => TillCommand,
): fc.Arbitrary<Move> =>
  fc.tuple(fc.nat(4), drawn).map(
    named(name, ([which, one]) => (moment) => {
      const ticket = oneOf(ticketsIn(moment.events()), which);
      return ticket ? act(ticket, one, moment) : lookInside;
    }),
  );

const lineVoid = onTicket(
  'take off',
  fc.record({ at: fc.nat(5), cut: fc.oneof(fc.constant(1000), fc.integer({ min: 1, max: 1001 })) }),
  (ticket, { at, cut }) => {
    const taken = ticket.lines[at % Math.max(1, ticket.lines.length)];
    const quantity_milli = Math.ceil(((taken?.quantity_milli ?? 0) * cut) / 1000);
    return { type: 'VoidLine', ticket, line_no: taken?.line_no ?? 1, quantity_milli, reason: 'sent back', authority };
  },
);

const ticketSale = onTicket(
  'sell ticket',
  fc.record({ more: fc.array(line, { maxLength: 2 }), purse, discount: discounts }),
  (ticket, { more, purse: paying, discount }, { terms, newId }) => {
    const due = priceGoods(ticket, more, discount ?? undefined).priced.gross_minor;
    const payment = pay(due, paying, terms);
    return {
      type: 'RecordSale',
      local_id: newId(),
      ticket,
      lines: more,
      ...offered(discount),
      payment,
      terms,
      authority,
    };
  },
);

const nothing = fc.constant('');

/** What is done with tickets. */
export const ticketing: fc.Arbitrary<Move> = fc.oneof(
  { arbitrary: parking, weight: 4 },
  { arbitrary: onTicket('resume', nothing, (ticket) => ({ type: 'ResumeTicket', ticket, authority })), weight: 1 },
  { arbitrary: lineVoid, weight: 2 },
  { arbitrary: ticketSale, weight: 2 },
  {
    arbitrary: onTicket('discard', nothing, (ticket) => ({ type: 'DiscardTicket', ticket, reason: 'left', authority })),
    weight: 1,
  },
);
