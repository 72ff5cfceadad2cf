/**
 * Everything that a verification may find. Programs depend on them: a released code is never renamed.
 *
 * One event:
 * - INVALID: the text is not an event (not JSON, not its schema).
 * - UNKNOWN_TYPE: a newer program wrote it; what it says was not checked.
 * - NOT_CANONICAL: the text is not the canonical JSON of what it says.
 * - HASH_WRONG: the text does not hash to the hash beside it: one of the two was changed.
 * - COLUMN_WRONG: a column of the row says something else than the event itself.
 * - DUPLICATE: a second event with the same id or at the same position.
 * - TERMINAL_WRONG, TENANT_WRONG: it belongs to another terminal, or to another tenant or store than it was enrolled in.
 *
 * Its place in the log:
 * - GAP: an event is missing, or stands at another position than its own.
 * - CHAIN_BROKEN: it does not name the hash of the event before it.
 * - EPOCH_WRONG: its epoch does not follow from the events before it.
 * - SESSION_WRONG: it does not belong to the session that was open.
 *
 * What vouches for the log:
 * - SIGNATURE_WRONG: a head was not signed with the terminal's key.
 * - HEAD_WRONG, WITNESS_WRONG, ACKNOWLEDGEMENT_WRONG: what was signed, witnessed or acknowledged is not what the log has.
 * - LOG_TRUNCATED: something vouches for events that are no longer at the end of the log.
 * - KEY_MISSING, KEY_CHANGED: no key to check signatures with, or a start of the terminal names another one.
 *
 * The books:
 * - SUM_WRONG: a receipt does not add up.
 * - RECEIPT_NUMBER_WRONG, Z_NUMBER_WRONG: a number was left out, repeated or changed.
 * - TICKET_WRONG: what is said about a ticket does not follow from what was parked before.
 * - Z_WRONG: the Z report differs from what the events of its session add up to, or from the tickets that were open.
 * - PAPER_WRONG: what was printed is not the document that the event makes.
 * - PERPETUAL_WRONG: the perpetual totals did not move by exactly this session.
 *
 * The file:
 * - GUARD_MISSING: a trigger, table or constraint that keeps the log append-only is not there.
 * - STORE_DAMAGED: the database itself is damaged.
 * - BUNDLE_ALTERED: an exported bundle is not what was written.
 * - MORE_PROBLEMS: there were more than a report holds.
 */
export const problemCodes = [
  'INVALID',
  'UNKNOWN_TYPE',
  'NOT_CANONICAL',
  'HASH_WRONG',
  'COLUMN_WRONG',
  'DUPLICATE',
  'TERMINAL_WRONG',
  'TENANT_WRONG',
  'GAP',
  'CHAIN_BROKEN',
  'EPOCH_WRONG',
  'SESSION_WRONG',
  'SIGNATURE_WRONG',
  'HEAD_WRONG',
  'WITNESS_WRONG',
  'ACKNOWLEDGEMENT_WRONG',
  'LOG_TRUNCATED',
  'KEY_MISSING',
  'KEY_CHANGED',
  'SUM_WRONG',
  'RECEIPT_NUMBER_WRONG',
  'Z_NUMBER_WRONG',
  'TICKET_WRONG',
  'Z_WRONG',
  'PAPER_WRONG',
  'PERPETUAL_WRONG',
  'GUARD_MISSING',
  'STORE_DAMAGED',
  'BUNDLE_ALTERED',
  'MORE_PROBLEMS',
] as const;

/** One of {@link problemCodes}. */
export type ProblemCode = (typeof problemCodes)[number];

/** What is wrong, without where. */
export interface Fault {
  readonly code: ProblemCode;
  /** What was found and what belongs there, for a person. */
  readonly detail: string;
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
    if (left === 0) return this.kept;
    const detail = `${String(left)} more problems were found and are not listed`;
    return [...this.kept, { terminal_id: null, seq: null, local_id: null, code: 'MORE_PROBLEMS', detail }];
  }
}
