import type { Head, TillEvent } from '../domain/event.js';
import { isCanonical } from './canonical-form.js';
import {
  type Envelope,
  hashOf,
  noHash,
  openEnvelope,
  readEvent,
  type SealedEvent,
  UnreadableEvent,
} from './envelope.js';

/** What can be wrong with one event of a log, apart from what it says. */
export type ChainCode =
  'INVALID' | 'UNKNOWN_TYPE' | 'NOT_CANONICAL' | 'HASH_WRONG' | 'GAP' | 'CHAIN_BROKEN' | 'EPOCH_WRONG';

/** One finding on one event. */
export interface ChainProblem {
  readonly code: ChainCode;
  readonly detail: string;
  /** What belongs there, where one value does. */
  readonly expected?: string | number;
  readonly found?: string | number;
}

/** What a check of one event found. */
export interface CheckedEvent {
  /** Undefined when the text cannot be read. */
  readonly envelope?: Envelope;
  /** Undefined when the text cannot be read or a newer program wrote it. */
  readonly event?: TillEvent;
  readonly problems: readonly ChainProblem[];
}

/**
 * Checks one stored event against the one before it: canonical text, hash, position, link, epoch and schema.
 * Never throws for what a log may hold.
 *
 * @param previous the head before this event; null for the first event of a log
 */
export const checkEvent = ({ event: text, hash }: SealedEvent, previous: Head | null): CheckedEvent => {
  const problems: ChainProblem[] = [];
  const found: Report = (problem) => void problems.push(problem);
  const actual = hashOf(text);
  if (actual !== hash) {
    const detail = `the text hashes to ${actual}, the log says ${hash}`;
    found({ code: 'HASH_WRONG', detail, expected: actual, found: hash });
  }
  const envelope = attempt(() => openEnvelope(text), found);
  if (!envelope) return { problems };
  if (!isCanonical(text, envelope)) {
    found({ code: 'NOT_CANONICAL', detail: 'the text is not the canonical JSON of what it says' });
  }
  checkLink(envelope, previous, found);
  const event = attempt(() => readEvent(envelope), found);
  return event ? { envelope, event, problems } : { envelope, problems };
};

type Report = (problem: ChainProblem) => void;

const emptyLog: Head = { epoch: 1, seq: 0, hash: noHash };

const checkLink = (envelope: Envelope, previous: Head | null, found: Report): void => {
  const { seq, epoch, prev_hash } = envelope;
  const before = previous ?? emptyLog;
  if (seq !== before.seq + 1) {
    const expected = before.seq + 1;
    found({
      code: 'GAP',
      detail: `seq ${String(seq)} stands where ${String(expected)} belongs`,
      expected,
      found: seq,
    });
  }
  if (prev_hash !== before.hash) {
    const detail = `it names ${prev_hash} as the hash before it, which is ${before.hash}`;
    found({ code: 'CHAIN_BROKEN', detail, expected: before.hash, found: prev_hash });
  }
  const allowed = envelope.type === 'EpochStarted' ? epoch > before.epoch : epoch === before.epoch;
  if (!allowed) {
    const detail = `epoch ${String(epoch)} follows epoch ${String(before.epoch)}`;
    found({ code: 'EPOCH_WRONG', detail, expected: before.epoch, found: epoch });
  }
};

const attempt = <Result>(read: () => Result, found: Report): Result | undefined => {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof UnreadableEvent)) throw cause;
    found({ code: cause.code, detail: cause.message });
    return undefined;
  }
};
