import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { canonical, hashOf } from '../../src/events/envelope.js';
import { logTriggers } from '../../src/events/log.js';
import { readWitness, type Witness, WitnessFile } from '../../src/events/witness.js';
import { type DamageCode, DamagedLog } from '../../src/terminal/start-check.js';
import type { Terminal } from '../../src/terminal/terminal.js';
import { expectWhole, Shop } from './shop.js';
import { errorWith } from '../errors.js';

let shop: Shop;
beforeEach(async () => {
  shop = await Shop.trading();
});
afterEach(() => shop.remove());

const sell = async (count: number, from = 0): Promise<void> => {
  for (let sale = 0; sale < count; sale += 1) await shop.commands.sell(`s${String(from + sale)}`);
};

/** Somebody with the database file and SQL, but without the terminal's key. */
const tamper = (...sql: readonly string[]): void => {
  shop.terminal.db.exec([...logTriggers.map((name) => `DROP TRIGGER ${name}`), ...sql].join(';\n'));
};

const reopening = (options = {}): unknown => {
  if (shop.terminal.db.open) shop.terminal.close();
  try {
    shop.open(options);
    return undefined;
  } catch (cause) {
    return cause;
  }
};

const damage = (code: DamageCode, seq: number): Error => errorWith({ name: 'DamagedLog', code, seq });

const types = (): readonly string[] => shop.events.map(({ type }) => type);

describe('A terminal that starts', () => {
  it('after it was stopped in order records only its start', async () => {
    await sell(1);
    shop.terminal.stop('evening');
    shop.open().start();
    expect(types().slice(-2)).toEqual(['TerminalStopped', 'TerminalStarted']);
  });

  it('after a crash records what it last sold', async () => {
    await sell(2);
    const last = shop.events.filter(({ type }) => type === 'SaleRecorded').at(-1);
    shop.terminal.close();
    shop.open().start();
    expect(types().slice(-2)).toEqual(['TerminalStarted', 'TerminalRecovered']);
    expect(shop.events.at(-1)?.data).toEqual({
      last_receipt_number: '7E57-000002',
      last_receipt_local_id: last?.local_id,
      last_receipt_printed: null,
    });
    expectWhole(shop.terminal.db);
  });

  it('after something was recorded while it was stopped does not take that for a crash', () => {
    shop.terminal.stop('evening');
    shop.open();
    const enrolled = { tenant_id: shop.randomness.uuid(), store_id: shop.randomness.uuid() };
    shop.recorder.record({ key: null, body: null, staff_id: null }, () => ({
      decided: [{ type: 'TerminalEnrolled', data: { ...enrolled, tenant_name: 'T', store_name: 'S' } }],
      answer: () => null,
    }));
    shop.terminal.close();
    shop.open().start();
    expect(types().slice(-2)).toEqual(['TerminalEnrolled', 'TerminalStarted']);
    expect(shop.recorder.identity).toMatchObject(enrolled);
    expect(shop.events.at(-1)).toMatchObject(enrolled);
  });

  it('for the first time makes its own id, and keeps it', () => {
    const { terminal_id } = shop.recorder.identity;
    shop.terminal.close();
    expect(shop.open().recorder.identity).toEqual({ terminal_id, tenant_id: null, store_id: null });
  });

  it('sells on in the session that was open', async () => {
    await sell(1);
    shop.terminal.close();
    shop.open().start();
    await sell(1, 5);
    const { z_report } = await shop.commands.closeSession('z');
    expect(z_report).toMatchObject({ sales_count: 2, z_number: 1 });
    expectWhole(shop.terminal.db);
  });
});

describe('The check at start', () => {
  it('finds nothing wrong in what the terminal recorded', async () => {
    await sell(25);
    await shop.commands.closeSession('z');
    expect(reopening()).toBeUndefined();
  });

  it('names the first missing event when the log is shorter than its head file says', async () => {
    await sell(3);
    shop.recorder.witness();
    tamper('DELETE FROM events WHERE seq > 6', 'DELETE FROM heads WHERE seq > 6', 'DELETE FROM session_totals');
    expect(reopening()).toEqual(damage('LOG_TRUNCATED', 7));
  });

  it.each([
    ['heads', 'DELETE FROM events WHERE seq > 6'],
    ['verdicts', 'DELETE FROM events WHERE seq > 6; DELETE FROM heads; DELETE FROM session_totals'],
    ['session_totals', 'DELETE FROM events WHERE seq > 6; DELETE FROM heads'],
  ])('names the first missing event when %s knows more than the log', async (table, sql) => {
    await sell(3);
    if (table === 'heads') shop.recorder.signHead();
    if (table === 'verdicts') shop.recorder.outbox.store([{ seq: 8, remote_id: 'r' }], [], '2026-03-01T08:00:00.000Z');
    tamper(sql);
    expect(reopening()).toEqual(damage('LOG_TRUNCATED', 7));
  });

  it.each([
    ['a changed amount', `UPDATE events SET envelope = replace(envelope, ':350', ':250') WHERE seq = 6`],
    ['a changed hash', `UPDATE events SET hash = '${'0'.repeat(64)}' WHERE seq = 6`],
    ['text that is not JSON', `UPDATE events SET envelope = 'x' WHERE seq = 6`],
    ['another type in the column', `UPDATE events SET type = 'DrawerOpened' WHERE seq = 6`],
    ['another session in the column', `UPDATE events SET session_id = NULL WHERE seq = 6`],
    ['another id in the column', `UPDATE events SET local_id = 'x' WHERE seq = 6`],
    ['another epoch in the column', `UPDATE events SET epoch = 2 WHERE seq = 6`],
    ['a row that is gone', 'DELETE FROM events WHERE seq = 6'],
    [
      "two rows in each other's place",
      'UPDATE events SET seq = 60 WHERE seq = 6; UPDATE events SET seq = 6 WHERE seq = 8; UPDATE events SET seq = 8 WHERE seq = 60',
    ],
  ])('names the event of %s', async (_name, sql) => {
    await sell(3);
    tamper(sql);
    expect(reopening()).toEqual(damage('LOG_ALTERED', 6));
  });

  it('finds a row that was changed and hashed again by the link of the next, or by the signed head', async () => {
    await sell(3);
    const row = shop.recorder.log.read(5, 1)[0];
    const envelope = (row?.envelope ?? '').replaceAll(':350', ':250');
    expect(canonical(JSON.parse(envelope))).toBe(envelope);
    tamper(`UPDATE events SET envelope = '${envelope}', hash = '${hashOf(envelope)}' WHERE seq = 6`);
    expect(reopening()).toEqual(damage('LOG_ALTERED', 7));
  });

  it('finds a newest event that was changed and hashed again, once its head was signed', async () => {
    await sell(1);
    shop.recorder.witness();
    const row = shop.recorder.log.read(4, 1)[0];
    const envelope = (row?.envelope ?? '').replaceAll('sale', 'cash');
    tamper(`UPDATE events SET envelope = '${envelope}', hash = '${hashOf(envelope)}' WHERE seq = 5`);
    expect(reopening()).toEqual(damage('LOG_ALTERED', 5));
  });

  it('names the newest event when that is no longer an event at all', async () => {
    await sell(1);
    tamper(`UPDATE events SET envelope = 'x' WHERE seq = 5`);
    expect(reopening()).toEqual(damage('LOG_ALTERED', 5));
  });

  it('leaves what lies before the last signed head to the check in the background, which finds it', async () => {
    await sell(3);
    shop.recorder.witness();
    tamper(`UPDATE events SET envelope = replace(envelope, ':350', ':250') WHERE seq = 4`);
    expect(reopening()).toBeUndefined();
    let steps = 0;
    await shop.terminal.checkOlderEvents(async () => void (steps += 1));
    expect(shop.terminal.damage).toEqual(damage('LOG_ALTERED', 4));
  });

  it('finds nothing in the background when all is whole', async () => {
    await sell(150);
    shop.recorder.witness();
    let steps = 0;
    await shop.terminal.checkOlderEvents(async () => void (steps += 1));
    expect(shop.terminal.damage).toBeUndefined();
    // A sale waits for few events only.
    expect(steps).toBeGreaterThan(10);
  });

  it.each([
    ['end before the newest sale', `UPDATE session_totals SET report = json_set(report, '$.last_seq', 5)`, 6],
    ['are missing', 'DELETE FROM session_totals', 1],
  ])('says that the totals of the open session %s', async (_name, sql, seq) => {
    await sell(2);
    shop.terminal.db.exec(sql);
    expect(reopening()).toEqual(damage('PROJECTION_BEHIND', seq));
  });

  it('refuses a signed head that the terminal did not sign', async () => {
    await sell(2);
    shop.recorder.signHead();
    tamper(`UPDATE heads SET signature = '${Buffer.alloc(64).toString('base64')}'`);
    expect(reopening()).toEqual(damage('SIGNATURE_WRONG', 7));
  });

  const witnessed = async (change: object | string): Promise<unknown> => {
    await sell(2);
    shop.recorder.witness();
    const path = join(shop.folder, 'head.json');
    const witness = readWitness(path) as Witness;
    rmSync(path);
    if (typeof change === 'string') writeFileSync(path, change);
    else new WitnessFile(path).write({ ...witness, ...change });
    shop.terminal.db.exec('DELETE FROM heads');
    return reopening();
  };

  it('refuses a head file that cannot be read, is not signed, or belongs to another terminal', async () => {
    expect(await witnessed('{"seq":')).toEqual(damage('WITNESS_UNREADABLE', 8));
    writeFileSync(join(shop.folder, 'head.json'), '{}');
    expect(reopening()).toEqual(damage('WITNESS_UNREADABLE', 8));
  });

  it('refuses a head file whose figures were changed', async () => {
    expect(await witnessed({ seq: 6 })).toEqual(damage('SIGNATURE_WRONG', 6));
  });

  it('refuses the head file of another terminal', async () => {
    const { terminal_id } = shop.recorder.identity;
    const other = terminal_id.replace(/^./u, 'f');
    expect(await witnessed({ terminal_id: other })).toEqual(damage('TERMINAL_MIXED', 8));
  });

  it('gives the folder free when it refuses', async () => {
    await sell(1);
    tamper('DELETE FROM events WHERE seq = 2');
    expect(reopening()).toBeInstanceOf(DamagedLog);
    expect(reopening()).toEqual(damage('LOG_ALTERED', 2));
  });
});

describe('A log whose newest events are gone', () => {
  const newEpochReason = 'the disk was replaced';
  const restart = (): Terminal => {
    if (shop.terminal.db.open) shop.terminal.close();
    const terminal = shop.open({ newEpochReason });
    terminal.start();
    return terminal;
  };

  /** Puts the disk back to where it was after event 5, as a restored backup does; the head file knows better. */
  beforeEach(async () => {
    await sell(1);
    shop.terminal.db.exec(`VACUUM INTO '${join(shop.folder, 'backup.db')}'`);
    await sell(2, 1);
    shop.recorder.witness();
    shop.terminal.close();
    for (const rest of ['tillog.db-wal', 'tillog.db-shm']) rmSync(join(shop.folder, rest), { force: true });
    renameSync(join(shop.folder, 'backup.db'), join(shop.folder, 'tillog.db'));
  });

  it('is refused, and sells on in a new epoch when a person says why', async () => {
    expect(reopening()).toEqual(damage('LOG_TRUNCATED', 6));
    restart();
    expect(types().slice(5)).toEqual(['EpochStarted', 'TerminalStarted', 'TerminalRecovered']);
    expect(shop.events[5]).toMatchObject({
      epoch: 2,
      seq: 6,
      data: { previous: { epoch: 1, seq: 5 }, reason: newEpochReason },
    });
    const { receipt_number } = await shop.commands.sell('new');
    expect(receipt_number).toBe('7E57-2-000002');
    expectWhole(shop.terminal.db);
    expect(reopening()).toBeUndefined();
  });

  it('starts without a reason ever after, also when it crashes at once or grows past what was lost', async () => {
    restart();
    expect(reopening()).toBeUndefined();
    await sell(5, 100);
    expect(reopening()).toBeUndefined();
    expect(readWitness(join(shop.folder, 'head.json'))).toMatchObject({ epoch: 2 });
  });

  it('starts a new epoch once: the reason is not needed, and not used, where nothing is missing', () => {
    restart();
    restart();
    expect(types().filter((type) => type === 'EpochStarted')).toHaveLength(1);
  });

  it('never takes an epoch that was used before, not even when the same backup is restored twice', async () => {
    const path = join(shop.folder, 'tillog.db');
    const backup = readFileSync(path);
    for (const epoch of [2, 3]) {
      restart();
      await sell(3, epoch * 100);
      shop.recorder.witness();
      expect(shop.events.at(-1)).toMatchObject({ epoch });
      shop.terminal.close();
      writeFileSync(path, backup);
    }
  });

  it('starts also when the power went before the head file named the new epoch', async () => {
    const path = join(shop.folder, 'head.json');
    const old = readFileSync(path);
    restart();
    writeFileSync(path, old);
    expect(reopening()).toBeUndefined();
    await sell(5, 100);
    writeFileSync(path, old);
    expect(reopening()).toBeUndefined();
  });

  it('is still refused when what is left of it was altered', () => {
    const db = new Database(join(shop.folder, 'tillog.db'));
    db.exec(`DROP TRIGGER events_refuse_update; UPDATE events SET envelope = replace(envelope, ':350', ':250')`);
    db.close();
    expect(reopening({ newEpochReason })).toEqual(damage('LOG_ALTERED', 4));
  });

  it('is still refused when a signed head is what is missing, and something before it was altered', async () => {
    restart();
    await sell(3, 100);
    shop.recorder.signHead();
    tamper('DELETE FROM events WHERE seq > 11', `UPDATE events SET hash = '${'0'.repeat(64)}' WHERE seq = 9`);
    expect(reopening({ newEpochReason })).toEqual(damage('LOG_ALTERED', 9));
  });

  it('sells on also where other tables still know what was lost', async () => {
    restart();
    await sell(3, 100);
    tamper('DELETE FROM events WHERE seq > 10');
    expect(reopening()).toEqual(damage('LOG_TRUNCATED', 11));
    const terminal = shop.open({ newEpochReason });
    terminal.start();
    await sell(3, 200);
    expectWhole(shop.terminal.db);
    expect(reopening()).toBeUndefined();
  });
});
