import { checkEvent } from '../events/chain.js';
import type { EventLog, EventRow } from '../events/log.js';
import { sealedOf } from '../events/log.js';
import { verifyHead } from '../events/signature.js';
import type { Sqlite } from '../events/sqlite.js';
import type { Witness } from '../events/witness.js';
import type { Head } from '../domain/event.js';

/** What can be wrong with a log when a terminal starts. */
export type DamageCode =
  'LOG_ALTERED' | 'LOG_TRUNCATED' | 'WITNESS_UNREADABLE' | 'SIGNATURE_WRONG' | 'PROJECTION_BEHIND' | 'TERMINAL_MIXED';

/** The log is not what this terminal recorded. Nothing is sold on it until a person decided. */
export class DamagedLog extends Error {
  /**
   * @param code stable, for programs
   * @param seq the first event that is wrong or missing
   */
  constructor(
    readonly code: DamageCode,
    readonly seq: number,
    message: string,
  ) {
    super(message);
    this.name = 'DamagedLog';
  }
}

/** What a log is compared with at start. */
export interface StartCheck {
  readonly db: Sqlite;
  readonly log: EventLog;
  readonly terminal_id: string;
  readonly publicKey: string;
  readonly witness: Witness | 'unreadable' | undefined;
}

/** So many events are read at once, to bound the memory. */
const eventsAtOnce = 200;
/** So many are checked in a row beside selling: a sale may wait for a few such steps, each well below a millisecond. */
const eventsInBackground = 20;

/**
 * Checks the newest part of the log, from the last signed head to the end, and compares it with its witnesses: the
 * head file, the acknowledgements of central, the projections. What lies before is checked by {@link checkBefore}.
 * @throws DamagedLog
 */
export const checkAtStart = (check: StartCheck): void => {
  const { log, terminal_id, publicKey } = check;
  const signed = log.lastSignedHead();
  if (signed && !verifyHead(terminal_id, signed, publicKey)) {
    throw new DamagedLog(
      'SIGNATURE_WRONG',
      signed.seq,
      `The signature of the head at event ${signed.seq} is not this terminal's.`,
    );
  }
  if (signed) expectHead(log, signed, 'its signed head');
  checkRange(log, signed ?? null, Number.MAX_SAFE_INTEGER);
  checkWitness(check);
  checkFollowers(check);
};

const expectHead = (log: EventLog, { seq, hash }: Head, witness: string): void => {
  const row = log.read(seq - 1, 1)[0];
  if (row?.seq !== seq) {
    throw new DamagedLog(
      'LOG_TRUNCATED',
      (log.head?.seq ?? 0) + 1,
      `The log ends at event ${log.head?.seq ?? 0}, but ${witness} names event ${seq}: the newest sales are missing from this disk.`,
    );
  }
  if (row.hash !== hash) {
    throw new DamagedLog('LOG_ALTERED', seq, `Event ${seq} is not the one that ${witness} names: the log was altered.`);
  }
};

/**
 * Checks every event of the log, from the first to the last.
 * @throws DamagedLog
 */
export const checkChain = (log: EventLog): void => void checkRange(log, null, Number.MAX_SAFE_INTEGER);

const checkRange = (log: EventLog, from: Head | null, untilSeq: number): Head | null => {
  let previous = from;
  for (;;) {
    const after = previous?.seq ?? 0;
    const rows = log.read(after, Math.min(eventsAtOnce, untilSeq - after));
    if (rows.length === 0) return previous;
    previous = rows.reduce<Head | null>((before, row) => checkRow(row, before), previous);
  }
};

const checkRow = (row: EventRow, previous: Head | null): Head => {
  const { envelope, problems } = checkEvent(sealedOf(row), previous);
  const problem = problems.find(({ code }) => code !== 'UNKNOWN_TYPE');
  if (problem) {
    const seq = problem.code === 'GAP' ? Math.min(row.seq, (previous?.seq ?? 0) + 1) : row.seq;
    throw altered(seq, `${problem.code}: ${problem.detail}`);
  }
  const columns = ['local_id', 'seq', 'epoch', 'type', 'session_id'] as const;
  const wrong = columns.find((column) => row[column] !== envelope?.[column]);
  if (wrong) throw altered(row.seq, `its column ${wrong} says something else than its text`);
  return { epoch: row.epoch, seq: row.seq, hash: row.hash };
};

const altered = (seq: number, detail: string): DamagedLog =>
  new DamagedLog('LOG_ALTERED', seq, `Event ${seq} is not what was recorded (${detail}).`);

const checkWitness = ({ log, terminal_id, publicKey, witness }: StartCheck): void => {
  if (witness === undefined) return;
  const end = (log.head?.seq ?? 0) + 1;
  if (witness === 'unreadable') {
    throw new DamagedLog('WITNESS_UNREADABLE', end, 'The head file beside the database cannot be read.');
  }
  if (witness.terminal_id !== terminal_id) {
    throw new DamagedLog('TERMINAL_MIXED', end, 'The head file beside the database belongs to another terminal.');
  }
  const { terminal_id: _terminal, ...head } = witness;
  if (!verifyHead(terminal_id, head, publicKey)) {
    throw new DamagedLog('SIGNATURE_WRONG', head.seq, "The signature of the head file is not this terminal's.");
  }
  if (!isSuperseded(log, head)) expectHead(log, head, 'the head file');
};

/** A branch that a person let start after the newest events were lost takes the place of the one that is witnessed. */
const isSuperseded = (log: EventLog, { seq, epoch }: Head): boolean => {
  const there = log.read(seq - 1, 1)[0] ?? log.head;
  return there !== null && there.epoch > epoch;
};

const checkFollowers = ({ db, log }: StartCheck): void => {
  const newest = log.head?.seq ?? 0;
  const last = (sql: string): number => db.prepare<[], number | null>(sql).pluck().get() ?? 0;
  const expectInLog = (table: string, seq: number): void => {
    if (seq <= newest) return;
    const detail = `The log ends at event ${newest}, but ${table} knows event ${seq}.`;
    throw new DamagedLog('LOG_TRUNCATED', newest + 1, detail);
  };
  expectInLog('verdicts', last('SELECT max(seq) FROM verdicts'));
  // The event that closes a session stands behind the last one that its totals name.
  const folded = last(
    "SELECT (report ->> 'last_seq') + (status = 'closed') FROM session_totals ORDER BY rowid DESC LIMIT 1",
  );
  expectInLog('session_totals', folded);
  const due = last('SELECT seq FROM events WHERE session_id IS NOT NULL ORDER BY seq DESC LIMIT 1');
  if (folded < due) throw behind('session_totals', folded, due);
};

const behind = (table: string, seq: number, newest: number): DamagedLog =>
  new DamagedLog(
    'PROJECTION_BEHIND',
    seq + 1,
    `${table} ends at event ${seq}, the log at ${newest}. Run “tillog projections rebuild”.`,
  );

/** How a check in the background gives way. */
export interface CheckSteps {
  /** Gives way to everything else between two steps. */
  readonly pause: () => Promise<void>;
  /** Ends the check. */
  readonly signal: AbortSignal;
}

/**
 * Checks the events before the last signed head, a few at a time, so that selling goes on meanwhile.
 * @returns the damage, or undefined when none was found
 */
export const checkBefore = async (
  log: EventLog,
  untilSeq: number,
  { pause, signal }: CheckSteps,
): Promise<DamagedLog | undefined> => {
  let previous: Head | null = null;
  try {
    while ((previous?.seq ?? 0) < untilSeq && !signal.aborted) {
      const next: Head | null = checkRange(
        log,
        previous,
        Math.min((previous?.seq ?? 0) + eventsInBackground, untilSeq),
      );
      if (next === previous) return undefined;
      previous = next;
      await pause();
    }
    return undefined;
  } catch (cause) {
    if (cause instanceof DamagedLog) return cause;
    throw cause;
  }
};
