import type { TillEvent } from '../domain/event.js';
import type { TicketLine } from '../domain/pricing.js';
import type { OpenTicket, ZReport } from '../domain/report.js';
import { evolveTicket, type Ticket, ticketIdOf } from '../domain/ticket.js';
import { canonical } from '../events/envelope.js';
import type { Said } from './finding.js';

/** The tickets of a log that are neither sold nor discarded, in the order in which they were parked. */
export type WaitingTickets = ReadonlyMap<string, Ticket>;

/** The tickets after one more event; an event about one that is not there changes nothing. */
export const followTickets = (before: WaitingTickets, event: TillEvent): WaitingTickets => {
  const ticket_id = ticketIdOf(event);
  const ticket = ticket_id === null ? undefined : evolveTicket(before.get(ticket_id), event);
  if (!ticket) return before;
  const after = new Map(before);
  if (ticket.status === 'sold' || ticket.status === 'discarded') after.delete(ticket.ticket_id);
  else after.set(ticket.ticket_id, ticket);
  return after;
};

/** What an event says about a ticket that does not follow from what was recorded before, in words. */
export const ticketFaults = (event: TillEvent, waiting: WaitingTickets): readonly Said[] => {
  const ticket_id = ticketIdOf(event);
  if (ticket_id === null) return [];
  const ticket = waiting.get(ticket_id);
  if (event.type === 'TicketParked') return numberFaults(event.data.lines, ticket?.last_line_no ?? 0);
  if (!ticket) return [{ detail: `it is about ticket ${ticket_id}, which was not open` }];
  switch (event.type) {
    case 'LineVoided':
      return lineFaults(event.data, ticket);
    case 'TicketDiscarded': {
      const { label, lines_count, gross_minor } = event.data;
      const { label: said, lines, gross_minor: worth } = ticket;
      return compare(
        'the ticket',
        { label, lines_count, gross_minor },
        { label: said, lines_count: lines.length, gross_minor: worth },
      );
    }
    case 'TicketCarriedOver': {
      const { label, gross_minor, session_id: from_session_id } = ticket;
      return compare('the ticket', event.data, { ticket_id, label, from_session_id, gross_minor });
    }
    case 'SaleRecorded':
      return soldFaults(event.data.lines.slice(0, ticket.lines.length), ticket.lines);
    default:
      return [];
  }
};

const numberFaults = (lines: readonly TicketLine[], last: number): readonly Said[] =>
  lines.flatMap(({ line_no }, index) => compare('line_no', line_no, last + 1 + index));

const lineFaults = (data: TillEvent<'LineVoided'>['data'], { lines }: Ticket): readonly Said[] => {
  const line = lines.find(({ line_no }) => line_no === data.line_no);
  if (!line) return [{ detail: `the ticket had no line ${data.line_no}` }];
  const { code, name, quantity_milli } = line;
  const voided = data.quantity_milli + (data.left?.quantity_milli ?? 0);
  return compare(
    `line ${data.line_no}`,
    { code: data.code, name: data.name, quantity_milli: voided },
    { code, name, quantity_milli },
  );
};

/** A sale takes every line of its ticket, at the price it was parked with. */
const soldFaults = (sold: readonly Rung[], parked: readonly Rung[]): readonly Said[] =>
  parked.flatMap((line, index) => compare(`line ${index + 1}`, rung(sold[index]), rung(line)));

type Rung = Omit<TicketLine, 'line_no' | 'discount'>;

const rung = (line: Rung | undefined): unknown => {
  if (!line) return null;
  const { code, name, category, catalog_version, quantity_milli, unit_price_minor, list_price_minor } = line;
  const { tax_code, tax_mode, rate_ppm } = line;
  const price = { unit_price_minor, list_price_minor, tax_code, tax_mode, rate_ppm };
  return { code, name, category, catalog_version, quantity_milli, ...price };
};

/** Where the open tickets of a Z differ from those that were replayed, or were not taken over by its session. */
export const openTicketFaults = (z: ZReport, waiting: WaitingTickets): readonly Said[] => {
  const own = [...waiting.values()].filter(({ training }) => training === z.training);
  const listed = own.map(({ ticket_id, label, lines, gross_minor }): OpenTicket => ({
    ticket_id,
    label,
    lines_count: lines.length,
    gross_minor,
  }));
  const at = [...listed, ...z.open_tickets].findIndex(
    (_either, index) => canonical(z.open_tickets[index] ?? null) !== canonical(listed[index] ?? null),
  );
  const left = own.find(({ session_id }) => session_id !== z.session_id);
  return [
    // Both may list hundreds: the first that differs is enough to look at.
    ...(at === -1 ? [] : compare(`open_tickets[${at}]`, z.open_tickets[at] ?? null, listed[at] ?? null)),
    ...(left ? [{ detail: `ticket ${left.ticket_id} was not carried over into this session` }] : []),
  ];
};

const compare = (what: string, recorded: unknown, replayed: unknown): readonly Said[] => {
  const [found, expected] = [canonical(recorded), canonical(replayed)];
  if (found === expected) return [];
  return [{ detail: `${what}: recorded ${found}, expected ${expected}`, expected, found }];
};
