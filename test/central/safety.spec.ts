import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { centralCode, runCentral, type RunningCentral } from '../../src/central/program.js';
import { chooseRunner, findPostgres } from '../../src/central/postgres-binaries.js';
import { openCluster, superuser } from '../../src/central/postgres-cluster.js';
import { postgresEnvironment } from '../../src/central/postgres-process.js';
import { findPostmaster, greet, urlOf } from '../../src/central/postgres-server.js';
import { type Log, machinePorts as ports, silentLog } from '../../src/ports.js';
import { eventually } from '../system/programs.js';

const dataDir = mkdtempSync(join(tmpdir(), 'tillog-unsafe-'));
let server: ChildProcess;
/** The database as its owner sees it, and as the superuser does. */
let databaseUrl: string;
let mightyUrl: string;
let starting: Promise<RunningCentral>;

const freePort = async (): Promise<number> => {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  return port;
};

/** A PostgreSQL that central does not start itself, so that it is not durable on its command line. */
beforeAll(async () => {
  const binaries = findPostgres();
  const machine = { binaries, runner: await chooseRunner(binaries, dataDir) };
  const cluster = await openCluster(dataDir, machine, ports.randomness.bytes(28).toString('hex'));
  const port = await freePort();
  const settings = [`port=${String(port)}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories='];
  const flags = settings.flatMap((setting) => ['-c', setting]);
  const [command = '', ...words] = [...machine.runner.prefix, binaries.postgres, '-D', cluster.data, ...flags];
  server = spawn(command, words, { cwd: '/', env: postgresEnvironment(), stdio: 'ignore', ...machine.runner.ids });
  await eventually(async () => ((await findPostmaster(cluster.data))?.ready === true ? true : undefined));
  await greet(cluster, port);
  databaseUrl = urlOf(cluster, port);
  mightyUrl = urlOf(cluster, port, 'tillog', superuser);
}, 60_000);

afterAll(async () => {
  const gone = once(server, 'exit');
  server.kill('SIGINT');
  await gone;
  rmSync(dataDir, { recursive: true, force: true });
});

const ask = async (...statements: readonly string[]): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: mightyUrl });
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) ({ rows } = await client.query<Record<string, unknown>>(statement));
    return rows;
  } finally {
    await client.end();
  }
};

/** Changes a setting of the whole server, and waits until it is so. */
const set = async (name: string, value: string): Promise<void> => {
  await ask(`ALTER SYSTEM SET ${name} = ${value}`, 'SELECT pg_reload_conf()');
  await eventually(async () => ((await ask(`SHOW ${name}`))[0]?.[name] === value ? true : undefined));
};

const start = (url = databaseUrl) => runCentral({ databaseUrl: url, port: 0, ports });

describe('a database that is away when central starts', () => {
  it('is waited for, until it lets central in', async () => {
    const name = new URL(databaseUrl).pathname.slice(1);
    await ask(`ALTER DATABASE ${name} CONNECTION LIMIT 0`);
    const warned = new Promise<object>((warn) => {
      const log: Log = { ...silentLog, warn };
      starting = runCentral({ databaseUrl, port: 0, ports, log });
    });
    expect(await warned).toEqual({ reason: `too many connections for database "${name}"` });
    await ask(`ALTER DATABASE ${name} CONNECTION LIMIT -1`);
    await (await starting).stop();
  });
});

describe('a database that cannot keep what central promises', () => {
  it.each(['fsync', 'full_page_writes', 'synchronous_commit'])(
    'is refused with %s off, until it is on',
    async (name) => {
      await set(name, 'off');
      await expect(start()).rejects.toMatchObject({
        name: 'UnsafeDatabase',
        message: `PostgreSQL runs with ${name} = off: what was acknowledged could be lost in a power cut. Set it to on.`,
      });
      await set(name, 'on');
      await (await start()).stop();
    },
  );

  it.each([
    ['its user goes past row security', 'ALTER ROLE tillog BYPASSRLS', 'ALTER ROLE tillog NOBYPASSRLS', /tillog goes/u],
    ['its user is a superuser', 'ALTER ROLE tillog SUPERUSER', 'ALTER ROLE tillog NOSUPERUSER', /tillog goes past/u],
    [
      'the role of its work goes past it',
      'ALTER ROLE tillog_app BYPASSRLS',
      'ALTER ROLE tillog_app NOBYPASSRLS',
      /_app/u,
    ],
    [
      'the role that looks companies up is a superuser',
      'ALTER ROLE tillog_directory SUPERUSER',
      'ALTER ROLE tillog_directory NOSUPERUSER',
      /tillog_directory goes past row-level security, .*ALTER ROLE tillog_directory NOSUPERUSER NOBYPASSRLS/u,
    ],
    [
      'a table is without row security',
      'ALTER TABLE receipts DISABLE ROW LEVEL SECURITY',
      'ALTER TABLE receipts ENABLE ROW LEVEL SECURITY',
      /table receipts is not guarded/u,
    ],
    [
      'the owner of a table is not bound by it',
      'ALTER TABLE events NO FORCE ROW LEVEL SECURITY',
      'ALTER TABLE events FORCE ROW LEVEL SECURITY',
      /table events is not guarded/u,
    ],
  ])('is refused when %s, until that is put right', async (_what, spoil, mend, said) => {
    await (await start()).stop();
    await ask(spoil);
    try {
      await expect(start()).rejects.toMatchObject({
        name: 'UnsafeDatabase',
        message: expect.stringMatching(said) as unknown,
      });
    } finally {
      await ask(mend);
    }
    await (await start()).stop();
  });

  it('is refused before anything is made in it', async () => {
    const url = new URL(mightyUrl);
    url.pathname = '/untouched';
    await ask('CREATE DATABASE untouched OWNER tillog');
    const refused = expect.objectContaining({ name: 'UnsafeDatabase' }) as unknown;
    await expect(start(url.href)).rejects.toEqual(refused);
    await expect(centralCode({ databaseUrl: url.href, ports })).rejects.toEqual(refused);
    url.username = 'tillog';
    await (await start(url.href)).stop();
  });
});
