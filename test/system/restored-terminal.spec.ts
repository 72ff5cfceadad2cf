import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAuditSource } from '../../src/audit-source.js';
import { verifyLogs } from '../../src/audit/verify.js';
import { listSessions, listTerminals, pageSchema } from '../../src/central/back-office.js';
import { centralCode, type RunningCentral, runCentral } from '../../src/central/program.js';
import { machinePorts as ports } from '../../src/ports.js';
import type { Relay, SyncStatus } from '../../src/outbox/relay.js';
import { backUp, restore } from '../../src/terminal/backup.js';
import { linkOf, readEnrolment } from '../../src/terminal/enrolment.js';
import { enrollTerminal } from '../../src/terminal/program.js';
import { relayOf } from '../../src/terminal/terminal-relay.js';
import { Terminal } from '../../src/terminal/terminal.js';
import { Cluster } from '../central/database.js';
import { commandsOn } from '../terminal/shop.js';

let cluster: Cluster;
let url: string;
let central: RunningCentral;
const place = mkdtempSync(join(tmpdir(), 'tillog-restored-'));

beforeAll(async () => {
  cluster = await Cluster.start();
  url = await cluster.emptyDatabase();
  central = await runCentral({ databaseUrl: url, port: 0, ports });
}, 60_000);

afterAll(async () => {
  await central.stop();
  await cluster.stop();
  rmSync(place, { recursive: true, force: true });
});

/** A real terminal with a real relay to the running central. */
class Machine {
  readonly terminal: Terminal;
  private readonly relay: Relay;
  private readonly broken: unknown[] = [];
  private keys = 0;

  constructor(readonly folder: string) {
    this.terminal = Terminal.open({ dataDir: folder, ports, onCommitUnknown: (fault) => this.broken.push(fault) });
    this.terminal.start();
    const onBroken = (cause: unknown): void => void this.broken.push(cause);
    const link = linkOf(this.terminal);
    this.relay = relayOf(this.terminal, { ports, link, intervalMs: 60_000, takesCatalog: false, onBroken });
  }

  private get commands() {
    return commandsOn(this.terminal.recorder);
  }

  private key(): string {
    return `${this.folder}-${String((this.keys += 1))}-${String(this.terminal.recorder.log.head?.seq)}`;
  }

  async open(): Promise<void> {
    if (this.terminal.recorder.catalog.version === 0) await this.commands.applyCatalog(-1);
    await this.commands.openSession(this.key());
  }

  async sell(count: number): Promise<readonly string[]> {
    const sold: string[] = [];
    for (let sale = 0; sale < count; sale += 1) sold.push((await this.commands.sell(this.key())).local_id);
    return sold;
  }

  async close(): Promise<void> {
    await this.commands.closeSession(this.key());
  }

  connect(): void {
    this.relay.start();
  }

  /** Talks to central until nothing is left to say. */
  async sync(isDone: (status: SyncStatus) => boolean = ({ pending }) => pending === 0): Promise<SyncStatus> {
    for (let exchange = 0; exchange < 50; exchange += 1) {
      const status = await this.relay.syncNow();
      expect(this.broken).toEqual([]);
      if (isDone(status)) return status;
    }
    throw new Error(`Not done: ${JSON.stringify(this.relay.status())}`);
  }

  async stop(): Promise<void> {
    await this.relay.stop();
    this.terminal.stop('test');
  }

  /** As if somebody pulled the plug. */
  async pullPlug(): Promise<void> {
    await this.relay.stop();
    this.terminal.close();
  }
}

const enrolled = async (name: string): Promise<string> => {
  const folder = join(place, name);
  await enrollTerminal(folder, central.url, await centralCode({ databaseUrl: url, ports }, { tenant: name }), ports);
  return folder;
};

const tenantOf = (folder: string): string => readEnrolment(join(folder, 'enrolment.json'))?.tenant_id ?? '';

const salesAt = async (folder: string): Promise<readonly string[]> => {
  const sales = `SELECT local_id FROM receipts WHERE tenant_id = '${tenantOf(folder)}' AND kind = 'sale'`;
  return (await cluster.asOwner(sales, url)).map(({ local_id }) => String(local_id)).sort();
};

const problemsIn = async (folder: string): Promise<readonly unknown[]> => {
  const source = await openAuditSource(folder, ports);
  try {
    return (await verifyLogs(source, {})).problems;
  } finally {
    await source.close();
  }
};

const sessionsAt = (folder: string) => listSessions(central.db, tenantOf(folder), pageSchema.parse({}));

describe('a terminal whose disk died', () => {
  it('sells on from its backup; central has every sale of both disks once, and every Z agrees', async () => {
    const old = await enrolled('Restored');
    const first = new Machine(old);
    first.connect();
    await first.open();
    const early = [...(await first.sell(12))];
    await first.close();
    await first.open();
    early.push(...(await first.sell(8)));
    const file = join(place, 'restored.backup');
    backUp(old, file);
    const late = await first.sell(10);
    await first.sync();
    await first.pullPlug();

    const folder = join(place, 'replaced machine');
    mkdirSync(folder);
    for (const name of ['terminal.key', 'enrolment.json']) copyFileSync(join(old, name), join(folder, name));
    restore(file, folder, ports);
    const second = new Machine(folder);
    second.connect();
    const restored = await second.sell(5);
    await second.close();
    await second.sync();
    await second.stop();

    expect(await salesAt(folder)).toEqual([...early, ...late, ...restored].sort());
    expect(await problemsIn(folder)).toEqual([]);
    const [known] = await listTerminals(central.db, tenantOf(folder));
    expect(known).toMatchObject({ disputed_count: 0, refused_count: 0, branches: [{ epoch: 1 }, { epoch: 2 }] });
    const sessions = await sessionsAt(folder);
    expect(
      sessions.map(({ z_number, reconciled, difference_minor }) => [z_number, reconciled, difference_minor]),
    ).toEqual(
      expect.arrayContaining([
        [1, true, 0],
        [2, true, 0],
      ]),
    );
    expect(sessions.filter(({ reconciled }) => reconciled === false)).toEqual([]);
    // The session in whose midst the backup was made: what the old disk sold, and what the new one did.
    expect(sessions.map(({ epoch, status, report }) => [epoch, status, report.sales_count]).sort()).toEqual([
      [1, 'closed', 12],
      [1, 'open', 18],
      [2, 'closed', 13],
    ]);
  });
});

describe('two machines with one disk', () => {
  it('are found at the first contact of the second, sell on, and each delivers everything under its own epoch', async () => {
    const folder = await enrolled('Cloned');
    const template = new Machine(folder);
    await template.open();
    const common = await template.sell(3);
    await template.close();
    await template.stop();
    const copy = join(place, 'copied disk');
    cpSync(folder, copy, { recursive: true });
    rmSync(join(copy, 'owner.lock'), { force: true });

    const machines = [new Machine(folder), new Machine(copy)] as const;
    const [a, b] = machines;
    for (const machine of machines) await machine.open();
    const apart = [await a.sell(4), await b.sell(6)];
    a.connect();
    await a.sync();
    b.connect();
    await b.sync(({ rejected }) => rejected.length > 0);
    expect(b.terminal.recorder.log.lastOf('EpochStarted')).toMatchObject({ epoch: 2 });
    expect(a.terminal.recorder.log.lastOf('EpochStarted')).toBeUndefined();
    const later = [await a.sell(2), await b.sell(2)];
    await a.sync();
    await b.sync(({ pending, rejected }) => pending === rejected.length);
    for (const machine of machines) await machine.close();
    await a.sync();
    const status = await b.sync(({ pending, rejected }) => pending === rejected.length);
    expect(new Set(status.rejected.map(({ code }) => code))).toEqual(new Set(['CONFLICT']));
    for (const machine of machines) await machine.stop();

    const disputed = apart[1] ?? [];
    expect(await salesAt(folder)).toEqual([...common, ...(apart[0] ?? []), ...later.flat()].sort());
    const forks = await cluster.asOwner(`SELECT local_id FROM forks WHERE type = 'SaleRecorded'`, url);
    expect(forks.map(({ local_id }) => local_id)).toEqual(expect.arrayContaining([...disputed]));
    expect(forks).toHaveLength(disputed.length);
    for (const machine of machines) expect(await problemsIn(machine.folder)).toEqual([]);
    const [known] = await listTerminals(central.db, tenantOf(folder));
    expect(known).toMatchObject({ branches: [{ epoch: 1 }, { epoch: 2 }] });
    expect(Number(known?.['disputed_count'])).toBeGreaterThan(0);
  });
});

describe('a central that was restored from last night’s dump', () => {
  it('asks for what it misses, and gets it though it was acknowledged, a new epoch too', async () => {
    const folder = await enrolled('Dumped');
    const machine = new Machine(folder);
    machine.connect();
    await machine.open();
    await machine.sell(3);
    await machine.sync();
    const tenant_id = tenantOf(folder);
    const tables = (
      await cluster.asOwner(
        `SELECT table_name AS name FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
         WHERE c.column_name = 'tenant_id' AND c.table_schema = 'public' AND t.table_type = 'BASE TABLE'`,
        url,
      )
    ).map(({ name }) => String(name));
    const each = (sql: (table: string) => string): Promise<unknown> => cluster.asOwner(tables.map(sql).join('; '), url);
    await each(
      (table) => `CREATE TABLE IF NOT EXISTS dump_${table} AS SELECT * FROM ${table} WHERE tenant_id = '${tenant_id}'`,
    );

    await machine.sell(60);
    machine.terminal.startEpoch(2, 'somebody asked for it');
    await machine.sell(60);
    await machine.close();
    await machine.sync();
    const before = await salesAt(folder);
    expect(before).toHaveLength(123);

    await each(
      (table) =>
        `DELETE FROM ${table} WHERE tenant_id = '${tenant_id}'; INSERT INTO ${table} SELECT * FROM dump_${table}`,
    );
    expect(await salesAt(folder)).toHaveLength(3);
    const { seq } = machine.terminal.recorder.log.head ?? { seq: 0 };
    await machine.sync(({ contiguous_seq, pending }) => contiguous_seq === seq && pending === 0);
    for (let more = 0; more < 5; more += 1) await machine.sync();
    expect(await salesAt(folder)).toEqual(before);
    expect(await sessionsAt(folder)).toMatchObject([{ z_number: 1, reconciled: true }]);
    await machine.stop();
  });
});
