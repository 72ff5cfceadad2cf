import { gzipSync } from 'node:zlib';
import type { LogSource } from '../../src/audit/source.js';
import { checksumOf, readCatalog } from '../../src/catalog/catalog.js';
import {
  centralAdmin,
  centralPublish,
  defaultNames,
  runCentral,
  type RunningCentral,
} from '../../src/central/program.js';
import { openCentralSource } from '../../src/central/source.js';
import { createCode } from '../../src/central/tenants.js';
import { newPrivateKey, publicKeyOf } from '../../src/events/signature.js';
import type { EnrolmentAnswer, SyncAnswer } from '../../src/outbox/protocol.js';
import { Cluster, TestClock } from './database.js';
import { changed, Fleet, type TillTerminal } from './fleet.js';

const clock = new TestClock();
const { ports } = clock;
const fleet = new Fleet();
const content = {
  currency: 'USD',
  currencies: [{ currency: 'USD', rate: { numerator: 1, denominator: 1 }, cash_step_minor: 1 }],
  methods: [],
  taxes: [{ tax_code: 'vat', name: 'VAT', rate_ppm: 110_000, mode: 'inclusive' as const }],
  products: [{ code: 'tea', name: 'شاي', category: null, price_minor: 200, tax_code: 'vat', barcodes: [] }],
  staff: [],
};

let cluster: Cluster;
let databaseUrl: string;
let central: RunningCentral;

beforeAll(async () => {
  cluster = await Cluster.start();
  databaseUrl = await cluster.emptyDatabase();
  central = await runCentral({ databaseUrl, port: 0, ports });
}, 60_000);

afterAll(async () => {
  await central.stop();
  fleet.close();
  await cluster.stop();
});

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

const call = async (path: string, init: RequestInit = {}): Promise<Answer> => {
  const answer = await fetch(`${central.url}${path}`, init);
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? null : JSON.parse(text) };
};

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  call(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || Buffer.isBuffer(body) ? new Uint8Array(Buffer.from(body)) : JSON.stringify(body),
  });

const code = (tenant = 'Shop'): Promise<string> => createCode(central.db, { ...defaultNames, tenant }, ports);

const enrolTerminal = async (
  terminal: TillTerminal = fleet.add(),
  tenant?: string,
): Promise<{ terminal: TillTerminal; enrolment: EnrolmentAnswer }> => {
  const { terminal_id, publicKey: public_key } = terminal;
  const answer = await post('/v1/enrolments', { code: await code(tenant), terminal_id, public_key });
  expect(answer.status).toBe(201);
  const enrolment = answer.body as EnrolmentAnswer;
  terminal.enrolled(enrolment);
  return { terminal, enrolment };
};

const expectProblem = (answer: Answer, status: number, problem: string): void => {
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status, body: { status, code: problem } });
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/u);
};

describe('enrolment', () => {
  it('gives tenant, store and a token that works, and never stores code or token as they are', async () => {
    const fresh = await code();
    const terminal = fleet.add();
    const request = { code: fresh, terminal_id: terminal.terminal_id, public_key: terminal.publicKey };
    const { body } = await post('/v1/enrolments', { ...request, code: ` ${fresh.toLowerCase().replaceAll('-', ' ')}` });
    expect(body).toMatchObject({ tenant_name: 'Shop', store_name: 'Main store' });
    const { token } = body as EnrolmentAnswer;
    terminal.enrolled(body as EnrolmentAnswer);
    expect((await post('/v1/sync', terminal.request(terminal.events()), bearer(token))).status).toBe(200);
    const stored = JSON.stringify([
      await cluster.asOwner('SELECT * FROM enrolment_codes', databaseUrl),
      await cluster.asOwner('SELECT * FROM terminal_tokens', databaseUrl),
    ]);
    expect(stored).not.toContain(token);
    expect(stored).not.toContain(fresh);
  });

  it('may be repeated by the same terminal, which makes the token before useless', async () => {
    const terminal = fleet.add();
    const request = { code: await code(), terminal_id: terminal.terminal_id, public_key: terminal.publicKey };
    const [first, second] = [await post('/v1/enrolments', request), await post('/v1/enrolments', request)];
    expect([first.status, second.status]).toEqual([201, 201]);
    const [before, now] = [(first.body as EnrolmentAnswer).token, (second.body as EnrolmentAnswer).token];
    expectProblem(await call('/v1/catalog', { headers: bearer(before) }), 403, 'TOKEN_REVOKED');
    expect((await call('/v1/catalog', { headers: bearer(now) })).status).toBe(304);
  });

  it('refuses a used, an old, an unknown and another tenant’s code, a wrong key and another key', async () => {
    const { terminal_id, publicKey: public_key } = fleet.add();
    const other = fleet.add();
    const used = await code();
    expect((await post('/v1/enrolments', { code: used, terminal_id, public_key })).status).toBe(201);
    const request = { code: used, terminal_id: other.terminal_id, public_key: other.publicKey };
    expectProblem(await post('/v1/enrolments', request), 409, 'CODE_USED');
    expectProblem(await post('/v1/enrolments', { ...request, public_key: 'no key' }), 422, 'KEY_INVALID');
    expectProblem(await post('/v1/enrolments', { ...request, terminal_id: 'x' }), 422, 'REQUEST_INVALID');
    const another = { code: await code(), terminal_id, public_key: publicKeyOf(newPrivateKey()) };
    expectProblem(await post('/v1/enrolments', another), 409, 'TERMINAL_KEY_DIFFERS');
    expect((await post('/v1/enrolments', { ...another, public_key })).status).toBe(201);
    const elsewhere = (await code('Another')).slice(0, 6) + (await code()).slice(6);
    expectProblem(await post('/v1/enrolments', { ...request, code: elsewhere }), 404, 'CODE_UNKNOWN');
    const old = await code();
    clock.ahead += 15 * 60_000;
    expectProblem(await post('/v1/enrolments', { ...request, code: old }), 410, 'CODE_EXPIRED');
  });

  it('turns a source away that tries too many wrong codes, and lets it in again later', async () => {
    const { terminal_id, publicKey: public_key } = fleet.add();
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 30; attempt += 1) {
      const guess = `AAAAAA-AAAA-AAAA-${String(1000 + attempt)}`;
      statuses.push((await post('/v1/enrolments', { code: guess, terminal_id, public_key })).status);
    }
    expect(new Set(statuses)).toEqual(new Set([404, 429]));
    const good = { code: await code(), terminal_id, public_key };
    const turnedAway = await post('/v1/enrolments', good, { 'x-forwarded-for': '10.1.2.3' });
    expectProblem(turnedAway, 429, 'TOO_MANY_ATTEMPTS');
    expect(Number(turnedAway.headers.get('retry-after'))).toBeGreaterThan(0);
    clock.ahead += 10 * 60_000;
    expect((await post('/v1/enrolments', good)).status).toBe(201);
  });

  it('lets a revoked terminal enrol again with the same key and send what it has; who did what is on record', async () => {
    const { terminal, enrolment } = await enrolTerminal();
    const admin = bearer(await centralAdmin({ databaseUrl, ports }));
    const ask = (what: string): Promise<Answer> =>
      call(`/v1/terminals/${terminal.terminal_id}/${what}`, { method: 'POST', headers: admin });
    expect((await ask('revoke')).status).toBe(204);
    const refused = await post('/v1/sync', terminal.request(terminal.events()), bearer(enrolment.token));
    expectProblem(refused, 403, 'TOKEN_REVOKED');
    expectProblem(await ask('rotate-token'), 409, 'TERMINAL_REVOKED');
    const again = await enrolTerminal(terminal);
    const answer = await post('/v1/sync', terminal.request(terminal.events()), bearer(again.enrolment.token));
    expect(answer.body).toMatchObject({ rejected: [], contiguous_seq: 3 });
    expect((await ask('rotate-token')).status).toBe(204);
    const { body: asked } = await post('/v1/sync', terminal.request([]), bearer(again.enrolment.token));
    expect(asked).toMatchObject({ rotate_token: true });
    const { body } = await call(`/v1/office-actions?terminal_id=${terminal.terminal_id}`, { headers: admin });
    const actor = expect.stringMatching(/^admin [0-9a-f]{8}$/u) as string;
    const actions = (body as { items: { action: string }[] }).items;
    expect(actions.map(({ action }) => action).sort()).toEqual(['rotation_asked', 'terminal_revoked']);
    expect(actions).toMatchObject([{ actor }, { actor }]);
  });

  it.each([
    ['nobody', 404, 'TERMINAL_UNKNOWN'],
    ['%00', 404, 'TERMINAL_UNKNOWN'],
    ['00000000-0000-4000-8000-000000000000', 404, 'TERMINAL_UNKNOWN'],
  ])('revokes nothing and rotates nothing for the terminal “%s”', async (id, status, problem) => {
    const admin = bearer(await centralAdmin({ databaseUrl, ports }));
    for (const what of ['revoke', 'rotate-token']) {
      expectProblem(await call(`/v1/terminals/${id}/${what}`, { method: 'POST', headers: admin }), status, problem);
    }
  });

  it('does not let another company, a terminal or a stranger take a terminal out of use', async () => {
    const { terminal, enrolment } = await enrolTerminal();
    const stranger = await centralAdmin({ databaseUrl, ports }, 'Stranger');
    for (const what of ['revoke', 'rotate-token']) {
      const path = `/v1/terminals/${terminal.terminal_id}/${what}`;
      const ask = (headers: Record<string, string>) => call(path, { method: 'POST', headers });
      expectProblem(await ask(bearer(stranger)), 404, 'TERMINAL_UNKNOWN');
      expectProblem(await ask(bearer(enrolment.token)), 403, 'TOKEN_NOT_FOR_THIS');
      expectProblem(await ask({}), 401, 'TOKEN_INVALID');
    }
    expect((await call('/v1/catalog', { headers: bearer(enrolment.token) })).status).toBe(304);
  });
});

describe('a request that central cannot take as a whole', () => {
  let shop: { terminal: TillTerminal; enrolment: EnrolmentAnswer };
  let admin: string;
  beforeAll(async () => {
    shop = await enrolTerminal();
    admin = await centralAdmin({ databaseUrl, ports });
  });

  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

  it.each<[string, number, string, () => { body?: unknown; headers?: Record<string, string> }]>([
    ['no token', 401, 'TOKEN_INVALID', () => ({ headers: { authorization: '' } })],
    ['another scheme', 401, 'TOKEN_INVALID', () => ({ headers: { authorization: 'Basic abc' } })],
    ['a cut token', 401, 'TOKEN_INVALID', () => ({ headers: bearer(shop.enrolment.token.slice(0, -1)) })],
    ['a longer token', 401, 'TOKEN_INVALID', () => ({ headers: bearer(`${shop.enrolment.token}A`) })],
    ['a token in capitals', 401, 'TOKEN_INVALID', () => ({ headers: bearer(shop.enrolment.token.toUpperCase()) })],
    ['a made-up token', 401, 'TOKEN_INVALID', () => ({ headers: bearer(`tt_${'0'.repeat(32)}_${'A'.repeat(43)}`) })],
    ['an administrator’s token', 403, 'TOKEN_NOT_FOR_THIS', () => ({ headers: bearer(admin) })],
    ['another terminal', 403, 'TOKEN_OF_ANOTHER', () => ({ body: { terminal_id: fleet.add().terminal_id } })],
    ['another tenant', 403, 'TOKEN_OF_ANOTHER', () => ({ body: { tenant_id: fleet.add().terminal_id } })],
    ['no tenant', 403, 'TOKEN_OF_ANOTHER', () => ({ body: { tenant_id: null } })],
    ['a terminal that is no UUID', 403, 'TOKEN_OF_ANOTHER', () => ({ body: { terminal_id: 'till 1' } })],
    ['101 events', 422, 'TOO_MANY_EVENTS', () => ({ body: { events: Array(101).fill(null) } })],
    ['no head', 422, 'REQUEST_INVALID', () => ({ body: { head: undefined } })],
    ['an unknown field', 422, 'REQUEST_INVALID', () => ({ body: { constructor: { prototype: {} } } })],
    ['an epoch of one and a half', 422, 'REQUEST_INVALID', () => ({ body: { epoch: 1.5 } })],
    ['broken JSON', 400, 'BODY_INVALID', () => ({ body: '{"tenant_id":' })],
    ['no body', 400, 'BODY_INVALID', () => ({ body: '' })],
    ['JSON 1 000 levels deep', 400, 'BODY_TOO_DEEP', () => ({ body: nested(1000) })],
    ['JSON 900 000 levels deep', 400, 'BODY_TOO_DEEP', () => ({ body: nested(900_000) })],
    ['3 MiB', 413, 'BODY_TOO_LARGE', () => ({ body: ' '.repeat(3 * 1024 * 1024) })],
    [
      'a gzip bomb',
      413,
      'BODY_TOO_LARGE',
      () => ({ body: gzipSync(Buffer.alloc(200 * 1024 * 1024, ' ')), headers: { 'content-encoding': 'gzip' } }),
    ],
    ['false gzip', 400, 'BODY_INVALID', () => ({ body: '{}', headers: { 'content-encoding': 'gzip' } })],
    ['another encoding', 415, 'MEDIA_TYPE_UNSUPPORTED', () => ({ headers: { 'content-encoding': 'br' } })],
    ['a text', 415, 'MEDIA_TYPE_UNSUPPORTED', () => ({ headers: { 'content-type': 'text/plain' } })],
    [
      'a form',
      415,
      'MEDIA_TYPE_UNSUPPORTED',
      () => ({ headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
    ],
  ])('for %s is answered with %i %s', async (_what, status, problem, make) => {
    const { body = {}, headers = {} } = make();
    const whole = shop.terminal.request([]);
    const raw = typeof body === 'string' || Buffer.isBuffer(body);
    const sent = raw ? body : { ...whole, ...(body as object) };
    expectProblem(await post('/v1/sync', sent, { ...bearer(shop.enrolment.token), ...headers }), status, problem);
    expect((await call('/health/ready')).status).toBe(200);
  });

  it.each<[string, string, number, string]>([
    ['GET', '/nothing', 404, 'NOT_FOUND'],
    ['GET', '/v1/sync', 404, 'NOT_FOUND'],
    ['GET', '/%2e%2e%2fetc/passwd', 404, 'NOT_FOUND'],
    ['GET', '/%zz', 400, 'BODY_INVALID'],
    ['GET', '/v1/terminals', 401, 'TOKEN_INVALID'],
    ['GET', '/v1/sessions', 401, 'TOKEN_INVALID'],
  ])('such as %s %s is answered with a problem document', async (method, path, status, problem) => {
    expectProblem(await call(path, { method }), status, problem);
  });

  it('is refused to a terminal at the back office, with lists that are asked for wrongly, and says nothing of SQL', async () => {
    expectProblem(await call('/v1/terminals', { headers: bearer(shop.enrolment.token) }), 403, 'TOKEN_NOT_FOR_THIS');
    for (const query of ["terminal_id=';--", 'limit=1000000000', 'limit=-1', 'sort=name', 'business_date=x']) {
      expectProblem(await call(`/v1/receipts?${query}`, { headers: bearer(admin) }), 400, 'QUERY_INVALID');
    }
    expectProblem(
      await call('/v1/catalog?since=0x10', { headers: bearer(shop.enrolment.token) }),
      400,
      'QUERY_INVALID',
    );
  });
});

describe('a running central', () => {
  it('takes a gzipped batch, journals it under the terminal’s request id, and sends safe headers', async () => {
    const { terminal, enrolment } = await enrolTerminal();
    const request_id = '0b6f7f6e-30b5-4c1c-9d0c-6f1d8d4f9a01';
    const body = gzipSync(JSON.stringify(terminal.request(terminal.events())));
    const headers = { ...bearer(enrolment.token), 'content-encoding': 'gzip', 'x-request-id': request_id };
    for (let time = 0; time < 2; time += 1) expect((await post('/v1/sync', body, headers)).status).toBe(200);
    const answer = await post('/v1/sync', body, headers);
    expect(answer.headers.get('x-request-id')).toBe(request_id);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const [journal] = await cluster.asOwner(
      `SELECT count(*)::int AS batches, sum(new_count)::int AS fresh FROM batches WHERE request_id = '${request_id}'`,
      databaseUrl,
    );
    expect(journal).toEqual({ batches: 3, fresh: 2 });
  });

  it('hands out the newest catalog whole, and 304 when there is nothing newer', async () => {
    const { enrolment } = await enrolTerminal(undefined, 'Catalog shop');
    const get = (since: string, headers: Record<string, string> = {}): Promise<Response> =>
      fetch(`${central.url}/v1/catalog?since=${since}`, { headers: { ...bearer(enrolment.token), ...headers } });
    expect((await get('0')).status).toBe(304);
    const store = { databaseUrl, ports };
    expect(await centralPublish(store, enrolment.tenant_id, content)).toBe(1);
    expect(await centralPublish(store, enrolment.tenant_id, { ...content, methods: ['card'] })).toBe(2);
    await expect(centralPublish(store, enrolment.tenant_id, { ...content, currency: 'XXQ' })).rejects.toMatchObject({
      code: 'CATALOG_INVALID',
    });
    const plain = await get('-3', { 'accept-encoding': 'identity' });
    const catalog = readCatalog(await plain.json());
    expect(catalog).toMatchObject({ catalog_version: 2, checksum: checksumOf({ ...content, methods: ['card'] }) });
    const zipped = await get('1');
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    expect(readCatalog(await zipped.json())).toEqual(catalog);
    expect((await get('2')).status).toBe(304);
    expect((await get('0', { 'if-none-match': plain.headers.get('etag') ?? '' })).status).toBe(304);
  });

  it('compares every session with its Z, to the cent', async () => {
    const admin = await centralAdmin({ databaseUrl, ports }, 'Reconciled');
    const honest = await enrolTerminal(fleet.add().openSession().sell(3).closeSession(), 'Reconciled');
    const doctored = await enrolTerminal(
      fleet
        .add()
        .openSession()
        .sell(3)
        .closeSession(({ z_report, ...names }) => ({
          ...names,
          z_report: { ...z_report, turnover_minor: z_report.turnover_minor - 1 },
        })),
      'Reconciled',
    );
    for (const { terminal, enrolment } of [honest, doctored]) {
      const { body } = await post('/v1/sync', terminal.request(terminal.events()), bearer(enrolment.token));
      expect((body as SyncAnswer).rejected).toEqual([]);
    }
    const list = async (path: string): Promise<Record<string, unknown>[]> =>
      ((await call(path, { headers: bearer(admin) })).body as { items: Record<string, unknown>[] }).items;
    const of = (terminal: TillTerminal): string => `/v1/sessions?terminal_id=${terminal.terminal_id}`;
    expect(await list(of(honest.terminal))).toMatchObject([{ reconciled: true, difference_minor: 0, deviations: [] }]);
    expect(await list(of(doctored.terminal))).toMatchObject([
      { reconciled: false, difference_minor: -1, deviations: [{ field: 'turnover_minor', difference: -1 }] },
    ]);
    expect(await list('/v1/z-reports')).toHaveLength(2);
    expect(await list('/v1/receipts?limit=5')).toHaveLength(5);
    expect(await list('/v1/terminals')).toMatchObject([{ refused_count: 0 }, { contiguous_seq: 10 }]);
  });

  it('shows an administrator what was rejected, of his own tenant alone', async () => {
    const { terminal, enrolment } = await enrolTerminal(undefined, 'Rejecting');
    const [first, second] = terminal.events();
    if (!first || !second) throw new Error('There are two events.');
    const newer = changed(second, { type: 'RobotGreeted' });
    await post('/v1/sync', terminal.request([first, newer]), bearer(enrolment.token));
    const rejectedOf = async (tenant: string): Promise<unknown> => {
      const admin = await centralAdmin({ databaseUrl, ports }, tenant);
      return (await call('/v1/rejected', { headers: bearer(admin) })).body;
    };
    expect(await rejectedOf('Rejecting')).toMatchObject({
      items: [{ code: 'UNKNOWN_TYPE', seq: 2, event: JSON.stringify(newer.event) }],
    });
    expect(await rejectedOf('Somebody else')).toEqual({ items: [] });
  });

  it('describes itself', async () => {
    const { body } = await call('/openapi.json');
    expect(Object.keys((body as { paths: object }).paths)).toEqual(
      expect.arrayContaining(['/v1/sync', '/v1/catalog', '/v1/enrolments', '/v1/sessions', '/health/ready']),
    );
    expect(JSON.stringify(body)).toContain('public_key');
  });

  it('is read by the auditor from its database', async () => {
    const source: LogSource = await openCentralSource({ databaseUrl, ports });
    const logs = await source.terminals();
    const events: string[] = [];
    for (const log of logs) for await (const rows of log.rows()) events.push(...rows.map(({ event }) => event));
    const [stored] = await cluster.asOwner('SELECT count(*)::int AS n FROM events', databaseUrl);
    expect(events.length).toBeGreaterThanOrEqual(Number(stored?.['n']));
    expect(source.name).not.toContain('@');
    await source.close();
  });
});
