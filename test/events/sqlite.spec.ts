import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openDurably, openReadOnly } from '../../src/events/sqlite.js';
import { temporaryFolder } from '../temporary-folder.js';
import { errorWith } from '../errors.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, 'some.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const synchronous = (db: Database.Database): unknown => db.pragma('synchronous', { simple: true });

describe('A database that is opened durably', () => {
  it('forces every commit to the disk, also after its first write, and at every opening', () => {
    for (let opening = 1; opening <= 3; opening += 1) {
      const db = openDurably(path);
      db.exec('CREATE TABLE IF NOT EXISTS kept (word TEXT) STRICT');
      expect(synchronous(db)).toBe(2);
      db.prepare('INSERT INTO kept VALUES (?)').run('a');
      expect(synchronous(db)).toBe(2);
      db.transaction(() => db.prepare('INSERT INTO kept VALUES (?)').run('b')).immediate();
      expect(synchronous(db)).toBe(2);
      expect(db.prepare('SELECT count(*) FROM kept').pluck().get()).toBe(2 * opening);
      db.close();
    }
  });

  it('would lose the newest commits in a power cut when it were opened in the plain way', () => {
    const plain = new Database(path);
    plain.pragma('journal_mode = WAL');
    plain.exec('CREATE TABLE kept (word TEXT)');
    expect(synchronous(plain)).toBe(1);
    plain.close();
  });

  it('keeps its journal small, checks keys, and trusts no schema', () => {
    const db = openDurably(path);
    const names = ['journal_mode', 'foreign_keys', 'recursive_triggers', 'trusted_schema', 'wal_autocheckpoint'];
    expect(names.map((name) => db.pragma(name, { simple: true }))).toEqual(['wal', 1, 1, 0, 400]);
    db.close();
  });

  it('is refused where a write-ahead log cannot be', () => {
    expect(() => openDurably(':memory:')).toThrow(errorWith({ name: 'UnsafeDatabase' }));
  });

  it('can be read by others, who cannot write', () => {
    const db = openDurably(path);
    db.exec("CREATE TABLE kept (word TEXT) STRICT; INSERT INTO kept VALUES ('a')");
    const reader = openReadOnly(path);
    expect(reader.prepare('SELECT word FROM kept').pluck().all()).toEqual(['a']);
    expect(() => reader.exec("INSERT INTO kept VALUES ('b')")).toThrow('readonly');
    reader.close();
    db.close();
  });
});
