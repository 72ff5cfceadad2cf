import { type EmbeddedBarcode, hasCheckDigit, readLabel } from '../../src/domain/barcode.js';
import { errorWith } from '../errors.js';

const layouts: readonly EmbeddedBarcode[] = [
  { prefix: '21', kind: 'weight', code_digits: 5, value_digits: 5, decimals: 3 },
  { prefix: '22', kind: 'price', code_digits: 5, value_digits: 5, decimals: 2 },
  { prefix: '02', kind: 'price', code_digits: 5, skipped_digits: 1, value_digits: 4, decimals: 2 },
  { prefix: '23', kind: 'price', code_digits: 5, value_digits: 5, decimals: -3 },
  { prefix: '2', kind: 'weight', code_digits: 6, value_digits: 5, decimals: 2 },
];

describe('A check digit', () => {
  // Odd places once and even places three times from the left: 5901234123457 is 5+0+2+4+2+4+7 and 3 × (9+1+3+1+3+5) = 90.
  it.each(['5901234123457', '4006381333931', '2100042012349', '0212345906507', '96385074'])('fits %s', (digits) => {
    expect(hasCheckDigit(digits)).toBe(true);
  });

  it('does not fit when one digit is read wrong, or two neighbours change places', () => {
    const right = '2100042012349';
    for (let at = 0; at < right.length; at += 1) {
      for (const other of '0123456789') {
        const read = right.slice(0, at) + other + right.slice(at + 1);
        expect(hasCheckDigit(read)).toBe(read === right);
      }
    }
    expect(hasCheckDigit('2100042021349')).toBe(false);
  });
});

describe('The label of a scale', () => {
  // The sums of the digits stand behind each: odd places + 3 × even places, filled up to the next ten.
  it.each([
    ['a weight of 1.234 kg', '2100042012349', 2, { item: '00042', kind: 'weight', value: 1234 }], // 8 + 3 × 11 + 9
    ['a price of 12.95', '2200007012954', 2, { item: '00007', kind: 'price', value: 1295 }], // 19 + 3 × 9 + 4
    ['a price of 12.50 in dinars of 1000 fils', '2200007012503', 3, { item: '00007', kind: 'price', value: 12_500 }],
    ['a price behind a digit of its own', '0212345906507', 2, { item: '12345', kind: 'price', value: 650 }],
    ['a price in thousands of pounds', '2300007002501', 2, { item: '00007', kind: 'price', value: 25_000_000 }],
    [
      'a weight with two decimals, behind a shorter prefix',
      '2400402010337',
      2,
      { item: '400402', kind: 'weight', value: 10_330 },
    ], // 12 + 3 × 7 + 7
  ] as const)('holds %s', (_what, barcode, exponent, read) => {
    expect(readLabel(barcode, layouts, exponent)).toEqual(read);
  });

  it.each([
    ['another prefix', '5901234123457'],
    ['twelve digits', '210004201234'],
    ['letters', '21000420123AB'],
    ['Arabic-Indic digits', '٢١٠٠٠٤٢٠١٢٣٤٩'],
  ])('is not what has %s', (_what, barcode) => {
    expect(readLabel(barcode, layouts, 2)).toBeUndefined();
  });

  it.each([
    ['a wrong check digit', '2100042012348'],
    ['no weight', '2100042000001'],
  ])('with %s is refused', (_what, barcode) => {
    expect(() => readLabel(barcode, layouts, 2)).toThrow(
      errorWith({ name: 'Refusal', code: 'BARCODE_INVALID', details: { code: barcode } }),
    );
  });

  it('is nothing special where the shop names no layout', () => {
    expect(readLabel('2100042012348', [], 2)).toBeUndefined();
  });
});
