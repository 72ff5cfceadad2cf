import type { TillEvent } from '../domain/event.js';
import type { AnyProjection, Cell, Cells } from './projection.js';

/** What a table writer needs of a PostgreSQL connection; a client of `pg` is one. */
export interface Queryable {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: Record<string, unknown>[] }>;
}

/** The definition of a read model's table: the tenant leads its key, so that it can be distributed by tenant. */
export const postgresTable = (projection: AnyProjection, table = projection.table): string => {
  const columns = Object.entries(projection.columns).map(([name, { type, says }]) => {
    const kind = type === 'integer' ? 'bigint' : type;
    return `  ${name} ${kind}${name === projection.key ? ' NOT NULL' : ''}, -- ${says}`;
  });
  const key = `  PRIMARY KEY (tenant_id, ${projection.key})`;
  const indexes = projection.indexes.map(
    (column) => `CREATE INDEX IF NOT EXISTS ${table}_by_${column} ON ${table} (tenant_id, ${column});`,
  );
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (`,
    '  tenant_id uuid NOT NULL,',
    ...columns,
    key,
    ');',
    ...indexes,
  ].join('\n');
};

/**
 * Folds events into one read model's table, oldest first, with one read and one write however many rows they touch.
 * Must be inside a transaction in which nobody else folds events of the same terminal.
 */
export const foldIntoPostgres = async (
  db: Queryable,
  tenant_id: string,
  projection: AnyProjection,
  events: readonly TillEvent[],
): Promise<void> => {
  const keys = [...new Set(events.flatMap((event) => projection.keys(event)))];
  if (keys.length === 0) return;
  if (projection.spansTerminals) await lockRows(db, tenant_id, projection, keys);
  const rows = await readRows(db, tenant_id, projection, keys);
  for (const event of events) {
    for (const key of projection.keys(event)) rows.set(key, projection.reduce(rows.get(key), event, key));
  }
  await writeRows(db, tenant_id, projection, [...rows.values()]);
};

/** A row that is not there yet cannot be locked itself, and two terminals would both begin it. */
const lockRows = (
  db: Queryable,
  tenant_id: string,
  { table }: AnyProjection,
  keys: readonly string[],
): Promise<unknown> =>
  db.query(
    `SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || $2 || '/' || key, 42))
     FROM (SELECT key FROM unnest($3::text[]) AS key ORDER BY key) AS sorted`,
    [tenant_id, table, keys],
  );

const readRows = async (
  db: Queryable,
  tenant_id: string,
  projection: AnyProjection,
  keys: readonly string[],
): Promise<Map<string, Cells>> => {
  const { rows } = await db.query(
    `SELECT * FROM ${projection.table} WHERE tenant_id = $1 AND ${projection.key} = ANY($2::text[])`,
    [tenant_id, keys],
  );
  return new Map(rows.map((row) => [String(row[projection.key]), readPostgresCells(projection, row)]));
};

/** A row as `pg` gives it, with integers as numbers. JSON columns are parsed by the driver. */
export const readPostgresCells = (projection: AnyProjection, row: Readonly<Record<string, unknown>>): Cells =>
  Object.fromEntries(
    Object.entries(projection.columns).map(([name, { type }]): [string, Cell] => {
      const value = row[name];
      if (value === null || value === undefined) return [name, null];
      return [name, type === 'integer' ? Number(value) : value];
    }),
  );

const writeRows = async (
  db: Queryable,
  tenant_id: string,
  projection: AnyProjection,
  rows: readonly Cells[],
): Promise<void> => {
  const columns = Object.entries(projection.columns);
  const names = columns.map(([name]) => name);
  const arrays = columns.map(
    ([, { type }], index) => `$${String(index + 2)}::${type === 'integer' ? 'bigint' : 'text'}[]`,
  );
  const casts = columns.map(([name, { type }]) => (type === 'json' ? `${name}::json` : name));
  const others = names.filter((name) => name !== projection.key);
  await db.query(
    `INSERT INTO ${projection.table} (tenant_id, ${names.join(', ')}) ` +
      `SELECT $1, ${casts.join(', ')} FROM unnest(${arrays.join(', ')}) AS incoming (${names.join(', ')}) ` +
      `ON CONFLICT (tenant_id, ${projection.key}) DO UPDATE SET ${others.map((name) => `${name} = excluded.${name}`).join(', ')}`,
    [tenant_id, ...columns.map(([name, { type }]) => rows.map((row) => storeCell(type, row[name])))],
  );
};

const storeCell = (type: string, cell: Cell | undefined): string | number | null => {
  if (cell === null || cell === undefined) return null;
  return type === 'json' ? JSON.stringify(cell) : (cell as string | number);
};
