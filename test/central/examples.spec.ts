import { createPrivateKey } from 'node:crypto';
import pg from 'pg';
import { examples } from '../../src/central/examples/examples.js';
import { createCode } from '../../src/central/tenants.js';
import { signText } from '../../src/events/signature.js';
import { secretHash, tokenProposalSchema, tokenProposalText } from '../../src/outbox/protocol.js';
import { type Asked, type Described, mistakesIn, operationsOf, played, type Said } from '../openapi/conversation.js';
import { type CornerShop, openCornerShop } from './corner-shop.js';
import { Office } from './office.js';

let office: Office;
let shop: CornerShop;
let described: Described;
const asked = jest.spyOn(pg.Client.prototype, 'query');

beforeAll(async () => {
  office = await Office.start();
  asked.mockClear();
  shop = await openCornerShop(office);
  described = (await office.ask('GET /openapi.json')).body as Described;
}, 60_000);
afterAll(() => office.stop());

/** The part of an example's address behind so many slashes. */
const shownAt = (route: string, place: number): string => examples[route]?.url.split(/[/?]/u)[place] ?? '';

describe('the description of central', () => {
  it('can be read by a program, and shows every request and every answer', () => {
    expect(described.openapi).toBe('3.1.0');
    expect([...operationsOf(described).keys()].sort()).toEqual(Object.keys(examples).sort());
    expect(mistakesIn(described)).toEqual([]);
  });

  it('says what opens a request, what narrows a list, and which revision a change names', () => {
    const operations = operationsOf(described);
    expect(operations.get('POST /v1/login')).toMatchObject({ security: [] });
    expect(operations.get('POST /v1/sync')).toMatchObject({ security: [{ bearer: [] }] });
    expect(operations.get('GET /v1/users')).toMatchObject({ security: [{ bearer: [] }, { cookie: [] }] });
    const namesOf = (route: string) => (operations.get(route)?.parameters ?? []).map(({ name }) => name).sort();
    expect(namesOf('GET /v1/sessions')).toEqual(['business_date', 'limit', 'offset', 'terminal_id']);
    expect(namesOf('POST /v1/catalog-draft/products')).toEqual(['if-match']);
    expect(described.components.schemas['Problem']).toMatchObject({
      properties: { code: { enum: expect.arrayContaining(['DRAFT_CHANGED', 'UNAVAILABLE']) as unknown } },
    });
  });

  it('shows requests that central takes, with answers built like those it gives', async () => {
    const code = await createCode(
      office.central.db,
      { tenant: 'Corner Shop', store: 'Main Street' },
      office.clock.ports,
    );
    const { terminal_id: enrolled } = examples['POST /v1/enrolments']?.request as Record<'terminal_id', string>;
    const { code: shownCode } = examples['POST /v1/enrolments']?.request as Record<'code', string>;
    const names = new Map([
      [enrolled, enrolled],
      [shownCode, code],
      [shownAt('GET /v1/catalog-draft/stores/{store_id}', 4), shop.seller.enrolment.store_id],
      [shownAt('GET /v1/certificates/{terminal_id}/{business_date}', 3), shop.seller.terminal.terminal_id],
      [shownAt('POST /v1/terminals/{terminal_id}/forks/{hash}/adopt', 3), shop.copied.terminal.terminal_id],
    ]);
    expect(await played(examples, asker(), names)).toEqual([]);
  });
});

/** Asks as whoever may: the terminal of the examples, somebody with a session, or an administrator. */
const asker = () => {
  let token = '';
  let cookie = '';
  const signIn = async (body: unknown): Promise<Said> => {
    const answer = await office.ask('POST /v1/login', { body });
    cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
    return answer;
  };
  const bySession = ['GET /v1/me', 'POST /v1/me/password', 'POST /v1/logout'];
  const byTerminal = ['GET /v1/catalog', 'POST /v1/sync', 'GET /v1/stock'];
  return async ({ method, url, headers = {}, request }: Asked, route: string): Promise<Said> => {
    if (route === 'POST /v1/login') return signIn(request);
    // The session ended with the old password.
    if (route === 'POST /v1/logout') {
      const { new_password: password } = examples['POST /v1/me/password']?.request as Record<'new_password', string>;
      await signIn({ ...(examples['POST /v1/login']?.request as object), password });
    }
    if (route === 'POST /v1/token') return takeToken(request);
    const asked = bySession.includes(route)
      ? { body: request, headers: { ...headers, cookie, 'x-tillog-request': '1' } }
      : { body: request, headers, token: byTerminal.includes(route) ? token : shop.desk.token };
    const answer = await office.ask(`${method} ${url}`, asked);
    if (route === 'POST /v1/enrolments') ({ token } = answer.body as { token: string });
    return answer;
  };
};

/** Proposes the token of the example, signed by a terminal of this time: its signature names the token that it has. */
const takeToken = async (request: unknown): Promise<Said> => {
  const { terminal, enrolment } = shop.seller;
  const { terminal_id, privateKey } = terminal;
  await shop.desk.ask(`POST /v1/terminals/${terminal_id}/rotate-token`);
  const { token_hash } = tokenProposalSchema.parse(request);
  const change = { terminal_id, token_hash: secretHash(enrolment.token), next_hash: token_hash };
  const signature = signText(tokenProposalText(change), createPrivateKey(privateKey));
  return office.ask('POST /v1/token', { body: { token_hash, signature }, token: enrolment.token });
};

/** The statements that central sent since it was ready, each once. */
const statements = (): readonly string[] => [
  ...new Set(
    (asked.mock.calls as unknown[][]).map(([query]) =>
      typeof query === 'string' ? query : (query as { readonly text: string }).text,
    ),
  ),
];

describe('every statement', () => {
  it('filters each of its tables by the company, but for the one that finds the company', async () => {
    const sent = statements();
    const rows = await office.cluster.asOwner(
      `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
         AND relname NOT IN ('migrations', 'tenants')`,
      office.databaseUrl,
    );
    const tables = rows.map(({ relname }) => String(relname)).join('|');
    const used = (sql: string) => sql.match(new RegExp(`(FROM|JOIN|INTO|UPDATE) (${tables})\\b`, 'gu'))?.length ?? 0;
    const filters = (sql: string) =>
      sql.match(/tenant_id = |USING \(tenant_id\b|INTO \w+(?: AS \w+)?\s+\(\s*tenant_id\b/gu)?.length ?? 0;
    expect(sent.filter((sql) => used(sql) > 0).length).toBeGreaterThan(100);
    expect(sent.filter((sql) => used(sql) > filters(sql))).toEqual([]);
  });
});
