import { batchEventsMax } from '../outbox/protocol.js';
import { prepared } from '../projections/prepared-statement.js';
import type { Transaction } from './database.js';
import type { Sender } from './inspection.js';
import type { EpochStart, Ledger } from './ledger.js';

/** So many missing ranges are named in one answer; the rest follows once these came. */
const rangesMax = 20;

/** Both ends included. */
export type Range = readonly [from_seq: number, to_seq: number];

/** A stretch of a log that lies in one epoch. */
export interface Stretch {
  readonly epoch: number;
  readonly from_seq: number;
  readonly to_seq: number;
  /** Of its last event: tells whether it runs through disputed events. */
  readonly end_hash: string;
}

/** How far a terminal's log is decided along one branch. */
export interface Continuity {
  /** Every position up to here is decided. */
  readonly contiguous_seq: number;
  /** What is not decided up to the terminal's head. */
  readonly missing: readonly Range[];
  /** What is to be noted of it; null when that is noted already or not certain. */
  readonly progress: number | null;
}

/**
 * The stretches that make up the branch of an epoch, oldest first: its own events, and before them those of the epochs
 * that it goes on from. An epoch that central has not seen yet goes on from the newest one that it knows.
 */
export const branchOf = (epoch: number, starts: readonly EpochStart[], headHash: string): readonly Stretch[] => {
  const known = new Map(starts.map((start) => [start.epoch, start]));
  const stretches: Stretch[] = [];
  let at = isSeen(epoch, starts)
    ? epoch
    : Math.max(1, ...starts.map((start) => start.epoch).filter((other) => other < epoch));
  let end: Pick<Stretch, 'to_seq' | 'end_hash'> = { to_seq: Number.MAX_SAFE_INTEGER, end_hash: headHash };
  for (;;) {
    const start = known.get(at);
    stretches.unshift({ epoch: at, from_seq: start?.seq ?? 1, ...end });
    // An epoch always goes on from an earlier one, so this ends.
    if (!start || start.previous.epoch >= at) return stretches;
    end = { to_seq: start.previous.seq, end_hash: start.previous.hash };
    at = start.previous.epoch;
  }
};

/** Where a terminal's log ends, as it says itself. */
export interface Tip {
  readonly epoch: number;
  readonly headSeq: number;
  readonly headHash: string;
  /** Whether an event of this epoch was disputed a moment ago: then the log itself is the disputed branch. */
  readonly isDisputed: boolean;
  /** Whether central has its last event. */
  readonly isHeadKept: boolean;
  /** The lowest position of the batch whose predecessor never came; null when there is none. */
  readonly gap_seq: number | null;
  /** The highest position of the batch; null for an empty one. */
  readonly last_seq: number | null;
}

const isSeen = (epoch: number, starts: readonly EpochStart[]): boolean =>
  epoch === 1 || starts.some((start) => start.epoch === epoch);

// OFFSET 0 makes each stretch a scan of just that part of an index, whatever the planner knows about the tables.
// Disputed events decide positions of their own branch alone: they must not hide what the other one lacks.
const islandsSql = `
WITH part AS MATERIALIZED (SELECT p.*, p.epoch = $7::bigint OR EXISTS (SELECT 1 FROM forks f WHERE f.tenant_id = $1
    AND f.terminal_id = $2 AND f.hash = p.end_hash) AS is_disputed
  FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::text[]) AS p (epoch, from_seq, to_seq, end_hash)),
decided AS (${['events', 'refused', 'forks']
  .map(
    (table) => `SELECT kept.seq FROM part p CROSS JOIN LATERAL (SELECT e.seq FROM ${table} e WHERE e.tenant_id = $1
      AND e.terminal_id = $2 AND e.epoch = p.epoch AND e.seq BETWEEN p.from_seq AND p.to_seq
      ${table === 'forks' ? 'AND p.is_disputed' : ''} OFFSET 0) AS kept`,
  )
  .join(' UNION ')})
SELECT min(seq) AS from_seq, max(seq) AS to_seq
FROM (SELECT seq, seq - row_number() OVER (ORDER BY seq) AS island FROM decided) AS numbered
GROUP BY island ORDER BY 1 LIMIT ${String(rangesMax + 1)}`;

const islands = prepared(islandsSql);

/** What is known of a branch before a batch is stored. */
export interface BranchFacts {
  /** How far it was decided, as far as that was noted. */
  readonly progress: number;
  /** What is stored with the highest position of the terminal's epoch; null when nothing is. */
  readonly last: { readonly seq: number | null } | null;
  /** What is kept around the batch; null where more than accepted events has to be looked at. */
  readonly plain: Ledger | null;
}

/**
 * How far the branch is decided where a batch goes on from there and nothing lies beyond it, as nearly always;
 * undefined where the tables must be asked.
 */
const wentOn = ({ epoch, last_seq }: Tip, { progress, last, plain }: BranchFacts): number | undefined => {
  const isHeld = (seq: number): boolean => (plain?.at(epoch, seq).length ?? 0) > 0;
  if (!isHeld(progress) && (progress > 0 || epoch > 1)) return undefined;
  let reached = progress;
  while (isHeld(reached + 1)) reached += 1;
  return Math.max(last?.seq ?? 0, last_seq ?? 0) > reached ? undefined : reached;
};

/**
 * Works out how far the branch is decided, from the stored progress on; from the start when the progress is not true any
 * more.
 *
 * @param tip the terminal's epoch and its last event: nothing is missing beyond it
 */
export const followBranch = async (
  transaction: Transaction,
  sender: Sender,
  tip: Tip,
  facts: BranchFacts & { readonly starts: readonly EpochStart[] },
): Promise<Continuity> => {
  const { epoch, headSeq } = tip;
  const { starts, progress: known } = facts;
  const reached = isSeen(epoch, starts) ? wentOn(tip, facts) : undefined;
  if (reached !== undefined) {
    return { contiguous_seq: reached, missing: gapsBetween(reached, [], headSeq), progress: changed(reached, known) };
  }
  const branch = branchOf(epoch, starts, tip.headHash);
  const look = (part: readonly Stretch[]) => readIslands(transaction, sender, part, tip.isDisputed ? epoch : null);
  // The stored position itself is read again: after a restored backup it may be gone, and then nothing is believed.
  let found = await look(from(branch, Math.max(1, known)));
  const isTrue = known > 1 && found[0]?.[0] === known;
  if (known > 1 && !isTrue) found = await look(branch);
  const contiguous_seq = endOf(found[0], isTrue ? known : 1);
  // Until an epoch was seen, the branch before it stands in, of which only a part may be the terminal's.
  if (!isSeen(epoch, starts))
    return { contiguous_seq: Math.min(contiguous_seq, headSeq), missing: unseen(tip), progress: null };
  const missing = gapsBetween(contiguous_seq, found, headSeq);
  return { contiguous_seq, missing, progress: changed(contiguous_seq, known) };
};

const changed = (now: number, before: number): number | null => (now === before ? null : now);

/**
 * Where an epoch begins that central does not know, or lost with its newest data, only the terminal can tell: it is asked
 * for what lies before, step by step, until something fits.
 */
const unseen = ({ headSeq, isHeadKept, gap_seq, last_seq }: Tip): readonly Range[] => {
  if (gap_seq !== null) return [[Math.max(1, gap_seq - batchEventsMax), gap_seq - 1]];
  if (isHeadKept) return [];
  const from_seq = last_seq === null ? Math.max(1, headSeq - batchEventsMax + 1) : last_seq + 1;
  return from_seq > headSeq ? [] : [[from_seq, headSeq]];
};

const endOf = (island: Range | undefined, from_seq: number): number => (island?.[0] === from_seq ? island[1] : 0);

const from = (branch: readonly Stretch[], seq: number): readonly Stretch[] =>
  branch
    .filter(({ to_seq }) => to_seq >= seq)
    .map((stretch) => ({ ...stretch, from_seq: Math.max(stretch.from_seq, seq) }));

const readIslands = async (
  transaction: Transaction,
  { tenant_id, terminal_id }: Sender,
  branch: readonly Stretch[],
  disputed_epoch: number | null,
): Promise<readonly Range[]> => {
  const values = [
    tenant_id,
    terminal_id,
    branch.map(({ epoch }) => epoch),
    branch.map(({ from_seq }) => from_seq),
    branch.map(({ to_seq }) => to_seq),
    branch.map(({ end_hash }) => end_hash),
    disputed_epoch,
  ];
  const { rows } = await transaction.query<{ from_seq: number; to_seq: number }>({ ...islands, values });
  return rows.map(({ from_seq, to_seq }) => [from_seq, to_seq]);
};

const gapsBetween = (contiguous_seq: number, islands: readonly Range[], headSeq: number): readonly Range[] => {
  const gaps: Range[] = [];
  let reached = contiguous_seq;
  for (const [from_seq, to_seq] of islands) {
    if (from_seq > reached + 1 && reached < headSeq) gaps.push([reached + 1, Math.min(from_seq - 1, headSeq)]);
    reached = Math.max(reached, to_seq);
  }
  if (reached < headSeq && islands.length <= rangesMax) gaps.push([reached + 1, headSeq]);
  return gaps.slice(0, rangesMax);
};
