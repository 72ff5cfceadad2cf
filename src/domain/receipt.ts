import type { TillEvent } from './event.js';
import type { Minor, Money } from './money.js';
import type { LineDiscount, SaleLine, TaxSum } from './pricing.js';

/** What a receipt says that its event does not: where it was printed, and when by the clock on the wall. */
export interface ReceiptHeading {
  /** Empty when the terminal does not know its shop yet. */
  readonly shop_name: string;
  /** `YYYY-MM-DD HH:MM` where the terminal stands. */
  readonly local_time: string;
  /** Which time it is printed again; the first time when left out. */
  readonly copy_no?: number | null;
  /** Where the shop is, as lines under its name. */
  readonly address?: readonly string[];
  /** What the tax authority knows the shop by. */
  readonly tax_number?: string;
  /** Whether a sale's paper is a simplified tax invoice, and a refund's a credit note to one, and says so. */
  readonly tax_invoice?: boolean;
  /** What the QR code at the foot says: printable ASCII, at most 700 characters. Without it there is no code. */
  readonly qr?: string;
}

/** A line as the customer reads it; its discounts follow as amounts to take off. */
export interface ReceiptLine {
  readonly name: string;
  readonly quantity_milli: number;
  readonly unit_price_minor: Minor;
  /** Quantity × unit price, before discounts, in the line's tax mode. */
  readonly extended_minor: Minor;
  readonly discounts: readonly LineDiscount[];
}

/** A way of paying as the customer reads it. `base_minor` is the same in the receipt's currency. */
export interface ReceiptTender extends Money {
  readonly method: string;
  readonly base_minor: Minor;
}

/**
 * A receipt as a document: everything that is on the paper and nothing about how it is drawn. Amounts without a
 * currency of their own are in `currency`. It adds up from top to bottom:
 * Σ extended − Σ discounts = subtotal; subtotal + added tax + tip + rounding = total.
 */
export interface ReceiptDocument extends ReceiptHeading {
  /** A void is the paper of a sale that was taken back: who, why and the mark are those of the void. */
  readonly kind: 'sale' | 'refund' | 'void';
  readonly training: boolean;
  /** Which time it is printed again; null the first time. */
  readonly copy_no: number | null;
  readonly receipt_number: string;
  readonly business_date: string | null;
  readonly staff_id: string | null;
  readonly approved_by: string | null;
  readonly currency: string;
  readonly lines: readonly ReceiptLine[];
  readonly subtotal_minor: Minor;
  /** Tax that comes on top of the prices; 0 when every price holds its tax. */
  readonly added_tax_minor: Minor;
  readonly tip_minor: Minor;
  readonly rounding_minor: Minor;
  readonly total_minor: Minor;
  readonly tenders: readonly ReceiptTender[];
  readonly change: readonly Money[];
  readonly taxes: readonly TaxSum[];
  /** Why money was paid back, or why the sale was voided; null for a sale. */
  readonly reason: string | null;
  readonly original_receipt_number: string | null;
  /** Whether a refund was checked against its sale; true for what is no refund. */
  readonly verified: boolean;
  /** Where the event lies in the log, and the first 12 hex digits of its hash: the paper is a witness of the log. */
  readonly mark: { readonly epoch: number; readonly seq: number; readonly short_hash: string };
}

const shortHashDigits = 12;

/**
 * The receipt of a recorded sale or refund. Nothing is computed that the event does not already hold.
 * @param hash lower-case hex SHA-256 of the stored event
 */
export const receiptDocument = (
  event: TillEvent<'SaleRecorded' | 'RefundRecorded'>,
  hash: string,
  heading: ReceiptHeading,
): ReceiptDocument => {
  const { data } = event;
  const tip_minor = event.type === 'SaleRecorded' ? (event.data.tip?.amount_minor ?? 0) : 0;
  const lines: readonly SaleLine[] = data.lines;
  const subtotal_minor = lines.reduce((sum, line) => sum + line.extended_minor - discountOf(line.discounts), 0);
  return {
    ...heading,
    kind: event.type === 'SaleRecorded' ? 'sale' : 'refund',
    training: data.training,
    copy_no: heading.copy_no ?? null,
    receipt_number: data.receipt_number,
    business_date: event.business_date,
    staff_id: event.staff_id,
    approved_by: event.approved_by,
    currency: data.currency,
    lines: lines.map(({ name, quantity_milli, unit_price_minor, extended_minor, discounts }) => ({
      name,
      quantity_milli,
      unit_price_minor,
      extended_minor,
      discounts,
    })),
    subtotal_minor,
    added_tax_minor: data.gross_minor - subtotal_minor,
    tip_minor,
    rounding_minor: data.rounding_minor,
    total_minor: data.total_minor,
    tenders: data.tenders.map(({ method, currency, amount_minor, base_minor }) => ({
      method,
      currency,
      amount_minor,
      base_minor,
    })),
    change: data.change.map(({ currency, amount_minor }) => ({ currency, amount_minor })),
    taxes: data.taxes,
    reason: event.type === 'RefundRecorded' ? event.data.reason : null,
    original_receipt_number: event.type === 'RefundRecorded' ? event.data.original_receipt_number : null,
    verified: event.type === 'SaleRecorded' || event.data.verified,
    mark: markOf(event, hash),
  };
};

/**
 * The paper of a sale that was voided.
 * @param hash lower-case hex SHA-256 of the stored void
 * @param heading when the sale was voided
 */
export const voidDocument = (
  sale: TillEvent<'SaleRecorded'>,
  voided: TillEvent<'SaleVoided'>,
  hash: string,
  heading: ReceiptHeading,
): ReceiptDocument => {
  const { business_date, staff_id, approved_by, data } = voided;
  const { reason } = data;
  const who = { business_date, staff_id, approved_by, reason, mark: markOf(voided, hash) };
  return { ...receiptDocument(sale, hash, heading), kind: 'void', ...who };
};

const markOf = ({ epoch, seq }: TillEvent, hash: string): ReceiptDocument['mark'] => ({
  epoch,
  seq,
  short_hash: hash.slice(0, shortHashDigits),
});

const discountOf = (discounts: readonly LineDiscount[]): Minor =>
  discounts.reduce((sum, { amount_minor }) => sum + amount_minor, 0);
