import { sourceOf } from '../../src/central/attempts.js';
import { runCentral, type RunningCentral } from '../../src/central/program.js';
import { expectProblem, Office } from './office.js';

let office: Office;
let second: RunningCentral;
let behindProxy: RunningCentral;
beforeAll(async () => {
  office = await Office.start();
  const { databaseUrl, clock } = office;
  second = await runCentral({ databaseUrl, port: 0, ports: clock.ports });
  behindProxy = await runCentral({ databaseUrl, port: 0, ports: clock.ports, trustedProxies: ['127.0.0.1'] });
}, 60_000);
afterAll(async () => {
  await second.stop();
  await behindProxy.stop();
  await office.stop();
});
afterEach(() => {
  office.clock.ahead += 10 * 60_000;
});

const attempts = {
  login: { path: '/v1/login', body: { username: 'nobody', password: 'wrong' }, wrong: 401 },
  enrolment: {
    path: '/v1/enrolments',
    body: { code: 'AAAAAA-AAAA-AAAA-AAAA', terminal_id: '00000000-0000-4000-8000-000000000000', public_key: 'k' },
    wrong: 422,
  },
};

const attempt = async (at: RunningCentral, kind: keyof typeof attempts, headers = {}) => {
  const { path, body } = attempts[kind];
  return fetch(`${at.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
};

describe('wrong attempts from one address', () => {
  it('are counted over all copies of central, which turn it away together, and let it in again together', async () => {
    for (let wrong = 0; wrong < 10; wrong += 1) {
      const { status } = await attempt(wrong % 2 === 0 ? office.central : second, 'login');
      expect(status).toBe(401);
    }
    for (const copy of [office.central, second]) {
      const refused = await attempt(copy, 'login', { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' });
      expect(refused.status).toBe(429);
      const wait = Number(refused.headers.get('retry-after'));
      expect(wait > 0 && wait <= 600).toBe(true);
    }
    office.clock.ahead += 10 * 60_000;
    expect((await attempt(second, 'login')).status).toBe(401);
  });

  it('are counted apart for passwords and for codes, and a restart forgets none of them', async () => {
    const { publicKey: public_key, terminal_id } = office.fleet.add();
    const guess = (at: { readonly url: string }) =>
      fetch(`${at.url}/v1/enrolments`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ code: 'AAAAAA-AAAA-AAAA-AAAA', terminal_id, public_key }),
      });
    const { databaseUrl, clock } = office;
    const third = await runCentral({ databaseUrl, port: 0, ports: clock.ports });
    for (let wrong = 0; wrong < 10; wrong += 1) expect((await guess(third)).status).toBe(404);
    await third.stop();
    expect((await guess(second)).status).toBe(429);
    expect((await attempt(second, 'login')).status).toBe(401);
  });

  it('are the caller’s behind a proxy that is named exactly, whatever the caller says before it', async () => {
    const from = (address: string) => attempt(behindProxy, 'login', { 'x-forwarded-for': address });
    for (let wrong = 0; wrong < 10; wrong += 1) {
      expect((await from(`198.51.100.${String(wrong)}, 203.0.113.7`)).status).toBe(401);
    }
    expect((await from('192.0.2.1, 203.0.113.7')).status).toBe(429);
    expect((await from('203.0.113.8')).status).toBe(401);
  });

  it('of IPv6 are counted by network, and an IPv4 address is the same however it is written', () => {
    expect(sourceOf('2001:db8:1:2:3:4:5:6')).toBe(sourceOf('2001:DB8:1:2::9'));
    expect(sourceOf('2001:db8:1:2::9')).not.toBe(sourceOf('2001:db8:1:3::9'));
    expect(sourceOf('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
    expect(sourceOf('::1')).toBe('0:0:0:0::/64');
    expect(sourceOf('::ffff:192.0.2.7')).toBe('192.0.2.7');
  });
});

describe('/metrics of central', () => {
  const figures = async (): Promise<ReadonlyMap<string, number>> => {
    const { text, headers } = await office.ask('GET /metrics');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
  };

  it('counts requests by route, verdicts, connections and the program itself, and names no company', async () => {
    const till = await office.enrol('Measured company');
    till.terminal.openSession().sell(2);
    await office.send(till);
    await office.send(till);
    expectProblem(await office.ask('GET /v1/receipts'), 401, 'TOKEN_INVALID');
    const found = await figures();
    const sync = 'tillog_http_request_seconds_count{method="POST",route="/v1/sync",status="200"}';
    expect(found.get(sync)).toBe(2);
    expect(found.get('tillog_http_request_seconds_count{method="GET",route="/v1/receipts",status="401"}')).toBe(1);
    expect(found.get('tillog_events_total{verdict="accepted"}')).toBe(2 * till.terminal.events().length);
    expect(found.get('tillog_database_up')).toBe(1);
    expect(found.get('tillog_database_connections{state="idle"}')).toBeGreaterThan(0);
    expect(found.get('process_resident_memory_bytes')).toBeGreaterThan(0);
    const { text } = await office.ask('GET /metrics');
    for (const secret of ['Measured', till.enrolment.tenant_id, till.terminal.terminal_id, till.enrolment.token]) {
      expect(text).not.toContain(secret);
    }
  });
});
