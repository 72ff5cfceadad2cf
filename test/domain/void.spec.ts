import { noCorrections, type OriginalSale } from '../../src/domain/refund.js';
import { salesIn } from './original-sales.js';
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
import { idOf, type TillLog } from './till-log.js';

const lastSale = (log: TillLog): OriginalSale => {
  const sale = salesIn(log.events).at(-1);
  if (!sale) throw new Error('Nothing was sold.');
  return sale;
};
const voiding = (log: TillLog, more: Partial<When> = {}): When =>
  ({ type: 'VoidSale', sale: lastSale(log), reason: 'wrong table', authority: { by: supervisor }, ...more }) as When;
const voided = (log: TillLog): void => did(voiding(log))(log);
const paidBy = (...tenders: readonly object[]) => ({ tenders }) as never;

describe('A void', () => {
  it('says again what the sale said, and opens the drawer for its cash', () => {
    const tip = { amount_minor: 100, beneficiary: 'staff' } as const;
    const payment = { tenders: [cash(2000)], tip };
    const till = given(sessionOpened, did({ type: 'RecordSale', lines: [book, coffee], payment }));
    const { local_id, data } = lastSale(till.log);
    const { net_minor, tax_minor, gross_minor, taxes, rounding_minor, total_minor, tenders, change } = data;
    const amounts = { net_minor, tax_minor, gross_minor, taxes, rounding_minor, total_minor, tenders, change, tip };
    till.when(voiding(till.log)).then(
      {
        type: 'SaleVoided',
        approved_by: null,
        data: {
          sale_local_id: local_id,
          receipt_number: '7E57-000001',
          reason: 'wrong table',
          lines: [
            { line_no: 1, code: 'book', quantity_milli: 1000 },
            { line_no: 2, code: 'coffee', quantity_milli: 1000 },
          ],
          ...amounts,
        },
      },
      { type: 'DrawerOpened', data: { reason: 'void' } },
    );
  });

  it('of a sale by card touches no drawer', () => {
    const payment = paidBy({ method: 'card', amount_minor: 1200 });
    const till = given(sessionOpened, did({ type: 'RecordSale', lines: [book], payment }));
    till.when(voiding(till.log)).then({ type: 'SaleVoided' });
  });

  it('leaves the report as if the sale had not been, but for the counts of what was rung up', () => {
    const before = given(sessionOpened, saleOf(coffee));
    const payment = {
      tenders: [{ method: 'card', amount_minor: 500 }, cash(2000)],
      change_currency: 'LBP',
      tip: { amount_minor: 150, beneficiary: 'house' },
    } as const;
    const after = given(sessionOpened, saleOf(coffee), did({ type: 'RecordSale', lines: [book, apples], payment }));
    // 12.00 + 4.99 + 5 % of it = 17.24, and 1.50 to the house: 18.74 of 25.00; 6.26 back at 89 500 is 560 000 pounds.
    expect(lastSale(after.log).data.change).toMatchObject([{ currency: 'LBP', amount_minor: 56_000_000 }]);
    const { session } = before.log.state;
    const { report } = session as Extract<typeof session, { status: 'open' }>;
    expect(after.when(voiding(after.log)).report).toEqual({
      ...report,
      last_seq: report.last_seq + 4,
      last_receipt: { receipt_index: 2, receipt_number: '7E57-000002' },
      sales_count: 2,
      lines_count: 3,
      gross_minor: 350 + 1724,
      voids_count: 1,
      voids_minor: 1724,
      taxes: [
        { tax_code: 'FOOD', rate_ppm: 50_000, net_minor: 0, tax_minor: 0, gross_minor: 0 },
        { tax_code: 'VAT', rate_ppm: 110_000, net_minor: 315, tax_minor: 35, gross_minor: 350 },
        { tax_code: 'ZERO', rate_ppm: 0, net_minor: 0, tax_minor: 0, gross_minor: 0 },
      ],
      tenders: [
        {
          method: 'card',
          currency: 'USD',
          count: 2,
          received_minor: 500,
          change_minor: 0,
          refunded_minor: 500,
          amount_minor: 0,
        },
        {
          method: 'cash',
          currency: 'LBP',
          count: 0,
          received_minor: 0,
          change_minor: 56_000_000,
          refunded_minor: -56_000_000,
          amount_minor: 0,
        },
        {
          method: 'cash',
          currency: 'USD',
          count: 3,
          received_minor: 1_002_000,
          change_minor: 999_650,
          refunded_minor: 2000,
          amount_minor: 350,
        },
      ],
      drawer_opens: [
        { reason: 'sale', count: 2 },
        { reason: 'void', count: 1 },
      ],
      expected: [
        { currency: 'LBP', amount_minor: 0 },
        { currency: 'USD', amount_minor: 10_350 },
      ],
    });
  });

  it('takes the rounding of cash back and moves the perpetual totals both ways', () => {
    const lines = [{ ...coffee, unit_price_minor: 352, list_price_minor: 352 }];
    const authority = { by: supervisor };
    const sold = did({ type: 'RecordSale', lines, terms: nickels, authority, payment: paidBy(cash(350)) });
    const till = given(sessionOpened, sold, saleOf(book), sold, voided);
    expect(till.when({ type: 'CloseSession', counted: [] }).z).toMatchObject({
      sales_count: 3,
      voids_count: 1,
      gross_minor: 352 + 1200 + 352,
      voids_minor: 352,
      turnover_minor: 1552,
      rounding_minor: -2,
      perpetual: { turnover_minor: 1552, absolute_minor: 1904 + 352 },
      expected: [{ currency: 'USD', amount_minor: 10_000 + 1550 }],
    });
  });

  it('needs a supervisor, or one who approves, and a reason', () => {
    const till = given(sessionOpened, saleOf(book));
    till.when(voiding(till.log, { authority: alone })).thenRefuses('APPROVAL_REQUIRED', { permission: 'void' });
    till
      .when(voiding(till.log, { authority: approved }))
      .then({ type: 'SaleVoided', approved_by: 'manager-1' }, { type: 'DrawerOpened' });
    till.when(voiding(till.log, { reason: '  ' })).thenRefuses('REASON_MISSING');
  });

  it('happens once, and leaves nothing to refund', () => {
    const till = given(sessionOpened, saleOf(book), voided);
    till.when(voiding(till.log)).thenRefuses('SALE_VOIDED', { receipt_number: '7E57-000001' });
    till
      .when({
        type: 'RecordRefund',
        sale: lastSale(till.log),
        lines: [{ line_no: 1, quantity_milli: 1 }],
        tenders: [],
        reason: 'x',
        authority: { by: supervisor },
      })
      .thenRefuses('SALE_VOIDED');
  });

  it('is refused once a part was refunded', () => {
    const till = given(sessionOpened, saleOf(book), (log: TillLog) =>
      did({
        type: 'RecordRefund',
        sale: lastSale(log),
        lines: [{ line_no: 1, quantity_milli: 500 }],
        tenders: [cash(600)],
        reason: 'x',
        authority: { by: supervisor },
      })(log),
    );
    till.when(voiding(till.log)).thenRefuses('SALE_REFUNDED');
  });

  it('is refused for a sale of another session, in training too', () => {
    const next = did({ type: 'OpenSession', session_id: idOf(2), business_date: '2026-03-02', float: [] });
    const closed = did({ type: 'CloseSession', counted: [] });
    const till = given(sessionOpened, saleOf(book), closed, next);
    till.when(voiding(till.log)).thenRefuses('SALE_NOT_OF_SESSION');
    const trained = given(trainingOpened, saleOf(book), closed, next);
    trained.when(voiding(trained.log)).thenRefuses('SALE_NOT_OF_SESSION');
  });

  it('of a training sale counts in its training session only', () => {
    const till = given(trainingOpened, saleOf(book), voided);
    expect(till.log.of('SaleVoided')[0]?.data).toMatchObject({ training: true });
    expect(lastSale(till.log).corrections).toEqual({
      ...noCorrections,
      reprints_count: 0,
      local_id: lastSale(till.log).local_id,
      voided_by: till.log.of('SaleVoided')[0]?.local_id,
    });
    expect(till.when({ type: 'CloseSession', counted: [] }).z.perpetual).toEqual({
      turnover_minor: 0,
      absolute_minor: 0,
    });
  });
});
