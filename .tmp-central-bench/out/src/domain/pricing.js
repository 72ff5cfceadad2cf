import { allocate, multiplyDivide, withinLimit } from './money.js';
import { Refusal } from './refusal.js';
/** A sale holds at most this many lines, so that its event stays printable and below the size limit of an event. */
export const linesMax = 1000;
const hundredPercent = 1_000_000;
/**
 * Prices the lines of a sale or a refund: extends, discounts, taxes and adds up.
 *
 * Each line is rounded once, to the nearest minor unit, halves away from zero; every sum is a sum of such rounded
 * figures, so the receipt adds up to the last unit. An order discount is spread over the lines by largest remainder.
 *
 * @throws Refusal SALE_EMPTY, SALE_TOO_LONG, QUANTITY_INVALID, AMOUNT_INVALID, AMOUNT_TOO_LARGE, DISCOUNT_TOO_LARGE
 */
export const priceLines = (rung, orderDiscount) => {
    if (rung.length === 0)
        throw new Refusal('SALE_EMPTY', 'The sale has no lines. Nothing was recorded.');
    if (rung.length > linesMax) {
        throw new Refusal('SALE_TOO_LONG', `A sale holds at most ${String(linesMax)} lines. Split it into several sales; nothing was recorded.`, { lines: rung.length, limit: linesMax });
    }
    const drafts = rung.map(extendLine);
    const shares = orderShares(drafts, orderDiscount);
    const lines = drafts.map((draft, index) => taxLine(draft, shares[index], index + 1));
    const sum = (of) => withinLimit(lines.reduce((total, line) => withinLimit(total + of(line)), 0));
    return {
        lines,
        taxes: sumTaxes(lines),
        net_minor: sum((line) => line.net_minor),
        tax_minor: sum((line) => line.tax_minor),
        gross_minor: sum((line) => line.gross_minor),
    };
};
const extendLine = (rung) => {
    if (!Number.isSafeInteger(rung.quantity_milli) || rung.quantity_milli <= 0 || rung.quantity_milli > 1_000_000_000) {
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
const discountOn = (amount, discount) => {
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
const fallen = (scope, discount, amount_minor) => ({
    scope,
    kind: discount.kind,
    rate_ppm: discount.kind === 'percent' ? discount.rate_ppm : null,
    amount_minor,
    reason: discount.reason,
});
const orderShares = (drafts, discount) => {
    if (!discount)
        return [];
    const left = drafts.map((draft) => draft.left_minor);
    const total = withinLimit(left.reduce((sum, amount) => sum + amount, 0));
    const off = discountOn(total, discount);
    if (off === 0)
        return [];
    return allocate(off, left).map((share) => (share === 0 ? undefined : fallen('order', discount, share)));
};
const taxLine = (draft, orderShare, line_no) => {
    const { discount: _asked, ...rung } = draft.rung;
    const amount = draft.left_minor - (orderShare?.amount_minor ?? 0);
    const split = splitTax(amount, rung.rate_ppm, rung.tax_mode);
    return {
        line_no,
        ...rung,
        extended_minor: draft.extended_minor,
        discounts: orderShare ? [...draft.discounts, orderShare] : draft.discounts,
        ...split,
    };
};
/**
 * Splits an amount into net and tax. Inclusive: the tax is taken out of the amount; exclusive: it comes on top.
 * `net_minor + tax_minor = gross_minor` always.
 */
export const splitTax = (amount, rate_ppm, mode) => {
    if (mode === 'exclusive') {
        const tax_minor = multiplyDivide(amount, rate_ppm, hundredPercent);
        return { net_minor: amount, tax_minor, gross_minor: withinLimit(amount + tax_minor) };
    }
    const net_minor = multiplyDivide(amount, hundredPercent, hundredPercent + rate_ppm);
    return { net_minor, tax_minor: amount - net_minor, gross_minor: amount };
};
const sumTaxes = (lines) => lines.reduce((sums, line) => addTaxes(sums, [line]), []);
/** Adds `more` to `sums` per tax code and rate; sorted by code, then rate, so that the order of adding cannot show. */
export const addTaxes = (sums, more, sign = 1) => {
    const totals = new Map(sums.map((sum) => [taxKey(sum), sum]));
    for (const tax of more) {
        const { tax_code, rate_ppm, net_minor, tax_minor, gross_minor } = totals.get(taxKey(tax)) ?? {
            ...tax,
            net_minor: 0,
            tax_minor: 0,
            gross_minor: 0,
        };
        totals.set(taxKey(tax), {
            tax_code,
            rate_ppm,
            net_minor: net_minor + sign * tax.net_minor,
            tax_minor: tax_minor + sign * tax.tax_minor,
            gross_minor: gross_minor + sign * tax.gross_minor,
        });
    }
    return [...totals.values()].sort((a, b) => a.tax_code === b.tax_code ? a.rate_ppm - b.rate_ppm : a.tax_code < b.tax_code ? -1 : 1);
};
const taxKey = (tax) => `${tax.tax_code} ${String(tax.rate_ppm)}`;
