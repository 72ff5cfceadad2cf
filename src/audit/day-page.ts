import { createHash } from 'node:crypto';
import { type Bar, barChart, barTable } from './bar-chart.js';
import { dayReport, type DayReport, type DaySession, type DaySums, type FoldedSessions } from './day.js';
import { amount } from './figures.js';
import type { Problem } from './finding.js';
import type { HourSum } from './hours.js';
import type { Journal } from './journal.js';
import { type Content, Markup, markup } from './markup.js';
import { pageStyle } from './page-style.js';
import { sessionAnchor, sessionSection, stateMark } from './session-page.js';

/** What a page tells. */
export interface DayPage {
  /** What was read: a path or an address without secrets. */
  readonly name: string;
  readonly folded: FoldedSessions;
  /** What happened in the sessions, in the order of the logs; read once, one session at a time. */
  readonly journals: AsyncIterable<Journal>;
  /** What stands between the sums and the sessions. */
  readonly extra: Markup;
}

/** So many findings are listed; the JSON has them all. */
const findingsShownMax = 200;

/** Where there are more sessions, each is folded up. */
const openSessionsMax = 3;

const styleHash = createHash('sha256').update(pageStyle).digest('base64');
const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`;

/**
 * The report of the days as one page that needs no network and no script, part by part, so that a year does not have to
 * fit into memory. The same log gives the same bytes.
 */
export async function* dayPage({ name, folded, journals, extra }: DayPage): AsyncGenerator<string> {
  const report = dayReport(folded);
  yield markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Day report: ${name}</title>
${new Markup(`<style>${pageStyle}</style>`)}</head><body><main>
${title(name, report)}
${report.totals_by_currency.map((sums) => totals(sums, report, folded.hours))}
${findingList(report.findings)}
${extra}
${overview(report)}
<h2>Sessions</h2>
`.text;
  const rows = new Map(folded.sessions.map((row) => [row.session_id, row]));
  const sessions = new Map(report.days.flatMap((day) => day.sessions.map((one) => [one.session_id, one] as const)));
  const isOpen = sessions.size <= openSessionsMax;
  for await (const journal of journals) {
    const [row, session] = [rows.get(journal.session_id), sessions.get(journal.session_id)];
    if (row && session) yield sessionSection({ journal, row, session, isOpen }).text;
  }
  yield '</main></body></html>\n';
}

const title = (name: string, { days, findings }: DayReport): Markup => {
  const dates = [...new Set(days.map(({ business_date }) => business_date))].sort();
  const terminals = new Set(days.map(({ terminal_id }) => terminal_id)).size;
  const span = dates.length > 1 ? `${dates[0] ?? ''} to ${dates.at(-1) ?? ''}` : (dates[0] ?? 'no session found');
  const verdict =
    findings.length === 0
      ? markup`<span class="mark good">every event could be read and every Z equals its events</span>`
      : markup`<span class="mark bad">${counted(findings.length, 'finding')}</span>`;
  return markup`<h1>Day report</h1>
<p>${span}, ${counted(dates.length, 'business date')}, ${counted(terminals, 'terminal')}</p>
<p class="soft wide">Added up from the events of <bdi>${name}</bdi> alone.</p>
<p>${verdict}</p>`;
};

const counted = (count: number, what: string): string => `${String(count)} ${what}${count === 1 ? '' : 's'}`;

const totals = (sums: DaySums, report: DayReport, hours: readonly HourSum[]): Markup => {
  const { currency } = sums;
  const figures: readonly (readonly [string, string])[] = [
    ['Sales', String(sums.sales_count)],
    ['Gross', amount(sums.gross_minor, currency)],
    [`Refunds (${String(sums.refunds_count)})`, amount(sums.refunds_minor, currency)],
    ['Voids', amount(sums.voids_minor, currency)],
    ['Turnover', amount(sums.turnover_minor, currency)],
    ['Tax in it', amount(sums.tax_minor, currency)],
  ];
  const rows = figures.map(
    ([label, value]) => markup`<tr><th scope="row">${label}</th><td class="n">${value}</td></tr>\n`,
  );
  return markup`<h2>Totals${currency === null ? '' : ` in ${currency}`}</h2><div class="cards">
<div class="card"><h4>Without training</h4><table><tbody>${rows}</tbody></table></div>
${tenderCards(sums)}
${hourCard(hours.filter((hour) => hour.currency === currency))}
${dayCard(report, currency)}
</div>`;
};

/** Amounts of different currencies have no common length, so each currency has its own bars. */
const tenderCards = ({ tenders }: DaySums): Content =>
  [...new Set(tenders.map(({ currency }) => currency))].map((currency) => {
    const bars = tenders
      .filter((tender) => tender.currency === currency)
      .map(({ method, count, amount_minor }) => ({
        label: `${method} × ${String(count)}`,
        value: amount_minor,
        text: amount(amount_minor, currency),
      }));
    return markup`<div class="card"><h4>Paid in ${currency}</h4>${barTable(bars)}</div>`;
  });

const hourCard = (hours: readonly HourSum[]): Markup => {
  const bars = Array.from({ length: 24 }, (_, hour): Bar => {
    const { gross_minor, sales_count, currency } = hours.find((one) => one.hour === hour) ?? noSales;
    const text = sales_count === 0 ? 'nothing' : `${amount(gross_minor, currency)}, ${counted(sales_count, 'sale')}`;
    return { label: String(hour), value: gross_minor, text };
  });
  return chartCard('Sales by the hour of the shop’s clock', bars);
};

const noSales = { gross_minor: 0, sales_count: 0, currency: null };

/** Over more dates than this, months are drawn. */
const datesDrawnMax = 45;

/** The turnover of each date, or of each month; nothing for a single date. */
const dayCard = ({ days }: DayReport, currency: string | null): Content => {
  const sums = days.flatMap(({ business_date, sessions }) =>
    sessions
      .filter((session) => !session.training && session.currency === currency)
      .map(({ turnover_minor }) => ({ business_date, turnover_minor })),
  );
  const dates = new Set(sums.map(({ business_date }) => business_date)).size;
  if (dates < 2) return null;
  const isByMonth = dates > datesDrawnMax;
  const turnover = new Map<string, number>();
  for (const { business_date, turnover_minor } of sums) {
    const label = isByMonth ? business_date.slice(0, 7) : business_date.slice(5);
    turnover.set(label, (turnover.get(label) ?? 0) + turnover_minor);
  }
  const bars = [...turnover].map(([label, value]): Bar => ({ label, value, text: amount(value, currency) }));
  return chartCard(isByMonth ? 'Turnover by month' : 'Turnover by business date', bars);
};

/** A chart, and its figures for those who cannot see or touch it. */
const chartCard = (title: string, bars: readonly Bar[]): Markup => {
  const rows = bars
    .filter(({ value }) => value !== 0)
    .map((bar) => markup`<tr><th scope="row">${bar.label}</th><td class="n">${bar.text}</td></tr>\n`);
  return markup`<div class="card"><h4>${title}</h4>${barChart(title, bars, 3)}
<details><summary class="soft">The figures</summary><table><tbody>${rows}</tbody></table></details></div>`;
};

const findingList = (findings: readonly Problem[]): Content => {
  if (findings.length === 0) return null;
  const items = findings.slice(0, findingsShownMax).map(
    ({ code, seq, detail }) => markup`<li><strong>${code}</strong>
${seq === null ? null : markup`at event ${seq}: `}<bdi>${detail}</bdi></li>\n`,
  );
  const left = findings.length - items.length;
  const more = left > 0 ? markup`<li>… and ${left} more</li>` : null;
  return markup`<h2>Findings</h2><div class="card wide"><ul>${items}${more}</ul></div>`;
};

const overview = ({ days }: DayReport): Markup => {
  const row = (day: DayReport['days'][number], session: DaySession): Markup => markup`<tr>
<td><a href="#${sessionAnchor(session)}">${day.business_date}</a></td><td>${day.terminal_id.slice(0, 8)}</td>
<td>${stateMark(session)}</td><td class="n">${session.sales_count}</td>
<td class="n">${amount(session.turnover_minor, session.currency)}</td></tr>\n`;
  return markup`<h2>Days</h2><div class="card scroll"><table><thead><tr><th>Business date</th><th>Terminal</th>
<th>Z</th><th class="n">Sales</th><th class="n">Turnover</th></tr></thead>
<tbody>${days.flatMap((day) => day.sessions.map((session) => row(day, session)))}</tbody></table></div>`;
};
