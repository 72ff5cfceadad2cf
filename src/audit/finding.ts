/** Everything that a verification may find, and what it means. Programs depend on the codes: a released one is never renamed. */
export const meanings = {
  // One event.
  INVALID: 'The text is not an event: it is not JSON, or not what an event of this kind says.',
  UNKNOWN_TYPE: 'A newer program wrote this event: what it says was not checked. Verify it with that version.',
  NOT_CANONICAL: 'The text is not written in the one form in which events are hashed.',
  HASH_WRONG: 'The text and the hash beside it do not belong together: one of them was changed after it was recorded.',
  COLUMN_WRONG: 'A column of the row says something else than the event itself.',
  DUPLICATE: 'A second event has the same id, or stands at the same position.',
  TERMINAL_WRONG: 'The event is of another terminal.',
  TENANT_WRONG: 'The event names another tenant or store than the terminal was enrolled in.',
  // Its place in the log.
  GAP: 'An event is missing, or stands at another position than its own.',
  CHAIN_BROKEN: 'The event names another one before it than the log has: something before it was changed or taken out.',
  EPOCH_WRONG: 'Its epoch does not follow from the events before it.',
  SESSION_WRONG: 'The event does not belong to the session that was open.',
  // What vouches for the log.
  SIGNATURE_WRONG: "A head was not signed with the terminal's key.",
  HEAD_WRONG: 'The terminal signed another event here than the log has: the log was written anew.',
  WITNESS_WRONG: 'The head file beside the database names another event than the log has.',
  ACKNOWLEDGEMENT_WRONG: 'Central acknowledged another event than the log has.',
  PRINTED_WRONG: 'A printed receipt names another event than the log has.',
  LOG_TRUNCATED: 'Something vouches for events that are no longer at the end of the log: they were cut off.',
  KEY_MISSING: 'No key is known to check signatures with.',
  KEY_CHANGED: 'A start of the terminal names another key.',
  // The books.
  SUM_WRONG: 'A receipt does not add up.',
  RECEIPT_NUMBER_WRONG: 'A receipt number was left out, repeated or changed.',
  Z_NUMBER_WRONG: 'A Z number was left out, repeated or changed.',
  TICKET_WRONG: 'What is said about a ticket does not follow from what was parked before.',
  Z_WRONG: 'The Z report differs from what the events of its session add up to.',
  PAPER_WRONG: 'What was printed is not the document that the event makes.',
  PERPETUAL_WRONG: 'The perpetual totals did not move by exactly this session.',
  // The file.
  GUARD_MISSING: 'What keeps the log append-only is not all there: somebody could have changed it through SQL.',
  STORE_DAMAGED: 'The file itself is damaged.',
  BUNDLE_ALTERED: 'The bundle is not what was written.',
  SEAL_WRONG: 'The bundle is not sealed with the key that was given: somebody else made it, or nobody sealed it.',
  MORE_PROBLEMS: 'There are more than a report lists.',
  // Nothing is wrong with the log for these.
  CLOCK_JUMPED: 'The clock of the till was set, or ran wrong.',
  CLOCK_BACK:
    'By its clock the event happened before the one that was recorded before it. The order is that of the log.',
} as const;

/** One of {@link meanings}. */
export type ProblemCode = keyof typeof meanings;

/** What is to be said of something, without its code. */
export interface Said {
  /** What was found and what belongs there, for a person. */
  readonly detail: string;
  /** What belongs there, where that is one value; else left out. */
  readonly expected?: string | number | null;
  readonly found?: string | number | null;
}

/** What is wrong, without where. */
export interface Fault extends Said {
  readonly code: ProblemCode;
}

/** One finding, at the event or position it concerns. */
export interface Problem extends Fault {
  /** Null when it concerns the whole store. */
  readonly terminal_id: string | null;
  /** Null when it concerns no one position. */
  readonly seq: number | null;
  /** Null when there is no event, or none that names itself. */
  readonly local_id: string | null;
}

/** The same code for everything that is said. */
export const named = (code: ProblemCode, said: readonly Said[]): readonly Fault[] =>
  said.length === 0 ? nothing : said.map((one) => ({ code, ...one }));

const nothing: readonly never[] = [];

/** A report holds at most this many problems, so that a log that is wrong throughout still fits into memory. */
export const problemsMax = 10_000;

/** Collects problems up to {@link problemsMax} and counts the rest. */
export class ProblemList {
  private readonly kept: Problem[] = [];
  private total = 0;

  /** Keeps one problem, or only counts it when the list is full. */
  add(problem: Problem): void {
    this.total += 1;
    if (this.kept.length < problemsMax) this.kept.push(problem);
  }

  /** What was kept; the last one says so when there were more. */
  all(): readonly Problem[] {
    const left = this.total - this.kept.length;
    if (left === 0) return [...this.kept];
    const detail = `${String(left)} more problems were found and are not listed`;
    return [...this.kept, { terminal_id: null, seq: null, local_id: null, code: 'MORE_PROBLEMS', detail }];
  }
}
