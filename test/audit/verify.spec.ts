import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { runVerify } from '../../src/audit/program.js';
import { openSource } from '../../src/audit/sqlite-file.js';
import type { VerifyReport } from '../../src/audit/verify.js';
import { eventBytesMax, hashOf } from '../../src/events/envelope.js';
import { logTriggers } from '../../src/events/log.js';
import { coffee, forge, type Forged, idOf, LogFixture, strangeKey, tamper, threeDays } from './log-fixture.js';

let home: string;
let made: LogFixture;
let dir: string;
const path = (): string => join(dir, 'tillog.db');

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'tillog-verify-'));
  made = threeDays(join(home, 'made'));
  made.stop();
});
beforeEach(() => {
  dir = mkdtempSync(join(home, 'copy-'));
  cpSync(join(home, 'made'), dir, { recursive: true });
});
afterAll(() => rmSync(home, { recursive: true }));

const verify = async (options: { key?: string } = {}): Promise<VerifyReport> => {
  const source = openSource(dir);
  try {
    const { report, exitCode } = await runVerify(source, options);
    expect(exitCode).toBe(report.ok ? 0 : 1);
    expect(report.ok).toBe(report.problems.length === 0);
    return report;
  } finally {
    await source.close();
  }
};

const found = async (options: { key?: string } = {}): Promise<readonly string[]> =>
  (await verify(options)).problems.map(({ code, seq }) => (seq === null ? code : `${code} ${String(seq)}`)).sort();

/** Changes the file itself, its guards included. */
const edit = (text: string): void => {
  const db = new Database(path());
  db.exec(text);
  db.close();
};

const sql = (text: string): void => tamper(path(), (db) => void db.exec(text));
/** Hashes, links and signatures are made anew, so that only what the event says is wrong. */
const rewriteWithKey = (seq: number, change: (event: Forged) => unknown): void => {
  forge(path(), seq, change);
  made.signAgain(path());
};

/** A text of the log with one replacement, and its hash. */
const edited = (seq: number, from: string, to: string): { text: string; hash: string } => {
  const db = new Database(path());
  try {
    const row = db.prepare<[number], { envelope: string }>('SELECT envelope FROM events WHERE seq = ?').get(seq);
    const text = (row?.envelope ?? '').replace(from, to);
    return { text, hash: hashOf(text) };
  } finally {
    db.close();
  }
};

describe('a log as the terminal wrote it', () => {
  it('has no problem and is anchored to its last Z', async () => {
    const report = await verify();
    expect(report.problems).toEqual([]);
    expect(report).toMatchObject({ ok: true, events: 53, unanchored: [] });
    expect(report.terminals).toEqual([
      {
        terminal_id: made.terminal_id,
        epoch: 1,
        first_seq: 1,
        last_seq: 53,
        head_hash: expect.stringMatching(/^[0-9a-f]{64}$/u) as string,
        anchored_to_seq: 53,
      },
    ]);
  });

  it('says which events nothing vouches for yet', async () => {
    const folder = join(dir, 'fresh');
    const fixture = threeDays(folder);
    fixture.open('2026-01-04');
    fixture.sale([coffee], [{ method: 'card', amount_minor: 450 }]);
    fixture.sale([coffee], [{ method: 'card', amount_minor: 450 }]);
    dir = folder;
    const range = { terminal_id: fixture.terminal_id, epoch: 1, to_seq: 56 };
    expect(await verify()).toMatchObject({ ok: true, unanchored: [{ ...range, from_seq: 54 }] });
    fixture.acknowledge(55);
    expect(await verify()).toMatchObject({ ok: true, unanchored: [{ ...range, from_seq: 56 }] });
    fixture.witness();
    expect(await verify()).toMatchObject({ ok: true, unanchored: [] });
    fixture.stop();
  });

  it('may be empty', async () => {
    dir = join(dir, 'fresh');
    new LogFixture(dir).stop();
    expect(await verify()).toEqual({ ok: true, events: 0, terminals: [], problems: [], unanchored: [] });
  });

  it('goes on in a new epoch', async () => {
    const folder = join(dir, 'fresh');
    const fixture = threeDays(folder);
    const previous = fixture.log.head;
    if (!previous) throw new Error('nothing was recorded');
    fixture.append({ type: 'EpochStarted', data: { previous, reason: 'restored' } });
    fixture.open('2026-01-04');
    fixture.sale([coffee], [{ method: 'card', amount_minor: 450 }]);
    fixture.close([{ currency: 'USD', amount_minor: 10_000 }]);
    fixture.stop();
    dir = folder;
    const report = await verify();
    expect(report.problems).toEqual([]);
    expect(report.terminals).toMatchObject([{ epoch: 2, first_seq: 1, last_seq: 57, anchored_to_seq: 57 }]);
  });

  it('holds against the right key in any form', async () => {
    const pem = `-----BEGIN PUBLIC KEY-----\n${made.publicKey}\n-----END PUBLIC KEY-----\n`;
    writeFileSync(join(dir, 'key.pem'), pem);
    writeFileSync(join(dir, 'key.txt'), `${made.publicKey}\n`);
    for (const key of [made.publicKey, pem, join(dir, 'key.pem'), join(dir, 'key.txt')]) {
      expect(await found({ key })).toEqual([]);
    }
  });
});

describe('a log that was changed', () => {
  it('shows an edited text at that event and nowhere else', async () => {
    sql("UPDATE events SET envelope = replace(envelope, 'Product COFFEE', 'Product COFFEF') WHERE seq = 5");
    expect(await found()).toEqual(['HASH_WRONG 5']);
  });

  it('shows an edited amount also in the sums that it belongs to', async () => {
    sql(`UPDATE events SET envelope = replace(envelope, '"total_minor":1350', '"total_minor":1340') WHERE seq = 5`);
    expect(await found()).toEqual(['HASH_WRONG 5', 'SUM_WRONG 5', 'SUM_WRONG 5']);
  });

  it('shows an edited text that was hashed again at the event after it', async () => {
    const { text, hash } = edited(5, 'Product COFFEE', 'Product COFFEF');
    sql(`UPDATE events SET envelope = '${text}', hash = '${hash}' WHERE seq = 5`);
    expect(await found()).toEqual(['CHAIN_BROKEN 6']);
  });

  it('shows a rewritten rest of the log at every signed head', async () => {
    forge(path(), 5, ({ data }) => (data.lines = data.lines.map((line) => ({ ...line, name: 'Something else' }))));
    expect(await found()).toEqual(['HEAD_WRONG 17', 'HEAD_WRONG 21', 'HEAD_WRONG 37', 'HEAD_WRONG 53']);
  });

  it('shows a changed hash at that event', async () => {
    sql(`UPDATE events SET hash = '${'ab'.repeat(32)}' WHERE seq = 5`);
    expect(await found()).toEqual(['HASH_WRONG 5']);
  });

  it('shows a deleted event by the position that is missing', async () => {
    sql('DELETE FROM events WHERE seq = 5');
    expect(await found()).toEqual(['CHAIN_BROKEN 6', 'GAP 5', 'RECEIPT_NUMBER_WRONG 6', 'Z_WRONG 17']);
    const z = (await verify()).problems.find(({ code }) => code === 'Z_WRONG');
    expect(z?.detail).toContain('gross_minor: the Z says 5009, expected 3659');
  });

  it('shows two events that changed places', async () => {
    sql(
      'UPDATE events SET seq = -5 WHERE seq = 5; UPDATE events SET seq = 5 WHERE seq = 6; UPDATE events SET seq = 6 WHERE seq = -5',
    );
    const problems = await found();
    expect(problems).toEqual(expect.arrayContaining(['COLUMN_WRONG 5', 'COLUMN_WRONG 6', 'GAP 5', 'GAP 6']));
    expect(problems.every((problem) => Number(problem.split(' ')[1]) <= 17)).toBe(true);
  });

  it.each([
    ['type', "'DrawerOpened'"],
    ['session_id', 'NULL'],
    ['epoch', '7'],
    ['local_id', `'${idOf('another')}'`],
  ])('shows a changed column %s', async (column, value) => {
    sql(`UPDATE events SET ${column} = ${value} WHERE seq = 5`);
    expect(await found()).toEqual(['COLUMN_WRONG 5']);
  });

  it('shows a text that is not JSON, and the sums that it is missing in', async () => {
    sql("UPDATE events SET envelope = 'gone' WHERE seq = 5");
    expect(await found()).toEqual(['HASH_WRONG 5', 'INVALID 5', 'RECEIPT_NUMBER_WRONG 6', 'Z_WRONG 17']);
  });

  it('shows a text that is not canonical', async () => {
    sql("UPDATE events SET envelope = ' ' || envelope WHERE seq = 5");
    expect(await found()).toEqual(['HASH_WRONG 5', 'NOT_CANONICAL 5']);
  });

  it('shows an event of a newer program, and does not judge a Z over it', async () => {
    rewriteWithKey(16, (event) => (event.type = 'ScaleCalibrated'));
    expect(await found()).toEqual(['UNKNOWN_TYPE 16']);
  });

  it('survives texts of any size and shape', async () => {
    const texts = ['', '{}', '[]', 'null', '1e999', `{"data":${'['.repeat(20_000)}`, 'x'.repeat(eventBytesMax * 2)];
    for (const [index, text] of texts.entries()) {
      tamper(path(), (db) => db.prepare('UPDATE events SET envelope = ? WHERE seq = ?').run(text, index + 5));
    }
    expect(await found()).toEqual(expect.arrayContaining(['INVALID 5', 'INVALID 11']));
  });
});

describe('books that were changed by somebody with the key', () => {
  it.each<[string, number, (event: Forged) => unknown, string[]]>([
    ['a receipt that does not add up', 5, ({ data }) => (data.total_minor -= 10), ['SUM_WRONG 5', 'SUM_WRONG 5']],
    [
      'lines that do not add up',
      5,
      ({ data }) => (data.lines = data.lines.map((line) => ({ ...line, net_minor: line.net_minor - 1 }))),
      ['SUM_WRONG 5', 'SUM_WRONG 5', 'SUM_WRONG 5'],
    ],
    [
      'taxes that are not those of the lines',
      5,
      ({ data }) => (data.taxes = data.taxes.map((tax) => ({ ...tax, tax_minor: 0 }))),
      ['SUM_WRONG 5', 'Z_WRONG 17'],
    ],
    [
      'a receipt that counts on',
      5,
      ({ data }) => {
        data.receipt_index = 7;
        data.receipt_number = data.receipt_number.replace(/2$/u, '7');
      },
      ['RECEIPT_NUMBER_WRONG 5', 'RECEIPT_NUMBER_WRONG 6'],
    ],
    ['a printed number of another receipt', 5, ({ data }) => (data.receipt_number += '1'), ['RECEIPT_NUMBER_WRONG 5']],
    ['a Z with another count', 37, ({ data }) => data.z_report && (data.z_report.sales_count = 3), ['Z_WRONG 37']],
    [
      'a Z with another turnover',
      37,
      ({ data }) => data.z_report && (data.z_report.turnover_minor -= 100),
      ['PERPETUAL_WRONG 37', 'Z_WRONG 37'],
    ],
    [
      'a Z with perpetual totals that jump',
      37,
      ({ data }) => data.z_report && (data.z_report.perpetual.absolute_minor += 1),
      ['PERPETUAL_WRONG 37', 'PERPETUAL_WRONG 53'],
    ],
    [
      'a Z with another number',
      37,
      ({ data }) => data.z_report && (data.z_report.z_number = 9),
      ['Z_NUMBER_WRONG 37', 'Z_NUMBER_WRONG 53'],
    ],
    [
      'a Z that hides its difference',
      37,
      ({ data }) => data.z_report && (data.z_report.difference = []),
      ['Z_WRONG 37'],
    ],
    [
      'a sale of another session',
      5,
      (event) => (event.session_id = idOf('no session')),
      ['SESSION_WRONG 5', 'Z_WRONG 17'],
    ],
    ['a sale without a session', 5, (event) => (event.session_id = null), ['SESSION_WRONG 5', 'Z_WRONG 17']],
    ['a sale of a tenant that it never joined', 5, (event) => (event.tenant_id = idOf('tenant')), ['TENANT_WRONG 5']],
    ['an event of another terminal', 5, (event) => (event.terminal_id = idOf('other')), ['TERMINAL_WRONG 5']],
    ['another epoch without a start', 52, (event) => (event.epoch = 2), ['EPOCH_WRONG 52', 'EPOCH_WRONG 53']],
  ])('show %s', async (_what, seq, change, problems) => {
    rewriteWithKey(seq, change);
    const columns = /COLUMN_WRONG/u;
    expect((await found()).filter((problem) => !columns.test(problem))).toEqual(problems);
  });
});

describe('what vouches for a log', () => {
  it('shows that the end was cut off, by the signed heads', async () => {
    sql('DELETE FROM events WHERE seq > 50');
    expect(await found()).toEqual(['LOG_TRUNCATED 51']);
    expect(await verify()).toMatchObject({
      terminals: [{ last_seq: 50, anchored_to_seq: 37 }],
      unanchored: [{ from_seq: 38, to_seq: 50 }],
    });
  });

  it('shows that the end was cut off together with its heads, by the head file and the acknowledgements', async () => {
    const folder = join(dir, 'fresh');
    const fixture = threeDays(folder);
    fixture.witness();
    fixture.acknowledge(52);
    fixture.stop();
    dir = folder;
    sql('DELETE FROM events WHERE seq > 50; DELETE FROM heads WHERE seq > 50');
    expect(await found()).toEqual(['LOG_TRUNCATED 51', 'LOG_TRUNCATED 51']);
    rmSync(join(folder, 'head.json'));
    expect(await found()).toEqual(['LOG_TRUNCATED 51']);
    sql('UPDATE outbox SET synced_at = NULL WHERE seq > 50');
    expect(await found()).toEqual([]);
  });

  it('cannot show the loss of what nothing vouched for', async () => {
    sql('DELETE FROM events WHERE seq > 50; DELETE FROM heads WHERE seq > 50');
    expect(await verify()).toMatchObject({ ok: true, events: 50, unanchored: [{ from_seq: 38, to_seq: 50 }] });
  });

  it('shows a log of which nothing is left', async () => {
    made.witnessAt(dir);
    sql('DELETE FROM events');
    expect(await found()).toEqual(['LOG_TRUNCATED 1', 'LOG_TRUNCATED 1']);
  });

  it('shows a broken signature at its head', async () => {
    sql("UPDATE heads SET signature = 'AAAA' || substr(signature, 5) WHERE seq = 37");
    expect(await found()).toEqual(['SIGNATURE_WRONG 37']);
    sql("UPDATE heads SET signature = 'no signature' WHERE seq = 37");
    expect(await found()).toEqual(['SIGNATURE_WRONG 37']);
  });

  it('shows a head of an event that is not there', async () => {
    sql('UPDATE heads SET seq = 36 WHERE seq = 37');
    expect(await found()).toEqual(['SIGNATURE_WRONG 36']);
    sql('UPDATE heads SET epoch = 9 WHERE seq = 36');
    expect(await found()).toEqual(['HEAD_WRONG 36']);
  });

  it('shows every head when another key is trusted', async () => {
    expect(await found({ key: strangeKey() })).toEqual([
      'KEY_CHANGED 1',
      'SIGNATURE_WRONG 17',
      'SIGNATURE_WRONG 21',
      'SIGNATURE_WRONG 37',
      'SIGNATURE_WRONG 53',
    ]);
  });

  it('shows a terminal that names another key', async () => {
    const folder = join(dir, 'fresh');
    const fixture = threeDays(folder);
    const data = { software_version: '0.1.0', zone: 'Asia/Beirut', public_key: strangeKey() };
    fixture.append({ type: 'TerminalStarted', data });
    fixture.stop();
    dir = folder;
    expect(await found()).toEqual(['KEY_CHANGED 54']);
  });

  it('says when there is no key to check with', async () => {
    const folder = join(dir, 'fresh');
    const fixture = new LogFixture(folder);
    fixture.append({ type: 'TerminalStopped', data: { reason: 'test' } });
    fixture.witness();
    fixture.stop();
    dir = folder;
    expect(await found()).toEqual(['KEY_MISSING 1', 'WITNESS_WRONG 1']);
    expect(await found({ key: fixture.publicKey })).toEqual([]);
  });

  it('shows a head file that was changed, or is of another terminal', async () => {
    made.witnessAt(dir);
    expect(await found()).toEqual([]);
    const file = join(dir, 'head.json');
    const witness = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, JSON.stringify({ ...witness, hash: 'ab'.repeat(32) }));
    expect(await found()).toEqual(['WITNESS_WRONG 53']);
    writeFileSync(file, '{');
    expect(await found()).toEqual(['WITNESS_WRONG']);
  });

  it('shows an acknowledgement of another event', async () => {
    sql(`UPDATE outbox SET synced_at = '2026-01-02T00:00:00.000Z', local_id = '${idOf('other')}' WHERE seq = 20`);
    expect(await found()).toEqual(['ACKNOWLEDGEMENT_WRONG 20']);
  });

  it('needs no outbox', async () => {
    sql('DROP TABLE outbox');
    expect(await found()).toEqual([]);
  });
});

describe('the guards of the log', () => {
  it.each(['events_refuse_update', 'events_refuse_delete', 'events_refuse_replace'])('miss %s', async (name) => {
    edit(`DROP TRIGGER ${name}`);
    expect(await found()).toEqual(['GUARD_MISSING']);
    edit(`CREATE TRIGGER ${name} BEFORE UPDATE ON events BEGIN SELECT 1; END`);
    expect(await found()).toEqual(['GUARD_MISSING']);
  });

  it('miss the constraints of a table that was built anew, and what slipped in without them', async () => {
    edit(`
      CREATE TABLE loose AS SELECT * FROM events;
      DROP TABLE events; ALTER TABLE loose RENAME TO events;`);
    sql('INSERT INTO events SELECT * FROM events WHERE seq = 5');
    const triggers = logTriggers.map(() => 'GUARD_MISSING');
    const twice = ['CHAIN_BROKEN 5', 'DUPLICATE 5', 'DUPLICATE 5', 'RECEIPT_NUMBER_WRONG 5'];
    const problems = await found();
    expect(problems).toEqual(expect.arrayContaining([...twice, ...triggers, 'GUARD_MISSING', 'GUARD_MISSING']));
    sql("UPDATE events SET seq = 'five' WHERE seq = 5");
    expect(await found()).toEqual(expect.arrayContaining(['COLUMN_WRONG', 'GAP 5']));
  });

  it('miss the table of the signed heads', async () => {
    edit('DROP TABLE heads');
    expect(await found()).toEqual(['GUARD_MISSING']);
  });
});
