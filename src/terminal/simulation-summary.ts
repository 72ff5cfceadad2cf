import { formatMinor, type Minor } from '../domain/money.js';
import type { SessionReport } from '../domain/report.js';
import type { Sqlite } from '../events/sqlite.js';

/** One session of a simulation. */
export interface SimulatedDay {
  readonly business_date: string;
  readonly sales_count: number;
  readonly refunds_count: number;
  readonly turnover_minor: Minor;
  /** Null while the session is open. */
  readonly z_number: number | null;
}

/** What a simulation rang up, this time and before, as the terminal's own session totals say. */
export interface SimulationSummary {
  /** False when it was interrupted; run it again to go on. */
  readonly finished: boolean;
  readonly currency: string;
  /** Orders of the file that are recorded. */
  readonly orders: number;
  readonly sales: number;
  readonly refunds: number;
  readonly gross_minor: Minor;
  readonly refunds_minor: Minor;
  /** gross − refunds. */
  readonly turnover_minor: Minor;
  readonly days: readonly SimulatedDay[];
}

/** What the summary cannot read from the sessions. */
export type SimulationOutcome = Pick<SimulationSummary, 'finished' | 'currency' | 'orders'>;

interface SessionTotals {
  readonly business_date: string;
  readonly z_number: number | null;
  readonly report: string;
}

/**
 * Adds up the sessions of a simulation.
 * @param sessionIds in the order in which they were opened
 */
export const summaryOf = (db: Sqlite, sessionIds: readonly string[], outcome: SimulationOutcome): SimulationSummary => {
  const find = db.prepare<[string], SessionTotals>(
    'SELECT business_date, z_number, report FROM session_totals WHERE session_id = ?',
  );
  const sessions = sessionIds.flatMap((id) => {
    const row = find.get(id);
    return row ? [{ ...row, report: JSON.parse(row.report) as SessionReport }] : [];
  });
  const sum = (of: (report: SessionReport) => number): number =>
    sessions.reduce((total, { report }) => total + of(report), 0);
  return {
    ...outcome,
    sales: sum((report) => report.sales_count),
    refunds: sum((report) => report.refunds_count),
    gross_minor: sum((report) => report.gross_minor),
    refunds_minor: sum((report) => report.refunds_minor),
    turnover_minor: sum((report) => report.turnover_minor),
    days: sessions.map(({ business_date, z_number, report }) => ({
      business_date,
      sales_count: report.sales_count,
      refunds_count: report.refunds_count,
      turnover_minor: report.turnover_minor,
      z_number,
    })),
  };
};

/** Writes the summary as a table, one line a day, the totals below. */
export const printSummary = (summary: SimulationSummary, write: (text: string) => void): void => {
  const { currency, days, sales, refunds, turnover_minor } = summary;
  const rows = [
    ['day', 'Z', 'sales', 'refunds', `turnover ${currency}`],
    ...days.map((day) => [
      day.business_date,
      day.z_number === null ? 'open' : String(day.z_number),
      String(day.sales_count),
      String(day.refunds_count),
      formatMinor(day.turnover_minor, currency),
    ]),
    ['total', String(days.length), String(sales), String(refunds), formatMinor(turnover_minor, currency)],
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const written = rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))),
  );
  const total = written.pop() ?? [];
  const rule = widths.map((width) => '-'.repeat(width));
  for (const row of [...written, rule, total]) write(`${row.join('  ').trimEnd()}\n`);
  write(totalsOf(summary));
};

const totalsOf = (summary: SimulationSummary): string => {
  const { currency, orders, days, finished, gross_minor, refunds_minor, turnover_minor } = summary;
  const amount = (minor: Minor): string => `${formatMinor(minor, currency)} ${currency}`;
  const state = finished ? '' : 'Interrupted; the same command goes on. ';
  return (
    `${state}${orders} orders in ${days.length} sessions: ` +
    `sold ${amount(gross_minor)}, refunded ${amount(refunds_minor)}, turnover ${amount(turnover_minor)}\n`
  );
};
