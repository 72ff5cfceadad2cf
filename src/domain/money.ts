import { invariant, Refusal } from './refusal.js';

/** A whole number of the currency's minor unit (cents, fils). Never a fraction. */
export type Minor = number;

/** An amount in a currency: `{"currency":"JOD","amount_minor":1500}` is 1.500 dinars. */
export interface Money {
  readonly currency: string;
  readonly amount_minor: Minor;
}

/** An exact ratio of two whole numbers above zero. */
export interface Ratio {
  readonly numerator: number;
  readonly denominator: number;
}

/**
 * The largest amount that a line, a sale or a report may reach, in minor units. A thousand sums of this size still fit
 * exactly into a JavaScript number (2^53 − 1) and into PostgreSQL's bigint.
 */
export const amountMax: Minor = 9_000_000_000_000;

const twoDecimals =
  'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP ' +
  'CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES ' +
  'KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK ' +
  'NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB ' +
  'TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG';
const noDecimals = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF';
const threeDecimals = 'BHD IQD JOD KWD LYD OMR TND';

const exponents: ReadonlyMap<string, number> = new Map(
  [
    { exponent: 0, currencies: noDecimals },
    { exponent: 2, currencies: twoDecimals },
    { exponent: 3, currencies: threeDecimals },
  ].flatMap(({ exponent, currencies }) => currencies.split(' ').map((code): [string, number] => [code, exponent])),
);

/** Whether `currency` is a currency of ISO 4217 (list of 2024-06-25) that people pay with. */
export const isCurrency = (currency: string): boolean => exponents.has(currency);

/**
 * How many decimals the currency's minor unit has: USD 2, JOD 3, JPY 0.
 *
 * The ISO 4217 figure, not the one that `Intl` gives: that one says 0 for IQD, where ISO says 3.
 * @throws Refusal UNKNOWN_CURRENCY
 */
export const exponentOf = (currency: string): number => {
  const exponent = exponents.get(currency);
  if (exponent === undefined) {
    throw new Refusal('UNKNOWN_CURRENCY', `“${currency}” is not a currency of ISO 4217.`, { currency });
  }
  return exponent;
};

/** `a × b ÷ c`, exact, rounded to the nearest whole number, halves away from zero. */
export const multiplyDivide = (a: number, b: number, c: number): number => {
  invariant(Number.isSafeInteger(a) && Number.isSafeInteger(b), `${String(a)} and ${String(b)} are whole numbers`);
  invariant(Number.isSafeInteger(c) && c > 0, `the divisor ${String(c)} is a whole number above zero`);
  const product = a * b;
  if (Number.isSafeInteger(product) && Math.abs(product) < 2 ** 51) {
    const negative = product < 0;
    const size = Math.abs(product);
    const rest = size % c;
    const rounded = (size - rest) / c + (rest >= c - rest ? 1 : 0);
    return negative && rounded !== 0 ? -rounded : rounded;
  }
  const exact = BigInt(a) * BigInt(b);
  const divisor = BigInt(c);
  const size = exact < 0n ? -exact : exact;
  const rounded = (2n * size + divisor) / (2n * divisor);
  return withinLimit(Number(exact < 0n ? -rounded : rounded));
};

/**
 * Gives `amount` back when it lies within ±{@link amountMax}.
 * @throws Refusal AMOUNT_TOO_LARGE
 */
export const withinLimit = (amount: Minor): Minor => {
  if (Number.isSafeInteger(amount) && Math.abs(amount) <= amountMax) return amount;
  throw new Refusal('AMOUNT_TOO_LARGE', 'The amount is larger than a till can hold. Nothing was recorded.', {
    amount_minor: amount,
    limit_minor: amountMax,
  });
};

/** Rounds to the nearest multiple of `step`, halves away from zero: the same for a sale and for its refund. */
export const roundToStep = (amount: Minor, step: Minor): Minor => multiplyDivide(amount, 1, step) * step;

/**
 * Splits `total` in proportion to `weights`, so that the shares add up to `total` exactly.
 *
 * Every share is its exact proportion rounded towards zero; the units left over go one each to the largest remainders,
 * the earlier share first. This spreads an order discount over its lines, where a cent lost or made up would show in
 * the tax report.
 *
 * @param total minor units; negative for a discount
 * @param weights whole numbers, none negative, at least one above zero
 * @returns one share for each weight, in the same order, in minor units
 */
export const allocate = (total: Minor, weights: readonly number[]): readonly Minor[] => {
  const sum = weights.reduce((all, weight) => all + BigInt(weight), 0n);
  invariant(sum > 0n, 'at least one weight is above zero');
  invariant(
    weights.every((weight) => weight >= 0),
    'no weight is negative',
  );
  const size = BigInt(Math.abs(total));
  const shares = weights.map((weight) => (size * BigInt(weight)) / sum);
  const order = weights
    .map((weight, index) => ({ index, rest: (size * BigInt(weight)) % sum }))
    .sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest < b.rest ? 1 : -1));
  const missing = Number(size - shares.reduce((all, share) => all + share, 0n));
  const extra = new Set(order.slice(0, missing).map(({ index }) => index));
  const sign = total < 0 ? -1 : 1;
  return shares.map((share, index) => {
    const units = Number(share) + (extra.has(index) ? 1 : 0);
    return units === 0 ? 0 : sign * units;
  });
};

/**
 * Adds `more` to the item that is like it, or puts it where it belongs among items that are like none other.
 * @param items in the order of `compare`
 * @param compare 0 for two that are added up
 */
export const addSorted = <Item>(
  items: readonly Item[],
  more: Item,
  compare: (a: Item, b: Item) => number,
  add: (known: Item, more: Item) => Item,
): readonly Item[] => {
  const index = items.findIndex((item) => compare(item, more) === 0);
  const known = items[index];
  return known ? items.with(index, add(known, more)) : [...items, more].sort(compare);
};

/** Below 0, 0 or above it, as texts are ordered by their UTF-16 code units. */
export const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** Adds `more` to `sums`, per currency; currencies in alphabetical order, also those whose sum is zero. */
export const addMoney = (sums: readonly Money[], more: readonly Money[]): readonly Money[] =>
  more.reduce(
    (all, { currency, amount_minor }) => addSorted(all, { currency, amount_minor }, byCurrency, addAmounts),
    sums,
  );

const byCurrency = (a: Money, b: Money): number => compareText(a.currency, b.currency);

const addAmounts = ({ currency, amount_minor }: Money, more: Money): Money => ({
  currency,
  amount_minor: amount_minor + more.amount_minor,
});

/** The same amounts with the opposite sign. */
export const negateMoney = (sums: readonly Money[]): readonly Money[] =>
  sums.map(({ currency, amount_minor }) => ({ currency, amount_minor: amount_minor === 0 ? 0 : -amount_minor }));

/** An amount as people write it, without the currency: 1500 JOD-minor is “1.500”. LBP is shown without decimals. */
export const formatMinor = (amount: Minor, currency: string): string => {
  const decimals = exponentOf(currency);
  const digits = String(Math.abs(amount)).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const part = digits.slice(digits.length - decimals);
  const sign = amount < 0 ? '-' : '';
  const wholeOnly = decimals === 0 || (currency === 'LBP' && /^0*$/u.test(part));
  return wholeOnly ? `${sign}${whole}` : `${sign}${whole}.${part}`;
};

/**
 * Reads an amount as people write it (`16`, `16.5`, `-3.25`) into minor units; undefined when it is not a number or has
 * more decimals than the currency.
 */
export const parseMinor = (text: string, currency: string): Minor | undefined =>
  parseDecimal(text, exponentOf(currency));

/** Reads a decimal number with at most `decimals` places into a whole number of its smallest unit. */
export const parseDecimal = (text: string, decimals: number): number | undefined => {
  const match = /^(-?)(\d{1,15})(?:\.(\d+))?$/u.exec(text);
  if (!match) return undefined;
  const [, sign = '', whole = '', part = ''] = match;
  const kept = part.slice(0, decimals);
  if (/[^0]/u.test(part.slice(decimals))) return undefined;
  const value = Number(whole + kept.padEnd(decimals, '0'));
  if (!Number.isSafeInteger(value)) return undefined;
  return sign === '-' && value !== 0 ? -value : value;
};
