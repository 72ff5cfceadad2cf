import type { EventRow } from '../events/log.js';
import type { Sqlite } from '../events/sqlite.js';
import { batchBytesMax, batchEventsMax } from './protocol.js';

/** What of the log central has acknowledged. It lies beside the log, never in it. */
export const outboxTables = `
CREATE TABLE IF NOT EXISTS outbox (
  seq       INTEGER PRIMARY KEY,  -- the event's position in the log
  local_id  TEXT NOT NULL,        -- the event
  remote_id TEXT,                 -- what central calls it; null until acknowledged
  synced_at TEXT,                 -- UTC, when the acknowledgement was stored; null until acknowledged
  code      TEXT,                 -- why central refused it; null while it is not parked
  reason    TEXT,                 -- the same for a person
  permanent INTEGER,              -- 1 when central says that trying again will not help
  attempts  INTEGER NOT NULL DEFAULT 0  -- how often central refused it
) STRICT;
CREATE INDEX IF NOT EXISTS outbox_pending ON outbox (seq) WHERE synced_at IS NULL AND code IS NULL;
CREATE INDEX IF NOT EXISTS outbox_parked ON outbox (seq) WHERE synced_at IS NULL AND code IS NOT NULL;
CREATE TABLE IF NOT EXISTS deliveries (
  delivery_id TEXT PRIMARY KEY,   -- UUID, also the request id that central journals
  sent_at     TEXT NOT NULL,      -- UTC
  from_seq    INTEGER NOT NULL,
  to_seq      INTEGER NOT NULL,
  events      INTEGER NOT NULL,   -- how many were sent
  accepted    INTEGER,            -- null while no answer came
  rejected    INTEGER,
  outcome     TEXT NOT NULL       -- sent, answered, or what went wrong
) STRICT;
`;

/** A verdict that refused an event. */
export interface Rejection {
  readonly local_id: string;
  readonly code: string;
  readonly reason: string;
  readonly permanent: boolean;
}

/** An event that central refused and that is shown to people until it is accepted or settled. */
export interface Parked extends Rejection {
  readonly seq: number;
  readonly attempts: number;
}

/** What people decided about a parked event. */
export interface ParkedSettlement {
  readonly settlement_local_id: string;
  readonly rejected_local_id: string;
  readonly resolution: string;
  readonly replaced_by: string | null;
}

/** An acknowledgement of one event. */
export interface Acknowledgement {
  readonly seq: number;
  readonly remote_id: string;
}

/** The events that central has not acknowledged. What is open is a row; the events themselves are read from the log. */
export class Outbox {
  private readonly insert;
  private readonly acknowledged;
  private readonly parked;
  private readonly answered;

  /** @param db holds {@link outboxTables}, the log and the read model `rejection_settlements` */
  constructor(private readonly db: Sqlite) {
    this.insert = db.prepare<[number, string]>('INSERT INTO outbox (seq, local_id) VALUES (?, ?)');
    this.acknowledged = db.prepare<[string, string, number]>(
      'UPDATE outbox SET remote_id = ?, synced_at = ?, code = NULL, reason = NULL, permanent = NULL WHERE seq = ?',
    );
    this.parked = db.prepare<[string, string, number, number]>(
      'UPDATE outbox SET code = ?, reason = ?, permanent = ?, attempts = attempts + 1 WHERE seq = ? AND synced_at IS NULL',
    );
    this.answered = db.prepare<[number, number, string]>(
      "UPDATE deliveries SET outcome = 'answered', accepted = ?, rejected = ? WHERE delivery_id = ?",
    );
  }

  /** Notes an event as not acknowledged. Must be inside the transaction that appends it. */
  enqueue(seq: number, localId: string): void {
    this.insert.run(seq, localId);
  }

  /** Notes every event of the log that is not noted, as not acknowledged. */
  refill(): void {
    this.db.exec(
      'INSERT INTO outbox (seq, local_id) SELECT seq, local_id FROM events WHERE seq NOT IN (SELECT seq FROM outbox)',
    );
  }

  /** How many events central has not acknowledged, the parked ones included until they are settled. */
  get pendingCount(): number {
    const open = 'SELECT count(*) AS n FROM outbox WHERE synced_at IS NULL AND code IS';
    const count = (rest: string): number => this.db.prepare<[], { n: number }>(`${open} ${rest}`).get()?.n ?? 0;
    return count('NULL') + count(`NOT NULL AND ${unsettled}`);
  }

  /** Whether an event waits that central was never asked about, or did not decide. */
  get hasUnsent(): boolean {
    const first = 'SELECT 1 FROM outbox WHERE synced_at IS NULL AND code IS NULL LIMIT 1';
    return this.db.prepare(first).get() !== undefined;
  }

  /** Events of these types that central has not acknowledged, the parked ones included; at most `limit`. */
  open(types: readonly string[], limit: number): readonly EventRow[] {
    const which = (code: string): string => `SELECT seq FROM outbox WHERE synced_at IS NULL AND code IS ${code}`;
    return this.db
      .prepare<[string, number], EventRow>(
        `SELECT e.* FROM (${which('NULL')} UNION ALL ${which('NOT NULL')}) o JOIN events e ON e.seq = o.seq
          WHERE e.type IN (SELECT value FROM json_each(?)) LIMIT ?`,
      )
      .all(JSON.stringify(types), limit);
  }

  /** The next events to send, oldest first, within the limits of one request. Costs the same however long the log is. */
  nextBatch(): readonly EventRow[] {
    return withinLimits(
      this.db
        .prepare<[number], EventRow>(
          `SELECT e.* FROM outbox o JOIN events e ON e.seq = o.seq
            WHERE o.synced_at IS NULL AND o.code IS NULL ORDER BY o.seq LIMIT ?`,
        )
        .all(batchEventsMax),
    );
  }

  /** Events of a range that central asked for again, oldest first, within the limits of one request. */
  range(fromSeq: number, toSeq: number): readonly EventRow[] {
    return withinLimits(
      this.db
        .prepare<[number, number, number], EventRow>(
          'SELECT * FROM events WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?',
        )
        .all(fromSeq, toSeq, batchEventsMax),
    );
  }

  /**
   * Stores the verdicts of one answer in one transaction. A verdict on an event that was already acknowledged is kept out.
   * @param deliveryId of the batch that it answers, which is journalled with them
   */
  store(
    accepted: readonly Acknowledgement[],
    rejected: readonly (Rejection & { readonly seq: number })[],
    syncedAt: string,
    deliveryId?: string,
  ): void {
    this.db
      .transaction(() => {
        for (const { seq, remote_id } of accepted) this.acknowledged.run(remote_id, syncedAt, seq);
        for (const { code, reason, permanent, seq } of rejected) {
          this.parked.run(code, reason, permanent ? 1 : 0, seq);
        }
        if (deliveryId !== undefined) this.answered.run(accepted.length, rejected.length, deliveryId);
      })
      .immediate();
  }

  /** Whether central refused the event and did not accept it since. */
  isParked(localId: string): boolean {
    const parked = 'SELECT 1 FROM outbox WHERE local_id = ? AND synced_at IS NULL AND code IS NOT NULL';
    return this.db.prepare<[string]>(parked).get(localId) !== undefined;
  }

  /** What people decided about an event; undefined when nobody did. */
  settlementOf(localId: string): ParkedSettlement | undefined {
    const settled = 'SELECT * FROM rejection_settlements WHERE rejected_local_id = ?';
    return this.db.prepare<[string], ParkedSettlement>(settled).get(localId);
  }

  /** Everything that central refused and that is neither accepted nor settled yet, oldest first. */
  parkedEvents(): readonly Parked[] {
    return this.db
      .prepare<[], Omit<Parked, 'permanent'> & { readonly permanent: number }>(
        `SELECT seq, local_id, code, reason, permanent, attempts FROM outbox
          WHERE synced_at IS NULL AND code IS NOT NULL AND ${unsettled} ORDER BY seq`,
      )
      .all()
      .map((row) => ({ ...row, permanent: row.permanent === 1 }));
  }

  /** Every event up to here is acknowledged or settled. */
  get contiguousSeq(): number {
    const row = this.db.prepare<[], { seq: number | null }>(`SELECT ${firstOpen} AS seq`).get();
    const newest = this.db.prepare<[], { seq: number | null }>('SELECT max(seq) AS seq FROM outbox').get();
    return row?.seq ? row.seq - 1 : (newest?.seq ?? 0);
  }

  /** When the oldest event that central has not acknowledged was recorded; null when there is none. */
  get oldestPendingAt(): string | null {
    const row = this.db.prepare<[], { envelope: string }>(`SELECT envelope FROM events WHERE seq = ${firstOpen}`).get();
    return row ? (JSON.parse(row.envelope) as { occurred_at: string }).occurred_at : null;
  }

  /** When the last batch that central answered was sent; null when none ever was. */
  get lastSyncedAt(): string | null {
    const last = "SELECT sent_at FROM deliveries WHERE outcome = 'answered' ORDER BY rowid DESC LIMIT 1";
    return this.db.prepare<[], { sent_at: string }>(last).get()?.sent_at ?? null;
  }

  /** Journals that a batch leaves. */
  journalSent(deliveryId: string, sentAt: string, rows: readonly EventRow[]): void {
    const first = rows[0];
    const last = rows.at(-1);
    if (!first || !last) return;
    this.db
      .prepare(
        "INSERT INTO deliveries (delivery_id, sent_at, from_seq, to_seq, events, outcome) VALUES (?, ?, ?, ?, ?, 'sent')",
      )
      .run(deliveryId, sentAt, first.seq, last.seq, rows.length);
  }

  /** Journals that a batch brought no verdicts. @param fault what went wrong */
  journalFault(deliveryId: string, fault: string): void {
    this.db.prepare('UPDATE deliveries SET outcome = ? WHERE delivery_id = ?').run(fault, deliveryId);
  }
}

/** A settled event needs nobody any more, whatever central says to it. */
const unsettled = 'local_id NOT IN (SELECT rejected_local_id FROM rejection_settlements)';

/** The first event that is not acknowledged, through the two partial indexes. */
const firstOpen = `(SELECT min(seq) FROM (
  SELECT min(seq) AS seq FROM outbox WHERE synced_at IS NULL AND code IS NULL
  UNION ALL SELECT min(seq) FROM outbox WHERE synced_at IS NULL AND code IS NOT NULL AND ${unsettled}))`;

const withinLimits = (rows: readonly EventRow[]): readonly EventRow[] => {
  let bytes = 0;
  const end = rows.findIndex((row, index) => {
    bytes += Buffer.byteLength(row.envelope);
    return index > 0 && bytes > batchBytesMax;
  });
  return end === -1 ? rows : rows.slice(0, end);
};
