import type { TillEvent } from '../domain/event.js';
import { addTaxes, type SaleLine } from '../domain/pricing.js';
import { canonical } from '../events/envelope.js';

type Receipt = TillEvent<'SaleRecorded' | 'RefundRecorded'>;

/**
 * What does not add up on a receipt, in words; empty when all does. Only recorded amounts are added up: no price and no
 * tax is worked out again.
 */
export const receiptFaults = (event: Receipt): readonly string[] => [...lineFaults(event), ...sumFaults(event)];

/** What does not add up in a void, in words; empty when all does. */
export const voidFaults = (data: TillEvent<'SaleVoided'>['data']): readonly string[] => [
  ...unequal('net + tax', data.net_minor + data.tax_minor, data.gross_minor),
  ...unequal('gross of the taxes per rate', total(data.taxes, 'gross_minor'), data.gross_minor),
  ...unequal('tax of the taxes per rate', total(data.taxes, 'tax_minor'), data.tax_minor),
  ...paymentFaults(data, data.tip?.amount_minor ?? 0),
];

/** What does not add up in a count of the stock, in words; empty when all does. */
export const countFaults = ({ lines }: TillEvent<'StockCounted'>['data']): readonly string[] =>
  lines.flatMap(({ counted_milli, level_milli, difference_milli }, index) =>
    unequal(`line ${String(index + 1)} difference_milli`, difference_milli, counted_milli - level_milli),
  );

const lineFaults = ({ data }: Receipt): readonly string[] =>
  data.lines.flatMap((line: SaleLine, index: number) => {
    const { line_no, net_minor, tax_minor, gross_minor, extended_minor, tax_mode } = line;
    const off = line.discounts.reduce((sum, { amount_minor }) => sum + amount_minor, 0);
    const base = tax_mode === 'inclusive' ? gross_minor : net_minor;
    return [
      ...unequal('line_no', line_no, index + 1),
      ...unequal('net + tax', net_minor + tax_minor, gross_minor),
      ...unequal('after discounts', base, extended_minor - off),
    ].map((detail) => `line ${String(index + 1)} ${detail}`);
  });

const sumFaults = (event: Receipt): readonly string[] => {
  const { lines, taxes, net_minor, tax_minor, gross_minor } = event.data;
  const tip_minor = event.type === 'SaleRecorded' ? (event.data.tip?.amount_minor ?? 0) : 0;
  const perRate = addTaxes([], lines);
  return [
    ...unequal('net_minor', net_minor, total(lines, 'net_minor')),
    ...unequal('tax_minor', tax_minor, total(lines, 'tax_minor')),
    ...unequal('gross_minor', gross_minor, total(lines, 'gross_minor')),
    ...(canonical(taxes) === canonical(perRate) ? [] : ['the taxes per rate are not those of the lines']),
    ...paymentFaults(event.data, tip_minor),
  ];
};

type Paid = Pick<Receipt['data'], 'gross_minor' | 'rounding_minor' | 'total_minor' | 'tenders' | 'change'>;

const paymentFaults = (paid: Paid, tip_minor: number): readonly string[] => {
  const { gross_minor, rounding_minor, total_minor, tenders, change } = paid;
  return [
    ...unequal('total_minor', total_minor, gross_minor + rounding_minor + tip_minor),
    ...unequal('tenders − change', total(tenders, 'base_minor') - total(change, 'base_minor'), total_minor),
  ];
};

const total = <Key extends string>(items: readonly Readonly<Record<Key, number>>[], key: Key): number =>
  items.reduce((sum, item) => sum + item[key], 0);

const unequal = (what: string, found: number, expected: number): readonly string[] =>
  found === expected ? [] : [`${what} is ${String(found)}, it adds up to ${String(expected)}`];
