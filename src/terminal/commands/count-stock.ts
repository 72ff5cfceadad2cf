import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CountedGoods } from '../../domain/event.js';
import type { Authority } from '../../domain/permission.js';
import { invariant } from '../../domain/refusal.js';
import { till } from '../../domain/till.js';
import type { Recorded } from '../../events/log.js';
import { Recorder } from '../recorder.js';
import { type EventAnswer, eventAnswer } from './event-answer.js';
import { ringUp } from './selling-terms.js';

/** What was counted, and why. */
export interface CountStockRequest {
  readonly lines: readonly { readonly code: string; readonly counted_milli: number }[];
  readonly reason: string;
}

/** What is answered once a count is on the disk: what the till had believed, and the difference. */
export interface CountAnswer extends EventAnswer {
  readonly lines: readonly CountedGoods[];
}

/** Counts goods on the shelf. */
export class CountStock extends Command<CountAnswer> {
  constructor(
    readonly key: string,
    readonly request: CountStockRequest,
    readonly authority: Authority,
  ) {
    super();
  }
}

/** Looks up the goods and what the till believes of them, and records the difference. */
@CommandHandler(CountStock)
export class CountStockHandler implements ICommandHandler<CountStock> {
  constructor(private readonly recorder: Recorder) {}

  execute({ key, request, authority }: CountStock): Promise<CountAnswer> {
    const { stock } = this.recorder;
    const command = { key, body: { CountStock: request }, staff_id: authority.by.staff_id };
    return Promise.resolve(
      this.recorder.record(command, ({ state, catalog, newId, business_date }) => {
        const lines = request.lines.map(({ code: asked, counted_milli }) => {
          const { code, name } = ringUp(catalog, { code: asked }, business_date);
          return { code, name, counted_milli, level_milli: stock.levelOf(code) };
        });
        const { reason } = request;
        const decided = till.decide({ type: 'CountStock', local_id: newId(), lines, reason, authority }, state);
        return { decided, answer: countAnswer };
      }),
    );
  }
}

const countAnswer = (recorded: readonly Recorded[]): CountAnswer => {
  const event = recorded[0]?.event;
  invariant(event?.type === 'StockCounted', 'goods were counted');
  return { ...eventAnswer(recorded), lines: event.data.lines };
};
