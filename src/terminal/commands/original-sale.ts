import { noCorrections, type OriginalSale } from '../../domain/refund.js';
import { Refusal } from '../../domain/refusal.js';
import type { Records } from '../records.js';

/**
 * A sale of this terminal with all that happened to it since.
 * @throws Refusal SALE_UNKNOWN, NOT_A_SALE
 */
export const originalSale = (records: Records, local_id: string): OriginalSale => {
  const event = records.find(local_id);
  if (event?.type === 'RefundRecorded') {
    const { receipt_number } = event.data;
    throw new Refusal('NOT_A_SALE', `Receipt ${receipt_number} is a refund, not a sale. Nothing was recorded.`, {
      receipt_number,
    });
  }
  if (event?.type !== 'SaleRecorded') {
    throw new Refusal(
      'SALE_UNKNOWN',
      'This till has no such sale. If another till made it, refund it by its receipt number. Nothing was recorded.',
    );
  }
  const { session_id, data } = event;
  return { local_id, session_id, data, corrections: records.corrections(local_id) ?? noCorrections };
};

/** A receipt that another terminal made, as the customer shows it. */
export interface ForeignReceipt {
  readonly receipt_number: string;
  readonly local_id?: string;
}

/**
 * Takes the receipt for that of another terminal.
 * @throws Refusal SALE_KNOWN when this terminal made it, so that what is left of it can and must be checked
 */
export const foreignReceipt = (
  records: Records,
  { receipt_number, local_id }: ForeignReceipt,
): { readonly receipt_number: string; readonly local_id: string | null } => {
  const known = local_id === undefined ? records.hasReceipt(receipt_number) : records.find(local_id) !== undefined;
  if (known) {
    throw new Refusal(
      'SALE_KNOWN',
      `This till made receipt ${receipt_number}: refund it by its lines. Nothing was recorded.`,
      { receipt_number },
    );
  }
  return { receipt_number, local_id: local_id ?? null };
};
