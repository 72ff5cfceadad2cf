import type { Decided } from './event.js';
import { type Minor, multiplyDivide } from './money.js';
import { approverOf, approverOfPrices } from './permission.js';
import type { TicketLine } from './pricing.js';
import { given } from './reason.js';
import { Refusal } from './refusal.js';
import { checkWaiting, linesAfter, openTicketsMax, priceTicket, type Ticket, type WaitingTicket } from './ticket.js';
import type { CommandOf, TicketCommand } from './till-command.js';

/** Says what follows from a command on a ticket, in a session of training or not. */
export const decideTicket = (command: TicketCommand, training: boolean): readonly Decided[] => {
  switch (command.type) {
    case 'ParkTicket':
      return parkTicket(command, training);
    case 'ResumeTicket':
      return resumeTicket(command, training);
    case 'VoidLine':
      return voidLine(command, training);
    case 'DiscardTicket':
      return discardTicket(command, training);
  }
};

const parkTicket = (command: CommandOf<'ParkTicket'>, training: boolean): readonly Decided[] => {
  const { ticket_id, ticket, terms, authority } = command;
  if (ticket) checkOf(ticket, training);
  else checkNew(command, training);
  const known = ticket ?? nothing;
  const lines = command.lines.map((line, at): TicketLine => ({ ...line, line_no: known.last_line_no + 1 + at }));
  const discount = command.discount ?? known.discount;
  const before = priceTicket(known.lines, known.discount).lines;
  const after = priceTicket([...known.lines, ...lines], discount);
  const approved_by = approverOfPrices({ lines, discount: command.discount, before, after: after.lines }, authority);
  const data = {
    ticket_id,
    label: command.label ?? known.label,
    training,
    currency: terms.currency,
    lines,
    discount,
    ticket_gross_minor: after.gross_minor,
  };
  return [{ type: 'TicketParked', data, approved_by }];
};

/** What a new ticket starts from. */
const nothing: Pick<Ticket, 'label' | 'lines' | 'last_line_no' | 'discount'> = {
  label: '',
  lines: [],
  last_line_no: 0,
  discount: null,
};

const checkNew = ({ lines, open_tickets }: CommandOf<'ParkTicket'>, training: boolean): void => {
  if (lines.length === 0) {
    throw new Refusal('TICKET_EMPTY', 'A ticket starts with at least one line. Nothing was recorded.');
  }
  if (ofKind(open_tickets, training).length >= openTicketsMax) {
    throw new Refusal(
      'TICKETS_FULL',
      `There are ${openTicketsMax} open tickets, and no room for more. Sell or discard some; nothing was recorded.`,
      { limit: openTicketsMax },
    );
  }
};

const resumeTicket = ({ ticket }: CommandOf<'ResumeTicket'>, training: boolean): readonly Decided[] => {
  checkOf(ticket, training);
  return [{ type: 'TicketResumed', data: { ticket_id: ticket.ticket_id } }];
};

const voidLine = (command: CommandOf<'VoidLine'>, training: boolean): readonly Decided[] => {
  const { ticket, line_no, authority } = command;
  checkOf(ticket, training);
  const line = lineOf(ticket, line_no);
  const quantity_milli = command.quantity_milli ?? line.quantity_milli;
  checkQuantity(line, quantity_milli);
  const reason = given(command.reason);
  const left = restOf(line, line.quantity_milli - quantity_milli);
  const grossOf = (lines: readonly TicketLine[]): Minor => priceTicket(lines, null).gross_minor;
  const before = priceTicket(ticket.lines, ticket.discount).lines;
  const after = priceTicket(linesAfter(ticket.lines, { line_no, left }), ticket.discount);
  const approvals = [
    approverOf('line_void', authority),
    // An amount off the whole ticket weighs more on what is left of it.
    approverOfPrices({ lines: [], before, after: after.lines }, authority),
  ];
  const data = {
    ticket_id: ticket.ticket_id,
    line_no,
    code: line.code,
    name: line.name,
    quantity_milli,
    left,
    gross_minor: grossOf([line]) - grossOf(left ? [left] : []),
    ticket_gross_minor: after.gross_minor,
    reason,
  };
  return [{ type: 'LineVoided', data, approved_by: approvals.find((approver) => approver !== null) ?? null }];
};

const lineOf = ({ lines }: Ticket, line_no: number): TicketLine => {
  const line = lines.find((candidate) => candidate.line_no === line_no);
  if (line) return line;
  throw new Refusal('LINE_UNKNOWN', `The ticket has no line ${line_no} any more. Nothing was recorded.`, { line_no });
};

const checkQuantity = ({ name, line_no, quantity_milli: left_milli }: TicketLine, quantity_milli: number): void => {
  if (Number.isSafeInteger(quantity_milli) && quantity_milli > 0 && quantity_milli <= left_milli) return;
  throw new Refusal('QUANTITY_INVALID', `Take off some of “${name}”, and no more than is left of it.`, {
    line_no,
    left_milli,
  });
};

/**
 * What is left of a line when only so much of it stays. An amount off the whole line shrinks with it, rounded so that
 * neither it nor what is left to pay ever grows.
 */
const restOf = (line: TicketLine, quantity_milli: number): TicketLine | null => {
  if (quantity_milli === 0) return null;
  const { discount } = line;
  if (discount?.kind !== 'amount') return { ...line, quantity_milli };
  const extended = (quantity: number): Minor => multiplyDivide(line.unit_price_minor, quantity, 1000);
  const [before, after] = [extended(line.quantity_milli), extended(quantity_milli)];
  const share = multiplyDivide(discount.amount_minor, quantity_milli, line.quantity_milli);
  const least = after - (before - discount.amount_minor);
  const amount_minor = Math.min(after, Math.max(share, least));
  return { ...line, quantity_milli, discount: { ...discount, amount_minor } };
};

const discardTicket = ({ ticket, reason, authority }: CommandOf<'DiscardTicket'>, training: boolean) => {
  checkOf(ticket, training);
  const { ticket_id, label, lines, gross_minor } = ticket;
  // Each line that was taken off was approved then; of a ticket without any there is nothing left to hide.
  const approved_by = lines.length === 0 ? null : approverOf('ticket_discard', authority);
  const data = { ticket_id, label, lines_count: lines.length, gross_minor, reason: given(reason) };
  return [{ type: 'TicketDiscarded', data, approved_by }] as const;
};

/**
 * Lets a ticket through that waits, and belongs to a session of this kind.
 * @throws Refusal TICKET_CLOSED, TRAINING_MISMATCH
 */
export const checkOf = (ticket: Ticket, training: boolean): void => {
  checkWaiting(ticket);
  if (ticket.training === training) return;
  const { ticket_id } = ticket;
  throw new Refusal(
    'TRAINING_MISMATCH',
    `This ticket was ${ticket.training ? '' : 'not '}parked in training, so it is only touched there.`,
    { ticket_id },
  );
};

const ofKind = (tickets: readonly WaitingTicket[], training: boolean): readonly WaitingTicket[] =>
  tickets.filter((ticket) => ticket.training === training);

/** The tickets that a session of this kind leaves to the next one, as its Z lists them. */
export const leftOpen = (tickets: readonly WaitingTicket[], training: boolean) =>
  ofKind(tickets, training).map(({ ticket_id, label, lines_count, gross_minor }) => ({
    ticket_id,
    label,
    lines_count,
    gross_minor,
  }));

/** The tickets that a session of this kind takes over when it is opened. */
export const carriedOver = (
  tickets: readonly WaitingTicket[],
  training: boolean,
  session: NonNullable<Decided['session']>,
): readonly Decided[] =>
  ofKind(tickets, training).map(({ ticket_id, label, session_id, gross_minor }) => ({
    type: 'TicketCarriedOver',
    data: { ticket_id, label, from_session_id: session_id, gross_minor },
    session,
  }));
