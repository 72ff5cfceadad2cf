import { type Money, withinLimit } from './money.js';
import { Refusal } from './refusal.js';
import { acceptedCurrency, type TenderTerms } from './settlement.js';

/**
 * Checks the cash that a session starts with: one amount for each currency, none below zero.
 * @throws Refusal UNKNOWN_CURRENCY, AMOUNT_INVALID, AMOUNT_TOO_LARGE, COUNT_REPEATED
 */
export const checkFloat = (float: readonly Money[], terms: TenderTerms): void => {
  checkAmounts(float, (currency) => void acceptedCurrency(currency, terms));
  const below = float.find(({ amount_minor }) => amount_minor < 0);
  if (!below) return;
  const { currency } = below;
  throw new Refusal('AMOUNT_INVALID', `The float in ${currency} must be zero or more.`, { currency });
};

/**
 * Checks amounts of a float or a count, one for each currency. A count may be below zero, which no drawer can hold: it
 * says that more cash was paid back than was ever in the drawer, so that the till owes somebody that much.
 *
 * @param checkCurrency throws for a currency that may not be there
 * @throws Refusal AMOUNT_INVALID, AMOUNT_TOO_LARGE, COUNT_REPEATED
 */
export const checkAmounts = (amounts: readonly Money[], checkCurrency: (currency: string) => void): void => {
  const seen = new Set<string>();
  for (const { currency, amount_minor } of amounts) {
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
  }
};
