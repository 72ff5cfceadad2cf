import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import Database from 'better-sqlite3';
import { UnusableSource } from '../../src/audit/source.js';
import { draws, mutations } from './mutations.js';
import { tamper } from './log-fixture.js';
import { SpoiledLog } from './spoiled-log.js';

const log = new SpoiledLog();

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
