import { formatMinor, isCurrency } from '../domain/money.js';

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
const decimal = (units: number, places: number): string => {
  const digits = String(Math.abs(units)).padStart(places + 1, '0');
  const text = `${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/\.?0+$/u, '');
  return units < 0 ? `-${text}` : text;
};

/** What a log holds may be meant for what shows it: nothing that a screen or a line obeys is left in the text. */
export const harmless = (text: string): string =>
  text.toWellFormed().replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '\uFFFD');
