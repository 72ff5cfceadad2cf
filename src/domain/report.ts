import type { DenominationSum } from './cash-amounts.js';
import { addMoney, amountMax, type Minor, type Money, negateMoney } from './money.js';
import type { TaxSum } from './pricing.js';

/** What one way of paying brought in, per currency. `amount_minor = received − change − paid back`. */
export interface TenderSum {
  readonly method: string;
  readonly currency: string;
  readonly count: number;
  readonly received_minor: Minor;
  readonly change_minor: Minor;
  readonly refunded_minor: Minor;
  readonly amount_minor: Minor;
}

/** Cash movements of one kind and currency. */
export interface CashMovementSum {
  readonly kind: string;
  readonly currency: string;
  readonly count: number;
  readonly amount_minor: Minor;
}

/** How often something happened for one reason. */
export interface ReasonCount {
  readonly reason: string;
  readonly count: number;
}

/** A ticket that is neither sold nor discarded, as a Z lists it. */
export interface OpenTicket {
  readonly ticket_id: string;
  readonly label: string;
  readonly lines_count: number;
  /** With tax and all discounts. */
  readonly gross_minor: Minor;
}

/**
 * Everything that happened in one session: the X report, and the part of the Z report that anybody can add up again
 * from the events. Sums only; adding the same events in any order gives the same report.
 */
export interface SessionReport {
  readonly session_id: string;
  readonly business_date: string;
  readonly training: boolean;
  /** The base currency; every amount without a currency of its own is in it. Null until an event named it. */
  readonly currency: string | null;
  readonly opened_at: string | null;
  readonly opened_by: string | null;
  /** The first and last event of the session, the closing itself left out. */
  readonly first_seq: number;
  readonly last_seq: number;
  readonly first_receipt: { readonly receipt_index: number; readonly receipt_number: string } | null;
  readonly last_receipt: { readonly receipt_index: number; readonly receipt_number: string } | null;
  readonly sales_count: number;
  readonly refunds_count: number;
  readonly lines_count: number;
  readonly overrides_count: number;
  /** Sales with tax, after discounts and overrides, before refunds, rounding and tips. */
  readonly gross_minor: Minor;
  readonly refunds_minor: Minor;
  readonly voids_count: number;
  readonly voids_minor: Minor;
  /** Lines that were taken off tickets, and tickets that were thrown away whole: rung up and never sold. */
  readonly line_voids_count: number;
  readonly line_voids_minor: Minor;
  readonly tickets_discarded_count: number;
  readonly tickets_discarded_minor: Minor;
  /** gross − refunds − voids. */
  readonly turnover_minor: Minor;
  /** Turnover without tax, the tax in it, and both per rate. */
  readonly net_minor: Minor;
  readonly tax_minor: Minor;
  readonly taxes: readonly TaxSum[];
  readonly discounts_minor: Minor;
  readonly rounding_minor: Minor;
  readonly tips_staff_minor: Minor;
  readonly tips_house_minor: Minor;
  readonly tenders: readonly TenderSum[];
  readonly cash_movements: readonly CashMovementSum[];
  readonly drawer_opens: readonly ReasonCount[];
  /** Receipts that were printed again. */
  readonly reprints_count: number;
  readonly float: readonly Money[];
  /** Cash that must be in the drawer: float + cash in − cash out, per currency. */
  readonly expected: readonly Money[];
}

/** Running totals of a terminal that never reset. In the base currency. */
export interface PerpetualTotals {
  /** Σ (sales − refunds − voids), with tax. */
  readonly turnover_minor: Minor;
  /** Σ (sales + refunds + voids), with tax: it only grows. */
  readonly absolute_minor: Minor;
}

/** The report that closes a session, recorded once and never recomputed. */
export interface ZReport extends SessionReport {
  /** Gapless per terminal; null for a training session. */
  readonly z_number: number | null;
  readonly closed_at: string;
  readonly closed_by: string | null;
  readonly counted: readonly Money[];
  /** Which notes and coins were counted; none of a currency that was given as one amount. */
  readonly counted_denominations: readonly DenominationSum[];
  /** counted − expected. */
  readonly difference: readonly Money[];
  /** Including this session. */
  readonly perpetual: PerpetualTotals;
  /** Tickets that the session leaves to the next one, oldest first. */
  readonly open_tickets: readonly OpenTicket[];
  /** Events that central had not acknowledged when the session was closed. */
  readonly unsynced_events: number;
  /** Hash of the event just before the closing. */
  readonly prev_hash: string;
}

/** A session of which nothing is known yet but its name. */
export const emptyReport = (session_id: string, business_date: string): SessionReport => ({
  session_id,
  business_date,
  training: false,
  currency: null,
  opened_at: null,
  opened_by: null,
  first_seq: 0,
  last_seq: 0,
  first_receipt: null,
  last_receipt: null,
  sales_count: 0,
  refunds_count: 0,
  lines_count: 0,
  overrides_count: 0,
  gross_minor: 0,
  refunds_minor: 0,
  voids_count: 0,
  voids_minor: 0,
  line_voids_count: 0,
  line_voids_minor: 0,
  tickets_discarded_count: 0,
  tickets_discarded_minor: 0,
  turnover_minor: 0,
  net_minor: 0,
  tax_minor: 0,
  taxes: [],
  discounts_minor: 0,
  rounding_minor: 0,
  tips_staff_minor: 0,
  tips_house_minor: 0,
  tenders: [],
  cash_movements: [],
  drawer_opens: [],
  reprints_count: 0,
  float: [],
  expected: [],
});

/** counted − expected, for every currency that appears in either. */
export const differenceOf = (counted: readonly Money[], expected: readonly Money[]): readonly Money[] =>
  addMoney(addMoney([], counted), negateMoney(expected));

/** Moves the perpetual totals on by one session; a training session moves nothing. */
export const addToPerpetual = (before: PerpetualTotals, report: SessionReport): PerpetualTotals =>
  report.training
    ? before
    : {
        turnover_minor: before.turnover_minor + report.turnover_minor,
        absolute_minor: before.absolute_minor + report.gross_minor + report.refunds_minor + report.voids_minor,
      };

/**
 * The largest sum that a report may reach, in minor units: with a count taken off it, it still fits exactly into a
 * JavaScript number (2^53 − 1).
 */
export const sumMax: Minor = Number.MAX_SAFE_INTEGER - amountMax;

/** Whether every sum of the report is exact, so that it can be recorded; or at most a smaller `limit`. */
export const fitsReport = (report: SessionReport, perpetual: PerpetualTotals, limit: Minor = sumMax): boolean => {
  const { gross_minor, refunds_minor, net_minor, tax_minor, discounts_minor, rounding_minor } = report;
  const { tips_staff_minor, tips_house_minor, line_voids_minor, tickets_discarded_minor } = report;
  const sums = [gross_minor, refunds_minor, net_minor, tax_minor, discounts_minor, rounding_minor, tips_staff_minor];
  sums.push(tips_house_minor, line_voids_minor, tickets_discarded_minor, perpetual.absolute_minor);
  for (const tax of report.taxes) sums.push(tax.net_minor, tax.tax_minor, tax.gross_minor);
  for (const sum of report.tenders)
    sums.push(sum.received_minor, sum.change_minor, sum.refunded_minor, sum.amount_minor);
  for (const { amount_minor } of report.cash_movements) sums.push(amount_minor);
  for (const { amount_minor } of report.expected) sums.push(amount_minor);
  return sums.every((sum) => Math.abs(sum) <= limit);
};

/** The part of a Z that anybody can add up again from the session's events. */
export const recomputablePart = (z: ZReport): SessionReport => {
  const { z_number: _z, closed_at: _at, closed_by: _by, counted: _counted, ...rest } = z;
  const {
    difference: _difference,
    perpetual: _perpetual,
    open_tickets: _tickets,
    unsynced_events: _unsynced,
    prev_hash: _hash,
    counted_denominations: _denominations,
    ...report
  } = rest;
  return report;
};
