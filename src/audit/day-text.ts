import type { Money } from '../domain/money.js';
import type { SessionRow } from '../projections/sessions.js';
import type { Day, DayReport, DaySession, DaySums } from './day.js';
import { amount, percent } from './figures.js';
import type { Journal } from './journal.js';
import { incidentTables, receiptTable, type Table } from './journal-tables.js';
import { lines, problemLines, row } from './report-text.js';
import { zSides } from './z-sides.js';

/** What is shown of the sessions besides their sums. */
export interface DayDetails {
  /** The sessions with their recorded Z. */
  readonly sessions: readonly SessionRow[];
  /** What happened in them. */
  readonly journals: readonly Journal[];
}

/** The report of the days as a person reads it: in full for one date, a line a day for more. */
export const dayText = (
  { days, totals_by_currency, findings }: DayReport,
  details: DayDetails = { sessions: [], journals: [] },
): string => {
  if (days.length === 0) return lines(['No session found.', ...problemLines(findings)]);
  const body = isInFull(days) ? days.flatMap((day) => fullDay(day, details)) : days.map(dayLine);
  const totals =
    days.length === 1
      ? []
      : totals_by_currency.flatMap((sums) => [
          '',
          `Total${sums.currency ? ` in ${sums.currency}` : ''}`,
          ...sumLines(sums),
        ]);
  return lines([...body, ...totals, ...(findings.length > 0 ? ['', ...problemLines(findings)] : [])]);
};

/** Whether the days are told in full: when they are of one date. */
export const isInFull = (days: readonly Day[]): boolean =>
  new Set(days.map(({ business_date }) => business_date)).size === 1;

const fullDay = ({ terminal_id, business_date, sessions }: Day, details: DayDetails): readonly string[] => [
  `${business_date}  terminal ${terminal_id}`,
  ...sessions.flatMap((session) => [
    '',
    sessionTitle(session),
    ...sumLines(session),
    ...ticketLines(session),
    ...zLines(session, details),
    ...details.journals
      .filter(({ session_id }) => session_id === session.session_id)
      .flatMap((journal) => [...incidentTables(journal), receiptTable(journal)].flatMap(tableLines)),
  ]),
];

const sessionTitle = ({ session_id, training, z_number, counted }: DaySession): string => {
  const state = counted === null ? 'open' : z_number === null ? 'closed' : `Z ${String(z_number)}`;
  return `Session ${session_id}  ${state}${training ? '  training, counts nowhere' : ''}`;
};

const sumLines = (sums: DaySums): readonly string[] => {
  const { currency } = sums;
  const money = (label: string, minor: number): string => row(label, amount(minor, currency));
  return [
    row('Sales', String(sums.sales_count)),
    row('Refunds', String(sums.refunds_count)),
    money('Gross', sums.gross_minor),
    money('Refunded', sums.refunds_minor),
    money('Voided', sums.voids_minor),
    money(`Lines voided × ${String(sums.line_voids_count)}`, sums.line_voids_minor),
    money(`Tickets discarded × ${String(sums.tickets_discarded_count)}`, sums.tickets_discarded_minor),
    money('Turnover', sums.turnover_minor),
    ...sums.taxes.map(({ tax_code, rate_ppm, tax_minor }) => money(`Tax ${tax_code} ${percent(rate_ppm)}`, tax_minor)),
    money('Tax', sums.tax_minor),
    ...sums.tenders.map((tender) =>
      row(`Paid by ${tender.method} × ${String(tender.count)}`, amount(tender.amount_minor, tender.currency)),
    ),
    ...sums.drawer_opens.map(({ reason, count }) => row(`Drawer opened: ${reason}`, String(count))),
    ...sums.expected.flatMap((expected) => drawerLines(expected, sums)),
  ];
};

const drawerLines = ({ currency, amount_minor }: Money, { counted, difference }: DaySums): readonly string[] => {
  const of = (amounts: readonly Money[] | null): number | undefined =>
    amounts?.find((money) => money.currency === currency)?.amount_minor;
  const line = (label: string, minor: number | undefined): readonly string[] =>
    minor === undefined ? [] : [row(`Drawer ${label}`, amount(minor, currency))];
  return [...line('expected', amount_minor), ...line('counted', of(counted)), ...line('difference', of(difference))];
};

const ticketLines = ({ open_tickets, currency }: DaySession): readonly string[] =>
  (open_tickets ?? []).map(({ ticket_id, label, gross_minor }) =>
    row(`Left open: ${label === '' ? ticket_id.slice(0, 8) : label}`, amount(gross_minor, currency)),
  );

const zLines = ({ matches_recorded_z, session_id }: DaySession, { sessions }: DayDetails): readonly string[] => {
  if (matches_recorded_z === null) return [row('Recorded Z', 'none yet')];
  if (matches_recorded_z) return [row('Recorded Z', 'equals its events')];
  const recorded = sessions.find((session) => session.session_id === session_id);
  const sides = recorded?.z_report ? zSides(recorded.z_report, recorded.report) : [];
  return [
    row('Recorded Z', 'DIFFERS'),
    ...tableLines({
      title: 'Where the recorded Z differs from its events',
      columns: [
        { name: 'Figure', kind: 'text' },
        { name: 'The Z says', kind: 'number' },
        { name: 'The events say', kind: 'number' },
      ],
      rows: sides.filter(({ same }) => !same).map((side) => [side.label, side.recorded, side.recomputed]),
    }),
  ];
};

/** A table in columns that are as wide as what is in them. */
const tableLines = ({ title, columns, rows }: Table): readonly string[] => {
  const shown = [columns.map(({ name }) => name), ...rows];
  const widths = columns.map((_, column) =>
    shown.reduce((width, cells) => Math.max(width, lengthOf(cells[column])), 0),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const gap = ' '.repeat((widths[column] ?? 0) - lengthOf(cell));
        return columns[column]?.kind === 'number' ? gap + cell : cell + gap;
      })
      .join('  ')
      .trimEnd();
  return rows.length === 0 ? [] : ['', `  ${title}`, ...shown.map((cells) => `  ${line(cells)}`)];
};

/** In characters, as most screens show them. */
const lengthOf = (cell = ''): number => Array.from(cell).length;

const dayLine = ({ terminal_id, business_date, sessions }: Day): string => {
  const trade = sessions.filter(({ training }) => !training);
  const count = trade.reduce((sum, session) => sum + session.sales_count, 0);
  const currency = trade[0]?.currency ?? null;
  const turnover = trade.reduce((sum, session) => sum + session.turnover_minor, 0);
  const numbers = trade.map(({ z_number }) => (z_number === null ? 'open' : `Z ${String(z_number)}`)).join(', ');
  const differs = sessions.some(({ matches_recorded_z }) => matches_recorded_z === false) ? '  Z DIFFERS' : '';
  const sales = `${String(count).padStart(6)} sales`;
  return `${business_date}  ${terminal_id.slice(0, 8)}  ${sales} ${amount(turnover, currency).padStart(18)}  ${numbers}${differs}`;
};
