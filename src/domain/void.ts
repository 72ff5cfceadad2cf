import type { DecidedData, Signatories, VoidedLine } from './event.js';
import type { OriginalSale } from './refund.js';
import { Refusal } from './refusal.js';

/**
 * What is recorded when a sale of the open session is taken back whole: the amounts of the sale as they were recorded,
 * and the goods that come back, so that nobody has to look the sale up to add the void up or to print it.
 *
 * @throws Refusal SALE_VOIDED, SALE_NOT_OF_SESSION, SALE_REFUNDED
 */
export const voidOf = (
  sale: OriginalSale,
  session_id: string,
  { reason, ...names }: Signatories & { readonly reason: string },
): DecidedData['SaleVoided'] => {
  const { local_id: sale_local_id, data, corrections } = sale;
  checkNotVoided(sale);
  const { receipt_number } = data;
  if (sale.session_id !== session_id) {
    throw new Refusal(
      'SALE_NOT_OF_SESSION',
      `Receipt ${receipt_number} belongs to another session, so it stays as it is. Refund it instead.`,
      { receipt_number },
    );
  }
  if (corrections.refunds_count > 0) {
    throw new Refusal(
      'SALE_REFUNDED',
      `A part of receipt ${receipt_number} was refunded already. Refund what is left instead.`,
      { receipt_number },
    );
  }
  const { training, currency, taxes, net_minor, tax_minor, gross_minor } = data;
  const { tip, rounding_minor, total_minor, second_total, tenders, change } = data;
  const amounts = { net_minor, tax_minor, gross_minor, taxes, tip, rounding_minor, total_minor, second_total };
  const lines = data.lines.map(voidedLine);
  return { sale_local_id, receipt_number, training, lines, currency, reason, ...names, ...amounts, tenders, change };
};

const voidedLine = (line: VoidedLine): VoidedLine => {
  const { line_no, code, name, quantity_milli, unit_price_minor, list_price_minor, extended_minor, discounts } = line;
  return { line_no, code, name, quantity_milli, unit_price_minor, list_price_minor, extended_minor, discounts };
};

/**
 * Lets a sale through that still stands.
 * @throws Refusal SALE_VOIDED
 */
export const checkNotVoided = ({ data, corrections }: OriginalSale): void => {
  if (corrections.voided_by === null) return;
  const { receipt_number } = data;
  throw new Refusal('SALE_VOIDED', `Receipt ${receipt_number} was voided: its money has been given back.`, {
    receipt_number,
  });
};
