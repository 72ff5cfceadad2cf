import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Authority } from '../../domain/permission.js';
import { type Settlement, settleRejection } from '../../domain/rejection.js';
import type { Recorded } from '../../events/log.js';
import { Recorder } from '../recorder.js';
import { type EventAnswer, eventAnswer } from './event-answer.js';

/** Settles an event that central refused: it is not sent by itself any more, and not shown as open. */
export class SettleRejection extends Command<EventAnswer> {
  constructor(
    readonly key: string,
    readonly request: Settlement,
    readonly authority: Authority,
  ) {
    super();
  }
}

/** Records what people decided about it. */
@CommandHandler(SettleRejection)
export class SettleRejectionHandler implements ICommandHandler<SettleRejection> {
  constructor(private readonly recorder: Recorder) {}

  execute({ key, request, authority }: SettleRejection): Promise<EventAnswer> {
    const command = { key, body: { SettleRejection: request }, staff_id: authority.by.staff_id };
    const { outbox, log } = this.recorder;
    return Promise.resolve(
      this.recorder.record(command, () => {
        const { rejected_local_id, replaced_by } = request;
        const settlement = outbox.settlementOf(rejected_local_id);
        const known = {
          isParked: outbox.isParked(rejected_local_id),
          settlement: settlement ?? null,
          isReplacementKnown: replaced_by === null || log.find(replaced_by) !== undefined,
        };
        const first = settlement && log.find(settlement.settlement_local_id);
        return {
          decided: settleRejection(request, known, authority),
          answer: (recorded: readonly Recorded[]) =>
            first ? { local_id: first.local_id, seq: first.seq, hash: first.hash } : eventAnswer(recorded),
        };
      }),
    );
  }
}
