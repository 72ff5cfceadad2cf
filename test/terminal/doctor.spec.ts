import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { newPrivateKey } from '../../src/events/signature.js';
import { machineNetwork } from '../../src/ports.js';
import type { DoctorSettings } from '../../src/terminal/doctor.js';
import { verdicts } from '../../src/terminal/doctor-finding.js';
import { doctorText } from '../../src/terminal/doctor-text.js';
import { errorWith } from '../errors.js';
import { codesOf, examined, troubles } from './doctor-fixture.js';
import { Shop } from './shop.js';
import { virtualPorts } from './virtual-ports.js';

let shop: Shop;
beforeEach(async () => {
  shop = await Shop.trading();
  for (const key of ['a', 'b', 'c']) await shop.commands.sell(key);
});
afterEach(() => shop.remove());

const at = (...names: readonly string[]): string => join(shop.folder, ...names);
const hour = 3_600_000;

const examine = (more: Partial<DoctorSettings> = {}) => examined(shop, more);

/** Changes the log as somebody would who knows SQL, and leaves its guards as they were. */
const tamper = (...sql: readonly string[]): void => {
  const db = new Database(at('tillog.db'));
  const triggers = db
    .prepare<[], { name: string; sql: string }>("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    .all();
  for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`);
  for (const one of [...sql, ...triggers.map((trigger) => trigger.sql)]) db.exec(one);
  db.close();
};

const onFile = (...sql: readonly string[]): void => {
  const db = new Database(at('tillog.db'));
  for (const one of sql) db.exec(one);
  db.close();
};

const overwrite = (path: string, from: number, bytes: Uint8Array): void => {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, from);
  closeSync(file);
};

/** Each way in which a till may be spoiled while nobody sells, and everything that is then found. */
const spoiled: readonly [what: string, spoil: () => void, found: readonly string[]][] = [
  ['nothing', () => undefined, []],
  [
    'an event was altered',
    () => tamper("UPDATE events SET envelope = replace(envelope, ':350', ':250') WHERE seq = 4"),
    ['HASH_WRONG', 'SUM_WRONG', 'SUM_WRONG', 'CHAIN_WRONG', 'LOG_ALTERED'].map((code) => `chain problem ${code}`),
  ],
  ['a guard was taken off', () => onFile('DROP TRIGGER events_refuse_delete'), ['database problem GUARD_MISSING']],
  [
    'the newest events were cut',
    () => tamper('DELETE FROM events WHERE seq > 6', 'DELETE FROM heads WHERE seq > 6'),
    ['chain problem LOG_TRUNCATED'],
  ],
  [
    'the totals beside the log were lost',
    () => onFile('DELETE FROM session_totals'),
    ['chain problem PROJECTION_BEHIND'],
  ],
  ['a newer tillog made it', () => onFile('PRAGMA user_version = 99'), ['database problem DATABASE_NEWER']],
  ['somebody changed its journal', () => onFile('PRAGMA journal_mode = DELETE'), ['database problem DATABASE_UNSAFE']],
  [
    'the head file is no head',
    () => writeFileSync(at('head.json'), 'x'),
    ['chain problem WITNESS_WRONG', 'chain problem WITNESS_UNREADABLE'],
  ],
  [
    'the write-ahead log grew',
    () => truncateSync(made('tillog.db-wal'), 65 * 1024 * 1024),
    ['database warning WAL_LARGE'],
  ],
  ['the key is gone', () => rmSync(at('terminal.key')), ['key problem KEY_MISSING']],
  ['the key is another', () => writeFileSync(at('terminal.key'), newPrivateKey()), ['key problem KEY_OF_ANOTHER']],
  ['the key is no key', () => writeFileSync(at('terminal.key'), 'x'), ['key problem KEY_UNREADABLE']],
  ['everybody may read the key', () => chmodSync(at('terminal.key'), 0o644), ['key problem KEY_OPEN']],
  ['a group may read the secret', () => chmodSync(at('device.secret'), 0o640), ['key problem KEY_OPEN']],
  ['the secret is gone', () => rmSync(at('device.secret')), ['key problem SECRET_MISSING']],
  ['the clock was set back', () => shop.clock.jump(-72 * hour), ['clock problem CLOCK_BEHIND']],
  ['the clock is far ahead', () => shop.clock.jump(500 * 24 * hour), ['clock warning CLOCK_AHEAD']],
  [
    'the enrolment is unreadable',
    () => writeFileSync(at('enrolment.json'), '{', { mode: 0o600 }),
    ['central problem ENROLMENT_UNREADABLE'],
  ],
];

const made = (name: string): string => {
  writeFileSync(at(name), '');
  return at(name);
};

/** Every file of the folder with its content and its times. What readers share in `-shm` is no content. */
const folderNow = (): readonly string[] =>
  readdirSync(shop.folder)
    .filter((name) => !name.endsWith('-shm'))
    .map((name) => {
      const { mtimeMs, mode } = statSync(at(name));
      const hash = createHash('sha256')
        .update(readFileSync(at(name)))
        .digest('hex');
      return [name, mtimeMs, mode, hash].join(' ');
    });

describe('The doctor', () => {
  it.each(spoiled)('finds when %s, and writes nothing', async (_what, spoil, found) => {
    shop.terminal.close();
    spoil();
    const before = folderNow();
    const report = await examine();
    expect(troubles(report)).toEqual(found);
    expect(report.health === 'problem').toBe(found.some((one) => one.includes(' problem ')));
    expect(report.till_running).toBe(false);
    expect(folderNow()).toEqual(before);
  });

  it('finds pages of the database that were overwritten', async () => {
    const root = "SELECT rootpage FROM sqlite_schema WHERE name = 'products_0_by_name'";
    const page = shop.terminal.db.prepare<[], number>(root).pluck().get() ?? NaN;
    shop.terminal.close();
    overwrite(at('tillog.db'), (page - 1) * 4096, Buffer.alloc(4096, 0x55));
    const report = await examine();
    expect(codesOf(report, 'database')).toContain('STORE_DAMAGED');
    expect(report.health).toBe('problem');
  });

  it.each<[string, () => void, RegExp]>([
    ['no folder', () => rmSync(at('.'), { recursive: true }), /does not exist/u],
    ['no log', () => rmSync(at('tillog.db')), /holds no tillog.db/u],
    ['no database', () => writeFileSync(at('tillog.db'), 'x'.repeat(5000)), /not a SQLite database/u],
    ['another database', () => onFile('DROP VIEW sales', 'DROP TABLE events'), /not the log of a terminal/u],
  ])('says so when there is %s to look into', async (_what, spoil, said) => {
    shop.terminal.close();
    spoil();
    await expect(examine()).rejects.toThrow(
      errorWith({ name: 'UnusableSource', message: expect.stringMatching(said) as string }),
    );
    mkdirSync(shop.folder, { recursive: true });
  });

  it('looks at a till that sells without a trace or a lock, and says that it runs', async () => {
    const before = folderNow();
    const report = await examine();
    expect(folderNow()).toEqual(before);
    expect(report).toMatchObject({ till_running: true, terminal_id: shop.recorder.identity.terminal_id });
    expect(troubles(report)).toEqual([]);
    expect(await shop.commands.sell('d')).toMatchObject({ total_minor: 350 });
  });

  it('compares the zone with that of the last start', async () => {
    const clock = { ...bound(shop), zone: 'Asia/Amman' };
    const report = await examine({ ports: { ...virtualPorts(shop.clock), clock, network: machineNetwork } });
    expect(troubles(report)).toEqual(['clock warning ZONE_CHANGED']);
  });

  it('writes for a person what is so, what it means for the money, and what to do', async () => {
    shop.terminal.close();
    rmSync(at('terminal.key'));
    const report = await examine();
    const text = doctorText(report);
    expect(text).toContain('no till runs on it now');
    expect(text).toContain('PROBLEM  key       terminal.key is not in the folder. [KEY_MISSING]\n');
    expect(text).toContain(`Money: ${verdicts.KEY_MISSING.money}\n`);
    expect(text).toContain(`To do: ${verdicts.KEY_MISSING.advice}\n`);
    expect(text).toMatch(/\n1 problem, (no|1) warnings?\.\n$/u);
    expect(report.checks.map(({ check }) => check)).toEqual([
      'database',
      'chain',
      'clock',
      'disk',
      'key',
      'central',
      'printer',
    ]);
  });
});

/** The clock of a shop as an object of its own. */
const bound = ({ clock }: Shop) => ({
  wall: () => clock.wall(),
  monotonic: () => clock.monotonic(),
  utcOffsetMinutes: () => clock.utcOffsetMinutes(),
  sleep: () => clock.sleep(),
});
