import type { Minor } from './money.js';
import { addTaxes, type TaxSum } from './pricing.js';
import type { PerpetualTotals, TenderSum, ZReport } from './report.js';
import { addTenderSums } from './session-sums.js';

/** What the Z reports are added up by. */
export type ZPeriod = 'day' | 'month' | 'year';

/** How much of `YYYY-MM-DD` names the period. */
export const periodLength: Readonly<Record<ZPeriod, number>> = { day: 10, month: 7, year: 4 };

/** The recorded Z reports of one period together. Every figure is the sum of what they say. */
export interface ZTotals {
  /** `YYYY-MM-DD`, `YYYY-MM` or `YYYY`, of the business dates. */
  readonly period: string;
  readonly currency: string | null;
  readonly z_count: number;
  readonly first_z_number: number;
  readonly last_z_number: number;
  readonly sales_count: number;
  readonly refunds_count: number;
  readonly voids_count: number;
  readonly gross_minor: Minor;
  readonly refunds_minor: Minor;
  readonly voids_minor: Minor;
  readonly turnover_minor: Minor;
  readonly net_minor: Minor;
  readonly tax_minor: Minor;
  readonly taxes: readonly TaxSum[];
  readonly discounts_minor: Minor;
  readonly rounding_minor: Minor;
  readonly tips_staff_minor: Minor;
  readonly tips_house_minor: Minor;
  readonly tenders: readonly TenderSum[];
  /** As the last Z of the period says. */
  readonly perpetual: PerpetualTotals;
}

/**
 * Adds recorded Z reports up, one row for each period that has any, the oldest first. Training has no Z number and is
 * left out.
 *
 * @param zReports of one terminal, in any order; they are gone through once and not kept
 */
export const zTotals = (by: ZPeriod, zReports: Iterable<ZReport>): readonly ZTotals[] => {
  const rows = new Map<string, ZTotals>();
  for (const z of zReports) {
    if (z.z_number === null) continue;
    const period = z.business_date.slice(0, periodLength[by]);
    const row = rowOf(z, z.z_number, period);
    const before = rows.get(period);
    rows.set(period, before ? together(before, row) : row);
  }
  return [...rows.values()].sort((a, b) => (a.period < b.period ? -1 : 1));
};

/**
 * The numbers that are missing between 1 and `last`, as ranges: a Z report that is not there.
 * @param numbers in rising order
 */
export const missingNumbers = (numbers: Iterable<number>, last: number): readonly (readonly [number, number])[] => {
  const missing: (readonly [number, number])[] = [];
  let next = 1;
  for (const number of numbers) {
    if (number > next) missing.push([next, number - 1]);
    next = number + 1;
  }
  if (next <= last) missing.push([next, last]);
  return missing;
};

const rowOf = (z: ZReport, z_number: number, period: string): ZTotals => {
  const { currency, sales_count, refunds_count, voids_count, gross_minor, refunds_minor, voids_minor } = z;
  const { turnover_minor, net_minor, tax_minor, taxes, discounts_minor, rounding_minor } = z;
  const { tips_staff_minor, tips_house_minor, tenders, perpetual } = z;
  return {
    ...{ period, currency, z_count: 1, first_z_number: z_number, last_z_number: z_number },
    ...{ sales_count, refunds_count, voids_count, gross_minor, refunds_minor, voids_minor, turnover_minor },
    ...{ net_minor, tax_minor, taxes, discounts_minor, rounding_minor, tips_staff_minor, tips_house_minor },
    ...{ tenders, perpetual },
  };
};

const together = (a: ZTotals, b: ZTotals): ZTotals => ({
  period: a.period,
  currency: a.currency ?? b.currency,
  z_count: a.z_count + b.z_count,
  first_z_number: Math.min(a.first_z_number, b.first_z_number),
  last_z_number: Math.max(a.last_z_number, b.last_z_number),
  sales_count: a.sales_count + b.sales_count,
  refunds_count: a.refunds_count + b.refunds_count,
  voids_count: a.voids_count + b.voids_count,
  gross_minor: a.gross_minor + b.gross_minor,
  refunds_minor: a.refunds_minor + b.refunds_minor,
  voids_minor: a.voids_minor + b.voids_minor,
  turnover_minor: a.turnover_minor + b.turnover_minor,
  net_minor: a.net_minor + b.net_minor,
  tax_minor: a.tax_minor + b.tax_minor,
  taxes: addTaxes(a.taxes, b.taxes),
  discounts_minor: a.discounts_minor + b.discounts_minor,
  rounding_minor: a.rounding_minor + b.rounding_minor,
  tips_staff_minor: a.tips_staff_minor + b.tips_staff_minor,
  tips_house_minor: a.tips_house_minor + b.tips_house_minor,
  tenders: addTenderSums(a.tenders, b.tenders),
  perpetual: a.last_z_number > b.last_z_number ? a.perpetual : b.perpetual,
});
