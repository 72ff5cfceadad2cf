import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Authority } from '../../domain/permission.js';
import { till } from '../../domain/till.js';
import { Recorder } from '../recorder.js';
import { knownTicket } from './known-ticket.js';
import { type TicketAnswer, ticketAnswer } from './ticket-answer.js';

/** Which line of which ticket is taken off, how much of it, and why. */
export interface VoidLineRequest {
  readonly ticket_id: string;
  readonly line_no: number;
  /** Thousandths; all that is left of the line when left out. */
  readonly quantity_milli?: number;
  readonly reason: string;
}

/** Takes a line, or a part of it, off a ticket. */
export class VoidLine extends Command<TicketAnswer> {
  constructor(
    readonly key: string,
    readonly request: VoidLineRequest,
    readonly authority: Authority,
  ) {
    super();
  }
}

/** Looks up the ticket, lets the till decide, and records what it decided. */
@CommandHandler(VoidLine)
export class VoidLineHandler implements ICommandHandler<VoidLine> {
  constructor(private readonly recorder: Recorder) {}

  execute({ key, request, authority }: VoidLine): Promise<TicketAnswer> {
    const command = { key, body: { VoidLine: request }, staff_id: authority.by.staff_id };
    return Promise.resolve(
      this.recorder.record(command, (situation) => {
        const { ticket_id, ...part } = request;
        const ticket = knownTicket(situation.records, ticket_id);
        const decided = till.decide({ type: 'VoidLine', ticket, ...part, authority }, situation.state);
        return { decided, answer: ticketAnswer(situation) };
      }),
    );
  }
}
