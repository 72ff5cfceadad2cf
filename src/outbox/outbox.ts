import { eventColumns, type EventRow } from '../events/log.js';
import type { Sqlite } from '../events/sqlite.js';
import { batchBytesMax, batchEventsMax } from './protocol.js';

/**
 * What central said of the log. It lies beside the log, never in it. Of an event that waits there is no row, so that
 * recording one writes nothing here; they are found behind the frontier at once, however long the log is.
 */
export const outboxTables = `
CREATE TABLE IF NOT EXISTS verdicts (
  seq       INTEGER PRIMARY KEY,  -- the event's position in the log
  local_id  TEXT NOT NULL,        -- the event
  remote_id TEXT,                 -- what central calls it; null until acknowledged
  synced_at TEXT,                 -- UTC, when the acknowledgement was stored; null until acknowledged
  code      TEXT,                 -- why central refused it; null while it is not parked
  reason    TEXT,                 -- the same for a person
  permanent INTEGER,              -- 1 when central says that trying again will not help
  attempts  INTEGER NOT NULL DEFAULT 0  -- how often central refused it
) STRICT;
CREATE INDEX IF NOT EXISTS verdicts_parked ON verdicts (seq) WHERE synced_at IS NULL;
CREATE TABLE IF NOT EXISTS outbox_frontier (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  seq INTEGER NOT NULL            -- every event up to here has its verdict, and the next one has none
) STRICT;
INSERT OR IGNORE INTO outbox_frontier VALUES (1, 0);
CREATE VIEW IF NOT EXISTS outbox AS
  SELECT e.seq, e.local_id, v.remote_id, v.synced_at, v.code, v.reason, v.permanent, coalesce(v.attempts, 0) AS attempts
    FROM events e LEFT JOIN verdicts v ON v.seq = e.seq;
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

/** The events that central has not acknowledged: those of the log that have no verdict, and those that it refused. */
export class Outbox {
  private readonly acknowledged;
  private readonly parked;
  private readonly advance;
  private readonly answered;

  /** @param db holds {@link outboxTables}, the log and the read model `rejection_settlements` */
  constructor(private readonly db: Sqlite) {
    this.acknowledged = db.prepare<[string, string, number]>(
      `INSERT INTO verdicts (seq, local_id, remote_id, synced_at) SELECT seq, local_id, ?, ? FROM events WHERE seq = ?
       ON CONFLICT (seq) DO UPDATE SET remote_id = excluded.remote_id, synced_at = excluded.synced_at,
         code = NULL, reason = NULL, permanent = NULL`,
    );
    this.parked = db.prepare<[string, string, number, number]>(
      `INSERT INTO verdicts (seq, local_id, code, reason, permanent, attempts)
         SELECT seq, local_id, ?, ?, ?, 1 FROM events WHERE seq = ?
       ON CONFLICT (seq) DO UPDATE SET code = excluded.code, reason = excluded.reason, permanent = excluded.permanent,
         attempts = attempts + 1 WHERE synced_at IS NULL`,
    );
    this.advance = db.prepare(
      `UPDATE outbox_frontier SET seq = coalesce((SELECT seq - 1 FROM events WHERE ${isWaiting} ORDER BY seq LIMIT 1), ${newest})`,
    );
    this.answered = db.prepare<[number, number, string]>(
      "UPDATE deliveries SET outcome = 'answered', accepted = ?, rejected = ? WHERE delivery_id = ?",
    );
  }

  /** How many events central has not acknowledged, the parked ones included until they are settled. */
  get pendingCount(): number {
    const waiting = `${newest} - ${frontier} - (SELECT count(*) FROM verdicts WHERE seq > ${frontier})`;
    const parked = `(SELECT count(*) FROM verdicts WHERE ${isParked} AND ${unsettled})`;
    return this.number(`${waiting} + ${parked}`) ?? 0;
  }

  /** Whether an event waits that central was never asked about, or did not decide. */
  get hasUnsent(): boolean {
    return this.number(`(SELECT 1 FROM events WHERE ${isWaiting} LIMIT 1)`) !== null;
  }

  /** Events of these types that central has not acknowledged, the parked ones included; at most `limit`. */
  open(types: readonly string[], limit: number): readonly EventRow[] {
    return this.db
      .prepare<[string, number], EventRow>(
        `SELECT ${eventColumns} FROM (
            SELECT seq FROM events WHERE ${isWaiting} UNION ALL SELECT seq FROM verdicts WHERE ${isParked}
          ) JOIN events USING (seq) WHERE type IN (SELECT value FROM json_each(?)) LIMIT ?`,
      )
      .all(JSON.stringify(types), limit);
  }

  /** The next events to send, oldest first, within the limits of one request. Costs the same however long the log is. */
  nextBatch(): readonly EventRow[] {
    return withinLimits(this.db.prepare<[number], EventRow>(waitingEvents).all(batchEventsMax));
  }

  /** Events of a range that central asked for again, oldest first, within the limits of one request. */
  range(fromSeq: number, toSeq: number): readonly EventRow[] {
    return withinLimits(
      this.db
        .prepare<[number, number, number], EventRow>(
          `SELECT ${eventColumns} FROM events WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?`,
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
        this.advance.run();
        if (deliveryId !== undefined) this.answered.run(accepted.length, rejected.length, deliveryId);
      })
      .immediate();
  }

  /** Whether central refused the event and did not accept it since. */
  isParked(localId: string): boolean {
    const parked = `SELECT 1 FROM verdicts WHERE local_id = ? AND ${isParked}`;
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
        `SELECT seq, local_id, code, reason, permanent, attempts FROM verdicts
          WHERE ${isParked} AND ${unsettled} ORDER BY seq`,
      )
      .all()
      .map((row) => ({ ...row, permanent: row.permanent === 1 }));
  }

  /** Every event up to here is acknowledged or settled. */
  get contiguousSeq(): number {
    return this.number(contiguous) ?? 0;
  }

  /** When the oldest event that central has not acknowledged was recorded; null when there is none. */
  get oldestPendingAt(): string | null {
    const oldest = `SELECT envelope ->> 'occurred_at' FROM events WHERE seq = 1 + ${contiguous}`;
    return this.db.prepare<[], string>(oldest).pluck().get() ?? null;
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

  private number(expression: string): number | null {
    return this.db.prepare<[], number | null>(`SELECT ${expression}`).pluck().get() ?? null;
  }
}

/**
 * Takes out of the outbox what it knows of events that are gone from the log, whose positions the next events take.
 * @param last the newest event that is left
 */
export const forgetVerdicts = (db: Sqlite, last: number): void => {
  db.prepare('DELETE FROM verdicts WHERE seq > ?').run(last);
  db.prepare('UPDATE outbox_frontier SET seq = min(seq, ?)').run(last);
};

const newest = '(SELECT coalesce(max(seq), 0) FROM events)';
const frontier = '(SELECT seq FROM outbox_frontier)';

/** Of an event: central was never asked about it, or did not decide. */
const isWaiting = `seq > ${frontier} AND NOT EXISTS (SELECT 1 FROM verdicts WHERE verdicts.seq = events.seq)`;

/** What is sent next. */
export const waitingEvents = `SELECT ${eventColumns} FROM events WHERE ${isWaiting} ORDER BY seq LIMIT ?`;

/** Of a verdict: central refused the event and did not accept it since. */
const isParked = 'synced_at IS NULL';

/** A settled event needs nobody any more, whatever central says to it. */
const unsettled = 'local_id NOT IN (SELECT rejected_local_id FROM rejection_settlements)';

const contiguous = `min(${frontier},
  coalesce((SELECT min(seq) - 1 FROM verdicts WHERE ${isParked} AND ${unsettled}), ${newest}))`;

const withinLimits = (rows: readonly EventRow[]): readonly EventRow[] => {
  let bytes = 0;
  const end = rows.findIndex((row, index) => {
    bytes += Buffer.byteLength(row.envelope);
    return index > 0 && bytes > batchBytesMax;
  });
  return end === -1 ? rows : rows.slice(0, end);
};
