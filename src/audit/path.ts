import { checkEvent } from '../events/chain.js';
import { followPath, pathTo } from './rewind.js';
import { type LogRow, refuseArchived, type TerminalLog, UnusableSource } from './source.js';

/** A position on one branch of a terminal's log. */
export interface LogPosition {
  readonly seq: number;
  /** The branch; the newest one when left out. */
  readonly epoch?: number | undefined;
}

/** The way from the first event of a log to one position. */
export interface LogPath {
  /** The branch on which the position was asked for. */
  readonly epoch: number;
  /** Every stored event on the way, in order; the log is read for it again, a few hundred events at a time. */
  rows(): AsyncIterable<LogRow>;
}

/** One epoch of a log as it lies in the source. */
interface Stretch {
  readonly epoch: number;
  readonly first: LogRow;
  readonly last_seq: number;
}

/** A part of the way: the events of one epoch up to a position; none of them where it leaves before its first. */
interface Leg {
  readonly epoch: number;
  readonly to_seq: number;
  /** Of the event at which the next part leaves, at or after the last one; null for the branch itself. */
  readonly hash: string | null;
}

/**
 * Finds the way to a position: through the epoch, and before it through the one that it goes on from. Keeps a few
 * figures per epoch, except where an epoch goes on from a disputed event: then two hashes per event.
 *
 * @throws UnusableSource when that branch has no such position
 */
export const pathToPosition = async (log: TerminalLog, { seq, epoch }: LogPosition): Promise<LogPath> => {
  refuseArchived(log);
  const stretches = await stretchesOf(log);
  const chosen = epoch === undefined ? stretches.at(-1) : stretches.find((one) => one.epoch === epoch);
  if (!chosen) throw noEpoch(log, stretches, epoch);
  if (!Number.isSafeInteger(seq) || seq < 1 || seq > chosen.last_seq) {
    throw new UnusableSource(
      `Terminal ${log.terminal_id} has events 1 to ${String(chosen.last_seq)} in epoch ${String(chosen.epoch)}: ` +
        'give --at-seq as one of them.',
    );
  }
  const legs = legsTo(stretches, chosen, { to_seq: seq, hash: null });
  const disputed = await lastDisputed(log, legs);
  if (!disputed) return { epoch: chosen.epoch, rows: () => rowsAlong(log, legs) };
  const path = await pathTo(log, disputed.hash);
  const after = legs.filter((leg) => leg.epoch > disputed.epoch);
  return {
    epoch: chosen.epoch,
    async *rows() {
      for await (const row of followPath(log, path ?? new Map())) if (row.seq <= seq) yield row;
      yield* rowsAlong(log, after);
    },
  };
};

const noEpoch = ({ terminal_id }: TerminalLog, stretches: readonly Stretch[], epoch?: number): UnusableSource => {
  if (epoch === undefined) return new UnusableSource(`The log of terminal ${terminal_id} is empty: there is no event.`);
  const known = stretches.map((one) => String(one.epoch)).join(', ') || 'none';
  return new UnusableSource(`Terminal ${terminal_id} has no epoch ${String(epoch)} here: it has ${known}.`);
};

const stretchesOf = async (log: TerminalLog): Promise<readonly Stretch[]> => {
  const found = new Map<number, Stretch>();
  for await (const rows of log.rows()) {
    for (const row of rows) {
      const { first, last_seq } = found.get(row.epoch) ?? { first: row, last_seq: row.seq };
      found.set(row.epoch, { epoch: row.epoch, first, last_seq: Math.max(last_seq, row.seq) });
    }
  }
  return [...found.values()].sort((a, b) => a.epoch - b.epoch);
};

const legsTo = (
  stretches: readonly Stretch[],
  { epoch, first }: Stretch,
  to: Pick<Leg, 'to_seq' | 'hash'>,
): readonly Leg[] => {
  const leg: Leg = { epoch, ...to };
  const before = previousOf(first);
  if (!before || before.epoch >= epoch) return [leg];
  const earlier = { to_seq: Math.min(to.to_seq, before.seq), hash: before.hash };
  const stretch = stretches.find((one) => one.epoch === before.epoch);
  return [...(stretch ? legsTo(stretches, stretch, earlier) : [{ epoch: before.epoch, ...earlier }]), leg];
};

/** What an epoch goes on from, as its first event says. */
const previousOf = (row: LogRow): { readonly epoch: number; readonly seq: number; readonly hash: string } | null => {
  const { event } = checkEvent(row, null);
  return event?.type === 'EpochStarted' ? event.data.previous : null;
};

/** The last part of the way whose end is not among the events of its epoch: it lies among the disputed ones. */
const lastDisputed = async (
  log: TerminalLog,
  legs: readonly Leg[],
): Promise<{ readonly epoch: number; readonly hash: string } | undefined> => {
  const wanted = new Map(legs.flatMap(({ epoch, hash }) => (hash === null ? [] : [[hash, epoch] as const])));
  if (wanted.size === 0) return undefined;
  for await (const rows of log.rows()) for (const row of rows) wanted.delete(row.hash);
  for await (const rows of log.forks()) {
    for (const row of rows) {
      const epoch = wanted.get(row.hash);
      if (epoch !== undefined) return { epoch, hash: row.hash };
    }
  }
  return undefined;
};

async function* rowsAlong(log: TerminalLog, legs: readonly Leg[]): AsyncGenerator<LogRow> {
  const ends = new Map(legs.map(({ epoch, to_seq }) => [epoch, to_seq]));
  const last = legs.at(-1);
  for await (const rows of log.rows()) {
    for (const row of rows) {
      if (last && (row.epoch > last.epoch || (row.epoch === last.epoch && row.seq > last.to_seq))) return;
      if (row.seq <= (ends.get(row.epoch) ?? 0)) yield row;
    }
  }
}
