import { checkEvent } from '../events/chain.js';
import { type BranchState, branchStart, follow } from './branch.js';
import type { TerminalLog } from './source.js';

/** The branch at an event of a log of one branch. */
const stateAt = async (log: TerminalLog, to_seq: number): Promise<BranchState> => {
  let state = branchStart;
  for await (const rows of log.rows()) {
    for (const row of rows) if (row.seq <= to_seq) state = follow(state, row, checkEvent(row, state.head));
  }
  return state;
};

/** What has to be remembered of a log up to an event to check the next one, as a text. */
export const checkpointAt = async (log: TerminalLog, to_seq: number): Promise<string> => {
  const { tickets, unknown, ...state } = await stateAt(log, to_seq);
  return JSON.stringify({ ...state, tickets: [...tickets], unknown: [...unknown] });
};

type Items<Many> =
  Many extends ReadonlyMap<infer Key, infer Value>
    ? readonly (readonly [Key, Value])[]
    : Many extends ReadonlySet<infer Item>
      ? readonly Item[]
      : never;

type Written = Omit<BranchState, 'tickets' | 'unknown'> & {
  readonly tickets: Items<BranchState['tickets']>;
  readonly unknown: Items<BranchState['unknown']>;
};

/** The branch behind a checkpoint. */
export const branchFrom = (checkpoint: string): BranchState => {
  const { tickets, unknown, ...state } = JSON.parse(checkpoint) as Written;
  return { ...state, tickets: new Map(tickets), unknown: new Set(unknown) };
};
