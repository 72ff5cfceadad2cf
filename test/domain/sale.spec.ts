import { tendersMax } from '../../src/domain/settlement.js';
import {
  alone,
  apples,
  approved,
  book,
  cash,
  coffee,
  dollars,
  given,
  manager,
  nickels,
  sessionOpened,
  supervisor,
} from './specification.js';
import { idOf } from './till-log.js';

const card = (amount_minor: number) => ({ method: 'card', amount_minor });
const till = given(sessionOpened);

describe('A sale', () => {
  it('is one event as it is printed, and the drawer opens for its cash', () => {
    till
      .when({
        type: 'RecordSale',
        local_id: idOf(3),
        lines: [coffee, { ...apples, quantity_milli: 1500 }],
        payment: { tenders: [cash(2000)] },
      })
      .then(
        {
          type: 'SaleRecorded',
          local_id: idOf(3),
          approved_by: null,
          data: {
            receipt_number: '7E57-000001',
            receipt_index: 1,
            training: false,
            currency: 'USD',
            lines: [
              { line_no: 1, code: 'coffee', extended_minor: 350, net_minor: 315, tax_minor: 35, gross_minor: 350 },
              { line_no: 2, code: 'apples', extended_minor: 749, net_minor: 749, tax_minor: 37, gross_minor: 786 },
            ],
            net_minor: 1064,
            tax_minor: 72,
            gross_minor: 1136,
            rounding_minor: 0,
            total_minor: 1136,
            tenders: [{ method: 'cash', currency: 'USD', amount_minor: 2000, base_minor: 2000 }],
            change: [{ currency: 'USD', amount_minor: 864, base_minor: 864 }],
            tip: null,
          },
        },
        { type: 'DrawerOpened', data: { reason: 'sale', cause_local_id: idOf(3) } },
      );
  });

  it('leaves the drawer shut when no cash moves', () => {
    till
      .when({ type: 'RecordSale', lines: [book], payment: { tenders: [{ ...card(1200), reference: 'A-17' }] } })
      .then({ type: 'SaleRecorded', data: { tenders: [{ method: 'card', reference: 'A-17' }], change: [] } });
  });

  it('may cost nothing and then needs no tender', () => {
    till
      .when({
        type: 'RecordSale',
        lines: [{ ...coffee, unit_price_minor: 0, list_price_minor: 0 }],
        payment: { tenders: [] },
      })
      .then({ type: 'SaleRecorded', data: { gross_minor: 0, total_minor: 0, tenders: [] } });
  });

  it('is refused without lines', () => {
    till.when({ type: 'RecordSale', lines: [] }).thenRefuses('SALE_EMPTY');
  });

  it('takes a thousand lines and no more', () => {
    const lines = Array.from({ length: 1000 }, () => coffee);
    expect(till.when({ type: 'RecordSale', lines }).decided[0]?.data).toMatchObject({ gross_minor: 350_000 });
    till.when({ type: 'RecordSale', lines: [...lines, coffee] }).thenRefuses('SALE_TOO_LONG', { lines: 1001 });
  });

  it.each([0, -1000, 0.5, Number.NaN, 1_000_000_001])(
    'is refused with a quantity of %p thousandths',
    (quantity_milli) => {
      till
        .when({ type: 'RecordSale', lines: [{ ...coffee, quantity_milli }] })
        .thenRefuses('QUANTITY_INVALID', { code: 'coffee' });
    },
  );

  it.each([-1, 0.5])('is refused with a price of %p', (unit_price_minor) => {
    till
      .when({ type: 'RecordSale', lines: [{ ...coffee, unit_price_minor }], authority: approved })
      .thenRefuses('AMOUNT_INVALID', { code: 'coffee' });
  });
});

describe('A price override', () => {
  const lines = [{ ...coffee, unit_price_minor: 300 }];

  it('needs a supervisor', () => {
    till
      .when({ type: 'RecordSale', lines, authority: alone })
      .thenRefuses('APPROVAL_REQUIRED', { permission: 'price_override', role: 'supervisor' });
  });

  it('keeps the list price beside the price, and who approved it', () => {
    till.when({ type: 'RecordSale', lines, authority: approved }).then(
      {
        type: 'SaleRecorded',
        approved_by: 'manager-1',
        data: { lines: [{ unit_price_minor: 300, list_price_minor: 350, gross_minor: 300 }] },
      },
      { type: 'DrawerOpened' },
    );
    till
      .when({ type: 'RecordSale', lines, authority: { by: supervisor } })
      .then({ type: 'SaleRecorded', approved_by: null }, { type: 'DrawerOpened' });
  });
});

describe('A discount', () => {
  it('comes off a line as an amount or a percentage, and off the whole order', () => {
    till
      .when({
        type: 'RecordSale',
        lines: [
          { ...coffee, discount: { kind: 'amount', amount_minor: 50, reason: 'old' } },
          { ...book, discount: { kind: 'percent', rate_ppm: 250_000, reason: 'fair' } },
        ],
        discount: { kind: 'amount', amount_minor: 100, reason: 'friend' },
      })
      .then(
        {
          type: 'SaleRecorded',
          data: {
            gross_minor: 300 + 900 - 100,
            lines: [
              {
                discounts: [
                  { scope: 'line', kind: 'amount', rate_ppm: null, amount_minor: 50, reason: 'old' },
                  { scope: 'order', kind: 'amount', rate_ppm: null, amount_minor: 25, reason: 'friend' },
                ],
                gross_minor: 275,
              },
              {
                discounts: [
                  { scope: 'line', kind: 'percent', rate_ppm: 250_000, amount_minor: 300, reason: 'fair' },
                  { scope: 'order', kind: 'amount', rate_ppm: null, amount_minor: 75, reason: 'friend' },
                ],
                gross_minor: 825,
              },
            ],
          },
        },
        { type: 'DrawerOpened' },
      );
  });

  it.each([
    ['DISCOUNT_TOO_LARGE', { kind: 'amount', amount_minor: 351, reason: 'x' }],
    ['DISCOUNT_TOO_LARGE', { kind: 'percent', rate_ppm: 1_000_001, reason: 'x' }],
    ['AMOUNT_INVALID', { kind: 'amount', amount_minor: -1, reason: 'x' }],
    ['AMOUNT_INVALID', { kind: 'amount', amount_minor: 0.5, reason: 'x' }],
    ['AMOUNT_INVALID', { kind: 'percent', rate_ppm: -10_000, reason: 'x' }],
    ['AMOUNT_INVALID', { kind: 'percent', rate_ppm: 0.5, reason: 'x' }],
  ] as const)('is refused with %s for %o, on a line or on the order', (code, discount) => {
    const dear = { ...coffee, unit_price_minor: 350_000, list_price_minor: 350_000 };
    const off =
      discount.kind === 'amount' && discount.amount_minor > 1 ? { ...discount, amount_minor: 350_001 } : discount;
    till.when({ type: 'RecordSale', lines: [{ ...dear, discount: off }] }).thenRefuses(code);
    till.when({ type: 'RecordSale', lines: [dear], discount: off }).thenRefuses(code);
  });

  it('is refused above a hundred percent even of nothing', () => {
    const free = { ...coffee, unit_price_minor: 0, list_price_minor: 0 };
    const discount = { kind: 'percent', rate_ppm: 20_000_000, reason: 'x' } as const;
    till.when({ type: 'RecordSale', lines: [{ ...free, discount }] }).thenRefuses('DISCOUNT_TOO_LARGE');
  });
});

describe('Paying', () => {
  const pay = (payment: object, terms = dollars) =>
    till.when({ type: 'RecordSale', lines: [book], payment: { tenders: [], ...payment }, terms });

  it('may be split over methods and currencies', () => {
    pay({ tenders: [card(500), cash(200), cash(44_750_000, 'LBP')] }).then(
      {
        type: 'SaleRecorded',
        data: {
          total_minor: 1200,
          change: [],
          tenders: [
            { method: 'card', base_minor: 500 },
            { currency: 'USD', base_minor: 200 },
            { currency: 'LBP', base_minor: 500, rate: { numerator: 1, denominator: 89_500 } },
          ],
        },
      },
      { type: 'DrawerOpened' },
    );
  });

  it('gives the change in the currency that was asked for, in its smallest note', () => {
    pay({ tenders: [cash(2000)], change_currency: 'LBP' }).then(
      {
        type: 'SaleRecorded',
        data: { change: [{ currency: 'LBP', amount_minor: 71_600_000, base_minor: 800 }] },
      },
      { type: 'DrawerOpened' },
    );
  });

  it('keeps a tip apart from the turnover', () => {
    const asked = pay({ tenders: [cash(1300)], tip: { amount_minor: 100, beneficiary: 'staff' } });
    asked.then(
      {
        type: 'SaleRecorded',
        data: { gross_minor: 1200, total_minor: 1300, tip: { amount_minor: 100, beneficiary: 'staff' } },
      },
      { type: 'DrawerOpened' },
    );
    expect(asked.report).toMatchObject({ turnover_minor: 1200, tips_staff_minor: 100, tips_house_minor: 0 });
  });

  it.each([
    ['TENDER_MISSING', { tenders: [] }],
    ['TENDER_TOO_SMALL', { tenders: [cash(1199)] }],
    ['TENDER_TOO_LARGE', { tenders: [card(1201)] }],
    ['TENDER_TOO_LARGE', { tenders: [card(1201), cash(1)] }],
    ['TENDER_TOO_LARGE', { tenders: Array.from({ length: tendersMax + 1 }, () => cash(1200)) }],
    ['UNKNOWN_METHOD', { tenders: [{ method: 'cheque', amount_minor: 1200 }] }],
    ['UNKNOWN_CURRENCY', { tenders: [cash(1200, 'KWD')] }],
    ['UNKNOWN_CURRENCY', { tenders: [cash(1300)], change_currency: 'KWD' }],
    ['AMOUNT_INVALID', { tenders: [cash(-1200)] }],
    ['AMOUNT_INVALID', { tenders: [cash(1200.5)] }],
    ['AMOUNT_INVALID', { tenders: [card(0), cash(1200)] }],
    ['AMOUNT_INVALID', { tenders: [cash(1200)], tip: { amount_minor: 0, beneficiary: 'staff' } }],
    ['AMOUNT_INVALID', { tenders: [cash(1200)], tip: { amount_minor: -5, beneficiary: 'house' } }],
    ['AMOUNT_TOO_LARGE', { tenders: [cash(9_000_000_000_001)] }],
    ['AMOUNT_TOO_LARGE', { tenders: [cash(9_000_000_000_000), cash(1)] }],
  ] as const)('is refused with %s for %o', (code, payment) => {
    pay(payment).thenRefuses(code);
  });

  it('says how much is missing', () => {
    pay({ tenders: [cash(1000)] }).thenRefuses('TENDER_TOO_SMALL', {
      total_minor: 1200,
      tendered_minor: 1000,
      missing_minor: 200,
    });
  });

  it('takes no more by card than is due, although cash is rounded', () => {
    pay({ tenders: [card(1202), cash(5)] }, nickels).thenRefuses('TENDER_TOO_LARGE');
  });
});

describe('A refund without receipt', () => {
  const refund = {
    type: 'RecordRefundWithoutReceipt',
    lines: [coffee],
    tenders: [cash(350)],
    reason: 'cold',
    authority: approved,
  } as const;

  it('is a receipt of its own with positive amounts, approved by a manager', () => {
    till.when({ ...refund, local_id: idOf(4) }).then(
      {
        type: 'RefundRecorded',
        local_id: idOf(4),
        approved_by: 'manager-1',
        data: {
          receipt_number: '7E57-000001',
          gross_minor: 350,
          total_minor: 350,
          reason: 'cold',
          original_local_id: null,
          original_receipt_number: null,
          tenders: [{ method: 'cash', amount_minor: 350 }],
          change: [],
        },
      },
      { type: 'DrawerOpened', data: { reason: 'refund', cause_local_id: idOf(4) } },
    );
  });

  it('lowers turnover, tax and drawer, and grows the absolute total', () => {
    const asked = till.when(refund);
    expect(asked.report).toMatchObject({
      gross_minor: 0,
      refunds_minor: 350,
      turnover_minor: -350,
      net_minor: -315,
      tax_minor: -35,
      taxes: [{ tax_code: 'VAT', gross_minor: -350 }],
      expected: [{ currency: 'USD', amount_minor: 9650 }],
    });
  });

  it('may go back on a card and then opens no drawer', () => {
    till
      .when({ ...refund, tenders: [card(350)], authority: { by: manager } })
      .then({ type: 'RefundRecorded', approved_by: null });
  });

  it('rounds cash like the sale did', () => {
    const odd = { ...coffee, unit_price_minor: 352, list_price_minor: 352 };
    till.when({ ...refund, lines: [odd], tenders: [cash(350)], terms: nickels }).then(
      { type: 'RefundRecorded', data: { gross_minor: 352, rounding_minor: -2, total_minor: 350 } },
      {
        type: 'DrawerOpened',
      },
    );
  });

  it('can be made in cash although it rounds to nothing', () => {
    const crumb = { ...coffee, unit_price_minor: 2, list_price_minor: 2 };
    till
      .when({ ...refund, lines: [crumb], tenders: [cash(0)], terms: nickels })
      .then({ type: 'RefundRecorded', data: { rounding_minor: -2, total_minor: 0 } }, { type: 'DrawerOpened' });
  });

  it.each([
    ['APPROVAL_REQUIRED', { authority: alone }],
    ['APPROVAL_REQUIRED', { authority: { by: supervisor } }],
    ['REASON_MISSING', { reason: ' ' }],
    ['SALE_EMPTY', { lines: [] }],
    ['TENDER_MISSING', { tenders: [] }],
    ['TENDER_TOO_SMALL', { tenders: [cash(349)] }],
    ['TENDER_TOO_LARGE', { tenders: [cash(351)] }],
    ['UNKNOWN_METHOD', { tenders: [{ method: 'cheque', amount_minor: 350 }] }],
    ['UNKNOWN_CURRENCY', { tenders: [cash(350, 'KWD')] }],
  ] as const)('is refused with %s for %o', (code, change) => {
    till.when({ ...refund, ...change }).thenRefuses(code);
  });
});
