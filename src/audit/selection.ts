import type { TillEvent } from '../domain/event.js';
import { checkEvent } from '../events/chain.js';
import { type ProblemList } from './finding.js';
import { type LogPosition, pathToPosition } from './path.js';
import {
  DamagedStore,
  type LogRow,
  type LogSource,
  refuseArchived,
  terminalIn,
  type TerminalLog,
  UnusableSource,
} from './source.js';

/** Which days a person wants to see. */
export interface DayOptions {
  readonly terminal?: string | undefined;
  /** YYYY-MM-DD. */
  readonly date?: string | undefined;
  /** Only what one terminal knew there: the X report at any event. Needs `terminal`. */
  readonly at?: LogPosition | undefined;
}

/** A log, or the part of it up to a position. */
export type ChosenLog = Pick<TerminalLog, 'terminal_id' | 'archived' | 'rows'>;

/** One event that could be read, with its hash. */
export interface ReadEvent {
  readonly event: TillEvent;
  readonly hash: string;
}

/**
 * The logs that were asked for, in the order of the source.
 * @throws UnusableSource for a terminal or a position that the source does not have, for a date that is none, and when
 * what was asked for is archived
 */
export const chosenLogs = async (
  source: LogSource,
  { terminal, date, at }: DayOptions,
): Promise<readonly ChosenLog[]> => {
  if (date !== undefined && !isDate(date)) {
    throw new UnusableSource(`“${date}” is not a date: write it as YYYY-MM-DD.`);
  }
  if (terminal === undefined) {
    if (at) throw new UnusableSource('A seq is a position in the log of one terminal: give --terminal with --at-seq.');
    return withDate(await source.terminals(), date);
  }
  const log = await terminalIn(source, terminal);
  if (!at) return withDate([log], date);
  const path = await pathToPosition(log, at);
  return [{ terminal_id: terminal, rows: () => singly(path.rows()) }];
};

/** A date behind all that is archived is told whole by what is left. */
const withDate = (logs: readonly TerminalLog[], date: string | undefined): readonly TerminalLog[] => {
  logs.filter(({ archived }) => date === undefined || (archived && date <= archived.last_date)).forEach(refuseArchived);
  return logs;
};

/**
 * The logs that were asked for, whole: for what looks back before the date.
 * @throws UnusableSource as {@link chosenLogs}, and when a part of one is archived
 */
export const wholeLogs = async (source: LogSource, options: DayOptions): Promise<readonly ChosenLog[]> => {
  const logs = await chosenLogs(source, options);
  logs.forEach(refuseArchived);
  return logs;
};

/** Whether the text is a day of the calendar. */
const isDate = (text: string): boolean => {
  const parsed = /^\d{4}-\d{2}-\d{2}$/u.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  return parsed !== undefined && !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text);
};

async function* singly(rows: AsyncIterable<LogRow>): AsyncGenerator<readonly LogRow[]> {
  for await (const row of rows) yield [row];
}

/**
 * Every event of a log that can be read, in the order of the log; what cannot, and where the store gives up, is found.
 * Holds a few hundred rows at a time.
 */
export async function* readEvents(log: ChosenLog, found: ProblemList): AsyncGenerator<ReadEvent> {
  const { terminal_id } = log;
  try {
    for await (const rows of log.rows()) {
      for (const row of rows) {
        const event = readRow(row, terminal_id, found);
        if (event) yield { event, hash: row.hash };
      }
    }
  } catch (cause) {
    if (!(cause instanceof DamagedStore)) throw cause;
    found.add({ terminal_id, seq: null, local_id: null, code: 'STORE_DAMAGED', detail: cause.message });
  }
}

const readRow = (row: LogRow, terminal_id: string, found: ProblemList): TillEvent | undefined => {
  const { event, problems } = checkEvent(row, null);
  if (event) return event;
  const { seq, local_id = null } = row;
  const unread = problems.filter(({ code }) => code === 'INVALID' || code === 'UNKNOWN_TYPE');
  for (const { code, detail } of unread) found.add({ terminal_id, seq, local_id, code, detail });
  return undefined;
};
