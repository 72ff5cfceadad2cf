import { till } from '../domain/till.js';
import { column } from './projection.js';
/** The state of the till; one row on a terminal. Its events must come in the order of the log. */
export const tillState = {
    table: 'till_state',
    key: 'terminal_id',
    columns: {
        terminal_id: column('text', 'the terminal'),
        seq: column('integer', 'the last event that went into the state'),
        state: column('json', 'what the next decision needs to know'),
    },
    indexes: [],
    keys: (event) => [event.terminal_id],
    reduce: (row, event, terminal_id) => ({
        terminal_id,
        seq: event.seq,
        state: till.evolve(row?.state ?? till.initial, event),
    }),
};
