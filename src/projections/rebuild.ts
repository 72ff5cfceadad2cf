import { readText } from '../events/envelope.js';
import type { EventLog } from '../events/log.js';
import type { Sqlite } from '../events/sqlite.js';
import type { AnyProjection } from './projection.js';
import { SqliteTable, sqliteTable } from './sqlite-tables.js';

/** What a rebuild of one read model found. */
export interface RebuiltTable {
  readonly table: string;
  readonly rows: number;
  /** Rows that differed from the live ones, were missing among them or too many; 0 when all was right. */
  readonly differing: number;
}

/** So many events are folded before the rows are written, to bound the memory. */
const eventsAtOnce = 500;

/**
 * Rebuilds the read models from the log into fresh tables, compares them row by row with the live ones, and puts them
 * in their place; all in one transaction.
 *
 * @param onProgress is told how many events have been folded
 */
export const rebuild = (
  db: Sqlite,
  log: EventLog,
  projections: readonly AnyProjection[],
  onProgress: (events: number) => void = () => undefined,
): readonly RebuiltTable[] =>
  db
    .transaction(() => {
      const fresh = projections.map((projection) => {
        const table = `${projection.table}_rebuilt`;
        db.exec(sqliteTable({ ...projection, indexes: [] }, table));
        return { projection, table, writer: new SqliteTable(db, projection, table) };
      });
      for (let after = 0; ;) {
        const events = log.read(after, eventsAtOnce).map((row) => readText(row.envelope));
        const last = events.at(-1);
        if (!last) break;
        for (const { writer } of fresh) writer.apply(events);
        after = last.seq;
        onProgress(after);
      }
      return fresh.map(({ projection, table }) => replace(db, projection, table));
    })
    .immediate();

const replace = (db: Sqlite, { table }: AnyProjection, rebuilt: string): RebuiltTable => {
  const count = (sql: string): number => (db.prepare(sql).get() as { n: number }).n;
  const missing = count(`SELECT count(*) AS n FROM (SELECT * FROM ${rebuilt} EXCEPT SELECT * FROM ${table})`);
  const extra = count(`SELECT count(*) AS n FROM (SELECT * FROM ${table} EXCEPT SELECT * FROM ${rebuilt})`);
  const rows = count(`SELECT count(*) AS n FROM ${rebuilt}`);
  db.exec(`DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM ${rebuilt}; DROP TABLE ${rebuilt};`);
  return { table, rows, differing: Math.max(missing, extra) };
};
