import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { openSync, closeSync, writeSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { auditDay, auditVerify, runVerify } from '../../src/audit/program.js';
import type { LogSource } from '../../src/audit/source.js';
import { openSource } from '../../src/audit/sqlite-file.js';
import { coffee, LogFixture, threeDays } from './log-fixture.js';
import { strangeKey, writeGarbage } from './strange-files.js';

let home: string;
let dir: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tillog-source-'));
  dir = join(home, 'data');
  mkdirSync(copies());
});
afterEach(() => rmSync(home, { recursive: true }));

/** Everything in a folder: names, sizes, times and modes. */
const listing = (folder: string): readonly string[] =>
  readdirSync(folder).map((name) => {
    const { size, mtimeNs, mode, ino } = statSync(join(folder, name), { bigint: true });
    return [name, size, mtimeNs, mode, ino].join(' ');
  });

const copies = (): string => join(home, 'copies');
const open = (path: string): LogSource => openSource(path, copies());

/** Audits a path and claims that the folder is the same afterwards, and that no copy is left. */
const auditWithoutTrace = async (path: string, folder = dir) => {
  const before = listing(folder);
  const source = open(path);
  try {
    const { report } = await runVerify(source, {});
    expect(listing(folder)).toEqual(before);
    return report;
  } finally {
    await source.close();
    expect(listing(folder)).toEqual(before);
    expect(readdirSync(copies())).toEqual([]);
  }
};

/** Owns the folder as a running terminal does. */
const own = (): Database.Database => {
  const lock = new Database(join(dir, 'owner.lock'));
  lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  return lock;
};

describe('reading a log leaves no trace', () => {
  it('of a terminal that was stopped in order', async () => {
    threeDays(dir).stop();
    expect(readdirSync(dir)).toEqual(['tillog.db']);
    expect(await auditWithoutTrace(dir)).toMatchObject({ ok: true, events: 53 });
    expect(await auditWithoutTrace(join(dir, 'tillog.db'))).toMatchObject({ ok: true, events: 53 });
  });

  it('of a terminal that sells on, and reads one moment of it', async () => {
    mkdirSync(dir);
    const lock = own();
    const fixture = threeDays(dir);
    expect(await auditWithoutTrace(dir)).toMatchObject({ ok: true, events: 53 });
    const source = open(dir);
    expect(readdirSync(copies())).toEqual([]);
    fixture.open('2026-01-04');
    fixture.sale([coffee], [{ method: 'card', amount_minor: 450 }]);
    fixture.witness();
    expect((await runVerify(source, {})).report).toMatchObject({ ok: true, events: 53 });
    await source.close();
    expect(await auditWithoutTrace(dir)).toMatchObject({ ok: true, events: 55 });
    fixture.stop();
    lock.close();
  });

  it('of a terminal whose power was cut, with sales only in its write-ahead log', async () => {
    const running = join(home, 'running');
    const fixture = threeDays(running);
    mkdirSync(dir);
    for (const name of ['tillog.db', 'tillog.db-wal', 'tillog.db-shm'])
      copyFileSync(join(running, name), join(dir, name));
    fixture.stop();
    expect(statSync(join(dir, 'tillog.db-wal')).size).toBeGreaterThan(0);
    expect(await auditWithoutTrace(dir)).toMatchObject({ ok: true, events: 53 });
    rmSync(join(dir, 'tillog.db-shm'));
    expect(await auditWithoutTrace(dir)).toMatchObject({ ok: true, events: 53 });
    own().close();
    expect(await auditWithoutTrace(dir)).toMatchObject({ ok: true, events: 53 });
  });

  it('of files that nobody may write', async () => {
    threeDays(dir).stop();
    chmodSync(join(dir, 'tillog.db'), 0o400);
    chmodSync(dir, 0o500);
    try {
      expect(await auditWithoutTrace(dir)).toMatchObject({ ok: true, events: 53 });
    } finally {
      chmodSync(dir, 0o700);
    }
  });

  it('of a backup with another name and another journal', async () => {
    const fixture = threeDays(dir);
    const backup = join(home, 'backups', 'monday.db');
    mkdirSync(join(home, 'backups'));
    fixture.db.prepare('VACUUM INTO ?').run(backup);
    fixture.stop();
    expect(await auditWithoutTrace(backup, join(home, 'backups'))).toMatchObject({ ok: true, events: 53 });
  });
});

describe('a source that is no log', () => {
  const outcome = async (path: string) => {
    const written: string[] = [];
    const complaints: string[] = [];
    const output = {
      json: true,
      write: (text: string) => void written.push(text),
      complain: (text: string) => void complaints.push(text),
    };
    const codes = [await auditVerify(() => open(path), {}, output), await auditDay(() => open(path), {}, output)];
    expect(written).toEqual([]);
    expect(readdirSync(copies())).toEqual([]);
    expect(complaints).toHaveLength(2);
    expect(complaints[0]).toMatch(/^[^\n]+\.\n$/u);
    return { codes, complaint: complaints[0] };
  };

  it.each<[string, () => string, RegExp]>([
    ['not there', () => join(home, 'nowhere'), /does not exist/u],
    [
      'a folder without a database',
      () => {
        mkdirSync(dir);
        return dir;
      },
      /holds no tillog\.db/u,
    ],
    [
      'no database',
      () => {
        writeGarbage(join(home, 'photo.jpg'));
        return join(home, 'photo.jpg');
      },
      /not a SQLite database, or it is encrypted/u,
    ],
    [
      'an empty file',
      () => {
        writeFileSync(join(home, 'empty.db'), '');
        return join(home, 'empty.db');
      },
      /no table events/u,
    ],
    [
      'another program’s database',
      () => {
        new Database(join(home, 'other.db')).exec('CREATE TABLE events (id TEXT)').close();
        return join(home, 'other.db');
      },
      /no column local_id/u,
    ],
    [
      'a database without its end',
      () => {
        threeDays(dir).stop();
        writeFileSync(join(home, 'half.db'), Buffer.from('SQLite format 3\0'.padEnd(600, 'x')));
        return join(home, 'half.db');
      },
      /not a SQLite database|cannot be read/u,
    ],
  ])('is said to be %s', async (_what, make, complaint) => {
    const result = await outcome(make());
    expect(result.codes).toEqual([2, 2]);
    expect(result.complaint).toMatch(complaint);
  });

  it('is told from a key that is none', async () => {
    threeDays(dir).stop();
    const complaints: string[] = [];
    const output = { json: false, write: () => undefined, complain: (text: string) => void complaints.push(text) };
    for (const key of ['nonsense', '', join(dir, 'tillog.db')]) {
      expect(await auditVerify(() => open(dir), { publicKey: key }, output)).toBe(2);
    }
    expect(complaints[0]).toMatch(/not an Ed25519 public key/u);
    expect(await auditVerify(() => open(dir), { publicKey: strangeKey() }, output)).toBe(1);
    expect(await auditVerify(() => open(dir), {}, output)).toBe(0);
  });
});

describe('a damaged database', () => {
  it('is a finding with the events that can still be read', async () => {
    const fixture = threeDays(dir);
    fixture.stop();
    const path = join(dir, 'tillog.db');
    const file = openSync(path, 'r+');
    for (let page = 20; page < 24; page += 1) writeSync(file, Buffer.alloc(4096, 0xee), 0, 4096, page * 4096);
    closeSync(file);
    const report = await auditWithoutTrace(dir);
    expect(report.ok).toBe(false);
    expect(report.problems.map(({ code }) => code)).toContain('STORE_DAMAGED');
  });
});

describe('what is printed for people', () => {
  it('names every problem, and no control character gets through', async () => {
    const fixture = new LogFixture(dir).start();
    fixture.open('2026-01-01');
    const names = { staff_name: null, approver_name: null };
    fixture.append({ type: 'DrawerOpened', data: { reason: '\u001b[2Jno sale', cause_local_id: null, ...names } });
    fixture.stop();
    const out: string[] = [];
    const output = { json: false, write: (text: string) => void out.push(text), complain: () => undefined };
    expect(await auditDay(() => open(dir), {}, output)).toBe(0);
    expect(await auditVerify(() => open(dir), {}, output)).toBe(0);
    expect(out.join('')).toContain('Drawer opened: \uFFFD[2Jno sale');
    expect(out.join('')).toContain('not anchored yet: events 1 to 3');
    expect(out.join('')).toContain('3 events, no problem found.');
  });
});
