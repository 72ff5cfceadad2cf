import { multiplyDivide, roundToStep, withinLimit } from './money.js';
import { Refusal } from './refusal.js';
/** The most tenders that one sale may be split over. */
export const tendersMax = 100;
/**
 * Settles a sale: converts each tender once, rounds the cash part to the smallest coin, and gives change in cash.
 *
 * @throws Refusal TENDER_MISSING, TENDER_TOO_SMALL, TENDER_TOO_LARGE, UNKNOWN_CURRENCY, UNKNOWN_METHOD, AMOUNT_INVALID
 */
export const settleSale = (gross, request, terms) => {
    const { tip, due, tenders, rounding_minor, total_minor } = priceCash(gross, request, terms);
    const paid = withinLimit(tenders.reduce((sum, tender) => sum + tender.base_minor, 0));
    const over = paid - total_minor;
    if (over < 0) {
        throw new Refusal('TENDER_TOO_SMALL', 'The tenders do not cover the total. Nothing was recorded: ask for the rest.', {
            total_minor,
            tendered_minor: paid,
            missing_minor: -over,
        });
    }
    if (otherThanCash(tenders) > due) {
        throw new Refusal('TENDER_TOO_LARGE', 'Only cash gives change: enter no more than the total on other tenders.', {
            total_minor: due,
            tendered_minor: paid,
        });
    }
    const change = over === 0 ? [] : [changeIn(over, request.change_currency ?? terms.currency, terms)];
    return { tip, rounding_minor, total_minor, tenders, change };
};
/**
 * Settles a refund: the tenders are what is paid back and must be the total exactly.
 *
 * @throws Refusal TENDER_MISSING, TENDER_TOO_SMALL, TENDER_TOO_LARGE, UNKNOWN_CURRENCY, UNKNOWN_METHOD, AMOUNT_INVALID
 */
export const settleRefund = (gross, requests, terms) => {
    const { tenders, rounding_minor, total_minor } = priceCash(gross, { tenders: requests }, terms);
    const paid = tenders.reduce((sum, tender) => sum + tender.base_minor, 0);
    if (paid !== total_minor) {
        throw new Refusal(paid < total_minor ? 'TENDER_TOO_SMALL' : 'TENDER_TOO_LARGE', 'A refund pays back exactly its total. Nothing was recorded.', { total_minor, tendered_minor: paid });
    }
    return { tip: null, rounding_minor, total_minor, tenders, change: [] };
};
const priceCash = (gross, request, terms) => {
    const tip = checkedTip(request.tip);
    const due = withinLimit(gross + (tip?.amount_minor ?? 0));
    if (request.tenders.length > tendersMax) {
        throw new Refusal('TENDER_TOO_LARGE', `At most ${String(tendersMax)} tenders pay one sale.`);
    }
    if (request.tenders.length === 0 && due !== 0) {
        throw new Refusal('TENDER_MISSING', 'Nothing was tendered. Nothing was recorded.', { total_minor: due });
    }
    const tenders = request.tenders.map((tender) => takeTender(tender, terms, due));
    const cashDue = due - otherThanCash(tenders);
    const rounding_minor = tenders.some(({ method }) => method === 'cash') ? roundingOf(cashDue, terms) : 0;
    return { tip, due, tenders, rounding_minor, total_minor: due + rounding_minor };
};
const otherThanCash = (tenders) => tenders.reduce((sum, { method, base_minor }) => sum + (method === 'cash' ? 0 : base_minor), 0);
const checkedTip = (tip) => {
    if (!tip)
        return null;
    if (!Number.isSafeInteger(tip.amount_minor) || tip.amount_minor <= 0) {
        throw new Refusal('AMOUNT_INVALID', 'A tip must be above zero.');
    }
    return tip;
};
const roundingOf = (cashDue, terms) => {
    const step = acceptedCurrency(terms.currency, terms).cash_step_minor;
    return step === 1 ? 0 : roundToStep(cashDue, step) - cashDue;
};
const takeTender = (request, terms, due) => {
    const { method, amount_minor } = request;
    if (method !== 'cash' && !terms.methods.includes(method)) {
        throw new Refusal('UNKNOWN_METHOD', `This shop does not take “${method}”.`, { method });
    }
    // Cash may be zero: what is due may round to nothing, and is then paid, or paid back, with no coin at all.
    const least = due === 0 || method === 'cash' ? 0 : 1;
    if (!Number.isSafeInteger(amount_minor) || amount_minor < least) {
        throw new Refusal('AMOUNT_INVALID', 'A tender must be above zero.', { method });
    }
    const { currency, rate } = acceptedCurrency(request.currency ?? terms.currency, terms);
    const base_minor = withinLimit(multiplyDivide(withinLimit(amount_minor), rate.numerator, rate.denominator));
    return { method, currency, amount_minor, base_minor, rate, reference: request.reference ?? null };
};
const changeIn = (over, wanted, terms) => {
    const { currency, rate, cash_step_minor } = acceptedCurrency(wanted, terms);
    const exact = multiplyDivide(over, rate.denominator, rate.numerator);
    return { currency, amount_minor: withinLimit(roundToStep(exact, cash_step_minor)), base_minor: over, rate };
};
/**
 * The currency as the till takes it.
 * @throws Refusal UNKNOWN_CURRENCY
 */
export const acceptedCurrency = (currency, terms) => {
    const accepted = terms.currencies.find((candidate) => candidate.currency === currency);
    if (accepted)
        return accepted;
    throw new Refusal('UNKNOWN_CURRENCY', `This shop does not take “${currency}”.`, { currency });
};
/** What the tenders and the change did to the drawer, per currency: cash in is positive. */
export const cashOf = (settlement) => [
    ...settlement.tenders
        .filter(({ method }) => method === 'cash')
        .map(({ currency, amount_minor }) => ({ currency, amount_minor })),
    ...settlement.change.map(({ currency, amount_minor }) => ({ currency, amount_minor: -amount_minor })),
];
