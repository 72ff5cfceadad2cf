import { exponentOf, formatMinor, isCurrency } from '../domain/money.js';

/** An amount in the decimals of its currency; in minor units where that is unknown. */
export const amount = (minor: number, currency: string | null): string =>
  currency !== null && isCurrency(currency)
    ? `${formatMinor(minor, currency)} ${currency}`
    : `${String(minor)} minor units`;

/** A quantity of thousandths in whole units, exactly. */
export const thousandths = (milli: number): string => decimal(milli, 3);

/** Parts per million as per cent. */
export const percent = (rate_ppm: number): string => `${decimal(rate_ppm, 4)} %`;

/** A whole number of small units as a decimal, without zeros at its end. */
const decimal = (units: number, places: number): string => fixed(units, places).replace(/\.?0+$/u, '');

/** What a log holds may be meant for what shows it: nothing that a screen or a line obeys is left in the text. */
export const harmless = (text: string): string =>
  text.toWellFormed().replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '\uFFFD');

/** An amount with every decimal of its currency, also where people leave them out: for programs. */
export const exactAmount = (minor: number, currency: string): string => {
  const places = isCurrency(currency) ? exponentOf(currency) : 0;
  return fixed(minor, places);
};

/** A quantity of thousandths with its three decimals: for programs. */
export const exactQuantity = (milli: number): string => fixed(milli, 3);

/** Parts per million as per cent with four decimals: for programs. */
export const exactPercent = (rate_ppm: number): string => fixed(rate_ppm, 4);

const fixed = (units: number, places: number): string => {
  if (places === 0) return String(units);
  const digits = String(Math.abs(units)).padStart(places + 1, '0');
  return `${units < 0 ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`;
};
