import { exponentOf, formatMinor, type Minor, type Ratio } from '../domain/money.js';
import type { Marked, PaperHeading, PaperNumerals, ShopPaper } from '../domain/paper.js';
import type { Bitmap } from './bitmap.js';
import type { Block } from './layout.js';
import { capitalized, decimal, isolated } from './plain-text.js';
import { paperWords, type PaperWords } from './paper-words.js';

/** Writes figures as the customer reads them. */
export type Figures = (text: string) => string;

/** What all parts of one paper are written with. */
export interface Writing {
  readonly words: PaperWords;
  readonly figures: Figures;
}

/** The words and figures that a shop wants on its papers. */
export const writingOf = ({
  shop: { language, numerals },
}: {
  readonly shop: Pick<ShopPaper, 'language' | 'numerals'>;
}): Writing => {
  const words = paperWords[language];
  return { words, figures: figuresOf(words, numerals) };
};

const figuresOf =
  (words: PaperWords, numerals: PaperNumerals): Figures =>
  (text) =>
    numerals === 'latin'
      ? text.replace('.', words.decimal_mark)
      : text
          .replaceAll(/\d/gu, (digit) => String.fromCodePoint(0x660 + Number(digit)))
          .replace('.', '٫')
          // A stroke keeps a date together where hyphens would turn its parts round (UAX #9, W4).
          .replaceAll(/(?<=\p{Nd})-(?=\p{Nd})/gu, '/');

/** Columns that a detail stands in from what it belongs to. */
export const indent = 2;

type Row = Extract<Block, { kind: 'row' }>;

/** A text at each edge. */
export const row = (start: string, end = ''): Row => ({ kind: 'row', start, end });

/** An amount at the edge where reading ends. */
export const amountRow = (label: string, amount_minor: Minor, currency: string, { figures }: Writing): Row =>
  row(label, figures(formatMinor(amount_minor, currency)));

/** Texts below each other in the middle. */
export const centred = (...texts: readonly string[]): readonly Block[] =>
  texts.map((text) => ({ kind: 'centred', text }));

/** Parts with a line between them; an empty part leaves no trace. */
export const ruled = (parts: readonly (readonly Block[])[]): readonly Block[] =>
  parts
    .filter((part) => part.length > 0)
    .flatMap((part, index) => (index === 0 ? part : [{ kind: 'rule' } as const, ...part]));

/** Parts per million as per cent: 110000 is “11 %”. */
export const percent = (rate_ppm: number, figures: Figures): string => `${figures(decimal(rate_ppm, 4))} %`;

/** A way of paying as the customer reads it. */
export const methodName = (method: string, { methods }: PaperWords): string =>
  Object.hasOwn(methods, method) ? (methods[method] ?? method) : isolated(capitalized(method));

/** Whose paper it is; nothing where the till does not know its shop yet. */
export const shopBlocks = ({ shop }: PaperHeading, { words }: Writing): readonly Block[] => [
  ...(shop.logo ? [{ kind: 'picture', picture: pictureOf(shop.logo) } as const] : []),
  ...(shop.shop_name === '' ? [] : [{ kind: 'centred', text: isolated(shop.shop_name), large: true } as const]),
  ...centred(...(shop.address ?? []).map(isolated)),
  ...centred(...(shop.tax_number === undefined ? [] : [`${words.tax_number} ${isolated(shop.tax_number)}`])),
];

const pictureOf = ({ width, height, dots }: NonNullable<PaperHeading['shop']['logo']>): Bitmap => ({
  width,
  height,
  dots: new Uint8Array(Buffer.from(dots, 'base64')),
});

/** Where the event of a paper lies in the log, which the paper is a witness of. */
export const markBlock = ({ mark }: Marked<PaperHeading>, { words }: Writing): readonly Block[] =>
  mark ? [row(`${words.record} ${isolated(`${String(mark.epoch)}-${String(mark.seq)}`)}`, mark.short_hash)] : [];

/** Decimals that a rate is shown with at most. */
const rateDecimals = 6;

/**
 * An exact rate as people say it, `1 USD = 89500 LBP`: one unit of the currency that is worth more.
 * @param rate base minor units per minor unit of `currency`
 */
export const rateText = (rate: Ratio, currency: string, base: string, figures: Figures): string => {
  const numerator = BigInt(rate.numerator) * 10n ** BigInt(exponentOf(currency));
  const denominator = BigInt(rate.denominator) * 10n ** BigInt(exponentOf(base));
  return numerator >= denominator
    ? `${figures('1')} ${currency} = ${figures(quotient(numerator, denominator))} ${base}`
    : `${figures('1')} ${base} = ${figures(quotient(denominator, numerator))} ${currency}`;
};

const quotient = (a: bigint, b: bigint): string => {
  const scaled = (2n * a * 10n ** BigInt(rateDecimals) + b) / (2n * b);
  const digits = scaled.toString().padStart(rateDecimals + 1, '0');
  return `${digits.slice(0, -rateDecimals)}.${digits.slice(-rateDecimals)}`.replace(/\.?0+$/u, '');
};
