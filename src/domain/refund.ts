import type { EventData } from './event.js';
import { type Minor, multiplyDivide } from './money.js';
import { type LineDiscount, type PricedLines, type RefundLine, type SaleLine, sumLines } from './pricing.js';
import { Refusal } from './refusal.js';
import type { RefundDue } from './settlement.js';

/** Which part of which line comes back. */
export interface RefundedPart {
  /** As on the sale. */
  readonly line_no: number;
  /** Thousandths, above zero. */
  readonly quantity_milli: number;
}

/** What was given back of one line so far, or is left of it. `net_minor + tax_minor = gross_minor`. */
export interface LineShare extends RefundedPart {
  readonly net_minor: Minor;
  readonly tax_minor: Minor;
  readonly gross_minor: Minor;
}

/** What has happened to a sale since it was recorded. */
export interface Corrections {
  readonly refunds_count: number;
  /** What was refunded so far, per line. */
  readonly lines: readonly LineShare[];
  /** With tax, before cash rounding. */
  readonly gross_minor: Minor;
  /** What the customer got back: gross + rounding. */
  readonly total_minor: Minor;
  /** The event that voided the sale; null while it stands. */
  readonly voided_by: string | null;
}

/** Nothing has happened to the sale. */
export const noCorrections: Corrections = {
  refunds_count: 0,
  lines: [],
  gross_minor: 0,
  total_minor: 0,
  voided_by: null,
};

/** A recorded sale as a correction needs it. */
export interface OriginalSale {
  readonly local_id: string;
  readonly session_id: string | null;
  readonly data: EventData['SaleRecorded'];
  readonly corrections: Corrections;
}

/** What a refund of a recorded sale comes to. */
export interface LinkedRefund extends Omit<PricedLines, 'lines'> {
  readonly lines: readonly RefundLine[];
  readonly due: RefundDue;
}

/**
 * The share of a sale that comes back, at the prices, taxes and discounts of the sale.
 *
 * Each amount is rounded on what has come back so far, this refund included, and what was given back before is taken
 * off. So the parts of a line add up to the line whatever the parts are, and no part is below zero: the gross amount
 * first, because that is what the customer sees, then the tax in it.
 *
 * @throws Refusal SALE_EMPTY, LINE_UNKNOWN, LINE_REPEATED, QUANTITY_INVALID, REFUND_EXCEEDS_SOLD
 */
export const shareOf = ({ data, corrections }: OriginalSale, parts: readonly RefundedPart[]): LinkedRefund => {
  checkParts(parts);
  const lines = parts.map((part, index): RefundLine => {
    const sold = soldLine(data.lines, part);
    return { ...lineShare(sold, refundedOf(corrections, sold), part), line_no: index + 1 };
  });
  const sums = sumLines(lines);
  const { gross_minor, total_minor } = corrections;
  const paid_minor = paidFor(data);
  const most_minor = Math.max(0, paid_minor - total_minor);
  const soFar = proportion(paid_minor, gross_minor + sums.gross_minor, data.gross_minor);
  // Cash rounding may have given back more than the share of what came back before; then this refund gives less.
  const due_minor = Math.min(most_minor, Math.max(0, soFar - total_minor));
  return { ...sums, lines, due: { due_minor, most_minor } };
};

/** What may still come back of a sale; nothing of one that was voided. */
export const leftOf = ({
  data,
  corrections,
}: Pick<OriginalSale, 'data' | 'corrections'>): {
  readonly lines: readonly LineShare[];
  /** What the customer may still get: gross + rounding of the sale, less what was given back. */
  readonly total_minor: Minor;
} => {
  const stands = corrections.voided_by === null;
  const lines = data.lines.map((sold): LineShare => {
    const back = refundedOf(corrections, sold);
    const left = (amount: number, gone: number): number => (stands ? Math.max(0, amount - gone) : 0);
    return {
      line_no: sold.line_no,
      quantity_milli: left(sold.quantity_milli, back.quantity_milli),
      net_minor: left(sold.net_minor, back.net_minor),
      tax_minor: left(sold.tax_minor, back.tax_minor),
      gross_minor: left(sold.gross_minor, back.gross_minor),
    };
  });
  return { lines, total_minor: stands ? Math.max(0, paidFor(data) - corrections.total_minor) : 0 };
};

/** What was paid for the goods. The tip is none of them; rounded down with it, goods for next to nothing were free. */
const paidFor = ({ gross_minor, rounding_minor }: OriginalSale['data']): Minor =>
  Math.max(0, gross_minor + rounding_minor);

const checkParts = (parts: readonly RefundedPart[]): void => {
  if (parts.length === 0) throw new Refusal('SALE_EMPTY', 'The refund has no lines. Nothing was recorded.');
  const seen = new Set<number>();
  for (const { line_no } of parts) {
    if (seen.has(line_no)) {
      throw new Refusal('LINE_REPEATED', `Line ${String(line_no)} is given twice. Give each line once.`, { line_no });
    }
    seen.add(line_no);
  }
};

const soldLine = (lines: readonly SaleLine[], { line_no, quantity_milli }: RefundedPart): SaleLine => {
  const sold = lines.find((line) => line.line_no === line_no);
  if (!sold) {
    throw new Refusal('LINE_UNKNOWN', `The sale has no line ${String(line_no)}. Nothing was recorded.`, { line_no });
  }
  if (!Number.isSafeInteger(quantity_milli) || quantity_milli <= 0) {
    throw new Refusal('QUANTITY_INVALID', `“${sold.name}” needs a quantity above zero.`, { line_no });
  }
  return sold;
};

const refundedOf = ({ lines }: Corrections, { line_no }: SaleLine): LineShare =>
  lines.find((line) => line.line_no === line_no) ?? {
    line_no,
    quantity_milli: 0,
    net_minor: 0,
    tax_minor: 0,
    gross_minor: 0,
  };

const lineShare = (sold: SaleLine, back: LineShare, { quantity_milli }: RefundedPart): RefundLine => {
  const left_milli = sold.quantity_milli - back.quantity_milli;
  if (quantity_milli > left_milli) {
    throw new Refusal(
      'REFUND_EXCEEDS_SOLD',
      `Of “${sold.name}” less is left to refund than that. Nothing was recorded.`,
      { line_no: sold.line_no, quantity_milli, left_milli },
    );
  }
  const after = back.quantity_milli + quantity_milli;
  const gross = proportion(sold.gross_minor, after, sold.quantity_milli);
  const gross_minor = gross - back.gross_minor;
  // Neither the tax nor the net amount may shrink, or grow beyond what was sold.
  const least = Math.max(back.tax_minor, gross - sold.net_minor);
  const most = Math.min(back.tax_minor + gross_minor, sold.tax_minor);
  const tax = Math.min(most, Math.max(least, proportion(sold.tax_minor, after, sold.quantity_milli)));
  const tax_minor = tax - back.tax_minor;
  const net_minor = gross_minor - tax_minor;
  const discounts = sold.discounts.flatMap((discount) => discountShare(discount, sold, [back.quantity_milli, after]));
  const off = discounts.reduce((sum, { amount_minor }) => sum + amount_minor, 0);
  const extended_minor = off + (sold.tax_mode === 'inclusive' ? gross_minor : net_minor);
  const amounts = { extended_minor, discounts, net_minor, tax_minor, gross_minor };
  return { ...sold, ...amounts, quantity_milli, original_line_no: sold.line_no };
};

const discountShare = (
  discount: LineDiscount,
  sold: SaleLine,
  [before, after]: readonly [number, number],
): readonly LineDiscount[] => {
  const upTo = (quantity: number): Minor => proportion(discount.amount_minor, quantity, sold.quantity_milli);
  const amount_minor = upTo(after) - upTo(before);
  return amount_minor === 0 ? [] : [{ ...discount, amount_minor }];
};

/** The part of an amount, rounded to the nearest unit; all of it when there is nothing to divide by. */
const proportion = (amount: Minor, part: number, whole: number): Minor =>
  whole === 0 ? amount : multiplyDivide(amount, part, whole);
