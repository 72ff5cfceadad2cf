import type { SessionReport, ZReport } from '../domain/report.js';
import type { Terminal } from './terminal.js';

/** Reads the reports of sessions back. */
export class RecordedSessions {
  /** @param terminal the one whose sessions they are */
  constructor(private readonly terminal: Terminal) {}

  /** What the events of the open session add up to; undefined when none is open. */
  xReport(): SessionReport | undefined {
    const { session } = this.terminal.recorder.state;
    if (session.status !== 'open') return undefined;
    const row = this.terminal.db
      .prepare<[string], { report: string }>('SELECT report FROM session_totals WHERE session_id = ?')
      .get(session.session_id);
    return row && (JSON.parse(row.report) as SessionReport);
  }

  /** The Z report with that number, as it was recorded; undefined when there is none. */
  zReport(number: number): ZReport | undefined {
    const row = this.terminal.db
      .prepare<[number], { z_report: string }>(
        'SELECT z_report FROM session_totals WHERE z_number = ? ORDER BY epoch DESC LIMIT 1',
      )
      .get(number);
    return row && (JSON.parse(row.z_report) as ZReport);
  }
}
