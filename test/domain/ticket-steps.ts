import type { DiscountRequest, RungLine } from '../../src/domain/pricing.js';
import type { Ticket } from '../../src/domain/ticket.js';
import { ticketsIn } from './parked-tickets.js';
import { alone, did, type Earlier, given, supervisor, type When } from './specification.js';
import { idOf, type TillLog } from './till-log.js';

export const ticketOf = (log: TillLog): Ticket => {
  const ticket = ticketsIn(log.events).at(-1);
  if (!ticket) throw new Error('Nothing was parked.');
  return ticket;
};
export const park = (lines: readonly RungLine[], more: object = {}): When => ({
  type: 'ParkTicket',
  ticket_id: idOf(70),
  lines,
  ...more,
});
export const parked = (lines: readonly RungLine[], more: object = {}): Earlier => did(park(lines, more));
/** A command on the ticket that was parked last. */
export const on =
  (type: string, more: object = {}) =>
  (log: TillLog): When =>
    ({ type, ticket: ticketOf(log), authority: { by: supervisor }, ...more }) as When;
export const parkMore = (lines: readonly RungLine[], more: object = {}) =>
  on('ParkTicket', { ticket_id: idOf(70), lines, authority: alone, ...more });
export const voidLine = (line_no: number, more: object = {}) =>
  on('VoidLine', { line_no, reason: 'sent back', ...more });
export const discard = (more: object = {}) => on('DiscardTicket', { reason: 'they left', ...more });
export const sell = (more: object = {}) => on('RecordSale', { lines: [], authority: alone, ...more });
export const resume = on('ResumeTicket', { authority: alone });
export const after =
  (when: (log: TillLog) => When) =>
  (log: TillLog): void =>
    did(when(log))(log);
export const asked = (...earlier: readonly Earlier[]) => {
  const till = given(...earlier);
  return { till, when: (when: (log: TillLog) => When) => till.when(when(till.log)) };
};
export const closed = did({ type: 'CloseSession', counted: [] });
export const nextDay = (session: number, more: object = {}) =>
  did({ type: 'OpenSession', session_id: idOf(session), business_date: '2026-03-02', float: [], ...more });
export const percent = (rate_ppm: number): DiscountRequest => ({ kind: 'percent', rate_ppm, reason: 'friend' });
export const off = (amount_minor: number): DiscountRequest => ({ kind: 'amount', amount_minor, reason: 'friend' });
