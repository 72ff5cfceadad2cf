import { Desk } from './desk.js';
import { type EnrolledTill, Office } from './office.js';

let office: Office;
let mine: EnrolledTill;
let routes: readonly string[];

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
    .replace('{store_id}', mine.enrolment.store_id)
    .replace(/\/v1\/reports\/sales$/u, '/v1/reports/sales?by=product');

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

  it('is closed without a token, and to the token of a terminal', async () => {
    for (const route of routes) {
      expect([route, (await office.ask(filled(route))).status]).toEqual([route, 401]);
      const { status } = await office.ask(filled(route), { token: mine.enrolment.token });
      expect([route, status]).toEqual([route, 403]);
    }
  });
});
