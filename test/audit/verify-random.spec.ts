import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import Database from 'better-sqlite3';
import { UnusableSource } from '../../src/audit/source.js';
import { tamper } from './log-fixture.js';
import { SpoiledLog } from './spoiled-log.js';

const log = new SpoiledLog();

/** The same whole numbers in every run: below `limit`, drawn by mulberry32. */
const draws = (seed: number): ((limit: number) => number) => {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
};

type Draw = (limit: number) => number;

/** Each changes one thing at a drawn event, and says where it may be noticed first and last. */
const mutations: Readonly<
  Record<string, (db: Database.Database, seq: number, draw: Draw) => readonly [number, number]>
> = {
  'flip a bit of a text': (db, seq, draw) => {
    const row = db.prepare<[number], { envelope: string }>('SELECT envelope FROM events WHERE seq = ?').get(seq);
    const bytes = Buffer.from(row?.envelope ?? '');
    const at = draw(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << draw(7));
    db.prepare('UPDATE events SET envelope = ? WHERE seq = ?').run(bytes.toString('latin1'), seq);
    return [seq, seq];
  },
  'change a digit of a hash': (db, seq, draw) => {
    const at = draw(64) + 1;
    const swap = `CASE substr(hash, ${String(at)}, 1) WHEN '0' THEN '1' ELSE '0' END`;
    db.prepare(`UPDATE events SET hash = substr(hash, 1, ?) || ${swap} || substr(hash, ?) WHERE seq = ?`).run(
      at - 1,
      at + 1,
      seq,
    );
    return [seq, seq];
  },
  'delete an event': (db, seq) => {
    db.prepare('DELETE FROM events WHERE seq = ?').run(seq);
    return [seq, seq + 1];
  },
  'put one text in the place of another': (db, seq, draw) => {
    const other = ((seq + draw(50)) % 53) + 1;
    db.prepare(
      'UPDATE events SET envelope = other.envelope, hash = other.hash FROM events AS other WHERE events.seq = ? AND other.seq = ?',
    ).run(seq, other);
    return [seq, seq];
  },
  'change a column': (db, seq, draw) => {
    const column = ['type', 'session_id', 'local_id'][draw(3)] ?? 'type';
    db.prepare(`UPDATE events SET ${column} = 'something else' WHERE seq = ?`).run(seq);
    return [seq, seq];
  },
};

describe.each(Object.entries(mutations))('to %s', (_name, mutate) => {
  it.each(Array.from({ length: 25 }, (_, seed) => seed))('is noticed where it happened (seed %i)', async (seed) => {
    const draw = draws(seed * 7919 + 1);
    const seq = draw(52) + 1;
    let place: readonly [number, number] = [seq, seq];
    tamper(log.path, (db) => {
      place = mutate(db, seq, draw);
    });
    const { ok, problems } = await log.verify();
    const first = Math.min(...problems.map((problem) => problem.seq ?? Infinity));
    expect({ ok, noticed: first >= place[0] && first <= place[1], first }).toEqual({ ok: false, noticed: true, first });
  });
});

describe('a flipped bit anywhere in the file', () => {
  const contents = (): string | null => {
    try {
      const db = new Database(log.path, { readonly: true });
      try {
        return ['events', 'heads']
          .map((table) => JSON.stringify(db.prepare(`SELECT * FROM ${table} NOT INDEXED ORDER BY rowid`).all()))
          .join();
      } finally {
        db.close();
      }
    } catch {
      return null;
    }
  };

  it.each(Array.from({ length: 100 }, (_, seed) => seed))(
    'is no crash, and noticed when it matters (seed %i)',
    async (seed) => {
      const before = contents();
      const draw = draws(seed * 104_729 + 3);
      const at = draw(statSync(log.path).size);
      const file = openSync(log.path, 'r+');
      const byte = Buffer.alloc(1);
      readSync(file, byte, 0, 1, at);
      byte[0] = (byte[0] ?? 0) ^ (1 << draw(8));
      writeSync(file, byte, 0, 1, at);
      closeSync(file);
      const changed = contents() !== before;
      let noticed: boolean;
      try {
        noticed = !(await log.verify()).ok;
      } catch (cause) {
        if (!(cause instanceof UnusableSource)) throw cause;
        noticed = true;
      }
      expect(noticed || !changed).toBe(true);
    },
  );
});
