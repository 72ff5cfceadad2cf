import { z } from 'zod';
import { amountMax, formatMinor, parseMinor } from '../domain/money.js';
import type { Product } from './catalog.js';
import { shown } from './csv-table.js';

/*
 * A spreadsheet would run what begins like a formula. Where a semicolon or a tab is its separator, it would also run what
 * stands behind one.
 */
const beforeFormula = /(^|[;\t])(?='*[=+\-@\t\r\0＝＋－＠])/gu;

/**
 * A text as a cell. An apostrophe goes before what a spreadsheet would take for a formula (OWASP ASVS 5.0, 1.2.10), and
 * before one that stands there already.
 */
export const writtenText = (text: string): string => {
  const safe = text.replace(beforeFormula, "$1'");
  return /[",;\t\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** What was meant by a cell: without the space around it, and without the apostrophe that stands before a formula. */
export const typed = (cell: string): string => cell.trim().replace(/(^|[;\t])'(?='*[=+\-@＝＋－＠])/gu, '$1');

/** A number with the decimal comma of many countries. Before three digits a comma may as well part thousands, so it stays. */
export const pointed = (number: string): string => number.trim().replace(/^(-?\d+),(\d{1,2})$/u, '$1.$2');

/** The price that a cell says, in minor units, or why it is none. @param column as a message names it */
export const priceOf = (cell: string, currency: string, column = 'price'): number | string => {
  const price_minor = parseMinor(pointed(cell), currency);
  if (price_minor !== undefined && price_minor >= 0 && price_minor <= amountMax) return price_minor;
  const example = formatMinor(123_456, currency);
  return `${column} “${shown(cell)}” is not an amount of ${currency}, zero or more, such as ${example}`;
};

/** A cell that says nothing about dated prices, or says all of them. */
export type DatedPrices = Pick<Product, 'prices'>;

const datedMax = 100;

/** The dated prices that a cell says, such as “2027-01-01=4.50|2027-03-01=5”, or why it says none. */
export const datedPricesOf = (cell: string | undefined, currency: string): DatedPrices | string => {
  if (cell === undefined) return {};
  const prices: DatedPrice[] = [];
  for (const part of cell.trim() === '' ? [] : cell.split('|')) {
    const read = datedPriceOf(part.trim(), currency);
    if (typeof read === 'string') return read;
    if (read.from <= (prices.at(-1)?.from ?? '')) return `prices “${shown(part)}” is not after the date before it`;
    prices.push(read);
  }
  return prices.length > datedMax ? `prices holds more than ${String(datedMax)}` : { prices };
};

type DatedPrice = NonNullable<Product['prices']>[number];

const datedPriceOf = (part: string, currency: string): DatedPrice | string => {
  const [from = '', amount = ''] = part.split('=').map((side) => side.trim());
  if (!z.iso.date().safeParse(from).success) {
    return `prices “${shown(part)}” is not a date and a price, such as 2027-01-01=${formatMinor(123_456, currency)}`;
  }
  const price_minor = priceOf(amount, currency, `prices from ${from}`);
  return typeof price_minor === 'string' ? price_minor : { from, price_minor };
};

/** Dated prices as a cell that {@link datedPricesOf} reads back. */
export const writtenDated = (prices: Product['prices'], currency: string): string =>
  (prices ?? []).map(({ from, price_minor }) => `${from}=${formatMinor(price_minor, currency)}`).join('|');

/** Why a code is no code: a spreadsheet writes a long number as 5.90123E+12, and its digits are lost. */
export const shortenedProblem = (column: string, codes: readonly string[]): string | undefined => {
  const shortened = codes.find((code) => /^\d(?:[.,]\d+)?E\+\d+$/iu.test(code));
  if (shortened === undefined) return undefined;
  return `${column} “${shortened}” was shortened by a spreadsheet: format the column as text and put the digits in again`;
};

/** What can stand between the cells of a file that is written. */
export const separators = { comma: ',', semicolon: ';' } as const;

/**
 * The lines of a file. It begins with a byte order mark, without which spreadsheets take Arabic for something else.
 * @param rows of cells as {@link writtenText} makes them
 */
export function* fileLines(rows: Iterable<readonly string[]>, separator: keyof typeof separators): Generator<string> {
  let mark = '\uFEFF';
  for (const cells of rows) {
    yield `${mark}${cells.join(separators[separator])}\r\n`;
    mark = '';
  }
}
