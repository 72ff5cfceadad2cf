import { formatMinor } from '../domain/money.js';
import type { ReceiptDocument, ReceiptLine } from '../domain/receipt.js';
import type { Block, Layout } from './layout.js';
import { capitalized, decimal, isolated, printable } from './plain-text.js';
import { type ReceiptLanguage, receiptWords, type ReceiptWords } from './receipt-words.js';

/** How a receipt speaks. */
export interface ReceiptStyle {
  readonly language: ReceiptLanguage;
  /** Figures of amounts, quantities, rates and times: 12.50 or ١٢٫٥٠. Numbers that name something stay as they are. */
  readonly numerals: 'latin' | 'arabic-indic';
}

/** What is on the paper of a receipt, from the top. Every amount of the document is in it, whole. */
export const receiptLayout = (receipt: ReceiptDocument, style: ReceiptStyle): Layout => {
  const words = receiptWords[style.language];
  const page = { receipt, words, figures: figuresOf(words, style) };
  const parts: readonly (readonly Block[])[] = [
    heading(page),
    receipt.lines.flatMap((line) => soldLine(line, page)),
    sums(page),
    taxes(page),
    footer(page),
  ];
  const blocks = parts.flatMap((part, index): readonly Block[] => (index === 0 ? part : [{ kind: 'rule' }, ...part]));
  const code: readonly Block[] = receipt.qr === undefined ? [] : [{ kind: 'qr', content: receipt.qr }];
  return { direction: words.direction, blocks: [...blocks, ...code, { kind: 'cut' }] };
};

/** Writes figures as the customer reads them. */
type Figures = (text: string) => string;

interface Page {
  readonly receipt: ReceiptDocument;
  readonly words: ReceiptWords;
  readonly figures: Figures;
}

const indent = 2;

const figuresOf =
  (words: ReceiptWords, { numerals }: ReceiptStyle): Figures =>
  (text) =>
    numerals === 'latin'
      ? text.replace('.', words.decimal_mark)
      : text
          .replaceAll(/\d/gu, (digit) => String.fromCodePoint(0x660 + Number(digit)))
          .replace('.', '٫')
          // A stroke keeps a date together where hyphens would turn its parts round (UAX #9, W4).
          .replaceAll(/(?<=\p{Nd})-(?=\p{Nd})/gu, '/');

type Row = Extract<Block, { kind: 'row' }>;

const amountRow = (label: string, amount_minor: number, currency: string, { figures }: Page): Row => ({
  kind: 'row',
  start: label,
  end: figures(formatMinor(amount_minor, currency)),
});

const row = (start: string, end = ''): Row => ({ kind: 'row', start, end });

const centred = (...texts: readonly string[]): readonly Block[] => texts.map((text) => ({ kind: 'centred', text }));

const heading = (page: Page): readonly Block[] => {
  const { receipt, words, figures } = page;
  const { kind, training, tax_number, approved_by, reason } = receipt;
  return [
    { kind: 'centred', text: isolated(receipt.shop_name), large: true },
    ...centred(...(receipt.address ?? []).map(isolated)),
    ...centred(...(tax_number === undefined ? [] : [`${words.tax_number} ${isolated(tax_number)}`])),
    ...centred(...duplicateNotice(page)),
    ...centred(...(training ? [words.training] : [])),
    ...centred(...taxTitle(page)),
    ...centred(...(kind === 'refund' ? [words.refund] : [])),
    ...centred(...(kind === 'void' ? [words.void] : [])),
    row(`${words.receipt} ${isolated(receipt.receipt_number)}`, figures(receipt.local_time)),
    row(`${words.staff} ${isolated(receipt.staff_id ?? '-')}`, figures(receipt.business_date ?? '')),
    ...(approved_by === null ? [] : [row(`${words.approved_by} ${isolated(approved_by)}`)]),
    ...originalOf(page),
    ...(reason === null ? [] : [row(`${words.reason} ${isolated(reason)}`)]),
  ];
};

const duplicateNotice = ({ receipt: { copy_no }, words, figures }: Page): readonly string[] =>
  copy_no === null ? [] : [`*** ${words.duplicate} ${figures(String(copy_no))} ***`];

/** Training is no invoice, and neither is a sale that was taken back. */
const taxTitle = ({ receipt: { tax_invoice = false, kind, training }, words }: Page): readonly string[] => {
  if (!tax_invoice || training || kind === 'void') return [];
  return [kind === 'sale' ? words.tax_invoice : words.tax_credit_note];
};

const originalOf = ({ receipt: { original_receipt_number, verified }, words }: Page): readonly Block[] =>
  original_receipt_number === null
    ? []
    : [row(`${words.refund_of} ${isolated(original_receipt_number)}`), ...(verified ? [] : [row(words.not_verified)])];

const soldLine = (line: ReceiptLine, page: Page): readonly Block[] => {
  const { currency } = page.receipt;
  const { words, figures } = page;
  const times = `${figures(decimal(line.quantity_milli, 3))} x ${figures(formatMinor(line.unit_price_minor, currency))}`;
  return [
    amountRow(isolated(line.name), line.extended_minor, currency, page),
    ...(line.quantity_milli === 1000 ? [] : [{ kind: 'row', start: isolated(times), indent } as const]),
    ...line.discounts.map(({ rate_ppm, reason, amount_minor }): Block => {
      const rate = rate_ppm === null ? '' : ` ${percent(rate_ppm, figures)}`;
      const why = printable(reason) === '' ? '' : ` (${isolated(reason)})`;
      return { ...amountRow(`${words.discount}${rate}${why}`, -amount_minor, currency, page), indent };
    }),
  ];
};

const sums = (page: Page): readonly Block[] => {
  const { receipt, words } = page;
  const { currency } = receipt;
  const steps = [
    { label: words.tax_added, amount_minor: receipt.added_tax_minor },
    { label: words.tip, amount_minor: receipt.tip_minor },
    { label: words.rounding, amount_minor: receipt.rounding_minor },
  ].filter(({ amount_minor }) => amount_minor !== 0);
  return [
    ...(steps.length === 0 ? [] : [amountRow(words.subtotal, receipt.subtotal_minor, currency, page)]),
    ...steps.map(({ label, amount_minor }) => amountRow(label, amount_minor, currency, page)),
    { ...amountRow(`${words.total} ${currency}`, receipt.total_minor, currency, page), large: true },
    ...receipt.tenders.flatMap((tender): readonly Block[] => [
      amountRow(`${named(tender.method, words)} ${tender.currency}`, tender.amount_minor, tender.currency, page),
      ...(tender.currency === currency
        ? []
        : [{ ...amountRow(`= ${currency}`, tender.base_minor, currency, page), indent }]),
    ]),
    ...receipt.change.map((change) =>
      amountRow(`${words.change} ${change.currency}`, change.amount_minor, change.currency, page),
    ),
  ];
};

const named = (method: string, { methods }: ReceiptWords): string =>
  Object.hasOwn(methods, method) ? (methods[method] ?? method) : isolated(capitalized(method));

const taxes = (page: Page): readonly Block[] =>
  page.receipt.taxes.flatMap(({ tax_code, rate_ppm, net_minor, tax_minor }) => {
    const rate = `${isolated(tax_code)} ${percent(rate_ppm, page.figures)}`;
    return [
      amountRow(`${page.words.net_at} ${rate}`, net_minor, page.receipt.currency, page),
      amountRow(`${page.words.tax_at} ${rate}`, tax_minor, page.receipt.currency, page),
    ];
  });

/** Above and below, so that no half of the paper passes for the receipt of a sale. */
const footer = (page: Page): readonly Block[] => {
  const { kind, mark, training } = page.receipt;
  const { words } = page;
  return [
    ...centred(...(kind === 'void' ? [words.void] : [])),
    ...centred(...(training ? [words.training] : [])),
    row(`${words.record} ${isolated(`${String(mark.epoch)}-${String(mark.seq)}`)}`, mark.short_hash),
    ...centred(...duplicateNotice(page)),
  ];
};

/** Parts per million as per cent: 110000 is “11 %”. */
const percent = (rate_ppm: number, figures: Figures): string => `${figures(decimal(rate_ppm, 4))} %`;
