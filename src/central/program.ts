import { archiveTerminal, type ArchiveWish } from './archive.js';
import type { ArchiveFiles } from './archive-file.js';
import { checkPassword, ensureOwner, newUserSchema } from './accounts.js';
import type { SignedCertificate } from '../events/certificate.js';
import { type CertificateKey, listCertificateKeys, rotateCertificateKey } from './certificate-keys.js';
import { issueCertificate } from './certificates.js';
import { revokeTerminal } from './enrolment.js';
import { askForRotation } from './terminal-tokens.js';
import type { Actor } from './office-actions.js';
import { Problem } from './problem.js';
import { readBody } from './request-body.js';
import { isUuid } from './tenant.js';
import { createAdminToken, createCode, type CodeWish, ensureTenant, listTenants } from './tenants.js';
import { openEmbeddedPostgres } from './embedded-postgres.js';
import type { CatalogContent } from '../catalog/catalog.js';
import { ArchiveRefused } from './archives.js';
import { CentralDatabase, type DatabaseLimits } from './database.js';
import { type Log, type Ports, silentLog } from '../ports.js';
import { read } from './log-rows.js';
import { migrate } from './migrations.js';
import { publishCatalog } from './published-catalogs.js';
import { rebuildReadModels, type RebuiltReadModel } from './rebuild.js';
import { checkServer, checkTables, whenThere } from './safety.js';
import { createServer, type ServerOptions } from './server.js';
import { type Unarchived, unarchiveFile } from './unarchive.js';

/** The tenant and the store that are made when nobody names others. */
export const defaultNames: CodeWish = { tenant: 'Shop', store: 'Main store' };

/** Where central listens unless told otherwise. */
export const defaultPort = 4200;

/** Where central keeps its data. */
export interface CentralStore {
  /** The folder of central: an embedded PostgreSQL runs under it. Not needed with `databaseUrl`. */
  readonly dataDir?: string;
  /** A PostgreSQL 15 or newer; the user must be able to create tables and roles. */
  readonly databaseUrl?: string;
  readonly ports: Ports;
  readonly log?: Log;
}

/** How central is started. */
export interface CentralOptions extends CentralStore {
  /** 0 for any free one. */
  readonly port?: number;
  readonly host?: string;
  /** Addresses of proxies in front of it, whose word is taken for where a request comes from; none when left out. */
  readonly trustedProxies?: readonly string[];
  /** The version of this program. */
  readonly version?: string;
  /** The usual ones where left out. */
  readonly limits?: Partial<DatabaseLimits> & Pick<ServerOptions, 'drainMsMax' | 'requestMsMax'>;
}

/** A central that runs. */
export interface RunningCentral {
  /** Where it answers, without a slash at the end. */
  readonly url: string;
  /** The database, for a program that runs beside the server in the same process. */
  readonly db: CentralDatabase;
  /** Resolves with an Error when its own PostgreSQL ended unasked; with undefined after `stop`. */
  readonly stopped: Promise<Error | undefined>;
  /** Lets requests under way end, then closes everything that was opened. */
  stop(): Promise<void>;
}

/** There is neither a folder nor an address for the database. */
export class NoDatabase extends Error {
  override readonly name = 'NoDatabase';
}

/** Central knows no company of that name. */
export class NoTenant extends Error {
  override readonly name = 'NoTenant';
}

interface OpenStore {
  readonly url: string;
  readonly stopped: Promise<Error | undefined>;
  close(): Promise<void>;
}

const openStore = async (
  { dataDir, databaseUrl, ports, log = silentLog }: CentralStore,
  role: 'owner' | 'guest',
): Promise<OpenStore> => {
  if (databaseUrl !== undefined) {
    let end: (value: undefined) => void = () => undefined;
    const stopped = new Promise<undefined>((resolve) => (end = resolve));
    return {
      url: databaseUrl,
      stopped,
      close: () => {
        end(undefined);
        return Promise.resolve();
      },
    };
  }
  if (dataDir === undefined) throw new NoDatabase('Name a data folder with --data, or a database with --database-url.');
  const postgres = await openEmbeddedPostgres({
    dataDir,
    role,
    randomBytes: (count) => ports.randomness.bytes(count),
    sleep: (ms) => ports.clock.sleep(ms),
    log: (message) => log.info({}, message),
  });
  return { url: postgres.url, stopped: postgres.stopped, close: () => postgres.stop() };
};

/**
 * Starts central: opens its database, brings it to the present schema, and listens.
 * @throws UnsafeDatabase, NoDatabase; nothing stays open then
 */
export const runCentral = async (options: CentralOptions): Promise<RunningCentral> => {
  const { ports, log = silentLog, port = defaultPort, host = '127.0.0.1', version = '', trustedProxies } = options;
  const store = await openStore(options, 'owner');
  const { drainMsMax, requestMsMax, ...limits } = options.limits ?? {};
  const db = new CentralDatabase(store.url, log, limits);
  const closeStore = async (): Promise<void> => {
    await db.close();
    await store.close();
  };
  try {
    const prepare = async (): Promise<void> => {
      await checkServer(db);
      await migrate(store.url, log);
      await checkTables(db);
    };
    await whenThere(prepare, ports.clock, log);
    const app = await createServer(
      { db, ports, log, version },
      {
        ...(trustedProxies && { trustedProxies }),
        ...(drainMsMax !== undefined && { drainMsMax }),
        ...(requestMsMax !== undefined && { requestMsMax }),
      },
    );
    await app.listen(port, host);
    let stopping: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      await app.close();
      await closeStore();
    };
    return { url: addressOf(await app.getUrl()), db, stopped: store.stopped, stop: () => (stopping ??= stop()) };
  } catch (cause) {
    await closeStore();
    throw cause;
  }
};

const addressOf = (url: string): string => url.replace('[::1]', '127.0.0.1').replace(/\/$/u, '');

/** Opens the database beside a central that may be running, does one thing with it, and closes it. */
const withDatabase = async <Result>(
  store: CentralStore,
  work: (db: CentralDatabase) => Promise<Result>,
): Promise<Result> => {
  const log = store.log ?? silentLog;
  const opened = await openStore(store, 'guest');
  const db = new CentralDatabase(opened.url, log);
  try {
    await checkServer(db);
    await migrate(opened.url, log);
    return await work(db);
  } finally {
    await db.close();
    await opened.close();
  }
};

/** Makes a fresh enrolment code, and the tenant and store that are not there. Works while central runs. */
export const centralCode = (store: CentralStore, names: Partial<CodeWish> = {}): Promise<string> =>
  withDatabase(store, (db) => createCode(db, { ...defaultNames, ...names }, store.ports));

/**
 * Makes a token for the back office of a tenant, and the tenant if it is not there. It is stored as a hash and can be
 * shown only this once; whoever loses it makes another. Works while central runs.
 */
export const centralAdmin = (store: CentralStore, tenant = defaultNames.tenant): Promise<string> =>
  withDatabase(store, (db) => createAdminToken(db, tenant, store.ports));

/** Who is made an owner of a tenant's back office. */
export interface FirstOwner {
  readonly tenant?: string;
  readonly username: string;
  readonly password: string;
}

/**
 * Makes somebody an owner of the back office of a tenant, made if it is not there, or gives the one who has the username
 * another password. Works while central runs.
 * @throws Problem REQUEST_INVALID or PASSWORD_WEAK
 */
export const centralOwner = (store: CentralStore, owner: FirstOwner): Promise<void> =>
  withDatabase(store, async (db) => {
    const { tenant = defaultNames.tenant, username, password } = owner;
    const user = readBody(newUserSchema, { username, name: username, role: 'owner', password });
    checkPassword(user.password, user.username);
    const { tenant_id } = await ensureTenant(db, tenant, store.ports);
    await ensureOwner(db, tenant_id, user, store.ports);
  });

/**
 * Rebuilds the read models of a tenant from the raw events, while central runs, and puts right what differs.
 * @throws NoTenant, RebuildFault
 */
export const centralRebuild = (store: CentralStore, tenant: string): Promise<readonly RebuiltReadModel[]> =>
  withDatabase(store, async (db) => {
    const known = (await listTenants(db)).find(({ name }) => name === tenant);
    if (!known) throw new NoTenant(`There is no company “${tenant}” here. Nothing was changed.`);
    const { ports, log = silentLog } = store;
    return rebuildReadModels({ db, ports, log }, known.tenant_id);
  });

/** Names a terminal of a company, on the command line. */
export interface TerminalName {
  readonly tenant: string;
  readonly terminal_id: string;
}

/** Takes every token of a terminal out of use. Works while central runs. @throws Problem TERMINAL_UNKNOWN */
export const centralRevoke = (store: CentralStore, name: TerminalName): Promise<void> =>
  withTerminal(store, name, (db, by) => revokeTerminal(db, by, name.terminal_id, store.ports));

/**
 * Asks a terminal to take another token. Works while central runs.
 * @throws Problem TERMINAL_UNKNOWN, TERMINAL_REVOKED
 */
export const centralRotate = (store: CentralStore, name: TerminalName): Promise<void> =>
  withTerminal(store, name, (db, by) => askForRotation(db, by, name.terminal_id, store.ports));

/**
 * Certifies that the log of a terminal is complete on a business date. Works while central runs.
 * @throws Problem TERMINAL_UNKNOWN, DAY_UNKNOWN, CERTIFICATE_REFUSED
 */
export const centralCertificate = (
  store: CentralStore,
  name: TerminalName,
  business_date: string,
): Promise<SignedCertificate> =>
  withTerminal(store, name, (db, { tenant_id }) =>
    issueCertificate(db, { tenant_id, terminal_id: name.terminal_id, business_date }, store.ports),
  );

/**
 * The public keys that sign the certificates of a company, the newest first. Works while central runs.
 * @param rotate whether another key signs from now on
 * @throws NoTenant
 */
export const centralCertificateKeys = (
  store: CentralStore,
  tenant: string,
  rotate: boolean,
): Promise<readonly CertificateKey[]> =>
  withDatabase(store, async (db) => {
    const known = (await listTenants(db)).find(({ name }) => name === tenant);
    if (!known) throw new NoTenant(`There is no company “${tenant}” here. Nothing was changed.`);
    if (rotate) await rotateCertificateKey(db, known.tenant_id, store.ports);
    return listCertificateKeys(db, known.tenant_id);
  });

const withTerminal = <Result>(
  store: CentralStore,
  { tenant, terminal_id }: TerminalName,
  work: (db: CentralDatabase, by: Actor) => Promise<Result>,
): Promise<Result> =>
  withDatabase(store, async (db) => {
    const found = (await listTenants(db)).find(({ name }) => name === tenant);
    if (!found) throw new Problem(404, 'TERMINAL_UNKNOWN', `Central knows no company “${tenant}”.`);
    if (!isUuid(terminal_id)) throw new Problem(404, 'TERMINAL_UNKNOWN', 'The id of a terminal is a UUID.');
    return work(db, { tenant_id: found.tenant_id, actor: 'command line' });
  });

/** What shall be archived of a company, and where to. */
export type ArchiveOrder = Omit<ArchiveWish, 'terminal_id'> & {
  readonly tenant: string;
  readonly terminal_id?: string;
};

/**
 * Archives old events of one terminal of a company, or of every one. What is refused of one does not keep the others back.
 * Works while central runs.
 * @returns how many were refused
 * @throws NoTenant
 */
export const centralArchive = (
  store: CentralStore,
  files: ArchiveFiles,
  { tenant, terminal_id, ...wish }: ArchiveOrder,
  say: (text: string) => void,
): Promise<number> =>
  withDatabase(store, async (db) => {
    const known = (await listTenants(db)).find(({ name }) => name === tenant);
    if (!known) throw new NoTenant(`There is no company “${tenant}” here. Nothing was changed.`);
    const { tenant_id } = known;
    const by = { tenant_id, actor: 'command line' };
    let refused = 0;
    for (const id of await terminalsOf(db, tenant_id, terminal_id)) {
      try {
        const done = await archiveTerminal({ db, ports: store.ports, files }, by, { ...wish, terminal_id: id });
        say(`${id}: ${done ? `events 1 to ${String(done.to_seq)} are in ${done.file}` : 'nothing to archive'}\n`);
      } catch (cause) {
        if (!(cause instanceof ArchiveRefused)) throw cause;
        refused += 1;
        say(`${id}: ${cause.message} Nothing was removed.\n`);
      }
    }
    return refused;
  });

const terminalsOf = async (db: CentralDatabase, tenant_id: string, wanted?: string): Promise<readonly string[]> => {
  const rows = await read<{ terminal_id: string }>(
    db,
    tenant_id,
    'SELECT terminal_id FROM terminals WHERE tenant_id = $1 AND ($2::text IS NULL OR terminal_id::text = $2) ORDER BY 1',
    [wanted ?? null],
  );
  if (wanted !== undefined && rows.length === 0) {
    throw new Problem(404, 'TERMINAL_UNKNOWN', 'There is no such terminal.');
  }
  return rows.map(({ terminal_id }) => terminal_id);
};

/** Puts the texts of an archived log back. Works while central runs. @throws ArchiveRefused */
export const centralUnarchive = (store: CentralStore, files: ArchiveFiles, file: string): Promise<Unarchived> =>
  withDatabase(store, (db) => unarchiveFile({ db, ports: store.ports, files }, file, 'command line'));

/** Brings the database to the present schema and does nothing else. */
export const centralMigrate = (store: CentralStore): Promise<void> =>
  withDatabase(store, () => Promise.resolve(undefined));

/** Publishes a catalog for a tenant. Works while central runs. @returns its version */
export const centralPublish = (store: CentralStore, tenant_id: string, content: CatalogContent): Promise<number> =>
  withDatabase(store, (db) => publishCatalog(db, tenant_id, content, store.ports));
