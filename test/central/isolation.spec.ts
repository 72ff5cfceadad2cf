import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyLogs } from '../../src/audit/verify.js';
import type { CentralDatabase } from '../../src/central/database.js';
import { Ingest } from '../../src/central/ingest.js';
import { migrate } from '../../src/central/migrations.js';
import { centralCode, centralMigrate, runCentral } from '../../src/central/program.js';
import { checkTables } from '../../src/central/safety.js';
import { openCentralSource } from '../../src/central/source.js';
import { machinePorts, silentLog } from '../../src/ports.js';
import type { EnrolmentAnswer } from '../../src/outbox/protocol.js';
import { Cluster, enrolAt } from './database.js';
import { Fleet } from './fleet.js';

const ports = machinePorts;
const fleet = new Fleet();
let cluster: Cluster;
let databaseUrl: string;
let db: CentralDatabase;

beforeAll(async () => {
  cluster = await Cluster.start();
  ({ url: databaseUrl, db } = await cluster.database());
}, 60_000);

afterAll(async () => {
  fleet.close();
  await cluster.stop();
});

describe('the database', () => {
  const tables = async (): Promise<string[]> =>
    (
      await cluster.asOwner(
        `SELECT DISTINCT table_name FROM information_schema.columns WHERE column_name = 'tenant_id' AND table_schema = 'public'`,
        databaseUrl,
      )
    ).map(({ table_name }) => String(table_name));

  it('shows one tenant nothing of another, and nothing at all without a tenant', async () => {
    const [mine, other] = [await enrolAt(db, fleet.add(), 'Mine'), await enrolAt(db, fleet.add(), 'Other')];
    const ingest = new Ingest({ db, ports, log: silentLog });
    for (const { terminal, known } of [mine, other]) {
      await ingest.receive(known, terminal.request(terminal.events()), ports.randomness.uuid());
    }
    const names = await tables();
    expect(names).toEqual(expect.arrayContaining(['events', 'receipts', 'refused', 'terminals', 'tenants']));
    for (const name of names) {
      const seen = await db.inTenant(mine.known.tenant_id, (transaction) =>
        transaction.query<{ tenant_id: string }>(`SELECT DISTINCT tenant_id FROM ${name}`),
      );
      expect(seen.rows.every(({ tenant_id }) => tenant_id === mine.known.tenant_id)).toBe(true);
      const unset = cluster.asOwner(`BEGIN; SET LOCAL ROLE tillog_app; SELECT * FROM ${name}; COMMIT`, databaseUrl);
      expect(await unset).toEqual(undefined);
    }
    const { tenant_id } = other.known;
    const insert = db.inTenant(mine.known.tenant_id, (transaction) =>
      transaction.query('INSERT INTO stores (tenant_id, store_id, name, created_at) VALUES ($1, $1, $2, now())', [
        tenant_id,
        'Smuggled',
      ]),
    );
    await expect(insert).rejects.toThrow(/row-level security/u);
  });

  it('lets nobody change or remove an event', async () => {
    const { known } = await enrolAt(db, fleet.add(), 'Mine');
    for (const sql of [`UPDATE events SET event = ''`, 'DELETE FROM events', 'TRUNCATE events', 'DROP TABLE events']) {
      const attempt = db.inTenant(known.tenant_id, (transaction) => transaction.query(sql));
      await expect(attempt).rejects.toThrow(/permission denied|must be owner/u);
    }
    await expect(db.inTenant(`'; DROP TABLE events; --`, () => Promise.resolve())).rejects.toThrow(/UUID/u);
  });

  it('is brought up to date by several copies at once, in several databases of one cluster', async () => {
    const urls = await Promise.all([cluster.emptyDatabase(), cluster.emptyDatabase()]);
    await Promise.all(urls.flatMap((url) => [url, url, url]).map((url) => migrate(url, silentLog)));
    for (const url of urls) {
      await checkTables(cluster.connect(url));
      await centralMigrate({ databaseUrl: url, ports });
    }
  });
});

describe('central with a PostgreSQL of its own', () => {
  it('starts from an empty folder, makes codes while it runs, stops, and is read when it does not run', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'tillog-own-'));
    const own = await runCentral({ dataDir, port: 0, ports });
    const fresh = await centralCode({ dataDir, ports }, { tenant: 'Own', store: 'Corner' });
    const terminal = fleet.add();
    const answer = await fetch(`${own.url}/v1/enrolments`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: fresh, terminal_id: terminal.terminal_id, public_key: terminal.publicKey }),
    });
    expect(answer.status).toBe(201);
    const enrolment = (await answer.json()) as EnrolmentAnswer;
    terminal.enrolled(enrolment).openSession().sell(3).closeSession();
    const events = terminal.events();
    const sent = await fetch(`${own.url}/v1/sync`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${enrolment.token}` },
      body: JSON.stringify(terminal.request(events)),
    });
    expect(await sent.json()).toMatchObject({ rejected: [], contiguous_seq: events.length });
    const running = await openCentralSource({ dataDir, ports });
    expect(await verifyLogs(running, {})).toMatchObject({ ok: true, events: events.length, unanchored: [] });
    await running.close();
    await own.stop();
    await own.stop();
    expect(await own.stopped).toBeUndefined();
    const stopped = await openCentralSource({ dataDir, ports });
    expect(await stopped.terminals()).toMatchObject([{ terminal_id: terminal.terminal_id }]);
    expect(await verifyLogs(stopped, {})).toMatchObject({ ok: true, events: events.length, unanchored: [] });
    await stopped.close();
    rmSync(dataDir, { recursive: true });
  });
});
