import { z } from 'zod';
import type { SignedHead } from '../events/signature.js';
import type { SessionRow } from '../projections/sessions.js';
import { type Archive, ArchiveRefused, newestArchive } from './archives.js';
import { sessionOf } from './back-office.js';
import type { Transaction } from './database.js';
import type { Sender } from './inspection.js';
import { reconcile } from './reconciliation.js';

/** What shall be archived of a terminal. */
export interface ArchivePlan {
  readonly public_key: string;
  readonly from_seq: number;
  readonly to_seq: number;
  /** YYYY-MM-DD: the latest business date of what is archived then. */
  readonly last_date: string;
  /** The newest head that the terminal signed: the file goes up to it, so that the signature vouches for all of it. */
  readonly head: SignedHead;
  readonly previous: Archive | undefined;
}

/**
 * Looks for what can be archived: everything up to the end of the last session before the first one of `before` or later.
 * @param before YYYY-MM-DD
 * @returns undefined when nothing new can be
 * @throws ArchiveRefused that names the event at which it stopped
 */
export const planArchive = async (
  transaction: Transaction,
  terminal: Sender,
  before: string,
): Promise<ArchivePlan | undefined> => {
  if (!z.iso.date().safeParse(before).success) {
    throw new ArchiveRefused('ARCHIVE_DATE_INVALID', `“${before}” is not a date: write it as YYYY-MM-DD.`);
  }
  const previous = await newestArchive(transaction, terminal);
  const from_seq = (previous?.to_seq ?? 0) + 1;
  const due = await sessionsBefore(transaction, terminal, { from_seq, before });
  const to_seq = await lastSeqOf(transaction, terminal, due.at(-1));
  if (to_seq === undefined) return undefined;
  const last_date = [previous?.last_date ?? '', ...due.map(({ business_date }) => business_date)].sort().at(-1) ?? '';
  const { rows } = await transaction.query<SignedHead & { readonly public_key: string } & Record<string, unknown>>(
    `SELECT t.public_key, h.epoch, h.seq, h.hash, h.signature FROM terminals t
     JOIN heads h ON h.tenant_id = t.tenant_id AND h.terminal_id = t.terminal_id AND h.epoch = 1
     WHERE t.tenant_id = $1 AND t.terminal_id = $2`,
    [terminal.tenant_id, terminal.terminal_id],
  );
  const [found] = rows;
  if (!found || found.seq < to_seq) {
    throw new ArchiveRefused(
      'ARCHIVE_UNSIGNED',
      `no signed head of the terminal lies at event ${String(to_seq)} or after it. Wait for its next exchange.`,
    );
  }
  const { public_key, epoch, seq, hash, signature } = found;
  await refuseDisputed(transaction, terminal, seq);
  return { public_key, from_seq, to_seq, last_date, head: { epoch, seq, hash, signature }, previous };
};

/** The sessions in time, in the order of the log; every one has to be closed and its Z right. */
const sessionsBefore = async (
  transaction: Transaction,
  { tenant_id, terminal_id }: Sender,
  { from_seq, before }: { readonly from_seq: number; readonly before: string },
): Promise<readonly SessionRow[]> => {
  const { rows } = await transaction.query<Record<string, unknown>>(
    `SELECT * FROM session_totals WHERE tenant_id = $1 AND terminal_id = $2 AND (report ->> 'first_seq')::bigint >= $3
     ORDER BY (report ->> 'first_seq')::bigint`,
    [tenant_id, terminal_id, from_seq],
  );
  const all = rows.map((row) => sessionOf(row));
  const end = all.findIndex(({ business_date }) => business_date >= before);
  const due = end === -1 ? all : all.slice(0, end);
  for (const session of due) checkSession(session);
  return due;
};

const lastSeqOf = async (
  transaction: Transaction,
  { tenant_id, terminal_id }: Sender,
  last: SessionRow | undefined,
): Promise<number | undefined> => {
  if (!last) return undefined;
  const closed = await transaction.query<{ seq: number | null }>(
    `SELECT max(seq) AS seq FROM events WHERE tenant_id = $1 AND terminal_id = $2 AND session_id = $3
       AND type = 'SessionClosed'`,
    [tenant_id, terminal_id, last.session_id],
  );
  return closed.rows[0]?.seq ?? undefined;
};

const checkSession = (session: SessionRow): void => {
  const { status, business_date, report } = session;
  const which = `the session of ${business_date} that was opened with event ${String(report.first_seq)}`;
  if (status !== 'closed') throw new ArchiveRefused('ARCHIVE_SESSION_OPEN', `${which} is not closed.`);
  if (reconcile(session).reconciled !== true) {
    throw new ArchiveRefused('ARCHIVE_SESSION_DIFFERS', `${which} has a Z that is not what its events add up to.`);
  }
};

/** Refuses where anything up to a position is not certain. */
export const refuseDisputed = async (
  transaction: Transaction,
  { tenant_id, terminal_id }: Sender,
  to_seq: number,
): Promise<void> => {
  const { rows } = await transaction.query<{ seq: number; what: string }>(
    `SELECT seq, 'is disputed' AS what FROM forks WHERE tenant_id = $1 AND terminal_id = $2 AND seq <= $3
     UNION ALL SELECT coalesce(seq, 0), 'was refused and is not settled by another delivery' FROM refused
       WHERE tenant_id = $1 AND terminal_id = $2 AND coalesce(seq, 0) <= $3
     UNION ALL SELECT e.seq, 'is not counted by the read models' FROM unprojected u
       JOIN events e ON e.tenant_id = u.tenant_id AND e.local_id = u.local_id
       WHERE u.tenant_id = $1 AND e.terminal_id = $2 AND e.seq <= $3
     ORDER BY 1 LIMIT 1`,
    [tenant_id, terminal_id, to_seq],
  );
  const [first] = rows;
  if (first) throw new ArchiveRefused('ARCHIVE_DISPUTED', `event ${String(first.seq)} ${first.what}.`);
  const branches = await transaction.query<{ seq: number; epoch: number }>(
    `SELECT seq, epoch FROM events WHERE tenant_id = $1 AND terminal_id = $2 AND epoch > 1 ORDER BY epoch, seq LIMIT 1`,
    [tenant_id, terminal_id],
  );
  const [start] = branches.rows;
  if (!start) return;
  throw new ArchiveRefused(
    'ARCHIVE_BRANCHED',
    `epoch ${String(start.epoch)} starts at event ${String(start.seq)}: the log of a restored terminal is kept whole.`,
  );
};
