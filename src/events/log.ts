import type { KeyObject } from 'node:crypto';
import type { EventMeta, Head, TillEvent } from '../domain/event.js';
import { Refusal } from '../domain/refusal.js';
import {
  checkEnvelope,
  type Envelope,
  eventBytesMax,
  noHash,
  readEvent,
  readText,
  seal,
  type SealedEvent,
} from './envelope.js';
import { type SignedHead, signHead } from './signature.js';
import type { Sqlite } from './sqlite.js';
import { versionsOf } from './stored.js';

/** The types of which the newest event is asked for: hardly any event of a log is one of them. */
const landmarkTypes = [
  'CatalogApplied',
  'EpochStarted',
  'TerminalEnrolled',
  'TerminalStarted',
  'TerminalStopped',
] as const;

/** A type of which the newest event is asked for. */
export type LandmarkType = (typeof landmarkTypes)[number];

/** With this, SQLite finds them through their own index, at once in a log of any length. */
const isLandmark = `type IN (${landmarkTypes.map((type) => `'${type}'`).join(', ')})`;

/**
 * The log and its signed heads. UPDATE, DELETE, REPLACE and upsert on the log fail: a BEFORE UPDATE or DELETE trigger
 * alone does not stop REPLACE, so INSERT is guarded too, also where it names the row that SQLite numbers by itself (a
 * row that is not named is −1 in the trigger).
 */
export const logTables = `
CREATE TABLE IF NOT EXISTS events (
  local_id   TEXT PRIMARY KEY,            -- UUID v4 made on this terminal; the idempotency key at central
  seq        INTEGER NOT NULL UNIQUE,     -- position: contiguous from 1, assigned inside the committing transaction
  epoch      INTEGER NOT NULL,            -- branch of the log; changes only with EpochStarted
  type       TEXT NOT NULL,
  session_id TEXT,                        -- the till session that was open, if any
  hash       TEXT NOT NULL,               -- hex SHA-256 of the bytes of envelope
  envelope   TEXT NOT NULL,               -- the exact canonical JSON that was hashed
  command    BLOB                         -- on the first event of a command that may come twice: by what it is known again
) STRICT;
CREATE INDEX IF NOT EXISTS events_landmarks ON events (type, seq) WHERE ${isLandmark};
CREATE TRIGGER IF NOT EXISTS events_refuse_update BEFORE UPDATE ON events
  BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER IF NOT EXISTS events_refuse_delete BEFORE DELETE ON events
  BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER IF NOT EXISTS events_refuse_replace BEFORE INSERT ON events
  WHEN EXISTS (SELECT 1 FROM events WHERE seq = NEW.seq) OR EXISTS (SELECT 1 FROM events WHERE local_id = NEW.local_id)
    OR EXISTS (SELECT 1 FROM events WHERE rowid = NEW.rowid)
  BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TABLE IF NOT EXISTS heads (
  seq       INTEGER NOT NULL,             -- the event that was the last one when the head was signed
  epoch     INTEGER NOT NULL,
  hash      TEXT NOT NULL,
  signature TEXT NOT NULL,                -- base64 Ed25519 of the terminal over the head
  PRIMARY KEY (epoch, seq)
) STRICT;
`;

/** The triggers without which the log would not be append-only. */
export const logTriggers = ['events_refuse_update', 'events_refuse_delete', 'events_refuse_replace'] as const;

/** An event that is about to be recorded: all but what its position in the log gives it. */
export type Draft = Omit<EventMeta, 'seq'> & Pick<TillEvent, 'type' | 'data'>;

/** An event that is in the log, with its hash. */
export interface Recorded {
  readonly event: TillEvent;
  readonly hash: string;
  /** The stored text. */
  readonly text: string;
}

/** The columns of the table `events` that say what was recorded. */
export const eventColumns = 'local_id, seq, epoch, type, session_id, hash, envelope';

/** A row of the table `events`. */
export interface EventRow {
  readonly local_id: string;
  readonly seq: number;
  readonly epoch: number;
  readonly type: string;
  readonly session_id: string | null;
  readonly hash: string;
  readonly envelope: string;
}

/** The append-only log of one terminal in its SQLite file. */
export class EventLog {
  private last: Head | null;
  private signed: SignedHead | undefined;
  private readonly insert;
  private readonly after;
  private readonly one;
  private readonly landmark;
  private readonly keepHead;
  /** Where the newest event of a type is that was asked for: it is asked for with every paper. */
  private readonly landmarks = new Map<string, number>();

  /** @param db holds {@link logTables} */
  constructor(private readonly db: Sqlite) {
    this.insert = db.prepare<[string, number, number, string, string | null, string, string, Buffer | null]>(
      `INSERT INTO events (${eventColumns}, command) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.after = db.prepare<[number, number], EventRow>(
      `SELECT ${eventColumns} FROM events WHERE seq > ? ORDER BY seq LIMIT ?`,
    );
    this.one = db.prepare<[string], EventRow>(`SELECT ${eventColumns} FROM events WHERE local_id = ?`);
    this.landmark = db
      .prepare<[string, number], number | null>(
        `SELECT max(seq) FROM events WHERE type = ? AND seq <= ? AND ${isLandmark}`,
      )
      .pluck();
    this.keepHead = db.prepare<[number, number, string, string]>(
      'INSERT INTO heads (seq, epoch, hash, signature) VALUES (?, ?, ?, ?) ON CONFLICT (epoch, seq) DO NOTHING',
    );
    this.last = this.readHead();
  }

  /** The last event, or null when the log is empty. */
  get head(): Head | null {
    return this.last;
  }

  /**
   * Appends one event at the next position. Must be called inside a transaction.
   * @param command by what the command is known again, whose first event this is
   * @throws Refusal EVENT_TOO_LARGE above {@link eventBytesMax}; nothing is appended then
   */
  append(draft: Draft, command: Buffer | null = null): Recorded {
    const { type } = draft;
    const seq = (this.last?.seq ?? 0) + 1;
    const prev_hash = this.last?.hash ?? noHash;
    const event = readBack(envelopeOf(draft, seq, prev_hash));
    const { event: text, hash } = seal(envelopeOf(event, seq, prev_hash));
    const bytes = Buffer.byteLength(text);
    if (bytes > eventBytesMax) {
      throw new Refusal(
        'EVENT_TOO_LARGE',
        'This is too large to record as one event: split it. Nothing was recorded.',
        {
          bytes,
          limit: eventBytesMax,
        },
      );
    }
    this.insert.run(draft.local_id, seq, draft.epoch, type, draft.session_id, hash, text, command);
    this.last = { epoch: draft.epoch, seq, hash };
    if (this.landmarks.has(type)) this.landmarks.set(type, seq);
    return { event, hash, text };
  }

  /** Forgets what a rolled-back transaction appended: reads the head from the table again. */
  reload(): void {
    this.last = this.readHead();
    this.signed = undefined;
    this.landmarks.clear();
  }

  /** The stored events after a position, oldest first. */
  read(afterSeq: number, limit: number): readonly EventRow[] {
    return this.after.all(afterSeq, limit);
  }

  /** One event by its id. */
  find(localId: string): EventRow | undefined {
    return this.one.get(localId);
  }

  /** The newest event of a type, up to a position. */
  lastOf(type: LandmarkType, untilSeq = Number.MAX_SAFE_INTEGER): EventRow | undefined {
    const seq = this.lastSeqOf(type, untilSeq);
    return seq === 0 ? undefined : this.read(seq - 1, 1)[0];
  }

  /** Where the newest event of a type is, up to a position; 0 when there is none. */
  lastSeqOf(type: LandmarkType, untilSeq = Number.MAX_SAFE_INTEGER): number {
    const newest = this.landmarks.get(type) ?? this.landmark.get(type, Number.MAX_SAFE_INTEGER) ?? 0;
    this.landmarks.set(type, newest);
    return newest <= untilSeq ? newest : (this.landmark.get(type, untilSeq) ?? 0);
  }

  /** Signs the present head and keeps the signature; the same head is signed once. */
  signHead(terminalId: string, privateKey: KeyObject): SignedHead | null {
    if (!this.last) return null;
    if (this.signed?.hash === this.last.hash) return this.signed;
    const signed = signHead(terminalId, this.last, privateKey);
    this.keepHead.run(signed.seq, signed.epoch, signed.hash, signed.signature);
    this.signed = signed;
    return signed;
  }

  /** Every signed head after a position, oldest first. */
  heads(afterSeq = 0): readonly SignedHead[] {
    return this.db
      .prepare<[number], SignedHead>('SELECT epoch, seq, hash, signature FROM heads WHERE seq > ? ORDER BY epoch, seq')
      .all(afterSeq);
  }

  /** The newest signed head, or undefined when nothing was signed yet. */
  lastSignedHead(): SignedHead | undefined {
    return this.db
      .prepare<[], SignedHead>('SELECT epoch, seq, hash, signature FROM heads ORDER BY epoch DESC, seq DESC LIMIT 1')
      .get();
  }

  private readHead(): Head | null {
    const row = this.db.prepare<[], Head>('SELECT epoch, seq, hash FROM events ORDER BY seq DESC LIMIT 1').get();
    return row ?? null;
  }
}

/** Field by field, which takes a fraction of the time that copying does; in the order of the canonical text. */
const envelopeOf = (draft: Draft, seq: number, prev_hash: string): Envelope => ({
  approved_by: draft.approved_by,
  business_date: draft.business_date,
  catalog_version: draft.catalog_version,
  data: draft.data,
  epoch: draft.epoch,
  local_id: draft.local_id,
  occurred_at: draft.occurred_at,
  prev_hash,
  seq,
  session_id: draft.session_id,
  staff_id: draft.staff_id,
  store_id: draft.store_id,
  tenant_id: draft.tenant_id,
  terminal_id: draft.terminal_id,
  type: draft.type,
  utc_offset_minutes: draft.utc_offset_minutes,
  version: versionsOf(draft.type),
});

/**
 * A text that its own schema refuses would be unreadable for ever, here and at central: it must not be recorded. What is
 * read has the order of the canonical text, so that it is written as it is.
 */
const readBack = (envelope: Envelope): TillEvent => {
  try {
    return readEvent(checkEnvelope(envelope));
  } catch (cause) {
    throw new Error('Invariant broken: what is recorded can be read again', { cause });
  }
};

/** A stored event as it was when it was recorded. */
export const recordedOf = ({ envelope, hash }: EventRow): Recorded => ({
  event: readText(envelope),
  hash,
  text: envelope,
});

/** The stored text with its hash, as it travels to central and into a bundle. */
export const sealedOf = (row: EventRow): SealedEvent => ({ event: row.envelope, hash: row.hash });
