import { addMoney, type Money } from '../domain/money.js';
import { addTaxes, type TaxSum } from '../domain/pricing.js';
import type { OpenTicket, ReasonCount, SessionReport, TenderSum } from '../domain/report.js';
import { addTenderSums } from '../domain/session-sums.js';
import { type SessionRow, sessions } from '../projections/sessions.js';
import { type Problem, ProblemList } from './finding.js';
import { type HourSum, HourSums } from './hours.js';
import { chosenLogs, type DayOptions, readEvents } from './selection.js';
import type { LogSource } from './source.js';
import { zDifferences } from './z-report.js';

/** Sums of one session or of many, in one base currency. Without training. */
export interface DaySums {
  /** The base currency of every amount without one of its own; null when nothing was sold. */
  readonly currency: string | null;
  readonly sales_count: number;
  readonly refunds_count: number;
  /** Sales with tax, after discounts and overrides, before refunds, voids, rounding and tips. */
  readonly gross_minor: number;
  /** Positive, like the voids. */
  readonly refunds_minor: number;
  readonly voids_minor: number;
  /** Lines that were taken off tickets, and tickets that were discarded: rung up and never sold. */
  readonly line_voids_count: number;
  readonly line_voids_minor: number;
  readonly tickets_discarded_count: number;
  readonly tickets_discarded_minor: number;
  /** gross − refunds − voids. */
  readonly turnover_minor: number;
  readonly tax_minor: number;
  readonly taxes: readonly TaxSum[];
  readonly tenders: readonly TenderSum[];
  readonly drawer_opens: readonly ReasonCount[];
  readonly expected: readonly Money[];
  /** Null while the session is open. In totals: of the sessions that were closed. */
  readonly counted: readonly Money[] | null;
  /** counted − expected. */
  readonly difference: readonly Money[] | null;
}

/** One session, added up from its events. */
export interface DaySession extends DaySums {
  readonly session_id: string;
  /** Listed, and in no total. */
  readonly training: boolean;
  readonly z_number: number | null;
  /** What the recorded Z leaves to the next session; null while there is none. */
  readonly open_tickets: readonly OpenTicket[] | null;
  /** Whether the recorded Z is what the events add up to; null while there is none. */
  readonly matches_recorded_z: boolean | null;
}

/** The sessions of one terminal and business date, in the order in which they were opened. */
export interface Day {
  readonly terminal_id: string;
  readonly business_date: string;
  readonly sessions: readonly DaySession[];
}

/** What the events say happened, day by day. */
export interface DayReport {
  readonly days: readonly Day[];
  /** Null when the sessions have several base currencies: amounts of different currencies are never added up. */
  readonly totals: DaySums | null;
  /** The totals of each base currency, in alphabetical order. */
  readonly totals_by_currency: readonly DaySums[];
  /** Events that could not be read and are in no figure, and every Z that differs from its events. */
  readonly findings: readonly Problem[];
}

/** What a source says about its sessions before it is laid out for anybody. */
export interface FoldedSessions {
  /** In the order of the logs, and within one in the order in which they were opened. */
  readonly sessions: readonly SessionRow[];
  readonly hours: readonly HourSum[];
  /** Events that could not be read and are in no figure, and every Z that differs from its events. */
  readonly findings: readonly Problem[];
}

/**
 * Adds up the chosen sessions of a source from their events alone, in memory that grows with the sessions and not with
 * the events.
 *
 * @throws UnusableSource for a terminal or a position that the source does not have, and for a date that is none
 */
export const foldSessions = async (source: LogSource, options: DayOptions): Promise<FoldedSessions> => {
  const found = new ProblemList();
  const rows: SessionRow[] = [];
  const hours = new HourSums();
  for (const log of await chosenLogs(source, options)) {
    const own = new Map<string, SessionRow>();
    for await (const { event } of readEvents(log, found)) {
      for (const key of sessions.keys(event)) own.set(key, sessions.reduce(own.get(key), event, key));
      if (isChosen(event, options)) hours.add(event);
    }
    rows.push(...own.values());
  }
  const chosen = rows.filter((row) => isChosen(row, options));
  for (const row of chosen) reportDifferences(row, found);
  return { sessions: chosen, hours: hours.all(), findings: found.all() };
};

/**
 * Reconstructs the days of a source from its events alone; no stored total is looked at but the Z it is compared with.
 * @throws UnusableSource as {@link foldSessions}
 */
export const reconstructDays = async (source: LogSource, options: DayOptions): Promise<DayReport> =>
  dayReport(await foldSessions(source, options));

/** The report of the days over what was added up. */
export const dayReport = ({ sessions: rows, findings }: FoldedSessions): DayReport => {
  const days = byDay(rows);
  const trade = days.flatMap((day) => day.sessions).filter(({ training }) => !training);
  const currencies = [...new Set(trade.map(({ currency }) => currency))].sort();
  const totals_by_currency = currencies.map((currency) =>
    trade.filter((session) => session.currency === currency).reduce(addSums, emptySums(currency)),
  );
  const totals = totals_by_currency.length > 1 ? null : (totals_by_currency[0] ?? emptySums(null));
  return { days, totals, totals_by_currency, findings };
};

/** Whether something belongs to the date that was asked for. */
export const isChosen = (
  { business_date }: { readonly business_date: string | null },
  { date }: Pick<DayOptions, 'date'>,
): boolean => date === undefined || business_date === date;

const reportDifferences = ({ terminal_id, report, z_report }: SessionRow, found: ProblemList): void => {
  const differences = z_report ? zDifferences(z_report, report) : [];
  if (differences.length === 0) return;
  const detail = `Z of session ${report.session_id}: ${differences.join('; ')}`;
  found.add({ terminal_id, seq: report.last_seq + 1, local_id: null, code: 'Z_WRONG', detail });
};

const byDay = (rows: readonly SessionRow[]): readonly Day[] => {
  const days = new Map<string, { terminal_id: string; business_date: string; sessions: DaySession[] }>();
  for (const row of rows) {
    const { terminal_id, business_date } = row;
    const key = `${business_date} ${terminal_id}`;
    const day = days.get(key) ?? { terminal_id, business_date, sessions: [] };
    day.sessions.push(daySession(row));
    days.set(key, day);
  }
  return [...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, day]) => day);
};

const daySession = ({ session_id, report, z_report }: SessionRow): DaySession => ({
  session_id,
  training: report.training,
  z_number: z_report?.z_number ?? null,
  ...sumsOf(report),
  counted: z_report?.counted ?? null,
  difference: z_report ? addMoney(z_report.counted, negative(report.expected)) : null,
  open_tickets: z_report?.open_tickets ?? null,
  matches_recorded_z: z_report ? zDifferences(z_report, report).length === 0 : null,
});

const sumsOf = (report: SessionReport): Omit<DaySums, 'counted' | 'difference'> => {
  const { currency, sales_count, refunds_count, gross_minor, refunds_minor, voids_minor, turnover_minor } = report;
  const { tax_minor, taxes, tenders, drawer_opens, expected } = report;
  const { line_voids_count, line_voids_minor, tickets_discarded_count, tickets_discarded_minor } = report;
  const unsold = { line_voids_count, line_voids_minor, tickets_discarded_count, tickets_discarded_minor };
  const counts = { sales_count, refunds_count };
  const amounts = { gross_minor, refunds_minor, voids_minor, turnover_minor, tax_minor };
  return { currency, ...counts, ...amounts, ...unsold, taxes, tenders, drawer_opens, expected };
};

const negative = (amounts: readonly Money[]): readonly Money[] =>
  amounts.map(({ currency, amount_minor }) => ({ currency, amount_minor: 0 - amount_minor }));

const emptySums = (currency: string | null): DaySums => ({
  currency,
  sales_count: 0,
  refunds_count: 0,
  gross_minor: 0,
  refunds_minor: 0,
  voids_minor: 0,
  line_voids_count: 0,
  line_voids_minor: 0,
  tickets_discarded_count: 0,
  tickets_discarded_minor: 0,
  turnover_minor: 0,
  tax_minor: 0,
  taxes: [],
  tenders: [],
  drawer_opens: [],
  expected: [],
  counted: [],
  difference: [],
});

/** Both together. An open session adds nothing to what was counted. */
const addSums = (a: DaySums, b: DaySums): DaySums => ({
  currency: a.currency,
  sales_count: a.sales_count + b.sales_count,
  refunds_count: a.refunds_count + b.refunds_count,
  gross_minor: a.gross_minor + b.gross_minor,
  refunds_minor: a.refunds_minor + b.refunds_minor,
  voids_minor: a.voids_minor + b.voids_minor,
  line_voids_count: a.line_voids_count + b.line_voids_count,
  line_voids_minor: a.line_voids_minor + b.line_voids_minor,
  tickets_discarded_count: a.tickets_discarded_count + b.tickets_discarded_count,
  tickets_discarded_minor: a.tickets_discarded_minor + b.tickets_discarded_minor,
  turnover_minor: a.turnover_minor + b.turnover_minor,
  tax_minor: a.tax_minor + b.tax_minor,
  taxes: addTaxes(a.taxes, b.taxes),
  tenders: addTenderSums(a.tenders, b.tenders),
  drawer_opens: addReasons(a.drawer_opens, b.drawer_opens),
  expected: addMoney(a.expected, b.expected),
  counted: addMoney(a.counted ?? [], b.counted ?? []),
  difference: addMoney(a.difference ?? [], b.difference ?? []),
});

const addReasons = (sums: readonly ReasonCount[], more: readonly ReasonCount[]): readonly ReasonCount[] => {
  const totals = new Map(sums.map(({ reason, count }) => [reason, count]));
  for (const { reason, count } of more) totals.set(reason, (totals.get(reason) ?? 0) + count);
  return [...totals].sort(([a], [b]) => (a < b ? -1 : 1)).map(([reason, count]) => ({ reason, count }));
};
