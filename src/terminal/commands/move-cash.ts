import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CashMovementKind } from '../../domain/event.js';
import type { Authority } from '../../domain/permission.js';
import { till } from '../../domain/till.js';
import { Recorder } from '../recorder.js';
import { type EventAnswer, eventAnswer } from './event-answer.js';
import { termsOf } from './selling-terms.js';

/** Cash that goes in or out without a sale. */
export interface MoveCashRequest {
  readonly kind: CashMovementKind;
  readonly currency: string;
  readonly amount_minor: number;
  readonly reason: string;
}

/** Pays cash in or out, or drops it into the safe. */
export class MoveCash extends Command<EventAnswer> {
  constructor(
    readonly key: string,
    readonly request: MoveCashRequest,
    readonly authority: Authority,
  ) {
    super();
  }
}

/** Records the movement and that the drawer opens for it. */
@CommandHandler(MoveCash)
export class MoveCashHandler implements ICommandHandler<MoveCash> {
  constructor(private readonly recorder: Recorder) {}

  execute({ key, request, authority }: MoveCash): Promise<EventAnswer> {
    const command = { key, body: { MoveCash: request }, staff_id: authority.by.staff_id };
    return Promise.resolve(
      this.recorder.record(command, ({ state, catalog, newId, business_date }) => ({
        decided: till.decide(
          { type: 'MoveCash', local_id: newId(), ...request, terms: termsOf(catalog, business_date), authority },
          state,
        ),
        answer: eventAnswer,
      })),
    );
  }
}
