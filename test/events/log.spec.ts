import { createPrivateKey } from 'node:crypto';
import Database from 'better-sqlite3';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkEvent } from '../../src/events/chain.js';
import { eventBytesMax, hashOf } from '../../src/events/envelope.js';
import { EventLog, logTables, logTriggers, sealedOf } from '../../src/events/log.js';
import { newPrivateKey, publicKeyOf, verifyHead } from '../../src/events/signature.js';
import { openDurably, type Sqlite } from '../../src/events/sqlite.js';
import { temporaryFolder } from '../temporary-folder.js';
import { draftOf, uuid } from './sample-events.js';
import { errorWith } from '../errors.js';

let folder: string;
let path: string;
let db: Sqlite;
let log: EventLog;

beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, 'tillog.db');
  db = openDurably(path);
  db.exec(logTables);
  log = new EventLog(db);
});

afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

const append = (count: number): void => {
  db.transaction(() => {
    for (let index = 0; index < count; index += 1) log.append(draftOf((log.head?.seq ?? 0) + 1));
  }).immediate();
};

const rows = (from: Sqlite = db): unknown[] => from.prepare('SELECT * FROM events ORDER BY seq').all();

/** Every way in SQL to change or take away an event. */
const attacks = [
  "UPDATE events SET envelope = '{}' WHERE seq = 2",
  'UPDATE OR REPLACE events SET local_id = (SELECT local_id FROM events WHERE seq = 1) WHERE seq = 2',
  'UPDATE OR IGNORE events SET seq = 9 WHERE seq = 2',
  'DELETE FROM events WHERE seq = 2',
  'DELETE FROM events',
  `INSERT OR REPLACE INTO events VALUES ('${uuid(2)}', 2, 1, 'X', NULL, 'h', '{}', NULL)`,
  `REPLACE INTO events VALUES ('${uuid(2)}', 9, 1, 'X', NULL, 'h', '{}', NULL)`,
  "INSERT OR REPLACE INTO events VALUES ('other', 2, 1, 'X', NULL, 'h', '{}', NULL)",
  `INSERT INTO events VALUES ('${uuid(2)}', 2, 1, 'X', NULL, 'h', '{}', NULL) ON CONFLICT DO UPDATE SET envelope = '{}'`,
  `INSERT INTO events VALUES ('${uuid(2)}', 9, 1, 'X', NULL, 'h', '{}', NULL) ON CONFLICT (local_id) DO UPDATE SET envelope = excluded.envelope`,
  "INSERT INTO events VALUES ('other', 2, 1, 'X', NULL, 'h', '{}', NULL) ON CONFLICT (seq) DO UPDATE SET envelope = excluded.envelope",
  `INSERT INTO events VALUES ('${uuid(2)}', 2, 1, 'X', NULL, 'h', '{}', NULL)`,
  "REPLACE INTO events (rowid, local_id, seq, epoch, type, hash, envelope) VALUES (2, 'other', 9, 1, 'X', 'h', '{}')",
  "INSERT INTO events (_rowid_, local_id, seq, epoch, type, hash, envelope) VALUES (2, 'other', 9, 1, 'X', 'h', '{}') ON CONFLICT DO UPDATE SET envelope = '{}'",
];

describe('The log', () => {
  it('gives each event the next position and the hash of the one before', () => {
    append(3);
    const stored = log.read(0, 10);
    expect(stored.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    let head = null;
    for (const row of stored) {
      expect(checkEvent(sealedOf(row), head).problems).toEqual([]);
      expect(hashOf(row.envelope)).toBe(row.hash);
      head = { epoch: row.epoch, seq: row.seq, hash: row.hash };
    }
    expect(log.head).toEqual(head);
    expect(new EventLog(db).head).toEqual(head);
  });

  it('reads a part of it, and one event by its id', () => {
    append(5);
    expect(log.read(2, 2).map(({ seq }) => seq)).toEqual([3, 4]);
    expect(log.read(5, 2)).toEqual([]);
    expect(log.find(uuid(4))?.seq).toBe(4);
    expect(log.find(uuid(6))).toBeUndefined();
  });

  it('finds the newest event of a rare type without looking through the others', () => {
    append(3);
    db.transaction(() => log.append({ ...draftOf(4), type: 'TerminalStopped', data: { reason: 'night' } }))();
    db.transaction(() => log.append(draftOf(5)))();
    expect([log.lastSeqOf('TerminalStopped'), log.lastSeqOf('TerminalStopped', 3)]).toEqual([4, 0]);
    expect([log.lastOf('TerminalStopped')?.seq, log.lastOf('TerminalStarted')]).toEqual([4, undefined]);

    const asked: string[] = [];
    const listening = new Database(path, { verbose: (sql) => asked.push(String(sql)) });
    const again = new EventLog(listening);
    asked.length = 0;
    again.lastSeqOf('TerminalStopped');
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${String(asked[0])}`).all() as { detail: string }[];
    listening.close();
    expect(plan.map(({ detail }) => detail)).toEqual([expect.stringMatching(/^SEARCH .*events_landmarks/u)]);
  });

  it('forgets what was rolled back', () => {
    append(1);
    const { head } = log;
    expect(() =>
      db
        .transaction(() => {
          log.append(draftOf(2));
          throw new Error('no');
        })
        .immediate(),
    ).toThrow('no');
    log.reload();
    expect(log.head).toEqual(head);
    append(1);
    expect(log.head?.seq).toBe(2);
  });

  it.each(attacks)('refuses %s', (sql) => {
    append(3);
    const before = rows();
    expect(() => db.exec(sql)).toThrow('append-only');
    expect(rows()).toEqual(before);
  });

  it.each(attacks)('refuses a plain connection without any settings %s', (sql) => {
    append(3);
    const before = rows();
    const plain = new Database(path);
    try {
      expect(plain.pragma('recursive_triggers', { simple: true })).toBe(0);
      expect(() => plain.exec(sql)).toThrow('append-only');
      expect(rows(plain)).toEqual(before);
    } finally {
      plain.close();
    }
  });

  it('has every trigger that its readers look for', () => {
    const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all();
    expect(names.sort()).toEqual([...logTriggers].sort());
  });

  it('refuses an event above 512 KiB before anything is recorded', () => {
    append(1);
    const goods = { code: 'a', name: 'é'.repeat(300), quantity_milli: 1000 };
    const lines = Array.from({ length: 1000 }, () => goods);
    const data = { lines, supplier: null, reference: null, reason: null };
    const tooLong = { ...draftOf(2), type: 'StockReceived', data } as const;
    expect(Buffer.byteLength(JSON.stringify(lines))).toBeGreaterThan(eventBytesMax);
    expect(() => db.transaction(() => log.append(tooLong)).immediate()).toThrow(
      errorWith({ name: 'Refusal', code: 'EVENT_TOO_LARGE' }),
    );
    expect([log.head?.seq, rows().length]).toEqual([1, 1]);
  });

  it('never holds what could not be read again', () => {
    append(1);
    for (const reason of ['x'.repeat(201), 'a\u0000', 'half \ud83d']) {
      expect(() => db.transaction(() => log.append(draftOf(2, reason))).immediate()).toThrow(
        /can be read again|Surrogate/iu,
      );
      log.reload();
    }
    const draft = draftOf(2);
    const broken = { ...draft, local_id: 'UPPER' };
    expect(() => db.transaction(() => log.append(broken)).immediate()).toThrow(/can be read again|Surrogate/iu);
    log.reload();
    expect(rows()).toHaveLength(1);
  });
});

describe('The signed heads', () => {
  const pem = newPrivateKey();
  const key = createPrivateKey(pem);

  it('are kept once each, and verify with the public key', () => {
    expect(log.signHead(uuid(9), key)).toBeNull();
    append(2);
    const signed = log.signHead(uuid(9), key);
    log.signHead(uuid(9), key);
    append(1);
    log.signHead(uuid(9), key);
    expect(log.heads().map(({ seq }) => seq)).toEqual([2, 3]);
    expect(log.heads(2).map(({ seq }) => seq)).toEqual([3]);
    expect(log.lastSignedHead()?.seq).toBe(3);
    expect(signed && verifyHead(uuid(9), signed, publicKeyOf(pem))).toBe(true);
  });
});
