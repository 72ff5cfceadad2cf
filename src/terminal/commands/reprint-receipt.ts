import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Authority } from '../../domain/permission.js';
import { invariant } from '../../domain/refusal.js';
import { till } from '../../domain/till.js';
import type { Recorded } from '../../events/log.js';
import { Recorder } from '../recorder.js';
import { type EventAnswer, eventAnswer } from './event-answer.js';

/** Which receipt is printed again, and why. */
export interface ReprintRequest {
  /** A sale or refund of this terminal. */
  readonly receipt_local_id: string;
  readonly reason?: string;
}

/** What is answered once a reprint is on the disk. */
export interface ReprintAnswer extends EventAnswer {
  readonly receipt_number: string;
  /** Counts from 1 for each receipt. */
  readonly copy_no: number;
}

/** Prints a receipt again, marked as a duplicate. */
export class ReprintReceipt extends Command<ReprintAnswer> {
  constructor(
    readonly key: string,
    readonly request: ReprintRequest,
    readonly authority: Authority,
  ) {
    super();
  }
}

/** Looks up the receipt and how often it was printed again, and records one time more. */
@CommandHandler(ReprintReceipt)
export class ReprintReceiptHandler implements ICommandHandler<ReprintReceipt> {
  constructor(private readonly recorder: Recorder) {}

  execute({ key, request, authority }: ReprintReceipt): Promise<ReprintAnswer> {
    const command = { key, body: { ReprintReceipt: request }, staff_id: authority.by.staff_id };
    return Promise.resolve(
      this.recorder.record(command, ({ state, records }) => {
        const { receipt_local_id, reason = null } = request;
        const event = records.find(receipt_local_id);
        invariant(event?.type === 'SaleRecorded' || event?.type === 'RefundRecorded', 'the receipt is in the log');
        const { receipt_number, training } = event.data;
        const reprints = records.corrections(receipt_local_id)?.reprints_count ?? 0;
        const receipt = { receipt_local_id, receipt_number, training, reprints };
        const decided = till.decide({ type: 'ReprintReceipt', ...receipt, reason, authority }, state);
        return { decided, answer: reprintAnswer };
      }),
    );
  }
}

const reprintAnswer = (recorded: readonly Recorded[]): ReprintAnswer => {
  const event = recorded[0]?.event;
  invariant(event?.type === 'ReceiptReprinted', 'a receipt was printed again');
  const { receipt_number, copy_no } = event.data;
  return { ...eventAnswer(recorded), receipt_number, copy_no };
};
