import {
  acceptedCurrency,
  cashOf,
  type PaymentRequest,
  settleRefund,
  settleSale,
  type TenderTerms,
} from '../../src/domain/settlement.js';
import { cash, dollars, nickels } from './specification.js';
import { errorWith } from '../errors.js';

const refusal = (code: string) => errorWith({ name: 'Refusal', code });
const one = { numerator: 1, denominator: 1 };
const card = (amount_minor: number) => ({ method: 'card', amount_minor });

/** Counts in pounds: a dollar (100 cents) is 8 950 000 of their minor unit. */
const pounds: TenderTerms = {
  currency: 'LBP',
  currencies: [
    { currency: 'LBP', rate: one, cash_step_minor: 500_000 },
    { currency: 'USD', rate: { numerator: 89_500, denominator: 1 }, cash_step_minor: 1 },
  ],
  methods: ['card'],
};
/** Counts in dinars of a thousand fils, rounds cash to five of them, and takes dollars at 0.709. */
const dinars: TenderTerms = {
  currency: 'JOD',
  currencies: [
    { currency: 'JOD', rate: one, cash_step_minor: 5 },
    { currency: 'USD', rate: { numerator: 709, denominator: 100 }, cash_step_minor: 1 },
  ],
  methods: ['card'],
};
const yen: TenderTerms = {
  currency: 'JPY',
  currencies: [
    { currency: 'JPY', rate: one, cash_step_minor: 1 },
    { currency: 'USD', rate: { numerator: 15_537, denominator: 10_000 }, cash_step_minor: 1 },
  ],
  methods: [],
};

describe('A sale is settled', () => {
  const cases: readonly (readonly [string, number, TenderTerms, PaymentRequest, object])[] = [
    ['in exact cash', 1200, dollars, { tenders: [cash(1200)] }, { total_minor: 1200, rounding_minor: 0, change: [] }],
    [
      'in dollars with the change in pounds at 89 500, in whole thousands',
      1137,
      dollars,
      { tenders: [cash(2000)], change_currency: 'LBP' },
      { change: [{ currency: 'LBP', amount_minor: 77_200_000, base_minor: 863 }], total_minor: 1137 },
    ],
    [
      'in pounds with the change in dollars',
      1137,
      dollars,
      { tenders: [cash(200_000_000, 'LBP')] },
      { tenders: [{ base_minor: 2235 }], change: [{ currency: 'USD', amount_minor: 1098, base_minor: 1098 }] },
    ],
    [
      'in a little more pounds than are due, which round to the same cents',
      1200,
      dollars,
      { tenders: [cash(107_400_044, 'LBP')] },
      { tenders: [{ base_minor: 1200 }], change: [] },
    ],
    [
      'at an odd rate, converted once',
      1000,
      dollars,
      { tenders: [cash(920, 'EUR')] },
      { tenders: [{ base_minor: 1000, amount_minor: 920 }], change: [] },
    ],
    [
      'by card and the rest in cash, of which only the cash is rounded',
      1002,
      nickels,
      { tenders: [card(500), cash(500)] },
      { rounding_minor: -2, total_minor: 1000, change: [] },
    ],
    [
      'by card alone to the last cent',
      1002,
      nickels,
      { tenders: [card(1002)] },
      { rounding_minor: 0, total_minor: 1002 },
    ],
    ['in cash rounded up', 1003, nickels, { tenders: [cash(1005)] }, { rounding_minor: 2, total_minor: 1005 }],
    ['in cash that rounds to nothing', 2, nickels, { tenders: [cash(0)] }, { rounding_minor: -2, total_minor: 0 }],
    [
      'with a tip on top, and rounding over both',
      1000,
      nickels,
      { tenders: [cash(1050)], tip: { amount_minor: 47, beneficiary: 'house' } },
      { total_minor: 1045, rounding_minor: -2, change: [{ amount_minor: 5 }] },
    ],
    [
      'in a currency whose totals pass 2^31',
      21_480_123_400,
      pounds,
      { tenders: [cash(30_000_000_000, 'LBP')] },
      { total_minor: 21_480_000_000, rounding_minor: -123_400, change: [{ amount_minor: 8_520_000_000 }] },
    ],
    [
      'in dollars where prices are in pounds',
      107_400_000,
      pounds,
      { tenders: [cash(2000, 'USD')], change_currency: 'USD' },
      {
        tenders: [{ base_minor: 179_000_000 }],
        change: [{ currency: 'USD', amount_minor: 799, base_minor: 71_500_000 }],
      },
    ],
    [
      'in dinars with three decimals',
      1432,
      dinars,
      { tenders: [cash(2000, 'JOD')] },
      { total_minor: 1430, rounding_minor: -2, change: [{ currency: 'JOD', amount_minor: 570 }] },
    ],
    [
      'in dollars where prices are in dinars',
      1430,
      dinars,
      { tenders: [cash(500, 'USD')] },
      { tenders: [{ base_minor: 3545 }], change: [{ currency: 'JOD', amount_minor: 2115 }] },
    ],
    [
      'in yen, without decimals',
      1980,
      yen,
      { tenders: [cash(2000, 'USD')] },
      { tenders: [{ base_minor: 3107 }], change: [{ currency: 'JPY', amount_minor: 1127 }] },
    ],
    ['when nothing is due', 0, dollars, { tenders: [] }, { total_minor: 0, tenders: [], change: [] }],
    [
      'up to the largest amount',
      9_000_000_000_000,
      dollars,
      { tenders: [cash(9_000_000_000_000)] },
      { total_minor: 9_000_000_000_000 },
    ],
  ];

  it.each(cases)('%s', (_name, gross, terms, ...[payment, expected]) => {
    const settled = settleSale(gross, payment, terms);
    expect(settled).toMatchObject(expected);
    const paid = settled.tenders.reduce((sum, tender) => sum + tender.base_minor, 0);
    const back = settled.change.reduce((sum, change) => sum + change.base_minor, 0);
    expect(paid - back).toBe(settled.total_minor);
    expect(gross + (settled.tip?.amount_minor ?? 0) + settled.rounding_minor).toBe(settled.total_minor);
  });

  it('and refused when a sum or a converted amount is larger than a till can hold', () => {
    const most = 9_000_000_000_000;
    const tip = { amount_minor: 1, beneficiary: 'staff' } as const;
    const refused: readonly (readonly [number, PaymentRequest, TenderTerms])[] = [
      [most, { tenders: [cash(most)], tip }, dollars],
      [1, { tenders: [cash(200_000_000, 'USD')] }, pounds],
      [1, { tenders: [cash(most)], change_currency: 'LBP' }, dollars],
    ];
    for (const [gross, payment, terms] of refused) {
      expect(() => settleSale(gross, payment, terms)).toThrow(refusal('AMOUNT_TOO_LARGE'));
    }
  });
});

describe('A refund is settled', () => {
  it('with the rounding of its sale turned round', () => {
    for (const gross of [1001, 1002, 1003, 1004, 1005]) {
      const sale = settleSale(gross, { tenders: [cash(2000)] }, nickels);
      const refund = settleRefund(gross, [cash(sale.total_minor)], nickels);
      expect(refund).toMatchObject({ total_minor: sale.total_minor, rounding_minor: sale.rounding_minor, change: [] });
    }
  });

  it('in several ways at once, and only to the last cent', () => {
    const settled = settleRefund(1200, [card(300), cash(80_550_000, 'LBP')], dollars);
    expect(settled.tenders.map(({ base_minor }) => base_minor)).toEqual([300, 900]);
    expect(() => settleRefund(1200, [card(300), cash(899)], dollars)).toThrow(refusal('TENDER_TOO_SMALL'));
    expect(() => settleRefund(1200, [card(300), cash(901)], dollars)).toThrow(refusal('TENDER_TOO_LARGE'));
  });
});

describe('The drawer', () => {
  it('holds the cash of a sale less its change, per currency, and nothing of a card', () => {
    const settled = settleSale(
      1000,
      { tenders: [card(300), cash(1000), cash(8_950_000, 'LBP')], change_currency: 'LBP' },
      dollars,
    );
    expect(cashOf(settled)).toEqual([
      { currency: 'USD', amount_minor: 1000 },
      { currency: 'LBP', amount_minor: 8_950_000 },
      { currency: 'LBP', amount_minor: -35_800_000 },
    ]);
  });

  it('takes only the currencies of the shop', () => {
    expect(acceptedCurrency('LBP', dollars).cash_step_minor).toBe(100_000);
    expect(() => acceptedCurrency('KWD', dollars)).toThrow(refusal('UNKNOWN_CURRENCY'));
  });
});
