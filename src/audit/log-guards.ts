import { logTables, logTriggers } from '../events/log.js';
import type { Sqlite } from '../events/sqlite.js';
import type { Fault } from './finding.js';

/** What is missing of the triggers, constraints and tables that keep a log in SQLite append-only. */
export const guardFaults = (db: Sqlite): readonly Fault[] => [
  ...logTriggers.flatMap((name) => triggerFault(db, name)),
  ...uniqueFaults(db),
  ...(hasHeads(db) ? [] : missing('the table heads is missing or not whole, so no signature can be checked')),
];

/** Whether the database has the signed heads, with every column that a head is read from. */
export const hasHeads = (db: Sqlite): boolean => {
  const columns = columnsOf(db, 'heads');
  return hasTable(db, 'heads') && ['epoch', 'seq', 'hash', 'signature'].every((column) => columns.has(column));
};

/** Whether the database has a table (not a view) of this name. */
export const hasTable = (db: Sqlite, name: string): boolean =>
  db.prepare<[string], 1>("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !== undefined;

/** The columns of a table; empty when there is no such table. */
export const columnsOf = (db: Sqlite, table: string): ReadonlySet<string> =>
  new Set(
    db
      .prepare<[string], { name: string }>('SELECT name FROM pragma_table_info(?)')
      .all(table)
      .map(({ name }) => name),
  );

const missing = (detail: string): readonly Fault[] => [{ code: 'GUARD_MISSING', detail }];

const triggerFault = (db: Sqlite, name: string): readonly Fault[] => {
  const found = db
    .prepare<[string], { sql: string }>(
      "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'events' AND name = ?",
    )
    .get(name);
  if (!found) return missing(`the trigger ${name} is missing: the log can be changed through SQL`);
  const expected = createdTriggers.get(name);
  return expected === undefined || bare(found.sql) === expected
    ? []
    : missing(`the trigger ${name} is not the one that tillog makes`);
};

/** The text of a trigger without what SQLite and people write differently. */
const bare = (sql: string): string =>
  sql
    .replace(/^CREATE TRIGGER (IF NOT EXISTS )?/iu, '')
    .replace(/;\s*$/u, '')
    .replace(/\s+/gu, ' ')
    .trim();

const createdTriggers: ReadonlyMap<string, string> = new Map(
  [...logTables.matchAll(/CREATE TRIGGER IF NOT EXISTS (\w+)[\s\S]*?END;/gu)].map(([sql, name = '']) => [
    name,
    bare(sql),
  ]),
);

const uniqueFaults = (db: Sqlite): readonly Fault[] => {
  const unique = new Set(
    db
      .prepare<[], { columns: string; whole: number }>(
        `SELECT list.partial = 0 AS whole, group_concat(info.name) AS columns
         FROM pragma_index_list('events') AS list, pragma_index_info(list.name) AS info
         WHERE list."unique" = 1 GROUP BY list.name`,
      )
      .all()
      .filter(({ whole }) => whole === 1)
      .map(({ columns }) => columns),
  );
  const { key } = db
    .prepare("SELECT group_concat(name || ' ' || type) AS key FROM pragma_table_info('events') WHERE pk > 0")
    .get() as { key: string | null };
  return ['local_id', 'seq']
    .filter((column) => !unique.has(column) && key !== `${column} INTEGER`)
    .flatMap((column) => missing(`nothing keeps ${column} unique in the table events`));
};
