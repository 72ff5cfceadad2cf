import { spawn, type ChildProcess } from 'node:child_process';
import { open, readFile, realpath, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { superuser, type Cluster, type Machine } from './postgres-cluster.js';
import { hasCode, isRunning, postgresEnvironment } from './postgres-process.js';
import type { Role } from './postgres-users.js';

/** A server that answered. */
export interface Server {
  readonly pid: number;
  readonly port: number;
  /** Which kind of user had started it. */
  readonly startedBy: Role;
  /** True while the process runs. */
  isRunning(): Promise<boolean>;
}

/** What PostgreSQL's lock file says about a server that runs in a data folder. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** False while it starts or shuts down. */
  readonly ready: boolean;
}

/** Pauses; the only way in which this module spends time. */
export type Sleep = (ms: number) => Promise<unknown>;

/** The database that everything of central is in. */
const databaseName = 'tillog';
/** Who owns it: row-level security binds this user, too. */
const userName = 'tillog';

/** How long a server may take to start, in ms: after a power cut it first replays what its log holds. */
const startMsMax = 300_000;
/** How long a fast shutdown may take, in ms, before the server is told to drop everything; it recovers at its next start. */
const stopMsMax = 60_000;
/** How long an immediate shutdown may take, in ms; PostgreSQL itself needs up to 5 s to kill what hangs. */
const quitMsMax = 15_000;
const pollMs = 50;
/** How large the server's log may be when it starts, in bytes; a larger one is emptied. */
const logBytesMax = 10 * 1024 * 1024;

/** Asks `check` again and again until it says something. @returns undefined when `msMax` went by without that */
export const poll = async <T>(
  sleep: Sleep,
  msMax: number,
  check: () => Promise<T | undefined>,
): Promise<T | undefined> => {
  for (let waitedMs = 0; waitedMs < msMax; waitedMs += pollMs) {
    const found = await check();
    if (found !== undefined) return found;
    await sleep(pollMs);
  }
  return undefined;
};

/** Finds the server that runs in `data`, whoever started it; undefined when none does, whatever a lock file says. */
export const findPostmaster = async (data: string): Promise<Postmaster | undefined> => {
  const lines = (await readLock(data))?.split('\n') ?? [];
  const pid = Number(lines[0]);
  if (!(pid > 0) || !(await isServerOf(pid, data, lines[1] ?? ''))) return undefined;
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
};

/**
 * Makes PostgreSQL take a lock file for a leftover that it would respect for ever: an empty one, or one whose process id
 * now belongs to a stranger. The file is kept, because the rest of it says which shared memory must be unused; only its
 * first line becomes this process, and a server's own parent never counts as another server.
 */
export const disownLock = async (data: string): Promise<void> => {
  const lock = await readLock(data);
  if (lock === undefined || (await findPostmaster(data)) !== undefined) return;
  await writeFile(
    lockOf(data),
    [String(process.pid), ...lock.split('\n').slice(1), ''].join('\n').replace(/\n+$/, '\n'),
  );
};

const lockOf = (data: string): string => join(data, 'postmaster.pid');

const readLock = async (data: string): Promise<string | undefined> => {
  try {
    return await readFile(lockOf(data), 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
};

/** A server works in its data folder, which tells it from a stranger with the same id and from that of a copied folder. */
const isServerOf = async (pid: number, data: string, folderInLock: string): Promise<boolean> => {
  if (!(await isRunning(pid))) return false;
  try {
    const [own, its] = [await stat(data), await stat(`/proc/${String(pid)}/cwd`)];
    return own.dev === its.dev && own.ino === its.ino;
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ESRCH', 'EACCES')) throw error;
    // Where the system does not say what a process works in, the lock file has to be believed.
    return process.platform !== 'linux' && folderInLock === (await realpath(data));
  }
};

/**
 * Asks a server for its name, and makes the database if it is not there.
 * @returns who started it; rejects while it does not answer
 */
export const greet = async (cluster: Cluster, port: number): Promise<Role> => {
  try {
    return await askStarter(cluster, port);
  } catch (error) {
    if (!hasCode(error, noSuchDatabase)) throw error;
  }
  await withClient(urlOf(cluster, port, 'postgres', superuser), async (client) => {
    // A kill between the two statements leaves the user alone.
    const { rows } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [userName]);
    const user = `${userName} LOGIN CREATEROLE CREATEDB PASSWORD ${client.escapeLiteral(cluster.password)}`;
    if (rows.length === 0) await client.query(`CREATE ROLE ${user}`);
    await client.query(`CREATE DATABASE ${databaseName} OWNER ${userName}`);
  });
  return askStarter(cluster, port);
};

const noSuchDatabase = '3D000';

/** The address of a database on a server of this cluster, with the password in it. */
export const urlOf = (cluster: Cluster, port: number, database = databaseName, user = userName): string =>
  `postgres://${user}:${cluster.password}@127.0.0.1:${String(port)}/${database}`;

const askStarter = (cluster: Cluster, port: number): Promise<Role> =>
  withClient(urlOf(cluster, port, databaseName, superuser), async (client) => {
    const answer = await client.query<{ name: string }>("SELECT current_setting('cluster_name') AS name");
    return answer.rows[0]?.name === clusterNames.guest ? 'guest' : 'owner';
  });

/** The name that a server bears tells who started it, to those who find it running. */
const clusterNames: Readonly<Record<Role, string>> = { owner: 'tillog', guest: 'tillog-guest' };

const withClient = async <T>(url: string, use: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000, query_timeout: 30_000 });
  // A connection that breaks rejects the query it was busy with; the event as such would end the whole program.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end();
  }
};

/**
 * Starts a server on a free port of 127.0.0.1 and waits until it answers.
 * @throws Error with the end of the server's log when it ends instead, for example because another one was faster
 */
export const startServer = async (cluster: Cluster, machine: Machine, role: Role, sleep: Sleep): Promise<Server> => {
  const port = await freePort();
  const log = await openLog(cluster.log);
  const logStart = (await log.stat()).size;
  const [command = '', ...args] = [...machine.runner.prefix, machine.binaries.postgres, ...flags(cluster, port, role)];
  const child = spawn(command, args, {
    cwd: '/',
    env: postgresEnvironment(),
    // A session of its own: an interrupt from the keyboard is for this program, which stops the server when it is ready to.
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    ...machine.runner.ids,
  });
  let failure: unknown;
  child.once('error', (error) => {
    failure = error;
  });
  child.unref();
  await log.close();
  const isReady = await poll(sleep, startMsMax, async () => {
    if (child.pid === undefined || !isChildRunning(child)) return false;
    const found = await findPostmaster(cluster.data);
    if (found?.pid !== child.pid || !found.ready) return undefined;
    try {
      await greet(cluster, port);
      return true;
    } catch (error) {
      // Somebody else who makes the database at this moment is in the way only for that moment.
      failure = error;
      return undefined;
    }
  });
  if (isReady === true && child.pid !== undefined) {
    return { pid: child.pid, port, startedBy: role, isRunning: () => Promise.resolve(isChildRunning(child)) };
  }
  child.kill('SIGQUIT');
  const said = (await readFile(cluster.log)).subarray(logStart).toString().trim().slice(-logCharsMax);
  throw new Error(`PostgreSQL did not start. Its log ends with:\n${said}`, { cause: failure });
};

/** How much of the log an error quotes, in characters. */
const logCharsMax = 1500;

const isChildRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null;

/** Given on the command line, where they beat anything that a file in the data folder says. */
const flags = (cluster: Cluster, port: number, role: Role): readonly string[] => {
  const settings = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    cluster_name: clusterNames[role],
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    logging_collector: 'off',
    log_destination: 'stderr',
    log_timezone: 'UTC',
    timezone: 'UTC',
  };
  return ['-D', cluster.data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
};

const openLog = async (path: string): Promise<Awaited<ReturnType<typeof open>>> => {
  const log = await open(path, 'a', 0o600);
  if ((await log.stat()).size > logBytesMax) await truncate(path, 0);
  return log;
};

/** A port that was free a moment ago; should someone else be faster, the server ends and the next attempt takes another. */
const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const listener = createServer();
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', () => {
      const { port } = listener.address() as AddressInfo;
      listener.close(() => {
        resolve(port);
      });
    });
  });

/** Describes a server that was found running. */
export const adoptServer = async (cluster: Cluster, found: Postmaster, startedBy: Role): Promise<Server> => {
  const data = await realpath(cluster.data);
  // Its lock file goes a moment before the process does, so it is the process that counts.
  return { pid: found.pid, port: found.port, startedBy, isRunning: () => isServerOf(found.pid, data, data) };
};

/**
 * Stops a server and waits until it is gone: first so that it finishes neatly, after {@link stopMsMax} at once.
 * @throws Error with advice when it stays all the same
 */
export const stopServer = async (server: Server, sleep: Sleep): Promise<void> => {
  const isGone = async (): Promise<true | undefined> => ((await server.isRunning()) ? undefined : true);
  for (const [signal, msMax] of [
    ['SIGINT', stopMsMax],
    ['SIGQUIT', quitMsMax],
  ] as const) {
    if (await isGone()) return;
    sendSignal(server.pid, signal);
    if (await poll(sleep, msMax, isGone)) return;
  }
  throw new Error(
    `PostgreSQL (process ${String(server.pid)}) was told to stop and is still there. What was committed is safe. End it ` +
      `with \`kill -QUIT ${String(server.pid)}\`, or let the next start take it over.`,
  );
};

const sendSignal = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended by itself just now.
    if (!hasCode(error, 'ESRCH')) throw error;
  }
};

/**
 * Stops the server when this process ends in whatever way, SIGKILL included: a shell waits for the end of a pipe that
 * only this process holds. Unlike the kernel's parent-death signal it also covers a server that was taken over, and can
 * be called off.
 * @returns calls it off
 */
export const stopAtDeath = (pid: number): (() => void) => {
  const script = 'read -r word; [ "$word" = keep ] || kill -INT "$1"';
  const shell = spawn('/bin/sh', ['-c', script, 'sh', String(pid)], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a shell the next start takes the server over, so neither error is worth ending the program for.
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  shell.unref();
  return () => {
    shell.stdin.end('keep\n');
  };
};
