import type { TillEvent } from '../domain/event.js';

/** What a column of a read model may hold; `json` is a value that is stored as JSON text. */
export interface Column {
  readonly type: 'text' | 'integer' | 'json';
  /** What the column promises: it stands beside it in the table's definition. */
  readonly says: string;
}

/** Writes a column with what it promises. */
export const column = (type: Column['type'], says: string): Column => ({ type, says });

/** A value of a column. */
export type Cell = string | number | null | object;

/** A row of a read model, by column name. */
export type Cells = Readonly<Record<string, Cell>>;

/** What two values of a column come to, where two parts of one row were folded apart. */
export type Merge = 'sum' | 'greatest';

/**
 * A read model: a pure reducer and the table it fills. The same reducer runs on the terminal, at central and for the
 * auditor.
 *
 * Every reducer gives the same rows whatever the order in which the events of different rows arrive, and rows that
 * collect several events only add up, so that an event accepted late needs no recomputation.
 */
export interface Projection<Row> {
  readonly table: string;
  /** The column that tells rows apart. At central `tenant_id` stands before it. */
  readonly key: keyof Row & string;
  readonly columns: { readonly [C in keyof Row]: Column };
  /** Columns that people search by. Each costs a page in every commit that adds a row. */
  readonly indexes: readonly (keyof Row & string)[];
  /** Set where events of several terminals touch one row, so that whoever folds them waits for the others. */
  readonly spansTerminals?: true;
  /**
   * Each event that it takes makes one row, whose key is its `local_id` and which no other event touches. A terminal files
   * such rows by their column `seq`, one behind the other, where random keys would be scattered over the table.
   */
  readonly rowPerEvent?: true;
  /**
   * Set where rows can be folded apart and put together: what the columns that events change come to. Central then adds
   * what a batch comes to onto its rows without reading them.
   */
  readonly merges?: { readonly [C in keyof Row]?: Merge };
  /** The rows that the event touches. */
  keys(event: TillEvent): readonly string[];
  /** The row after the event; `row` is undefined when there is none yet. */
  reduce(row: Row | undefined, event: TillEvent, key: string): Row;
}

/** A projection whose rows are handled without knowing their type, as the table writers do. */
export interface AnyProjection {
  readonly table: string;
  readonly key: string;
  readonly columns: Readonly<Record<string, Column>>;
  readonly indexes: readonly string[];
  readonly spansTerminals?: true;
  readonly rowPerEvent: boolean;
  readonly merges?: Readonly<Record<string, Merge>>;
  keys(event: TillEvent): readonly string[];
  reduce(row: Cells | undefined, event: TillEvent, key: string): Cells;
}

/** Forgets the row type. Safe because a table writer hands a projection only rows that the projection made. */
export const anyProjection = <Row extends object>(projection: Projection<Row>): AnyProjection => ({
  table: projection.table,
  key: projection.key,
  columns: projection.columns,
  indexes: projection.indexes,
  ...(projection.spansTerminals ? { spansTerminals: true } : {}),
  rowPerEvent: projection.rowPerEvent ?? false,
  ...(projection.merges ? { merges: projection.merges as Readonly<Record<string, Merge>> } : {}),
  keys: (event) => projection.keys(event),
  reduce: (row, event, key) => projection.reduce(row as Row | undefined, event, key) as Cells,
});

/** Folds events into rows in memory, in the order given. */
export const foldRows = (projection: AnyProjection, events: Iterable<TillEvent>): ReadonlyMap<string, Cells> => {
  const rows = new Map<string, Cells>();
  for (const event of events) {
    for (const key of projection.keys(event)) rows.set(key, projection.reduce(rows.get(key), event, key));
  }
  return rows;
};
