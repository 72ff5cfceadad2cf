import type { ZReport } from '../../src/domain/report.js';
import { type Answer, coffee, content, Till } from './http-fixture.js';
import { cash, manager, sell, supervisor } from './corrections-fixture.js';
import { expectWhole } from './shop.js';

const tills: Till[] = [];
afterAll(async () => {
  for (const till of tills) {
    await till.stop();
    till.remove();
  }
});

const tillWith = async (settings: NonNullable<typeof content.settings>): Promise<Till> => {
  const till = await new Till().start({ catalog: { ...content, settings } });
  tills.push(till);
  await till.signIn('1', 'pin-1111');
  return till;
};

const notes = (...counts: readonly (readonly [number, number])[]) =>
  counts.map(([value_minor, count]) => ({ value_minor, count }));
const usd = (amount_minor: number, ...counts: readonly (readonly [number, number])[]) => ({
  currency: 'USD',
  amount_minor,
  denominations: notes(...counts),
});

describe('cash that is counted note by note', () => {
  let till: Till;
  beforeAll(async () => {
    till = await tillWith({ denominations: { USD: [1, 5, 25, 100, 500, 2000] } });
  });
  const open = (...float: readonly object[]): Promise<Answer> => till.post('/v1/sessions', { float });
  const close = (...counted: readonly object[]): Promise<Answer> =>
    till.post('/v1/sessions/current/close', { counted });

  const refused = [
    ['an amount that the notes do not come to', usd(5000, [2000, 2], [500, 1]), 'COUNT_MISMATCH'],
    ['an amount without any note', usd(5000), 'COUNT_MISMATCH'],
    ['a note that is given twice', usd(4000, [2000, 1], [2000, 1]), 'COUNT_REPEATED'],
    ['a note that the shop does not have', usd(1000, [1000, 1]), 'UNKNOWN_DENOMINATION'],
    ['a note worth nothing', usd(0, [0, 1]), 'AMOUNT_INVALID'],
    ['a note worth less than nothing', usd(-5, [-5, 1]), 'AMOUNT_INVALID'],
    ['less than no note', usd(-2000, [2000, -1]), 'QUANTITY_INVALID'],
    ['half a note', usd(1000, [2000, 0.5]), 'VALIDATION_FAILED'],
    ['more than a till can hold', usd(1, [2000, Number.MAX_SAFE_INTEGER]), 'AMOUNT_TOO_LARGE'],
    ['what is no count at all', { ...usd(0), denominations: 3 }, 'VALIDATION_FAILED'],
    [
      'more values than any currency has',
      usd(0, ...Array.from({ length: 51 }, (_, at) => [at + 1, 0] as const)),
      'VALIDATION_FAILED',
    ],
  ] as const;

  it.each(refused)('is refused as a float for %s', async (_name, amount, code) => {
    const before = till.head;
    expect(await open(amount)).toMatchObject({ status: 422, body: { code } });
    expect(till.head).toEqual(before);
  });

  it('says by how much a float is wrong', async () => {
    expect((await open(usd(5000, [2000, 2], [500, 1]))).body).toMatchObject({
      currency: 'USD',
      amount_minor: 5000,
      counted_minor: 4500,
      difference_minor: -500,
    });
  });

  it('is offered to the screen with the catalog', async () => {
    expect((await till.get('/v1/catalog')).body).toMatchObject({
      settings: { denominations: { USD: [1, 5, 25, 100, 500, 2000] } },
    });
  });

  it('is a float of notes, and of other currencies as one amount', async () => {
    const pounds = { currency: 'LBP', amount_minor: 1_000_000 };
    const float = [usd(4500, [2000, 2], [500, 1], [25, 0]), pounds];
    expect(await open(...float)).toMatchObject({
      status: 201,
      body: { float: [{ currency: 'USD', amount_minor: 4500 }, pounds] },
    });
    expect(till.recorded('SessionOpened')[0]?.data).toMatchObject({
      float: [{ currency: 'USD', amount_minor: 4500 }, pounds],
      float_denominations: [
        { currency: 'USD', value_minor: 25, count: 0 },
        { currency: 'USD', value_minor: 500, count: 1 },
        { currency: 'USD', value_minor: 2000, count: 2 },
      ],
    });
  });

  it.each(refused)('is refused at the close for %s', async (_name, amount, code) => {
    const before = till.head;
    expect(await close(amount)).toMatchObject({ status: 422, body: { code } });
    expect(till.head).toEqual(before);
  });

  it('is counted so at the close, and the Z shows it, notes of a currency without a list too', async () => {
    const pounds = { currency: 'LBP', amount_minor: 1_000_000, denominations: notes([500_000, 2]) };
    const closed = await close(usd(4025, [25, 1], [2000, 2]), pounds);
    expect(closed.status).toBe(201);
    const z = closed.body['z_report'] as ZReport;
    expect(z).toMatchObject({
      counted: [
        { currency: 'USD', amount_minor: 4025 },
        { currency: 'LBP', amount_minor: 1_000_000 },
      ],
      counted_denominations: [
        { currency: 'LBP', value_minor: 500_000, count: 2 },
        { currency: 'USD', value_minor: 25, count: 1 },
        { currency: 'USD', value_minor: 2000, count: 2 },
      ],
      difference: [
        { currency: 'LBP', amount_minor: 0 },
        { currency: 'USD', amount_minor: -475 },
      ],
    });
    const { text } = await till.get('/v1/z-reports/1.txt');
    expect(text).toMatch(/^ {2}2 x 20\.00 +40\.00$/mu);
    expectWhole(till.terminal.db);
  });

  it('is one amount where nobody counted notes, and then no notes are recorded', async () => {
    await open();
    const z = (await close({ currency: 'USD', amount_minor: 7 })).body['z_report'] as ZReport;
    expect(z).toMatchObject({ counted: [{ currency: 'USD', amount_minor: 7 }], counted_denominations: [] });
    expect(till.recorded('SessionOpened')[1]?.data.float_denominations).toEqual([]);
  });
});

describe('a drawer that is counted blind', () => {
  let till: Till;
  let own = '';
  const x = '/v1/sessions/current/x-report';
  const hiding = [x, `${x}.txt`, `${x}.png`, `${x}.escpos`, '/v1/events'];
  beforeAll(async () => {
    till = await tillWith({ blind_count: true });
    expect(await till.post('/v1/sessions', { float: [{ currency: 'USD', amount_minor: 1000 }] })).toMatchObject({
      status: 201,
    });
    const sold = await till.post('/v1/sales', coffee);
    own = String(sold.body['receipt_number']);
    expect(await till.post(`/v1/receipts/${own}/reprint`, {})).toMatchObject({ status: 201 });
  });

  it.each(hiding)('hides %s from a cashier while the session is open', async (path) => {
    const before = till.head;
    expect(await till.get(path)).toMatchObject({ status: 403, body: { code: 'COUNT_IS_BLIND' } });
    expect(till.head).toEqual(before);
  });

  it('lists the receipts of the session to a cashier without amounts, and shows each one', async () => {
    expect((await till.get('/v1/receipts')).body['receipts']).toMatchObject([
      { receipt_number: own, gross_minor: null, tax_minor: null, total_minor: null, refunded_minor: null },
    ]);
    expect((await till.get(`/v1/receipts/${own}`)).body).toMatchObject({ total_minor: 350 });
  });

  it('tells a cashier nothing but the float of the session', async () => {
    const { body } = await till.get('/v1/sessions/current');
    const told = ['session_id', 'business_date', 'float', 'training', 'opened_at', 'opened_by', 'currency'];
    expect(Object.keys(body)).toEqual(told);
    expect(body).toMatchObject({ float: [{ currency: 'USD', amount_minor: 1000 }] });
  });

  it('does not open up for a wrong count', async () => {
    const refused = await till.post('/v1/sessions/current/close', { counted: [usd(1, [2, 1])] });
    expect(refused).toMatchObject({ status: 422, body: { code: 'COUNT_MISMATCH' } });
    expect(refused.text).not.toMatch(/expected|1350/u);
  });

  it.each([
    ['2', 'pin-2222'],
    ['9', 'pin-9999'],
  ])('shows everything to somebody with the right to it (code %s)', async (code, pin) => {
    await till.signIn(code, pin);
    expect((await till.get(hiding[0] ?? '')).body).toMatchObject({
      expected: [{ currency: 'USD', amount_minor: 1350 }],
    });
    for (const path of hiding) expect(await till.get(path)).toMatchObject({ status: 200 });
    expect((await till.get('/v1/receipts')).body['receipts']).toMatchObject([{ total_minor: 350 }]);
    await till.signIn('1', 'pin-1111');
  });

  it('shows the cashier all of it once the count is recorded', async () => {
    const closed = await till.post('/v1/sessions/current/close', {
      counted: [{ currency: 'USD', amount_minor: 1300 }],
    });
    expect(closed).toMatchObject({
      status: 201,
      body: {
        z_report: {
          expected: [{ currency: 'USD', amount_minor: 1350 }],
          difference: [{ currency: 'USD', amount_minor: -50 }],
        },
      },
    });
    expect(await till.get('/v1/z-reports/1')).toMatchObject({ status: 200 });
    expect((await till.get('/v1/z-reports/1.txt')).text).toMatch(/^DIFFERENCE +-0\.50$/mu);
    expect(await till.get('/v1/events')).toMatchObject({ status: 200 });
    expect((await till.get('/v1/receipts')).body['receipts']).toMatchObject([{ total_minor: 350 }]);
    expect(await till.get(hiding[0] ?? '')).toMatchObject({ status: 404, body: { code: 'SESSION_NOT_OPEN' } });
  });

  it('is hidden from whom the catalog says', async () => {
    const strict = await tillWith({ blind_count: true, permissions: { see_expected: 'manager' } });
    await strict.post('/v1/sessions', { float: [] });
    await strict.signIn('2', 'pin-2222');
    expect(await strict.get(hiding[0] ?? '')).toMatchObject({ status: 403 });
    const seen = await tillWith({ permissions: { see_expected: 'manager' } });
    await seen.post('/v1/sessions', { float: [] });
    for (const path of hiding) expect(await seen.get(path)).toMatchObject({ status: 200 });
  });
});

describe('a receipt that is printed again', () => {
  let till: Till;
  let number = '';
  let sold: Answer;
  const reprint = (body: object = {}, key?: string, of = number): Promise<Answer> =>
    till.post(`/v1/receipts/${of}/reprint`, body, key === undefined ? {} : { key });
  beforeAll(async () => {
    till = await tillWith({});
    await till.post('/v1/sessions', { float: [] });
    sold = await sell(till, [{ code: 'coffee' }], [cash(500)]);
    number = String(sold.body['receipt_number']);
  });

  it('is a duplicate, counted from one, above and below', async () => {
    const first = await reprint({ reason: 'lost it' });
    expect(first).toMatchObject({ status: 201, body: { receipt_number: number, copy_no: 1, seq: till.head?.seq } });
    const { text: paper } = await till.get(`/v1/receipts/${number}.txt`);
    const mark = `${' '.repeat(11)}*** DUPLICATE 1 ***\n`;
    expect(first.body['text']).toBe(`${mark}${'-'.repeat(42)}\n${paper}${mark}`);
    expect(till.recorded('ReceiptReprinted')).toMatchObject([
      {
        staff_id: 's-1',
        session_id: expect.any(String) as string,
        data: {
          receipt_local_id: sold.body['local_id'],
          receipt_number: number,
          copy_no: 1,
          reason: 'lost it',
        },
      },
    ]);
    expect((await reprint()).body).toMatchObject({ copy_no: 2, hash: till.head?.hash });
    expect((await till.get('/v1/sessions/current/x-report')).body).toMatchObject({ reprints_count: 2 });
    expect((await till.get('/v1/receipts')).body['receipts']).toMatchObject([{ training: false, reprints_count: 2 }]);
    expect((await till.get(`/v1/receipts/${number}`)).body).toMatchObject({ reprints_count: 2 });
  });

  it('is recorded once under its key, and the same key gets the same paper after the sale was voided', async () => {
    const [a, b] = await Promise.all([reprint({}, 'tap'), reprint({}, 'tap')]);
    expect([a.status, a.text]).toEqual([201, b.text]);
    for (const bodiless of [{}, { raw: '' }]) {
      const again = await till.post(`/v1/receipts/${number}/reprint`, undefined, { key: 'tap', ...bodiless });
      expect([again.status, again.text]).toEqual([201, a.text]);
    }
    expect(a.body).toMatchObject({ copy_no: 3 });
    expect(await reprint({ reason: 'other' }, 'tap')).toMatchObject({ status: 409 });
    const path = `/v1/sales/${String(sold.body['local_id'])}/void`;
    expect(await till.post(path, { reason: 'wrong', approval: supervisor })).toMatchObject({ status: 201 });
    expect((await reprint({}, 'tap')).text).toBe(a.text);
    const { text } = (await reprint()).body;
    expect(String(text).match(/\*\*\* VOID/gu)).toHaveLength(2);
    expect(String(text).match(/\*\*\* DUPLICATE 4 \*\*\*/gu)).toHaveLength(2);
  });

  it('may be a refund', async () => {
    const other = await sell(till, [{ code: 'coffee' }], [cash(350)]);
    const back = await till.post(`/v1/sales/${String(other.body['local_id'])}/refunds`, {
      lines: [{ line_no: 1, quantity_milli: 1000 }],
      tenders: [cash(350)],
      reason: 'cold',
      approval: supervisor,
    });
    const again = await reprint({}, undefined, String(back.body['receipt_number']));
    expect(String(again.body['text'])).toMatch(/DUPLICATE 1[\s\S]*REFUND/u);
  });

  it.each([
    ['an unknown receipt', '7E57-999999', {}, 404, 'NOT_FOUND'],
    ['a reason of spaces', null, { reason: '  ' }, 422, 'REASON_MISSING'],
    ['an empty reason', null, { reason: '' }, 422, 'VALIDATION_FAILED'],
    ['something unknown', null, { copies: 2 }, 422, 'VALIDATION_FAILED'],
  ] as const)('is refused for %s', async (...refusal) => {
    const [, of, body, status, code] = refusal;
    const before = till.head;
    expect(await reprint(body, undefined, of ?? number)).toMatchObject({ status, body: { code } });
    expect(till.head).toEqual(before);
  });

  it('needs a key and somebody signed in', async () => {
    const before = till.head;
    expect(await till.post(`/v1/receipts/${number}/reprint`, {}, { key: null })).toMatchObject({ status: 400 });
    expect(await till.post(`/v1/receipts/${number}/reprint`, {}, { token: null })).toMatchObject({ status: 401 });
    expect(till.head).toEqual(before);
  });

  it('is counted by the Z, and without a session by none', async () => {
    const { reprints_count } = (await till.get('/v1/sessions/current/x-report')).body;
    const closed = await till.post('/v1/sessions/current/close', { counted: [] });
    expect(closed.body).toMatchObject({ z_report: { reprints_count } });
    expect((await reprint()).body).toMatchObject({ copy_no: 5 });
    expect(till.recorded('ReceiptReprinted').at(-1)).toMatchObject({ session_id: null, business_date: null });
    expect((await till.get('/v1/z-reports/1')).body).toMatchObject({ reprints_count });
    expectWhole(till.terminal.db);
  });

  it('is of training in training only', async () => {
    await till.post('/v1/sessions', { float: [], training: true });
    const trained = String((await till.post('/v1/sales', coffee)).body['receipt_number']);
    const before = till.head;
    expect(await reprint()).toMatchObject({ status: 409, body: { code: 'TRAINING_MISMATCH' } });
    expect(till.head).toEqual(before);
    const again = await reprint({}, undefined, trained);
    expect(String(again.body['text'])).toMatch(/DUPLICATE 1[\s\S]*TRAINING - NOT A RECEIPT/u);
    await till.post('/v1/sessions/current/close', { counted: [] });
    expect(await reprint({}, undefined, trained)).toMatchObject({ status: 409, body: { code: 'TRAINING_MISMATCH' } });
  });

  it('is kept for whom the catalog says, and then approved on the spot', async () => {
    const strict = await tillWith({ permissions: { reprint: 'manager' } });
    await strict.post('/v1/sessions', { float: [] });
    const path = `/v1/receipts/${String((await strict.post('/v1/sales', coffee)).body['receipt_number'])}/reprint`;
    const before = strict.head;
    expect(await strict.post(path, { approval: supervisor })).toMatchObject({
      status: 403,
      body: { code: 'APPROVAL_REQUIRED', role: 'manager' },
    });
    expect(strict.head).toEqual(before);
    expect(await strict.post(path, { approval: manager })).toMatchObject({ status: 201 });
    expect(strict.recorded('ReceiptReprinted')[0]).toMatchObject({ approved_by: 's-9' });
  });
});
