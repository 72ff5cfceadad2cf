import { randomUUID } from 'node:crypto';
import type { CentralDatabase } from '../../src/central/database.js';
import { adoptFork } from '../../src/central/back-office.js';
import { Ingest } from '../../src/central/ingest.js';
import { rebuildReadModels, RebuildFault } from '../../src/central/rebuild.js';
import { machinePorts as ports, type Log, silentLog } from '../../src/ports.js';
import { centralReadModels } from '../../src/projections/read-models.js';
import type { SyncAnswer } from '../../src/outbox/protocol.js';
import { Cluster, enrolAt } from './database.js';
import { mergeStock } from './intake.js';
import { cashier, coffee, Fleet, terms, type TillTerminal } from './fleet.js';

const fleet = new Fleet();
let cluster: Cluster;
let db: CentralDatabase;
let url: string;
beforeAll(async () => {
  cluster = await Cluster.start();
  ({ db, url } = await cluster.database());
}, 60_000);
afterAll(async () => {
  fleet.close();
  await cluster.stop();
});

type Till = Awaited<ReturnType<typeof enrolAt>>;

const send = async ({ terminal, known }: Till, from = 1, to = Number.MAX_SAFE_INTEGER): Promise<SyncAnswer> => {
  const ingest = new Ingest({ db, ports, log: silentLog });
  let answer: SyncAnswer | undefined;
  const events = terminal.sealed(from, to);
  for (let at = 0; at < events.length; at += 100) {
    answer = await ingest.receive(known, terminal.request(events.slice(at, at + 100)), randomUUID());
  }
  if (!answer) throw new Error('There was nothing to send.');
  return answer;
};

const rowsOf = async (tenant_id: string): Promise<unknown> => {
  const tables: Record<string, unknown> = {};
  await mergeStock(db, tenant_id);
  for (const { table, key } of centralReadModels) {
    const sql = `SELECT t::text AS row FROM ${table} t WHERE tenant_id = '${tenant_id}' ORDER BY ${key}`;
    tables[table] = await cluster.asOwner(sql, url);
  }
  return tables;
};

const rebuild = (tenant_id: string, onProgress?: (events: number) => Promise<void>, log: Log = silentLog) =>
  rebuildReadModels({ db, ports, log, ...(onProgress ? { onProgress } : {}) }, tenant_id);

const busyTill = async (tenant: string, sales = 10): Promise<Till> =>
  enrolAt(db, fleet.add().openSession().sell(sales).closeSession(), tenant);

describe('a rebuild of the read models', () => {
  it('gives the very rows that central carried forward, and says that nothing differed', async () => {
    const till = await busyTill('Same');
    await send(till);
    const before = await rowsOf(till.known.tenant_id);
    const tables = await rebuild(till.known.tenant_id);
    expect(tables.map(({ table, differing }) => [table, differing])).toEqual(
      centralReadModels.map(({ table }) => [table, 0]),
    );
    expect(tables.find(({ table }) => table === 'receipts')?.rows).toBe(10);
    expect(await rowsOf(till.known.tenant_id)).toEqual(before);
    const left = await cluster.asOwner(`SELECT * FROM rebuilds; `, url);
    expect(left).toEqual([]);
  });

  it('puts right what was changed, lost or made up, and reports it', async () => {
    const till = await busyTill('Wrong');
    await send(till);
    const { tenant_id } = till.known;
    const before = await rowsOf(tenant_id);
    await cluster.asOwner(`UPDATE session_totals SET status = 'open' WHERE tenant_id = '${tenant_id}'`, url);
    await cluster.asOwner(`DELETE FROM receipts WHERE tenant_id = '${tenant_id}' AND receipt_number LIKE '%3'`, url);
    await cluster.asOwner(
      `INSERT INTO terminal_facts (tenant_id, terminal_id, started_epoch, started_seq, clock_jumps_count) VALUES ('${tenant_id}', 'ghost', 1, 1, 1)`,
      url,
    );
    const told: object[] = [];
    const tables = await rebuild(tenant_id, undefined, { ...silentLog, error: (fields) => told.push(fields) });
    const differing = Object.fromEntries(tables.map((one) => [one.table, one.differing]));
    expect(differing).toMatchObject({ session_totals: 1, receipts: 1, terminal_facts: 1 });
    expect(told).toMatchObject([
      {
        tenant_id,
        tables: [{ table: 'receipts' }, { table: 'session_totals' }, { table: 'terminal_facts', keys: ['ghost'] }],
      },
    ]);
    expect(await rowsOf(tenant_id)).toEqual(before);
  });

  it('finds the stock of a batch that was lost before it was added to the sums', async () => {
    const till = await busyTill('Lost stock');
    await send(till);
    const { tenant_id } = till.known;
    await cluster.asOwner(`DELETE FROM stock_movements_unmerged WHERE tenant_id = '${tenant_id}'`, url);
    const wrong = (await rebuild(tenant_id)).filter(({ differing }) => differing > 0);
    expect(wrong).toMatchObject([{ table: 'stock_movements', rows: wrong[0]?.differing }]);
    expect((await rebuild(tenant_id)).filter(({ differing }) => differing > 0)).toEqual([]);
  });

  it('misses nothing and counts nothing twice of what comes in meanwhile', async () => {
    const [first, second] = [await busyTill('Meanwhile', 300), await busyTill('Meanwhile', 5)];
    const { tenant_id } = first.known;
    await send(first, 1, 200);
    let steps = 0;
    const tables = await rebuild(tenant_id, async () => {
      steps += 1;
      // Late, early, doubled, and from another terminal, while the rebuild is in the midst of it.
      await send(first, 200, 520);
      await Promise.all([send(first, 150, 400), send(second)]);
    });
    expect(steps).toBeGreaterThan(0);
    expect(tables.every(({ differing }) => differing === 0)).toBe(true);
    expect(tables.find(({ table }) => table === 'receipts')?.rows).toBeGreaterThan(200);
    await Promise.all([send(first), rebuild(tenant_id), send(first)]);
    expect((await rebuild(tenant_id)).every(({ differing }) => differing === 0)).toBe(true);
    const [receipts] = await cluster.asOwner(
      `SELECT count(*)::int AS n FROM receipts WHERE tenant_id = '${tenant_id}'`,
      url,
    );
    expect(receipts).toEqual({ n: 305 });
  });

  it('counts what a person adopted, also while it goes on', async () => {
    const till = await busyTill('Adopted', 2);
    const { terminal_id, tenant_id } = till.known;
    const clone = fleet.clone(till.terminal);
    till.terminal.openSession().sell(1);
    await send(till);
    clone.openSession().sell(1);
    await send({ ...till, terminal: clone });
    const forks = await cluster.asOwner(`SELECT hash FROM forks WHERE tenant_id = '${tenant_id}' ORDER BY seq`, url);
    expect(forks.length).toBeGreaterThan(1);
    const [first, ...others] = forks.map(({ hash }) => String(hash));
    await adoptFork(db, { tenant_id, actor: 'spec' }, { terminal_id, hash: first ?? '' }, ports);
    const tables = await rebuild(tenant_id, async () => {
      for (const hash of others) await adoptFork(db, { tenant_id, actor: 'spec' }, { terminal_id, hash }, ports);
    });
    expect(tables.filter(({ differing }) => differing > 0)).toEqual([]);
  });

  it('leaves another company alone, and gives up when a second one begins', async () => {
    const [mine, other] = [await busyTill('Mine'), await busyTill('Theirs')];
    for (const till of [mine, other]) await send(till);
    const { tenant_id } = other.known;
    const before = await rowsOf(tenant_id);
    const both = rebuild(mine.known.tenant_id, async () => {
      await rebuild(mine.known.tenant_id);
    });
    await expect(both).rejects.toThrow(RebuildFault);
    expect(await rowsOf(tenant_id)).toEqual(before);
    expect((await rebuild(mine.known.tenant_id)).every(({ differing }) => differing === 0)).toBe(true);
  });
});

describe('one receipt that several terminals correct', () => {
  const refundUnseen = (terminal: TillTerminal, local_id: string): void => {
    const request = { lines: [coffee], original: { receipt_number: 'x', local_id }, reason: 'cold' };
    const tenders = [{ method: 'cash', amount_minor: 350 }];
    terminal.do({
      type: 'RecordRefundWithoutReceipt',
      local_id: randomUUID(),
      ...request,
      tenders,
      terms,
      authority: cashier,
    });
  };

  it('counts every correction when all of them come at once', async () => {
    const tills = await Promise.all(Array.from({ length: 6 }, () => enrolAt(db, fleet.add().openSession(), 'At once')));
    const sales = Array.from({ length: 10 }, () => randomUUID());
    for (const { terminal } of tills) for (const sale of sales) refundUnseen(terminal, sale);
    await Promise.all(tills.map((till) => send(till)));
    const rows = await cluster.asOwner(
      `SELECT refunds_count::int AS n FROM receipt_corrections WHERE tenant_id = '${tills[0]?.known.tenant_id ?? ''}'`,
      url,
    );
    expect(rows).toEqual(sales.map(() => ({ n: 6 })));
  });
});
