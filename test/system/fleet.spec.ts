import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listSessions, pageSchema } from '../../src/central/back-office.js';
import { isOutage } from '../../src/central/database.js';
import { centralCode, centralPublish, type RunningCentral, runCentral } from '../../src/central/program.js';
import { stockOfStore } from '../../src/central/store-stock.js';
import { machinePorts as ports } from '../../src/ports.js';
import { levelSql } from '../../src/projections/stock-movements.js';
import { readEnrolment } from '../../src/terminal/enrolment.js';
import { enrollTerminal } from '../../src/terminal/program.js';
import { Cluster } from '../central/database.js';
import { shopContent } from '../terminal/shop.js';
import { fastPorts } from './fast-ports.js';
import { drawnFrom, FaultyProxy, faults } from './faulty-proxy.js';
import { FleetTill } from './fleet-till.js';
import { Programs, type Running } from './programs.js';

const seed = Number(process.env['FLEET_SEED'] ?? Date.now() % 1_000_000);
const eventsWanted = Number(process.env['FLEET_EVENTS'] ?? 20_000);
const tillsCount = 20;
/** So much of all requests meets a fault. */
const faultShare = 0.4;
/** How often in a run a copy of central is killed, and how often another catalog is published. */
const [killings, publications] = [9, 4];

type Rows = readonly Readonly<Record<string, unknown>>[];

/** Two copies of central on one database: a process that is killed, and a server in this one that is stopped. */
class Copies {
  url = '';
  private readonly programs = new Programs();
  private cluster!: Cluster;
  private copies: (Running | RunningCentral)[] = [];
  private asked = 0;

  async start(): Promise<void> {
    this.cluster = await Cluster.start();
    this.url = await this.cluster.emptyDatabase();
    this.copies = [await this.startServer(), await this.startProcess()];
  }

  /** The copies by turns, whether they live or not. */
  next(): string {
    this.asked += 1;
    return this.copies[this.asked % 2]?.url ?? '';
  }

  get server(): RunningCentral {
    return this.copies[0] as RunningCentral;
  }

  async killProcess(): Promise<void> {
    await (this.copies[1] as Running).stop('SIGKILL');
    this.copies[1] = await this.startProcess();
  }

  async restartServer(): Promise<void> {
    await this.server.stop();
    this.copies[0] = await this.startServer();
  }

  async killBoth(): Promise<void> {
    await Promise.all([this.server.stop(), (this.copies[1] as Running).stop('SIGKILL')]);
    this.copies = [await this.startServer(), await this.startProcess()];
  }

  /** What the database holds, past every guard. */
  read(sql: string): Promise<Rows> {
    return this.cluster.asOwner(sql, this.url);
  }

  async stop(): Promise<void> {
    await this.copies[0]?.stop();
    await this.programs.clear();
    await this.cluster.stop();
  }

  private startServer(): Promise<RunningCentral> {
    return runCentral({ databaseUrl: this.url, port: 0, ports });
  }

  private startProcess(): Promise<Running> {
    return this.programs.start('central', '--database-url', this.url, '--port', '0');
  }
}

const central = new Copies();
const place = mkdtempSync(join(tmpdir(), 'tillog-lines-'));
const tills: FleetTill[] = [];
const lines: FaultyProxy[] = [];
let tenant_id = '';
let newestCatalog = 0;
const begun = performance.now();
const secondsSince = (from: number): string => ((performance.now() - from) / 1000).toFixed(1);

/** Whoever publishes while the database is away, or too busy to answer, does it again. */
const publish = async (version: number): Promise<void> => {
  const products = shopContent.products.map((one) => ({ ...one, price_minor: one.price_minor + 5 * version }));
  for (;;) {
    try {
      newestCatalog = await centralPublish({ databaseUrl: central.url, ports }, tenant_id, {
        ...shopContent,
        products,
      });
      return;
    } catch (cause) {
      if (!isOutage(cause)) throw cause;
    }
  }
};

const enrolOne = async (index: number): Promise<void> => {
  const folder = join(place, String(index));
  const code = await centralCode({ databaseUrl: central.url, ports }, { tenant: 'Fleet' });
  await enrollTerminal(folder, central.server.url, code, ports);
  tenant_id = readEnrolment(join(folder, 'enrolment.json'))?.tenant_id ?? '';
  if (index === 0) await publish(0);
  const line = await FaultyProxy.start({ seed: seed + index, share: faultShare, target: () => central.next() });
  lines.push(line);
  const draw = drawnFrom(seed * 1000 + index);
  tills.push(new FleetTill({ folder, url: line.url, ports: fastPorts(10), draw }));
};

const recorded = (): number => tills.reduce((sum, till) => sum + till.recorded, 0);

/** Does something each time that another part of all events is recorded; ends early when `isOver`. */
const along = async (times: number, isOver: () => boolean, deed: (nth: number) => Promise<unknown>): Promise<void> => {
  for (let nth = 1; nth <= times; nth += 1) {
    while (!isOver() && recorded() < (eventsWanted * nth) / (times + 1)) await new Promise((go) => setTimeout(go, 20));
    if (!isOver()) await deed(nth);
  }
};

const kill = (nth: number): Promise<void> =>
  [() => central.killProcess(), () => central.restartServer(), () => central.killBoth()][nth % 3]?.() ??
  Promise.resolve();

const ofTill = (rows: Rows, till: FleetTill): Rows => {
  const { terminal_id } = till.terminal.recorder.identity;
  return rows.filter((row) => row['terminal_id'] === terminal_id).map(({ terminal_id: _same, ...row }) => row);
};

const inTill = (till: FleetTill, sql: string): Rows => till.terminal.db.prepare(sql).all() as Rows;

beforeAll(async () => {
  process.stderr.write(`FLEET_SEED=${String(seed)} FLEET_EVENTS=${String(eventsWanted)}\n`);
  await central.start();
  for (let index = 0; index < tillsCount; index += 1) await enrolOne(index);
}, 120_000);

afterAll(async () => {
  for (const till of tills) await till.stop();
  for (const line of lines) await line.stop();
  await central.stop();
  rmSync(place, { recursive: true, force: true });
}, 60_000);

describe(`twenty tills on faulty lines to two copies of central that are killed again and again (FLEET_SEED=${String(seed)})`, () => {
  test('do all that tills do, crash and go on, and everything is at central soon after the lines are good', async () => {
    let isOver = false;
    await Promise.all(tills.map((till) => till.begin()));
    const share = Math.ceil(eventsWanted / tillsCount);
    const work = Promise.all(tills.map((till) => till.work(share))).finally(() => (isOver = true));
    await Promise.all([work, along(killings, () => isOver, kill), along(publications, () => isOver, publish)]);
    const worked = secondsSince(begun);
    const pending = tills.reduce((sum, till) => sum + till.status.pending, 0);
    for (const line of lines) line.calm();
    for (const till of tills) await till.end();
    const calmed = performance.now();
    for (const till of tills) await till.settle(newestCatalog);
    const met = faults.map(
      (fault) => [fault, lines.reduce((sum, line) => sum + (line.met.get(fault) ?? 0), 0)] as const,
    );
    process.stderr.write(
      `${String(recorded())} events in ${worked} s, ${String(tills.reduce((sum, till) => sum + till.closedHard, 0))} crashes of tills; ` +
        `${String(pending)} still waited, ${secondsSince(calmed)} s until they had arrived; ` +
        `faults: ${met.map(([fault, times]) => `${fault} ${String(times)}`).join(', ')}\n`,
    );
    expect(met.filter(([, times]) => times === 0)).toEqual([]);
    expect(recorded()).toBeGreaterThanOrEqual(eventsWanted);
  }, 900_000);

  test('each event is at central exactly once, as it was recorded', async () => {
    const kept = await central.read('SELECT terminal_id, seq, local_id, epoch, hash, event FROM events ORDER BY seq');
    expect(kept).toHaveLength(recorded());
    for (const till of tills) {
      const own = inTill(till, 'SELECT seq, local_id, epoch, hash, envelope AS event FROM events ORDER BY seq');
      const there = ofTill(kept, till).map((row) => ({ ...row, seq: Number(row['seq']), epoch: Number(row['epoch']) }));
      expect(there).toEqual(own);
    }
  });

  test('nothing is refused, disputed, uncounted or missing', async () => {
    for (const table of ['refused', 'forks', 'unprojected'])
      expect(await central.read(`SELECT * FROM ${table}`)).toEqual([]);
    const progress = await central.read('SELECT terminal_id, epoch, contiguous_seq FROM progress');
    for (const till of tills) {
      expect(ofTill(progress, till)).toEqual([{ epoch: '1', contiguous_seq: String(till.recorded) }]);
      expect(till.status).toMatchObject({ rejected: [], pending: 0, contiguous_seq: till.recorded, online: true });
      expect(inTill(till, 'SELECT seq FROM outbox WHERE synced_at IS NULL OR remote_id IS NULL')).toEqual([]);
    }
  });

  test('every Z agrees with what central adds up', async () => {
    const closed = tills.flatMap((till) => inTill(till, "SELECT session_id FROM events WHERE type = 'SessionClosed'"));
    const sessions = [];
    for (let offset = 0; offset === sessions.length; offset += 500) {
      sessions.push(
        ...(await listSessions(
          central.server.db,
          tenant_id,
          pageSchema.parse({ limit: '500', offset: String(offset) }),
        )),
      );
    }
    expect(sessions.filter(({ reconciled }) => reconciled !== true)).toEqual([]);
    expect(sessions.map(({ session_id }) => session_id).sort()).toEqual(
      closed.map((row) => row['session_id']).sort() as string[],
    );
    expect(closed.length).toBeGreaterThan(tillsCount);
  });

  test('the stock of the store at central is what all tills moved', async () => {
    const levels = new Map<string, number>();
    for (const till of tills) {
      for (const row of inTill(till, `SELECT code, sum(${levelSql}) AS level FROM stock_movements GROUP BY code`)) {
        const code = String(row['code']);
        levels.set(code, (levels.get(code) ?? 0) + Number(row['level']));
      }
    }
    const { terminal_id } = (tills[0] as FleetTill).terminal.recorder.identity;
    const there = await stockOfStore(central.server.db, { tenant_id, terminal_id, public_key: '' });
    expect(new Map(there.map(({ code, level_milli }) => [code, level_milli]))).toEqual(levels);
    expect(levels.size).toBeGreaterThan(0);
  });

  test('the two delivery journals agree, and every attempt whose answer was lost is explained', async () => {
    const batches = await central.read(
      `SELECT terminal_id, request_id, events_count, first_seq, last_seq, new_count, duplicate_count, rejected::text FROM batches`,
    );
    let ambiguous = 0;
    for (const till of tills) {
      const there = new Map(ofTill(batches, till).map((row) => [row['request_id'], row]));
      const sent = inTill(till, 'SELECT * FROM deliveries');
      for (const { delivery_id, outcome, events, from_seq, to_seq, accepted, rejected } of sent) {
        const batch = there.get(delivery_id);
        there.delete(delivery_id);
        if (!batch) {
          // Central never heard of it, so the terminal must not have taken anything for an answer.
          expect(outcome).not.toBe('answered');
          continue;
        }
        const { events_count, first_seq, last_seq, new_count, duplicate_count } = batch;
        expect([events_count, first_seq, last_seq, batch['rejected']]).toEqual([
          ...[events, from_seq, to_seq].map(String),
          '{}',
        ]);
        expect(Number(new_count) + Number(duplicate_count)).toBe(events);
        if (outcome === 'answered') expect([accepted, rejected]).toEqual([events, 0]);
        else ambiguous += 1;
      }
      // Nothing arrived that the terminal did not send.
      expect([...there.keys()]).toEqual([]);
      const sum = (name: string): number => ofTill(batches, till).reduce((total, row) => total + Number(row[name]), 0);
      expect(sum('new_count')).toBe(till.recorded);
      expect(sum('duplicate_count')).toBe(sum('events_count') - till.recorded);
    }
    expect(ambiguous).toBeGreaterThan(0);
    process.stderr.write(
      `${String(batches.length)} batches at central; the answers to ${String(ambiguous)} were lost\n`,
    );
  });

  test('a second sync adds nothing', async () => {
    const counts = 'SELECT (SELECT count(*) FROM events) AS events, (SELECT count(*) FROM batches) AS batches';
    const before = await central.read(counts);
    for (const till of tills) expect(await till.relay.syncNow()).toMatchObject({ online: true, pending: 0 });
    expect(await central.read(counts)).toEqual(before);
  });
});
