import fc from 'fast-check';
import type { EventData } from '../../src/domain/event.js';
import { type DiscountRequest, priceLines, type RungLine } from '../../src/domain/pricing.js';
import { leftOf, type OriginalSale, type RefundedPart, shareOf } from '../../src/domain/refund.js';
import type { TenderRequest, TenderTerms } from '../../src/domain/settlement.js';
import { salesIn, tendersBack } from './original-sales.js';
import {
  alone,
  apples,
  approved,
  book,
  cash,
  coffee,
  did,
  given,
  nickels,
  saleOf,
  sessionOpened,
  supervisor,
  trainingOpened,
  type When,
} from './specification.js';
import { idOf, TillLog } from './till-log.js';

const bySupervisor = { by: supervisor };
const firstSale = (log: TillLog): OriginalSale => {
  const [sale] = salesIn(log.events);
  if (!sale) throw new Error('Nothing was sold.');
  return sale;
};

/** A refund of the first sale of a log. */
const refund = (log: TillLog, lines: readonly RefundedPart[], more: Partial<When & { tenders: unknown }> = {}): When =>
  ({
    type: 'RecordRefund',
    sale: firstSale(log),
    lines,
    tenders: [],
    reason: 'cold',
    authority: bySupervisor,
    ...more,
  }) as When;

/** A refund of the first sale that was given before and obeyed. */
const refunded = (lines: readonly RefundedPart[], tenders: readonly TenderRequest[]) => (log: TillLog) =>
  did(refund(log, lines, { tenders }))(log);

const part = (line_no: number, quantity_milli = 1000): RefundedPart => ({ line_no, quantity_milli });
const threeCoffees: RungLine = { ...coffee, quantity_milli: 3000 };

describe('A refund of a sale', () => {
  it('gives back a line at its price and tax, and names the sale and the line', () => {
    const till = given(sessionOpened, saleOf(book, threeCoffees));
    const { local_id } = firstSale(till.log);
    till.when(refund(till.log, [part(2)], { tenders: [cash(350)] })).then(
      {
        type: 'RefundRecorded',
        approved_by: null,
        data: {
          receipt_number: '7E57-000002',
          original_local_id: local_id,
          original_receipt_number: '7E57-000001',
          verified: true,
          reason: 'cold',
          lines: [
            {
              line_no: 1,
              original_line_no: 2,
              code: 'coffee',
              quantity_milli: 1000,
              unit_price_minor: 350,
              extended_minor: 350,
              net_minor: 315,
              tax_minor: 35,
              gross_minor: 350,
            },
          ],
          taxes: [{ tax_code: 'VAT', net_minor: 315, tax_minor: 35, gross_minor: 350 }],
          gross_minor: 350,
          total_minor: 350,
        },
      },
      { type: 'DrawerOpened', data: { reason: 'refund' } },
    );
  });

  it('gives back the discounts with the goods, so that the parts are exactly what was paid', () => {
    // 3 × 3.50 = 10.50, less 10 % of it = 9.45, less 1.00 on the order = 8.45: 2.82, 2.81 and 2.82 by the piece.
    const off: DiscountRequest = { kind: 'percent', rate_ppm: 100_000, reason: 'friend' };
    const order: DiscountRequest = { kind: 'amount', amount_minor: 100, reason: 'voucher' };
    const sold = did({ type: 'RecordSale', lines: [{ ...threeCoffees, discount: off }], discount: order });
    const till = given(sessionOpened, sold);
    const shares = [282, 281, 282].map((total) => {
      refunded([part(1)], [cash(total)])(till.log);
      return till.log.of('RefundRecorded').at(-1)?.data as EventData['RefundRecorded'];
    });
    expect(shares.map(({ gross_minor }) => gross_minor)).toEqual([282, 281, 282]);
    const amounts = shares.map(({ lines: [line] }) => [line?.extended_minor, ...(line?.discounts ?? [])]);
    expect(amounts).toMatchObject([
      [350, { scope: 'line', amount_minor: 35 }, { scope: 'order', amount_minor: 33 }],
      [350, { scope: 'line', amount_minor: 35 }, { scope: 'order', amount_minor: 34 }],
      [350, { scope: 'line', amount_minor: 35 }, { scope: 'order', amount_minor: 33 }],
    ]);
    const sale = firstSale(till.log);
    expect(shares.reduce((sum, { tax_minor }) => sum + tax_minor, 0)).toBe(sale.data.tax_minor);
    expect(leftOf(sale)).toEqual({
      lines: [{ line_no: 1, quantity_milli: 0, net_minor: 0, tax_minor: 0, gross_minor: 0 }],
      total_minor: 0,
    });
    till.when(refund(till.log, [part(1, 1)])).thenRefuses('REFUND_EXCEEDS_SOLD', { left_milli: 0 });
  });

  it('of weighed goods gives back a weight', () => {
    const till = given(sessionOpened, saleOf({ ...apples, quantity_milli: 355 }));
    // 0.355 kg × 4.99 = 1.77, and 5 % on top = 1.86; 0.1 of 0.355 kg is 0.52, of which 0.03 is tax.
    till
      .when(refund(till.log, [part(1, 100)], { tenders: [cash(52)] }))
      .then(
        { type: 'RefundRecorded', data: { net_minor: 49, tax_minor: 3, gross_minor: 52 } },
        { type: 'DrawerOpened' },
      );
  });

  it('rounds cash as the sale did: the parts give back what was paid to the last coin', () => {
    // 4 × 0.88 = 3.52, paid as 3.50.
    const lines = [{ ...coffee, quantity_milli: 4000, unit_price_minor: 88, list_price_minor: 88 }];
    const sold = did({ type: 'RecordSale', lines, terms: nickels, payment: { tenders: [cash(350)] } });
    const till = given(sessionOpened, sold);
    const totals = [90, 85, 90, 85];
    for (const total of totals) {
      const when = refund(till.log, [part(1)], { tenders: [cash(total)], terms: nickels });
      till.when(when).then({ type: 'RefundRecorded', data: { total_minor: total } }, { type: 'DrawerOpened' });
      did(when)(till.log);
    }
    expect(leftOf(firstSale(till.log)).total_minor).toBe(0);
  });

  it('gives back to the card what was paid in rounded cash', () => {
    const lines = [{ ...coffee, quantity_milli: 4000, unit_price_minor: 88, list_price_minor: 88 }];
    const sold = did({ type: 'RecordSale', lines, terms: nickels, payment: { tenders: [cash(350)] } });
    const till = given(sessionOpened, sold);
    const card = [{ method: 'card', amount_minor: 350 }];
    till
      .when(refund(till.log, [part(1, 4000)], { tenders: card, terms: nickels }))
      .then({ type: 'RefundRecorded', data: { gross_minor: 352, rounding_minor: -2, total_minor: 350 } });
  });

  it('never rounds cash up to more than was paid', () => {
    const lines = [{ ...coffee, unit_price_minor: 353, list_price_minor: 353 }];
    const payment = { tenders: [{ method: 'card', amount_minor: 353 }] };
    const till = given(sessionOpened, did({ type: 'RecordSale', lines, terms: nickels, payment }));
    till
      .when(refund(till.log, [part(1)], { tenders: [cash(350)], terms: nickels }))
      .then({ type: 'RefundRecorded', data: { rounding_minor: -3, total_minor: 350 } }, { type: 'DrawerOpened' });
    const split = { tenders: [{ method: 'card', amount_minor: 354 }, cash(0)], terms: nickels };
    till.when(refund(till.log, [part(1)], split)).thenRefuses('TENDER_TOO_LARGE');
  });

  it('needs a supervisor, or one who approves', () => {
    const till = given(sessionOpened, saleOf(book));
    const one = { tenders: [cash(1200)], authority: alone };
    till.when(refund(till.log, [part(1)], one)).thenRefuses('APPROVAL_REQUIRED', { role: 'supervisor' });
    till
      .when(refund(till.log, [part(1)], { ...one, authority: approved }))
      .then({ type: 'RefundRecorded', approved_by: 'manager-1' }, { type: 'DrawerOpened' });
  });

  it('is possible in a later session, but not across the border of training', () => {
    const later = given(sessionOpened, saleOf(book), did({ type: 'CloseSession', counted: [] }), sessionOpened);
    expect(later.when(refund(later.log, [part(1)], { tenders: [cash(1200)] })).report).toMatchObject({
      refunds_count: 1,
      refunds_minor: 1200,
      turnover_minor: -1200,
      expected: [{ currency: 'USD', amount_minor: 10_000 - 1200 }],
    });
    const trained = given(trainingOpened, saleOf(book), did({ type: 'CloseSession', counted: [] }), sessionOpened);
    trained.when(refund(trained.log, [part(1)], { tenders: [cash(1200)] })).thenRefuses('TRAINING_MISMATCH');
    const traded = given(sessionOpened, saleOf(book), did({ type: 'CloseSession', counted: [] }), trainingOpened);
    traded.when(refund(traded.log, [part(1)], { tenders: [cash(1200)] })).thenRefuses('TRAINING_MISMATCH');
    const training = given(trainingOpened, saleOf(book));
    training
      .when(refund(training.log, [part(1)], { tenders: [cash(1200)] }))
      .then({ type: 'RefundRecorded', data: { training: true, verified: true } }, { type: 'DrawerOpened' });
  });

  it.each<[string, readonly RefundedPart[], string]>([
    ['no line', [], 'SALE_EMPTY'],
    ['a line that is not on it', [part(3)], 'LINE_UNKNOWN'],
    ['the same line twice', [part(1, 500), part(1, 500)], 'LINE_REPEATED'],
    ['nothing of a line', [part(1, 0)], 'QUANTITY_INVALID'],
    ['less than nothing', [part(1, -1000)], 'QUANTITY_INVALID'],
    ['a quantity that is no number', [part(1, NaN)], 'QUANTITY_INVALID'],
    ['more than was sold', [part(1, 1001)], 'REFUND_EXCEEDS_SOLD'],
  ])('is refused for %s', (_what, lines, code) => {
    const till = given(sessionOpened, saleOf(book, coffee));
    till.when(refund(till.log, lines, { tenders: [cash(1200)] })).thenRefuses(code as 'SALE_EMPTY');
  });

  it('is refused without a reason, for less money and for more', () => {
    const till = given(sessionOpened, saleOf(book));
    till.when(refund(till.log, [part(1)], { reason: ' ' })).thenRefuses('REASON_MISSING');
    till.when(refund(till.log, [part(1)], { tenders: [cash(1199)] })).thenRefuses('TENDER_TOO_SMALL');
    till.when(refund(till.log, [part(1)], { tenders: [cash(1201)] })).thenRefuses('TENDER_TOO_LARGE');
  });

  it('of another terminal’s receipt is priced here, named, approved by a manager, and not verified', () => {
    const original = { receipt_number: 'BEEF-000042', local_id: null };
    const when = {
      type: 'RecordRefundWithoutReceipt',
      lines: [book],
      original,
      tenders: [cash(1200)],
      reason: 'x',
    } as const;
    const till = given(sessionOpened);
    till.when({ ...when, authority: bySupervisor }).thenRefuses('APPROVAL_REQUIRED', { role: 'manager' });
    till.when({ ...when, authority: approved }).then(
      {
        type: 'RefundRecorded',
        approved_by: 'manager-1',
        data: {
          verified: false,
          original_receipt_number: 'BEEF-000042',
          original_local_id: null,
          lines: [{ original_line_no: null }],
        },
      },
      { type: 'DrawerOpened' },
    );
  });
});

const currencies: fc.Arbitrary<TenderTerms> = fc
  .record({ currency: fc.constantFrom('JPY', 'USD', 'JOD'), cash_step_minor: fc.constantFrom(1, 5, 50, 250) })
  .map(({ currency, cash_step_minor }) => ({
    currency,
    currencies: [{ currency, rate: { numerator: 1, denominator: 1 }, cash_step_minor }],
    methods: ['card'],
  }));
const discount: fc.Arbitrary<DiscountRequest | undefined> = fc.option(
  fc.nat(1_000_000).map((rate_ppm): DiscountRequest => ({ kind: 'percent', rate_ppm, reason: 'x' })),
  { nil: undefined },
);
const rung: fc.Arbitrary<RungLine> = fc
  .record({
    product: fc.constantFrom(coffee, book, apples),
    quantity_milli: fc.oneof(fc.constantFrom(1000, 3000), fc.integer({ min: 1, max: 5000 })),
    unit_price_minor: fc.nat(3000),
    rate_ppm: fc.constantFrom(0, 110_000, 160_000, 1_000_000),
    off: discount,
  })
  .map(({ product, off, ...rest }) => ({
    ...product,
    ...rest,
    list_price_minor: rest.unit_price_minor,
    ...(off ? { discount: off } : {}),
  }));

interface Sold {
  readonly lines: readonly RungLine[];
  readonly discount: DiscountRequest | undefined;
  readonly terms: TenderTerms;
  readonly method: 'cash' | 'card';
}
const sold: fc.Arbitrary<Sold> = fc.record({
  lines: fc.array(rung, { minLength: 1, maxLength: 4 }),
  discount,
  terms: currencies,
  method: fc.constantFrom('cash', 'card'),
});

const sell = ({ lines, discount: order, terms, method }: Sold): TillLog => {
  const { log } = given((to: TillLog) =>
    to.append([
      {
        type: 'SessionOpened',
        data: {
          ...{ currency: terms.currency, float: [], float_denominations: [], training: false },
          ...{ staff_name: null, approver_name: null },
        },
        session: { session_id: idOf(1), business_date: '2026-03-01' },
      },
    ]),
  );
  const due = priceLines(lines, order).gross_minor;
  const step = terms.currencies[0]?.cash_step_minor ?? 1;
  const amount_minor = method === 'card' ? due : due + step - (due % step);
  did({
    type: 'RecordSale',
    lines,
    ...(order ? { discount: order } : {}),
    payment: { tenders: due === 0 ? [] : [{ method, amount_minor }] },
    terms,
  })(log);
  return log;
};

/** Gives back one part after the other; how each share of the seeds cuts what is left. */
const giveBack = (log: TillLog, { terms, method }: Sold, cuts: readonly number[]): void => {
  const step = (cut: number): void => {
    const { lines } = leftOf(firstSale(log));
    const parts = lines
      .map(({ line_no, quantity_milli }) => part(line_no, Math.ceil((quantity_milli * cut) / 1000)))
      .filter(({ quantity_milli }) => quantity_milli > 0);
    if (parts.length === 0) return;
    const tenders = tendersBack(shareOf(firstSale(log), parts).due, method, terms);
    const local_id = idOf(log.events.length * 7);
    did(refund(log, parts, { tenders, terms, local_id }))(log);
  };
  for (const cut of [...cuts, 1000]) step(cut);
};

describe('The parts of any refund', () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 1000 }), { maxLength: 5 });
  const total = (items: readonly number[]): number => items.reduce((sum, item) => sum + item, 0);

  it('add up to exactly what was paid, in every line and figure', () => {
    fc.assert(
      fc.property(sold, cuts, (trade, shares) => {
        const log = sell(trade);
        giveBack(log, trade, shares);
        const { data } = firstSale(log);
        const refunds = log.of('RefundRecorded').map((event) => event.data);
        for (const figure of ['net_minor', 'tax_minor', 'gross_minor', 'rounding_minor', 'total_minor'] as const) {
          expect([figure, total(refunds.map((one) => one[figure]))]).toEqual([figure, data[figure]]);
        }
        for (const line of data.lines) {
          const back = refunds.flatMap(({ lines }) =>
            lines.filter(({ original_line_no }) => original_line_no === line.line_no),
          );
          for (const figure of ['quantity_milli', 'net_minor', 'tax_minor', 'gross_minor', 'extended_minor'] as const) {
            expect([figure, total(back.map((one) => one[figure]))]).toEqual([figure, line[figure]]);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('are never below zero, and never more together than was paid', () => {
    fc.assert(
      fc.property(sold, cuts, fc.constantFrom('cash', 'card'), (trade, shares, method) => {
        const log = sell(trade);
        giveBack(log, { ...trade, method }, shares);
        const { data } = firstSale(log);
        const refunds = log.of('RefundRecorded').map((event) => event.data);
        expect(total(refunds.map(({ total_minor }) => total_minor))).toBeLessThanOrEqual(data.total_minor);
        for (const { lines, total_minor } of refunds) {
          const figures = lines.flatMap(({ net_minor, tax_minor, gross_minor, extended_minor, discounts }) => [
            ...[net_minor, tax_minor, gross_minor, extended_minor],
            ...discounts.map(({ amount_minor }) => amount_minor),
          ]);
          expect(Math.min(total_minor, ...figures)).toBeGreaterThanOrEqual(0);
        }
        const [whole] = leftOf(firstSale(log)).lines;
        expect(whole?.quantity_milli).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
