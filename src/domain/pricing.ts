import { addSorted, allocate, compareText, type Minor, multiplyDivide, withinLimit } from './money.js';
import { Refusal } from './refusal.js';

/** Whether a price already holds its tax, or the tax comes on top. */
export type TaxMode = 'inclusive' | 'exclusive';

/** A discount as it was asked for: an amount in minor units, or a share in parts per million (10 % = 100000). */
export type DiscountRequest = { readonly reason: string } & (
  { readonly kind: 'amount'; readonly amount_minor: Minor } | { readonly kind: 'percent'; readonly rate_ppm: number }
);

/** A discount as it fell on one line, in the tax mode of that line. Always positive. */
export interface LineDiscount {
  readonly scope: 'line' | 'order';
  readonly kind: 'amount' | 'percent';
  /** Parts per million for a percent, null for an amount. */
  readonly rate_ppm: number | null;
  readonly amount_minor: Minor;
  readonly reason: string;
}

/** A line as it was rung up: everything that its price depends on, pinned at that moment. */
export interface RungLine {
  readonly code: string;
  readonly name: string;
  /** Null when the product has none. */
  readonly category: string | null;
  /** The catalog that gave name, list price and tax. */
  readonly catalog_version: number;
  /** Thousandths of a unit or of a kilogram, above zero. */
  readonly quantity_milli: number;
  /** The price asked for one unit, in the line's tax mode. */
  readonly unit_price_minor: Minor;
  /** The catalog's price for one unit; another than `unit_price_minor` means a price override. */
  readonly list_price_minor: Minor;
  readonly tax_code: string;
  readonly tax_mode: TaxMode;
  /** Parts per million: 11 % = 110000. */
  readonly rate_ppm: number;
  readonly discount?: DiscountRequest;
}

/** A line of a ticket: rung up and not sold yet. Its price, name and tax stay as they were then. */
export interface TicketLine extends RungLine {
  /** Counts from 1 over everything that was ever parked on the ticket; a number is never used again. */
  readonly line_no: number;
}

/** A line as it is recorded and printed. `net_minor + tax_minor = gross_minor`, after all discounts. */
export interface SaleLine extends Omit<RungLine, 'discount'> {
  /** Counts from 1. */
  readonly line_no: number;
  /** Quantity × unit price, in the line's tax mode, before discounts. */
  readonly extended_minor: Minor;
  readonly discounts: readonly LineDiscount[];
  readonly net_minor: Minor;
  readonly tax_minor: Minor;
  readonly gross_minor: Minor;
}

/** A line of a refund: a share of a line that was sold, or goods without a receipt. */
export interface RefundLine extends SaleLine {
  /** The line of the sale whose share it is; null when no receipt of this terminal says what was sold. */
  readonly original_line_no: number | null;
}

/** What was sold at one tax rate. `net_minor + tax_minor = gross_minor`. */
export interface TaxSum {
  readonly tax_code: string;
  readonly rate_ppm: number;
  readonly net_minor: Minor;
  readonly tax_minor: Minor;
  readonly gross_minor: Minor;
}

/** Lines with their sums, as every receipt holds them. Amounts in the base currency. */
export interface PricedLines {
  readonly lines: readonly SaleLine[];
  /** Per tax code and rate, in that order. */
  readonly taxes: readonly TaxSum[];
  readonly net_minor: Minor;
  readonly tax_minor: Minor;
  readonly gross_minor: Minor;
}

/** A sale holds at most this many lines, so that its event stays printable and below the size limit of an event. */
export const linesMax = 1000;

/** The most of one product on a line, in thousandths. */
export const quantityMax = 1_000_000_000;

const hundredPercent = 1_000_000;

/**
 * Prices the lines of a sale or a refund: extends, discounts, taxes and adds up.
 *
 * Each line is rounded once, to the nearest minor unit, halves away from zero; every sum is a sum of such rounded
 * figures, so the receipt adds up to the last unit. An order discount is spread over the lines by largest remainder.
 *
 * @throws Refusal SALE_EMPTY, SALE_TOO_LONG, QUANTITY_INVALID, AMOUNT_INVALID, AMOUNT_TOO_LARGE, DISCOUNT_TOO_LARGE
 */
export const priceLines = (rung: readonly RungLine[], orderDiscount?: DiscountRequest): PricedLines => {
  if (rung.length === 0) throw new Refusal('SALE_EMPTY', 'The sale has no lines. Nothing was recorded.');
  if (rung.length > linesMax) {
    throw new Refusal(
      'SALE_TOO_LONG',
      `A sale holds at most ${String(linesMax)} lines. Split it into several sales; nothing was recorded.`,
      { lines: rung.length, limit: linesMax },
    );
  }
  const drafts = rung.map(extendLine);
  const shares = orderShares(drafts, orderDiscount);
  const lines = drafts.map((draft, index) => taxLine(draft, shares[index], index + 1));
  return { lines, ...sumLines(lines) };
};

/**
 * The sums of the lines, per rate and of all.
 * @throws Refusal AMOUNT_TOO_LARGE
 */
export const sumLines = (lines: readonly SaleLine[]): Omit<PricedLines, 'lines'> => {
  const sum = (of: (line: SaleLine) => Minor): Minor =>
    withinLimit(lines.reduce((total, line) => withinLimit(total + of(line)), 0));
  return {
    taxes: addTaxes([], lines),
    net_minor: sum((line) => line.net_minor),
    tax_minor: sum((line) => line.tax_minor),
    gross_minor: sum((line) => line.gross_minor),
  };
};

interface Draft {
  readonly rung: RungLine;
  readonly extended_minor: Minor;
  readonly discounts: readonly LineDiscount[];
  /** What is left after the line's own discount. */
  readonly left_minor: Minor;
}

const extendLine = (rung: RungLine): Draft => {
  if (!Number.isSafeInteger(rung.quantity_milli) || rung.quantity_milli <= 0 || rung.quantity_milli > quantityMax) {
    throw new Refusal('QUANTITY_INVALID', `“${rung.name}” needs a quantity between 0.001 and 1 000 000.`, {
      code: rung.code,
    });
  }
  if (!Number.isSafeInteger(rung.unit_price_minor) || rung.unit_price_minor < 0) {
    throw new Refusal('AMOUNT_INVALID', `The price of “${rung.name}” must be zero or more.`, { code: rung.code });
  }
  const extended_minor = withinLimit(multiplyDivide(withinLimit(rung.unit_price_minor), rung.quantity_milli, 1000));
  const amount_minor = rung.discount ? discountOn(extended_minor, rung.discount) : 0;
  const discounts = rung.discount ? [fallen('line', rung.discount, amount_minor)] : [];
  return { rung, extended_minor, discounts, left_minor: extended_minor - amount_minor };
};

const discountOn = (amount: Minor, discount: DiscountRequest): Minor => {
  const asked = discount.kind === 'amount' ? discount.amount_minor : discount.rate_ppm;
  const most = discount.kind === 'amount' ? amount : hundredPercent;
  if (!Number.isSafeInteger(asked) || asked < 0) {
    throw new Refusal('AMOUNT_INVALID', 'A discount must be a whole number, zero or more.');
  }
  if (asked > most) {
    throw new Refusal('DISCOUNT_TOO_LARGE', 'The discount is larger than the amount it comes off.', {
      [discount.kind === 'amount' ? 'discount_minor' : 'rate_ppm']: asked,
      amount_minor: amount,
    });
  }
  return discount.kind === 'amount' ? asked : multiplyDivide(amount, asked, hundredPercent);
};

const fallen = (scope: LineDiscount['scope'], discount: DiscountRequest, amount_minor: Minor): LineDiscount => ({
  scope,
  kind: discount.kind,
  rate_ppm: discount.kind === 'percent' ? discount.rate_ppm : null,
  amount_minor,
  reason: discount.reason,
});

const orderShares = (drafts: readonly Draft[], discount?: DiscountRequest): readonly (LineDiscount | undefined)[] => {
  if (!discount) return [];
  const left = drafts.map((draft) => draft.left_minor);
  const total = withinLimit(left.reduce((sum, amount) => sum + amount, 0));
  const off = discountOn(total, discount);
  if (off === 0) return [];
  return allocate(off, left).map((share) => (share === 0 ? undefined : fallen('order', discount, share)));
};

/** Field by field, which takes a fraction of the time that copying the rest of an object does. */
const taxLine = (
  { rung, extended_minor, discounts, left_minor }: Draft,
  share: LineDiscount | undefined,
  line_no: number,
): SaleLine => {
  const { net_minor, tax_minor, gross_minor } = splitTax(
    left_minor - (share?.amount_minor ?? 0),
    rung.rate_ppm,
    rung.tax_mode,
  );
  return {
    line_no,
    code: rung.code,
    name: rung.name,
    category: rung.category,
    catalog_version: rung.catalog_version,
    quantity_milli: rung.quantity_milli,
    unit_price_minor: rung.unit_price_minor,
    list_price_minor: rung.list_price_minor,
    tax_code: rung.tax_code,
    tax_mode: rung.tax_mode,
    rate_ppm: rung.rate_ppm,
    extended_minor,
    discounts: share ? [...discounts, share] : discounts,
    net_minor,
    tax_minor,
    gross_minor,
  };
};

/**
 * Splits an amount into net and tax. Inclusive: the tax is taken out of the amount; exclusive: it comes on top.
 * `net_minor + tax_minor = gross_minor` always.
 */
export const splitTax = (
  amount: Minor,
  rate_ppm: number,
  mode: TaxMode,
): { readonly net_minor: Minor; readonly tax_minor: Minor; readonly gross_minor: Minor } => {
  if (mode === 'exclusive') {
    const tax_minor = multiplyDivide(amount, rate_ppm, hundredPercent);
    return { net_minor: amount, tax_minor, gross_minor: withinLimit(amount + tax_minor) };
  }
  const net_minor = multiplyDivide(amount, hundredPercent, hundredPercent + rate_ppm);
  return { net_minor, tax_minor: amount - net_minor, gross_minor: amount };
};

/** Adds `more` to `sums` per tax code and rate; sorted by code, then rate, so that the order of adding cannot show. */
export const addTaxes = (sums: readonly TaxSum[], more: readonly TaxSum[], sign: 1 | -1 = 1): readonly TaxSum[] =>
  more.reduce((all, tax) => addSorted(all, taxSum(tax, sign), byRate, addTax), sums);

const byRate = (a: TaxSum, b: TaxSum): number => compareText(a.tax_code, b.tax_code) || a.rate_ppm - b.rate_ppm;

const taxSum = ({ tax_code, rate_ppm, net_minor, tax_minor, gross_minor }: TaxSum, sign: 1 | -1): TaxSum => ({
  tax_code,
  rate_ppm,
  net_minor: 0 + sign * net_minor,
  tax_minor: 0 + sign * tax_minor,
  gross_minor: 0 + sign * gross_minor,
});

const addTax = (known: TaxSum, more: TaxSum): TaxSum => ({
  tax_code: known.tax_code,
  rate_ppm: known.rate_ppm,
  net_minor: known.net_minor + more.net_minor,
  tax_minor: known.tax_minor + more.tax_minor,
  gross_minor: known.gross_minor + more.gross_minor,
});
