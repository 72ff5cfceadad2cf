import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { chooseRunner, findPostgres } from './postgres-binaries.js';
import { openCluster, type Cluster, type Machine } from './postgres-cluster.js';
import { hasCode, reasonOf } from './postgres-process.js';
import {
  adoptServer,
  disownLock,
  findPostmaster,
  greet,
  poll,
  startServer,
  stopAtDeath,
  stopServer,
  urlOf,
  type Server,
  type Sleep,
} from './postgres-server.js';
import { signIn, type Presence, type Role } from './postgres-users.js';

/** What is needed to open a PostgreSQL of one's own. */
export interface EmbeddedPostgresOptions {
  /** The data folder of central; made if it is not there. Everything of PostgreSQL goes to `postgres` in it. */
  readonly dataDir: string;
  /**
   * `owner`: the program whose server it is; its `stop` stops the server, even one that it took over, unless another
   * owner came meanwhile, as at a quick restart: the server is then that one's.
   * `guest`: a short errand beside it; leaves a server alone that an owner started, or that somebody else still uses.
   */
  readonly role: Role;
  /** Unguessable bytes: the password of a new cluster is made of them. */
  readonly randomBytes: (count: number) => Buffer;
  /** Pauses between two looks at whether the server is there, or gone. */
  readonly sleep: Sleep;
  /** Told in a sentence what happens to the server. */
  readonly log?: (message: string) => void;
}

/** A PostgreSQL that runs and answers. */
export interface EmbeddedPostgres {
  /** `postgres://` address of its database for central, on 127.0.0.1, with a password in it: never log it. */
  readonly url: string;
  /** True when the server was running already: another program's, or one that a killed program left behind. */
  readonly adopted: boolean;
  /** Resolves once: with an Error when the server ended unasked, with undefined after `stop`. Never rejects. */
  readonly stopped: Promise<Error | undefined>;
  /**
   * Gives the server back; stops it, and waits until it is gone, if that falls to this user (see `role`). Close every
   * connection first: those still open are cut. The second call returns the promise of the first.
   */
  stop(): Promise<void>;
}

/**
 * Opens the PostgreSQL under a data folder: makes the cluster if there is none, takes over the server that runs in it,
 * or starts one. When it resolves, the database is there and answers. Two who open the same folder at once get the same
 * server. A kill at any moment leaves nothing that the next call cannot take up.
 *
 * @throws Error that says what to do when PostgreSQL cannot run here, or does not start
 */
export const openEmbeddedPostgres = async (options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> => {
  const { role, randomBytes, log = () => undefined } = options;
  const dataDir = resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true }).catch((cause: unknown) => {
    const hint = 'Nothing was changed. Choose another with --data, or set DATABASE_URL.';
    throw new Error(`The data folder ${dataDir} cannot be used: ${reasonOf(cause)}. ${hint}`, { cause });
  });
  const binaries = findPostgres();
  const machine: Machine = { binaries, runner: await chooseRunner(binaries, dataDir) };
  const cluster = await openCluster(dataDir, machine, randomBytes(clusterRandomBytes).toString('hex'));
  const presence = await signIn(cluster.users, role, randomBytes(tagBytes).toString('hex'));
  try {
    const found = await reachServer(cluster, machine, presence, options);
    const where = `on 127.0.0.1:${String(found.server.port)} (process ${String(found.server.pid)})`;
    log(found.adopted ? `PostgreSQL was running already ${where}` : `PostgreSQL started ${where}`);
    return await superviseServer(cluster, found, presence, options);
  } catch (error) {
    await presence.end();
    throw error;
  }
};

/** Enough for a name of 4 bytes and a password of 24. */
const clusterRandomBytes = 28;
const tagBytes = 8;
/** How long a server that somebody else starts or stops is waited for, in ms. */
const reachMsMax = 300_000;
/** How often a start is tried, for one that met a taken port or the last remains of a killed server. */
const startAttemptsMax = 15;
const attemptPauseMs = 400;
/** How often a server that is not a child of this process is looked after, in ms. */
const superviseMs = 250;
const wrongPassword = '28P01';

interface Found {
  readonly server: Server;
  readonly adopted: boolean;
}

const reachServer = async (
  cluster: Cluster,
  machine: Machine,
  presence: Presence,
  { role, sleep }: EmbeddedPostgresOptions,
): Promise<Found> => {
  let attempts = 0;
  let failure: unknown;
  const start = async (): Promise<Found | undefined> => {
    attempts += 1;
    // The first attempt leaves every lock file to PostgreSQL, which knows best; a second one means that it is stuck.
    if (attempts > 1) await disownLock(cluster.data);
    try {
      return { server: await startServer(cluster, machine, role, sleep), adopted: false };
    } catch (error) {
      failure = error;
      await sleep(attemptPauseMs);
      return undefined;
    }
  };
  const look = async (): Promise<Found | undefined> => {
    if ((await presence.others()).includes('leaving')) return undefined;
    const running = await findPostmaster(cluster.data);
    if (running === undefined) {
      if (attempts >= startAttemptsMax) throw notReached(cluster, failure);
      return start();
    }
    if (!running.ready) return undefined;
    try {
      const startedBy = await greet(cluster, running.port);
      return { server: await adoptServer(cluster, running, startedBy), adopted: true };
    } catch (error) {
      if (hasCode(error, wrongPassword)) throw notReached(cluster, error);
      failure = error;
      return undefined;
    }
  };
  const found = await poll(sleep, reachMsMax, look);
  if (found === undefined) throw notReached(cluster, failure);
  return found;
};

const notReached = (cluster: Cluster, cause: unknown): Error =>
  new Error(
    `The database of central in ${cluster.folder} cannot be reached. ` +
      `${cause === undefined ? 'It neither started nor stopped in time.' : reasonOf(cause)}\nNothing was changed. Look ` +
      `into ${cluster.log}, mend what it names and start again, or set DATABASE_URL to another PostgreSQL.`,
    { cause },
  );

const superviseServer = async (
  cluster: Cluster,
  { server, adopted }: Found,
  presence: Presence,
  { role, sleep, log = () => undefined }: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> => {
  let callOff = adopted ? undefined : stopAtDeath(server.pid);
  let isLeft = false;
  const takeOver = async (): Promise<void> => {
    if (callOff || role === 'guest' || (await presence.others()).includes('owner')) return;
    callOff = stopAtDeath(server.pid);
  };
  await takeOver();
  const watch = async (): Promise<Error | undefined> => {
    while (!isLeft && (await server.isRunning())) {
      // Once the owner who was there before is gone, the server has no other.
      await takeOver();
      await sleep(superviseMs);
    }
    callOff?.();
    if (isLeft) return undefined;
    return new Error(
      `PostgreSQL (process ${String(server.pid)}) ended unasked. What was committed is safe; nothing more can be stored ` +
        `until it runs again. Look into ${cluster.log} and start again.`,
    );
  };
  const stopped = watch().catch((cause: unknown) => new Error('PostgreSQL could not be looked after.', { cause }));
  const leave = async (): Promise<void> => {
    isLeft = true;
    try {
      await presence.leave();
      if (fallsTo(role, server.startedBy, await presence.others())) {
        await stopServer(server, sleep);
        log('PostgreSQL stopped');
      }
    } finally {
      await presence.end();
      await stopped;
    }
  };
  let leaving: Promise<void> | undefined;
  return {
    url: urlOf(cluster, server.port),
    adopted,
    stopped,
    stop: () => (leaving ??= leave()),
  };
};

/** Says whether the one who leaves stops the server: an owner unless another one is there, a guest only as the last one. */
const fallsTo = (role: Role, startedBy: Role, others: readonly string[]): boolean => {
  if (others.includes('owner')) return false;
  return role === 'owner' || (startedBy === 'guest' && !others.includes('guest'));
};
