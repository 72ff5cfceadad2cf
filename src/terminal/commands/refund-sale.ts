import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Authority } from '../../domain/permission.js';
import type { RefundedPart } from '../../domain/refund.js';
import type { TenderRequest } from '../../domain/settlement.js';
import { till } from '../../domain/till.js';
import { Recorder } from '../recorder.js';
import { receiptAnswer, type ReceiptAnswer } from './receipt-answer.js';
import { originalSale } from './original-sale.js';
import { termsOf } from './selling-terms.js';

/** What comes back of a sale of this terminal. */
export interface RefundSaleRequest {
  readonly sale_local_id: string;
  readonly lines: readonly RefundedPart[];
  readonly tenders: readonly TenderRequest[];
  readonly reason: string;
}

/** Pays back a part of a recorded sale, at its prices and never more than is left of it. */
export class RefundSale extends Command<ReceiptAnswer> {
  constructor(
    readonly key: string,
    readonly request: RefundSaleRequest,
    readonly authority: Authority,
  ) {
    super();
  }
}

/** Looks up the sale and what has come back of it, lets the till decide, and records what it decided. */
@CommandHandler(RefundSale)
export class RefundSaleHandler implements ICommandHandler<RefundSale> {
  constructor(private readonly recorder: Recorder) {}

  execute({ key, request, authority }: RefundSale): Promise<ReceiptAnswer> {
    const command = { key, fromLog: receiptAnswer, body: { RefundSale: request }, staff_id: authority.by.staff_id };
    return Promise.resolve(
      this.recorder.record(command, ({ state, catalog, newId, records, business_date }) => {
        const { sale_local_id, lines, tenders, reason } = request;
        const sale = originalSale(records, sale_local_id);
        const terms = termsOf(catalog, business_date);
        const decided = till.decide(
          { type: 'RecordRefund', local_id: newId(), sale, lines, tenders, reason, terms, authority },
          state,
        );
        return { decided, answer: receiptAnswer };
      }),
    );
  }
}
