import { printTables } from './print-queue.js';
import { drawerTables } from './pulse-journal.js';
import { catalogTables } from '../catalog/catalog-tables.js';
import { type EventLog, logTables } from '../events/log.js';
import { openDurably, type Sqlite } from '../events/sqlite.js';
import { forgetVerdicts, outboxTables } from '../outbox/outbox.js';
import { terminalReadModels } from '../projections/read-models.js';
import { rebuild } from '../projections/rebuild.js';
import { sqliteTable } from '../projections/sqlite-tables.js';
import { answersTable } from './known-commands.js';
import { receiptsView } from './receipts-in-log.js';
import { stockTables } from './stock-levels.js';

/** The version of the tables below, kept in `PRAGMA user_version`. */
export const schemaVersion = 1;

const salesView = `
CREATE VIEW IF NOT EXISTS sales AS
  SELECT r.local_id,
         v.remote_id,
         json_extract(e.envelope, '$.tenant_id') AS tenant_id,
         r.terminal_id,
         r.total_minor AS total_amount,
         r.occurred_at AS created_at,
         v.synced_at
    FROM receipts r JOIN events e ON e.seq = r.seq LEFT JOIN verdicts v ON v.seq = r.seq
   WHERE r.kind = 'sale' AND r.training = 0;
`;

/** The database was made by a newer program. */
export class NewerDatabase extends Error {
  override readonly name = 'NewerDatabase';
}

/**
 * Opens a terminal's database and makes what is not there, in one transaction.
 * @throws NewerDatabase, UnsafeDatabase
 */
export const openTerminalDatabase = (path: string): Sqlite => {
  const db = openDurably(path);
  try {
    const version = db.pragma('user_version', { simple: true }) as number;
    if (version > schemaVersion) {
      throw new NewerDatabase(
        `${path} was made by a newer tillog (tables ${version}). Use that one; nothing was changed.`,
      );
    }
    db.transaction(() => {
      db.exec(
        [
          logTables,
          outboxTables,
          catalogTables,
          answersTable,
          printTables,
          drawerTables,
          stockTables,
          ...terminalReadModels.map((model) => sqliteTable(model)),
          receiptsView,
          salesView,
        ].join('\n'),
      );
      db.pragma(`user_version = ${schemaVersion}`);
    }).immediate();
    return db;
  } catch (cause) {
    db.close();
    throw cause;
  }
};

/**
 * Takes out of the other tables what they know of events that are gone from the log, whose positions the next events
 * take, and folds the read models again. Must be inside a transaction.
 */
export const forgetLostEvents = (db: Sqlite, log: EventLog): void => {
  const last = log.head?.seq ?? 0;
  for (const table of ['heads', 'answers', 'print_jobs']) db.prepare(`DELETE FROM ${table} WHERE seq > ?`).run(last);
  forgetVerdicts(db, last);
  rebuild(db, log, terminalReadModels);
};
