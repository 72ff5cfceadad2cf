import type { DenominationSum } from '../domain/cash-amounts.js';
import { formatMinor, type Minor, type Money } from '../domain/money.js';
import type { Marked, ReportDocument } from '../domain/paper.js';
import type { CashMovementSum, TenderSum, ZReport } from '../domain/report.js';
import type { Block, Layout } from './layout.js';
import {
  centred,
  indent,
  markBlock,
  methodName,
  percent,
  row,
  ruled,
  shopBlocks,
  type Writing,
  writingOf,
} from './paper-blocks.js';
import { capitalized, isolated } from './plain-text.js';
import { reportWords, type ReportWords } from './report-words.js';

/**
 * What is on the paper of an X or Z report, from the top. Nothing is added up but the cash that was taken, so that each
 * block adds up from top to bottom: sales − refunds − voids = turnover; float + cash + movements = expected;
 * counted − expected = difference.
 */
export const reportLayout = (document: Marked<ReportDocument>): Layout => {
  const { report } = document;
  const z = 'z_number' in report ? report : null;
  const page = { document, report, z, ...writingOf(document), said: reportWords[document.shop.language] };
  const parts: readonly (readonly Block[])[] = [
    head(page),
    turnover(page),
    taxes(page),
    payments(page),
    ...(z ? z.difference : report.expected).map(({ currency }) => drawer(currency, page)),
    journal(page),
    z ? openTickets(z, page) : [],
    z ? running(z, page) : [],
    foot(page),
  ];
  return { direction: page.words.direction, blocks: [...ruled(parts), { kind: 'cut' }] };
};

interface Page extends Writing {
  readonly document: Marked<ReportDocument>;
  readonly report: ReportDocument['report'];
  readonly z: ZReport | null;
  readonly said: ReportWords;
}

const shortHashDigits = 12;
/** Enough of its id to tell a ticket without a name from the others. */
const ticketIdDigits = 8;

const line = (start: string, end: string, free = 0): readonly Block[] => [{ ...row(start, end), indent: free }];

const money = (
  label: string,
  { amount_minor, currency }: { readonly amount_minor: Minor; readonly currency: string | null },
  { figures }: Writing,
  free = 0,
): readonly Block[] =>
  line(label, figures(currency === null ? String(amount_minor) : formatMinor(amount_minor, currency)), free);

const times = (label: string, count: number, { figures }: Writing): string => `${label} x ${figures(String(count))}`;

const head = (page: Page): readonly Block[] => {
  const { document, report, z, words, said, figures } = page;
  const number = z?.z_number;
  const name = z ? (number ? `${said.z_report} ${figures(String(number))}` : said.closing) : said.x_report;
  const closing = z ? `${said.closed_by} ${isolated(document.closer ?? '-')}` : said.still_open;
  return [
    ...shopBlocks(document, page),
    { kind: 'centred', text: name, large: true },
    ...(report.training ? centred(said.counts_nowhere) : []),
    ...line(words.terminal, isolated(document.terminal)),
    ...line(said.business_date, figures(report.business_date)),
    ...line(`${said.opened_by} ${isolated(document.opener ?? '-')}`, figures(document.opened_time)),
    ...line(closing, figures(document.local_time)),
  ];
};

const turnover = (page: Page): readonly Block[] => {
  const { report, said, figures } = page;
  const { currency } = report;
  const sum = (label: string, amount_minor: Minor, free = 0): readonly Block[] =>
    money(label, { amount_minor, currency }, page, free);
  return [
    ...centred(`${said.sales.toUpperCase()} ${currency ?? ''}`),
    ...sum(times(said.sales, report.sales_count, page), report.gross_minor),
    ...sum(times(said.refunds, report.refunds_count, page), 0 - report.refunds_minor),
    ...sum(times(said.voids, report.voids_count, page), 0 - report.voids_minor),
    ...sum(said.turnover, report.turnover_minor),
    ...sum(said.discounts, report.discounts_minor, indent),
    ...line(said.lines, figures(String(report.lines_count)), indent),
    ...line(said.overrides, figures(String(report.overrides_count)), indent),
    ...sum(times(said.line_voids, report.line_voids_count, page), report.line_voids_minor, indent),
    ...sum(times(said.discarded, report.tickets_discarded_count, page), report.tickets_discarded_minor, indent),
    ...line(said.reprints, figures(String(report.reprints_count)), indent),
  ];
};

const taxes = (page: Page): readonly Block[] => {
  const { report, words, said, figures } = page;
  const { currency } = report;
  const sum = (label: string, amount_minor: Minor): readonly Block[] => money(label, { amount_minor, currency }, page);
  return [
    ...centred(said.tax),
    ...report.taxes.flatMap(({ tax_code, rate_ppm, net_minor, tax_minor }) => {
      const rate = `${isolated(tax_code)} ${percent(rate_ppm, figures)}`;
      return [...sum(`${words.net_at} ${rate}`, net_minor), ...sum(`${words.tax_at} ${rate}`, tax_minor)];
    }),
    ...sum(said.net, report.net_minor),
    ...sum(said.tax, report.tax_minor),
  ];
};

const payments = (page: Page): readonly Block[] => {
  const { report, said } = page;
  const { currency } = report;
  const sum = (label: string, amount_minor: Minor): readonly Block[] =>
    money(label, { amount_minor, currency }, page, indent);
  return [
    ...centred(said.paid_by),
    ...report.tenders.flatMap((tender) => payment(tender, page)),
    ...sum(said.tips_staff, report.tips_staff_minor),
    ...sum(said.tips_house, report.tips_house_minor),
    ...sum(said.rounding, report.rounding_minor),
  ];
};

const payment = (tender: TenderSum, page: Page): readonly Block[] => {
  const { method, currency, count, received_minor, change_minor, refunded_minor } = tender;
  const { words, said } = page;
  const steps = [
    { label: said.received, amount_minor: received_minor },
    { label: said.given_back, amount_minor: 0 - change_minor },
    { label: said.refunded, amount_minor: 0 - refunded_minor },
  ].filter(({ amount_minor }) => amount_minor !== 0);
  return [
    ...money(times(`${methodName(method, words)} ${currency}`, count, page), tender, page),
    ...(steps.length < 2
      ? []
      : steps.flatMap(({ label, amount_minor }) => money(label, { amount_minor, currency }, page, indent))),
  ];
};

const drawer = (currency: string, page: Page): readonly Block[] => {
  const { report, z, said } = page;
  const here = <Sum extends { readonly currency: string }>(sums: readonly Sum[]): readonly Sum[] =>
    sums.filter((sum) => sum.currency === currency);
  const amountIn = (sums: readonly Money[]): Money => here(sums)[0] ?? { currency, amount_minor: 0 };
  const cash = here(report.tenders).find(({ method }) => method === 'cash') ?? { currency, amount_minor: 0 };
  return [
    ...centred(`${said.drawer} ${currency}`),
    ...money(said.float, amountIn(report.float), page),
    ...money(said.cash_sales, cash, page),
    ...here(report.cash_movements).flatMap((sum) => movement(sum, page)),
    ...money(said.expected, amountIn(report.expected), page),
    ...(z ? counted(here(z.counted)[0], here(z.counted_denominations), page) : []),
    ...(z ? money(said.difference, amountIn(z.difference), page) : []),
  ];
};

const movement = ({ kind, currency, count, amount_minor }: CashMovementSum, page: Page): readonly Block[] => {
  const signed = kind === 'paid_in' ? amount_minor : 0 - amount_minor;
  return money(
    times(movementName(kind, page) ?? isolated(kind), count, page),
    { amount_minor: signed, currency },
    page,
  );
};

const movementName = (kind: string, { words }: Writing): string | undefined =>
  kind === 'paid_in' || kind === 'paid_out' || kind === 'drop' ? words[kind] : undefined;

const counted = (amount: Money | undefined, notes: readonly DenominationSum[], page: Page): readonly Block[] => {
  const { said, figures } = page;
  if (!amount) return line(said.counted, said.not_counted);
  const { currency } = amount;
  return [
    ...notes.flatMap(({ value_minor, count }) =>
      money(
        isolated(`${figures(String(count))} x ${figures(formatMinor(value_minor, currency))}`),
        { amount_minor: value_minor * count, currency },
        page,
        indent,
      ),
    ),
    ...money(said.counted, amount, page),
  ];
};

const journal = (page: Page): readonly Block[] => {
  const { report, said, figures } = page;
  const nameOf = (reason: string): string =>
    movementName(reason, page) ??
    (Object.hasOwn(said.reasons, reason) ? said.reasons[reason] : undefined) ??
    isolated(capitalized(reason));
  return report.drawer_opens.length === 0
    ? []
    : [
        ...centred(said.opened_for),
        ...report.drawer_opens.flatMap(({ reason, count }) => line(nameOf(reason), figures(String(count)))),
      ];
};

const openTickets = ({ open_tickets, currency }: ZReport, page: Page): readonly Block[] =>
  open_tickets.length === 0
    ? []
    : [
        ...centred(page.said.open_tickets),
        ...open_tickets.flatMap(({ ticket_id, label, gross_minor }) =>
          money(
            isolated(label === '' ? ticket_id.slice(0, ticketIdDigits) : label),
            { amount_minor: gross_minor, currency },
            page,
          ),
        ),
      ];

const running = ({ perpetual, currency, unsynced_events }: ZReport, page: Page): readonly Block[] => {
  const { said, figures } = page;
  return [
    ...centred(said.since_first),
    ...money(said.running_turnover, { amount_minor: perpetual.turnover_minor, currency }, page),
    ...money(said.running_all, { amount_minor: perpetual.absolute_minor, currency }, page),
    ...line(said.unsynced, figures(String(unsynced_events))),
  ];
};

const foot = (page: Page): readonly Block[] => {
  const { document, report, z, said } = page;
  const { first_receipt, last_receipt, first_seq, last_seq, training } = report;
  const numberOf = (receipt: typeof first_receipt): string => (receipt ? isolated(receipt.receipt_number) : said.none);
  return [
    ...line(said.first_receipt, numberOf(first_receipt)),
    ...line(said.last_receipt, numberOf(last_receipt)),
    ...line(said.records, `${String(first_seq)} ${said.to} ${String(last_seq)}`),
    ...(z ? line(said.record_before, z.prev_hash.slice(0, shortHashDigits)) : []),
    ...markBlock(document, page),
    ...(z ? [] : line(said.not_z, '')),
    ...(training ? centred(said.counts_nowhere) : []),
  ];
};
