import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAuditSource } from '../../src/audit-source.js';
import { verifyLogs } from '../../src/audit/verify.js';
import { listSessions, listTerminals, pageSchema } from '../../src/central/back-office.js';
import { centralCode, centralRotate, type RunningCentral, runCentral } from '../../src/central/program.js';
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
    const link = linkOf(this.terminal, central.url);
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

const enrolled = async (name: string, tenant = name, store = 'Main store'): Promise<string> => {
  const folder = join(place, name);
  await enrollTerminal(folder, central.url, await centralCode({ databaseUrl: url, ports }, { tenant, store }), ports);
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
  /** Stops central, which PostgreSQL asks for before it copies a database whole, and starts it on the one that is named. */
  const restart = async (databaseUrl: string, between: () => Promise<unknown> = () => Promise.resolve()) => {
    await central.stop();
    await between();
    url = databaseUrl;
    central = await runCentral({ databaseUrl, port: 0, ports });
  };
  /** A dump as of now. */
  const dump = async (): Promise<string> => {
    const night = new URL(url);
    night.pathname = '/last_night';
    const copy = `CREATE DATABASE last_night TEMPLATE ${url.split('/').at(-1) ?? ''} OWNER ${night.username}`;
    await restart(url, () => cluster.asOwner(copy));
    return night.href;
  };
  const tokensOf = (folder: string): readonly string[] => {
    const { token, earlier_tokens } = readEnrolment(join(folder, 'enrolment.json')) ?? expectEnrolled();
    return [token, ...earlier_tokens];
  };
  const expectEnrolled = (): never => {
    throw new Error('It is enrolled.');
  };
  /** Takes another token, and uses it. */
  const rotate = async (machine: Machine, tenant: string): Promise<void> => {
    const { terminal_id } = machine.terminal.recorder.identity;
    await centralRotate({ databaseUrl: url, ports }, { tenant, terminal_id });
    await machine.sync();
    await machine.sync();
  };
  const connected = (folder: string): Machine => {
    const machine = new Machine(folder);
    machine.connect();
    return machine;
  };

  it('gets what it lost from the tills by itself, though they have other tokens since and it was acknowledged', async () => {
    const folder = await enrolled('Dumped');
    const evening = connected(folder);
    await evening.open();
    await evening.sell(3);
    await evening.sync();
    await evening.stop();
    const known = tokensOf(folder);
    const night = await dump();

    const later = await enrolled('Newcomer', 'Dumped', 'Annex');
    const newcomer = connected(later);
    await newcomer.open();
    await newcomer.sell(2);
    await newcomer.sync();
    await newcomer.stop();
    const morning = connected(folder);
    await morning.sell(60);
    await rotate(morning, 'Dumped');
    await morning.stop();
    const day = connected(folder);
    await rotate(day, 'Dumped');
    day.terminal.startEpoch(2, 'somebody asked for it');
    await day.sell(60);
    await day.close();
    await day.sync();
    await day.stop();
    const tokens = tokensOf(folder);
    expect([tokens.length, tokens.slice(-1)]).toEqual([3, known]);
    const before = await salesAt(folder);
    expect(before).toHaveLength(125);

    await restart(night);
    expect(await salesAt(folder)).toHaveLength(3);
    const next = connected(folder);
    const { seq } = next.terminal.recorder.log.head ?? { seq: 0 };
    const status = await next.sync(({ contiguous_seq, pending }) => contiguous_seq === seq && pending === 0);
    expect(status).toMatchObject({ online: true, problem: null, token_problem: null, rejected: [] });
    for (let more = 0; more < 5; more += 1) await next.sync();
    expect(await salesAt(folder)).toHaveLength(123);
    expect(await sessionsAt(folder)).toMatchObject([{ z_number: 1, reconciled: true }]);
    expect(tokensOf(folder)).toEqual([...known, ...tokens.slice(0, -1)]);
    await rotate(next, 'Dumped');
    expect(tokensOf(folder)).toHaveLength(4);
    expect(await next.sync()).toMatchObject({ online: true, token_problem: null });
    await next.stop();

    const lost = connected(later);
    expect(await lost.sync(({ problem }) => problem !== null)).toMatchObject({
      problem_code: 'enrol_again',
      problem: expect.stringMatching(/enrolled again, with a fresh code .* Nothing is lost; sales go on/u) as unknown,
    });
    await lost.sell(1);
    await lost.stop();
    await enrolled('Newcomer', 'Dumped', 'Annex');
    const found = connected(later);
    await found.close();
    expect(await found.sync(({ pending, contiguous_seq }) => pending === 0 && contiguous_seq > 5)).toMatchObject({
      online: true,
      rejected: [],
    });
    expect(await salesAt(folder)).toEqual(expect.arrayContaining(before));
    expect(await salesAt(folder)).toHaveLength(126);
    expect(await sessionsAt(folder)).toMatchObject([{ reconciled: true }, { reconciled: true }]);
    await found.stop();
  });
});
