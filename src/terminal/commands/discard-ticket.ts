import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Authority } from '../../domain/permission.js';
import { till } from '../../domain/till.js';
import { Recorder } from '../recorder.js';
import { knownTicket } from './known-ticket.js';
import { type TicketAnswer, ticketAnswer } from './ticket-answer.js';

/** Throws a ticket away with everything on it: nobody will buy it any more. */
export class DiscardTicket extends Command<TicketAnswer> {
  constructor(
    readonly key: string,
    readonly request: { readonly ticket_id: string; readonly reason: string },
    readonly authority: Authority,
  ) {
    super();
  }
}

/** Looks up the ticket, lets the till decide, and records what it decided. */
@CommandHandler(DiscardTicket)
export class DiscardTicketHandler implements ICommandHandler<DiscardTicket> {
  constructor(private readonly recorder: Recorder) {}

  execute({ key, request, authority }: DiscardTicket): Promise<TicketAnswer> {
    const command = { key, body: { DiscardTicket: request }, staff_id: authority.by.staff_id };
    return Promise.resolve(
      this.recorder.record(command, (situation) => {
        const { ticket_id, reason } = request;
        const ticket = knownTicket(situation.records, ticket_id);
        const decided = till.decide({ type: 'DiscardTicket', ticket, reason, authority }, situation.state);
        return { decided, answer: ticketAnswer(situation) };
      }),
    );
  }
}
