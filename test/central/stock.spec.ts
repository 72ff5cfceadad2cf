import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { Ingest } from '../../src/central/ingest.js';
import type { KnownTerminal } from '../../src/central/enrolment.js';
import { centralAdmin, runCentral, type RunningCentral } from '../../src/central/program.js';
import { stockOfStore } from '../../src/central/store-stock.js';
import { createCode } from '../../src/central/tenants.js';
import { Refusal } from '../../src/domain/refusal.js';
import { readText } from '../../src/events/envelope.js';
import { stockAnswerSchema } from '../../src/outbox/protocol.js';
import type { Relay } from '../../src/outbox/relay.js';
import { machinePorts, silentLog } from '../../src/ports.js';
import { CountStock, CountStockHandler } from '../../src/terminal/commands/count-stock.js';
import { ReceiveStock, ReceiveStockHandler } from '../../src/terminal/commands/receive-stock.js';
import { enroll, linkOf } from '../../src/terminal/enrolment.js';
import { Terminal } from '../../src/terminal/terminal.js';
import { relayOf } from '../../src/terminal/terminal-relay.js';
import { days } from '../domain/random-day.js';
import type { Move } from '../domain/random-move.js';
import { dollars } from '../domain/specification.js';
import { temporaryFolder } from '../temporary-folder.js';
import { byManager, commandsOn } from '../terminal/shop.js';
import { stockByHand } from '../projections/stock-by-hand.js';
import { Cluster, enrolAt } from './database.js';
import { Fleet, type TillTerminal } from './fleet.js';

const ports = machinePorts;
const fleet = new Fleet();
const shops: StoreTill[] = [];
let cluster: Cluster;
let databaseUrl: string;
let central: RunningCentral;

beforeAll(async () => {
  cluster = await Cluster.start();
  databaseUrl = await cluster.emptyDatabase();
  central = await runCentral({ databaseUrl, port: 0, ports });
}, 60_000);

afterAll(async () => {
  for (const shop of shops) await shop.remove();
  await central.stop();
  fleet.close();
  await cluster.stop();
});

/** A till on a real folder, with a relay to the real central. */
class StoreTill {
  readonly folder = temporaryFolder();
  terminal = this.open();
  private relay: Relay | undefined;
  private keys = 0;

  static async trading(): Promise<StoreTill> {
    const till = new StoreTill();
    shops.push(till);
    till.terminal.start();
    const commands = commandsOn(till.terminal.recorder);
    await commands.applyCatalog();
    await commands.openSession('open');
    return till;
  }

  /** A till of a store. */
  static async of(tenant: string, store = 'Main store'): Promise<StoreTill> {
    const till = await StoreTill.trading();
    await till.join(tenant, store);
    return till;
  }

  async join(tenant: string, store = 'Main store'): Promise<void> {
    await this.offline();
    await enroll(this.terminal, ports, await createCode(central.db, { tenant, store }, ports), central.url);
    this.online();
  }

  private open(newEpochReason?: string): Terminal {
    const more = newEpochReason === undefined ? {} : { newEpochReason };
    return Terminal.open({ dataDir: this.folder, ports, onCommitUnknown: () => undefined, ...more });
  }

  private online(): void {
    const link = linkOf(this.terminal);
    const onBroken = (cause: unknown): void => {
      throw cause as Error;
    };
    this.relay = relayOf(this.terminal, { ports, link, intervalMs: 60_000, takesCatalog: false, onBroken });
    this.relay.start();
  }

  async offline(): Promise<void> {
    await this.relay?.stop();
    this.relay = undefined;
  }

  /** Sends everything and downloads the stock. */
  async sync(): Promise<void> {
    if (!this.relay) this.online();
    await this.relay?.syncNow();
    expect(await this.relay?.syncNow()).toMatchObject({ pending: 0, stock_problem: null, problem: null });
  }

  private get key(): string {
    this.keys += 1;
    return `${String(this.terminal.recorder.log.head?.seq)}-${String(this.keys)}`;
  }

  async sell(quantity_milli: number): Promise<void> {
    const lines = [{ code: 'coffee', quantity_milli }];
    await commandsOn(this.terminal.recorder).sell(this.key, {
      lines,
      tenders: [{ method: 'cash', amount_minor: 1e6 }],
    });
  }

  async receive(quantity_milli: number): Promise<void> {
    const request = { lines: [{ code: 'coffee', quantity_milli }] };
    await new ReceiveStockHandler(this.terminal.recorder).execute(new ReceiveStock(this.key, request, byManager));
  }

  async count(counted_milli: number): Promise<void> {
    const request = { lines: [{ code: 'coffee', counted_milli }], reason: 'x' };
    await new CountStockHandler(this.terminal.recorder).execute(new CountStock(this.key, request, byManager));
  }

  get level(): number {
    return this.terminal.recorder.stock.levelOf('coffee');
  }

  get listed() {
    const { stock, catalog, businessDate } = this.terminal.recorder;
    return stock.list(catalog, { search: '', code: 'coffee', limit: 1 }, businessDate);
  }

  get token(): string {
    return linkOf(this.terminal)?.token ?? '';
  }

  async stop(): Promise<void> {
    await this.offline();
    this.terminal.stop('test');
  }

  /** Starts again after {@link stop}. */
  restart(newEpochReason?: string): void {
    this.terminal = this.open(newEpochReason);
    this.terminal.start();
  }

  async remove(): Promise<void> {
    await this.offline();
    if (this.terminal.db.open) this.terminal.close();
    rmSync(this.folder, { recursive: true });
  }
}

const get = (token: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${central.url}/v1/stock`, { headers: { authorization: `Bearer ${token}`, ...headers } });

const levelsOf = async (token: string) => stockAnswerSchema.parse(await (await get(token)).json()).levels;

describe('Two tills of one store', () => {
  it('know of each other what they told central, and each what it did since', async () => {
    const [a, b] = [await StoreTill.of('Two'), await StoreTill.of('Two')];
    await a.receive(10_000);
    await a.sync();
    await b.sync();
    expect([a.level, b.level]).toEqual([10_000, 10_000]);
    await a.sell(3000);
    expect([a.level, b.level]).toEqual([7000, 10_000]);
    await a.sync();
    expect(b.level).toBe(10_000);
    await b.offline();
    await b.sell(500);
    expect(b.level).toBe(9500);
    await b.sync();
    expect([a.level, b.level]).toEqual([7000, 6500]);
    expect(b.listed).toMatchObject({
      downloaded_at: expect.stringMatching(/^20/u) as string,
      levels: [{ level_milli: 6500, others_milli: 7000, sold_milli: 500 }],
    });
    await a.sync();
    expect(a.level).toBe(6500);
    expect(await levelsOf(a.token)).toEqual([{ code: 'coffee', level_milli: 6500 }]);
    await b.count(6000);
    await a.sell(1000);
    for (const till of [a, b, a]) await till.sync();
    expect([a.level, b.level]).toEqual([5000, 5000]);
  });

  it('counts once what was sold while the stock was under way', async () => {
    const [a, b] = [await StoreTill.of('Race'), await StoreTill.of('Race')];
    await a.receive(100_000);
    await a.sync();
    await b.sync();
    let sold = 0;
    for (let round = 0; round < 10; round += 1) {
      const syncing = b.sync();
      for (let sale = 0; sale < 5; sale += 1) {
        await b.sell(1000);
        sold += 1000;
        await new Promise((resolve) => setImmediate(resolve));
        expect(b.level).toBe(100_000 - sold);
      }
      await syncing;
      expect(b.level).toBe(100_000 - sold);
    }
    await a.sync();
    expect(a.level).toBe(100_000 - sold);
  });

  it('know of each other’s stock of before they were enrolled', async () => {
    const [a, b] = [await StoreTill.trading(), await StoreTill.of('Before')];
    await a.receive(4000);
    expect(a.listed).toMatchObject({ downloaded_at: null, levels: [{ level_milli: 4000, others_milli: 0 }] });
    const elsewhere = await StoreTill.trading();
    await elsewhere.receive(700);
    await elsewhere.join('Before', 'Airport');
    await elsewhere.sync();
    await a.join('Before');
    await a.sell(1000);
    expect(a.level).toBe(3000);
    await a.sync();
    await b.sync();
    expect([a.level, b.level, elsewhere.level]).toEqual([3000, 3000, 700]);
  });
});

describe('A till', () => {
  it('that lost its newest sales with its disk still counts them, as its store does', async () => {
    const [a, b] = [await StoreTill.of('Restored'), await StoreTill.of('Restored')];
    await a.receive(20_000);
    await a.sync();
    await a.stop();
    const [live, saved] = [join(a.folder, 'tillog.db'), join(b.folder, 'saved.db')];
    copyFileSync(live, saved);
    a.restart();
    await a.sell(2000);
    await a.sell(3000);
    await a.sync();
    await a.stop();
    copyFileSync(saved, live);
    a.restart('the disk was restored');
    expect(a.level).toBe(20_000);
    await a.sell(1000);
    await a.sync();
    await b.sync();
    expect([a.level, b.level]).toEqual([14_000, 14_000]);
    expect(await levelsOf(a.token)).toEqual([{ code: 'coffee', level_milli: 14_000 }]);
    await a.count(13_000);
    await a.sync();
    await b.sync();
    expect([a.level, b.level]).toEqual([13_000, 13_000]);
  });

  it('that moves to another store leaves the goods behind', async () => {
    const [a, old, other] = [
      await StoreTill.of('Moved', 'Harbour'),
      await StoreTill.of('Moved', 'Harbour'),
      await StoreTill.of('Moved', 'Airport'),
    ];
    await a.receive(5000);
    await other.receive(700);
    for (const till of [a, old, other]) await till.sync();
    await a.join('Moved', 'Airport');
    expect(a.listed).toMatchObject({ downloaded_at: null, levels: [{ level_milli: 0 }] });
    await a.sell(100);
    for (const till of [a, old, other, a]) await till.sync();
    expect([a.level, old.level, other.level]).toEqual([600, 5000, 600]);
  });
});

describe('GET /v1/stock', () => {
  it('shows a till the stock of its own store, and nothing of another store or tenant', async () => {
    const tills = [
      await StoreTill.of('Mine', 'Harbour'),
      await StoreTill.of('Mine', 'Airport'),
      await StoreTill.of('Other', 'Harbour'),
    ];
    for (const [index, till] of tills.entries()) {
      await till.receive((index + 1) * 1000);
      await till.sync();
    }
    for (const [index, till] of tills.entries()) {
      expect(await levelsOf(till.token)).toEqual([{ code: 'coffee', level_milli: (index + 1) * 1000 }]);
      expect(till.level).toBe((index + 1) * 1000);
    }
    const [mine, , other] = tills.map(({ terminal }) => terminal.recorder.identity);
    const crossed = { tenant_id: mine?.tenant_id ?? '', terminal_id: other?.terminal_id ?? '', public_key: '' };
    expect(await stockOfStore(central.db, crossed)).toEqual([]);
  });

  it('is compressed for who takes that, and is for terminals alone', async () => {
    const till = await StoreTill.of('Zipped');
    expect(await levelsOf(till.token)).toEqual([]);
    const zipped = await get(till.token, { 'accept-encoding': 'gzip' });
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    expect(zipped.headers.get('vary')).toBe('accept-encoding');
    expect(zipped.headers.get('cache-control')).toBe('no-store');
    expect((await get(till.token, { 'accept-encoding': 'identity' })).headers.get('content-encoding')).toBeNull();
    expect(await (await get('x')).json()).toMatchObject({ status: 401, code: 'TOKEN_INVALID' });
    const admin = await centralAdmin({ databaseUrl, ports }, 'Zipped');
    expect(await (await get(admin)).json()).toMatchObject({ status: 403, code: 'TOKEN_NOT_FOR_THIS' });
    const { paths } = (await (await fetch(`${central.url}/openapi.json`)).json()) as { paths: Record<string, object> };
    expect(paths['/v1/stock']).toBeDefined();
  });
});

/** Rings up some days on a till of the fleet. */
const play = (terminal: TillTerminal, moves: readonly Move[]): TillTerminal => {
  for (const move of moves) {
    const events = () => terminal.events().map(({ event }) => readText(event));
    try {
      terminal.do(move({ state: terminal.memory[2], terms: dollars, newId: () => ports.randomness.uuid(), events }));
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause;
    }
  }
  return terminal;
};

interface Member {
  readonly terminal: TillTerminal;
  readonly known: KnownTerminal;
}

/** Sends a log in pieces from anywhere, backwards and some of it twice, until central has all of it. */
const deliver = async (ingest: Ingest, { terminal, known }: Member, chance: Iterator<number>): Promise<void> => {
  const send = (events: readonly unknown[]) => ingest.receive(known, terminal.request(events), ports.randomness.uuid());
  const { seq = 0 } = terminal.log.head ?? {};
  for (;;) {
    const from = 1 + (Number(chance.next().value) % seq);
    const batch = terminal.sealed(from, from + 30);
    const { contiguous_seq, missing } = await send([...batch, ...batch.slice(0, 3)].reverse());
    if (contiguous_seq === seq) return;
    const [first, last] = missing[0] ?? [1, 1];
    await send(terminal.sealed(first, Math.min(last, first + 40)).reverse());
  }
};

describe('The stock of a store at central', () => {
  it('is the sum over its tills, whatever the order and repetition of delivery', async () => {
    const ingest = new Ingest({ db: central.db, ports, log: silentLog });
    let tenants = 0;
    const law = fc.asyncProperty(days(2, 6), days(2, 6), fc.infiniteStream(fc.nat(99)), async (one, two, chance) => {
      tenants += 1;
      const tenant = `Law ${String(tenants)}`;
      const first = await enrolAt(central.db, play(fleet.add(), one), tenant);
      const second = await enrolAt(central.db, fleet.add(), tenant);
      play(second.terminal, two);
      await Promise.all([first, second].map((member) => deliver(ingest, member, chance)));
      const logs = [first, second].map(({ terminal }) => terminal.events().map(({ event }) => readText(event)));
      const levels = await stockOfStore(central.db, first.known);
      expect(new Map(levels.map(({ code, level_milli }) => [code, level_milli]))).toEqual(stockByHand(...logs));
    });
    await fc.assert(law, { numRuns: 12 });
  });
});
