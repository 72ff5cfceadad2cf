import { rebuild } from '../../src/projections/rebuild.js';
import { terminalReadModels } from '../../src/projections/read-models.js';
import type { StockLevel } from '../../src/terminal/stock-levels.js';
import { card, cash, idOf, manager, refundOf, sell, supervisor, trading, voiding } from './corrections-fixture.js';
import { content, type Till } from './http-fixture.js';

const receive = (till: Till, lines: readonly object[], more = {}) =>
  till.post('/v1/stock/receipts', { lines, approval: supervisor, ...more });
const count = (till: Till, lines: readonly object[], more = {}) =>
  till.post('/v1/stock/counts', { lines, reason: 'Sunday', approval: supervisor, ...more });
const levels = async (till: Till, query = ''): Promise<readonly StockLevel[]> => {
  const { status, body } = await till.get(`/v1/stock${query}`);
  expect(status).toBe(200);
  return body['levels'] as readonly StockLevel[];
};
const levelOf = async (till: Till, code: string): Promise<number | undefined> =>
  (await levels(till, `?code=${encodeURIComponent(code)}`))[0]?.level_milli;
/** Every event is where it should be, and a rebuild gives the very rows that the till wrote. */
const expectSame = ({ terminal }: Till): void => {
  const found = rebuild(terminal.db, terminal.recorder.log, terminalReadModels);
  expect(found.filter(({ differing }) => differing > 0)).toEqual([]);
};

describe('The stock of a till', () => {
  it('goes down by sales and up by what comes in and comes back, line by line', async () => {
    const till = await trading();
    const received = await receive(
      till,
      [
        { code: 'coffee', quantity_milli: 12_000 },
        { code: '5901234123457', quantity_milli: 500 },
        { code: 'cake', quantity_milli: 2000 },
      ],
      { supplier: 'Roasters', reference: 'DN-7' },
    );
    expect(received).toMatchObject({
      status: 201,
      body: {
        lines: [
          { code: 'coffee', name: 'Coffee', quantity_milli: 12_000 },
          { code: 'coffee', name: 'Coffee', quantity_milli: 500 },
          { code: 'cake', name: 'Cake', quantity_milli: 2000 },
        ],
      },
    });
    expect(till.recorded('StockReceived')).toMatchObject([
      { local_id: idOf(received), staff_id: 's-1', approved_by: 's-2', data: { supplier: 'Roasters', reason: null } },
    ]);
    const basket = [{ code: '5901234123457', quantity_milli: 3000 }, { code: 'cake' }, { code: 'coffee' }];
    const first = await sell(till, basket, [card(350 * 4 + 524)]);
    expect([await levelOf(till, 'coffee'), await levelOf(till, 'cake')]).toEqual([8500, 1000]);
    await till.post(`/v1/sales/${idOf(first)}/refunds`, refundOf(1, 1500, 525));
    expect(await levelOf(till, 'coffee')).toBe(10_000);
    const second = await sell(till, [{ code: 'cake', quantity_milli: 2000 }], [card(1048)]);
    expect(await levelOf(till, 'cake')).toBe(-1000);
    expect(await till.post(`/v1/sales/${idOf(second)}/void`, voiding)).toMatchObject({ status: 201 });
    expect(await levelOf(till, 'cake')).toBe(1000);
    const back = { lines: [{ code: 'cake', quantity_milli: 250 }], tenders: [cash(130)], reason: 'x' };
    expect(await till.post('/v1/refunds', { ...back, approval: manager })).toMatchObject({ status: 201 });
    await receive(till, [{ code: 'cake', quantity_milli: -750 }], { reason: 'mould' });
    expect(await levels(till, '?search=cake')).toEqual([
      {
        code: 'cake',
        name: 'Cake',
        level_milli: 2000 - 750 - 3000 + 2250,
        others_milli: 0,
        received_milli: 2000,
        removed_milli: 750,
        sold_milli: 3000,
        returned_milli: 2250,
        counted_difference_milli: 0,
        last_moved_at: till.recorded('StockReceived')[1]?.occurred_at,
      },
    ]);
    expectSame(till);
  });

  it('is what was counted afterwards, and the count says how far off the till was', async () => {
    const till = await trading();
    await receive(till, [{ code: 'coffee', quantity_milli: 10_000 }]);
    const lines = [
      { code: '5901234123457', counted_milli: 9250 },
      { code: 'cake', counted_milli: 3000 },
    ];
    const counted = await count(till, lines);
    expect(counted).toMatchObject({
      status: 201,
      body: {
        lines: [
          { code: 'coffee', name: 'Coffee', counted_milli: 9250, level_milli: 10_000, difference_milli: -750 },
          { code: 'cake', name: 'Cake', counted_milli: 3000, level_milli: 0, difference_milli: 3000 },
        ],
      },
    });
    expect([await levelOf(till, 'coffee'), await levelOf(till, 'cake')]).toEqual([9250, 3000]);
    await count(till, [{ code: 'cake', counted_milli: 0 }]);
    expect(await levelOf(till, 'cake')).toBe(0);
    expectSame(till);
  });

  it('never holds up a sale', async () => {
    const till = await trading();
    await count(till, [{ code: 'coffee', counted_milli: 0 }]);
    await sell(till, [{ code: 'coffee', quantity_milli: 5000 }], [card(1750)]);
    expect(await levelOf(till, 'coffee')).toBe(-5000);
  });

  it('is counted and received while no session is open, and left alone by training', async () => {
    const till = await trading();
    expect(await till.post('/v1/sessions/current/close', { counted: [] })).toMatchObject({ status: 201 });
    expect(await receive(till, [{ code: 'coffee', quantity_milli: 1000 }])).toMatchObject({ status: 201 });
    expect(await count(till, [{ code: 'coffee', counted_milli: 900 }])).toMatchObject({ status: 201 });
    expect(till.recorded('StockCounted')[0]).toMatchObject({ session_id: null, business_date: null });
    expect(await till.post('/v1/sessions', { float: [], training: true })).toMatchObject({ status: 201 });
    const sold = await sell(till, [{ code: 'coffee' }], [card(350)]);
    await till.post(`/v1/sales/${idOf(sold)}/void`, voiding);
    const back = { lines: [{ code: 'coffee' }], tenders: [card(350)], reason: 'x', approval: manager };
    expect(await till.post('/v1/refunds', back)).toMatchObject({ status: 201 });
    const { head } = till;
    expect(await receive(till, [{ code: 'coffee', quantity_milli: 1 }])).toMatchObject({
      status: 409,
      body: { code: 'TRAINING_MISMATCH' },
    });
    expect(await count(till, [{ code: 'coffee', counted_milli: 1 }])).toMatchObject({ status: 409 });
    expect(till.head).toEqual(head);
    expect(await levelOf(till, 'coffee')).toBe(900);
    expectSame(till);
  });

  it('is listed by name, by code or barcode, below a level and so many at a time', async () => {
    const till = await trading();
    await receive(till, [{ code: 'coffee', quantity_milli: 3000 }]);
    await sell(till, [{ code: 'cake' }], [card(524)]);
    const names = async (query: string) => (await levels(till, query)).map(({ code }) => code);
    expect(await names('')).toEqual(['cake', 'coffee', 'evil']);
    expect(await names('?limit=1')).toEqual(['cake']);
    expect(await names('?search=COF')).toEqual(['coffee']);
    expect(await names('?search=%25')).toEqual([]);
    expect(await names('?code=5901234123457')).toEqual(['coffee']);
    expect(await names('?code=tea')).toEqual([]);
    expect(await names('?below_milli=0')).toEqual(['cake']);
    expect(await names('?below_milli=-1000')).toEqual([]);
    expect(await names('?below_milli=1')).toEqual(['cake', 'evil']);
    expect(await names('?below_milli=1&limit=1')).toEqual(['cake']);
    expect(await names('?below_milli=3001&search=coff')).toEqual(['coffee']);
    expect((await till.get('/v1/stock')).body['downloaded_at']).toBeNull();
    for (const query of ['limit=0', 'limit=1001', 'below_milli=x', 'below_milli=1.5', 'code=', 'color=red']) {
      expect(await till.get(`/v1/stock?${query}`)).toMatchObject({ status: 400, body: { code: 'QUERY_INVALID' } });
    }
    expect(await till.get('/v1/stock', { token: null })).toMatchObject({ status: 401 });
  });

  it('still shows what is not in the catalog any more', async () => {
    const till = await trading();
    await receive(till, [{ code: 'cake', quantity_milli: 1000 }]);
    const without = { ...content, products: content.products.filter(({ code }) => code !== 'cake') };
    await till.stop();
    await till.start({ catalog: without });
    await till.signIn('1', 'pin-1111');
    const expected = [{ code: 'cake', name: null, level_milli: 1000 }];
    expect(await levels(till, '?search=CAK')).toMatchObject(expected);
    expect(await levels(till, '?code=cake')).toMatchObject(expected);
    expect((await levels(till)).at(-1)).toMatchObject({ code: 'cake' });
    expect(await levels(till, '?search=coffee')).toHaveLength(1);
  });

  it('is recorded once under one key', async () => {
    const till = await trading();
    const body = { lines: [{ code: 'coffee', counted_milli: 7000 }], reason: 'x', approval: supervisor };
    const first = await till.post('/v1/stock/counts', body, { key: 'k' });
    await sell(till, [{ code: 'coffee' }], [card(350)]);
    expect((await till.post('/v1/stock/counts', body, { key: 'k' })).body).toEqual(first.body);
    expect(await levelOf(till, 'coffee')).toBe(6000);
    const other = { ...body, reason: 'y' };
    expect(await till.post('/v1/stock/counts', other, { key: 'k' })).toMatchObject({ status: 409 });
  });

  it('takes a thousand lines at once, and as many bytes as they need', async () => {
    const till = await trading();
    const lines = Array.from({ length: 1000 }, () => ({ code: 'coffee', quantity_milli: 1 }));
    const raw = JSON.stringify({ lines, approval: supervisor }) + ' '.repeat(100_000);
    expect(await till.post('/v1/stock/receipts', undefined, { raw })).toMatchObject({ status: 201 });
    expect(await levelOf(till, 'coffee')).toBe(1000);
  });
});

describe('What is refused of a count or a receipt', () => {
  const line = { code: 'coffee', counted_milli: 1, quantity_milli: 1 };
  const both = ['counts', 'receipts'] as const;
  const refused: readonly [string, number, string, object][] = [
    ['UNKNOWN_CODE', 422, 'the second of two is unknown', { lines: [line, { ...line, code: 'tea' }] }],
    ['SALE_EMPTY', 422, 'nothing', { lines: [] }],
    ['SALE_TOO_LONG', 422, '1001 lines', { lines: Array(1001).fill(line) }],
    ['QUANTITY_INVALID', 422, 'too much', { lines: [{ ...line, counted_milli: 1e9 + 1, quantity_milli: 1e9 + 1 }] }],
    ['VALIDATION_FAILED', 422, 'a half', { lines: [{ ...line, counted_milli: 0.5, quantity_milli: 0.5 }] }],
    ['VALIDATION_FAILED', 422, 'a text', { lines: [{ ...line, counted_milli: '1', quantity_milli: '1' }] }],
    ['VALIDATION_FAILED', 422, 'a field nobody knows', { lines: [line], level_milli: 3 }],
    ['APPROVAL_REQUIRED', 403, 'a cashier alone', { lines: [line], approval: undefined }],
    ['APPROVAL_FAILED', 403, 'a wrong PIN', { lines: [line], approval: { staff_code: '2', pin: 'x' } }],
  ];
  const only = [
    [
      'counts',
      'LINE_REPEATED',
      'one product by code and barcode',
      { lines: [line, { ...line, code: '5901234123457' }] },
    ],
    ['counts', 'QUANTITY_INVALID', 'less than nothing', { lines: [{ ...line, counted_milli: -1 }] }],
    ['counts', 'REASON_MISSING', 'no reason', { lines: [line], reason: ' ' }],
    ['receipts', 'QUANTITY_INVALID', 'nothing of it', { lines: [{ ...line, quantity_milli: 0 }] }],
    ['receipts', 'REASON_MISSING', 'back without a reason', { lines: [{ ...line, quantity_milli: -1 }] }],
  ] as const;
  const cases = [
    ...both.flatMap((path) => refused.map(([code, status, why, body]) => ({ path, code, status, why, body }))),
    ...only.map(([path, code, why, body]) => ({ path, code, status: 422, why, body })),
  ];
  let till: Till;

  beforeAll(async () => {
    till = await trading();
  });

  it.each(cases)('$path, $why: $status $code, and nothing is recorded', async ({ path, code, status, body }) => {
    const keep = path === 'counts' ? 'counted_milli' : 'quantity_milli';
    const drop = path === 'counts' ? 'quantity_milli' : 'counted_milli';
    const { lines, ...more } = body as { readonly lines: readonly Record<string, unknown>[] };
    const whole = {
      ...(path === 'counts' ? { reason: 'x' } : {}),
      approval: supervisor,
      ...more,
      lines: lines.map((one) => Object.fromEntries(Object.entries(one).filter(([name]) => name !== drop))),
    };
    expect(lines.every((one) => keep in one)).toBe(true);
    const { head } = till;
    const answer = await till.post(`/v1/stock/${path}`, whole);
    // A wrong PIN is an event of its own.
    const wrongPin = code === 'APPROVAL_FAILED';
    expect(answer).toMatchObject({ status, body: { code } });
    expect(till.head?.seq).toBe((head?.seq ?? 0) + (wrongPin ? 1 : 0));
    expect([...till.recorded('StockCounted'), ...till.recorded('StockReceived')]).toEqual([]);
  });

  it('needs a key', async () => {
    const answer = await till.post('/v1/stock/counts', { lines: [line], reason: 'x' }, { key: null });
    expect(answer).toMatchObject({ status: 400, body: { code: 'IDEMPOTENCY_KEY_MISSING' } });
  });

  it('is described for programs', async () => {
    const { paths } = (await till.get('/openapi.json')).body as { readonly paths: Record<string, object> };
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/v1/stock', '/v1/stock/counts', '/v1/stock/receipts']) as string[],
    );
  });
});
