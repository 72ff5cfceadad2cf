import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Authority } from '../../domain/permission.js';
import type { DiscountRequest } from '../../domain/pricing.js';
import type { PaymentRequest } from '../../domain/settlement.js';
import { till } from '../../domain/till.js';
import { Recorder } from '../recorder.js';
import { knownTicket } from './known-ticket.js';
import { receiptAnswer, type ReceiptAnswer } from './receipt-answer.js';
import { type LineRequest, ringUp, termsOf } from './selling-terms.js';

/** A sale as the cashier entered it. */
export interface SaleRequest extends PaymentRequest {
  /** Sold whole, before the lines. */
  readonly ticket_id?: string;
  /** May be left out when a ticket is sold. */
  readonly lines?: readonly LineRequest[];
  readonly discount?: DiscountRequest;
}

/** Records a sale. The same key again gets the first answer, so a double tap sells once. */
export class RecordSale extends Command<ReceiptAnswer> {
  constructor(
    readonly key: string,
    readonly request: SaleRequest,
    readonly authority: Authority,
  ) {
    super();
  }
}

/** Looks up the prices and the ticket, lets the till decide, and records what it decided. */
@CommandHandler(RecordSale)
export class RecordSaleHandler implements ICommandHandler<RecordSale> {
  constructor(private readonly recorder: Recorder) {}

  execute({ key, request, authority }: RecordSale): Promise<ReceiptAnswer> {
    const command = { key, fromLog: receiptAnswer, body: { RecordSale: request }, staff_id: authority.by.staff_id };
    return Promise.resolve(
      this.recorder.record(command, ({ state, catalog, newId, records, business_date }) => {
        const { ticket_id, lines = [], discount, ...payment } = request;
        const decided = till.decide(
          {
            type: 'RecordSale',
            local_id: newId(),
            ...(ticket_id === undefined ? {} : { ticket: knownTicket(records, ticket_id) }),
            lines: lines.map((line) => ringUp(catalog, line, business_date)),
            ...(discount ? { discount } : {}),
            payment,
            terms: termsOf(catalog, business_date),
            authority,
          },
          state,
        );
        return { decided, answer: receiptAnswer };
      }),
    );
  }
}
