import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, get as request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { centralPublish, type CentralOptions, runCentral, type RunningCentral } from '../../src/central/program.js';
import { createCode } from '../../src/central/tenants.js';
import { machineClock, type Log } from '../../src/ports.js';
import { enrollTerminal } from '../../src/terminal/program.js';
import { fastPorts } from '../system/fast-ports.js';
import { FleetTill } from '../system/fleet-till.js';
import { shopContent } from '../terminal/shop.js';
import { type EnrolledTill, Office } from './office.js';

const folder = mkdtempSync(join(tmpdir(), 'tillog-busy-'));
const tills: FleetTill[] = [];
let office: Office;
let till: EnrolledTill;
let holder: pg.Client;
let central: RunningCentral;
let complaints: unknown[];

beforeAll(async () => {
  office = await Office.start();
  till = await office.enrol('Shop');
  till.terminal.openSession().sell(1);
  await office.send(till);
  holder = await office.cluster.superuser(office.databaseUrl);
}, 60_000);

afterAll(async () => {
  await holder.end();
  await office.stop();
  rmSync(folder, { recursive: true, force: true });
});

const complain = (fields: object): void => void complaints.push(fields);
const log: Log = { info: () => undefined, warn: complain, error: complain };

const start = async (limits: CentralOptions['limits'] = {}): Promise<void> => {
  complaints = [];
  const { databaseUrl, clock } = office;
  central = await runCentral({ databaseUrl, port: 0, ports: clock.ports, log, limits });
};

afterEach(async () => {
  await letGo();
  for (const opened of tills.splice(0)) await opened.stop();
  await central.stop();
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** Asks the copy of this test, over a connection of its own. */
const ask = (path: string, signal?: AbortSignal): Promise<Answer> =>
  new Promise((answered, failed) => {
    const headers = { authorization: `Bearer ${till.enrolment.token}` };
    request(`${central.url}${path}`, { headers, agent: new Agent(), ...(signal && { signal }) }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', failed);
      answer.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8');
        answered({ status: answer.statusCode, headers: answer.headers, body: JSON.parse(text) as unknown });
      });
    }).on('error', failed);
  });

/** Makes everything wait that reads the stock or moves it. */
const holdStock = async (): Promise<void> => {
  await holder.query('BEGIN; LOCK TABLE stock_movements, stock_movements_unmerged IN ACCESS EXCLUSIVE MODE');
};

/** Resolves once so many requests wait for the stock. */
const waiting = async (count = 1): Promise<void> => {
  const sql = 'SELECT 1 FROM pg_locks WHERE NOT granted';
  while ((await holder.query(sql)).rows.length < count) await machineClock.sleep(5);
};

const letGo = (): Promise<unknown> => holder.query('ROLLBACK');

describe('a central that is stopped while a request is under way', () => {
  it('answers it first, turns new ones away with a pause, and ends then', async () => {
    await start();
    await holdStock();
    const slow = ask('/v1/stock');
    await waiting();
    const stopping = central.stop();
    const late = await ask('/v1/stock');
    expect(late).toMatchObject({
      status: 503,
      headers: { 'retry-after': '5', connection: 'close' },
      body: { status: 503, code: 'UNAVAILABLE' },
    });
    await expect(ask('/health/ready')).resolves.toMatchObject({ status: 503 });
    await letGo();
    expect(await slow).toMatchObject({ status: 200, body: { levels: [{ level_milli: -1000 }] } });
    await stopping;
    await expect(ask('/health/live')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(complaints).toEqual([]);
  });

  it('lets it end even where whoever asked has gone, so that it fails for nothing but its own reasons', async () => {
    await start();
    await holdStock();
    const gone = new AbortController();
    const slow = ask('/v1/stock', gone.signal);
    await waiting();
    gone.abort();
    await expect(slow).rejects.toMatchObject({ name: 'AbortError' });
    const stopping = central.stop();
    await letGo();
    await stopping;
    expect(complaints).toEqual([]);
  });

  it('cuts it off when it takes too long, and ends all the same', async () => {
    await start({ drainMsMax: 100 });
    await holdStock();
    const slow = ask('/v1/stock');
    await waiting();
    const stopping = central.stop();
    await expect(slow).rejects.toMatchObject({ code: 'ECONNRESET' });
    await stopping;
    expect(complaints[0]).toMatchObject({ drainMsMax: 100 });
  });
});

describe('a central whose database ends a connection in the middle of a request', () => {
  it('puts that request off and goes on', async () => {
    await start();
    await holdStock();
    const slow = ask('/v1/stock');
    await waiting();
    await holder.query('SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted');
    expect(await slow).toMatchObject({ status: 503, headers: { 'retry-after': '5' }, body: { code: 'UNAVAILABLE' } });
    await letGo();
    expect(await ask('/v1/stock')).toMatchObject({ status: 200 });
  });
});

/** A real till with a real relay at the copy of this test, a session open; its time goes by ten times as fast. */
const openTill = async (): Promise<FleetTill> => {
  const { databaseUrl, clock } = office;
  await centralPublish({ databaseUrl, ports: clock.ports }, till.enrolment.tenant_id, shopContent);
  const dataDir = mkdtempSync(join(folder, 'till-'));
  const code = await createCode(office.central.db, { tenant: 'Shop', store: 'Main store' }, clock.ports);
  await enrollTerminal(dataDir, central.url, code, clock.ports);
  const opened = new FleetTill({ folder: dataDir, url: central.url, ports: fastPorts(10), draw: () => 0.5 });
  tills.push(opened);
  await opened.begin();
  await opened.until(() => opened.status.pending === 0);
  // The stock of the store is not downloaded again for a while, which would take a connection, too.
  await opened.relay.syncNow();
  return opened;
};

const countOf = async ({ terminal }: FleetTill): Promise<unknown> => {
  const sql = 'SELECT count(*)::int AS count FROM events WHERE terminal_id = $1';
  const { rows } = await holder.query<{ count: number }>(sql, [terminal.recorder.identity.terminal_id]);
  return rows[0]?.count;
};

describe('a central of which more is asked than it can do', () => {
  it.each([
    ['that has no connection left', { connectionsMax: 2, waitMsMax: 200 }, 2],
    ['whose statement takes too long', { statementMsMax: 200 }, 0],
  ])('%s tells a till to come back, which does so by itself, and nothing is lost', async (_which, limits, asking) => {
    await start(limits);
    const selling = await openTill();
    await holdStock();
    const slow = Array.from({ length: asking }, () => ask('/v1/stock'));
    await waiting(asking);
    for (let sale = 0; sale < 3; sale += 1) await selling.sell();
    await selling.until(() => selling.status.problem_code === 'busy');
    const refused = await ask('/v1/stock');
    expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': '5' }, body: { code: 'UNAVAILABLE' } });
    expect(refused.body).toMatchObject({ detail: 'Central has too much to do just now. Nothing is lost; try again.' });
    expect(selling.status).toMatchObject({ pending: 3 + 3, rejected: [] });
    await letGo();
    for (const { status } of await Promise.all(slow)) expect(status).toBe(200);
    await selling.until(() => selling.status.pending === 0);
    expect(selling.status).toMatchObject({ online: true, rejected: [], problem: null });
    expect(await countOf(selling)).toBe(selling.recorded);
  });
});

describe('a request that comes too slowly', () => {
  it.each([
    ['headers', 'POST /v1/sync HTTP/1.1\r\nX-Slow: '],
    ['body', 'POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n'],
  ])('is cut off with its %s half there, and others are served meanwhile', async (_what, beginning) => {
    await start({ requestMsMax: 300 });
    const { hostname, port } = new URL(central.url);
    const socket = connect(Number(port), hostname);
    socket.setEncoding('utf8').on('error', () => undefined);
    socket.write(beginning);
    const trickle = setInterval(() => socket.write(' '), 50);
    const heard: unknown[] = [];
    socket.on('data', (text) => heard.push(text));
    const ended = once(socket, 'close');
    expect((await ask('/health/ready')).status).toBe(200);
    await ended;
    clearInterval(trickle);
    expect(heard.join('')).toMatch(/^HTTP\/1.1 408 .*"status":408,"code":"BODY_INVALID"/su);
  });
});
