import type { ZReport } from '../../src/domain/report.js';
import { coffee, Till } from './http-fixture.js';

const manager = { staff_code: '9', pin: 'pin-9999' };
const supervisor = { staff_code: '2', pin: 'pin-2222' };

describe('a day at the till, over HTTP', () => {
  const till = new Till();

  beforeAll(() => till.start());
  afterAll(async () => {
    await till.stop();
    till.remove();
  });

  it('asks who it is before anything else', async () => {
    expect((await till.get('/v1/sessions/current')).status).toBe(401);
    const wrong = await till.signIn('1', '0000');
    expect(wrong).toMatchObject({ status: 401, body: { code: 'SIGN_IN_FAILED' } });
    const right = await till.signIn('1', 'pin-1111');
    expect(right.status).toBe(200);
    expect(right.body).toMatchObject({ staff: { staff_id: 's-1', staff_code: '1', name: 'Nour', role: 'cashier' } });
    expect(right.text).not.toContain('argon2');
    expect(Date.parse(String(right.body['expires_at']))).toBeGreaterThan(Date.now());
  });

  it('sells nothing before a session is open', async () => {
    expect(await till.post('/v1/sales', coffee)).toMatchObject({ status: 409, body: { code: 'SESSION_NOT_OPEN' } });
    expect(await till.get('/v1/sessions/current')).toMatchObject({ status: 404, body: { code: 'SESSION_NOT_OPEN' } });
    expect(await till.get('/v1/sessions/current/x-report')).toMatchObject({ status: 404 });
  });

  it('opens a session with its float', async () => {
    const float = [
      { currency: 'USD', amount_minor: 10_000 },
      { currency: 'LBP', amount_minor: 0 },
    ];
    const opened = await till.post('/v1/sessions', { float });
    expect(opened).toMatchObject({ status: 201, body: { float, training: false } });
    expect((await till.get('/v1/sessions/current')).body).toMatchObject({
      session_id: opened.body['session_id'],
      business_date: opened.body['business_date'],
      opened_by: 's-1',
      currency: 'USD',
    });
    expect(await till.post('/v1/sessions', { float })).toMatchObject({
      status: 409,
      body: { code: 'SESSION_ALREADY_OPEN' },
    });
  });

  it('gives change, and says where the sale was recorded', async () => {
    const sold = await till.post('/v1/sales', coffee);
    expect(sold.status).toBe(201);
    expect(sold.body).toMatchObject({ total_minor: 350, change: [{ currency: 'USD', amount_minor: 150 }] });
    const receipt = await till.get(`/v1/receipts/${String(sold.body['receipt_number'])}`);
    expect(receipt.body).toMatchObject({
      kind: 'sale',
      local_id: sold.body['local_id'],
      seq: sold.body['seq'],
      hash: sold.body['hash'],
      staff_id: 's-1',
      lines: sold.body['lines'],
    });
  });

  it('quotes what the sale then costs, and records nothing by it', async () => {
    const basket = {
      lines: [
        { code: '5901234123457', quantity_milli: 1500, discount: { kind: 'percent', rate_ppm: 100_000, reason: 'x' } },
        { code: 'cake' },
      ],
      discount: { kind: 'amount', amount_minor: 33 },
      tip: { amount_minor: 100 },
    };
    const before = till.head;
    const quote = await till.post('/v1/sales/quote', basket, { key: null });
    expect(quote.status).toBe(200);
    const approved = { ...basket, approval: { staff_code: '9', pin: 'not looked at' } };
    expect(await till.post('/v1/sales/quote', approved, { key: null })).toMatchObject({ body: quote.body });
    expect(till.head).toEqual(before);
    const tenders = [
      { method: 'card', amount_minor: 400, reference: '4711' },
      { method: 'cash', amount_minor: 2000 },
    ];
    const sold = await till.post('/v1/sales', { ...basket, tenders });
    expect(sold.status).toBe(201);
    for (const part of ['lines', 'taxes']) expect(sold.body[part]).toEqual(quote.body[part]);
    const receipt = (await till.get(`/v1/receipts/${String(sold.body['receipt_number'])}`)).body;
    expect(receipt).toMatchObject({ gross_minor: quote.body['gross_minor'] });
    expect(Number(receipt['total_minor']) - Number(receipt['rounding_minor'])).toBe(quote.body['total_minor']);
    expect(receipt['tenders']).toHaveLength(2);
  });

  it('lets a supervisor approve another price on the spot, and keeps no PIN', async () => {
    const cheap = {
      lines: [{ code: 'coffee', unit_price_minor: 100 }],
      tenders: [{ method: 'cash', amount_minor: 100 }],
    };
    expect(await till.post('/v1/sales', cheap)).toMatchObject({ status: 403, body: { code: 'APPROVAL_REQUIRED' } });
    const wrong = { ...cheap, approval: { ...supervisor, pin: 'pin-2223' } };
    expect(await till.post('/v1/sales', wrong)).toMatchObject({ status: 403, body: { code: 'APPROVAL_FAILED' } });
    const sold = await till.post('/v1/sales', { ...cheap, approval: supervisor });
    expect(sold).toMatchObject({ status: 201, body: { total_minor: 100 } });
    const receipt = await till.get(`/v1/receipts/${String(sold.body['receipt_number'])}`);
    expect(receipt.body).toMatchObject({ approved_by: 's-2' });
    expect((await till.get('/v1/events?limit=1000')).text).not.toContain('pin-2222');
    expect(JSON.stringify(till.terminal.db.prepare('SELECT * FROM answers').all())).not.toContain('pin-2222');
  });

  it('pays back without a receipt only with a manager', async () => {
    const refund = {
      lines: [{ code: 'coffee', quantity_milli: 1000, unit_price_minor: 350 }],
      tenders: [{ method: 'cash', amount_minor: 350 }],
      reason: 'cold',
    };
    expect(await till.post('/v1/refunds', refund)).toMatchObject({ status: 403, body: { role: 'manager' } });
    expect(await till.post('/v1/refunds', { ...refund, approval: supervisor })).toMatchObject({ status: 403 });
    const paid = await till.post('/v1/refunds', { ...refund, approval: manager });
    expect(paid).toMatchObject({ status: 201, body: { total_minor: 350 } });
    expect((await till.get(`/v1/receipts/${String(paid.body['receipt_number'])}.txt`)).text).toContain('REFUND');
  });

  it('opens the drawer and moves cash with an approval', async () => {
    expect(await till.post('/v1/drawer-opens', { reason: 'change' })).toMatchObject({ status: 403 });
    expect(await till.post('/v1/drawer-opens', { reason: 'change', approval: supervisor })).toMatchObject({
      status: 201,
      body: { seq: till.head?.seq, hash: till.head?.hash },
    });
    const drop = { kind: 'drop', currency: 'USD', amount_minor: 5000, reason: 'safe', approval: manager };
    expect(await till.post('/v1/cash-movements', drop)).toMatchObject({ status: 201 });
  });

  it('prints a receipt that no name can break', async () => {
    const sold = await till.post('/v1/sales', {
      lines: [{ code: 'evil' }],
      tenders: [{ method: 'cash', amount_minor: 100 }],
    });
    const printed = await till.get(`/v1/receipts/${String(sold.body['receipt_number'])}.txt`);
    expect(printed.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(printed.text).toContain('XpY');
    expect(printed.text).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
  });

  it('reports the session, closes it, and finds the Z again', async () => {
    const before = till.head;
    const x = await till.get('/v1/sessions/current/x-report');
    expect(till.head).toEqual(before);
    expect(x.body).toMatchObject({ sales_count: 4, refunds_count: 1, overrides_count: 1 });
    const expected = x.body['expected'] as ZReport['expected'];
    const closed = await till.post('/v1/sessions/current/close', { counted: expected });
    expect(closed.status).toBe(201);
    const z = closed.body['z_report'] as ZReport;
    expect(z).toMatchObject({
      ...x.body,
      z_number: 1,
      difference: expected.map((sum) => ({ ...sum, amount_minor: 0 })),
    });
    expect((await till.get('/v1/z-reports/1')).body).toEqual(z);
    expect(await till.get('/v1/z-reports/2')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(await till.get('/v1/z-reports/one')).toMatchObject({ status: 400 });
  });

  it('lists receipts, newest first, page by page', async () => {
    const all = (await till.get('/v1/receipts')).body['receipts'] as { seq: number; session_id: string }[];
    expect(all).toHaveLength(5);
    const first = (await till.get('/v1/receipts?limit=2')).body['receipts'] as typeof all;
    const rest = (await till.get(`/v1/receipts?before_seq=${String(first[1]?.seq)}`)).body['receipts'] as typeof all;
    expect([...first, ...rest]).toEqual(all);
    const session = await till.get(`/v1/receipts?session_id=${String(all[0]?.session_id)}`);
    expect(session.body['receipts']).toEqual(all);
    expect(await till.get('/v1/receipts?limit=1e9')).toMatchObject({ status: 400, body: { code: 'QUERY_INVALID' } });
    expect(await till.get('/v1/receipts?sort=name')).toMatchObject({ status: 400 });
  });

  it('hands out the log as it is stored, line by line', async () => {
    const lines = (await till.get('/v1/events?limit=1000')).text.trimEnd().split('\n');
    const stored = till.terminal.recorder.log.read(0, 1000);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      stored.map(({ envelope, hash }) => ({ event: envelope, hash })),
    );
    const page = await till.get('/v1/events?after_seq=3&limit=2');
    expect(page.text.trimEnd().split('\n')).toEqual(lines.slice(3, 5));
  });

  it('finds products by name, code and barcode', async () => {
    const codes = async (search: string) =>
      ((await till.get(`/v1/catalog?search=${search}`)).body['products'] as { code: string }[]).map(({ code }) => code);
    expect(await codes('cof')).toEqual(['coffee']);
    expect(await codes('5901234123457')).toEqual(['coffee']);
    expect(await codes('%25')).toEqual([]);
    expect((await till.get('/v1/catalog')).body).toMatchObject({
      catalog_version: -1,
      currency: 'USD',
      methods: ['card'],
    });
  });

  it('says how it stands, to everybody on this machine', async () => {
    const everybody = { token: null };
    expect((await till.get('/v1/sync', everybody)).body).toMatchObject({
      online: false,
      pending: till.head?.seq,
      rejected: [],
    });
    expect(await till.post('/v1/sync', undefined, { key: null })).toMatchObject({
      status: 200,
      body: { online: false },
    });
    expect(await till.get('/health/live', everybody)).toMatchObject({ status: 200 });
    expect(await till.get('/health/ready', everybody)).toMatchObject({ status: 200, body: { status: 'ready' } });
    expect((await till.get('/metrics', everybody)).text).toContain(`tillog_last_seq ${String(till.head?.seq)}\n`);
  });

  it('describes itself', async () => {
    const { body } = await till.get('/openapi.json', { token: null });
    const paths = body['paths'] as Record<string, { post?: { requestBody: unknown; parameters: { name: string }[] } }>;
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/v1/sales', '/v1/sessions/current/close', '/v1/login']),
    );
    expect(JSON.stringify(paths['/v1/sales']?.post?.requestBody)).toContain('quantity_milli');
    expect(paths['/v1/sales']?.post?.parameters.map(({ name }) => name)).toContain('Idempotency-Key');
  });

  it('signs out', async () => {
    expect(await till.post('/v1/logout', undefined, { key: null, raw: '' })).toMatchObject({ status: 204 });
    expect(await till.get('/v1/catalog')).toMatchObject({ status: 401 });
  });

  it('wrote no PIN and no token into its own log', () => {
    const logged = till.logged.join('\n');
    for (const secret of ['pin-1111', 'pin-2222', 'pin-9999', till.token]) expect(logged).not.toContain(secret);
  });
});
