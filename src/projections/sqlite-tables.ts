import type { TillEvent } from '../domain/event.js';
import type { Sqlite } from '../events/sqlite.js';
import type { AnyProjection, Cell, Cells } from './projection.js';

/** The definition of a read model's table, each column with its promise beside it. */
export const sqliteTable = (projection: AnyProjection, table = projection.table): string => {
  const columns = Object.entries(projection.columns).map(([name, { type, says }], index, all) => {
    const kind = type === 'integer' ? 'INTEGER' : 'TEXT';
    const primary = name === projection.key ? ' PRIMARY KEY' : '';
    return `  ${name} ${kind}${primary}${index === all.length - 1 ? '' : ','} -- ${says}`;
  });
  const indexes = projection.indexes.map(
    (column) => `CREATE INDEX IF NOT EXISTS ${table}_by_${column} ON ${table} (${column});`,
  );
  return [`CREATE TABLE IF NOT EXISTS ${table} (`, ...columns, ') STRICT;', ...indexes].join('\n');
};

/** Fills one read model's table in SQLite. */
export class SqliteTable {
  private readonly columns: readonly string[];
  private readonly select;
  private readonly upsert;

  /** @param table the table to fill; it must exist */
  constructor(
    db: Sqlite,
    private readonly projection: AnyProjection,
    table = projection.table,
  ) {
    this.columns = Object.keys(projection.columns);
    const others = this.columns.filter((column) => column !== projection.key);
    this.select = db.prepare<[string], Record<string, string | number | null>>(
      `SELECT * FROM ${table} WHERE ${projection.key} = ?`,
    );
    this.upsert = db.prepare(
      `INSERT INTO ${table} (${this.columns.join(', ')}) VALUES (${this.columns.map(() => '?').join(', ')}) ` +
        `ON CONFLICT (${projection.key}) DO UPDATE SET ${others.map((column) => `${column} = excluded.${column}`).join(', ')}`,
    );
  }

  /** Folds events into the table, oldest first; each row is read and written once. Must be inside a transaction. */
  apply(events: readonly TillEvent[]): void {
    const rows = new Map<string, Cells>();
    for (const event of events) {
      for (const key of this.projection.keys(event)) {
        rows.set(key, this.projection.reduce(rows.get(key) ?? this.find(key), event, key));
      }
    }
    for (const row of rows.values()) this.upsert.run(...this.columns.map((column) => this.store(column, row[column])));
  }

  /** One row by its key. */
  find(key: string): Cells | undefined {
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
