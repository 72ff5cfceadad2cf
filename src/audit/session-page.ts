import type { Money } from '../domain/money.js';
import type { SessionRow } from '../projections/sessions.js';
import type { DaySession } from './day.js';
import { amount, percent } from './figures.js';
import type { Journal } from './journal.js';
import { incidentTables, type Table } from './journal-tables.js';
import { type Content, markup, type Markup } from './markup.js';
import { receiptItem } from './receipt-page.js';
import { zSides } from './z-sides.js';

/** One session with all that is told of it. */
export interface SessionPage {
  readonly journal: Journal;
  readonly row: SessionRow;
  readonly session: DaySession;
  /** Whether it is unfolded. */
  readonly isOpen: boolean;
}

/** The name of the place where a session stands in the page. */
export const sessionAnchor = ({ session_id }: Pick<DaySession, 'session_id'>): string => `session-${session_id}`;

/** What became of a session, in a word. */
export const stateMark = ({ training, z_number, matches_recorded_z: matches }: DaySession): Markup => {
  const name = z_number === null ? (training ? 'training' : '') : `Z ${String(z_number)}`;
  if (matches === null) return markup`<span class="mark bad">${name} open</span>`;
  return matches
    ? markup`<span class="mark good">${name} equals its events</span>`
    : markup`<span class="mark bad">${name} differs</span>`;
};

/** Everything about one session. One that goes on in a later epoch is told again there, without its sums. */
export const sessionSection = (page: SessionPage): Markup => {
  const { journal, row, session, isOpen } = page;
  const isFirst = journal.epoch === row.epoch;
  const goesOn = isFirst ? null : markup` goes on in epoch ${journal.epoch}`;
  const anchor = isFirst ? sessionAnchor(session) : `${sessionAnchor(session)}-${String(journal.epoch)}`;
  return markup`<details class="session" id="${anchor}"${isOpen ? markup` open` : null}>
<summary><strong>${journal.business_date}</strong>${goesOn} ${stateMark(session)}
<span class="soft">terminal ${journal.terminal_id.slice(0, 8)}, ${session.sales_count} sales,
${amount(session.turnover_minor, session.currency)}</span></summary>
<p class="soft wide">Terminal ${journal.terminal_id}, session ${journal.session_id}, events ${row.report.first_seq}
to ${row.report.last_seq}</p>
${isFirst ? sums(page) : null}
${incidentTables(journal).map(tableMarkup)}
${receipts(journal)}
</details>
`;
};

const sums = ({ row, session }: SessionPage): Content => {
  const { report } = row;
  const money = (minor: number): string => amount(minor, report.currency);
  const figures: Table = {
    title: 'Sums',
    columns: [
      { name: '', kind: 'text' },
      { name: 'Count', kind: 'number' },
      { name: 'Amount', kind: 'number' },
    ],
    rows: [
      ['Sales', String(report.sales_count), money(report.gross_minor)],
      ['Refunds', String(report.refunds_count), money(report.refunds_minor)],
      ['Voids', String(report.voids_count), money(report.voids_minor)],
      ['Turnover', '', money(report.turnover_minor)],
      ['Discounts', '', money(report.discounts_minor)],
      ['Price overrides', String(report.overrides_count), ''],
      ['Rounding', '', money(report.rounding_minor)],
      ['Tips', '', money(report.tips_staff_minor + report.tips_house_minor)],
      ['Lines taken off tickets', String(report.line_voids_count), money(report.line_voids_minor)],
      ['Tickets discarded', String(report.tickets_discarded_count), money(report.tickets_discarded_minor)],
      ['Printed again', String(report.reprints_count), ''],
    ],
  };
  const cards = [figures, taxes(session), tenders(session), drawer(row, session), opens(session)];
  return markup`<div class="sums">${cards
    .filter((table) => table.rows.length > 0)
    .map((table) => markup`<div>${tableMarkup(table)}</div>`)}</div>${zTable(row)}`;
};

const texts = (...names: readonly string[]): Table['columns'] => names.map((name) => ({ name, kind: 'text' }));
const numbers = (...names: readonly string[]): Table['columns'] => names.map((name) => ({ name, kind: 'number' }));

const taxes = (session: DaySession): Table => ({
  title: 'Taxes in the turnover',
  columns: [...texts('Tax'), ...numbers('Rate', 'Net', 'Tax', 'Gross')],
  rows: session.taxes.map(({ tax_code, rate_ppm, net_minor, tax_minor, gross_minor }) => [
    tax_code,
    percent(rate_ppm),
    ...[net_minor, tax_minor, gross_minor].map((minor) => amount(minor, session.currency)),
  ]),
});

const tenders = (session: DaySession): Table => ({
  title: 'Paid by',
  columns: [...texts('Method'), ...numbers('Count', 'Received', 'Change', 'Paid back', 'Amount')],
  rows: session.tenders.map(({ method, currency, count, ...sum }) => [
    method,
    String(count),
    ...[sum.received_minor, sum.change_minor, sum.refunded_minor, sum.amount_minor].map((minor) =>
      amount(minor, currency),
    ),
  ]),
});

const drawer = ({ report }: SessionRow, session: DaySession): Table => {
  const of = (list: readonly Money[] | null, currency: string): string => {
    const found = list?.find((money) => money.currency === currency);
    return found ? amount(found.amount_minor, currency) : '–';
  };
  const columns = [...texts('Drawer'), ...numbers('Float', 'Expected', 'Counted', 'Difference')];
  const rows = session.expected.map(({ currency }) => [
    currency,
    ...[report.float, session.expected, session.counted, session.difference].map((list) => of(list, currency)),
  ]);
  return { title: 'Drawer by currency', columns, rows };
};

const opens = ({ drawer_opens }: DaySession): Table => ({
  title: 'Drawer opened',
  columns: [...texts('For'), ...numbers('Times')],
  rows: drawer_opens.map(({ reason, count }) => [reason.replaceAll('_', ' '), String(count)]),
});

const zTable = ({ z_report, report }: SessionRow): Content => {
  if (!z_report) return null;
  const sides = zSides(z_report, report);
  const wrong = sides.filter(({ same }) => !same).length;
  const row = (side: (typeof sides)[number]): Markup => markup`<tr${side.same ? null : markup` class="differs"`}>
<td><bdi>${side.label}</bdi></td><td class="n">${side.recorded}</td><td class="n">${side.recomputed}</td></tr>\n`;
  return markup`<details${wrong > 0 ? markup` open` : null}><summary><strong>Recorded Z beside its events:
${sides.length} figures, ${wrong} differ</strong></summary><div class="scroll"><table><thead><tr><th>Figure</th>
<th class="n">The Z says</th><th class="n">The events say</th></tr></thead><tbody>${sides.map(row)}</tbody></table></div>
</details>`;
};

/** A table as it stands in a page. */
export const tableMarkup = ({ title, columns, rows }: Table): Markup => {
  const kindOf = (column: number): Content => (columns[column]?.kind === 'number' ? markup` class="n"` : null);
  const line = (cells: readonly string[]): Markup =>
    markup`<tr>${cells.map((cell, column) => markup`<td${kindOf(column)}><bdi>${cell}</bdi></td>`)}</tr>\n`;
  return markup`${title === '' ? null : markup`<h4>${title}</h4>`}<div class="scroll"><table>
<thead><tr>${columns.map(({ name }, column) => markup`<th${kindOf(column)}>${name}</th>`)}</tr></thead>
<tbody>${rows.map(line)}</tbody></table></div>\n`;
};

const receipts = (journal: Journal): Content => {
  if (journal.receipts.length === 0) return null;
  const voided = new Set(journal.voids.map(({ data }) => data.sale_local_id));
  return markup`<h4>Receipts (${journal.receipts.length})</h4>
${journal.receipts.map((receipt) => receiptItem(receipt, voided))}`;
};
