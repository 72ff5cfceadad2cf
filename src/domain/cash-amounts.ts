import { type Minor, type Money, withinLimit } from './money.js';
import { Refusal } from './refusal.js';
import { acceptedCurrency, type TenderTerms } from './settlement.js';

/** So many notes or coins of one value. */
export interface DenominationCount {
  /** What one is worth, in the currency's minor unit. */
  readonly value_minor: Minor;
  readonly count: number;
}

/** An amount of cash, and which notes and coins it is where somebody counted them. */
export interface CountedMoney extends Money {
  /** Together they are the amount. */
  readonly denominations?: readonly DenominationCount[];
}

/** So many notes or coins of one value, as they are recorded. */
export interface DenominationSum extends DenominationCount {
  readonly currency: string;
}

/**
 * Checks the cash that a session starts with: one amount for each currency, none below zero.
 * @throws Refusal UNKNOWN_CURRENCY, UNKNOWN_DENOMINATION, AMOUNT_INVALID, AMOUNT_TOO_LARGE, COUNT_REPEATED, COUNT_MISMATCH
 */
export const checkFloat = (float: readonly CountedMoney[], terms: TenderTerms): void => {
  checkAmounts(float, terms, (currency) => void acceptedCurrency(currency, terms));
  const below = float.find(({ amount_minor }) => amount_minor < 0);
  if (!below) return;
  const { currency } = below;
  throw new Refusal('AMOUNT_INVALID', `The float in ${currency} must be zero or more.`, { currency });
};

/**
 * Checks amounts of a float or a count, one for each currency. A count may be below zero, which no drawer can hold: it
 * says that more cash was paid back than was ever in the drawer, so that the till owes somebody that much.
 *
 * @param terms which notes and coins the shop has
 * @param checkCurrency throws for a currency that may not be there
 * @throws Refusal UNKNOWN_DENOMINATION, AMOUNT_INVALID, AMOUNT_TOO_LARGE, COUNT_REPEATED, COUNT_MISMATCH
 */
export const checkAmounts = (
  amounts: readonly CountedMoney[],
  terms: TenderTerms,
  checkCurrency: (currency: string) => void,
): void => {
  const seen = new Set<string>();
  for (const amount of amounts) {
    const { currency, amount_minor } = amount;
    checkCurrency(currency);
    if (!Number.isSafeInteger(amount_minor)) {
      throw new Refusal('AMOUNT_INVALID', `The amount in ${currency} must be a whole number.`, { currency });
    }
    withinLimit(amount_minor);
    if (seen.has(currency)) {
      throw new Refusal('COUNT_REPEATED', `${currency} is given twice. Give one amount for each currency.`, {
        currency,
      });
    }
    seen.add(currency);
    checkDenominations(amount, terms);
  }
};

/** The notes and coins of all amounts, by currency and value. */
export const denominationsOf = (amounts: readonly CountedMoney[]): readonly DenominationSum[] =>
  amounts
    .flatMap(({ currency, denominations = [] }) =>
      denominations.map(({ value_minor, count }) => ({ currency, value_minor, count })),
    )
    .sort((a, b) => (a.currency === b.currency ? a.value_minor - b.value_minor : a.currency < b.currency ? -1 : 1));

/** The amounts alone. */
export const amountsOf = (amounts: readonly CountedMoney[]): readonly Money[] =>
  amounts.map(({ currency, amount_minor }) => ({ currency, amount_minor }));

const checkDenominations = ({ currency, amount_minor, denominations }: CountedMoney, terms: TenderTerms): void => {
  if (!denominations) return;
  const seen = new Set<Minor>();
  let counted_minor = 0;
  for (const { value_minor, count } of denominations) {
    checkValue(currency, value_minor, terms);
    const where = { currency, value_minor };
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new Refusal('QUANTITY_INVALID', `A count in ${currency} must be a whole number, zero or more.`, where);
    }
    if (seen.has(value_minor)) {
      throw new Refusal('COUNT_REPEATED', `A note or coin in ${currency} is given twice. Give each value once.`, where);
    }
    seen.add(value_minor);
    counted_minor = withinLimit(counted_minor + withinLimit(value_minor * count));
  }
  const difference_minor = counted_minor - amount_minor;
  if (difference_minor === 0) return;
  throw new Refusal(
    'COUNT_MISMATCH',
    `The notes and coins in ${currency} do not come to the amount that was given. Nothing was recorded: count again.`,
    { currency, amount_minor, counted_minor, difference_minor },
  );
};

const checkValue = (currency: string, value_minor: Minor, { denominations = {} }: TenderTerms): void => {
  const where = { currency, value_minor };
  if (!Number.isSafeInteger(value_minor) || value_minor <= 0) {
    throw new Refusal('AMOUNT_INVALID', `A note or coin in ${currency} must be worth more than zero.`, where);
  }
  const known = denominations[currency];
  if (known && !known.includes(value_minor)) {
    throw new Refusal('UNKNOWN_DENOMINATION', `This shop has no such note or coin in ${currency}.`, where);
  }
};
