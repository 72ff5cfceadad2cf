import { Refusal } from './refusal.js';

/** What the label of a scale holds besides the code of the goods. */
export const embeddedKinds = ['weight', 'price'] as const;

/** How the labels of one kind are laid out: prefix, item code, digits that are skipped, value, check digit. */
export interface EmbeddedBarcode {
  readonly prefix: string;
  readonly kind: (typeof embeddedKinds)[number];
  readonly code_digits: number;
  readonly value_digits: number;
  /** Digits between code and value that say nothing; none when left out. */
  readonly skipped_digits?: number;
  /** Decimals of the value, in kilograms or in the base currency; −3 means thousands. */
  readonly decimals: number;
}

/** What a label of a scale says. */
export interface ReadLabel {
  /** The item code as it is printed, leading zeros included. */
  readonly item: string;
  readonly kind: EmbeddedBarcode['kind'];
  /** Thousandths of a kilogram, or minor units of the base currency; above zero. */
  readonly value: number;
}

/** Whether the last digit of a GTIN is what the others make it: weights 3 and 1 in turn from the right, modulo 10. */
export const hasCheckDigit = (digits: string): boolean => {
  const sum = Array.from(digits, Number).reduceRight(
    (total, digit, index) => total + digit * ((digits.length - index) % 2 === 1 ? 1 : 3),
    0,
  );
  return sum % 10 === 0;
};

/**
 * Reads the label of a scale: an EAN-13 with the weight or the price inside it (GS1 General Specifications, restricted
 * circulation numbers). Of several prefixes that fit, the longest counts.
 * @param exponent decimals of the base currency
 * @returns undefined when it is not such a label
 * @throws Refusal BARCODE_INVALID
 */
export const readLabel = (
  barcode: string,
  layouts: readonly EmbeddedBarcode[],
  exponent: number,
): ReadLabel | undefined => {
  if (!/^\d{13}$/u.test(barcode)) return undefined;
  const [layout] = layouts
    .filter(({ prefix }) => barcode.startsWith(prefix))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  if (!layout) return undefined;
  const { prefix, kind, code_digits, value_digits, skipped_digits = 0, decimals } = layout;
  if (!hasCheckDigit(barcode)) throw unreadable(barcode, 'its check digit is wrong');
  const codeEnd = prefix.length + code_digits;
  const printed = barcode.slice(codeEnd + skipped_digits, codeEnd + skipped_digits + value_digits);
  const value = Number(printed) * 10 ** ((kind === 'weight' ? 3 : exponent) - decimals);
  if (value === 0) throw unreadable(barcode, `the ${kind} on it is zero`);
  return { item: barcode.slice(prefix.length, codeEnd), kind, value };
};

const unreadable = (barcode: string, why: string): Refusal =>
  new Refusal(
    'BARCODE_INVALID',
    `The label ${barcode} cannot be sold: ${why}. Nothing was recorded: scan it again, or weigh anew.`,
    {
      code: barcode,
    },
  );
