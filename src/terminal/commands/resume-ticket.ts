import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Authority } from '../../domain/permission.js';
import { till } from '../../domain/till.js';
import { Recorder } from '../recorder.js';
import { knownTicket } from './known-ticket.js';
import { type TicketAnswer, ticketAnswer } from './ticket-answer.js';

/** Takes a ticket in hand at the screen. It stays listed until it is sold or discarded. */
export class ResumeTicket extends Command<TicketAnswer> {
  constructor(
    readonly key: string,
    readonly request: { readonly ticket_id: string },
    readonly authority: Authority,
  ) {
    super();
  }
}

/** Looks up the ticket, lets the till decide, and records what it decided. */
@CommandHandler(ResumeTicket)
export class ResumeTicketHandler implements ICommandHandler<ResumeTicket> {
  constructor(private readonly recorder: Recorder) {}

  execute({ key, request, authority }: ResumeTicket): Promise<TicketAnswer> {
    const command = { key, body: { ResumeTicket: request }, staff_id: authority.by.staff_id };
    return Promise.resolve(
      this.recorder.record(command, (situation) => {
        const ticket = knownTicket(situation.records, request.ticket_id);
        const decided = till.decide({ type: 'ResumeTicket', ticket, authority }, situation.state);
        return { decided, answer: ticketAnswer(situation) };
      }),
    );
  }
}
