import { emptyReport, type SessionReport, type ZReport } from '../domain/report.js';
import { addToReport } from '../domain/session-sums.js';
import { column, type Projection } from './projection.js';

/** One till session: its X report at any time, and the Z report once it is closed. */
export interface SessionRow {
  readonly session_id: string;
  readonly terminal_id: string;
  readonly epoch: number;
  readonly business_date: string;
  readonly status: 'open' | 'closed';
  /** Null while the session is open, and for a training session. */
  readonly z_number: number | null;
  /** What the events of the session add up to. */
  readonly report: SessionReport;
  /** What the terminal recorded when it closed the session. */
  readonly z_report: ZReport | null;
}

/** The sessions with their running totals. */
export const sessions: Projection<SessionRow> = {
  table: 'session_totals',
  key: 'session_id',
  columns: {
    session_id: column('text', 'the session'),
    terminal_id: column('text', 'the terminal it ran on'),
    epoch: column('integer', 'the first branch of the log that knows the session'),
    business_date: column('text', 'YYYY-MM-DD, fixed when the session was opened'),
    status: column('text', 'open or closed'),
    z_number: column('integer', 'gapless per terminal; null while open and for training'),
    report: column('json', 'the X report: what the events add up to'),
    z_report: column('json', 'the Z report as the terminal recorded it; null while open'),
  },
  indexes: ['z_number', 'business_date'],
  keys: (event) => (event.session_id === null ? [] : [event.session_id]),
  reduce(row, event, session_id) {
    const known: SessionRow = row ?? {
      session_id,
      terminal_id: event.terminal_id,
      epoch: event.epoch,
      business_date: event.business_date ?? '',
      status: 'open',
      z_number: null,
      report: emptyReport(session_id, event.business_date ?? ''),
      z_report: null,
    };
    const z_report = event.type === 'SessionClosed' ? event.data.z_report : undefined;
    // Field by field, which takes a fraction of the time that copying the rest of an object does.
    return {
      session_id,
      terminal_id: known.terminal_id,
      epoch: Math.min(known.epoch, event.epoch),
      business_date: known.business_date,
      status: z_report ? 'closed' : known.status,
      z_number: z_report ? z_report.z_number : known.z_number,
      report: addToReport(known.report, event),
      z_report: z_report ?? known.z_report,
    };
  },
};
