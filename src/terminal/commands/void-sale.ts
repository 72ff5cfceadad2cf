import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { addMoney, type Money } from '../../domain/money.js';
import type { Authority } from '../../domain/permission.js';
import { invariant } from '../../domain/refusal.js';
import { cashOf } from '../../domain/settlement.js';
import { till } from '../../domain/till.js';
import type { Recorded } from '../../events/log.js';
import { Recorder } from '../recorder.js';
import { type EventAnswer, eventAnswer } from './event-answer.js';
import { originalSale } from './original-sale.js';

/** Which sale never was, and why. */
export interface VoidSaleRequest {
  readonly sale_local_id: string;
  readonly reason: string;
}

/** What is answered once a void is on the disk. */
export interface VoidAnswer extends EventAnswer {
  readonly sale_local_id: string;
  readonly receipt_number: string;
  /** What the customer had paid and gets back, by the ways it was paid. */
  readonly total_minor: number;
  /** What the drawer gives, per currency; below zero is change that the customer brings back. */
  readonly cash: readonly Money[];
}

/** Takes a sale of the open session back whole. */
export class VoidSale extends Command<VoidAnswer> {
  constructor(
    readonly key: string,
    readonly request: VoidSaleRequest,
    readonly authority: Authority,
  ) {
    super();
  }
}

/** Looks up the sale, lets the till decide, and records what it decided. */
@CommandHandler(VoidSale)
export class VoidSaleHandler implements ICommandHandler<VoidSale> {
  constructor(private readonly recorder: Recorder) {}

  execute({ key, request, authority }: VoidSale): Promise<VoidAnswer> {
    const command = { key, body: { VoidSale: request }, staff_id: authority.by.staff_id };
    return Promise.resolve(
      this.recorder.record(command, ({ state, newId, records }) => {
        const { sale_local_id, reason } = request;
        const sale = originalSale(records, sale_local_id);
        const decided = till.decide({ type: 'VoidSale', local_id: newId(), sale, reason, authority }, state);
        return { decided, answer: voidAnswer };
      }),
    );
  }
}

const voidAnswer = (recorded: readonly Recorded[]): VoidAnswer => {
  const event = recorded[0]?.event;
  invariant(event?.type === 'SaleVoided', 'a sale was voided');
  const { sale_local_id, receipt_number, total_minor } = event.data;
  const cash = addMoney([], cashOf(event.data)).filter(({ amount_minor }) => amount_minor !== 0);
  return { ...eventAnswer(recorded), sale_local_id, receipt_number, total_minor, cash };
};
