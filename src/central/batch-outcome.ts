import type { Head } from '../domain/event.js';
import type { SyncAnswer } from '../outbox/protocol.js';
import type { Tip } from './continuity.js';
import type { Batch } from './journal.js';
import type { Kept, Ledger } from './ledger.js';
import { type Decision, rejectionOf } from './verdict.js';

/** What a batch is answered with. */
export interface Verdicts {
  readonly accepted: ReadonlyMap<string, string>;
  readonly rejected: SyncAnswer['rejected'];
}

/** One verdict per id. Where a batch names an id twice and one is rejected, it is not acknowledged. */
export const verdictsOf = ({ decisions, failed }: Batch): Verdicts => {
  const accepted = new Map<string, string>();
  const rejected = new Map<string, SyncAnswer['rejected'][number]>();
  const failures = new Map(failed.map(({ event }) => [event.local_id, 'Kept, but central cannot evaluate it yet.']));
  for (const decision of decisions) {
    const local_id = 'item' in decision ? decision.item.local_id : decision.local_id;
    const failure = failures.get(local_id);
    if ('rejection' in decision) rejected.set(local_id, { local_id, ...decision.rejection });
    else if (failure) rejected.set(local_id, { local_id, ...rejectionOf('PROJECTION_FAILED', failure) });
    else accepted.set(local_id, decision.remote_id);
  }
  for (const local_id of rejected.keys()) accepted.delete(local_id);
  return { accepted, rejected: [...rejected.values()] };
};

/** Where the terminal's log ends after the batch. */
export const tipOf = ({ epoch, seq, hash }: Head, decisions: readonly Decision[], ledger: Ledger): Tip => {
  const gaps = decisions.flatMap((decision) =>
    decision.does === 'turn away' && decision.seq !== undefined ? [decision.seq] : [],
  );
  const seqs = decisions.flatMap((decision) => seqOf(decision) ?? []);
  return {
    epoch,
    headSeq: seq,
    headHash: hash,
    isDisputed: disputes(decisions, epoch),
    isHeadKept: ledger.at(epoch, seq).some((kept) => kept.hash === hash),
    gap_seq: gaps.length === 0 ? null : Math.min(...gaps),
    last_seq: seqs.length === 0 ? null : Math.max(...seqs),
  };
};

const seqOf = (decision: Decision): number | undefined =>
  'item' in decision && decision.item.kind === 'genuine' ? decision.item.envelope.seq : undefined;

const disputes = (decisions: readonly Decision[], epoch: number): boolean =>
  decisions.some((decision) => decision.does === 'fork' && decision.item.envelope.epoch === epoch);

/** Whether that tells that central has another event than the one with the hash, or nobody has adopted that one yet. */
const denies = ({ keeping, hash, remote_id }: Kept, head_hash: string): boolean =>
  keeping === 'event' ? hash !== head_hash : keeping === 'fork' && hash === head_hash && remote_id === null;

/**
 * The terminal's log and central's disagree about the epoch in which the terminal is now: an event or the head disputes
 * what central has, or central has more of it than the terminal itself, as after a restored disk.
 */
export const needsNewEpoch = ({ decisions, request, ledger }: Batch, contiguous_seq: number): boolean => {
  const { epoch, head } = request;
  const deniesHead = ledger.at(epoch, head.seq).some((kept) => denies(kept, head.hash));
  const isSeen = epoch === 1 || ledger.startOf(epoch) !== undefined;
  const seqs = decisions.flatMap((decision) => seqOf(decision) ?? []);
  return disputes(decisions, epoch) || deniesHead || (isSeen && contiguous_seq > Math.max(head.seq, ...seqs));
};
