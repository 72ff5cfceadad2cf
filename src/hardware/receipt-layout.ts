import { formatMinor } from '../domain/money.js';
import type { Marked } from '../domain/paper.js';
import type { ReceiptDocument, ReceiptLine } from '../domain/receipt.js';
import type { Block, Layout } from './layout.js';
import {
  amountRow,
  centred,
  indent,
  markBlock,
  methodName,
  percent,
  rateText,
  row,
  ruled,
  shopBlocks,
  type Writing,
  writingOf,
} from './paper-blocks.js';
import { paperWords } from './paper-words.js';
import { decimal, isolated, printable } from './plain-text.js';

/** What is on the paper of a receipt, from the top. Every amount of the document is in it, whole. */
export const receiptLayout = (receipt: Marked<ReceiptDocument>): Layout => {
  const page = { receipt, ...writingOf(receipt) };
  const parts = [
    heading(page),
    facts(page),
    receipt.lines.flatMap((line) => soldLine(line, page)),
    [...sums(page), ...payment(page)],
    taxes(page),
    footer(page),
  ];
  const code: readonly Block[] = receipt.qr === null ? [] : [{ kind: 'qr', content: receipt.qr }];
  const { footer: last = [] } = receipt.shop;
  const blocks = [...ruled(parts), ...code, ...centred(...last.map(isolated)), { kind: 'cut' } as const];
  return { direction: page.words.direction, blocks };
};

interface Page extends Writing {
  readonly receipt: Marked<ReceiptDocument>;
}

const heading = (page: Page): readonly Block[] => {
  const { receipt, words } = page;
  const { kind, training } = receipt;
  return [
    ...shopBlocks(receipt, page),
    ...centred(...duplicateNotice(page)),
    ...centred(...(training ? [words.training] : [])),
    ...centred(...taxTitles(page)),
    ...centred(...(kind === 'refund' ? [words.refund] : [])),
    ...centred(...(kind === 'void' ? [words.void] : [])),
  ];
};

const facts = (page: Page): readonly Block[] => {
  const { receipt, words, figures } = page;
  const { staff, approver, reason } = receipt;
  return [
    row(`${words.receipt} ${isolated(receipt.receipt_number)}`, figures(receipt.local_time)),
    row(`${words.terminal} ${isolated(receipt.terminal)}`, figures(receipt.business_date ?? '')),
    row(`${words.staff} ${isolated(staff ?? '-')}`),
    ...(approver === null ? [] : [row(`${words.approved_by} ${isolated(approver)}`)]),
    ...originalOf(page),
    ...(reason === null ? [] : [row(`${words.reason} ${isolated(reason)}`)]),
  ];
};

const duplicateNotice = ({ receipt: { copy_no }, words, figures }: Page): readonly string[] =>
  copy_no === null ? [] : [`*** ${words.duplicate} ${figures(String(copy_no))} ***`];

/** Training is no invoice, and neither is a sale that was taken back. Saudi Arabia wants the title in Arabic. */
const taxTitles = ({ receipt: { shop, kind, training }, words }: Page): readonly string[] => {
  if (shop.tax_invoice === undefined || training || kind === 'void') return [];
  const title = kind === 'sale' ? 'tax_invoice' : 'tax_credit_note';
  if (shop.tax_invoice === 'simplified') return [words[title]];
  return [paperWords.ar[title], shop.language === 'ar' ? paperWords.en[title] : words[title]];
};

const originalOf = ({ receipt: { original_receipt_number, verified }, words }: Page): readonly Block[] =>
  original_receipt_number === null
    ? []
    : [row(`${words.refund_of} ${isolated(original_receipt_number)}`), ...(verified ? [] : [row(words.not_verified)])];

const soldLine = (line: ReceiptLine, page: Page): readonly Block[] => {
  const { currency } = page.receipt;
  const { words, figures } = page;
  const { quantity_milli, unit_price_minor, list_price_minor } = line;
  const price = (minor: number): string => figures(formatMinor(minor, currency));
  const times = isolated(`${figures(decimal(quantity_milli, 3))} x ${price(unit_price_minor)}`);
  const before = unit_price_minor === list_price_minor ? '' : ` (${words.instead_of} ${price(list_price_minor)})`;
  return [
    amountRow(isolated(line.name), line.extended_minor, currency, page),
    { ...row(`${times}${before}`), indent },
    ...line.discounts.map(({ rate_ppm, reason, amount_minor }): Block => {
      const rate = rate_ppm === null ? '' : ` ${percent(rate_ppm, figures)}`;
      const why = printable(reason) === '' ? '' : ` (${isolated(reason)})`;
      return { ...amountRow(`${words.discount}${rate}${why}`, -amount_minor, currency, page), indent };
    }),
  ];
};

const sums = (page: Page): readonly Block[] => {
  const { receipt, words } = page;
  const { currency, second_total: second } = receipt;
  const steps = [
    { label: words.tax_added, amount_minor: receipt.added_tax_minor },
    { label: words.tip, amount_minor: receipt.tip_minor },
    { label: words.rounding, amount_minor: receipt.rounding_minor },
  ].filter(({ amount_minor }) => amount_minor !== 0);
  return [
    ...(steps.length === 0 ? [] : [amountRow(words.subtotal, receipt.subtotal_minor, currency, page)]),
    ...steps.map(({ label, amount_minor }) => amountRow(label, amount_minor, currency, page)),
    { ...amountRow(`${words.total} ${currency}`, receipt.total_minor, currency, page), large: true },
    ...(second
      ? [
          amountRow(`${words.total} ${second.currency}`, second.total_minor, second.currency, page),
          amountRow(`${words.tax} ${second.currency}`, second.tax_minor, second.currency, page),
        ]
      : []),
  ];
};

const payment = (page: Page): readonly Block[] => {
  const { receipt, words } = page;
  const { currency } = receipt;
  return [
    ...receipt.tenders.flatMap((tender): readonly Block[] => [
      amountRow(`${methodName(tender.method, words)} ${tender.currency}`, tender.amount_minor, tender.currency, page),
      ...(tender.currency === currency
        ? []
        : [{ ...amountRow(`= ${currency}`, tender.base_minor, currency, page), indent }]),
    ]),
    ...receipt.change.map((change) =>
      amountRow(`${words.change} ${change.currency}`, change.amount_minor, change.currency, page),
    ),
    ...ratesOf(page).map((rate) => row(`${words.rate} ${isolated(rate)}`)),
  ];
};

/** Every rate that an amount was converted at, once. */
const ratesOf = ({ receipt, figures }: Page): readonly string[] => {
  const { currency: base, tenders, change, second_total } = receipt;
  const converted = [...(second_total ? [second_total] : []), ...tenders, ...change].filter(
    ({ currency }) => currency !== base,
  );
  return [...new Set(converted.map(({ rate, currency }) => rateText(rate, currency, base, figures)))];
};

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
  const { receipt, words } = page;
  return [
    ...centred(...(receipt.kind === 'void' ? [words.void] : [])),
    ...centred(...(receipt.training ? [words.training] : [])),
    ...markBlock(receipt, page),
    ...centred(...duplicateNotice(page)),
  ];
};
