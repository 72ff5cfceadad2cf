import type { DecidedData, EventMeta } from './event.js';
import type { Minor, Money, Ratio } from './money.js';
import type { PaperHeading } from './paper.js';
import type { LineDiscount, TaxSum } from './pricing.js';
import type { SecondTotal } from './settlement.js';
import { zatcaQr } from './zatca-qr.js';

/** A line as the customer reads it; its discounts follow as amounts to take off. */
export interface ReceiptLine {
  readonly name: string;
  readonly quantity_milli: number;
  readonly unit_price_minor: Minor;
  /** The catalog's price; another than `unit_price_minor` when the cashier gave one. */
  readonly list_price_minor: Minor;
  /** Quantity × unit price, before discounts, in the line's tax mode. */
  readonly extended_minor: Minor;
  readonly discounts: readonly LineDiscount[];
}

/** Change as the customer reads it; the rate matters in another currency than the receipt's. */
export interface ReceiptChange extends Money {
  readonly rate: Ratio;
}

/** A way of paying as the customer reads it. `base_minor` is the same in the receipt's currency. */
export interface ReceiptTender extends ReceiptChange {
  readonly method: string;
  readonly base_minor: Minor;
}

/**
 * A receipt as a document: everything that is on the paper and nothing about how it is drawn, but for the mark of its
 * event. Amounts without a currency of their own are in `currency`. It adds up from top to bottom:
 * Σ extended − Σ discounts = subtotal; subtotal + added tax + tip + rounding = total.
 */
export interface ReceiptDocument extends PaperHeading {
  /** A void is the paper of a sale that was taken back: who and why are those of the void. */
  readonly kind: 'sale' | 'refund' | 'void';
  readonly training: boolean;
  /** Which time it is printed again; null the first time. */
  readonly copy_no: number | null;
  readonly receipt_number: string;
  readonly business_date: string | null;
  /** Names, or where there is none what the catalog calls them. */
  readonly staff: string | null;
  readonly approver: string | null;
  readonly currency: string;
  readonly lines: readonly ReceiptLine[];
  readonly subtotal_minor: Minor;
  /** Tax that comes on top of the prices; 0 when every price holds its tax. */
  readonly added_tax_minor: Minor;
  readonly tip_minor: Minor;
  readonly rounding_minor: Minor;
  readonly total_minor: Minor;
  readonly second_total: SecondTotal | null;
  readonly tenders: readonly ReceiptTender[];
  readonly change: readonly ReceiptChange[];
  readonly taxes: readonly TaxSum[];
  /** Why money was paid back, or why the sale was voided; null for a sale. */
  readonly reason: string | null;
  readonly original_receipt_number: string | null;
  /** Whether a refund was checked against its sale; true for what is no refund. */
  readonly verified: boolean;
  /** What the QR code at the foot says: printable ASCII, at most 700 characters; null for no code. */
  readonly qr: string | null;
}

/** What a paper needs of an event besides its data. */
export type PaperMeta = Pick<EventMeta, 'occurred_at' | 'business_date' | 'staff_id' | 'approved_by'>;

type Receipt = 'SaleRecorded' | 'RefundRecorded' | 'SaleVoided';

/** An event whose paper is a receipt, before or after it was recorded. */
export type ReceiptEvent = { [T in Receipt]: PaperMeta & { readonly type: T; readonly data: DecidedData[T] } }[Receipt];

const kinds = { SaleRecorded: 'sale', RefundRecorded: 'refund', SaleVoided: 'void' } as const;

/** The receipt of a sale, a refund or a void. Nothing is computed that the event does not already hold. */
export const receiptDocument = (event: ReceiptEvent, heading: PaperHeading): ReceiptDocument => {
  const { data, business_date } = event;
  const { shop, terminal, local_time } = heading;
  const { staff, approver } = whoIn(event);
  const { reason, original_receipt_number, verified } = originOf(event);
  const { training, receipt_number, currency, rounding_minor, total_minor, second_total, taxes } = data;
  const lines: readonly ReceiptLine[] = data.lines;
  const subtotal_minor = lines.reduce((sum, line) => sum + line.extended_minor - discountOf(line.discounts), 0);
  // Field by field, as every sale waits for it, and in the order in which it is hashed.
  return {
    added_tax_minor: data.gross_minor - subtotal_minor,
    approver,
    business_date,
    change: data.change.map(changeOf),
    copy_no: null,
    currency,
    kind: kinds[event.type],
    lines: lines.map(lineOf),
    local_time,
    original_receipt_number,
    qr: codeOf(event, heading),
    reason,
    receipt_number,
    rounding_minor,
    second_total,
    shop,
    staff,
    subtotal_minor,
    taxes: taxes.map(taxOf),
    tenders: data.tenders.map(tenderOf),
    terminal,
    tip_minor: event.type === 'RefundRecorded' ? 0 : (event.data.tip?.amount_minor ?? 0),
    total_minor,
    training,
    verified,
  };
};

/** The names on a paper. */
export const whoIn = (
  event: Pick<PaperMeta, 'staff_id' | 'approved_by'> & {
    readonly data: { readonly staff_name: string | null; readonly approver_name: string | null };
  },
): { readonly staff: string | null; readonly approver: string | null } => ({
  staff: event.data.staff_name ?? event.staff_id,
  approver: event.data.approver_name ?? event.approved_by,
});

const originOf = (event: ReceiptEvent): Pick<ReceiptDocument, 'reason' | 'original_receipt_number' | 'verified'> => {
  if (event.type === 'SaleRecorded') return { reason: null, original_receipt_number: null, verified: true };
  if (event.type === 'SaleVoided') return { reason: event.data.reason, original_receipt_number: null, verified: true };
  const { reason, original_receipt_number, verified } = event.data;
  return { reason, original_receipt_number, verified };
};

const lineOf = (line: ReceiptLine): ReceiptLine => ({
  discounts: line.discounts,
  extended_minor: line.extended_minor,
  list_price_minor: line.list_price_minor,
  name: line.name,
  quantity_milli: line.quantity_milli,
  unit_price_minor: line.unit_price_minor,
});

const taxOf = ({ gross_minor, net_minor, rate_ppm, tax_code, tax_minor }: TaxSum): TaxSum => ({
  gross_minor,
  net_minor,
  rate_ppm,
  tax_code,
  tax_minor,
});

const changeOf = ({ amount_minor, currency, rate }: ReceiptChange): ReceiptChange => ({
  amount_minor,
  currency,
  rate: ratioOf(rate),
});

const tenderOf = ({ amount_minor, base_minor, currency, method, rate }: ReceiptTender): ReceiptTender => ({
  amount_minor,
  base_minor,
  currency,
  method,
  rate: ratioOf(rate),
});

const ratioOf = ({ denominator, numerator }: Ratio): Ratio => ({ denominator, numerator });

/** Training is no invoice, and neither is a sale that was taken back. */
const codeOf = ({ type, data, occurred_at }: ReceiptEvent, { shop }: PaperHeading): string | null => {
  if (shop.tax_invoice !== 'zatca' || data.training || type === 'SaleVoided') return null;
  return zatcaQr({
    seller_name: shop.shop_name,
    vat_number: shop.tax_number ?? '',
    issued_at: `${occurred_at.slice(0, 'YYYY-MM-DDTHH:MM:SS'.length)}Z`,
    total_minor: data.gross_minor,
    tax_minor: data.tax_minor,
    currency: data.currency,
  });
};

const discountOf = (discounts: readonly LineDiscount[]): Minor =>
  discounts.reduce((sum, { amount_minor }) => sum + amount_minor, 0);
