import { checkEvent } from '../events/chain.js';
import { type BranchState, branchStart, follow } from './branch.js';
import type { LogRow, TerminalLog } from './source.js';

/**
 * The branch as it was at an event that is not the last one: a restored terminal starts its new epoch from there. The
 * event may lie among the disputed ones. Reads the log twice; keeps two hashes per event for that time only.
 *
 * @param hash of the event at which the branch leaves
 * @returns null when the source does not have that event with everything before it
 */
export const rewind = async (log: TerminalLog, hash: string): Promise<BranchState | null> => {
  const path = await pathTo(log, hash);
  if (!path) return null;
  let state = branchStart;
  for await (const row of followPath(log, path)) state = follow(state, row, checkEvent(row, state.head));
  return state;
};

/** The stored events on a path, in order, disputed ones among them. @param path the hash at each position */
export async function* followPath(log: TerminalLog, path: ReadonlyMap<number, string>): AsyncGenerator<LogRow> {
  const disputed = await disputedOn(log, path);
  for await (const rows of log.rows()) {
    for (const row of rows) {
      if (path.get(row.seq) !== row.hash) continue;
      while (disputed[0] && disputed[0].seq < row.seq) yield* disputed.splice(0, 1);
      yield row;
    }
  }
  yield* disputed;
}

/** The hash at each position from the first event to the one with `hash`; null when the source lacks one of them. */
export const pathTo = async (log: TerminalLog, hash: string): Promise<ReadonlyMap<number, string> | null> => {
  const links = new Map<string, { readonly seq: number; readonly prev_hash: string }>();
  for (const chunks of [log.rows(), log.forks()]) {
    for await (const rows of chunks) {
      for (const row of rows) {
        const { envelope } = checkEvent(row, null);
        if (envelope) links.set(row.hash, { seq: row.seq, prev_hash: envelope.prev_hash });
      }
    }
  }
  const path = new Map<number, string>();
  let at = hash;
  for (let link = links.get(at); link; link = links.get(at)) {
    path.set(link.seq, at);
    if (link.seq === 1) return path;
    links.delete(at);
    at = link.prev_hash;
  }
  return null;
};

const disputedOn = async (log: TerminalLog, path: ReadonlyMap<number, string>): Promise<LogRow[]> => {
  const known = new Set<string>();
  for await (const rows of log.rows()) for (const row of rows) known.add(row.hash);
  const found: LogRow[] = [];
  for await (const rows of log.forks()) {
    found.push(...rows.filter((row) => path.get(row.seq) === row.hash && !known.has(row.hash)));
  }
  return found.sort((a, b) => a.seq - b.seq);
};
