import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { UnusableSource } from '../../src/audit/source.js';
import { verifyLogs, type VerifyReport } from '../../src/audit/verify.js';
import { logTriggers } from '../../src/events/log.js';
import { verifyMembers } from '../../docs/verifier.mjs';
import { coffee, LogFixture, tamper, threeDays } from './log-fixture.js';
import { type MemoryLog, membersOf, memoryOf, sourceOf } from './memory-log.js';
import { draws, mutations } from './mutations.js';
import { SpoiledLog } from './spoiled-log.js';

const log = new SpoiledLog();

/** So many of each kind: together more than a thousand. */
const timesEach = 56;

/** A log of three days that is anchored, and a fourth one that nothing vouches for yet. */
const madeLog = (folder: string): MemoryLog => {
  const fixture: LogFixture = threeDays(folder);
  fixture.open('2026-01-04');
  for (let sales = 0; sales < 6; sales += 1) fixture.sale([coffee], [{ method: 'card', amount_minor: 450 }]);
  fixture.stop();
  return memoryOf(fixture);
};

describe('a log of which one thing was changed', () => {
  let home: string;
  let made: MemoryLog;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'tillog-mutations-'));
    made = madeLog(join(home, 'made'));
  });
  afterAll(() => rmSync(home, { recursive: true }));

  const firstSeq = (findings: readonly { readonly seq?: number | null }[]): number | null =>
    findings.reduce<number | null>(
      (first, { seq = null }) => (seq === null || (first ?? seq) < seq ? first : seq),
      null,
    );

  it('is whole before, for both verifiers', async () => {
    const report = await verifyLogs(sourceOf(made), {});
    expect(report).toMatchObject({ ok: true, events: 60, problems: [], unanchored: [{ from_seq: 54, to_seq: 60 }] });
    expect(await verifyMembers(membersOf(made))).toMatchObject({ ok: true, events: 60, findings: [] });
  });

  it('is tried more than a thousand times', () => {
    expect(Object.keys(mutations).length * timesEach).toBeGreaterThanOrEqual(1000);
  });

  /** What nothing vouches for cannot be told from what was never there, so its range is named. */
  const expectUntold = ({ ok, terminals, unanchored }: VerifyReport, changed: MemoryLog): void => {
    const last = changed.rows.at(-1)?.seq ?? 0;
    const anchored = changed.heads.at(-1)?.seq ?? 0;
    const range = anchored === last ? [] : [{ from_seq: anchored + 1, to_seq: last }];
    expect({ terminals, unanchored }).toMatchObject({ terminals: [{ last_seq: last }], unanchored: range });
    if (ok) expect(terminals).toMatchObject([{ anchored_to_seq: anchored }]);
  };

  it.each(Object.entries(mutations))('shows it at its event by its code: to %s', async (_name, mutate) => {
    for (let seed = 1; seed <= timesEach; seed += 1) {
      const { log: changed, from, found } = mutate(made, draws(seed * 7919));
      const report = await verifyLogs(sourceOf(changed), {});
      const second = await verifyMembers(membersOf(changed));
      const all = report.problems.map(({ code, seq }) => `${code} ${String(seq)}`);
      const missing = found.filter((one) => !all.includes(one));
      const tooEarly = report.problems.filter(({ seq }) => seq === null || seq < from);
      expect({ seed, missing, tooEarly }).toEqual({ seed, missing: [], tooEarly: [] });
      const first = firstSeq(report.problems);
      expect({ seed, ok: second.ok, first: firstSeq(second.findings) }).toEqual({ seed, ok: report.ok, first });
      if (found.length === 0) expectUntold(report, changed);
    }
  });
});

describe('a database of which one thing was changed', () => {
  const columns = ['type', 'session_id', 'local_id', 'epoch'] as const;

  it.each(Array.from({ length: 24 }, (_, seed) => seed))('shows a changed column (seed %i)', async (seed) => {
    const draw = draws(seed * 104_729 + 5);
    const seq = 1 + draw(53);
    const column = columns[draw(columns.length)] ?? 'type';
    log.sql(
      `UPDATE events SET ${column} = ${column === 'epoch' ? '7' : "'something else'"} WHERE seq = ${String(seq)}`,
    );
    expect(await log.found()).toContain(`COLUMN_WRONG ${String(seq)}`);
    expect((await log.verify()).problems.every((problem) => problem.seq === null || problem.seq >= seq)).toBe(true);
  });

  const bodies = ['BEGIN SELECT 1; END', 'WHEN 0 BEGIN SELECT RAISE(ABORT, 1); END'];
  it.each(logTriggers)('shows that the trigger %s was dropped or made harmless', async (name) => {
    const moment = /update|delete/u.exec(name)?.[0] ?? 'insert';
    log.edit(`DROP TRIGGER ${name}`);
    expect(await log.found()).toEqual(['GUARD_MISSING']);
    for (const body of bodies) {
      log.edit(`CREATE TRIGGER ${name} BEFORE ${moment} ON events ${body}`);
      expect(await log.found()).toEqual(['GUARD_MISSING']);
      log.edit(`DROP TRIGGER ${name}`);
    }
  });

  it('shows what was deleted while a trigger was away, although it came back', async () => {
    tamper(log.path, (db) => db.exec('DELETE FROM events WHERE seq = 20'));
    expect(await log.found()).toContain('GAP 20');
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
