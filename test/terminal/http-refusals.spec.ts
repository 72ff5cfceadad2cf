import { connect } from 'node:net';
import { coffee, type Special, Till } from './http-fixture.js';

const line = { code: 'coffee' };
const cash = { method: 'cash', amount_minor: 500 };
const sale = (lines: unknown, tenders: unknown = [cash]) => ({ lines, tenders });
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const drawer = (reason: unknown) => ({ reason, approval: { staff_code: '9', pin: 'pin-9999' } });

interface Case {
  readonly name: string;
  readonly path?: string;
  readonly method?: string;
  readonly body?: unknown;
  readonly special?: Special;
  readonly status: number;
  readonly code: string;
}

const raw = (body: string | Uint8Array, headers: Record<string, string> = {}): Special => ({ raw: body, headers });

const cases: readonly Case[] = [
  // What the till refuses.
  { name: 'a product nobody knows', body: sale([{ code: 'tea' }]), status: 422, code: 'UNKNOWN_CODE' },
  { name: 'no lines', body: sale([]), status: 422, code: 'SALE_EMPTY' },
  { name: '1001 lines', body: sale(Array(1001).fill(line)), status: 422, code: 'SALE_TOO_LONG' },
  { name: 'a quantity of 0', body: sale([{ ...line, quantity_milli: 0 }]), status: 422, code: 'QUANTITY_INVALID' },
  { name: 'a quantity of −1', body: sale([{ ...line, quantity_milli: -1 }]), status: 422, code: 'QUANTITY_INVALID' },
  {
    name: 'a quantity of 10^12',
    body: sale([{ ...line, quantity_milli: 1e12 }]),
    status: 422,
    code: 'QUANTITY_INVALID',
  },
  {
    name: 'a negative tender',
    body: sale([line], [{ ...cash, amount_minor: -1 }]),
    status: 422,
    code: 'AMOUNT_INVALID',
  },
  {
    name: 'too little money',
    body: sale([line], [{ ...cash, amount_minor: 349 }]),
    status: 422,
    code: 'TENDER_TOO_SMALL',
  },
  {
    name: 'change from a card',
    body: sale([line], [{ ...cash, method: 'card' }]),
    status: 422,
    code: 'TENDER_TOO_LARGE',
  },
  { name: 'no tender', body: sale([line], []), status: 422, code: 'TENDER_MISSING' },
  {
    name: 'a currency not taken',
    body: sale([line], [{ ...cash, currency: 'EUR' }]),
    status: 422,
    code: 'UNKNOWN_CURRENCY',
  },
  { name: 'a method not taken', body: sale([line], [{ ...cash, method: 'iou' }]), status: 422, code: 'UNKNOWN_METHOD' },
  { name: 'a reason of spaces', path: '/v1/drawer-opens', body: drawer('  '), status: 422, code: 'REASON_MISSING' },
  { name: 'another price', body: sale([{ ...line, unit_price_minor: 1 }]), status: 403, code: 'APPROVAL_REQUIRED' },
  { name: 'a second session', path: '/v1/sessions', body: { float: [] }, status: 409, code: 'SESSION_ALREADY_OPEN' },
  // What is not in the form of a sale.
  ...[0.5, '1000', null, '0x10', true, [], 1e21, 2 ** 53, -1e-7].map((quantity_milli) => ({
    name: `a quantity of ${JSON.stringify(quantity_milli)}`,
    body: sale([{ ...line, quantity_milli }]),
    status: 422,
    code: 'VALIDATION_FAILED',
  })),
  ...[0.5, '500', null].map((amount_minor) => ({
    name: `a tender of ${JSON.stringify(amount_minor)}`,
    body: sale([line], [{ ...cash, amount_minor }]),
    status: 422,
    code: 'VALIDATION_FAILED',
  })),
  {
    name: '10^400',
    special: raw('{"lines":[{"code":"coffee","quantity_milli":1e400}],"tenders":[]}'),
    status: 422,
    code: 'VALIDATION_FAILED',
  },
  {
    name: 'minus zero',
    special: raw('{"lines":[{"code":"coffee","quantity_milli":-0}],"tenders":[]}'),
    status: 422,
    code: 'VALIDATION_FAILED',
  },
  { name: 'a field nobody knows', body: { ...coffee, total: 1 }, status: 422, code: 'VALIDATION_FAILED' },
  {
    name: '__proto__',
    special: raw('{"lines":[],"tenders":[],"__proto__":{"polluted":1}}'),
    status: 422,
    code: 'VALIDATION_FAILED',
  },
  {
    name: 'constructor',
    special: raw('{"lines":[],"tenders":[],"constructor":{"prototype":{"polluted":1}}}'),
    status: 422,
    code: 'VALIDATION_FAILED',
  },
  { name: 'no body', status: 400, code: 'BODY_INVALID' },
  { name: 'a list', body: [], status: 422, code: 'VALIDATION_FAILED' },
  { name: 'null', body: null, status: 422, code: 'VALIDATION_FAILED' },
  { name: '101 tenders', body: sale([line], Array(101).fill(cash)), status: 422, code: 'VALIDATION_FAILED' },
  {
    name: 'a discount of 200 %',
    body: { ...coffee, discount: { kind: 'percent', rate_ppm: 2_000_000 } },
    status: 422,
    code: 'VALIDATION_FAILED',
  },
  {
    name: 'a currency in small letters',
    body: sale([line], [{ ...cash, currency: 'usd' }]),
    status: 422,
    code: 'VALIDATION_FAILED',
  },
  ...['a\u0000b', 'a\u001bp', 'a\nb', 'a\u0085b', 'a\u202eb', 'a\u2067b', 'a\ud800', '', 'x'.repeat(201)].map(
    (reason) => ({
      name: `the reason ${JSON.stringify(reason).slice(0, 20)}`,
      path: '/v1/drawer-opens',
      body: drawer(reason),
      status: 422,
      code: 'VALIDATION_FAILED',
    }),
  ),
  // What cannot be read at all.
  { name: 'broken JSON', special: raw('{"lines":['), status: 400, code: 'BODY_INVALID' },
  { name: 'an empty body', special: raw(''), status: 400, code: 'BODY_INVALID' },
  {
    name: 'bytes that are not UTF-8',
    special: raw(Buffer.from([0x22, 0xff, 0x22])),
    status: 400,
    code: 'BODY_INVALID',
  },
  { name: '17 levels', special: raw(nested(17)), status: 400, code: 'BODY_TOO_DEEP' },
  { name: '100 000 levels', special: raw(nested(100_000)), status: 400, code: 'BODY_TOO_DEEP' },
  { name: '2 MiB', special: raw(' '.repeat(2 ** 21)), status: 413, code: 'BODY_TOO_LARGE' },
  {
    name: '70 KB to the drawer',
    path: '/v1/drawer-opens',
    special: raw(' '.repeat(70_000)),
    status: 413,
    code: 'BODY_TOO_LARGE',
  },
  {
    name: 'a form',
    special: raw('lines=1', { 'content-type': 'application/x-www-form-urlencoded' }),
    status: 415,
    code: 'MEDIA_TYPE_UNSUPPORTED',
  },
  {
    name: 'plain text',
    special: raw('{}', { 'content-type': 'text/plain' }),
    status: 415,
    code: 'MEDIA_TYPE_UNSUPPORTED',
  },
  // Who sends it, and under which key.
  { name: 'no key', body: coffee, special: { key: null }, status: 400, code: 'IDEMPOTENCY_KEY_MISSING' },
  { name: 'a long key', body: coffee, special: { key: 'k'.repeat(201) }, status: 400, code: 'IDEMPOTENCY_KEY_INVALID' },
  {
    name: 'a key with a letter beyond ASCII',
    body: coffee,
    special: { key: 'clé' },
    status: 400,
    code: 'IDEMPOTENCY_KEY_INVALID',
  },
  { name: 'a key with a tab', body: coffee, special: { key: 'a\tb' }, status: 400, code: 'IDEMPOTENCY_KEY_INVALID' },
  { name: 'no token', body: coffee, special: { token: null }, status: 401, code: 'UNAUTHENTICATED' },
  { name: 'a made-up token', body: coffee, special: { token: 'A'.repeat(43) }, status: 401, code: 'UNAUTHENTICATED' },
  {
    name: 'another page',
    body: coffee,
    special: { headers: { origin: 'http://evil.example' } },
    status: 403,
    code: 'ORIGIN_FORBIDDEN',
  },
  {
    name: 'a page from nowhere',
    body: coffee,
    special: { headers: { origin: 'null' } },
    status: 403,
    code: 'ORIGIN_FORBIDDEN',
  },
  {
    name: 'a page that listens to the till',
    method: 'GET',
    path: '/v1/stream',
    special: { headers: { origin: 'http://evil.example', accept: 'text/event-stream' } },
    status: 403,
    code: 'ORIGIN_FORBIDDEN',
  },
  {
    name: 'a page of another port',
    body: coffee,
    special: { headers: { origin: 'http://127.0.0.1:1' } },
    status: 403,
    code: 'ORIGIN_FORBIDDEN',
  },
  // What is not there.
  { name: 'another address', path: '/v1/sale', body: coffee, status: 404, code: 'NOT_FOUND' },
  { name: 'a file', method: 'GET', path: '/%2e%2e%2fetc/passwd', status: 404, code: 'NOT_FOUND' },
  { name: 'the database', method: 'GET', path: '/tillog.db', status: 404, code: 'NOT_FOUND' },
  { name: 'a broken address', method: 'GET', path: '/%zz', status: 400, code: 'REQUEST_INVALID' },
  { name: 'a receipt nobody printed', method: 'GET', path: '/v1/receipts/X-1', status: 404, code: 'NOT_FOUND' },
  { name: 'another method', method: 'DELETE', path: '/v1/sales', status: 405, code: 'METHOD_NOT_ALLOWED' },
  {
    name: 'another method on a receipt',
    method: 'PUT',
    path: '/v1/receipts/X-1',
    status: 405,
    code: 'METHOD_NOT_ALLOWED',
  },
];

describe('what the till refuses over HTTP', () => {
  const till = new Till();

  beforeAll(async () => {
    await till.start();
    await till.signIn('1', 'pin-1111');
    expect((await till.post('/v1/sessions', { float: [] })).status).toBe(201);
  });
  afterAll(async () => {
    await till.stop();
    till.remove();
  });

  it.each(cases)('$name: $status $code, and nothing is recorded', async (one) => {
    const before = till.head;
    const { method = 'POST', path = '/v1/sales', special = {} } = one;
    const answer = await till.send(method, path, one.body, special);
    expect({ status: answer.status, code: answer.body['code'] }).toEqual({ status: one.status, code: one.code });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ type: 'about:blank', status: one.status });
    expect(typeof answer.body['title']).toBe('string');
    expect(typeof answer.body['detail']).toBe('string');
    expect(till.head).toEqual(before);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('names the field that is wrong', async () => {
    const answer = await till.post('/v1/sales', sale([line, { ...line, quantity_milli: 0.5 }]));
    expect(answer.body).toMatchObject({ errors: [{ field: 'lines.1.quantity_milli' }] });
    expect(answer.body['detail']).toMatch(/^lines\.1\.quantity_milli: /u);
  });

  it('says which methods an address takes', async () => {
    const answer = await till.send('DELETE', '/v1/sync', undefined, {});
    expect(answer.headers.get('allow')).toBe('GET, POST');
  });

  it.each(['evil.example', 'evil.example:80', '127.0.0.1', '127.0.0.1:1', 'localhost.evil.example'])(
    'does not answer to the name %s',
    async (host) => {
      const before = till.head;
      expect(await till.sendTo(host, 'GET', '/health/live')).toMatchObject({ status: 421 });
      const posted = await till.sendTo(host, 'POST', '/v1/sales', JSON.stringify(coffee));
      expect(JSON.parse(posted.text)).toMatchObject({ status: 421, code: 'HOST_UNKNOWN' });
      expect(till.head).toEqual(before);
    },
  );

  it('answers to its own names and its own pages', async () => {
    const { port } = new URL(till.server.url);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`]) {
      expect(await till.sendTo(host, 'GET', '/health/live')).toMatchObject({ status: 200 });
    }
    const headers = { origin: `http://localhost:${port}`, 'sec-fetch-site': 'same-origin' };
    expect(await till.post('/v1/sales', coffee, { headers })).toMatchObject({ status: 201 });
  });

  it('puts its rules for browsers on every answer, and lets nobody else read one', async () => {
    const headers = { origin: 'http://evil.example' };
    for (const path of ['/health/live', '/v1/catalog', '/nothing', '/']) {
      const answer = await till.get(path, { headers });
      expect(answer.headers.get('content-security-policy')).toBe("default-src 'self'; frame-ancestors 'none'");
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(
        [...answer.headers.keys()].filter((name) => /^(access-control-|x-powered-by|server$)/u.test(name)),
      ).toEqual([]);
    }
    const asked = await till.send('OPTIONS', '/v1/sales', undefined, { headers, key: null });
    expect(asked.status).toBe(405);
    expect(asked.headers.get('access-control-allow-origin')).toBeNull();
  });

  /** What comes back for these bytes until the other side ends the connection. */
  const answerTo = (bytes: string): Promise<string> =>
    new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(Number(new URL(till.server.url).port), '127.0.0.1', () => socket.write(bytes));
      socket.on('data', (part) => (text += part.toString()));
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });

  it('opens no WebSocket for another page', async () => {
    const lines = ['GET /v1/stream HTTP/1.1', `Host: ${new URL(till.server.url).host}`, 'Origin: http://evil.example'];
    const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
    const answer = await answerTo([...lines, ...upgrade, '', ''].join('\r\n'));
    expect(answer).toMatch(/^HTTP\/1\.1 403 /u);
    expect(answer).toContain('"code":"ORIGIN_FORBIDDEN"');
  });

  it('answers to what is not HTTP with a problem, and goes on', async () => {
    const answer = await answerTo('HELLO\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /u);
    expect(answer).toContain('"code":"REQUEST_INVALID"');
    expect((await till.get('/health/live')).status).toBe(200);
  });

  it('takes a sale of a thousand lines', async () => {
    const long = sale(Array(1000).fill({ ...line, quantity_milli: 1000 }), [{ ...cash, amount_minor: 350_000 }]);
    const sold = await till.post('/v1/sales', long);
    expect(sold).toMatchObject({ status: 201, body: { total_minor: 350_000 } });
  });

  it('knows no prices before it has a catalog', async () => {
    const bare = await new Till().start({ catalog: null });
    try {
      expect(await bare.signIn('1', 'pin-1111')).toMatchObject({ status: 401 });
    } finally {
      await bare.stop();
      bare.remove();
    }
  });
});
