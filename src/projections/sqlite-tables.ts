import type { TillEvent } from '../domain/event.js';
import type { Statement } from 'better-sqlite3';
import type { Sqlite } from '../events/sqlite.js';
import type { AnyProjection, Cell, Cells } from './projection.js';

/**
 * The definition of a read model's table, each column with its promise beside it. Rows of one event each lie in the order
 * of the log. Other small rows lie in the index of their key: each commit then writes one page less. Rows with JSON are
 * too large for that.
 */
export const sqliteTable = (projection: AnyProjection, table = projection.table): string => {
  const { rowPerEvent } = projection;
  const key = rowPerEvent ? 'seq' : projection.key;
  const columns = Object.entries(projection.columns).map(([name, { type, says }], index, all) => {
    const kind = type === 'integer' ? 'INTEGER' : 'TEXT';
    const primary = name === key ? ' PRIMARY KEY' : '';
    return `  ${name} ${kind}${primary}${index === all.length - 1 ? '' : ','} -- ${says}`;
  });
  const indexes = projection.indexes.map(
    (column) => `CREATE INDEX IF NOT EXISTS ${table}_by_${column} ON ${table} (${column});`,
  );
  const isSmall = Object.values(projection.columns).every(({ type }) => type !== 'json');
  const end = `) STRICT${isSmall && !rowPerEvent ? ', WITHOUT ROWID' : ''};`;
  return [`CREATE TABLE IF NOT EXISTS ${table} (`, ...columns, end, ...indexes].join('\n');
};

/** So many rows are remembered, to bound the memory: more than a till touches again and again. */
const rowsRemembered = 1000;

/** Fills one read model's table in SQLite, as the only one who writes into it. */
export class SqliteTable {
  private readonly columns: readonly StoredColumn[];
  private readonly select;
  private readonly insert;
  /** By which columns they set. */
  private readonly updates = new Map<number, Statement>();
  /** The rows that were written last, as they are stored, so that folding an event further reads nothing. */
  private readonly remembered = new Map<string, Cells>();

  /** @param table the table to fill; it must exist */
  constructor(
    private readonly db: Sqlite,
    private readonly projection: AnyProjection,
    private readonly table = projection.table,
  ) {
    this.columns = Object.entries(projection.columns).map(([name, { type }], index) => ({
      name,
      bit: 2 ** index,
      isJson: type === 'json',
    }));
    this.select = db.prepare<[string], Record<string, string | number | null>>(
      `SELECT * FROM ${table} WHERE ${projection.key} = ?`,
    );
    const names = this.columns.map(({ name }) => name);
    this.insert = db.prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`);
  }

  /** Folds events into the table, oldest first; each row is read and written once. Must be inside a transaction. */
  apply(events: readonly TillEvent[]): void {
    const { projection } = this;
    const rows = new Map<string, Folded>();
    for (const event of events) {
      for (const key of projection.keys(event)) {
        const row = rows.get(key) ?? this.unfolded(key);
        row.after = projection.reduce(row.after, event, key);
        rows.set(key, row);
      }
    }
    for (const [key, { before, after }] of rows) if (after) this.write(key, before, after);
  }

  /** Forgets what it wrote: after a rollback, and when anything else wrote into the table. */
  reload(): void {
    this.remembered.clear();
  }

  /** One row by its key. */
  find(key: string): Cells | undefined {
    const known = this.remembered.get(key);
    if (known) return known;
    const stored = this.select.get(key);
    return stored && readCells(this.projection, stored);
  }

  private unfolded(key: string): Folded {
    const row = this.projection.rowPerEvent ? undefined : this.find(key);
    return { before: row, after: row };
  }

  private write(key: string, before: Cells | undefined, after: Cells): void {
    if (before) this.update(key, before, after);
    else this.insert.run(this.columns.map((column) => stored(column, after)));
    if (this.projection.rowPerEvent) return;
    if (this.remembered.size >= rowsRemembered) this.remembered.clear();
    this.remembered.set(key, after);
  }

  /** Sets only what changed: SQLite rewrites the index of every column that it is told to set. */
  private update(key: string, before: Cells, after: Cells): void {
    const values: Cell[] = [];
    let bits = 0;
    for (const column of this.columns) {
      if (before[column.name] === after[column.name]) continue;
      bits += column.bit;
      values.push(stored(column, after));
    }
    if (bits === 0) return;
    values.push(key);
    (this.updates.get(bits) ?? this.prepareUpdate(bits, before, after)).run(values);
  }

  private prepareUpdate(bits: number, before: Cells, after: Cells): Statement {
    const changed = this.columns.filter(({ name }) => before[name] !== after[name]).map(({ name }) => `${name} = ?`);
    const statement = this.db.prepare(
      `UPDATE ${this.table} SET ${changed.join(', ')} WHERE ${this.projection.key} = ?`,
    );
    this.updates.set(bits, statement);
    return statement;
  }
}

/** A row as it is stored, and after the events so far. */
interface Folded {
  readonly before: Cells | undefined;
  after: Cells | undefined;
}

interface StoredColumn {
  readonly name: string;
  /** Stands for it in a sum of columns. */
  readonly bit: number;
  readonly isJson: boolean;
}

const stored = ({ name, isJson }: StoredColumn, row: Cells): Cell => {
  const cell = row[name] ?? null;
  return isJson && cell !== null ? JSON.stringify(cell) : cell;
};

/** A stored row of a read model, its JSON columns parsed. */
export const readCells = (projection: AnyProjection, stored: Readonly<Record<string, string | number | null>>): Cells =>
  Object.fromEntries(
    Object.entries(projection.columns).map(([name, { type }]): [string, Cell] => {
      const value = stored[name] ?? null;
      return [name, type === 'json' && typeof value === 'string' ? (JSON.parse(value) as Cell) : value];
    }),
  );
