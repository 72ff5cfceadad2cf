import type { CountedMoney } from '../../src/domain/cash-amounts.js';
import { coffee, dollars, given, saleOf, sessionOpened, trainingOpened } from './specification.js';
import { idOf } from './till-log.js';

const usd = (amount_minor: number, ...counts: readonly (readonly [number, number])[]): CountedMoney => ({
  currency: 'USD',
  amount_minor,
  denominations: counts.map(([value_minor, count]) => ({ value_minor, count })),
});
const listed = { ...dollars, denominations: { USD: [25, 100, 2000] } };
const open = (...float: readonly CountedMoney[]) =>
  ({ type: 'OpenSession', session_id: idOf(7), business_date: '2026-03-02', float, terms: listed }) as const;
const close = (...counted: readonly CountedMoney[]) => ({ type: 'CloseSession', counted, terms: listed }) as const;

describe('Cash that is counted note by note', () => {
  it('is recorded as an amount and as notes, by currency and value', () => {
    given()
      .when(open(usd(4125, [2000, 2], [25, 5]), { currency: 'LBP', amount_minor: 3 }))
      .then({
        type: 'SessionOpened',
        data: {
          float: [
            { currency: 'USD', amount_minor: 4125 },
            { currency: 'LBP', amount_minor: 3 },
          ],
          float_denominations: [
            { currency: 'USD', value_minor: 25, count: 5 },
            { currency: 'USD', value_minor: 2000, count: 2 },
          ],
        },
      });
    expect(given(sessionOpened).when(close(usd(200, [100, 2]))).z).toMatchObject({
      counted: [{ currency: 'USD', amount_minor: 200 }],
      counted_denominations: [{ currency: 'USD', value_minor: 100, count: 2 }],
      difference: [{ currency: 'USD', amount_minor: -9800 }],
    });
  });

  it.each([
    [usd(4126, [2000, 2], [25, 5]), 'COUNT_MISMATCH', { counted_minor: 4125, difference_minor: -1 }],
    [usd(-100, [100, 1]), 'COUNT_MISMATCH', { counted_minor: 100, difference_minor: 200 }],
    [usd(200, [100, 1], [100, 1]), 'COUNT_REPEATED', { value_minor: 100 }],
    [usd(50, [50, 1]), 'UNKNOWN_DENOMINATION', { value_minor: 50 }],
    [usd(0, [0, 1]), 'AMOUNT_INVALID', { value_minor: 0 }],
    [usd(0, [0.5, 2]), 'AMOUNT_INVALID', { value_minor: 0.5 }],
    [usd(0, [100, -1]), 'QUANTITY_INVALID', { value_minor: 100 }],
    [usd(0, [100, Number.NaN]), 'QUANTITY_INVALID', { value_minor: 100 }],
    [usd(0, [100, 2 ** 52]), 'AMOUNT_TOO_LARGE', {}],
  ] as const)('is refused when it is %j', (amount, code, details) => {
    const more = code === 'AMOUNT_TOO_LARGE' ? {} : { currency: 'USD', ...details };
    if (amount.amount_minor >= 0) given().when(open(amount)).thenRefuses(code, more);
    given(sessionOpened).when(close(amount)).thenRefuses(code, more);
  });
});

describe('A receipt that is printed again', () => {
  const reprint = (training: boolean, reprints = 0, reason: string | null = null) =>
    ({
      type: 'ReprintReceipt',
      receipt_local_id: idOf(9),
      receipt_number: '7E57-000001',
      training,
      reprints,
      reason,
    }) as const;

  it('is recorded as the next copy, in the session that is open or in none', () => {
    for (const till of [given(), given(sessionOpened, saleOf(coffee))]) {
      till.when(reprint(false, 2, ' lost ')).then({
        type: 'ReceiptReprinted',
        data: { receipt_local_id: idOf(9), receipt_number: '7E57-000001', copy_no: 3, reason: 'lost' },
        approved_by: null,
      });
    }
    expect(given(sessionOpened).when(reprint(false)).report.reprints_count).toBe(1);
    expect(given().when(reprint(false)).state.session).toEqual({ status: 'closed' });
  });

  it('belongs to training when it was made there, and only then', () => {
    given(trainingOpened).when(reprint(true)).then({ type: 'ReceiptReprinted' });
    given(trainingOpened).when(reprint(false)).thenRefuses('TRAINING_MISMATCH', { receipt_number: '7E57-000001' });
    given(sessionOpened).when(reprint(true)).thenRefuses('TRAINING_MISMATCH');
    given().when(reprint(true)).thenRefuses('TRAINING_MISMATCH');
  });

  it('needs no reason, but not an empty one', () => {
    given()
      .when(reprint(false, 0, ' '))
      .thenRefuses('REASON_MISSING');
  });
});
