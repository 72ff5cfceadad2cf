import { quantityMax } from '../../src/domain/pricing.js';
import {
  alone,
  approved,
  given,
  manager,
  saleOf,
  coffee,
  sessionOpened,
  supervisor,
  trainingOpened,
  type When,
} from './specification.js';

const authority = { by: supervisor };
const goods = (quantity_milli: number, code = 'coffee') => ({ code, name: 'Coffee', quantity_milli });
const counted = (counted_milli: number, level_milli: number, code = 'coffee') => ({
  code,
  name: 'Coffee',
  counted_milli,
  level_milli,
});
const receive = (more: object = {}): When => ({
  type: 'ReceiveStock',
  lines: [goods(12_000)],
  supplier: 'Roasters',
  reference: 'DN-7',
  reason: null,
  authority,
  ...more,
});
const count = (more: object = {}): When => ({
  type: 'CountStock',
  lines: [counted(9500, 10_000)],
  reason: 'Sunday',
  authority,
  ...more,
});

describe('Goods that come in', () => {
  it('are recorded before the shop opens, with who brought them', () => {
    const data = { lines: [goods(12_000)], supplier: 'Roasters', reference: 'DN-7', reason: null };
    given().when(receive()).then({ type: 'StockReceived', data, approved_by: null });
    given(sessionOpened).when(receive()).then({ type: 'StockReceived', data });
  });

  it('may be of one product in several lines', () => {
    const lines = [goods(1000), goods(2000)];
    given().when(receive({ lines })).then({ type: 'StockReceived', data: { lines } });
  });

  it('go back or away for a reason only', () => {
    const lines = [goods(12_000), goods(-1000)];
    given().when(receive({ lines })).thenRefuses('REASON_MISSING');
    given()
      .when(receive({ lines, reason: '  ' }))
      .thenRefuses('REASON_MISSING');
    given()
      .when(receive({ lines, reason: ' torn ' }))
      .then({ type: 'StockReceived', data: { lines, reason: 'torn' } });
  });

  it('are nothing without goods, and no more than an event holds', () => {
    given()
      .when(receive({ lines: [] }))
      .thenRefuses('SALE_EMPTY');
    const lines = Array.from({ length: 1000 }, () => goods(1));
    given().when(receive({ lines })).then({ type: 'StockReceived' });
    given()
      .when(receive({ lines: [...lines, goods(1)] }))
      .thenRefuses('SALE_TOO_LONG', { limit: 1000 });
  });

  it.each([0, 0.5, quantityMax + 1, -quantityMax - 1, Number.NaN, Infinity])('are not %s of anything', (quantity) => {
    given()
      .when(receive({ lines: [goods(1), goods(quantity, 'tea')], reason: 'x' }))
      .thenRefuses('QUANTITY_INVALID', { code: 'tea' });
  });

  it('may be as many as a line holds, both ways', () => {
    const lines = [goods(quantityMax), goods(-quantityMax)];
    given()
      .when(receive({ lines, reason: 'x' }))
      .then({ type: 'StockReceived', data: { lines } });
  });
});

describe('A count', () => {
  it('records what was counted, what the till believed and the difference, after hours too', () => {
    const lines = [counted(9500, 10_000), counted(0, -3000, 'tea'), counted(1, 1, 'milk')];
    const found = lines.map((line, index) => ({ ...line, difference_milli: [-500, 3000, 0][index] }));
    const expected = { type: 'StockCounted', data: { lines: found, reason: 'Sunday' }, approved_by: null } as const;
    given()
      .when(count({ lines, reason: ' Sunday ' }))
      .then(expected);
    given(sessionOpened).when(count({ lines })).then(expected);
  });

  it('names each product once', () => {
    given()
      .when(count({ lines: [counted(1, 0), counted(2, 0, 'tea'), counted(3, 0)] }))
      .thenRefuses('LINE_REPEATED', { code: 'coffee' });
  });

  it('says why', () => {
    given()
      .when(count({ reason: ' ' }))
      .thenRefuses('REASON_MISSING');
  });

  it('is nothing without goods, and no more than an event holds', () => {
    given()
      .when(count({ lines: [] }))
      .thenRefuses('SALE_EMPTY');
    const lines = Array.from({ length: 1001 }, (_, index) => counted(1, 0, String(index)));
    given().when(count({ lines })).thenRefuses('SALE_TOO_LONG');
  });

  it.each([-1, 0.5, quantityMax + 1, Number.NaN])('never finds %s', (quantity) => {
    given()
      .when(count({ lines: [counted(quantity, 0)] }))
      .thenRefuses('QUANTITY_INVALID', { code: 'coffee' });
  });
});

describe('Stock', () => {
  it.each([
    ['stock_receive', receive],
    ['stock_count', count],
  ] as const)('needs the right %s, or one who approves', (permission, asked) => {
    given()
      .when(asked({ authority: alone }))
      .thenRefuses('APPROVAL_REQUIRED', { permission, role: 'supervisor' });
    const type = permission === 'stock_count' ? 'StockCounted' : 'StockReceived';
    given()
      .when(asked({ authority: approved }))
      .then({ type, approved_by: manager.staff_id });
  });

  it.each([receive(), count()])('is left alone by training', (asked) => {
    given(trainingOpened).when(asked).thenRefuses('TRAINING_MISMATCH');
  });

  it('changes nothing of a session but where it ends', () => {
    const till = given(sessionOpened, saleOf(coffee));
    const { session } = till.log.state;
    const { report } = session as Extract<typeof session, { status: 'open' }>;
    expect(till.when(count()).report).toEqual({ ...report, last_seq: report.last_seq + 1 });
  });
});
