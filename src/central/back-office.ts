import { z } from 'zod';
import type { TillEvent } from '../domain/event.js';
import { readText, UnreadableEvent } from '../events/envelope.js';
import type { Ports } from '../ports.js';
import { readPostgresCells } from '../projections/postgres-tables.js';
import { centralReadModels } from '../projections/read-models.js';
import { rejectionSettlements } from '../projections/rejection-settlements.js';
import { sessions, type SessionRow } from '../projections/sessions.js';
import { alongBranches } from './session-branches.js';
import type { CentralDatabase } from './database.js';
import { type Actor, noteAction } from './office-actions.js';
import { Problem } from './problem.js';
import { project } from './projector.js';
import { foldLock, shadowModels } from './shadow-tables.js';
import { quotedUuid } from './tenant.js';
import { reconcile, type Reconciliation } from './reconciliation.js';

const pageRowsMax = 500;

/** A whole number as it stands behind the question mark. */
export const integerText = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/u)
    .transform(Number)
    .pipe(z.int().min(min).max(max));

/** What a list of the back office can be narrowed to, as it stands behind the question mark. */
export const pageSchema = z.strictObject({
  terminal_id: z.guid().toLowerCase().optional(),
  business_date: z.iso.date().optional(),
  limit: integerText(1, pageRowsMax).default(100),
  offset: integerText(0, 1_000_000).default(0),
});

/** A part of a list. */
export type Page = z.infer<typeof pageSchema>;

/** A row as it is answered. */
export type Row = Readonly<Record<string, unknown>>;

/** Rows of one statement, whose first value is the tenant. */
export const list = (
  db: CentralDatabase,
  tenant_id: string,
  sql: string,
  values: readonly unknown[],
): Promise<readonly Row[]> =>
  db.inTenant(tenant_id, async (transaction) => {
    const { rows } = await transaction.query<Row>(sql, [tenant_id, ...values]);
    return rows;
  });

const isSettled = (local_id: string): string =>
  `EXISTS (SELECT 1 FROM ${rejectionSettlements.table} s WHERE s.tenant_id = t.tenant_id AND s.rejected_local_id = ${local_id})`;

/**
 * The terminals of a tenant and how they are: last seen, how far their log is decided, alarms, and every branch of the log
 * that ever had an epoch of its own. Two branches that are both seen today are two machines with one key.
 */
export const listTerminals = (db: CentralDatabase, tenant_id: string): Promise<readonly Row[]> =>
  list(
    db,
    tenant_id,
    `SELECT t.terminal_id, t.store_id, s.name AS store_name, t.enrolled_at, t.revoked_at, t.rotation_asked_at, t.last_seen_at,
       t.catalog_version, t.head_alarm, t.head_alarm_at, t.clock_offset_ms, t.head_seq,
       f.software_version, f.zone, f.started_at, f.clock_jumps_count, h.epoch, h.seq AS anchored_to_seq, h.hash AS head_hash,
       p.contiguous_seq, greatest(0, t.head_seq - coalesce(p.contiguous_seq, 0)) AS pending,
       CASE WHEN t.head_seq > coalesce(p.contiguous_seq, 0) THEN t.oldest_pending_at END AS oldest_pending_at,
       (SELECT count(*) FROM forks f WHERE f.tenant_id = t.tenant_id AND f.terminal_id = t.terminal_id
        AND f.adopted_at IS NULL AND NOT ${isSettled('f.local_id::text')}) AS disputed_count,
       (SELECT count(*) FROM refused r WHERE r.tenant_id = t.tenant_id AND r.terminal_id = t.terminal_id
        AND NOT ${isSettled('r.local_id')}) AS refused_count,
       (SELECT json_agg(json_build_object('epoch', b.epoch, 'anchored_to_seq', b.seq, 'head_hash', b.hash,
          'last_seen_at', b.received_at) ORDER BY b.epoch)
        FROM heads b WHERE b.tenant_id = t.tenant_id AND b.terminal_id = t.terminal_id) AS branches
     FROM terminals t
     JOIN stores s ON s.tenant_id = t.tenant_id AND s.store_id = t.store_id
     LEFT JOIN terminal_facts f ON f.tenant_id = t.tenant_id AND f.terminal_id = t.terminal_id::text
     LEFT JOIN LATERAL (SELECT epoch, seq, hash FROM heads h WHERE h.tenant_id = t.tenant_id
       AND h.terminal_id = t.terminal_id ORDER BY epoch DESC LIMIT 1) h ON true
     LEFT JOIN LATERAL (SELECT contiguous_seq FROM progress p WHERE p.tenant_id = t.tenant_id
       AND p.terminal_id = t.terminal_id ORDER BY epoch DESC LIMIT 1) p ON true
     WHERE t.tenant_id = $1 ORDER BY s.name, t.enrolled_at`,
    [],
  );

/** What a page narrows a statement to: $2 to $5. */
export const isSessionOf = (page: Page): readonly unknown[] => [
  page.terminal_id ?? null,
  page.business_date ?? null,
  page.limit,
  page.offset,
];

/** A till session as its row of central's database holds it. */
export const sessionOf = (row: Row): SessionRow => readPostgresCells(sessions, row);

const readSessions = (
  db: CentralDatabase,
  tenant_id: string,
  page: Page,
  also: string,
): Promise<readonly SessionRow[]> => {
  return db.inTenant(tenant_id, async (transaction) => {
    const { rows } = await transaction.query<Row>(
      `SELECT * FROM ${sessions.table} WHERE tenant_id = $1 AND ($2::text IS NULL OR terminal_id = $2)
       AND ($3::text IS NULL OR business_date = $3) ${also}
     ORDER BY business_date DESC, z_number DESC NULLS FIRST, session_id LIMIT $4 OFFSET $5`,
      [tenant_id, ...isSessionOf(page)],
    );
    return alongBranches(transaction, tenant_id, rows.map(sessionOf));
  });
};

/** A till session beside its Z. */
export type ReconciledSession = SessionRow & Reconciliation;

/** The till sessions, newest first, each compared with its Z; one that a restored disk went on with, once for each branch. */
export const listSessions = async (
  db: CentralDatabase,
  tenant_id: string,
  page: Page,
): Promise<readonly ReconciledSession[]> =>
  (await readSessions(db, tenant_id, page, '')).map((row) => ({ ...row, ...reconcile(row) }));

/** The Z reports as the terminals recorded them, newest first, each with what central's own sum says about it. */
export const listZReports = async (db: CentralDatabase, tenant_id: string, page: Page): Promise<readonly Row[]> =>
  (await readSessions(db, tenant_id, page, 'AND z_number IS NOT NULL'))
    .filter((row) => row.z_number !== null)
    .map((row) => {
      const { terminal_id, epoch, z_number, z_report } = row;
      return { terminal_id, epoch, z_number, z_report, ...reconcile(row) };
    });

/** Which part of what was refused is asked for: what is still open, or what people settled at the terminal. */
export const rejectedSchema = pageSchema.extend({ settled: z.enum(['true', 'false']).default('false') });

/**
 * Everything that was sent and does not count: refused, disputed, and kept but not evaluated; newest first. What people
 * settled at the terminal stays as evidence, in a list of its own.
 */
export const listRejected = (
  db: CentralDatabase,
  tenant_id: string,
  page: z.infer<typeof rejectedSchema>,
): Promise<readonly Row[]> =>
  list(
    db,
    tenant_id,
    `SELECT rejected.*, s.settled_at, s.settled_by, s.approved_by, s.resolution, s.replaced_by FROM (
       SELECT terminal_id::text, epoch, seq, local_id, declared_hash AS hash, code, reason, permanent, attempts, first_at,
         last_at, event_json AS event FROM refused WHERE tenant_id = $1
       UNION ALL SELECT terminal_id::text, epoch, seq, local_id::text, hash, 'CONFLICT', 'Another event is in its place.',
         true, attempts, first_at, last_at, to_json(event)::text
         FROM forks WHERE tenant_id = $1 AND adopted_at IS NULL
       UNION ALL SELECT e.terminal_id::text, e.epoch, e.seq, e.local_id::text, e.hash, 'PROJECTION_FAILED', u.reason,
         false, u.attempts, u.first_at, u.last_at, to_json(e.event)::text
         FROM unprojected u JOIN events e ON e.tenant_id = u.tenant_id AND e.local_id = u.local_id
         WHERE u.tenant_id = $1) AS rejected
     LEFT JOIN ${rejectionSettlements.table} s ON s.tenant_id = $1 AND s.rejected_local_id = rejected.local_id
       AND s.terminal_id = rejected.terminal_id
     WHERE (s.rejected_local_id IS NOT NULL) = $6 AND ($2::text IS NULL OR rejected.terminal_id = $2) AND ($3::text IS NULL OR event LIKE '%' || $3 || '%')
     ORDER BY last_at DESC, hash LIMIT $4 OFFSET $5`,
    [...isSessionOf(page), page.settled === 'true'],
  );

/** What each request brought, newest first: under the id that the terminal journals it too, so that the two compare. */
export const listDeliveries = (
  db: CentralDatabase,
  tenant_id: string,
  {
    terminal_id = null,
    limit,
    offset,
  }: Omit<Page, 'business_date' | 'terminal_id'> & { readonly terminal_id?: string | null | undefined },
): Promise<readonly Row[]> =>
  list(
    db,
    tenant_id,
    `SELECT request_id, terminal_id, received_at, events_count, first_seq, last_seq, new_count, duplicate_count, rejected
     FROM batches WHERE tenant_id = $1 AND ($2::uuid IS NULL OR terminal_id = $2)
     ORDER BY received_at DESC, batch_id LIMIT $3 OFFSET $4`,
    [terminal_id, limit, offset],
  );

/** Names a disputed event: the terminal that sent it, and its hash. */
export interface ForkName {
  readonly terminal_id: string;
  readonly hash: string;
}

/**
 * Adopts a disputed event: a person says that it happened. It counts from now on, and the terminal is told that it is
 * accepted when it sends it again. Adopting it twice changes nothing.
 *
 * @param fork the disputed event
 * @throws Problem FORK_UNKNOWN 404, FORK_DOUBLES 409
 */
export const adoptFork = (db: CentralDatabase, by: Actor, fork: ForkName, ports: Ports): Promise<void> =>
  db.inTenant(
    by.tenant_id,
    async (transaction) => {
      const { tenant_id } = by;
      await transaction.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 42))`, [
        `${tenant_id}/${fork.terminal_id}`,
      ]);
      const { rows } = await transaction.query<{ event: string; adopted_at: Date | null }>(
        'SELECT event, adopted_at FROM forks WHERE tenant_id = $1 AND terminal_id = $2 AND hash = $3',
        [tenant_id, fork.terminal_id, fork.hash],
      );
      const found = rows[0];
      if (!found) throw new Problem(404, 'FORK_UNKNOWN', 'There is no such disputed event.');
      if (found.adopted_at !== null) return;
      const events = readable(found.event);
      const { rows: taken } = await transaction.query(
        `SELECT 1 FROM events WHERE tenant_id = $1 AND local_id = ANY($2::uuid[])
         UNION ALL SELECT 1 FROM forks WHERE tenant_id = $1 AND local_id = ANY($2::uuid[]) AND adopted_at IS NOT NULL`,
        [tenant_id, events.map(({ local_id }) => local_id)],
      );
      if (taken.length > 0) {
        const hint = 'It has the id of an event that counts already: adopting it would count that receipt twice.';
        throw new Problem(409, 'FORK_DOUBLES', hint);
      }
      await transaction.query(
        'UPDATE forks SET adopted_at = $4, remote_id = $5 WHERE tenant_id = $1 AND terminal_id = $2 AND hash = $3',
        [tenant_id, fork.terminal_id, fork.hash, new Date(ports.clock.wall()), ports.randomness.uuid()],
      );
      const adopted = { action: 'fork_adopted', terminal_id: fork.terminal_id, subject: fork.hash } as const;
      await noteAction(transaction, by, adopted, ports);
      const { rows: rebuilding } = await transaction.query('SELECT 1 FROM rebuilds WHERE tenant_id = $1', [tenant_id]);
      const also = rebuilding.length > 0 ? shadowModels : [];
      await project(transaction, tenant_id, [...centralReadModels, ...also], events);
    },
    [`SELECT ${foldLock(quotedUuid(by.tenant_id))}`],
  );

/** The event, if this version of central can read it. */
const readable = (text: string): readonly TillEvent[] => {
  try {
    return [readText(text)];
  } catch (cause) {
    if (cause instanceof UnreadableEvent)
      throw new Problem(409, 'FORK_UNKNOWN', 'It cannot be evaluated: ' + cause.message);
    throw cause;
  }
};
