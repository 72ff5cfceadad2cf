import type { TillEvent } from '../domain/event.js';
import { addTaxes, type TaxSum } from '../domain/pricing.js';
import { canonical } from '../events/envelope.js';
import type { Said } from './finding.js';

type Receipt = TillEvent<'SaleRecorded' | 'RefundRecorded'>;

/**
 * What does not add up on a receipt, in words; empty when all does. Only recorded amounts are added up: no price and no
 * tax is worked out again.
 */
export const receiptFaults = (event: Receipt): readonly Said[] => [...lineFaults(event), ...sumFaults(event)];

/** What does not add up in a void, in words; empty when all does. */
export const voidFaults = (data: TillEvent<'SaleVoided'>['data']): readonly Said[] => [
  ...unequal('net + tax', data.net_minor + data.tax_minor, data.gross_minor),
  ...unequal('gross of the taxes per rate', total(data.taxes, 'gross_minor'), data.gross_minor),
  ...unequal('tax of the taxes per rate', total(data.taxes, 'tax_minor'), data.tax_minor),
  ...paymentFaults(data, data.tip?.amount_minor ?? 0),
];

/** What does not add up in a count of the stock, in words; empty when all does. */
export const countFaults = ({ lines }: TillEvent<'StockCounted'>['data']): readonly Said[] =>
  lines.flatMap(({ counted_milli, level_milli, difference_milli }, index) =>
    unequal(`line ${String(index + 1)} difference_milli`, difference_milli, counted_milli - level_milli),
  );

const lineFaults = ({ data }: Receipt): readonly Said[] => {
  const faults: Said[] = [];
  for (const [index, line] of data.lines.entries()) {
    const { line_no, net_minor, tax_minor, gross_minor, extended_minor, tax_mode, discounts } = line;
    const base = tax_mode === 'inclusive' ? gross_minor : net_minor;
    const after = discounts.length === 0 ? extended_minor : extended_minor - total(discounts, 'amount_minor');
    if (line_no === index + 1 && net_minor + tax_minor === gross_minor && base === after) continue;
    const where = `line ${String(index + 1)}`;
    faults.push(
      ...unequal(`${where} line_no`, line_no, index + 1),
      ...unequal(`${where} net + tax`, net_minor + tax_minor, gross_minor),
      ...unequal(`${where} after discounts`, base, after),
    );
  }
  return faults;
};

const sumFaults = (event: Receipt): readonly Said[] => {
  const { lines, taxes, net_minor, tax_minor, gross_minor } = event.data;
  const tip_minor = event.type === 'SaleRecorded' ? (event.data.tip?.amount_minor ?? 0) : 0;
  return [
    ...unequal('net_minor', net_minor, total(lines, 'net_minor')),
    ...unequal('tax_minor', tax_minor, total(lines, 'tax_minor')),
    ...unequal('gross_minor', gross_minor, total(lines, 'gross_minor')),
    ...taxFaults(taxes, addTaxes([], lines)),
    ...paymentFaults(event.data, tip_minor),
  ];
};

type Paid = Pick<Receipt['data'], 'gross_minor' | 'rounding_minor' | 'total_minor' | 'tenders' | 'change'>;

const paymentFaults = (paid: Paid, tip_minor: number): readonly Said[] => {
  const { gross_minor, rounding_minor, total_minor, tenders, change } = paid;
  return [
    ...unequal('total_minor', total_minor, gross_minor + rounding_minor + tip_minor),
    ...unequal('tenders − change', total(tenders, 'base_minor') - total(change, 'base_minor'), total_minor),
  ];
};

const taxFaults = (found: readonly TaxSum[], expected: readonly TaxSum[]): readonly Said[] => {
  const same = found.length === expected.length && found.every((tax, index) => isSameTax(tax, expected[index]));
  const detail = 'the taxes per rate are not those of the lines';
  return same ? [] : [{ detail, expected: canonical(expected), found: canonical(found) }];
};

const isSameTax = (a: TaxSum, b: TaxSum | undefined): boolean =>
  a.tax_code === b?.tax_code &&
  a.rate_ppm === b.rate_ppm &&
  a.net_minor === b.net_minor &&
  a.tax_minor === b.tax_minor &&
  a.gross_minor === b.gross_minor;

const total = <Key extends string>(items: readonly Readonly<Record<Key, number>>[], key: Key): number =>
  items.reduce((sum, item) => sum + item[key], 0);

const unequal = (what: string, found: number, expected: number): readonly Said[] =>
  found === expected
    ? []
    : [{ detail: `${what} is ${String(found)}, it adds up to ${String(expected)}`, expected, found }];
