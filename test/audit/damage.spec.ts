import { closeSync, copyFileSync, existsSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openSource } from '../../src/audit/sqlite-file.js';
import { UnusableSource } from '../../src/audit/source.js';
import { verifyLogs, type VerifyReport } from '../../src/audit/verify.js';
import { type LogFixture, threeDays } from './log-fixture.js';
import { draws } from './mutations.js';

const pageBytes = 4096;

let home: string;
let made: LogFixture;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'tillog-damage-'));
  made = threeDays(join(home, 'made'));
  made.witness();
});
afterAll(() => {
  made.stop();
  rmSync(home, { recursive: true });
});

/** A copy of the files as a power cut leaves them, or with everything in the database itself. */
const copied = (withWal: boolean): string => {
  const folder = mkdtempSync(join(home, 'copy-'));
  for (const name of ['tillog.db', 'tillog.db-wal', 'head.json']) {
    if (existsSync(join(made.dir, name))) copyFileSync(join(made.dir, name), join(folder, name));
  }
  if (withWal) return folder;
  const db = new Database(join(folder, 'tillog.db'));
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  return folder;
};

const overwrite = (path: string, at: number, bytes: Buffer): void => {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
};

const garbage = (seed: number, length: number): Buffer => {
  const draw = draws(seed);
  return Buffer.from(Array.from({ length }, () => draw(256)));
};

/** Undefined where nothing at all could be read. */
const verified = async (folder: string): Promise<VerifyReport | undefined> => {
  try {
    const source = openSource(folder, home);
    try {
      return await verifyLogs(source, {});
    } finally {
      await source.close();
    }
  } catch (cause) {
    if (cause instanceof UnusableSource) return undefined;
    throw cause;
  }
};

interface Page {
  readonly pageno: number;
  readonly name: string;
  readonly pagetype: string;
}

const pagesOf = (folder: string): readonly Page[] => {
  const db = new Database(join(folder, 'tillog.db'), { readonly: true });
  try {
    return db.prepare<[], Page>('SELECT pageno, name, pagetype FROM dbstat ORDER BY pageno').all();
  } finally {
    db.close();
  }
};

/** Every event of the log is read, or named by a finding: nothing gets lost unsaid. */
const expectAllAccountedFor = ({ events, problems, ok }: VerifyReport): void => {
  const gaps = problems.flatMap(({ code, expected, found }) =>
    code === 'GAP' ? Number(found) - Number(expected) : [],
  );
  const cut = problems.find(({ code }) => code === 'LOG_TRUNCATED');
  const missing = gaps.reduce((sum, gap) => sum + gap, 0) + (cut ? Number(cut.expected) - Number(cut.found) : 0);
  expect(events + missing).toBe(53);
  expect(ok).toBe(false);
};

describe('a database with a damaged page', () => {
  it('is read around the damage, whichever page of it that is', async () => {
    const whole = copied(false);
    const pages = pagesOf(whole);
    const ofEvents = pages.filter(({ name }) => name === 'events' || name.startsWith('sqlite_autoindex_events'));
    expect(ofEvents.length).toBeGreaterThan(20);
    for (const { pageno, name, pagetype } of ofEvents) {
      const folder = copied(false);
      overwrite(join(folder, 'tillog.db'), (pageno - 1) * pageBytes, garbage(pageno, pageBytes));
      const report = await verified(folder);
      if (!report) throw new Error(`page ${String(pageno)} makes the log unusable`);
      expectAllAccountedFor(report);
      expect(report.problems.map(({ code }) => code)).toContain('STORE_DAMAGED');
      // An index tells nothing that the table does not tell too, and a leaf holds a few events.
      if (name !== 'events') expect({ pageno, events: report.events }).toEqual({ pageno, events: 53 });
      else if (pagetype !== 'internal') expect({ pageno, few: report.events > 45 }).toEqual({ pageno, few: true });
      const lost = report.problems.filter(({ code, seq }) => code === 'STORE_DAMAGED' && seq !== null);
      expect({ pageno, lost: lost.length > 0 }).toEqual({ pageno, lost: report.events < 53 });
    }
  });

  it('says what was lost of the end of it', async () => {
    const folder = copied(false);
    const leaves = pagesOf(folder).filter(({ name, pagetype }) => name === 'events' && pagetype === 'leaf');
    const last = leaves.at(-1)?.pageno ?? 0;
    overwrite(join(folder, 'tillog.db'), (last - 1) * pageBytes, Buffer.alloc(pageBytes, 0xee));
    const report = await verified(folder);
    const said = report?.problems.filter(({ code, seq }) => code === 'STORE_DAMAGED' && seq !== null);
    expect(said).toMatchObject([
      { seq: (report?.events ?? 0) + 1, detail: expect.stringMatching(/ 53 cannot be read/u) as string },
    ]);
  });
});

describe('a file that is damaged anywhere', () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))(
    'is no crash, and nothing is lost unsaid (seed %i)',
    async (seed) => {
      const draw = draws(seed * 15_485_863 + 11);
      const folder = copied(draw(2) === 0);
      const name = existsSync(join(folder, 'tillog.db-wal')) ? ['tillog.db', 'tillog.db-wal'][draw(2)] : 'tillog.db';
      const path = join(folder, name ?? '');
      const before = await verified(folder);
      const { size } = statSync(path);
      for (let times = 1 + draw(3); times > 0; times -= 1) {
        overwrite(path, draw(size), garbage(seed, 1 + draw(2 * pageBytes)));
      }
      const report = await verified(folder);
      expect(before).toMatchObject({ ok: true, events: 53 });
      if (report && !report.ok) expect(report.events).toBeLessThanOrEqual(53);
      if (report?.ok) expect(report).toEqual(before);
    },
  );
});
