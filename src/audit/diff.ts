import { Peekable } from './anchors.js';
import { type LogRow, type LogSource, refuseArchived, type TerminalLog } from './source.js';

/** Positions of one epoch without a break. */
export interface SeqRange {
  readonly epoch: number;
  readonly from_seq: number;
  readonly to_seq: number;
}

/** A position at which the two sources hold different events. */
export interface Difference {
  readonly epoch: number;
  readonly seq: number;
  readonly hash: string;
  readonly other_hash: string;
  /** The other source keeps this event too, as one that disputes the position. */
  readonly disputed: boolean;
}

/** How the log of one terminal differs between two sources. */
export interface TerminalDiff {
  readonly terminal_id: string;
  readonly only_in_source: readonly SeqRange[];
  readonly only_in_other: readonly SeqRange[];
  readonly different: readonly Difference[];
  /** Positions after so many differences are only counted. */
  readonly different_count: number;
}

/** What one source has and the other has not, for the terminals of the first. */
export interface DiffReport {
  readonly same: boolean;
  /** Events of the first source. */
  readonly events: number;
  readonly terminals: readonly TerminalDiff[];
}

/** So many differences of a terminal are listed, so that two logs that have nothing in common fit into memory. */
const differencesMax = 1000;

/**
 * Compares the logs of the first source with those of another, position by position and hash by hash, in memory that
 * does not grow with them. A terminal that the other source does not have is missing there whole.
 */
export const diffSources = async (source: LogSource, other: LogSource): Promise<DiffReport> => {
  const others = await other.terminals();
  const terminals: TerminalDiff[] = [];
  let events = 0;
  const logs = await source.terminals();
  [...logs, ...others].forEach(refuseArchived);
  for (const log of logs) {
    const comparison = new Comparison();
    const twin = others.find(({ terminal_id }) => terminal_id === log.terminal_id);
    events += await comparison.run(log, twin);
    terminals.push({ terminal_id: log.terminal_id, ...comparison.found });
  }
  const same = terminals.every(
    ({ only_in_source, only_in_other, different }) =>
      only_in_source.length + only_in_other.length + different.length === 0,
  );
  return { same, events, terminals };
};

class Comparison {
  private readonly only_in_source: SeqRange[] = [];
  private readonly only_in_other: SeqRange[] = [];
  private readonly different: Difference[] = [];
  private different_count = 0;

  get found(): Omit<TerminalDiff, 'terminal_id'> {
    const { only_in_source, only_in_other, different, different_count } = this;
    return { only_in_source, only_in_other, different, different_count };
  }

  /** @returns how many events the first log has */
  async run(log: TerminalLog, twin: TerminalLog | undefined): Promise<number> {
    const disputed = new Set<string>();
    if (twin) for await (const forks of twin.forks()) for (const { hash } of forks) disputed.add(hash);
    const ours = new Peekable(log.rows());
    const theirs = new Peekable(twin ? twin.rows() : []);
    let events = 0;
    for (;;) {
      const pair = await nextPair(ours, theirs);
      if (!pair) return events;
      if (pair.one) events += 1;
      this.take(pair, disputed);
    }
  }

  private take({ one, two }: Pair, disputed: ReadonlySet<string>): void {
    if (one && two) this.compare(one, two, disputed);
    else if (one) addTo(this.only_in_source, one);
    else if (two) addTo(this.only_in_other, two);
  }

  private compare({ epoch, seq, hash }: LogRow, { hash: other_hash }: LogRow, disputed: ReadonlySet<string>): void {
    if (hash === other_hash) return;
    this.different_count += 1;
    if (this.different.length >= differencesMax) return;
    this.different.push({ epoch, seq, hash, other_hash, disputed: disputed.has(hash) });
  }
}

/** What two logs hold at the next position that one of them has. */
interface Pair {
  readonly one: LogRow | undefined;
  readonly two: LogRow | undefined;
}

const nextPair = async (ours: Peekable<LogRow>, theirs: Peekable<LogRow>): Promise<Pair | undefined> => {
  const one = await ours.peek();
  const two = await theirs.peek();
  if (!one && !two) return undefined;
  const order = orderOf(one, two);
  if (order <= 0) ours.drop();
  if (order >= 0) theirs.drop();
  return { one: order <= 0 ? one : undefined, two: order >= 0 ? two : undefined };
};

/** Below zero when the first comes first, above when the second does. */
const orderOf = (one: LogRow | undefined, two: LogRow | undefined): number => {
  if (!one) return 1;
  if (!two) return -1;
  return one.epoch - two.epoch || one.seq - two.seq;
};

const addTo = (ranges: SeqRange[], { epoch, seq }: LogRow): void => {
  const last = ranges.at(-1);
  if (last?.epoch === epoch && last.to_seq + 1 === seq) ranges.splice(-1, 1, { ...last, to_seq: seq });
  else ranges.push({ epoch, from_seq: seq, to_seq: seq });
};
