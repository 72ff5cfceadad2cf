import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { eventBytesMax, hashOf } from '../../src/events/envelope.js';
import { coffee, forge, type Forged, LogFixture, tamper, threeDays } from './log-fixture.js';
import { idOf } from './steady-id.js';
import { SpoiledLog } from './spoiled-log.js';

const log = new SpoiledLog();

/** Hashes, links and signatures are made anew, so that only what the event says is wrong. */
const rewriteWithKey = (seq: number, change: (event: Forged) => unknown): void => {
  forge(log.path, seq, change);
  log.made.signAgain(log.path);
};

/** A text of the log with one replacement, and its hash. */
const edited = (seq: number, from: string, to: string): { text: string; hash: string } => {
  const db = new Database(log.path);
  try {
    const row = db.prepare<[number], { envelope: string }>('SELECT envelope FROM events WHERE seq = ?').get(seq);
    const text = (row?.envelope ?? '').replace(from, to);
    return { text, hash: hashOf(text) };
  } finally {
    db.close();
  }
};

describe('a log as the terminal wrote it', () => {
  it('has no problem and is anchored to its last closing', async () => {
    const report = await log.verify();
    expect(report.problems).toEqual([]);
    expect(report).toMatchObject({ ok: true, events: 53, unanchored: [] });
    expect(report.terminals).toEqual([
      {
        terminal_id: log.made.terminal_id,
        epoch: 1,
        first_seq: 1,
        last_seq: 53,
        head_hash: expect.stringMatching(/^[0-9a-f]{64}$/u) as string,
        anchored_to_seq: 53,
      },
    ]);
  });

  it('says which events nothing vouches for yet', async () => {
    const folder = join(log.dir, 'fresh');
    const fixture = threeDays(folder);
    fixture.open('2026-01-04');
    fixture.sale([coffee], [{ method: 'card', amount_minor: 450 }]);
    fixture.sale([coffee], [{ method: 'card', amount_minor: 450 }]);
    log.dir = folder;
    const range = { terminal_id: fixture.terminal_id, epoch: 1, to_seq: 56 };
    expect(await log.verify()).toMatchObject({ ok: true, unanchored: [{ ...range, from_seq: 54 }] });
    fixture.acknowledge(55);
    expect(await log.verify()).toMatchObject({ ok: true, unanchored: [{ ...range, from_seq: 56 }] });
    fixture.witness();
    expect(await log.verify()).toMatchObject({ ok: true, unanchored: [] });
    fixture.stop();
  });

  it('may be empty', async () => {
    log.dir = join(log.dir, 'fresh');
    new LogFixture(log.dir).stop();
    expect(await log.verify()).toEqual({
      ok: true,
      events: 0,
      terminals: [],
      problems: [],
      unanchored: [],
      archived: [],
      unjudged_papers: [],
      parts: [],
      clock: [],
      sealed_by: null,
    });
  });

  it('goes on in a new epoch', async () => {
    const folder = join(log.dir, 'fresh');
    const fixture = threeDays(folder);
    const previous = fixture.log.head;
    if (!previous) throw new Error('nothing was recorded');
    fixture.append({ type: 'EpochStarted', data: { previous, reason: 'restored' } });
    fixture.open('2026-01-04');
    fixture.sale([coffee], [{ method: 'card', amount_minor: 450 }]);
    fixture.close([{ currency: 'USD', amount_minor: 10_000 }]);
    fixture.stop();
    log.dir = folder;
    const report = await log.verify();
    expect(report.problems).toEqual([]);
    expect(report.terminals).toMatchObject([{ epoch: 2, first_seq: 1, last_seq: 57, anchored_to_seq: 57 }]);
  });

  it('holds against the right key in any form', async () => {
    const pem = `-----BEGIN PUBLIC KEY-----\n${log.made.publicKey}\n-----END PUBLIC KEY-----\n`;
    writeFileSync(join(log.dir, 'key.pem'), pem);
    writeFileSync(join(log.dir, 'key.txt'), `${log.made.publicKey}\n`);
    for (const key of [log.made.publicKey, pem, join(log.dir, 'key.pem'), join(log.dir, 'key.txt')]) {
      expect(await log.found({ publicKey: key })).toEqual([]);
    }
  });
});

describe('a log that was changed', () => {
  it('shows an edited text at that event and nowhere else', async () => {
    log.sql("UPDATE events SET envelope = replace(envelope, 'Product COFFEE', 'Product COFFEF') WHERE seq = 5");
    expect(await log.found()).toEqual(['HASH_WRONG 5', 'PAPER_WRONG 5']);
  });

  it('shows an edited amount also in the sums that it belongs to', async () => {
    log.sql(`UPDATE events SET envelope = replace(envelope, '"total_minor":1350', '"total_minor":1340') WHERE seq = 5`);
    expect(await log.found()).toEqual(['HASH_WRONG 5', 'PAPER_WRONG 5', 'SUM_WRONG 5', 'SUM_WRONG 5']);
  });

  it('shows an edited text that was hashed again by what was printed, and at the event after it', async () => {
    const { text, hash } = edited(5, 'Product COFFEE', 'Product COFFEF');
    log.sql(`UPDATE events SET envelope = '${text}', hash = '${hash}' WHERE seq = 5`);
    expect(await log.found()).toEqual(['CHAIN_BROKEN 6', 'PAPER_WRONG 5']);
  });

  it('shows a rewritten rest of the log at every signed head', async () => {
    forge(log.path, 5, ({ data }) => (data.lines = data.lines.map((line) => ({ ...line, name: 'Something else' }))));
    expect(await log.found()).toEqual(['HEAD_WRONG 17', 'HEAD_WRONG 21', 'HEAD_WRONG 37', 'HEAD_WRONG 53']);
  });

  it('shows a changed hash at that event', async () => {
    log.sql(`UPDATE events SET hash = '${'ab'.repeat(32)}' WHERE seq = 5`);
    expect(await log.found()).toEqual(['HASH_WRONG 5']);
  });

  it('shows a deleted event by the position that is missing', async () => {
    log.sql('DELETE FROM events WHERE seq = 5');
    expect(await log.found()).toEqual(['CHAIN_BROKEN 6', 'GAP 5', 'RECEIPT_NUMBER_WRONG 6', 'Z_WRONG 17']);
    const z = (await log.verify()).problems.find(({ code }) => code === 'Z_WRONG');
    expect(z?.detail).toContain('gross_minor: the Z says 5009, expected 3659');
  });

  it('shows two events that changed places', async () => {
    log.sql(
      'UPDATE events SET seq = -5 WHERE seq = 5; UPDATE events SET seq = 5 WHERE seq = 6; UPDATE events SET seq = 6 WHERE seq = -5',
    );
    const problems = await log.found();
    expect(problems).toEqual(expect.arrayContaining(['COLUMN_WRONG 5', 'COLUMN_WRONG 6', 'GAP 5', 'GAP 6']));
    expect(problems.every((problem) => Number(problem.split(' ')[1]) <= 17)).toBe(true);
  });

  it.each([
    ['type', "'DrawerOpened'"],
    ['session_id', 'NULL'],
    ['epoch', '7'],
    ['local_id', `'${idOf('another')}'`],
  ])('shows a changed column %s', async (column, value) => {
    log.sql(`UPDATE events SET ${column} = ${value} WHERE seq = 5`);
    expect(await log.found()).toEqual(['COLUMN_WRONG 5']);
  });

  it('shows a text that is not JSON, and the sums that it is missing in', async () => {
    log.sql("UPDATE events SET envelope = 'gone' WHERE seq = 5");
    expect(await log.found()).toEqual(['HASH_WRONG 5', 'INVALID 5', 'RECEIPT_NUMBER_WRONG 6', 'Z_WRONG 17']);
  });

  it('shows a text that is not canonical', async () => {
    log.sql("UPDATE events SET envelope = ' ' || envelope WHERE seq = 5");
    expect(await log.found()).toEqual(['HASH_WRONG 5', 'NOT_CANONICAL 5']);
  });

  it.each([
    ['a number', '"total_minor":1350', '"total_minor":1350.0'],
    ['an exponent', '"total_minor":1350', '"total_minor":135e1'],
    ['the order of two keys', '"tip":null,"total_minor":1350', '"total_minor":1350,"tip":null'],
    [
      'the order of two outer keys',
      '{"approved_by":null,"business_date":"2026-01-01"',
      '{"business_date":"2026-01-01","approved_by":null',
    ],
    ['a repeated key', '"tip":null', '"tip":1,"tip":null'],
    ['an escape', 'Product COFFEE', 'Product \\u0043OFFEE'],
  ])('shows %s that is written in another way, and hashed so', async (_what, from, to) => {
    const { text, hash } = edited(5, from, to);
    tamper(log.path, (db) => db.prepare('UPDATE events SET envelope = ?, hash = ? WHERE seq = 5').run(text, hash));
    expect(await log.found()).toEqual(['CHAIN_BROKEN 6', 'NOT_CANONICAL 5']);
  });

  it('shows half a character', async () => {
    const { text, hash } = edited(5, 'Product COFFEE', 'Product \\ud83d');
    tamper(log.path, (db) => db.prepare('UPDATE events SET envelope = ?, hash = ? WHERE seq = 5').run(text, hash));
    expect(await log.found()).toEqual(expect.arrayContaining(['CHAIN_BROKEN 6', 'INVALID 5', 'NOT_CANONICAL 5']));
  });

  it('shows an event of a newer program, and does not judge a Z over it', async () => {
    rewriteWithKey(16, (event) => (event.type = 'ScaleCalibrated'));
    expect(await log.found()).toEqual(['UNKNOWN_TYPE 16']);
  });

  it('survives texts of any size and shape', async () => {
    const texts = ['', '{}', '[]', 'null', '1e999', `{"data":${'['.repeat(20_000)}`, 'x'.repeat(eventBytesMax * 2)];
    for (const [index, text] of texts.entries()) {
      tamper(log.path, (db) => db.prepare('UPDATE events SET envelope = ? WHERE seq = ?').run(text, index + 5));
    }
    expect(await log.found()).toEqual(expect.arrayContaining(['INVALID 5', 'INVALID 11']));
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
      ['RECEIPT_NUMBER_WRONG 5', 'RECEIPT_NUMBER_WRONG 6', 'Z_WRONG 17'],
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
    [
      'another epoch without a start',
      52,
      (event) => (event.epoch = 2),
      ['EPOCH_WRONG 52', 'EPOCH_WRONG 53', 'HEAD_WRONG 53'],
    ],
  ])('show %s', async (_what, seq, change, problems) => {
    rewriteWithKey(seq, change);
    expect((await log.found()).filter((problem) => !problem.startsWith('COLUMN_WRONG'))).toEqual(problems);
  });
});
