import { createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import { newPrivateKey } from '../../src/events/signature.js';
import { DeviceSeal, secretBytes } from '../../src/terminal/device-seal.js';
import { noPapers } from '../../src/terminal/print-queue.js';
import { Recorder } from '../../src/terminal/recorder.js';
import { CommitUnknown, DiskFull } from '../../src/terminal/recording-fault.js';
import { FailingDatabase, SqliteFault } from './failing-database.js';
import { commandsOn, contentOf, expectWhole, Shop } from './shop.js';
import { virtualPorts } from './virtual-ports.js';

let shop: Shop;
let failing: FailingDatabase;
let recorder: Recorder;
const faults: CommitUnknown[] = [];

/** A second recorder on the shop's database, in which statements can be made to fail. */
const takeOver = (): void => {
  failing = new FailingDatabase(shop.terminal.db);
  recorder = new Recorder({
    epochs: { known: 1 },
    ...virtualPorts(shop.clock, shop.randomness),
    db: failing.db,
    identity: shop.recorder.identity,
    privateKey: createPrivateKey(newPrivateKey()),
    seal: new DeviceSeal(Buffer.alloc(secretBytes), shop.randomness),
    witness: join(shop.folder, 'other-head.json'),

    routes: noPapers,
    onCommitUnknown: (fault) => faults.push(fault),
  });
};

beforeEach(async () => {
  shop = await Shop.trading();
  faults.length = 0;
  takeOver();
});
afterEach(() => shop.remove());

type Commands = ReturnType<typeof commandsOn>;
const commands: Readonly<Record<string, (on: Commands, key: string) => Promise<unknown>>> = {
  'a sale': (on, key) => on.sell(key),
  'a closing with its Z and signed head': (on, key) => on.closeSession(key),
  'a new catalog': (on) => on.applyCatalog(2),
};

describe('One command is one transaction', () => {
  it.each(Object.keys(commands))('%s leaves nothing when any of its statements fails', async (name) => {
    const command = commands[name] as (on: Commands, key: string) => Promise<unknown>;
    await commandsOn(recorder).sell('before');
    shop.clock.jump(10 * 60_000);
    const before = contentOf(shop.terminal.db);
    const known = { head: recorder.log.head, state: recorder.state, version: recorder.catalog.version };
    let failures = 0;
    for (let statement = 1; ; statement += 1) {
      failing.failAt(statement);
      const error = await command(commandsOn(recorder), 'key').then(
        () => undefined,
        (cause: unknown) => cause,
      );
      failing.failAt(0);
      if (error === undefined) break;
      failures += 1;
      expect(error).toBeInstanceOf(SqliteFault);
      expect(contentOf(shop.terminal.db)).toEqual(before);
      expect({ head: recorder.log.head, state: recorder.state, version: recorder.catalog.version }).toEqual(known);
    }
    // At least one for each table that is read or written.
    expect(failures).toBeGreaterThan(8);
    expect(faults).toEqual([]);
    expect(contentOf(shop.terminal.db)).not.toEqual(before);
    expectWhole(shop.terminal.db);
  });

  it('leaves nothing when a table itself refuses, and the next command works', async () => {
    const tables = ['events', 'stock_movements', 'session_totals'];
    for (const table of tables) {
      const before = contentOf(shop.terminal.db);
      for (const change of ['INSERT', 'UPDATE']) {
        const trigger = `CREATE TRIGGER refuse_${change} BEFORE ${change} ON ${table}`;
        shop.terminal.db.exec(`${trigger} BEGIN SELECT RAISE(ABORT, 'refused'); END`);
      }
      await expect(shop.commands.sell(table)).rejects.toMatchObject({ message: 'refused' });
      shop.terminal.db.exec('DROP TRIGGER refuse_INSERT; DROP TRIGGER refuse_UPDATE');
      expect(contentOf(shop.terminal.db)).toEqual(before);
      await shop.commands.sell(table);
    }
    expectWhole(shop.terminal.db);
  });
});

describe('A full disk', () => {
  it('refuses the sale whole, and selling resumes when there is space', async () => {
    const { db } = shop.terminal;
    const pages = db.pragma('page_count', { simple: true }) as number;
    db.pragma(`max_page_count = ${String(pages + 2)}`);
    let sold = 0;
    const sellUntilFull = async (): Promise<unknown> => {
      for (; sold < 1000; sold += 1) await shop.commands.sell(`s${String(sold)}`);
      return undefined;
    };
    const error: unknown = await sellUntilFull().catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(DiskFull);
    const before = contentOf(db);
    await expect(shop.commands.sell(`s${String(sold)}`)).rejects.toThrow(DiskFull);
    expect(contentOf(db)).toEqual(before);
    expect(shop.faults).toEqual([]);
    expectWhole(db);
    db.pragma(`max_page_count = ${String(pages + 1000)}`);
    await shop.commands.sell(`s${String(sold)}`);
    expectWhole(db);
  });

  it.each(['SQLITE_FULL', 'SQLITE_IOERR_WRITE'])('is what %s means, in a statement or at the commit', async (code) => {
    failing.failAt(5, code);
    await expect(commandsOn(recorder).sell('a')).rejects.toThrow(DiskFull);
    failing.failAt(0);
    failing.insteadOfCommit(() => {
      throw new SqliteFault(code);
    });
    await expect(commandsOn(recorder).sell('a')).rejects.toThrow(DiskFull);
    failing.insteadOfCommit(undefined);
    expect(faults).toEqual([]);
    await commandsOn(recorder).sell('a');
    expectWhole(shop.terminal.db);
  });
});

describe('A commit that throws', () => {
  const fail = (commitFirst: boolean): void =>
    failing.insteadOfCommit((commit) => {
      if (commitFirst) commit();
      throw new SqliteFault('SQLITE_IOERR_FSYNC');
    });

  it.each([
    ['was on the disk after all', true],
    ['was not on the disk', false],
  ])(
    'is unknown: nothing is answered, and after a restart the same key tells the truth when it %s',
    async (_name, real) => {
      fail(real);
      await expect(commandsOn(recorder).sell('a')).rejects.toThrow(CommitUnknown);
      expect(faults).toHaveLength(1);
      await expect(commandsOn(recorder).sell('b')).rejects.toThrow(CommitUnknown);
      shop.terminal.close();
      shop.open().start();
      expect(shop.recorder.hasRecorded('a')).toBe(real);
      const answer = await shop.commands.sell('a');
      const sales = shop.events.filter(({ type }) => type === 'SaleRecorded');
      expect(sales.map(({ local_id }) => local_id)).toEqual([answer.local_id]);
      expect(answer.receipt_number).toMatch(/-000001$/u);
      expect(shop.events.some(({ type }) => type === 'TerminalRecovered')).toBe(true);
      expectWhole(shop.terminal.db);
    },
  );

  it('wakes no queue', async () => {
    const seen: unknown[] = [];
    recorder.commits$.subscribe((commit) => seen.push(commit));
    fail(true);
    await expect(commandsOn(recorder).sell('a')).rejects.toThrow(CommitUnknown);
    expect(seen).toEqual([]);
  });

  it('tells the worst at once when a statement met a broken disk', async () => {
    failing.failAt(3, 'SQLITE_IOERR_READ');
    await expect(commandsOn(recorder).sell('a')).rejects.toThrow(CommitUnknown);
    expect(faults).toHaveLength(1);
  });

  it('stops the till as well when the transaction could not even begin', async () => {
    failing.failTheBeginning('SQLITE_IOERR_SHMMAP');
    await expect(commandsOn(recorder).sell('a')).rejects.toThrow(CommitUnknown);
    expect(faults).toHaveLength(1);
  });
});
