import { addMoney, amountMax, negateMoney } from './money.js';
/** A session of which nothing is known yet but its name. */
export const emptyReport = (session_id, business_date) => ({
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
    float: [],
    expected: [],
});
/** counted − expected, for every currency that appears in either. */
export const differenceOf = (counted, expected) => addMoney(addMoney([], counted), negateMoney(expected));
/** Moves the perpetual totals on by one session; a training session moves nothing. */
export const addToPerpetual = (before, report) => report.training
    ? before
    : {
        turnover_minor: before.turnover_minor + report.turnover_minor,
        absolute_minor: before.absolute_minor + report.gross_minor + report.refunds_minor + report.voids_minor,
    };
/**
 * The largest sum that a report may reach, in minor units: with a count taken off it, it still fits exactly into a
 * JavaScript number (2^53 − 1).
 */
export const sumMax = Number.MAX_SAFE_INTEGER - amountMax;
/** Whether every sum of the report is exact, so that it can be recorded. */
export const fitsReport = (report, perpetual) => {
    const { gross_minor, refunds_minor, net_minor, tax_minor, discounts_minor, rounding_minor } = report;
    const { tips_staff_minor, tips_house_minor } = report;
    return [
        ...[gross_minor, refunds_minor, net_minor, tax_minor, discounts_minor, rounding_minor],
        ...[tips_staff_minor, tips_house_minor, perpetual.absolute_minor],
        ...report.taxes.flatMap((tax) => [tax.net_minor, tax.tax_minor, tax.gross_minor]),
        ...report.tenders.flatMap((sum) => [sum.received_minor, sum.change_minor, sum.refunded_minor, sum.amount_minor]),
        ...[...report.cash_movements, ...report.expected].map(({ amount_minor }) => amount_minor),
    ].every((sum) => Math.abs(sum) <= sumMax);
};
/** The part of a Z that anybody can add up again from the session's events. */
export const recomputablePart = (z) => {
    const { z_number: _z, closed_at: _at, closed_by: _by, counted: _counted, ...rest } = z;
    const { difference: _difference, perpetual: _perpetual, unsynced_events: _unsynced, prev_hash: _hash, ...report } = rest;
    return report;
};
