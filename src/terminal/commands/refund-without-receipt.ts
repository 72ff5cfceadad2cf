import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Authority } from '../../domain/permission.js';
import type { TenderRequest } from '../../domain/settlement.js';
import { till } from '../../domain/till.js';
import { Recorder } from '../recorder.js';
import { type ForeignReceipt, foreignReceipt } from './original-sale.js';
import { receiptAnswer, type ReceiptAnswer } from './receipt-answer.js';
import { type LineRequest, ringUp, termsOf } from './selling-terms.js';

/** A refund of goods whose receipt is not at hand; the quantities are positive. */
export interface RefundRequest {
  readonly lines: readonly LineRequest[];
  readonly tenders: readonly TenderRequest[];
  readonly reason: string;
  /** The receipt, when another terminal made it: it is named, and nothing of it can be checked. */
  readonly original?: ForeignReceipt;
}

/** Pays money back without a receipt of this terminal; a manager approves it. */
export class RefundWithoutReceipt extends Command<ReceiptAnswer> {
  constructor(
    readonly key: string,
    readonly request: RefundRequest,
    readonly authority: Authority,
  ) {
    super();
  }
}

/** Looks up the goods, lets the till decide, and records what it decided. */
@CommandHandler(RefundWithoutReceipt)
export class RefundWithoutReceiptHandler implements ICommandHandler<RefundWithoutReceipt> {
  constructor(private readonly recorder: Recorder) {}

  execute({ key, request, authority }: RefundWithoutReceipt): Promise<ReceiptAnswer> {
    const command = {
      key,
      fromLog: receiptAnswer,
      body: { RefundWithoutReceipt: request },
      staff_id: authority.by.staff_id,
    };
    return Promise.resolve(
      this.recorder.record(command, ({ state, catalog, newId, records, business_date }) => {
        const { lines, tenders, reason } = request;
        const rung = lines.map((line) => ringUp(catalog, line, business_date));
        const terms = termsOf(catalog, business_date);
        const decided = till.decide(
          {
            type: 'RecordRefundWithoutReceipt',
            local_id: newId(),
            lines: rung,
            ...(request.original ? { original: foreignReceipt(records, request.original) } : {}),
            tenders,
            reason,
            terms,
            authority,
          },
          state,
        );
        return { decided, answer: receiptAnswer };
      }),
    );
  }
}
