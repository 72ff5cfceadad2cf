import type { TillEvent } from '../domain/event.js';
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

/** Fills one read model's table in SQLite, as the only one who writes into it. */
export class SqliteTable {
  private readonly columns: readonly string[];
  private readonly select;
  private readonly insert;
  private readonly update;
  /** The row that was written last, as it is stored: an open session and the till are folded further by every event. */
  private last: { readonly key: string; readonly row: Cells } | undefined;

  /** @param table the table to fill; it must exist */
  constructor(
    db: Sqlite,
    private readonly projection: AnyProjection,
    table = projection.table,
  ) {
    this.columns = Object.keys(projection.columns);
    this.select = db.prepare<[string], Record<string, string | number | null>>(
      `SELECT * FROM ${table} WHERE ${projection.key} = ?`,
    );
    this.insert = db.prepare(
      `INSERT INTO ${table} (${this.columns.join(', ')}) VALUES (${this.columns.map(() => '?').join(', ')})`,
    );
    const others = this.columns.filter((column) => column !== projection.key);
    const plain = others.filter((column) => !projection.indexes.includes(column));
    const updateOf = (columns: readonly string[]) => ({
      columns: [...columns, projection.key],
      statement: db.prepare(
        `UPDATE ${table} SET ${columns.map((column) => `${column} = ?`).join(', ')} WHERE ${projection.key} = ?`,
      ),
    });
    // SQLite rewrites the index of every column that it is told to set, whether or not the value changes.
    this.update = { all: updateOf(others), plain: updateOf(plain) };
  }

  /** Folds events into the table, oldest first; each row is read and written once. Must be inside a transaction. */
  apply(events: readonly TillEvent[]): void {
    const rows = new Map<string, { readonly before: Cells | undefined; readonly after: Cells }>();
    for (const event of events) {
      for (const key of this.projection.keys(event)) {
        const { before, after } = rows.get(key) ?? this.stored(key);
        rows.set(key, { before, after: this.projection.reduce(after, event, key) });
      }
    }
    for (const [key, { before, after }] of rows) {
      this.write(before, after);
      this.last = { key, row: after };
    }
  }

  /** Forgets what it wrote: after a rollback, and when anything else wrote into the table. */
  reload(): void {
    this.last = undefined;
  }

  private stored(key: string): { readonly before: Cells | undefined; readonly after: Cells | undefined } {
    const row = this.projection.rowPerEvent ? undefined : this.find(key);
    return { before: row, after: row };
  }

  private write(before: Cells | undefined, after: Cells): void {
    if (!before) {
      this.insert.run(...this.columns.map((column) => this.store(column, after[column])));
      return;
    }
    const moved = this.projection.indexes.some((column) => before[column] !== after[column]);
    const { columns, statement } = moved ? this.update.all : this.update.plain;
    statement.run(...columns.map((column) => this.store(column, after[column])));
  }

  /** One row by its key. */
  find(key: string): Cells | undefined {
    if (this.last?.key === key) return this.last.row;
    const stored = this.select.get(key);
    return stored && readCells(this.projection, stored);
  }

  private store(column: string, cell: Cell | undefined): string | number | null {
    if (cell === null || cell === undefined) return null;
    if (this.projection.columns[column]?.type === 'json') return JSON.stringify(cell);
    return cell as string | number;
  }
}

/** A stored row of a read model, its JSON columns parsed. */
export const readCells = (projection: AnyProjection, stored: Readonly<Record<string, string | number | null>>): Cells =>
  Object.fromEntries(
    Object.entries(projection.columns).map(([name, { type }]): [string, Cell] => {
      const value = stored[name] ?? null;
      return [name, type === 'json' && typeof value === 'string' ? (JSON.parse(value) as Cell) : value];
    }),
  );
