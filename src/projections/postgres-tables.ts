import type { TillEvent } from '../domain/event.js';
import { type PreparedStatement, postgresArray, prepared } from './prepared-statement.js';
import type { AnyProjection, Cell, Cells, Column, Merge, Projection } from './projection.js';

/** What a table writer needs of a PostgreSQL connection; a client of `pg` is one. */
export interface Queryable {
  query(
    statement: PreparedStatement & { readonly values: unknown[] },
  ): Promise<{ readonly rows: Record<string, unknown>[] }>;
}

/** So much of a page is filled at first, in percent: a row that is written again and again finds room beside itself. */
const fillfactor = 70;

/** The definition of a read model's tables: the tenant leads their keys, so that they can be distributed by tenant. */
export const postgresTable = (projection: AnyProjection, table = projection.table): string => {
  const columns = Object.entries(projection.columns).map(
    ([name, column]) =>
      // Keys are compared by their bytes, whatever the language of the database: that is quicker, and the same everywhere.
      `  ${name} ${kindOf(column)}${name === projection.key ? ' COLLATE "C" NOT NULL' : ''}, -- ${column.says}`,
  );
  const key = `  PRIMARY KEY (tenant_id, ${projection.key})`;
  const end = projection.rowPerEvent ? ');' : `) WITH (fillfactor = ${String(fillfactor)});`;
  const indexes = projection.indexes.map(
    (column) => `CREATE INDEX IF NOT EXISTS ${table}_by_${column} ON ${table} (tenant_id, ${column});`,
  );
  return [`CREATE TABLE IF NOT EXISTS ${table} (`, '  tenant_id uuid NOT NULL,', ...columns, key, end, ...indexes]
    .concat(projection.merges ? unmergedDefinition({ ...projection, table }) : [])
    .join('\n');
};

const kindOf = ({ type }: Column): string => (type === 'integer' ? 'bigint' : type);

/**
 * The table of what batches came to that is not put onto the rows of the read model yet; there is one where rows merge.
 * One row for a whole batch takes a third of the time that touching each of its rows does.
 */
export const unmergedTable = ({ table }: Pick<AnyProjection, 'table'>): string => `${table}_unmerged`;

/** The names of a read model's tables. */
export const postgresTables = (projection: AnyProjection): readonly string[] =>
  projection.merges ? [projection.table, unmergedTable(projection)] : [projection.table];

/** Once a terminal has so many of them, they are put onto the rows. */
const unmergedMax = 16;

const unmergedDefinition = (projection: AnyProjection): readonly string[] => [
  `CREATE TABLE IF NOT EXISTS ${unmergedTable(projection)} (`,
  '  tenant_id uuid NOT NULL,',
  '  sent_by uuid NOT NULL, -- the terminal whose batch it was',
  '  row_id uuid NOT NULL, -- made by PostgreSQL',
  ...Object.entries(projection.columns).map(
    ([name, column]) => `  ${name} ${kindOf(column)}[], -- ${column.says}; of each row`,
  ),
  '  PRIMARY KEY (tenant_id, sent_by, row_id)',
  ');',
];

/** SQL of all that a read model that merges holds of the company $1: a key may be there several times. */
export const rowsWithUnmerged = (projection: AnyProjection): string => {
  const names = Object.keys(projection.columns).join(', ');
  return `(SELECT ${names} FROM ${projection.table} WHERE tenant_id = $1
    UNION ALL SELECT ${heldBy(projection)} WHERE batch.tenant_id = $1)`;
};

/** What batches came to, row by row: columns and source. A column that holds nothing in a whole batch is empty there. */
const heldBy = ({ columns, merges, table }: AnyProjection, source = unmergedTable({ table })): string => {
  const names = Object.keys(columns);
  const values = names.map((name) =>
    merges?.[name] === 'sum' ? `coalesce(held.${name}, 0) AS ${name}` : `held.${name}`,
  );
  return `${values.join(', ')} FROM ${source} AS batch
    CROSS JOIN LATERAL unnest(${names.map((name) => `batch.${name}`).join(', ')}) AS held (${names.join(', ')})`;
};

/**
 * Puts what batches came to onto the rows of a read model. Nobody else may be folding events of the terminal.
 * @param sent_by the terminal whose batches are meant; those of all where it is null
 */
export const mergeUnmerged = (
  db: Queryable,
  tenant_id: string,
  projection: AnyProjection,
  sent_by: string | null,
): Promise<unknown> => db.query({ ...statementsOf(projection).merge, values: [tenant_id, sent_by] });

/** A read model and those of its rows that events touch. */
interface Fold {
  readonly projection: AnyProjection;
  readonly rows: Map<string, Cells>;
}

/** How events are folded into tables. */
export interface FoldingParts {
  /** Inside a transaction in which nobody else folds events of the same terminal. */
  readonly db: Queryable;
  readonly tenant_id: string;
  readonly projections: readonly AnyProjection[];
  /** Takes each statement, which was sent and is not waited for. */
  readonly onSent: (statement: Promise<unknown>) => void;
  /**
   * Set where none of the events was ever folded before, as far as that is known: one that was fails then. Looking whether
   * its row is there would cost a third of writing it.
   */
  readonly fresh?: FreshEvents;
}

/** Events that were never folded before. */
export interface FreshEvents {
  readonly terminal_id: string;
  /** How many batches of the terminal wait to be put onto the rows of each read model that merges. */
  readonly unmergedCount: number;
}

/**
 * Folds events into the tables of read models. They come in parts, oldest first; of what only one event touches each part
 * is written at once, so that the database is at work on it while the next part is looked at.
 */
export class Folding {
  private readonly events: TillEvent[] = [];
  private readonly folds: readonly Fold[];
  private readonly reads: Promise<void>[] = [];
  private readonly asked = new Set<string>();

  constructor(private readonly parts: FoldingParts) {
    this.folds = parts.projections.map((projection) => ({ projection, rows: new Map() }));
  }

  /** Asks for the rows that the events touch, with at most one statement a table, and writes those that only they touch. */
  add(events: readonly TillEvent[]): void {
    for (const event of events) this.events.push(event);
    for (const fold of this.folds) {
      const { rowPerEvent, merges, spansTerminals } = fold.projection;
      if (rowPerEvent) this.write(fold, events);
      else if (!merges && !spansTerminals) this.read(fold, events);
    }
  }

  /**
   * Folds them into all other rows, with at most one write a table however many rows they touch. Each is sent as soon as its
   * table is folded, so that the database is at work on it while the next one is.
   */
  async finish(): Promise<void> {
    // All at once, in one order: two terminals that lock the same rows part by part could wait for each other for ever.
    for (const fold of this.folds) if (fold.projection.spansTerminals) this.read(fold, this.events);
    await Promise.all(this.reads);
    for (const fold of this.folds) if (!fold.projection.rowPerEvent) this.write(fold, this.events);
    const { db, tenant_id, projections, fresh, onSent } = this.parts;
    if (!fresh || fresh.unmergedCount < unmergedMax) return;
    for (const projection of projections) {
      if (projection.merges) onSent(mergeUnmerged(db, tenant_id, projection, fresh.terminal_id));
    }
  }

  /** The rows as they stand. What the events come to is put onto those that merge where they lie. */
  private read({ projection, rows }: Fold, events: readonly TillEvent[]): void {
    const { db, tenant_id, onSent } = this.parts;
    const { table } = projection;
    const keys = [...new Set(events.flatMap((event) => projection.keys(event)))].filter(
      (key) => !this.asked.has(`${table} ${key}`),
    );
    if (keys.length === 0) return;
    for (const key of keys) this.asked.add(`${table} ${key}`);
    if (projection.spansTerminals) onSent(db.query({ ...lockRows, values: [tenant_id, table, keys] }));
    const reading = db.query({ ...statementsOf(projection).read, values: [tenant_id, keys] }).then((found) => {
      for (const row of found.rows) rows.set(String(row[projection.key]), readPostgresCells(projection, row));
    });
    onSent(reading);
    this.reads.push(reading);
  }

  private write(fold: Fold, events: readonly TillEvent[]): void {
    const { projection } = fold;
    const rows = projection.rowPerEvent ? new Map<string, Cells>() : fold.rows;
    for (const event of events) {
      for (const key of projection.keys(event)) rows.set(key, projection.reduce(rows.get(key), event, key));
    }
    if (rows.size > 0) this.parts.onSent(writeRows(this.parts, projection, [...rows.values()]));
  }
}

/** A row that is not there yet cannot be locked itself, and two terminals would both begin it. */
const lockRows = prepared(
  `SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || $2 || '/' || key, 42))
   FROM (SELECT key FROM unnest($3::text[]) AS key ORDER BY key) AS sorted`,
);

const writeRows = (
  { db, tenant_id, fresh }: FoldingParts,
  projection: AnyProjection,
  cells: readonly Cells[],
): Promise<unknown> => {
  const columns = Object.entries(projection.columns).map(([name, { type }]) => {
    if (type === 'json') return cells.map((row) => textOf(row[name])).join('\n');
    const none = projection.merges?.[name] === 'sum' ? 0 : null;
    // Of a column that holds nothing in all of them, as most sums of a batch, nothing is sent.
    if (cells.every((row) => (row[name] ?? null) === none)) return '{}';
    return postgresArray(cells.map((row) => (row[name] ?? null) as string | number | null));
  });
  const { write, writeFresh } = statementsOf(projection);
  const sent_by = fresh && projection.merges ? [fresh.terminal_id] : [];
  return db.query({ ...(fresh ? writeFresh : write), values: [tenant_id, ...sent_by, ...columns] });
};

/** JSON text holds no line break and is never empty, so that a column of it travels as lines, and nothing as an empty one. */
const textOf = (cell: Cell | undefined): string => (cell === null || cell === undefined ? '' : JSON.stringify(cell));

interface TableStatements {
  readonly read: PreparedStatement;
  readonly write: PreparedStatement;
  /** The same where no event was folded before. */
  readonly writeFresh: PreparedStatement;
  readonly merge: PreparedStatement;
}

const madeStatements = new WeakMap<AnyProjection, TableStatements>();

const statementsOf = (projection: AnyProjection): TableStatements => {
  const known = madeStatements.get(projection);
  if (known) return known;
  const { table, key } = projection;
  const statements = {
    read: prepared(`SELECT * FROM ${table} WHERE tenant_id = $1 AND ${key} = ANY($2::text[])`),
    write: prepared(writeSql(projection)),
    writeFresh: prepared(writeFreshSql(projection)),
    merge: prepared(mergeUnmergedSql(projection)),
  };
  madeStatements.set(projection, statements);
  return statements;
};

const writeSql = (projection: AnyProjection): string => insertSql(projection) + onConflictSql(projection);

const writeFreshSql = (projection: AnyProjection): string => {
  if (projection.merges) return insertUnmergedSql(projection);
  return projection.rowPerEvent ? insertSql(projection) : writeSql(projection);
};

const onConflictSql = ({ key, columns, merges }: AnyProjection): string => {
  const changes = merges
    ? Object.entries(merges).map(([name, merge]) => `${name} = ${mergeSql(name, merge)}`)
    : Object.keys(columns)
        .filter((name) => name !== key)
        .map((name) => `${name} = excluded.${name}`);
  return ` ON CONFLICT (tenant_id, ${key}) DO UPDATE SET ${changes.join(', ')}`;
};

const insertUnmergedSql = ({ table, columns }: AnyProjection): string => {
  const names = Object.keys(columns);
  const values = names.map((_, at) => `$${String(at + 3)}`);
  return `INSERT INTO ${unmergedTable({ table })} (tenant_id, sent_by, row_id, ${names.join(', ')})
    VALUES ($1, $2, gen_random_uuid(), ${values.join(', ')})`;
};

/** Columns that do not merge are the same in all rows of a key. */
const mergeUnmergedSql = (projection: AnyProjection): string => {
  const { table, key, columns, merges } = projection;
  const names = Object.keys(columns);
  const values = names.map((name) => {
    if (name === key) return name;
    if (merges?.[name] === 'sum') return `sum(${name})::bigint`;
    return merges?.[name] === 'greatest' ? `max(${name} COLLATE "C")` : `min(${name})`;
  });
  return `WITH gone AS (
      DELETE FROM ${unmergedTable({ table })} WHERE tenant_id = $1 AND ($2::uuid IS NULL OR sent_by = $2) RETURNING *
    ), held AS (SELECT ${heldBy(projection, 'gone')})
    INSERT INTO ${table} AS known (tenant_id, ${names.join(', ')})
    SELECT $1, ${values.join(', ')} FROM held GROUP BY ${key}${onConflictSql(projection)}`;
};

const insertSql = ({ table, columns, merges }: AnyProjection): string => {
  const kinds = Object.entries(columns);
  const names = kinds.map(([name]) => name).join(', ');
  const parameters = kinds.map(([, { type }], at) => {
    const parameter = `$${String(at + 2)}`;
    if (type === 'json') return `string_to_array(${parameter}, E'\\n', '')`;
    return `${parameter}::${type === 'integer' ? 'bigint' : 'text'}[]`;
  });
  const values = kinds.map(([name, { type }]) => {
    if (type === 'json') return `${name}::json`;
    return merges?.[name] === 'sum' ? `coalesce(${name}, 0)` : name;
  });
  return `INSERT INTO ${table} AS known (tenant_id, ${names})
    SELECT $1, ${values.join(', ')} FROM unnest(${parameters.join(', ')}) AS incoming (${names})`;
};

/** Text is compared by its bytes, whatever the language of the database. */
const mergeSql = (name: string, merge: Merge): string =>
  merge === 'sum' ? `known.${name} + excluded.${name}` : `greatest(known.${name}, excluded.${name} COLLATE "C")`;

/** A row of a projection's table as `pg` gives it, with integers as numbers. JSON columns are parsed by the driver. */
export const readPostgresCells = <Row extends object>(
  { columns }: Pick<Projection<Row>, 'columns' | 'reduce'>,
  row: Readonly<Record<string, unknown>>,
): Row =>
  Object.fromEntries(
    Object.entries<Column>(columns).map(([name, { type }]): [string, Cell] => {
      const value = row[name];
      if (value === null || value === undefined) return [name, null];
      return [name, type === 'integer' ? Number(value) : value];
    }),
  ) as Row;
