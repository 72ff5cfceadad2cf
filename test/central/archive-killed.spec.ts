import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type pg from 'pg';
import { openBundle } from '../../src/audit/bundle-source.js';
import { verifyLogs } from '../../src/audit/verify.js';
import { eventually } from '../system/programs.js';
import { temporaryFolder } from '../temporary-folder.js';
import { compileSource } from '../terminal/compiled-source.js';
import { type EnrolledTill, Office } from './office.js';

/** Archives a terminal, or puts it back, as `tillog central` does. */
const program = `
import { archiveFiles } from './archive-commands.js';
import { archiveTerminal } from './central/archive.js';
import { CentralDatabase } from './central/database.js';
import { unarchiveFile } from './central/unarchive.js';
import { machinePorts as ports, silentLog } from './ports.js';

const [url, tenant_id, terminal_id, out, file] = process.argv.slice(2);
const db = new CentralDatabase(url, silentLog);
const parts = { db, ports, files: archiveFiles };
try {
  if (file) await unarchiveFile(parts, file, 'command line');
  else await archiveTerminal(parts, { tenant_id, actor: 'command line' }, { terminal_id, before: '2026-11-24', out });
  process.stdout.write('done');
} catch (cause) {
  process.stdout.write(cause.message);
  process.exitCode = 1;
}
await db.close();
`;

const folder = temporaryFolder();
const children: ChildProcess[] = [];
let office: Office;
let till: EnrolledTill;
let holder: pg.Client;
let queue: pg.Client;
let path: string;
let end: number;

beforeAll(async () => {
  path = join(compileSource(folder), 'archive.js');
  writeFileSync(path, program);
  office = await Office.start();
  till = await office.enrol('Shop');
  till.terminal.openSession().sell(3).closeSession();
  end = till.terminal.events().length;
  till.terminal.openSession('2026-11-24').sell(1);
  await office.send(till);
  holder = await office.cluster.superuser(office.databaseUrl);
  queue = await office.cluster.superuser(office.databaseUrl);
}, 60_000);

afterEach(async () => {
  await letGo();
  for (const child of children.splice(0)) await kill(child);
});

afterAll(async () => {
  await holder.end();
  await queue.end();
  await office.stop();
  rmSync(folder, { recursive: true });
});

const start = (out: string, before: readonly string[] = [], file = ''): ChildProcess => {
  const { tenant_id } = till.enrolment;
  const words = [process.execPath, path, office.databaseUrl, tenant_id, till.terminal.terminal_id, out, file];
  const [command = '', ...args] = [...before, ...words];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return child;
};

/** What it said until it ended. */
const ended = async (child: ChildProcess): Promise<string> => {
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await once(child, 'close');
  return said;
};

const kill = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
};

/** Resolves once the process waits for a lock. */
const waiting = (): Promise<true> =>
  eventually(async () => {
    const sql = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'tillog-central'`;
    return (await office.cluster.asOwner(sql, office.databaseUrl)).length > 0 ? true : undefined;
  });

/** Once nobody else works in the database, what a killed process began is rolled back. */
const quiet = (): Promise<true> =>
  eventually(async () => {
    const sql = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tillog-central'
      AND (state <> 'idle' OR xact_start IS NOT NULL)`;
    return (await office.cluster.asOwner(sql, office.databaseUrl)).length === 0 ? true : undefined;
  });

/** Whether the texts are in the database, and what stands in the table of archives. */
const state = async (): Promise<unknown> => {
  const { terminal_id } = till.terminal;
  const [row] = await office.cluster.asOwner(
    `SELECT (SELECT count(*)::int FROM events WHERE terminal_id = '${terminal_id}' AND event IS NULL) AS gone,
       (SELECT count(*)::int FROM archives) AS archives,
       (SELECT count(*)::int FROM office_actions WHERE action LIKE 'log%') AS actions`,
    office.databaseUrl,
  );
  return row;
};

const letGo = async (): Promise<void> => {
  await holder.query('ROLLBACK');
  await queue.query('ROLLBACK');
};

/** Starts it, and kills it where it waits for that lock. */
const killedAt = async (lock: string, out: string, file = ''): Promise<void> => {
  await holder.query(`BEGIN; LOCK TABLE ${lock} MODE`);
  const child = start(out, [], file);
  await waiting();
  await kill(child);
  await letGo();
  await quiet();
};

/** Starts it, and kills it when it has begun to write the file. */
const killedInFile = async (out: string): Promise<void> => {
  await holder.query('BEGIN; LOCK TABLE certificate_keys IN ACCESS EXCLUSIVE MODE');
  const child = start(out);
  await waiting();
  // It has looked at the events by now; before it reads them again it comes behind this.
  const queued = queue.query('BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE');
  await eventually(async () => {
    const sql = `SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted`;
    return (await office.cluster.asOwner(sql, office.databaseUrl)).length > 0 ? true : undefined;
  });
  await holder.query('ROLLBACK');
  await queued;
  await waiting();
  expect(readdirSync(out).filter((name) => name.endsWith('.part'))).toHaveLength(1);
  await kill(child);
  await letGo();
  await quiet();
};

const untouched = { gone: 0, archives: 0, actions: 0 };

describe('an archive whose process is killed', () => {
  const out = mkdtempSync(join(folder, 'out-'));
  const whole = (): readonly string[] => readdirSync(out).filter((name) => name.endsWith('.tar'));
  const file = (): string => join(out, `${till.terminal.terminal_id}-1-${String(end)}.tar`);

  it('at whichever step has taken nothing away, and leaves a whole file or none under its name', async () => {
    await killedAt('session_totals IN ACCESS EXCLUSIVE', out);
    expect(readdirSync(out)).toEqual([]);
    await killedInFile(out);
    expect([whole(), await state()]).toEqual([[], untouched]);
    for (const lock of ['events IN SHARE', 'archives IN SHARE', 'office_actions IN SHARE']) {
      await killedAt(lock, out);
      expect(await state()).toEqual(untouched);
      expect(whole()).toHaveLength(1);
      expect(await verifyLogs(openBundle(file()), {})).toMatchObject({ ok: true });
    }
  });

  it('is done when it is done again, and what the killed ones left on the disk is gone', async () => {
    expect(await ended(start(out))).toBe('done');
    expect(await state()).toEqual({ gone: end, archives: 1, actions: 1 });
    expect(readdirSync(out)).toEqual([basename(file())]);
  });

  it('and killed again while it is put back, is still the archive, until every text is back', async () => {
    for (const lock of ['events IN SHARE', 'archives IN SHARE', 'office_actions IN SHARE']) {
      await killedAt(lock, out, file());
      expect(await state()).toEqual({ gone: end, archives: 1, actions: 1 });
    }
    expect(await ended(start(out, [], file()))).toBe('done');
    expect(await state()).toEqual({ gone: 0, archives: 0, actions: 2 });
  });
});

/** Runs what follows with a disk of 16 KiB at the folder that comes first, and shows what is on it in the end. */
const onSmallDisk = [
  'mount -t tmpfs -o size=16k none "$0" && { "$@"; code=$?; ls "$0"; exit $code; }',
  mkdtempSync(join(folder, 'small-')),
] as const;
const small = ['unshare', '-U', '-r', '-m', 'sh', '-c', ...onSmallDisk] as const;
const canMount = spawnSync(small[0], [...small.slice(1), 'true']).status === 0;
const maybe = canMount ? it : it.skip;
if (!canMount) console.warn('No small disk can be mounted here: nobody saw an archive on a full one.');

describe('an archive on a full disk', () => {
  maybe('takes nothing away, leaves nothing on the disk, and is done on another one', async () => {
    const before = await state();
    expect(await ended(start(onSmallDisk[1], small))).toMatch(
      /^ARCHIVE_FILE_UNWRITTEN: .* cannot be written \(ENOSPC\)[^\n]*$/u,
    );
    expect(await state()).toEqual(before);
    expect(await ended(start(mkdtempSync(join(folder, 'large-'))))).toBe('done');
    expect(await state()).toMatchObject({ gone: end, archives: 1 });
  });
});
