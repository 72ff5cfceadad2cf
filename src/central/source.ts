import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { SignedHead } from '../events/signature.js';
import { keptHashes, newestArchive } from './archives.js';
import { signingKey } from './certificate-keys.js';
import { CentralDatabase } from './database.js';
import { openEmbeddedPostgres } from './embedded-postgres.js';
import { silentLog } from '../ports.js';
import { type CentralLogRow, forksOf, read, rowsAfter } from './log-rows.js';
import { findPostmaster } from './postgres-server.js';
import type { CentralStore } from './program.js';
import { listTenants } from './tenants.js';

/** What central keeps of the events of a log whose texts lie in a file. */
export interface ArchivedPart {
  readonly to_seq: number;
  /** Of the event at `to_seq`, as central keeps it beside the event; empty when it is gone. */
  readonly head_hash: string;
  /** YYYY-MM-DD: every session of a later business date is among the rows. */
  readonly last_date: string;
  /** Whether the hashes of all of them are kept as they were. */
  readonly is_intact: boolean;
  readonly checkpoint: string;
  readonly file_name: string;
  readonly file_sha256: string;
}

/** The log of one terminal, as central holds it. */
export interface CentralLog {
  readonly terminal_id: string;
  readonly tenant_id: string;
  /** Base64 SPKI, as the terminal enrolled with it. */
  readonly public_key: string;
  /** Central has no witness besides the signed heads. */
  readonly anchors: readonly never[];
  /** The first part of the log, whose texts lie in a file; left out while there is none. */
  readonly archived?: ArchivedPart;
  /**
   * What central holds of each position, by epoch and then seq: the event, or the refused text where there is none, so
   * that whoever reads it sees for himself why it was refused.
   */
  rows(): AsyncIterable<readonly CentralLogRow[]>;
  /** Events that dispute a position of {@link rows}. By epoch and then seq. */
  forks(): AsyncIterable<readonly CentralLogRow[]>;
  /** The newest signed head of each epoch whose event central was given. By epoch. */
  heads(): AsyncIterable<readonly SignedHead[]>;
}

/** A central's database, as the auditor reads it. */
export interface CentralSource {
  /** A path or an address without secrets. */
  readonly name: string;
  /** The logs of every tenant, in a stable order. */
  terminals(): Promise<readonly CentralLog[]>;
  /** Nothing: central looks after its own guards at every start. */
  defects(): Promise<readonly never[]>;
  /** The private key with which a company seals its bundles: PKCS 8 in PEM. */
  sealingKey(tenant_id: string): Promise<string>;
  /** Lets go of the database and removes what was made to read it. */
  close(): Promise<void>;
}

interface Known {
  readonly tenant_id: string;
  readonly terminal_id: string;
  readonly public_key: string;
}

/**
 * Opens a central's database for reading: its running PostgreSQL, or, where none runs, one started on a private copy of
 * the folder, so that nothing is written into it.
 */
export const openCentralSource = async (store: CentralStore): Promise<CentralSource> => {
  const { dataDir, databaseUrl } = store;
  if (databaseUrl !== undefined) {
    const source = sourceOver(databaseUrl, withoutSecrets(databaseUrl), () => Promise.resolve());
    try {
      await source.terminals();
      return source;
    } catch (cause) {
      await source.close();
      throw cause;
    }
  }
  if (dataDir === undefined) throw new Error('Name a data folder of central, or the address of its database.');
  const running = await findPostmaster(join(dataDir, 'postgres', 'data'));
  const copy = running ? undefined : await copyOf(dataDir);
  const removeCopy = async (): Promise<void> => {
    if (copy !== undefined) await rm(copy, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const postgres = await openEmbeddedPostgres({
      dataDir: copy ?? dataDir,
      role: copy === undefined ? 'guest' : 'owner',
      randomBytes: (count) => store.ports.randomness.bytes(count),
      sleep: (ms) => store.ports.clock.sleep(ms),
    });
    return sourceOver(postgres.url, dataDir, async () => {
      await postgres.stop();
      await removeCopy();
    });
  } catch (cause) {
    await removeCopy();
    throw cause;
  }
};

const withoutSecrets = (databaseUrl: string): string => {
  const { protocol, host, pathname } = new URL(databaseUrl);
  return `${protocol}//${host}${pathname}`;
};

const copyOf = async (dataDir: string): Promise<string> => {
  const copy = await mkdtemp(join(tmpdir(), 'tillog-audit-'));
  // Who uses the original, and the process that ran on it, say nothing about the copy.
  const isAbout = (path: string): boolean => !['users', 'postmaster.pid'].includes(basename(path));
  await cp(join(dataDir, 'postgres'), join(copy, 'postgres'), {
    recursive: true,
    filter: isAbout,
    preserveTimestamps: true,
  });
  return copy;
};

const sourceOver = (url: string, name: string, close: () => Promise<void>): CentralSource => {
  const db = new CentralDatabase(url, silentLog);
  return {
    name,
    terminals: async () => Promise.all((await knownTerminals(db)).map((known) => logOf(db, known))),
    defects: () => Promise.resolve([]),
    sealingKey: (tenant_id) => db.inTenant(tenant_id, (transaction) => signingKey(transaction, tenant_id)),
    close: async () => {
      await db.close();
      await close();
    },
  };
};

const knownTerminals = async (db: CentralDatabase): Promise<readonly Known[]> => {
  const known: Known[] = [];
  for (const { tenant_id } of await listTenants(db)) {
    known.push(
      ...(await read<Known>(
        db,
        tenant_id,
        'SELECT tenant_id, terminal_id, public_key FROM terminals WHERE tenant_id = $1 ORDER BY terminal_id',
        [],
      )),
    );
  }
  return known;
};

const archivedPart = (db: CentralDatabase, known: Known): Promise<ArchivedPart | undefined> =>
  db.inTenant(known.tenant_id, async (transaction) => {
    const archive = await newestArchive(transaction, known);
    if (!archive) return undefined;
    const { to_seq, last_date, checkpoint, file_name, file_sha256, hashes_sha256 } = archive;
    const kept = await keptHashes(transaction, known, to_seq);
    const { rows } = await transaction.query<{ hash: string }>(
      'SELECT hash FROM events WHERE tenant_id = $1 AND terminal_id = $2 AND epoch = 1 AND seq = $3',
      [known.tenant_id, known.terminal_id, to_seq],
    );
    const is_intact = kept.count === to_seq && kept.sha256 === hashes_sha256;
    return { to_seq, last_date, head_hash: rows[0]?.hash ?? '', is_intact, checkpoint, file_name, file_sha256 };
  });

const logOf = async (db: CentralDatabase, known: Known): Promise<CentralLog> => {
  const { tenant_id, terminal_id, public_key } = known;
  const archived = await archivedPart(db, known);
  const heads = async function* (): AsyncGenerator<readonly SignedHead[]> {
    yield await read<SignedHead>(
      db,
      tenant_id,
      'SELECT epoch, seq, hash, signature FROM heads WHERE tenant_id = $1 AND terminal_id = $2 ORDER BY epoch',
      [terminal_id],
    );
  };
  return {
    terminal_id,
    tenant_id,
    public_key,
    anchors: [],
    ...(archived ? { archived } : {}),
    rows: () => rowsAfter(db, known, archived ? { epoch: 1, seq: archived.to_seq } : { epoch: 0, seq: 0 }),
    forks: () => forksOf(db, known),
    heads,
  };
};
