import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, cp, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { openEmbeddedPostgres, type EmbeddedPostgres } from '../../src/central/embedded-postgres.js';
import { chooseRunner, findPostgres } from '../../src/central/postgres-binaries.js';
import { openCluster, superuser } from '../../src/central/postgres-cluster.js';
import { isRunning } from '../../src/central/postgres-process.js';
import { findPostmaster, poll, startServer, type Server } from '../../src/central/postgres-server.js';
import type { Role } from '../../src/central/postgres-users.js';
import { makeProgram, runProgram, type Program } from './postgres-program.js';

/** One folder that nobody else may enter, with the program and every data folder of this spec in it. */
let closed: string;
/** A data folder with a finished cluster, which most tests share. */
let dataDir: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  closed = await mkdtemp(join(tmpdir(), 'tillog-pg-'));
  await chmod(closed, 0o700);
  dataDir = join(closed, 'central data');
  await makeProgram(join(closed, 'program'));
  await (await open('owner')).stop();
}, 60_000);

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (isUp(child)) child.kill('SIGKILL');
    await until(() => !isUp(child));
  }
  const left = await findPostmaster(join(dataDir, 'postgres', 'data'));
  if (left === undefined) return;
  if (await isRunning(left.pid)) process.kill(left.pid, 'SIGQUIT');
  await until(async () => !(await isRunning(left.pid)));
});

afterAll(async () => {
  await rm(closed, { recursive: true, force: true, maxRetries: 5 });
});

const open = (role: Role, folder = dataDir): Promise<EmbeddedPostgres> =>
  openEmbeddedPostgres({ dataDir: folder, role, randomBytes, sleep });

const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
  const so = await poll(sleep, 20_000, async () => ((await isSo()) ? true : undefined));
  if (so !== true) throw new Error(`It never came true: ${isSo.toString()}`);
};

const isUp = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

const query = async (url: string, text: string): Promise<Record<string, unknown>> => {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(text);
    return rows[0] ?? {};
  } finally {
    await client.end();
  }
};

const run = (role: Role, folder = dataDir, env: NodeJS.ProcessEnv = process.env): Program => {
  const program = runProgram(join(closed, 'program'), [folder, role], env);
  children.push(program.child);
  return program;
};

const stopProgram = async ({ child }: Program): Promise<void> => {
  child.stdin?.end();
  await until(() => !isUp(child));
  expect(child.exitCode).toBe(0);
};

const serverOf = async (folder = dataDir): Promise<number> =>
  (await findPostmaster(join(folder, 'postgres', 'data')))?.pid ?? 0;

/** A server that nobody looks after, as a start leaves it that is killed together with everything that could notice. */
const startOrphan = async (): Promise<Server> => {
  const binaries = findPostgres();
  const machine = { binaries, runner: await chooseRunner(binaries, dataDir) };
  return startServer(await openCluster(dataDir, machine, ''), machine, 'owner', sleep);
};

describe('A PostgreSQL of its own', () => {
  it('answers on 127.0.0.1 only, as durable and as plain as promised, and keeps its data and password', async () => {
    const first = await open('owner');
    expect(first.adopted).toBe(false);
    expect(first.url).toMatch(/^postgres:\/\/tillog:[0-9a-f]{48}@127\.0\.0\.1:\d+\/tillog$/);
    const settings = ['fsync', 'full_page_writes', 'synchronous_commit', 'listen_addresses', 'unix_socket_directories'];
    const select = settings.map((name) => `current_setting('${name}') AS ${name}`).join(', ');
    expect(
      await query(
        first.url.replace('tillog:', `${superuser}:`),
        `SELECT ${select}, pg_encoding_to_char(encoding) AS encoding, datlocprovider AS provider, datlocale AS locale
         FROM pg_database WHERE datname = current_database()`,
      ),
    ).toEqual({
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      encoding: 'UTF8',
      provider: 'b',
      locale: 'C',
    });
    await query(first.url, 'CREATE TABLE kept (word text)');
    await first.stop();
    expect(await first.stopped).toBeUndefined();

    const second = await open('owner');
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    expect(await query(second.url, 'SELECT count(*)::int AS rows FROM kept')).toEqual({ rows: 0 });
    await second.stop();
    expect((await stat(join(dataDir, 'postgres', 'password'))).mode & 0o777).toBe(0o600);
    expect(await readdir(dataDir)).toEqual(['postgres']);
    expect(await readdir(join(dataDir, 'postgres', 'users'))).toEqual([]);
  }, 30_000);

  it('refuses who does not know the password', async () => {
    const server = await open('owner');
    const stranger = new URL(server.url);
    stranger.password = 'guess';
    await expect(query(stranger.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    await server.stop();
  }, 30_000);

  it('stops at once although a connection is open', async () => {
    const server = await open('owner');
    const client = new Client({ connectionString: server.url });
    client.on('error', () => undefined);
    await client.connect();
    const pid = await serverOf();
    await server.stop();
    expect(await isRunning(pid)).toBe(false);
    await client.end();
  }, 30_000);

  it('says so when it ends unasked, and comes back with everything that was committed', async () => {
    const server = await open('owner');
    await query(server.url, 'CREATE TABLE committed AS SELECT 1 AS one');
    process.kill(await serverOf(), 'SIGKILL');
    expect((await server.stopped)?.message).toContain('ended unasked');
    await server.stop();
    const next = await open('owner');
    expect(await query(next.url, 'SELECT one FROM committed')).toEqual({ one: 1 });
    await next.stop();
  }, 30_000);

  it('empties a log that has grown too large', async () => {
    const log = join(dataDir, 'postgres', 'server.log');
    await truncate(log, 11 * 1024 * 1024);
    await (await open('owner')).stop();
    expect((await stat(log)).size).toBeLessThan(100_000);
  }, 30_000);

  it('names a data folder that cannot be made, and what to do', async () => {
    const folder = join(dataDir, 'postgres', 'server.log', 'below');
    const failing = openEmbeddedPostgres({ dataDir: folder, role: 'owner', randomBytes, sleep });
    await expect(failing).rejects.toThrow(/server\.log.below cannot be used: ENOTDIR.*Choose another with --data/u);
  });

  it('names its log and what to do when the server cannot start', async () => {
    const folder = join(closed, 'damaged');
    await cp(dataDir, folder, { recursive: true });
    await rm(join(folder, 'postgres', 'data', 'global', 'pg_control'));
    const failing = openEmbeddedPostgres({ dataDir: folder, role: 'owner', randomBytes, sleep: () => sleep(20) });
    await expect(failing).rejects.toThrow(/pg_control[^]*server\.log[^]*DATABASE_URL/);
    expect(await readdir(join(folder, 'postgres', 'users'))).toEqual([]);
  }, 30_000);
});

describe('After a kill', () => {
  it('the server stops by itself, and the next start finds what was committed', async () => {
    const program = run('owner');
    const { url } = await program.opened;
    await query(url, 'CREATE TABLE before_kill AS SELECT 7 AS seven');
    const pid = await serverOf();
    program.child.kill('SIGKILL');
    await until(async () => !(await isRunning(pid)));
    const next = await open('owner');
    expect(next.adopted).toBe(false);
    expect(await query(next.url, 'SELECT seven FROM before_kill')).toEqual({ seven: 7 });
    await next.stop();
  }, 30_000);

  it('the next start need not wait for that', async () => {
    const program = run('owner');
    await program.opened;
    program.child.kill('SIGKILL');
    const next = await open('owner');
    expect(await query(next.url, 'SELECT 1 AS one')).toEqual({ one: 1 });
    await next.stop();
    expect(await serverOf()).toBe(0);
  }, 30_000);

  it('an owner takes an orphan over, and stops it in the end', async () => {
    const orphan = await startOrphan();
    const owner = await open('owner');
    expect([owner.adopted, Number(new URL(owner.url).port)]).toEqual([true, orphan.port]);
    await owner.stop();
    expect(await isRunning(orphan.pid)).toBe(false);
  }, 30_000);

  it('an orphan that was taken over stops when its new owner is killed too', async () => {
    const orphan = await startOrphan();
    const program = run('owner');
    expect((await program.opened).adopted).toBe(true);
    program.child.kill('SIGKILL');
    await until(async () => !(await isRunning(orphan.pid)));
  }, 30_000);

  it('a guest uses an orphan and leaves it alone', async () => {
    const orphan = await startOrphan();
    const guest = await open('guest');
    expect([guest.adopted, Number(new URL(guest.url).port)]).toEqual([true, orphan.port]);
    await guest.stop();
    expect(await orphan.isRunning()).toBe(true);
  }, 30_000);

  it('a server that is still shutting down is waited for', async () => {
    const orphan = await startOrphan();
    const lock = join(dataDir, 'postgres', 'data', 'postmaster.pid');
    const password = (await readFile(join(dataDir, 'postgres', 'password'), 'utf8')).trim();
    const client = new Client(`postgres://tillog:${password}@127.0.0.1:${String(orphan.port)}/tillog`);
    await client.connect();
    process.kill(orphan.pid, 'SIGTERM'); // waits for its clients
    await until(async () => (await readFile(lock, 'utf8')).includes('stopping'));
    const opening = open('owner');
    await client.end();
    const owner = await opening;
    expect(owner.adopted).toBe(false);
    await owner.stop();
  }, 30_000);

  it.each([
    ['names a stranger', (text: string) => text.replace(/^\d+/, String(process.ppid))],
    ['is empty', () => ''],
  ])(
    'a lock file that %s does not keep the server from starting',
    async (_, change) => {
      const lock = join(dataDir, 'postgres', 'data', 'postmaster.pid');
      const orphan = await startOrphan();
      const text = await readFile(lock, 'utf8');
      process.kill(orphan.pid, 'SIGKILL');
      await until(async () => !(await orphan.isRunning()));
      await writeFile(lock, change(text));
      const owner = await open('owner');
      expect(await query(owner.url, 'SELECT 1 AS one')).toEqual({ one: 1 });
      await owner.stop();
    },
    30_000,
  );

  it('a half-made cluster is thrown away and made anew; who come at once then get the same server', async () => {
    const folder = join(closed, 'half');
    const program = run('owner', folder);
    const list = (path: string): Promise<string[]> => readdir(path).catch((): string[] => []);
    const unfinished = async (): Promise<string[]> =>
      (await list(folder)).filter((name) => name.startsWith('postgres.new-'));
    await until(async () => {
      const [name] = await unfinished();
      return name !== undefined && (await list(join(folder, name, 'data'))).includes('base');
    });
    program.child.kill('SIGKILL');
    await until(() => !isUp(program.child));
    expect(await unfinished()).toHaveLength(1);
    const next = run('owner', folder);
    const [guest, owner] = await Promise.all([open('guest', folder), next.opened]);
    expect(guest.url).toBe(owner.url);
    expect([guest.adopted, owner.adopted].filter(Boolean)).toHaveLength(1);
    await guest.stop();
    expect(await query(owner.url, 'SELECT 1 AS one')).toEqual({ one: 1 });
    await stopProgram(next);
    expect(await serverOf(folder)).toBe(0);
    expect(await readdir(folder)).toEqual(['postgres']);
  }, 30_000);
});

describe('Two users of one folder', () => {
  it('a guest borrows the server of a running owner', async () => {
    const program = run('owner');
    const { url } = await program.opened;
    const guest = await open('guest');
    expect([guest.adopted, guest.url]).toEqual([true, url]);
    await guest.stop();
    expect(await guest.stopped).toBeUndefined();
    expect(await query(url, 'SELECT 1 AS one')).toEqual({ one: 1 });
    const pid = await serverOf();
    await stopProgram(program);
    expect(await isRunning(pid)).toBe(false);
  }, 30_000);

  it('a guest alone starts the server and stops it', async () => {
    const guest = await open('guest');
    const pid = await serverOf();
    expect(guest.adopted).toBe(false);
    await guest.stop();
    expect(await isRunning(pid)).toBe(false);
  }, 30_000);

  it('a guest hands its server over to an owner who came meanwhile', async () => {
    const guest = run('guest');
    await guest.opened;
    const owner = await open('owner');
    expect(owner.adopted).toBe(true);
    await stopProgram(guest);
    expect(await query(owner.url, 'SELECT 1 AS one')).toEqual({ one: 1 });
    const pid = await serverOf();
    await owner.stop();
    expect(await isRunning(pid)).toBe(false);
  }, 30_000);

  it('of two guests the last one stops it', async () => {
    const [first, second] = [await open('guest'), await open('guest')];
    const pid = await serverOf();
    await first.stop();
    expect(await query(second.url, 'SELECT 1 AS one')).toEqual({ one: 1 });
    await second.stop();
    expect(await isRunning(pid)).toBe(false);
  }, 30_000);

  it('a second owner leaves the server to the first', async () => {
    const program = run('owner');
    const { url } = await program.opened;
    const second = await open('owner');
    await second.stop();
    expect(await query(url, 'SELECT 1 AS one')).toEqual({ one: 1 });
    await stopProgram(program);
  }, 30_000);

  it('a first owner leaves the server to a second who came meanwhile, as at a quick restart', async () => {
    const [first, second] = [run('owner'), run('owner')];
    const [{ url }] = await Promise.all([first.opened, second.opened]);
    const [stays, leaves] = (await second.opened).adopted ? [second, first] : [first, second];
    await stopProgram(leaves);
    expect(await query(url, 'SELECT 1 AS one')).toEqual({ one: 1 });
    const pid = await serverOf();
    const { pid: its = 0 } = stays.child;
    await until(async () => (await readFile(`/proc/${its}/task/${its}/children`, 'utf8')) !== '');
    stays.child.kill('SIGKILL');
    await until(async () => !(await isRunning(pid)));
  }, 30_000);
});

const isRoot = process.getuid?.() === 0;
const whenRoot = isRoot ? describe : describe.skip;
if (!isRoot) process.stderr.write('Skipped, because they need root: the tests of closed folders.\n');

whenRoot('Root, with the program and the data in a folder that nobody else may enter', () => {
  /** The programs of this machine without those that are missing on some. */
  const pathWithout = async (...missing: readonly string[]): Promise<NodeJS.ProcessEnv> => {
    const bin = await mkdtemp(join(closed, 'bin-'));
    for (const name of ['sh', 'id', 'unshare', 'setpriv'].filter((name) => !missing.includes(name))) {
      await symlink(`/usr/bin/${name}`, join(bin, name));
    }
    return { PATH: bin };
  };

  it('runs PostgreSQL in a user namespace', async () => {
    const program = run('owner');
    const { url } = await program.opened;
    expect(await query(url, 'SELECT 1 AS one')).toEqual({ one: 1 });
    await stopProgram(program);
  }, 30_000);

  it('where namespaces are forbidden, runs it as another user with access, on the same data', async () => {
    const before = await open('owner');
    await query(before.url, 'CREATE TABLE of_root AS SELECT 1 AS one');
    await before.stop();
    const program = run('owner', dataDir, await pathWithout('unshare'));
    const { url } = await program.opened;
    expect(await query(url, 'SELECT one FROM of_root')).toEqual({ one: 1 });
    expect(await readFile(`/proc/${String(await serverOf())}/status`, 'utf8')).not.toMatch(/^Uid:\t0/m);
    await stopProgram(program);
    const after = await open('owner');
    expect(await query(after.url, 'SELECT one FROM of_root')).toEqual({ one: 1 });
    await after.stop();
  }, 30_000);

  it('makes a new cluster that way, too', async () => {
    const folder = join(closed, 'other user');
    const program = run('owner', folder, await pathWithout('unshare'));
    expect(await query((await program.opened).url, 'SELECT 1 AS one')).toEqual({ one: 1 });
    await stopProgram(program);
  }, 30_000);

  it('says what to do where nothing works', async () => {
    const program = run('owner', dataDir, await pathWithout('unshare', 'setpriv'));
    await expect(program.opened).rejects.toThrow(/refuses to run as root[^]*ordinary user[^]*DATABASE_URL/);
  }, 30_000);
});
