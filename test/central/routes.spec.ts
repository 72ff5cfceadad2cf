import { createCode } from '../../src/central/tenants.js';
import { Desk, product } from './desk.js';
import { type EnrolledTill, Office, smallCatalog } from './office.js';

let office: Office;
let mine: EnrolledTill;
let routes: readonly string[];
let sumSql: string;

/** Addresses that are no part of the back office. */
const others = [
  '/health',
  '/metrics',
  '/v1/sync',
  '/v1/token',
  '/v1/enrolments',
  '/v1/catalog ',
  '/v1/stock',
  '/v1/login',
];

beforeAll(async () => {
  office = await Office.start();
  const desk = await Desk.open(office, 'Mine secret');
  await desk.edit('POST /v1/catalog-draft/staff', { put: [{ staff_code: '7', name: 'Mine secret', role: 'cashier' }] });
  const owner = { username: 'secret', name: 'Mine secret', role: 'owner', password: 'correct horse 9' };
  expect((await desk.ask('POST /v1/users', owner)).status).toBe(201);
  mine = await office.enrol('Mine secret', office.fleet.add(), 'Secret street');
  mine.terminal.openSession().sell(3).closeSession();
  expect((await office.send(mine)).body).toMatchObject({ rejected: [] });
  const { body } = await office.ask('GET /openapi.json');
  routes = Object.entries((body as { paths: Record<string, object> }).paths)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
    .filter((route) => !others.some((other) => `${route.split(' ')[1] ?? ''} `.startsWith(other)));
  sumSql = await sumOfMine();
}, 60_000);
afterAll(() => office.stop());

/** The route with the ids of the first company in it. */
const filled = (route: string): string =>
  route
    .replace('{terminal_id}', mine.terminal.terminal_id)
    .replace('{user_id}', mine.terminal.terminal_id)
    .replace('{local_id}', mine.terminal.terminal_id)
    .replace('{hash}', mine.terminal.log.head?.hash ?? '')
    .replace('{catalog_version}', '2')
    .replace('{business_date}', '2026-11-23')
    .replace('{store_id}', mine.enrolment.store_id)
    .replace(/\/v1\/reports\/sales$/u, '/v1/reports/sales?by=product');

/** One statement that sums up every row of the first company, by table. */
const sumOfMine = async (): Promise<string> => {
  const tables = await office.cluster.asOwner(
    `SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
     WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY 1`,
    office.databaseUrl,
  );
  return tables
    .map(
      ({ relname }) => `SELECT '${String(relname)}' AS name, md5(string_agg(t::text, '|' ORDER BY t::text)) AS sum
      FROM ${String(relname)} t WHERE tenant_id = '${mine.enrolment.tenant_id}'`,
    )
    .join(' UNION ALL ');
};

/** Every row of the first company, by table. */
const rowsOfMine = async (): Promise<ReadonlyMap<string, unknown>> => {
  const sums = await office.cluster.asOwner(sumSql, office.databaseUrl);
  return new Map(sums.map(({ name, sum }) => [String(name), sum]));
};

const tablesThatDiffer = (before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>) =>
  [...before.keys()].filter((table) => before.get(table) !== after.get(table));

/** What is asked of each route that changes something; the ids in it are the first company's. */
const changes = (): Readonly<Record<string, unknown>> => ({
  'POST /v1/catalog-draft/products': { put: [product('theirs')], remove: ['coffee'] },
  'POST /v1/catalog-draft/categories': { category: 'Drinks', renamed_to: 'Taken over' },
  'POST /v1/catalog-draft/staff': { put: [{ staff_code: '8', name: 'Intruder', role: 'manager' }], remove: ['7'] },
  'PUT /v1/catalog-draft/terms': { currency: 'USD', currencies: smallCatalog.currencies, methods: [], taxes: [] },
  'POST /v1/catalog-draft/import': 'code,name,category,price,tax_rate,barcodes\nx,x,,1,0,\n',
  'POST /v1/catalog-draft/publish': undefined,
  'POST /v1/catalog-draft/reset': { catalog_version: 1 },
  'POST /v1/catalog-draft/stores/{store_id}/products': { put: [{ code: 'coffee', price_minor: 1 }] },
  'PUT /v1/catalog-draft/stores/{store_id}/terms': { settings: { blind_count: true } },
  'POST /v1/catalog-draft/stores/{store_id}/import': 'code,price,tax_code,available\ncoffee,1,,\n',
  'POST /v1/catalogs/{catalog_version}/publish': undefined,
  'POST /v1/terminals/{terminal_id}/revoke': undefined,
  'POST /v1/terminals/{terminal_id}/rotate-token': undefined,
  'POST /v1/terminals/{terminal_id}/forks/{hash}/adopt': undefined,
  'POST /v1/rejected/retry': undefined,
  'POST /v1/users': { username: 'intruder', name: 'I', role: 'owner', password: 'correct horse 9' },
  'PUT /v1/users/{user_id}': { role: 'viewer' },
  'POST /v1/me/password': { password: 'correct horse 9', new_password: 'correct horse 10' },
  'POST /v1/logout': undefined,
});

const change = (route: string, token: string) =>
  office.ask(filled(route), { token, body: changes()[route], headers: { 'if-match': '*' } });

describe('every route of the back office', () => {
  it('is known to these specs, with nothing left to fill in', () => {
    expect(routes.length).toBeGreaterThan(25);
    expect(routes.map(filled).filter((route) => route.includes('{'))).toEqual([]);
  });

  it('shows another company nothing of the first one', async () => {
    const token = await office.admin('Other');
    for (const route of routes.filter((one) => one.startsWith('GET '))) {
      const { status, text } = await office.ask(filled(route), { token });
      expect([200, 404]).toContain(status);
      for (const secret of ['ecret', mine.terminal.terminal_id, mine.enrolment.tenant_id, 'coffee']) {
        expect([route, text.includes(secret)]).toEqual([route, false]);
      }
    }
  });

  it('shows the first company its own, so that the spec before could fail', async () => {
    const token = await office.admin('Mine secret');
    const answers = routes.filter((one) => one.startsWith('GET ')).map((route) => office.ask(filled(route), { token }));
    const texts = (await Promise.all(answers)).map(({ text }) => text);
    expect(
      texts.filter((text) => /ecret|coffee/u.test(text) || text.includes(mine.terminal.terminal_id)).length,
    ).toBeGreaterThan(8);
  });

  it('that shows something takes no parameter that it does not know, and says nothing of SQL', async () => {
    const token = await office.admin('Mine secret');
    for (const route of routes.filter((one) => one.startsWith('GET ')).map(filled)) {
      for (const query of ["sort=';--", 'limit=1e9']) {
        const { status, text } = await office.ask(`${route}${route.includes('?') ? '&' : '?'}${query}`, { token });
        expect([route, query, status]).toEqual([route, query, 400]);
        expect(text).toContain('"code":"QUERY_INVALID"');
      }
    }
  });

  it('that changes something changes nothing of the first company when another one asks', async () => {
    const changing = routes.filter((route) => !route.startsWith('GET '));
    expect(Object.keys(changes()).sort()).toEqual([...changing].sort());
    const token = await office.admin('Other');
    const before = await rowsOfMine();
    for (const route of changing) {
      const { status } = await change(route, token);
      expect([route, status < 500]).toEqual([route, true]);
      if (/\{(terminal_id|store_id|user_id)\}/u.test(route)) expect([route, status]).toEqual([route, 404]);
      expect([route, tablesThatDiffer(before, await rowsOfMine())]).toEqual([route, []]);
    }
  });

  it('that is a terminal’s takes nothing of the first company with the token, the code or the ids of another one', async () => {
    const other = await office.enrol('Other', office.fleet.add(), 'Elsewhere');
    const before = await rowsOfMine();
    const { terminal, enrolment } = mine;
    const batch = terminal.request(terminal.events());
    const { tenant_id } = other.enrolment;
    const { token } = other.enrolment;
    const stolen = { ...batch, tenant_id, terminal_id: other.terminal.terminal_id };
    const attempts: readonly (readonly [string, unknown, number, RegExp])[] = [
      ['POST /v1/sync', batch, 403, /TOKEN_OF_ANOTHER/u],
      ['POST /v1/sync', { ...batch, tenant_id }, 403, /TOKEN_OF_ANOTHER/u],
      ['POST /v1/sync', stolen, 200, /"accepted":\[\],"rejected":\[\{[^}]*"code":"FORBIDDEN"/u],
      [
        'POST /v1/token',
        { token_hash: 'ab'.repeat(32), signature: terminal.request([]).head.signature },
        403,
        /SIGNATURE/u,
      ],
      ['GET /v1/catalog?since=0', undefined, 200, /^(?!.*ecret)/u],
      ['GET /v1/stock', undefined, 200, /"levels":\[\]/u],
    ];
    for (const [route, body, status, said] of attempts) {
      const answer = await office.ask(route, { token, body });
      expect([route, answer.status, answer.text]).toEqual([route, status, expect.stringMatching(said)]);
    }
    const code = await createCode(office.central.db, { tenant: 'Other', store: 'Elsewhere' }, office.clock.ports);
    const { terminal_id, publicKey: public_key } = terminal;
    const twice = await office.ask('POST /v1/enrolments', { body: { code, terminal_id, public_key } });
    // The same machine may serve another company only from a fresh folder; nothing of the first one tells on it.
    expect([twice.status, twice.text.includes(enrolment.tenant_id)]).toEqual([201, false]);
    expect(tablesThatDiffer(before, await rowsOfMine())).toEqual([]);
  });

  it('is closed without a token, and to the token of a terminal', async () => {
    for (const route of routes) {
      expect([route, (await office.ask(filled(route))).status]).toEqual([route, 401]);
      const { status } = await office.ask(filled(route), { token: mine.enrolment.token });
      expect([route, status]).toEqual([route, 403]);
    }
  });

  it('that changes something does so for the first company itself, so that the specs before could fail', async () => {
    const token = await office.admin('Mine secret');
    const touched = new Set<string>();
    for (const route of routes.filter((one) => !one.startsWith('GET '))) {
      const before = await rowsOfMine();
      await change(route, token);
      if (tablesThatDiffer(before, await rowsOfMine()).length > 0) touched.add(route);
    }
    expect(touched.size).toBeGreaterThanOrEqual(13);
    expect(touched).toContain('POST /v1/terminals/{terminal_id}/revoke');
    expect(touched).toContain('POST /v1/catalog-draft/stores/{store_id}/products');
  });
});
