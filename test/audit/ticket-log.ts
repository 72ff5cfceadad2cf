import type { RungLine } from '../../src/domain/pricing.js';
import type { TenderRequest } from '../../src/domain/settlement.js';
import type { Ticket } from '../../src/domain/ticket.js';
import { ticketsIn, waitingIn } from '../domain/parked-tickets.js';
import { type LogFixture, manager, terms } from './log-fixture.js';

/** What is done with tickets on a log; each is about the ticket that was parked last. */
export const ticketsOn = (log: LogFixture) => {
  const last = (): Ticket => {
    const ticket = ticketsIn(log.events).at(-1);
    if (!ticket) throw new Error('nothing was parked');
    return ticket;
  };
  const authority = manager;
  return {
    park: (lines: readonly RungLine[], label = 'table 4') =>
      log.run({
        ...{ type: 'ParkTicket', ticket_id: log.newId(), label, lines },
        ...{ open_tickets: waitingIn(log.events), terms, authority },
      }),
    voidLine: (line_no: number, quantity_milli: number) =>
      log.run({ type: 'VoidLine', ticket: last(), line_no, quantity_milli, reason: 'sent back', authority }),
    discard: () => log.run({ type: 'DiscardTicket', ticket: last(), reason: 'left', authority }),
    sell: (lines: readonly RungLine[], tenders: readonly TenderRequest[]) =>
      log.run({
        ...{ type: 'RecordSale', local_id: log.newId(), ticket: last(), lines },
        ...{ payment: { tenders }, terms, authority },
      }),
  };
};
