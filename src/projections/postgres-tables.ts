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

/** The definition of a read model's table: the tenant leads its key, so that it can be distributed by tenant. */
export const postgresTable = (projection: AnyProjection, table = projection.table): string => {
  const columns = Object.entries(projection.columns).map(([name, { type, says }]) => {
    const kind = type === 'integer' ? 'bigint' : type;
    // Keys are compared by their bytes, whatever the language of the database: that is quicker, and the same everywhere.
    return `  ${name} ${kind}${name === projection.key ? ' COLLATE "C" NOT NULL' : ''}, -- ${says}`;
  });
  const key = `  PRIMARY KEY (tenant_id, ${projection.key})`;
  const end = projection.rowPerEvent ? ');' : `) WITH (fillfactor = ${String(fillfactor)});`;
  const indexes = projection.indexes.map(
    (column) => `CREATE INDEX IF NOT EXISTS ${table}_by_${column} ON ${table} (tenant_id, ${column});`,
  );
  return [`CREATE TABLE IF NOT EXISTS ${table} (`, '  tenant_id uuid NOT NULL,', ...columns, key, end, ...indexes].join(
    '\n',
  );
};

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
   * Whether none of the events was ever folded before, as far as that is known: one that was fails then. Looking whether
   * its row is there would cost a third of writing it.
   */
  readonly areFresh: boolean;
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
      if (fold.projection.rowPerEvent) this.write(fold, events);
      else if (!fold.projection.merges) this.read(fold, events);
    }
  }

  /**
   * Folds them into all other rows, with at most one write a table however many rows they touch. Each is sent as soon as its
   * table is folded, so that the database is at work on it while the next one is.
   */
  async finish(): Promise<void> {
    await Promise.all(this.reads);
    for (const fold of this.folds) if (!fold.projection.rowPerEvent) this.write(fold, this.events);
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
  { db, tenant_id, areFresh }: FoldingParts,
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
  return db.query({ ...(areFresh ? writeFresh : write), values: [tenant_id, ...columns] });
};

/** JSON text holds no line break and is never empty, so that a column of it travels as lines, and nothing as an empty one. */
const textOf = (cell: Cell | undefined): string => (cell === null || cell === undefined ? '' : JSON.stringify(cell));

interface TableStatements {
  readonly read: PreparedStatement;
  readonly write: PreparedStatement;
  /** The same where no event was folded before. */
  readonly writeFresh: PreparedStatement;
}

const madeStatements = new WeakMap<AnyProjection, TableStatements>();

const statementsOf = (projection: AnyProjection): TableStatements => {
  const known = madeStatements.get(projection);
  if (known) return known;
  const { table, key } = projection;
  const statements = {
    read: prepared(`SELECT * FROM ${table} WHERE tenant_id = $1 AND ${key} = ANY($2::text[])`),
    write: prepared(writeSql(projection)),
    writeFresh: prepared(projection.rowPerEvent ? insertSql(projection) : writeSql(projection)),
  };
  madeStatements.set(projection, statements);
  return statements;
};

const writeSql = (projection: AnyProjection): string => {
  const { key, columns, merges } = projection;
  const changes = merges
    ? Object.entries(merges).map(([name, merge]) => `${name} = ${mergeSql(name, merge)}`)
    : Object.keys(columns)
        .filter((name) => name !== key)
        .map((name) => `${name} = excluded.${name}`);
  return `${insertSql(projection)} ON CONFLICT (tenant_id, ${key}) DO UPDATE SET ${changes.join(', ')}`;
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
