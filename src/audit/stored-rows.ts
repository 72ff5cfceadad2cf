import { errorCode } from '../events/error-code.js';
import type { Sqlite } from '../events/sqlite.js';
import type { LogRow, LostRange } from './source.js';

/** So many rows are held at a time: few enough to be gone again before the next round of the garbage collector. */
const rowsAtOnce = 100;

/** No event takes fewer bytes of a file. */
const eventBytesMin = 200;

/** A row as {@link columns} names it. */
type StoredRow = readonly [
  at: number,
  seq: number,
  local_id: unknown,
  epoch: unknown,
  type: unknown,
  session_id: unknown,
  hash: unknown,
  envelope: unknown,
];

const columns = 'rowid, seq, local_id, epoch, type, session_id, hash, envelope';

/**
 * The rows of a log in the order of seq and then rowid: a table whose constraints were taken away may hold several at
 * one position. Where the file is damaged every event is looked up on its own, by both ways that lead to it.
 */
export class StoredRows {
  /** What could not be read, once everything else was. */
  readonly lost: LostRange[] = [];
  private readonly after;
  private readonly bySeq;
  private readonly byPlace;

  /** @param lastSeq the last event that something besides the table itself vouches for */
  constructor(
    private readonly db: Sqlite,
    private readonly lastSeq: number,
  ) {
    this.after = db
      .prepare<[number, number, number], StoredRow>(
        `SELECT ${columns} FROM events WHERE (seq, rowid) > (?, ?) ORDER BY seq, rowid LIMIT ?`,
      )
      .raw();
    this.bySeq = db.prepare<[number], StoredRow>(`SELECT ${columns} FROM events WHERE seq = ?`).raw();
    // A terminal only ever appends, so an event lies at the row of its number: no index is needed to find it.
    this.byPlace = db.prepare<[number], StoredRow>(`SELECT ${columns} FROM events NOT INDEXED WHERE rowid = ?`).raw();
  }

  /** A hundred at a time. */
  *chunks(): Generator<readonly LogRow[]> {
    let [at, seq] = [0, Number.MIN_SAFE_INTEGER];
    for (;;) {
      const rows = orUndefined(() => this.after.all(seq, at, rowsAtOnce));
      if (!rows || !isInOrder(rows, seq, at)) {
        yield* this.oneByOne(Math.max(seq, 0) + 1);
        return;
      }
      yield rows.map(logRow);
      const last = rows.at(-1);
      if (!last) return;
      [at, seq] = last;
    }
  }

  private *oneByOne(from: number): Generator<readonly LogRow[]> {
    const end = this.end();
    for (let seq = from; seq <= end; seq += 1) {
      const row = this.lookUp(seq);
      if (row) yield [logRow(row)];
      else this.lose(seq);
    }
  }

  private lookUp(seq: number): StoredRow | undefined {
    for (const way of [this.bySeq, this.byPlace]) {
      const row = orUndefined(() => way.get(seq));
      if (row?.[1] === seq) return row;
    }
    return undefined;
  }

  private lose(seq: number): void {
    const last = this.lost.at(-1);
    if (last?.to_seq === seq - 1) this.lost.splice(-1, 1, { ...last, to_seq: seq });
    else this.lost.push({ from_seq: seq, to_seq: seq });
  }

  /** The last position that there can be. What a damaged page says may be anything, so it is not believed blindly. */
  private end(): number {
    const said = ['SELECT max(seq) FROM events', 'SELECT max(rowid) FROM events NOT INDEXED']
      .map((sql) => orUndefined(() => this.db.prepare(sql).pluck().get()))
      .filter((seq) => typeof seq === 'number');
    const bytes = this.db.pragma('page_count', { simple: true }) as number;
    const size = this.db.pragma('page_size', { simple: true }) as number;
    return Math.min(Math.max(this.lastSeq, ...said), Math.ceil((bytes * size) / eventBytesMin));
  }
}

/** A damaged index may lead anywhere, and in circles. */
const isInOrder = (rows: readonly StoredRow[], seq: number, at: number): boolean => {
  let last: readonly [number, number] = [at, seq];
  for (const [place, position] of rows) {
    if (position < last[1] || (position === last[1] && place <= last[0])) return false;
    last = [place, position];
  }
  return true;
};

/** Undefined where SQLite itself refused. */
const orUndefined = <Result>(query: () => Result): Result | undefined => {
  try {
    return query();
  } catch (cause) {
    if (!errorCode(cause).startsWith('SQLITE_')) throw cause;
    return undefined;
  }
};

/** Columns hold what they should unless somebody built the table anew; what is no text then differs from the event. */
const logRow = ([, seq, local_id, epoch, type, session_id, hash, envelope]: StoredRow): LogRow => ({
  event: textOf(envelope),
  hash: textOf(hash),
  seq,
  epoch: Number(epoch),
  local_id: textOf(local_id),
  type: textOf(type),
  session_id: session_id === null ? null : textOf(session_id),
});

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
