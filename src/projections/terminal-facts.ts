import type { TillEvent } from '../domain/event.js';
import { column, type Projection } from './projection.js';

/** What a terminal's log says about the terminal itself. */
export interface TerminalFactsRow {
  readonly terminal_id: string;
  readonly software_version: string | null;
  readonly zone: string | null;
  readonly started_at: string | null;
  readonly started_epoch: number;
  readonly started_seq: number;
  readonly clock_jumps_count: number;
}

/** The terminals, one row each: which program started last, and how often the clock jumped. */
export const terminalFacts: Projection<TerminalFactsRow> = {
  table: 'terminal_facts',
  key: 'terminal_id',
  columns: {
    terminal_id: column('text', 'the terminal'),
    software_version: column('text', 'of the program, at its last start'),
    zone: column('text', 'IANA name of its time zone, at its last start'),
    started_at: column('text', 'UTC, when it was started last; a label only'),
    started_epoch: column('integer', 'the branch in which it was started last'),
    started_seq: column('integer', 'the position at which it was started last'),
    clock_jumps_count: column('integer', 'how often its clock jumped'),
  },
  indexes: [],
  keys: (event) => (event.type === 'TerminalStarted' || event.type === 'ClockJumped' ? [event.terminal_id] : []),
  reduce(row, event, terminal_id) {
    const before: TerminalFactsRow = row ?? {
      ...{ terminal_id, software_version: null, zone: null, started_at: null },
      ...{ started_epoch: 0, started_seq: 0, clock_jumps_count: 0 },
    };
    if (event.type === 'ClockJumped') return { ...before, clock_jumps_count: before.clock_jumps_count + 1 };
    return event.type === 'TerminalStarted' && isLater(before, event) ? { ...before, ...startOf(event) } : before;
  },
};

/** Two branches may both hold a position: of two starts at one the later counts, in any order of delivery. */
const isLater = ({ started_epoch, started_seq, started_at }: TerminalFactsRow, event: TillEvent): boolean =>
  event.epoch !== started_epoch
    ? event.epoch > started_epoch
    : event.seq !== started_seq
      ? event.seq > started_seq
      : event.occurred_at > (started_at ?? '');

const startOf = (event: TillEvent<'TerminalStarted'>): Partial<TerminalFactsRow> => ({
  software_version: event.data.software_version,
  zone: event.data.zone,
  started_at: event.occurred_at,
  started_epoch: event.epoch,
  started_seq: event.seq,
});
