import type { SessionReport } from '../domain/report.js';
import { amount, thousandths } from './figures.js';
import { lines, problemLines, row } from './report-text.js';
import type { KnownState } from './state.js';

/** What a terminal knew at one event, as a person reads it. */
export const stateText = (state: KnownState): string => {
  const { terminal_id, epoch, at_seq, event, hash, findings } = state;
  const said = event ? `${event.type} at ${event.occurred_at}` : 'cannot be read';
  return lines([
    `Terminal ${terminal_id} at event ${String(at_seq)} of epoch ${String(epoch)}: ${said}`,
    `  hash ${hash ?? 'unknown: the event is missing'}`,
    ...identityLines(state),
    ...sessionLines(state),
    ...ticketLines(state),
    ...stockLines(state),
    ...(findings.length > 0 ? ['', ...problemLines(findings)] : []),
  ]);
};

const identityLines = ({ enrolled, catalog, last_sign_in: staff }: KnownState): readonly string[] => [
  row('Enrolled', enrolled ? `${enrolled.tenant_name}, ${enrolled.store_name}` : 'not yet'),
  row('Catalog', catalog ? `version ${String(catalog.catalog_version)}` : 'none'),
  ...(catalog ? [`  checksum ${catalog.checksum}`] : []),
  row(
    'Signed in last',
    staff ? `${staff.name} (${staff.role})${staff.signed_out ? ', signed out since' : ''}` : 'nobody',
  ),
];

const sessionLines = (state: KnownState): readonly string[] => {
  const { session, drawer, perpetual } = state;
  const report = session.status === 'open' ? session.x_report : null;
  const currency = report?.currency ?? drawer.amounts[0]?.currency ?? null;
  return [
    '',
    ...(report ? reportLines(report) : [row('Session', 'closed')]),
    ...drawer.amounts.map((money) => row(`Drawer ${drawer.basis}`, amount(money.amount_minor, money.currency))),
    ...(drawer.basis === 'unknown' ? [row('Drawer', 'nothing is known of it')] : []),
    ...numberLines(state),
    row('Perpetual turnover', amount(perpetual.turnover_minor, currency)),
    row('Perpetual absolute', amount(perpetual.absolute_minor, currency)),
  ];
};

const numberLines = (state: KnownState): readonly string[] => [
  row('Last receipt', state.last_receipt_number ?? 'none'),
  row('Last training receipt', state.last_training_receipt_number ?? 'none'),
  row('Last Z', state.last_z_number === 0 ? 'none' : String(state.last_z_number)),
];

const reportLines = (report: SessionReport): readonly string[] => [
  row('Session', `open since event ${String(report.first_seq)}${report.training ? ', training' : ''}`),
  row('Sales', String(report.sales_count)),
  row('Gross', amount(report.gross_minor, report.currency)),
  row('Refunded', amount(report.refunds_minor, report.currency)),
  row('Voided', amount(report.voids_minor, report.currency)),
  row('Turnover', amount(report.turnover_minor, report.currency)),
];

const ticketLines = ({ open_tickets }: KnownState): readonly string[] =>
  open_tickets.flatMap(({ ticket_id, label, currency, gross_minor, lines: left }) => [
    '',
    row(`Ticket ${label === '' ? ticket_id.slice(0, 8) : label}`, amount(gross_minor, currency)),
    ...left.map(({ name, quantity_milli }) => row(`  ${name}`, `× ${thousandths(quantity_milli)}`)),
  ]);

const stockLines = ({ stock_moved }: KnownState): readonly string[] =>
  stock_moved.length === 0
    ? []
    : ['', 'Stock moved', ...stock_moved.map(({ code, moved_milli }) => row(code, thousandths(moved_milli)))];
