import type { SyncRequest } from '../outbox/protocol.js';
import { prepared } from '../projections/prepared-statement.js';
import type { Transaction } from './database.js';
import type { KnownTerminal } from './enrolment.js';
import type { Ledger } from './ledger.js';
import type { Unprojected } from './projector.js';
import type { Decision } from './verdict.js';

/** A batch after it was judged. */
export interface Batch {
  readonly terminal: KnownTerminal;
  readonly request: Pick<SyncRequest, 'epoch' | 'head' | 'catalog_version' | 'status'>;
  /** Under which the terminal journals it too, if it named one. */
  readonly request_id: string;
  readonly batch_id: string;
  readonly receivedAt: Date;
  /** Whether the head is signed with the terminal's key. */
  readonly isHeadGenuine: boolean;
  readonly decisions: readonly Decision[];
  /** Accepted events that the read models could not take in. */
  readonly failed: readonly Unprojected[];
  readonly ledger: Ledger;
}

/** A batch, and how far its branch is decided now; null where that is noted already or not certain. */
export type FollowedBatch = Batch & { readonly progress: number | null };

const journalSql = prepared(`
WITH journalled AS (
  INSERT INTO batches (tenant_id, batch_id, terminal_id, request_id, received_at, events_count, first_seq, last_seq, new_count,
    duplicate_count, rejected)
  SELECT $1::uuid, $19::uuid, $2::uuid, $4::uuid, $3::timestamptz, $5::bigint, $6::bigint, $7::bigint, $8::bigint, $9::bigint, $10::json WHERE $5::bigint > 0
), kept_head AS (
  INSERT INTO heads (tenant_id, terminal_id, epoch, seq, hash, signature, received_at)
  SELECT $1::uuid, $2::uuid, $11::bigint, $12::bigint, $13::text, $14::text, $3::timestamptz WHERE $15::boolean
  ON CONFLICT (tenant_id, terminal_id, epoch) DO UPDATE
    SET seq = excluded.seq, hash = excluded.hash, signature = excluded.signature, received_at = excluded.received_at
    WHERE heads.seq < excluded.seq
), went_on AS (
  INSERT INTO progress (tenant_id, terminal_id, epoch, contiguous_seq)
  SELECT $1::uuid, $2::uuid, $11::bigint, $22::bigint WHERE $22::bigint IS NOT NULL
  ON CONFLICT (tenant_id, terminal_id, epoch) DO UPDATE SET contiguous_seq = excluded.contiguous_seq
), ended AS (
  DELETE FROM fold_marks WHERE tenant_id = $1::uuid AND terminal_id = $2::uuid
)
UPDATE terminals SET last_seen_at = $3::timestamptz, catalog_version = $16::bigint, enrolled_seq = $17::bigint,
  head_seq = $12::bigint, oldest_pending_at = $20::timestamptz, clock_offset_ms = coalesce($21::bigint, clock_offset_ms),
  head_alarm = coalesce($18::text, head_alarm), head_alarm_at = CASE WHEN $18::text IS NULL THEN head_alarm_at ELSE $3::timestamptz END
WHERE tenant_id = $1::uuid AND terminal_id = $2::uuid`);

/**
 * Notes a batch: in the delivery journal unless it was empty, on the terminal, how far its branch is decided, and its signed head if central holds the
 * event that the head names. A head with a wrong signature refuses nothing, because the token already says who it is
 * and takings must not be held back; it raises an alarm on the terminal, and what lies behind stays unanchored.
 */
export const journal = (transaction: Transaction, batch: FollowedBatch): Promise<unknown> => {
  const { terminal, request, request_id, receivedAt, isHeadGenuine, decisions, ledger } = batch;
  const seqs = decisions.flatMap((decision) =>
    'item' in decision && decision.item.kind === 'genuine' ? [decision.item.envelope.seq] : [],
  );
  const count = (does: Decision['does']): number => decisions.filter((decision) => decision.does === does).length;
  const { epoch, head, catalog_version, status } = request;
  const isHeld = ledger.at(epoch, head.seq).some(({ hash }) => hash === head.hash);
  const alarm = isHeadGenuine
    ? null
    : `The head at position ${String(head.seq)} is not signed with the terminal's key.`;
  const values = [
    ...[terminal.tenant_id, terminal.terminal_id, receivedAt, request_id, decisions.length],
    ...[seqs.length === 0 ? null : Math.min(...seqs), seqs.length === 0 ? null : Math.max(...seqs)],
    ...[count('accept'), count('repeat') + count('project'), JSON.stringify(rejectedByCode(batch))],
    ...[epoch, head.seq, head.hash, head.signature, isHeadGenuine && isHeld, catalog_version],
    ...[ledger.enrolledSeq, alarm, batch.batch_id],
    ...[status?.oldest_pending_at ?? null, status ? Date.parse(status.sent_at) - receivedAt.getTime() : null],
    batch.progress,
  ];
  return transaction.query({ ...journalSql, values });
};

const rejectedByCode = ({ decisions, failed }: Batch): Record<string, number> => {
  const counts: Record<string, number> = failed.length === 0 ? {} : { PROJECTION_FAILED: failed.length };
  for (const decision of decisions) {
    if (!('rejection' in decision)) continue;
    const { code } = decision.rejection;
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return counts;
};

/** What became of the attempt to count events. */
export interface FoldOutcome {
  readonly failed: readonly Unprojected[];
  /** Ids of those that had failed before. */
  readonly tried: readonly string[];
  /** The version of this program. */
  readonly version: string;
}

/**
 * Keeps the list of events that no read model counts yet.
 * @param outcome what failed now, and the ids of those on the list that were tried again
 */
export const updateUnprojected = async (
  transaction: Transaction,
  tenant_id: string,
  outcome: FoldOutcome,
  at: Date,
): Promise<void> => {
  const { failed, tried, version } = outcome;
  const stillFailing = new Set(failed.map(({ event }) => event.local_id));
  await transaction.query('DELETE FROM unprojected WHERE tenant_id = $1 AND local_id = ANY($2::uuid[])', [
    tenant_id,
    tried.filter((local_id) => !stillFailing.has(local_id)),
  ]);
  for (const { event, reason, deaths } of failed) {
    await transaction.query(
      `INSERT INTO unprojected (tenant_id, local_id, reason, attempts, first_at, last_at, deadly_version)
       VALUES ($1, $2, $3, $5, $4, $4, $6)
       ON CONFLICT (tenant_id, local_id) DO UPDATE
         SET attempts = unprojected.attempts + excluded.attempts, reason = excluded.reason, last_at = excluded.last_at,
           deadly_version = excluded.deadly_version`,
      [tenant_id, event.local_id, reason, at, deaths ?? 1, deaths === undefined ? null : version],
    );
  }
};
