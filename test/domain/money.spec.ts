import fc from 'fast-check';
import {
  addMoney,
  allocate,
  amountMax,
  exponentOf,
  formatMinor,
  isCurrency,
  multiplyDivide,
  negateMoney,
  parseDecimal,
  parseMinor,
  roundToStep,
  withinLimit,
} from '../../src/domain/money.js';
import { errorWith } from '../errors.js';

const refusal = (code: string) => errorWith({ name: 'Refusal', code });
const safe = fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
const above = fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));

/** a × b ÷ c by whole numbers of any size: nearest, halves away from zero. */
const exactly = (a: number, b: number, c: number): bigint => {
  const product = BigInt(a) * BigInt(b);
  const size = product < 0n ? -product : product;
  const divisor = BigInt(c);
  const floor = size / divisor;
  const rounded = 2n * (size % divisor) >= divisor ? floor + 1n : floor;
  return product < 0n ? -rounded : rounded;
};

describe('Multiplying and dividing', () => {
  it.each([
    [7, 1, 2, 4],
    [-7, 1, 2, -4],
    [5, 1, 2, 3],
    [1, 1, 3, 0],
    [2, 1, 3, 1],
    [-1, 1, 3, 0],
    [0, -5, 3, 0],
    [350, 1_000_000, 1_110_000, 315],
    [9_000_000_000_000, 1_000_000, 1_110_000, 8_108_108_108_108],
    [89_500, 1_000_000_007, 89_500, 1_000_000_007],
    [Number.MAX_SAFE_INTEGER, 1, Number.MAX_SAFE_INTEGER, 1],
  ])('%p × %p ÷ %p is %p', (a, b, c, result) => {
    expect(multiplyDivide(a, b, c)).toBe(result);
  });

  it('is exact for whole numbers of every size, or refused as too large', () => {
    fc.assert(
      fc.property(safe, safe, above, (a, b, c) => {
        const exact = exactly(a, b, c);
        const tooLarge = (exact < 0n ? -exact : exact) > BigInt(amountMax);
        if (tooLarge && BigInt(a) * BigInt(b) > 2n ** 53n) {
          expect(() => multiplyDivide(a, b, c)).toThrow(refusal('AMOUNT_TOO_LARGE'));
        } else if (!tooLarge) expect(multiplyDivide(a, b, c)).toBe(Number(exact));
      }),
      { numRuns: 2000 },
    );
  });

  it('is exact where small products end and large ones begin', () => {
    const near = fc.integer({ min: 2 ** 25 - 2000, max: 2 ** 26 + 2000 });
    fc.assert(
      fc.property(near, near, fc.integer({ min: 600, max: 2 ** 31 }), (a, b, c) => {
        expect(multiplyDivide(a, -b, c)).toBe(Number(exactly(a, -b, c)));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    [0.5, 1, 1],
    [1, 2 ** 53, 1],
    [1, 1, 0],
    [1, 1, -2],
    [1, 1, 1.5],
    [Number.NaN, 1, 1],
  ])('takes %p × %p ÷ %p for a mistake of the program', (a, b, c) => {
    expect(() => multiplyDivide(a, b, c)).toThrow('Invariant broken');
  });
});

describe('Limits', () => {
  it.each([0, 1, -1, 2 ** 31, 2 ** 31 + 1, amountMax, -amountMax])('%p fits into a till', (amount) => {
    expect(withinLimit(amount)).toBe(amount);
  });

  it.each([amountMax + 1, -amountMax - 1, 2 ** 53 - 1, 2 ** 53, 2 ** 63, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
    '%p is refused',
    (amount) => {
      expect(() => withinLimit(amount)).toThrow(refusal('AMOUNT_TOO_LARGE'));
    },
  );

  it('leave room for a thousand sums of the largest amount', () => {
    expect(Number.isSafeInteger(amountMax * 1000)).toBe(true);
  });
});

describe('Cash rounding', () => {
  it.each([
    [1002, 5, 1000],
    [1003, 5, 1005],
    [1025, 50, 1050],
    [1024, 50, 1000],
    [-1025, 50, -1050],
    [2, 5, 0],
    [-2, 5, 0],
    [107_400_000_000, 500_000, 107_400_000_000],
    [107_400_250_000, 500_000, 107_400_500_000],
  ])('of %p to steps of %p is %p', (amount, step, rounded) => {
    expect(roundToStep(amount, step)).toBe(rounded);
  });

  it('is the same for a sale and for its refund, and never off by more than half a step', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), fc.integer({ min: 1, max: 10 ** 6 }), (amount, step) => {
        const rounded = roundToStep(amount, step);
        expect(roundToStep(-amount, step) + rounded).toBe(0);
        expect(rounded % step).toBe(0);
        expect(2 * Math.abs(rounded - amount)).toBeLessThanOrEqual(step);
      }),
    );
  });
});

describe('Splitting an amount', () => {
  it.each([
    [100, [1, 1, 1], [34, 33, 33]],
    [-100, [1, 1, 1], [-34, -33, -33]],
    [5, [300, 900], [1, 4]],
    [1, [0, 0, 1], [0, 0, 1]],
    [0, [3, 4], [0, 0]],
    [10, [1, 0, 1], [5, 0, 5]],
    [7, [50, 30, 20], [4, 2, 1]],
    [3, [3, 3, 3, 1], [1, 1, 1, 0]],
    [9_000_000_000_000, [9_000_000_000_000, 1], [8_999_999_999_999, 1]],
  ])('%p by %p gives %p', (total, weights, shares) => {
    expect(allocate(total, weights)).toEqual(shares);
  });

  const weights = fc
    .array(fc.oneof(fc.nat(1000), fc.nat(amountMax)), { minLength: 1, maxLength: 40 })
    .filter((all) => all.some((weight) => weight > 0));
  const total = fc.integer({ min: -amountMax, max: amountMax });

  it('loses and makes up nothing', () => {
    fc.assert(
      fc.property(total, weights, (amount, parts) => {
        expect(allocate(amount, parts).reduce((sum, share) => sum + BigInt(share), 0n)).toBe(BigInt(amount));
      }),
    );
  });

  it('gives each share its exact proportion to less than one unit, and nothing to a weight of zero', () => {
    fc.assert(
      fc.property(total, weights, (amount, parts) => {
        const sum = parts.reduce((all, part) => all + BigInt(part), 0n);
        allocate(amount, parts).forEach((share, index) => {
          const part = BigInt(parts[index] ?? 0);
          const error = BigInt(share) * sum - BigInt(amount) * part;
          expect((error < 0n ? -error : error) < sum).toBe(true);
          if (part === 0n) expect(share).toBe(0);
        });
      }),
    );
  });

  it('gives equal weights shares that differ by one unit at most, the earlier never the smaller', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.integer({ min: 1, max: 50 }), (amount, count) => {
        const shares = allocate(amount, Array<number>(count).fill(7));
        expect((shares[0] ?? 0) - (shares.at(-1) ?? 0)).toBeLessThanOrEqual(1);
        expect([...shares].sort((a, b) => b - a)).toEqual(shares);
      }),
    );
  });

  it('never takes more off a line than the line has', () => {
    fc.assert(
      fc.property(weights, fc.nat(1_000_000), (parts, rate) => {
        const sum = parts.reduce((all, part) => all + part, 0);
        fc.pre(sum <= amountMax);
        const off = multiplyDivide(sum, rate, 1_000_000);
        allocate(off, parts).forEach((share, index) => expect(share).toBeLessThanOrEqual(parts[index] ?? 0));
      }),
    );
  });

  it.each([
    [1, [0, 0]],
    [1, []],
    [1, [2, -1]],
  ])('takes %p by %p for a mistake of the program', (amount, parts) => {
    expect(() => allocate(amount, parts)).toThrow('Invariant broken');
  });
});

describe('Sums per currency', () => {
  const usd = { currency: 'USD', amount_minor: 5 };
  const lbp = { currency: 'LBP', amount_minor: 2_147_483_648 };

  it('stand in alphabetical order, whatever the order of adding', () => {
    expect(addMoney(addMoney([], [usd]), [lbp, usd])).toEqual([lbp, { currency: 'USD', amount_minor: 10 }]);
    expect(addMoney(addMoney([], [lbp, usd]), [usd])).toEqual([lbp, { currency: 'USD', amount_minor: 10 }]);
  });

  it('keep a currency whose sum is zero, and never know a negative zero', () => {
    expect(addMoney([usd], negateMoney([usd]))).toEqual([{ currency: 'USD', amount_minor: 0 }]);
    expect(negateMoney([{ currency: 'USD', amount_minor: 0 }])).toEqual([{ currency: 'USD', amount_minor: 0 }]);
  });
});

describe('Currencies', () => {
  it.each([
    ['USD', 2],
    ['LBP', 2],
    ['JOD', 3],
    ['KWD', 3],
    ['BHD', 3],
    ['OMR', 3],
    ['IQD', 3],
    ['JPY', 0],
  ])('%s has %p decimals', (currency, exponent) => {
    expect(exponentOf(currency)).toBe(exponent);
  });

  it('are those of ISO 4217 that people pay with', () => {
    expect(['USD', 'usd', 'XAU', 'XXX', '', 'BTC', 'toString'].map(isCurrency)).toEqual([
      true,
      ...Array<boolean>(6).fill(false),
    ]);
    expect(() => exponentOf('BTC')).toThrow(refusal('UNKNOWN_CURRENCY'));
  });

  it.each([
    [1500, 'JOD', '1.500'],
    [-5, 'USD', '-0.05'],
    [0, 'USD', '0.00'],
    [1234, 'JPY', '1234'],
    [895_000_000, 'LBP', '8950000'],
    [895_000_050, 'LBP', '8950000.50'],
    [9_000_000_000_000, 'KWD', '9000000000.000'],
  ])('%p %s reads %s, and back', (amount, currency, text) => {
    expect(formatMinor(amount, currency)).toBe(text);
    expect(parseMinor(text, currency)).toBe(amount);
  });

  it.each([
    ['16', 'USD', 1600],
    ['16.5', 'USD', 1650],
    ['-3.25', 'USD', -325],
    ['-0', 'USD', 0],
    ['2.50000', 'USD', 250],
    ['0.0005', 'JOD', undefined],
    ['1.5', 'JPY', undefined],
    ['1,5', 'USD', undefined],
    ['1e3', 'USD', undefined],
    ['', 'USD', undefined],
    ['.5', 'USD', undefined],
    [' 1', 'USD', undefined],
    ['٣', 'USD', undefined],
    ['999999999999999', 'USD', undefined],
  ])('“%s” %s is %p minor units', (text, currency, amount) => {
    expect(parseMinor(text, currency)).toBe(amount);
  });

  it('of every exponent read back what they wrote', () => {
    fc.assert(
      fc.property(fc.integer({ min: -amountMax, max: amountMax }), fc.nat(3), (value, decimals) => {
        const digits = String(Math.abs(value)).padStart(decimals + 1, '0');
        const cut = digits.length - decimals;
        const text = `${value < 0 ? '-' : ''}${digits.slice(0, cut)}${decimals === 0 ? '' : '.'}${digits.slice(cut)}`;
        expect(parseDecimal(text, decimals)).toBe(value);
      }),
    );
  });
});
