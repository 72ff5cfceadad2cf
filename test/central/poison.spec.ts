import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CentralDatabase } from '../../src/central/database.js';
import { Ingest } from '../../src/central/ingest.js';
import { retryUnprojected } from '../../src/central/retry.js';
import { machineClock, machinePorts as ports, silentLog } from '../../src/ports.js';
import { type AnyProjection } from '../../src/projections/projection.js';
import { centralReadModels } from '../../src/projections/read-models.js';
import type { SyncAnswer } from '../../src/outbox/protocol.js';
import { temporaryFolder } from '../temporary-folder.js';
import { compileSource } from '../terminal/compiled-source.js';
import { Cluster, enrolAt } from './database.js';
import { Fleet, idOf } from './fleet.js';

/** Takes in one batch with a read model that one event brings down together with the whole program. */
const program = `
import { readFileSync } from 'node:fs';
import { CentralDatabase } from './central/database.js';
import { Ingest } from './central/ingest.js';
import { machinePorts, silentLog } from './ports.js';
import { centralReadModels } from './projections/read-models.js';
const { url, terminal, request, killer, version } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const deadly = {
  ...centralReadModels[0],
  keys: (event) => (event.local_id === killer ? process.kill(process.pid, 'SIGKILL') : centralReadModels[0].keys(event)),
};
const db = new CentralDatabase(url, silentLog);
const readModels = [deadly, ...centralReadModels.slice(1)];
const ingest = new Ingest({ db, ports: machinePorts, log: silentLog, readModels, version });
process.stdout.write(JSON.stringify(await ingest.receive(terminal, request, machinePorts.randomness.uuid())));
await db.close();
`;

const fleet = new Fleet();
const folder = temporaryFolder();
let cluster: Cluster;
let db: CentralDatabase;
let url: string;
let path: string;
beforeAll(async () => {
  path = join(compileSource(folder), 'take-in.js');
  writeFileSync(path, program);
  cluster = await Cluster.start();
  ({ db, url } = await cluster.database());
}, 60_000);
afterAll(async () => {
  fleet.close();
  await cluster.stop();
  rmSync(folder, { recursive: true });
});

type Till = Awaited<ReturnType<typeof enrolAt>>;

/** What a program of that version answers to everything that the terminal has; undefined when it was ended. */
const takeIn = ({ terminal, known }: Till, killer: string, version = '1'): SyncAnswer | undefined => {
  const settings = join(folder, 'settings.json');
  const request = terminal.request(terminal.events());
  writeFileSync(settings, JSON.stringify({ url, terminal: known, request, killer, version }));
  const { signal, stdout, stderr } = spawnSync(process.execPath, [path, settings], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return signal === 'SIGKILL' ? undefined : (JSON.parse(stdout) as SyncAnswer);
};

const unprojected = (tenant_id: string) =>
  cluster.asOwner(
    `SELECT local_id, attempts::int, deadly_version FROM unprojected WHERE tenant_id = '${tenant_id}'`,
    url,
  );

describe('an event that ends the program when it is evaluated', () => {
  it('is found after a few deaths, is kept and shown, and the others count', async () => {
    const till = await enrolAt(db, fleet.add().openSession().sell(10), 'Deadly');
    const events = till.terminal.events();
    const killer = idOf(events[8]);
    let answer: SyncAnswer | undefined;
    let deaths = 0;
    while (answer === undefined && deaths < 10) {
      answer = takeIn(till, killer);
      if (answer === undefined) deaths += 1;
    }
    expect(deaths).toBe(4);
    expect(answer?.rejected).toMatchObject([{ local_id: killer, code: 'PROJECTION_FAILED', permanent: false }]);
    expect(answer?.accepted).toHaveLength(events.length - 1);
    expect(await unprojected(till.known.tenant_id)).toEqual([{ local_id: killer, attempts: 2, deadly_version: '1' }]);
    expect(await cluster.asOwner('SELECT * FROM fold_marks', url)).toEqual([]);
    // Sent again, this version does not try it again, and goes on with what is new.
    till.terminal.sell(1);
    const again = takeIn(till, killer);
    expect(again?.rejected).toMatchObject([{ local_id: killer, code: 'PROJECTION_FAILED' }]);
    expect(await unprojected(till.known.tenant_id)).toMatchObject([{ attempts: 2 }]);
    // Another version tries; the mended one counts it.
    expect(takeIn(till, killer, '2')).toBeUndefined();
    expect(takeIn(till, 'nobody', '3')?.rejected).toEqual([]);
    expect(await unprojected(till.known.tenant_id)).toEqual([]);
    const [row] = await cluster.asOwner(
      `SELECT (report ->> 'sales_count')::int AS n FROM session_totals WHERE tenant_id = '${till.known.tenant_id}'`,
      url,
    );
    expect(row).toEqual({ n: 11 });
  }, 120_000);
});

describe('a batch that is being counted', () => {
  it('is marked as begun where its own end cannot undo it, and is not marked any more once it is in', async () => {
    const { terminal, known } = await enrolAt(db, fleet.add(), 'Marked');
    const marks = (): Promise<Record<string, unknown>[]> =>
      cluster.asOwner('SELECT terminal_id, what, begun_count::int FROM fold_marks', url);
    const holder = await cluster.superuser(url);
    // The transaction of the batch is open, and waits here.
    await holder.query('BEGIN; LOCK TABLE terminals IN ACCESS EXCLUSIVE MODE');
    const request = terminal.request(terminal.events());
    const taken = new Ingest({ db, ports, log: silentLog }).receive(known, request, randomUUID());
    try {
      while ((await holder.query('SELECT 1 FROM pg_locks WHERE NOT granted')).rows.length === 0) {
        await machineClock.sleep(5);
      }
      expect(await marks()).toEqual([{ terminal_id: known.terminal_id, what: 'batch', begun_count: 1 }]);
    } finally {
      await holder.end();
    }
    expect((await taken).rejected).toEqual([]);
    expect(await marks()).toEqual([]);
  });
});

describe('batches of which any may hold an event that ends the program', () => {
  it('do not hold one another up, however many come at once', async () => {
    const narrow = new CentralDatabase(url, silentLog, { connectionsMax: 1, waitMsMax: 2000 });
    const counting = new Ingest({ db: narrow, ports, log: silentLog });
    const tills = await Promise.all(['first', 'second', 'third'].map((name) => enrolAt(db, fleet.add(), name)));
    const received = tills.map(async ({ terminal, known }) => {
      const ids = `'${known.tenant_id}', '${known.terminal_id}'`;
      await cluster.asOwner(`INSERT INTO fold_marks VALUES (${ids}, 'batch', 2)`, url);
      return counting.receive(known, terminal.request(terminal.events()), randomUUID());
    });
    try {
      for (const { accepted, rejected } of await Promise.all(received)) {
        expect([accepted.length, rejected]).toEqual([2, []]);
      }
      expect(await cluster.asOwner('SELECT * FROM fold_marks', url)).toEqual([]);
    } finally {
      await narrow.close();
    }
  });
});

describe('an event that could not be evaluated', () => {
  it('is tried again when a person asks for it, also when its terminal is gone', async () => {
    const till = await enrolAt(db, fleet.add().openSession().sell(5), 'Retried');
    const { tenant_id } = till.known;
    const events = till.terminal.events();
    const poison = [idOf(events[4]), idOf(events[7])];
    const fragile: readonly AnyProjection[] = centralReadModels.map((model, index) => ({
      ...model,
      keys: (event) => {
        if (index === 0 && poison.includes(event.local_id)) throw new Error('This read model is wrong.');
        return model.keys(event);
      },
    }));
    const broken = new Ingest({ db, ports, log: silentLog, readModels: fragile });
    await broken.receive(till.known, till.terminal.request(events), randomUUID());
    const failing = [...poison].sort().map((local_id) => ({ local_id, reason: 'This read model is wrong.' }));
    const still = await retryUnprojected({ db, ports, readModels: fragile }, tenant_id);
    expect({ ...still, failing: [...still.failing].sort((a, b) => (a.local_id < b.local_id ? -1 : 1)) }).toEqual({
      counted: [],
      failing,
    });
    expect(await unprojected(tenant_id)).toMatchObject([{ attempts: 2 }, { attempts: 2 }]);
    const other = await enrolAt(db, fleet.add(), 'Another');
    expect(await retryUnprojected({ db, ports }, other.known.tenant_id)).toEqual({ counted: [], failing: [] });
    const { counted } = await retryUnprojected({ db, ports }, tenant_id);
    expect(new Set(counted)).toEqual(new Set(poison));
    expect(await unprojected(tenant_id)).toEqual([]);
    expect(await cluster.asOwner('SELECT * FROM fold_marks', url)).toEqual([]);
  });
});
