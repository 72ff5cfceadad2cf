import type { EventType, TillEvent } from '../domain/event.js';
import type { Sqlite } from '../events/sqlite.js';

/** What is to be printed. It lies beside the log: what a device does is no fact of the shop. */
export const printTables = `
CREATE TABLE IF NOT EXISTS print_jobs (
  seq        INTEGER PRIMARY KEY,  -- the event whose paper it is
  state      TEXT NOT NULL,        -- queued, sending, sent, unknown, failed, expired
  queued_at  TEXT NOT NULL,        -- UTC, when the event was recorded
  changed_at TEXT NOT NULL,        -- UTC, when the state was last changed
  problem    TEXT                  -- why it is not on paper, for a person; null while nothing is wrong
) STRICT;
CREATE INDEX IF NOT EXISTS print_jobs_open ON print_jobs (state, seq) WHERE state <> 'sent';
`;

/**
 * Where a job is. `unknown`: it was under way when the power or the cable was lost, so a part of it may be on paper; it is
 * not printed again by itself. `failed`: it can never be printed. `expired`: the printer was away for too long.
 */
export type PrintState = 'queued' | 'sending' | 'sent' | 'unknown' | 'failed' | 'expired';

/** One paper. */
export interface PrintJob {
  readonly seq: number;
  readonly state: PrintState;
  readonly queued_at: string;
  readonly changed_at: string;
  readonly problem: string | null;
}

/** The events that always become paper. */
const printed: ReadonlySet<EventType> = new Set<EventType>([
  'SaleRecorded',
  'RefundRecorded',
  'SaleVoided',
  'ReceiptReprinted',
  'SessionClosed',
  'CashMoved',
]);

/** Whether an event becomes paper: of drawers that opened, those that opened for nothing else. */
const isPrinted = (event: TillEvent): boolean =>
  printed.has(event.type) || (event.type === 'DrawerOpened' && event.data.cause_local_id === null);

/** The papers of a terminal, each a row from the transaction that records its event until it is on paper or given up. */
export class PrintQueue {
  private readonly insert;
  private readonly update;

  /** @param db holds {@link printTables} */
  constructor(private readonly db: Sqlite) {
    this.insert = db.prepare<[number, string, string]>(
      "INSERT INTO print_jobs (seq, state, queued_at, changed_at) VALUES (?, 'queued', ?, ?)",
    );
    this.update = db.prepare<[PrintState, string, string | null, number]>(
      'UPDATE print_jobs SET state = ?, changed_at = ?, problem = ? WHERE seq = ?',
    );
  }

  /** Queues the papers of events. Must be inside the transaction that appends them. */
  enqueue(events: readonly TillEvent[]): void {
    for (const event of events) if (isPrinted(event)) this.insert.run(event.seq, event.occurred_at, event.occurred_at);
  }

  /** The oldest paper that waits. */
  next(): PrintJob | undefined {
    return this.db
      .prepare<[], PrintJob>("SELECT * FROM print_jobs WHERE state <> 'sent' AND state = 'queued' ORDER BY seq LIMIT 1")
      .get();
  }

  /** Says where a job is now. */
  mark(seq: number, state: PrintState, at: string, problem: string | null = null): void {
    this.update.run(state, at, problem, seq);
  }

  /** What was under way, and of which nobody noted the end, may be on paper or not. */
  giveUpWhatWasSent(at: string): void {
    const problem = 'It was being printed when the till stopped: look whether the paper is whole, or print it again.';
    this.db
      .prepare<[string, string]>(
        "UPDATE print_jobs SET state = 'unknown', changed_at = ?, problem = ? WHERE state <> 'sent' AND state = 'sending'",
      )
      .run(at, problem);
  }

  /** Where the paper of an event is; undefined when none was queued. */
  stateOf(seq: number): PrintState | undefined {
    return this.db.prepare<[number], PrintState>('SELECT state FROM print_jobs WHERE seq = ?').pluck().get(seq);
  }

  /** The papers that are not on paper for sure, the newest first. */
  open(limit: number): readonly PrintJob[] {
    return this.db
      .prepare<[number], PrintJob>("SELECT * FROM print_jobs WHERE state <> 'sent' ORDER BY seq DESC LIMIT ?")
      .all(limit);
  }
}
