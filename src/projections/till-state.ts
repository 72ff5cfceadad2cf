import { remember, till, type TillMemory } from '../domain/till.js';
import { column, type Projection } from './projection.js';

/**
 * What a terminal must remember to decide its next command, so that it starts at once however long its log is. The report
 * of the open session lies with the sessions: it would be written twice by every command.
 */
export interface TillRow {
  readonly terminal_id: string;
  /** The last event that went into the state. */
  readonly seq: number;
  readonly state: TillMemory;
}

/** The state of the till; one row on a terminal. Its events must come in the order of the log. */
export const tillState: Projection<TillRow> = {
  table: 'till_state',
  key: 'terminal_id',
  columns: {
    terminal_id: column('text', 'the terminal'),
    seq: column('integer', 'the last event that went into the state'),
    state: column('json', 'what the next decision needs to know besides the report of the open session'),
  },
  indexes: [],
  keys: (event) => [event.terminal_id],
  reduce: (row, event, terminal_id) => ({
    terminal_id,
    seq: event.seq,
    state: remember(row?.state ?? till.initial, event),
  }),
};
