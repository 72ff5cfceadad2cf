import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { newPrivateKey } from '../../src/events/signature.js';
import { WitnessFile } from '../../src/events/witness.js';
import { openDurably } from '../../src/events/sqlite.js';
import { backUp, restore } from '../../src/terminal/backup.js';
import { Terminal, type TerminalOptions } from '../../src/terminal/terminal.js';
import { errorWith } from '../errors.js';
import { temporaryFolder } from '../temporary-folder.js';
import { commandsOn, contentOf, eventsIn, expectWhole, Shop } from './shop.js';
import { virtualPorts } from './virtual-ports.js';

let shop: Shop;
let place: string;
let file: string;

beforeEach(async () => {
  shop = await Shop.trading();
  place = temporaryFolder();
  file = join(place, 'till.backup');
});
afterEach(() => {
  shop.remove();
  rmSync(place, { recursive: true });
});

const ports = () => virtualPorts(shop.clock, shop.randomness);

/** A folder as a replaced machine has it: the key, and nothing else. */
const folderWithKey = (name = 'restored'): string => {
  const folder = join(place, name);
  mkdirSync(folder);
  copyFileSync(join(shop.folder, 'terminal.key'), join(folder, 'terminal.key'));
  return folder;
};

const open = (dataDir: string, more: Partial<TerminalOptions> = {}): Terminal =>
  Terminal.open({ dataDir, ports: ports(), onCommitUnknown: (fault) => shop.faults.push(fault), ...more });

const eventsOf = (dataDir: string) => {
  const db = openDurably(join(dataDir, 'tillog.db'));
  try {
    expectWhole(db);
    return eventsIn(db);
  } finally {
    db.close();
  }
};

describe('A backup', () => {
  it('is made while the terminal sells, holds what it recorded until then, and no secret', async () => {
    await shop.commands.sell('1');
    const { seq = 0 } = shop.recorder.log.head ?? {};
    expect(backUp(shop.folder, file)).toMatchObject({ head: { seq } });
    await shop.commands.sell('2');
    const copy = new Database(file, { readonly: true });
    expect(eventsIn(copy)).toEqual(shop.events.slice(0, seq));
    copy.close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(place)).toEqual(['till.backup']);
    const bytes = readFileSync(file).toString('latin1');
    for (const name of ['terminal.key', 'device.secret']) {
      const secret = readFileSync(join(shop.folder, name), 'utf8');
      for (const line of secret.split('\n').filter((part) => part.length > 20)) expect(bytes).not.toContain(line);
    }
  });

  it('changes nothing of what it copies', () => {
    const before = contentOf(shop.terminal.db);
    backUp(shop.folder, file);
    expect(contentOf(shop.terminal.db)).toEqual(before);
  });

  it('never replaces a file, whatever it holds', () => {
    writeFileSync(file, 'holiday photos');
    expect(() => backUp(shop.folder, file)).toThrow(errorWith({ code: 'BACKUP_EXISTS' }));
    expect(readFileSync(file, 'utf8')).toBe('holiday photos');
    expect(readdirSync(place)).toEqual(['till.backup']);
  });

  it.each<[string, () => void, string]>([
    ['there is no log', () => rmSync(join(shop.folder, 'tillog.db')), 'LOG_MISSING'],
    ['the key is gone', () => rmSync(join(shop.folder, 'terminal.key')), 'KEY_MISSING'],
    ['the key is another one', () => writeFileSync(join(shop.folder, 'terminal.key'), newPrivateKey()), 'KEY_DIFFERS'],
    ['the key is none', () => writeFileSync(join(shop.folder, 'terminal.key'), 'x'), 'KEY_UNREADABLE'],
    ['the head file names more than the log has', () => loseTheEnd(), 'LOG_TRUNCATED'],
    ['an event was changed', () => alter(shop.terminal.db), 'LOG_ALTERED'],
  ])('is refused, and leaves no file, when %s', (_when, spoil, code) => {
    spoil();
    expect(() => backUp(shop.folder, file)).toThrow(errorWith({ code }));
    expect(existsSync(file)).toBe(false);
    expect(readdirSync(place)).toEqual([]);
  });

  it('is refused where there is no such place, which is named', () => {
    file = join(place, 'nowhere', 'x');
    const message = expect.stringContaining(`to ${file}`) as string;
    expect(() => backUp(shop.folder, file)).toThrow(errorWith({ code: 'BACKUP_UNREADABLE', message }));
    expect(readdirSync(place)).toEqual([]);
  });

  const loseTheEnd = (): void => {
    shop.recorder.witness();
    shop.terminal.db.exec('DROP TRIGGER events_refuse_delete; DELETE FROM heads; DELETE FROM events WHERE seq > 2');
  };
});

const alter = (db: Database.Database): void => {
  db.exec(`DROP TRIGGER events_refuse_update; UPDATE events SET hash = '${'0'.repeat(64)}' WHERE seq = 2`);
};

describe('A restored backup', () => {
  it('sells on in a new epoch from the event after which the backup was made, its numbers too', async () => {
    await shop.commands.sell('1');
    const { head } = backUp(shop.folder, file);
    await shop.commands.sell('lost with the disk');
    const folder = folderWithKey();
    restore(file, folder, ports());
    expect(existsSync(join(folder, 'head.json'))).toBe(true);
    const terminal = open(folder);
    terminal.start();
    await commandsOn(terminal.recorder).sell('2');
    await commandsOn(terminal.recorder).closeSession('z');
    terminal.stop('test');
    const events = eventsOf(folder);
    expect(events[head.seq]).toMatchObject({
      type: 'EpochStarted',
      epoch: 2,
      seq: head.seq + 1,
      data: { previous: head, reason: 'restore' },
    });
    const sales = events.filter((event) => event.type === 'SaleRecorded').map(({ data }) => data);
    expect(sales.map(({ receipt_index }) => receipt_index)).toEqual([1, 2]);
    expect(sales[1]?.receipt_number).toMatch(/-2-000002$/u);
    expect(events.find((event) => event.type === 'SessionClosed')?.data.z_report).toMatchObject({
      sales_count: 2,
      z_number: 1,
    });
  });

  it('answers a command that it holds, and records again one that only the old disk had', async () => {
    const first = await shop.commands.sell('before');
    backUp(shop.folder, file);
    const after = await shop.commands.sell('after');
    const folder = folderWithKey();
    restore(file, folder, ports());
    const terminal = open(folder);
    const { sell } = commandsOn(terminal.recorder);
    expect(await sell('before')).toEqual(first);
    expect((await sell('after')).local_id).not.toBe(after.local_id);
    terminal.close();
  });

  it('prints nothing by itself that waited in the backup: the old disk may have printed it since', async () => {
    shop.terminal.close();
    shop.open({ hasPrinter: true });
    shop.terminal.start();
    const under = await shop.commands.sell('under way');
    const waits = await shop.commands.sell('waits');
    const job = { seq: under.seq, destination: 'receipts' };
    shop.recorder.prints.mark(job, 'sending', '2026-01-01T00:00:00.000Z');
    backUp(shop.folder, file);
    restore(file, folderWithKey(), ports());
    const restored = open(join(place, 'restored'), { hasPrinter: true });
    restored.start();
    const { prints } = restored.recorder;
    expect(prints.next('receipts')).toBeUndefined();
    const doubtful = { state: 'unknown', problem: expect.stringMatching(/backup.*Look, or print it again/u) as string };
    expect(prints.open(10)).toMatchObject([
      { seq: waits.seq, ...doubtful },
      { seq: under.seq, ...doubtful },
    ]);
    const next = await commandsOn(restored.recorder).sell('next');
    expect(prints.next('receipts')).toMatchObject({ seq: next.seq, state: 'queued' });
    restored.close();
    expect(shop.recorder.prints.next('receipts')).toMatchObject({ seq: waits.seq });
  });

  it('starts its epoch before anything else, also on a machine whose clock is wrong', async () => {
    await shop.commands.sell('1');
    const { head } = backUp(shop.folder, file);
    shop.clock.jump(-25 * 365 * 86_400_000);
    const folder = folderWithKey();
    restore(file, folder, ports());
    expect(eventsOf(folder).slice(head.seq)).toMatchObject([
      { type: 'EpochStarted', epoch: 2 },
      { type: 'ClockJumped', epoch: 2 },
    ]);
  });

  it('is done again after it was killed between its head file and its database', () => {
    backUp(shop.folder, file);
    const folder = folderWithKey();
    restore(file, folder, ports());
    rmSync(join(folder, 'tillog.db'));
    renameSync(join(folder, 'head.json'), join(folder, 'head.json.restoring'));
    restore(file, folder, ports());
    open(folder).close();
    expect(eventsOf(folder).at(-1)?.type).toBe('EpochStarted');
  });

  it('never takes an epoch that the head file of the folder knows of', () => {
    backUp(shop.folder, file);
    const folder = folderWithKey();
    for (const epoch of [2, 3, 4]) {
      restore(file, folder, ports());
      expect(eventsOf(folder).at(-1)).toMatchObject({ type: 'EpochStarted', epoch });
      rmSync(join(folder, 'tillog.db'));
    }
  });

  it('is refused without the key, and says what that means', () => {
    backUp(shop.folder, file);
    const folder = join(place, 'fresh');
    expect(() => restore(file, folder, ports())).toThrow(
      errorWith({ code: 'KEY_MISSING', message: expect.stringMatching(/no other key can go on/u) as string }),
    );
    expect(existsSync(folder)).toBe(false);
  });

  const inFolder = (name: string, content: string) => (folder: string) => writeFileSync(join(folder, name), content);
  const spoiled = (spoil: (db: Database.Database) => void) => () => {
    const db = new Database(file);
    spoil(db);
    db.close();
  };
  const anotherWitness = (folder: string): void => {
    const terminal_id = '00000000-0000-4000-8000-000000000000';
    new WitnessFile(join(folder, 'head.json')).write({ terminal_id, epoch: 1, seq: 1, hash: 'x', signature: 'x' });
  };

  it.each<[string, (folder: string) => void, string]>([
    ['the key is that of another terminal', inFolder('terminal.key', newPrivateKey()), 'KEY_DIFFERS'],
    ['the key is none', inFolder('terminal.key', 'none'), 'KEY_UNREADABLE'],
    ['the folder has a database', inFolder('tillog.db', ''), 'FOLDER_USED'],
    ['sales of an old database wait there', inFolder('tillog.db-wal', ''), 'FOLDER_USED'],
    ['the folder is that of another terminal', anotherWitness, 'FOLDER_USED'],
    ['the file is not there', () => rmSync(file), 'BACKUP_UNREADABLE'],
    ['the file is no database', () => writeFileSync(file, 'no database'.repeat(1000)), 'BACKUP_UNREADABLE'],
    ['the file is empty', () => writeFileSync(file, ''), 'BACKUP_UNREADABLE'],
    ['the file is cut', () => writeFileSync(file, readFileSync(file).subarray(0, -8192)), 'BACKUP_DAMAGED'],
    ['the database is none of a terminal', spoiled((db) => db.exec('DROP TABLE events')), 'BACKUP_UNREADABLE'],
    ['an event was changed', spoiled(alter), 'BACKUP_DAMAGED'],
    ['the last event was never signed', spoiled((db) => db.exec('DELETE FROM heads')), 'BACKUP_INCOMPLETE'],
    [
      'the last event is signed by nobody',
      spoiled((db) => db.exec(`UPDATE heads SET signature = '${'A'.repeat(86)}=='`)),
      'BACKUP_DAMAGED',
    ],
    [
      'the newest events were cut off',
      spoiled((db) => {
        db.exec('DROP TRIGGER events_refuse_delete');
        for (const table of ['events', 'heads']) db.exec(`DELETE FROM ${table} WHERE seq > 2`);
        db.exec('DELETE FROM session_totals');
      }),
      'BACKUP_INCOMPLETE',
    ],
  ])('is refused, and changes nothing, when %s', (_when, spoil, code) => {
    backUp(shop.folder, file);
    const folder = folderWithKey();
    spoil(folder);
    const before = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]);
    expect(() => restore(file, folder, ports())).toThrow(errorWith({ code }));
    const after = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]);
    expect(after.filter(([name]) => name !== 'owner.lock')).toEqual(before);
  });

  it('is refused while a terminal runs on the folder', () => {
    backUp(shop.folder, file);
    expect(() => restore(file, shop.folder, ports())).toThrow(errorWith({ code: 'FOLDER_IN_USE' }));
  });
});
