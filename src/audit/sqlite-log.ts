import type { SignedHead } from '../events/signature.js';
import { errorCode } from '../events/error-code.js';
import type { Sqlite } from '../events/sqlite.js';
import type { Witness } from '../events/witness.js';
import type { Problem } from './finding.js';
import { columnsOf, guardFaults, hasHeads, hasTable } from './log-guards.js';
import {
  type Anchor,
  type LogRow,
  type LogSource,
  type LostRange,
  type TerminalLog,
  UnusableSource,
} from './source.js';
import { StoredRows } from './stored-rows.js';

/** So many rows are held at a time. */
const rowsAtOnce = 500;

/** So many heads are held at a time: they are sorted anew for each time, so there must not be many. */
const headsAtOnce = 5000;

/** So many events are looked at to learn whose log it is, in case the first ones cannot be read. */
const namesTriedMax = 1000;

/** So many messages of SQLite's own check are reported. */
const damagesMax = 20;

const eventColumns = ['local_id', 'seq', 'epoch', 'type', 'session_id', 'hash', 'envelope'];

/** An opened SQLite file. */
export interface OpenedFile {
  readonly db: Sqlite;
  /** What the person asked for. */
  readonly name: string;
  /** What the head file beside the database says, if there is one. */
  readonly witness: Witness | 'unreadable' | null;
  /** Closes the database and removes what was made to read it. */
  readonly close: () => void;
}

/**
 * The log in the SQLite file of a terminal. Everything is read from one snapshot, so a terminal that goes on selling
 * does not change what is being checked.
 */
export class SqliteLogSource implements LogSource {
  readonly name: string;
  private readonly log: SqliteTerminalLog | null;

  /** @throws UnusableSource when the file holds no log */
  constructor(private readonly file: OpenedFile) {
    this.name = file.name;
    const absent = hasTable(file.db, 'events') ? absentColumns(file.db) : null;
    if (absent === null || absent.length > 0) {
      const why = absent === null ? 'no table events' : `no column ${absent.join(', ')} in its table events`;
      throw new UnusableSource(
        `${file.name} is not the log of a terminal: it has ${why}. Give a data folder or its tillog.db.`,
      );
    }
    const { witness } = file;
    const witnessed = witness === 'unreadable' ? null : (witness?.terminal_id ?? null);
    const terminal_id = terminalOf(file.db) ?? witnessed;
    this.log = terminal_id === null ? null : new SqliteTerminalLog(file, terminal_id);
  }

  terminals(): Promise<readonly TerminalLog[]> {
    return Promise.resolve(this.log ? [this.log] : []);
  }

  defects(): Promise<readonly Problem[]> {
    const nowhere = { terminal_id: this.log?.terminal_id ?? null, seq: null, local_id: null };
    const { db, witness } = this.file;
    const [damages, guards] = [damagesOf(db), guardFaults(db)];
    // Where SQLite itself vouches for whole, unique numbers there is nothing to search for.
    const isGuarded = damages.length === 0 && guards.length === 0 && isStrict(db);
    return Promise.resolve([
      ...damages.map((detail): Problem => ({ ...nowhere, code: 'STORE_DAMAGED', detail })),
      ...guards.map((fault): Problem => ({ ...nowhere, ...fault })),
      ...(isGuarded ? [] : duplicatesOf(db)).map((problem): Problem => ({ ...nowhere, ...problem })),
      ...(witness === 'unreadable'
        ? [{ ...nowhere, code: 'WITNESS_WRONG' as const, detail: 'the head file beside the database cannot be read' }]
        : []),
    ]);
  }

  close(): Promise<void> {
    this.file.close();
    return Promise.resolve();
  }
}

class SqliteTerminalLog implements TerminalLog {
  readonly tenant_id = null;
  readonly public_key = null;
  readonly anchors: readonly Anchor[];
  readonly events_count: number;
  private reading: StoredRows | undefined;

  constructor(
    private readonly file: OpenedFile,
    readonly terminal_id: string,
  ) {
    this.anchors = [...witnessAnchors(file.witness), ...acknowledgements(file.db)];
    const [last = 0] = unlessDamaged(() => file.db.prepare<[], number>('SELECT max(seq) FROM events').pluck().all());
    this.events_count = last;
  }

  *rows(): Generator<readonly LogRow[]> {
    const heads = unlessDamaged(() => this.file.db.prepare<[], number>(headsMax(this.file.db)).pluck().all());
    const reading = new StoredRows(this.file.db, Math.max(0, ...heads, ...this.anchors.map(({ seq }) => seq)));
    this.reading = reading;
    yield* reading.chunks();
  }

  lost(): readonly LostRange[] {
    return this.reading?.lost ?? [];
  }

  *heads(): Generator<readonly SignedHead[]> {
    if (!hasHeads(this.file.db)) return;
    // Somebody may have built the table anew and put anything into it.
    const after = this.file.db.prepare<[number, number, number], SignedHead>(
      `SELECT epoch, seq, ifnull(CAST(hash AS TEXT), '') AS hash, ifnull(CAST(signature AS TEXT), '') AS signature
       FROM heads WHERE (epoch, seq) > (?, ?) ORDER BY epoch, seq LIMIT ?`,
    );
    let from: Pick<SignedHead, 'epoch' | 'seq'> | undefined = { epoch: 0, seq: 0 };
    while (from) {
      const { epoch, seq } = from;
      // What is wrong with the table is said apart, and a log is read also without its heads.
      const heads: readonly SignedHead[] = unlessDamaged(() => after.all(epoch, seq, headsAtOnce));
      yield heads;
      from = heads.at(-1);
    }
  }

  forks(): readonly (readonly LogRow[])[] {
    return [];
  }
}

const headsMax = (db: Sqlite): string => (hasHeads(db) ? 'SELECT ifnull(max(seq), 0) FROM heads' : 'SELECT 0');

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Nothing where the database is damaged: its own check says so already. */
const unlessDamaged = <Item>(query: () => readonly Item[]): readonly Item[] => {
  try {
    return query();
  } catch (cause) {
    if (!isSqliteError(cause)) throw cause;
    return [];
  }
};

/** Whether SQLite itself refused. */
const isSqliteError = (cause: unknown): boolean => errorCode(cause).startsWith('SQLITE_');

const absentColumns = (db: Sqlite): readonly string[] => {
  const found = columnsOf(db, 'events');
  return eventColumns.filter((column) => !found.has(column));
};

const terminalOf = (db: Sqlite): string | null => {
  // By both ways that lead to an event: one of them may be damaged.
  const ways = ['SELECT envelope FROM events ORDER BY seq LIMIT ?', 'SELECT envelope FROM events NOT INDEXED LIMIT ?'];
  for (const way of ways) {
    const name = unlessDamaged(() => nameIn(db.prepare<[number]>(way).pluck().iterate(namesTriedMax)))[0];
    if (name !== undefined) return name;
  }
  return null;
};

const nameIn = (texts: Iterable<unknown>): readonly string[] => {
  for (const text of texts) {
    const name = typeof text === 'string' ? /"terminal_id":"([0-9a-f-]{36})"/u.exec(text)?.[1] : undefined;
    if (name !== undefined) return [name];
  }
  return [];
};

/** Only of the tables that are read: what is wrong with any other says nothing about the log. */
const damagesOf = (db: Sqlite): readonly string[] =>
  ['events', 'heads', 'verdicts']
    .filter((table) => hasTable(db, table))
    .flatMap((table) => damagesOfTable(db, table))
    .slice(0, damagesMax);

const damagesOfTable = (db: Sqlite, table: string): readonly string[] => {
  try {
    const messages = db.pragma(`integrity_check(${table})`) as readonly { integrity_check: string }[];
    return messages.map(({ integrity_check }) => integrity_check).filter((message) => message !== 'ok');
  } catch (cause) {
    if (!isSqliteError(cause)) throw cause;
    return [`the table ${table} cannot be checked (${errorCode(cause)})`];
  }
};

const isStrict = (db: Sqlite): boolean =>
  db.prepare("SELECT strict FROM pragma_table_list('events') WHERE schema = 'main'").pluck().get() === 1;

/** Several events with one id, and positions that are none: only a table without its constraints can hold them. */
const duplicatesOf = (db: Sqlite): readonly Pick<Problem, 'seq' | 'local_id' | 'code' | 'detail'>[] =>
  unlessDamaged(() => [
    ...db
      .prepare<[number], { seq: number; local_id: string; times: number }>(
        'SELECT max(seq) AS seq, local_id, count(*) AS times FROM events GROUP BY local_id HAVING times > 1 LIMIT ?',
      )
      .all(rowsAtOnce)
      .map(({ seq, local_id, times }) => {
        const detail = `the id stands ${String(times)} times in the log`;
        return { seq, local_id, code: 'DUPLICATE' as const, detail };
      }),
    ...db
      .prepare<[number], { local_id: unknown }>("SELECT local_id FROM events WHERE typeof(seq) <> 'integer' LIMIT ?")
      .all(rowsAtOnce)
      .map(({ local_id }) => {
        const detail = 'its seq is not a whole number, so it was not read';
        return { seq: null, local_id: textOf(local_id), code: 'COLUMN_WRONG' as const, detail };
      }),
  ]);

const witnessAnchors = (witness: OpenedFile['witness']): readonly Anchor[] => {
  if (witness === null || witness === 'unreadable') return [];
  const { epoch, seq, hash, signature } = witness;
  return [{ kind: 'witness', epoch, seq, hash, local_id: null, signature }];
};

/** The last event that central acknowledged, as the terminal noted it. */
const acknowledgements = (db: Sqlite): readonly Anchor[] => {
  const columns = columnsOf(db, 'verdicts');
  if (!['seq', 'local_id', 'synced_at'].every((column) => columns.has(column))) return [];
  const hash = columns.has('hash') ? 'hash' : 'NULL AS hash';
  const rows = unlessDamaged(() =>
    db
      .prepare<[], { seq: number; local_id: string | null; hash: string | null }>(
        `SELECT seq, local_id, ${hash} FROM verdicts WHERE synced_at IS NOT NULL ORDER BY seq DESC LIMIT 1`,
      )
      .all(),
  );
  return rows.map((row) => ({ kind: 'acknowledgement', epoch: null, signature: null, ...row }));
};
