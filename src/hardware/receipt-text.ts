import { formatMinor } from '../domain/money.js';
import type { ReceiptDocument, ReceiptLine } from '../domain/receipt.js';
import { capitalized, centred, decimal, percent, row, wrap } from './plain-text.js';

/** What 80 mm paper holds in the ordinary font. */
export const receiptColumns = 42;

/**
 * A receipt as plain text: lines of at most {@link receiptColumns} columns, each ended by a line feed. Whatever a name
 * or a reason holds, no other control character is in it.
 */
export const receiptText = (receipt: ReceiptDocument): string => {
  const rule = ['-'.repeat(receiptColumns)];
  const parts = [
    heading(receipt),
    rule,
    receipt.lines.flatMap((line) => lineText(line, receipt.currency)),
    rule,
    sums(receipt),
    rule,
    taxes(receipt),
    rule,
    footer(receipt),
  ];
  return parts
    .flat()
    .map((line) => `${line}\n`)
    .join('');
};

/** Above and below, so that no half of the paper passes for the receipt of a sale. */
const voidNotice = '*** VOID - THE MONEY WAS GIVEN BACK ***';

const duplicateNotice = ({ copy_no }: ReceiptDocument): readonly string[] =>
  copy_no === null ? [] : centred(`*** DUPLICATE ${String(copy_no)} ***`, receiptColumns);

const indent = 2;

const amountRow = (label: string, amount_minor: number, currency: string, free = 0): readonly string[] =>
  row(label, formatMinor(amount_minor, currency), receiptColumns, free);

const heading = (receipt: ReceiptDocument): readonly string[] => [
  ...centred(receipt.shop_name, receiptColumns),
  ...duplicateNotice(receipt),
  ...(receipt.training ? centred('*** TRAINING - NOT A RECEIPT ***', receiptColumns) : []),
  ...(receipt.kind === 'refund' ? centred('REFUND', receiptColumns) : []),
  ...(receipt.kind === 'void' ? centred(voidNotice, receiptColumns) : []),
  ...row(`Receipt ${receipt.receipt_number}`, receipt.local_time, receiptColumns),
  ...row(`Staff ${receipt.staff_id ?? '-'}`, receipt.business_date ?? '', receiptColumns),
  ...(receipt.approved_by === null ? [] : wrap(`Approved by ${receipt.approved_by}`, receiptColumns)),
  ...originalOf(receipt),
  ...(receipt.reason === null ? [] : wrap(`Reason: ${receipt.reason}`, receiptColumns)),
];

const originalOf = ({ original_receipt_number, verified }: ReceiptDocument): readonly string[] =>
  original_receipt_number === null
    ? []
    : [
        ...wrap(`Refund of receipt ${original_receipt_number}`, receiptColumns),
        ...(verified ? [] : wrap('made at another till, not verified', receiptColumns)),
      ];

const lineText = (line: ReceiptLine, currency: string): readonly string[] => [
  ...amountRow(line.name, line.extended_minor, currency),
  ...(line.quantity_milli === 1000
    ? []
    : wrap(
        `${decimal(line.quantity_milli, 3)} x ${formatMinor(line.unit_price_minor, currency)}`,
        receiptColumns - indent,
      ).map((text) => ' '.repeat(indent) + text)),
  ...line.discounts.flatMap(({ rate_ppm, reason, amount_minor }) => {
    const rate = rate_ppm === null ? '' : ` ${percent(rate_ppm)}`;
    return amountRow(`Discount${rate}${reason === '' ? '' : ` (${reason})`}`, -amount_minor, currency, indent);
  }),
];

const sums = (receipt: ReceiptDocument): readonly string[] => {
  const { currency } = receipt;
  const steps = [
    { label: 'Tax added', amount_minor: receipt.added_tax_minor },
    { label: 'Tip', amount_minor: receipt.tip_minor },
    { label: 'Rounding', amount_minor: receipt.rounding_minor },
  ].filter(({ amount_minor }) => amount_minor !== 0);
  return [
    ...(steps.length === 0 ? [] : amountRow('Subtotal', receipt.subtotal_minor, currency)),
    ...steps.flatMap(({ label, amount_minor }) => amountRow(label, amount_minor, currency)),
    ...amountRow(`TOTAL ${currency}`, receipt.total_minor, currency),
    ...receipt.tenders.flatMap((tender) => [
      ...amountRow(`${capitalized(tender.method)} ${tender.currency}`, tender.amount_minor, tender.currency),
      ...(tender.currency === currency ? [] : amountRow(`= ${currency}`, tender.base_minor, currency, indent)),
    ]),
    ...receipt.change.flatMap((change) => amountRow(`Change ${change.currency}`, change.amount_minor, change.currency)),
  ];
};

const taxes = ({ taxes: sumsPerRate, currency }: ReceiptDocument): readonly string[] =>
  sumsPerRate.flatMap(({ tax_code, rate_ppm, net_minor, tax_minor }) => [
    ...amountRow(`Net at ${tax_code} ${percent(rate_ppm)}`, net_minor, currency),
    ...amountRow(`Tax at ${tax_code} ${percent(rate_ppm)}`, tax_minor, currency),
  ]);

const footer = (receipt: ReceiptDocument): readonly string[] => [
  ...(receipt.kind === 'void' ? centred(voidNotice, receiptColumns) : []),
  ...(receipt.training ? centred('*** TRAINING - NOT A RECEIPT ***', receiptColumns) : []),
  ...row(`Record ${String(receipt.mark.epoch)}-${String(receipt.mark.seq)}`, receipt.mark.short_hash, receiptColumns),
  ...duplicateNotice(receipt),
];
