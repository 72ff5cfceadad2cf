import fc from 'fast-check';
import { addTaxes, type DiscountRequest, priceLines, type RungLine, splitTax } from '../../src/domain/pricing.js';
import { apples, book, coffee } from './specification.js';
import { errorWith } from '../errors.js';

const refusal = (code: string) => errorWith({ name: 'Refusal', code });

const priced = (unit_price_minor: number, quantity_milli: number, more: Partial<RungLine> = {}): RungLine => ({
  ...book,
  unit_price_minor,
  list_price_minor: unit_price_minor,
  quantity_milli,
  ...more,
});

describe('A line', () => {
  it.each([
    ['a cup', 350, 1000, 350],
    ['1.5 kg at 4.99', 499, 1500, 749],
    ['0.333 kg at 4.99', 499, 333, 166],
    ['a half unit of an odd price rounds away from zero', 1, 500, 1],
    ['0.001 of a cheap thing is nothing', 100, 1, 0],
    ['a dinar with three decimals: 0.345 kg at 1.250', 1250, 345, 431],
    ['yen: 3 at 1 980', 1980, 3000, 5940],
    ['pounds beyond 2^31: 24 at 8 950 000.00', 895_000_000, 24_000, 21_480_000_000],
    ['the largest amount', 9_000_000_000_000, 1000, 9_000_000_000_000],
  ])('%s', (_name, price, quantity, extended) => {
    expect(priceLines([priced(price, quantity)])).toMatchObject({
      lines: [{ extended_minor: extended, gross_minor: extended }],
      gross_minor: extended,
    });
  });

  it.each([
    [9_000_000_000_001, 1000],
    [9_000_000_000_000, 1001],
    [Number.MAX_SAFE_INTEGER, 1_000_000_000],
    [2 ** 53, 1000],
  ])('of %p × %p thousandths is refused', (price, quantity) => {
    expect(() => priceLines([priced(price, quantity)])).toThrow(
      refusal(price === 2 ** 53 ? 'AMOUNT_INVALID' : 'AMOUNT_TOO_LARGE'),
    );
  });

  it('is refused together with others when their sum is too large, with or without tax', () => {
    const half = priced(4_500_000_000_000, 1000);
    expect(priceLines([half, half]).gross_minor).toBe(9_000_000_000_000);
    expect(() => priceLines([half, half, priced(1, 1000)])).toThrow(refusal('AMOUNT_TOO_LARGE'));
    const taxed = { tax_mode: 'exclusive', rate_ppm: 1 } as const;
    expect(() => priceLines([priced(9_000_000_000_000, 1000, taxed)])).toThrow(refusal('AMOUNT_TOO_LARGE'));
  });
});

describe('Tax', () => {
  it.each([
    ['inclusive', 350, 110_000, [315, 35]],
    ['inclusive', 100, 160_000, [86, 14]],
    ['inclusive', 11_100, 110_000, [10_000, 1100]],
    ['inclusive', 1, 110_000, [1, 0]],
    ['inclusive', 0, 110_000, [0, 0]],
    ['inclusive', 999, 0, [999, 0]],
    ['exclusive', 749, 50_000, [749, 37]],
    ['exclusive', 750, 50_000, [750, 38]],
    ['exclusive', 10_000, 110_000, [10_000, 1100]],
    ['exclusive', 1999, 82_500, [1999, 165]],
    ['inclusive', 21_480_000_000, 110_000, [19_351_351_351, 2_128_648_649]],
    ['exclusive', 1250, 160_000, [1250, 200]],
  ] as const)('%s on %p at %p ppm is split into %p', (mode, amount, rate, [net, tax]) => {
    expect(splitTax(amount, rate, mode)).toEqual({ net_minor: net, tax_minor: tax, gross_minor: net + tax });
  });

  it('is summed per code and rate, of lines that were each rounded once', () => {
    const { taxes, ...sums } = priceLines([
      coffee,
      book,
      apples,
      coffee,
      { ...coffee, rate_ppm: 50_000 },
      { ...apples, quantity_milli: 1500 },
    ]);
    expect(taxes).toEqual([
      { tax_code: 'FOOD', rate_ppm: 50_000, net_minor: 499 + 749, tax_minor: 25 + 37, gross_minor: 1310 },
      { tax_code: 'VAT', rate_ppm: 50_000, net_minor: 333, tax_minor: 17, gross_minor: 350 },
      { tax_code: 'VAT', rate_ppm: 110_000, net_minor: 630, tax_minor: 70, gross_minor: 700 },
      { tax_code: 'ZERO', rate_ppm: 0, net_minor: 1200, tax_minor: 0, gross_minor: 1200 },
    ]);
    expect(sums).toMatchObject({ net_minor: 3411, tax_minor: 149, gross_minor: 3560 });
  });

  it('that is added and taken off again leaves zeros, never a negative zero', () => {
    const { taxes } = priceLines([coffee, apples]);
    const zeros = taxes.map((tax) => ({ ...tax, net_minor: 0, tax_minor: 0, gross_minor: 0 }));
    expect(addTaxes(taxes, taxes, -1)).toEqual(zeros);
    expect(addTaxes([], zeros, -1)).toEqual(zeros);
  });
});

describe('An order discount', () => {
  const off = (amount_minor: number): DiscountRequest => ({ kind: 'amount', amount_minor, reason: 'friend' });

  it('is spread by largest remainder, the earlier line first', () => {
    const { lines, gross_minor } = priceLines([book, book, book], off(100));
    expect(lines.map((line) => line.gross_minor)).toEqual([1166, 1167, 1167]);
    expect(gross_minor).toBe(3500);
  });

  it('leaves no trace on a line that gets nothing of it', () => {
    const { lines } = priceLines([book, priced(0, 1000), book], off(1));
    expect(lines.map((line) => line.discounts.length)).toEqual([1, 0, 0]);
  });

  it('may take everything off', () => {
    expect(priceLines([book, coffee], off(1550))).toMatchObject({ gross_minor: 0, net_minor: 0, tax_minor: 0 });
    expect(() => priceLines([book, coffee], off(1551))).toThrow(refusal('DISCOUNT_TOO_LARGE'));
  });

  it('comes after the discounts of the lines', () => {
    const half: DiscountRequest = { kind: 'percent', rate_ppm: 500_000, reason: 'half' };
    const { lines } = priceLines([{ ...book, discount: half }, book], { ...half, rate_ppm: 100_000 });
    expect(lines.map((line) => line.discounts.map(({ scope, amount_minor }) => [scope, amount_minor]))).toEqual([
      [
        ['line', 600],
        ['order', 60],
      ],
      [['order', 120]],
    ]);
  });

  it('of nothing, or on nothing, changes nothing', () => {
    expect(priceLines([book], off(0))).toEqual(priceLines([book]));
    const free = priceLines([priced(0, 1000)], { kind: 'percent', rate_ppm: 1_000_000, reason: 'x' });
    expect(free).toMatchObject({ gross_minor: 0, lines: [{ discounts: [] }] });
  });
});

describe('Prices', () => {
  const ppm = fc.oneof(fc.constantFrom(0, 50_000, 110_000, 160_000, 1_000_000), fc.nat(10_000_000));
  const discount: fc.Arbitrary<DiscountRequest> = fc.nat(1_000_000).map((rate_ppm) => ({
    kind: 'percent',
    rate_ppm,
    reason: 'x',
  }));
  const anyLine: fc.Arbitrary<RungLine> = fc
    .record({
      price: fc.oneof(fc.nat(10_000), fc.nat(10 ** 9)),
      quantity: fc.integer({ min: 1, max: 100_000 }),
      rate: ppm,
      mode: fc.constantFrom('inclusive' as const, 'exclusive' as const),
      discount: fc.option(discount, { nil: null }),
    })
    .map(({ price, quantity, rate, mode, discount: asked }) => ({
      ...priced(price, quantity, { rate_ppm: rate, tax_mode: mode, tax_code: `T${String(rate % 3)}` }),
      ...(asked ? { discount: asked } : {}),
    }));
  const order = fc.option(discount, { nil: undefined });

  it('add up to the last unit: net + tax = gross, in every line, every rate and the whole', () => {
    fc.assert(
      fc.property(fc.array(anyLine, { minLength: 1, maxLength: 12 }), order, (lines, off) => {
        const result = priceLines(lines, off);
        for (const part of [...result.lines, ...result.taxes, result]) {
          expect(part.net_minor + part.tax_minor).toBe(part.gross_minor);
          expect(Math.min(part.net_minor, part.tax_minor, part.gross_minor)).toBeGreaterThanOrEqual(0);
        }
        for (const figure of ['net_minor', 'tax_minor', 'gross_minor'] as const) {
          const sums = [result.lines, result.taxes].map((parts) => parts.reduce((sum, part) => sum + part[figure], 0));
          expect(sums).toEqual([result[figure], result[figure]]);
        }
      }),
    );
  });

  it('keep every discount: extended − discounts is what is taxed', () => {
    fc.assert(
      fc.property(fc.array(anyLine, { minLength: 1, maxLength: 12 }), order, (lines, off) => {
        for (const line of priceLines(lines, off).lines) {
          const left = line.discounts.reduce((amount, { amount_minor }) => amount - amount_minor, line.extended_minor);
          expect(line.tax_mode === 'inclusive' ? line.gross_minor : line.net_minor).toBe(left);
        }
      }),
    );
  });
});
