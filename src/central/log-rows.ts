import type { SealedEvent } from '../events/envelope.js';
import type { CentralDatabase } from './database.js';

/** So many events are read at once, which bounds the memory however long a log is. */
const rowsAtOnce = 500;

/** One stored event with the columns that central keeps beside its text. */
export interface CentralLogRow extends SealedEvent {
  readonly seq: number;
  readonly epoch: number;
  readonly local_id?: string;
  readonly type?: string;
  readonly session_id?: string | null;
}

/** A terminal of a company. */
interface NamedTerminal {
  readonly tenant_id: string;
  readonly terminal_id: string;
}

/** Reads rows of one company. @param values after the company itself */
export const read = <Row>(
  db: CentralDatabase,
  tenant_id: string,
  sql: string,
  values: readonly unknown[],
): Promise<readonly Row[]> =>
  db.inTenant(tenant_id, async (transaction) => {
    const { rows } = await transaction.query(sql, [tenant_id, ...values]);
    return rows as Row[];
  });

// A refused text is read back from its JSON string literal; where several were refused at one place, the first one.
const rowsSql = `
SELECT seq, epoch, local_id::text, type, session_id::text, hash, event, NULL AS event_json FROM events
WHERE tenant_id = $1 AND terminal_id = $2 AND (epoch, seq) > ($3::bigint, $4::bigint)
UNION ALL
SELECT DISTINCT ON (r.epoch, r.seq) r.seq, r.epoch, NULL, NULL, NULL, r.declared_hash, NULL, r.event_json FROM refused r
WHERE r.tenant_id = $1 AND r.terminal_id = $2 AND (r.epoch, r.seq) > ($3::bigint, $4::bigint)
  AND NOT EXISTS (SELECT 1 FROM events e WHERE e.tenant_id = r.tenant_id AND e.terminal_id = r.terminal_id
    AND e.epoch = r.epoch AND e.seq = r.seq)
ORDER BY epoch, seq LIMIT ${String(rowsAtOnce)}`;

const forksSql = `
SELECT seq, epoch, local_id::text, type, session_id::text, hash, event, NULL AS event_json FROM forks
WHERE tenant_id = $1 AND terminal_id = $2 AND (epoch, seq, hash) > ($3::bigint, $4::bigint, $5)
ORDER BY epoch, seq, hash LIMIT ${String(rowsAtOnce)}`;

interface StoredRow {
  readonly seq: number;
  readonly epoch: number;
  readonly local_id: string | null;
  readonly type: string | null;
  readonly session_id: string | null;
  readonly hash: string;
  readonly event: string | null;
  readonly event_json: string | null;
}

const rowOf = ({ event, event_json, local_id, type, session_id, ...place }: StoredRow): CentralLogRow => {
  if (event === null && event_json === null) {
    throw new Error('This part of the log was archived while it was read: read it again.');
  }
  if (event === null) return { ...place, event: JSON.parse(event_json ?? '""') as string };
  return {
    ...place,
    event,
    session_id,
    ...(local_id === null ? {} : { local_id }),
    ...(type === null ? {} : { type }),
  };
};

/** A question that is asked page by page: what comes after the last row of the page before. */
interface Paged {
  readonly sql: string;
  readonly start: readonly unknown[];
  readonly next: (last: StoredRow) => readonly unknown[];
}

async function* pages(
  db: CentralDatabase,
  { tenant_id, terminal_id }: NamedTerminal,
  { sql, start, next }: Paged,
): AsyncGenerator<readonly CentralLogRow[]> {
  let after = start;
  for (;;) {
    const rows = await read<StoredRow>(db, tenant_id, sql, [terminal_id, ...after]);
    const last = rows.at(-1);
    if (!last) return;
    yield rows.map(rowOf);
    after = next(last);
  }
}

/** What central holds of each position after one, by epoch and then seq, a few hundred at a time. */
export const rowsAfter = (
  db: CentralDatabase,
  terminal: NamedTerminal,
  after: { readonly epoch: number; readonly seq: number },
): AsyncIterable<readonly CentralLogRow[]> =>
  pages(db, terminal, {
    sql: rowsSql,
    start: [after.epoch, after.seq],
    next: ({ epoch, seq }) => [epoch, seq],
  });

/** The events that dispute a position, by epoch, seq and hash, a few hundred at a time. */
export const forksOf = (db: CentralDatabase, terminal: NamedTerminal): AsyncIterable<readonly CentralLogRow[]> =>
  pages(db, terminal, { sql: forksSql, start: [0, 0, ''], next: ({ epoch, seq, hash }) => [epoch, seq, hash] });
