import type { Clock, Log } from '../ports.js';
import { appRole, type CentralDatabase, directoryRole, isOutage } from './database.js';

/** PostgreSQL 15, as its `server_version_num` says. */
const versionMin = 150_000;

/** The database cannot keep what central promises, so central does not start. */
export class UnsafeDatabase extends Error {
  override readonly name = 'UnsafeDatabase';
}

/** A database that does not answer at the start is waited for so long, in ms: it may be starting, too. */
const startMsMax = 60_000;
const pauseMs = 500;

/**
 * Does what is done with the database at the start, again from its beginning where the database is away.
 * @throws what was wrong in the end
 */
export const whenThere = async (work: () => Promise<void>, clock: Clock, log: Log): Promise<void> => {
  const from = clock.monotonic();
  for (let isDone = false; !isDone;) {
    try {
      await work();
      isDone = true;
    } catch (cause) {
      if (!isOutage(cause) || clock.monotonic() - from > startMsMax) throw cause;
      if (cause instanceof Error) log.warn({ reason: cause.message }, 'the database does not answer yet');
      await clock.sleep(pauseMs);
    }
  }
};

/**
 * Checks, before anything is made in it, that a commit of this database survives a power cut, and that whoever works with it
 * is bound by row-level security.
 * @throws UnsafeDatabase that says what to change
 */
export const checkServer = async (db: CentralDatabase): Promise<void> => {
  const [found] = await db.look(
    `SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
       current_setting('synchronous_commit') AS synchronous_commit, current_setting('server_version_num')::int AS version`,
  );
  for (const name of ['fsync', 'full_page_writes', 'synchronous_commit']) {
    // Waiting for a standby to apply the commit promises even more than waiting for the disk.
    if (found?.[name] === 'on' || (name === 'synchronous_commit' && found?.[name] === 'remote_apply')) continue;
    throw new UnsafeDatabase(
      `PostgreSQL runs with ${name} = ${String(found?.[name])}: what was acknowledged could be lost in a power cut. ` +
        `Set it to on.`,
    );
  }
  if (Number(found?.['version']) < versionMin) {
    throw new UnsafeDatabase('This PostgreSQL is too old: tillog needs version 15 or newer.');
  }
  await checkRoles(db);
};

/** Checks, once at start, that the tables of this database keep tenants apart. @throws UnsafeDatabase */
export const checkTables = async (db: CentralDatabase): Promise<void> => {
  const open = await db.look(
    `SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
     WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)`,
  );
  if (open.length > 0) {
    throw new UnsafeDatabase(`The table ${String(open[0]?.['relname'])} is not guarded by forced row-level security.`);
  }
};

const checkRoles = async (db: CentralDatabase): Promise<void> => {
  const [mighty] = await db.look(
    `SELECT rolname FROM pg_roles WHERE (rolsuper OR rolbypassrls)
     AND rolname IN ('${appRole}', '${directoryRole}', session_user)`,
  );
  if (!mighty) return;
  const role = String(mighty['rolname']);
  throw new UnsafeDatabase(
    `The role ${role} goes past row-level security, which keeps companies apart. Give central a role of its own, which ` +
      `owns its database, or take that right away: ALTER ROLE ${role} NOSUPERUSER NOBYPASSRLS.`,
  );
};
