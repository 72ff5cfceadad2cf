import type { Money } from '../../domain/money.js';
import type { SaleLine, TaxSum } from '../../domain/pricing.js';
import { invariant } from '../../domain/refusal.js';
import type { Recorded } from '../../events/log.js';

/** What is answered once a sale or refund is on the disk. */
export interface ReceiptAnswer {
  readonly local_id: string;
  readonly seq: number;
  readonly hash: string;
  readonly receipt_number: string;
  readonly total_minor: number;
  readonly change: readonly Money[];
  readonly lines: readonly SaleLine[];
  readonly taxes: readonly TaxSum[];
}

/** The answer to a sale or refund, from its recorded event. */
export const receiptAnswer = (recorded: readonly Recorded[]): ReceiptAnswer => {
  const first = recorded[0];
  invariant(first !== undefined, 'a sale or refund records an event');
  const { event, hash } = first;
  invariant(event.type === 'SaleRecorded' || event.type === 'RefundRecorded', 'its first event is the receipt');
  const { receipt_number, total_minor, change, lines, taxes } = event.data;
  return {
    local_id: event.local_id,
    seq: event.seq,
    hash,
    receipt_number,
    total_minor,
    change: change.map(({ currency, amount_minor }) => ({ currency, amount_minor })),
    lines,
    taxes,
  };
};
