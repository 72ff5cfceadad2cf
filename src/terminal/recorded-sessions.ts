import type { SessionReport, ZReport } from '../domain/report.js';
import { missingNumbers, periodLength, type ZPeriod, type ZTotals, zTotals } from '../domain/z-totals.js';
import { invariant } from '../domain/refusal.js';
import type { Paper } from '../hardware/paper-layout.js';
import type { Clock } from '../ports.js';
import { RecordedPapers } from './recorded-papers.js';
import type { Terminal } from './terminal.js';

/** Which Z reports are added up. */
export interface ZTotalsFilter {
  readonly by: ZPeriod;
  /** Business dates, `YYYY-MM-DD`, both included. */
  readonly from: string;
  readonly to: string;
  /** The most periods. */
  readonly limit: number;
}

/** The totals of the periods, and what is missing. */
export interface ZTotalsAnswer {
  readonly by: ZPeriod;
  readonly rows: readonly ZTotals[];
  /** Z numbers that this till must have and has not, as ranges, over all time; empty when the log is whole. */
  readonly missing_z_numbers: readonly (readonly [number, number])[];
  /** Where the next page starts; null after the last. */
  readonly next_from: string | null;
}

/** An answer adds up at most so many Z reports, or those of one period: nobody waits to be served meanwhile. */
const reportsAtOnce = 1000;

/** Reads the reports of sessions back. */
export class RecordedSessions {
  private readonly papers: RecordedPapers;

  /**
   * @param terminal the one whose sessions they are
   * @param clock says when an X report is printed
   */
  constructor(
    private readonly terminal: Terminal,
    private readonly clock: Clock,
  ) {
    this.papers = new RecordedPapers(terminal);
  }

  /** What the events of the open session add up to; undefined when none is open. */
  xReport(): SessionReport | undefined {
    const { session } = this.terminal.recorder.state;
    if (session.status !== 'open') return undefined;
    const row = this.terminal.db
      .prepare<[string], { report: string }>('SELECT report FROM session_totals WHERE session_id = ?')
      .get(session.session_id);
    return row && (JSON.parse(row.report) as SessionReport);
  }

  /** The X report as paper; undefined when no session is open. */
  xPaper(): Paper | undefined {
    const report = this.xReport();
    return report && this.papers.xReport(report, this.clock);
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

  /** The Z report with that number as it was printed; undefined when there is none. */
  zPaper(number: number): Paper | undefined {
    const report = this.zReport(number);
    if (!report) return undefined;
    const row = this.terminal.db
      .prepare<[number, string], { seq: number }>(
        "SELECT seq FROM events WHERE seq > ? AND session_id = ? AND type = 'SessionClosed' ORDER BY seq LIMIT 1",
      )
      .get(report.last_seq, report.session_id);
    invariant(row !== undefined, 'what closed a session is in the log');
    return this.papers.at(row.seq);
  }

  /** The recorded Z reports added up by day, month or year; each is read once, and none is kept. */
  zTotals({ by, from, to, limit }: ZTotalsFilter): ZTotalsAnswer {
    const { db, recorder } = this.terminal;
    const periods = db
      .prepare<[number, string, string, number], Period>(
        `SELECT substr(business_date, 1, ?) AS period, count(*) AS reports FROM session_totals
          WHERE z_number IS NOT NULL AND business_date BETWEEN ? AND ? GROUP BY 1 ORDER BY 1 LIMIT ?`,
      )
      .all(periodLength[by], from, to, limit + 1);
    const next = nextPage(periods, limit);
    const next_from = next === undefined ? null : `${next.period}-01-01`.slice(0, periodLength.day);
    const stored = db
      .prepare<[string, string, string], string>(
        `SELECT z_report FROM session_totals
          WHERE z_number IS NOT NULL AND business_date BETWEEN ? AND ? AND business_date < ?`,
      )
      .pluck()
      .iterate(from, to, next_from ?? '~');
    const numbers = db
      .prepare<[], number>('SELECT z_number FROM session_totals WHERE z_number IS NOT NULL ORDER BY z_number')
      .pluck()
      .iterate();
    // Gone through one after the other: a connection takes no second statement while the first still gives rows.
    return {
      by,
      rows: zTotals(by, reportsIn(stored)),
      missing_z_numbers: missingNumbers(numbers, recorder.state.z_reports),
      next_from,
    };
  }
}

interface Period {
  readonly period: string;
  readonly reports: number;
}

/** The first period that does not go into this answer any more. */
const nextPage = (periods: readonly Period[], limit: number): Period | undefined => {
  let reports = 0;
  return periods.find((period, index) => {
    reports += period.reports;
    return index > 0 && (index >= limit || reports > reportsAtOnce);
  });
};

function* reportsIn(stored: Iterable<string>): Generator<ZReport> {
  for (const text of stored) yield JSON.parse(text) as ZReport;
}
