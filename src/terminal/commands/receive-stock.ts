import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { StockedGoods } from '../../domain/event.js';
import type { Authority } from '../../domain/permission.js';
import { invariant } from '../../domain/refusal.js';
import { till } from '../../domain/till.js';
import type { Recorded } from '../../events/log.js';
import { Recorder } from '../recorder.js';
import { type EventAnswer, eventAnswer } from './event-answer.js';
import { ringUp } from './selling-terms.js';

/** What came in; with a quantity below zero it goes back or away, which needs a reason. */
export interface ReceiveStockRequest {
  readonly lines: readonly { readonly code: string; readonly quantity_milli: number }[];
  readonly supplier?: string;
  readonly reference?: string;
  readonly reason?: string;
}

/** What is answered once it is on the disk. */
export interface StockReceiptAnswer extends EventAnswer {
  readonly lines: readonly StockedGoods[];
}

/** Takes goods in. */
export class ReceiveStock extends Command<StockReceiptAnswer> {
  constructor(
    readonly key: string,
    readonly request: ReceiveStockRequest,
    readonly authority: Authority,
  ) {
    super();
  }
}

/** Looks up the goods and records that they came, or went. */
@CommandHandler(ReceiveStock)
export class ReceiveStockHandler implements ICommandHandler<ReceiveStock> {
  constructor(private readonly recorder: Recorder) {}

  execute({ key, request, authority }: ReceiveStock): Promise<StockReceiptAnswer> {
    const command = { key, body: { ReceiveStock: request }, staff_id: authority.by.staff_id };
    const { supplier = null, reference = null, reason = null } = request;
    return Promise.resolve(
      this.recorder.record(command, ({ state, catalog, newId, business_date }) => {
        const lines = request.lines.map(({ code: asked, quantity_milli }) => {
          const { code, name } = ringUp(catalog, { code: asked }, business_date);
          return { code, name, quantity_milli };
        });
        const paper = { supplier, reference, reason };
        const decided = till.decide({ type: 'ReceiveStock', local_id: newId(), lines, ...paper, authority }, state);
        return { decided, answer: receiptAnswer };
      }),
    );
  }
}

const receiptAnswer = (recorded: readonly Recorded[]): StockReceiptAnswer => {
  const event = recorded[0]?.event;
  invariant(event?.type === 'StockReceived', 'goods came in');
  return { ...eventAnswer(recorded), lines: event.data.lines };
};
