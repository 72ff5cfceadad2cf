import type { DenominationSum } from '../domain/cash-amounts.js';
import { formatMinor, type Minor, type Money } from '../domain/money.js';
import type { CashMovementSum, SessionReport, TenderSum, ZReport } from '../domain/report.js';
import type { Block, Layout } from './layout.js';
import { layoutText } from './layout-text.js';
import { capitalized, percent } from './plain-text.js';
import { receiptColumns } from './receipt-text.js';

/** What the paper says that the report does not; times are `YYYY-MM-DD HH:MM` where the terminal stands. */
export interface ReportHeading {
  /** Empty when the terminal does not know its shop yet. */
  readonly shop_name: string;
  readonly opened_time: string;
  /** When the session was closed; of an X report, when it was printed. */
  readonly local_time: string;
}

/** An X or Z report as plain text: lines of at most {@link receiptColumns} columns, each ended by a line feed. */
export const reportText = (report: SessionReport | ZReport, heading: ReportHeading): string =>
  layoutText(reportLayout(report, heading), receiptColumns);

/**
 * What is on the paper of an X or Z report, from the top. Nothing is added up but the cash that was taken, so that each
 * block adds up from top to bottom: sales − refunds − voids = turnover; float + cash + movements = expected;
 * counted − expected = difference.
 */
export const reportLayout = (report: SessionReport | ZReport, heading: ReportHeading): Layout => {
  const z = 'z_number' in report ? report : null;
  const parts: readonly (readonly Block[])[] = [
    head(report, z, heading),
    turnover(report),
    taxes(report),
    payments(report),
    ...(z ? z.difference : report.expected).map(({ currency }) => drawer(currency, report, z)),
    journal(report),
    z ? openTickets(z) : [],
    z ? running(z) : [],
    foot(report, z),
  ];
  const blocks = parts
    .filter((part) => part.length > 0)
    .flatMap((part, index): readonly Block[] => (index === 0 ? part : [{ kind: 'rule' }, ...part]));
  return { direction: 'ltr', blocks: [...blocks, { kind: 'cut' }] };
};

const shortHashDigits = 12;
/** Enough of its id to tell a ticket without a name from the others. */
const ticketIdDigits = 8;
const indent = 2;

const line = (start: string, end: string, free = 0): readonly Block[] => [{ kind: 'row', start, end, indent: free }];

const money = (label: string, amount_minor: Minor, currency: string | null, free = 0): readonly Block[] =>
  line(label, currency === null ? String(amount_minor) : formatMinor(amount_minor, currency), free);

const title = (text: string): readonly Block[] => [{ kind: 'centred', text }];

const times = (label: string, count: number): string => `${label} x ${String(count)}`;

const head = (report: SessionReport, z: ZReport | null, heading: ReportHeading): readonly Block[] => {
  const { training, business_date, opened_by } = report;
  const name = z ? (z.z_number === null ? 'CLOSING' : `Z REPORT ${String(z.z_number)}`) : 'X REPORT';
  return [
    ...title(heading.shop_name),
    ...title(name),
    ...(training ? title(trainingNotice) : []),
    ...line('Business date', business_date),
    ...line(`Opened by ${opened_by ?? '-'}`, heading.opened_time),
    ...line(z ? `Closed by ${z.closed_by ?? '-'}` : 'Printed, still open', heading.local_time),
  ];
};

const trainingNotice = '*** TRAINING - COUNTS NOWHERE ***';

const turnover = (report: SessionReport): readonly Block[] => {
  const { currency } = report;
  return [
    ...title(`SALES ${currency ?? ''}`),
    ...money(times('Sales', report.sales_count), report.gross_minor, currency),
    ...money(times('Refunds', report.refunds_count), 0 - report.refunds_minor, currency),
    ...money(times('Voids', report.voids_count), 0 - report.voids_minor, currency),
    ...money('TURNOVER', report.turnover_minor, currency),
    ...money('Discounts given', report.discounts_minor, currency, indent),
    ...line('Lines', String(report.lines_count), indent),
    ...line('Prices overridden', String(report.overrides_count), indent),
    ...money(times('Lines taken off', report.line_voids_count), report.line_voids_minor, currency, indent),
    ...money(
      times('Tickets discarded', report.tickets_discarded_count),
      report.tickets_discarded_minor,
      currency,
      indent,
    ),
    ...line('Receipts printed again', String(report.reprints_count), indent),
  ];
};

const taxes = (report: SessionReport): readonly Block[] => {
  const { currency } = report;
  return [
    ...title('TAX'),
    ...report.taxes.flatMap(({ tax_code, rate_ppm, net_minor, tax_minor }) => [
      ...money(`Net at ${tax_code} ${percent(rate_ppm)}`, net_minor, currency),
      ...money(`Tax at ${tax_code} ${percent(rate_ppm)}`, tax_minor, currency),
    ]),
    ...money('NET', report.net_minor, currency),
    ...money('TAX', report.tax_minor, currency),
  ];
};

const payments = (report: SessionReport): readonly Block[] => {
  const { currency } = report;
  return [
    ...title('PAID BY'),
    ...report.tenders.flatMap(payment),
    ...money('Tips for the staff', report.tips_staff_minor, currency, indent),
    ...money('Tips for the house', report.tips_house_minor, currency, indent),
    ...money('Cash rounding', report.rounding_minor, currency, indent),
  ];
};

const payment = (sum: TenderSum): readonly Block[] => {
  const { method, currency, count, received_minor, change_minor, refunded_minor } = sum;
  const steps = [
    { label: 'received', amount_minor: received_minor },
    { label: 'change', amount_minor: 0 - change_minor },
    { label: 'paid back', amount_minor: 0 - refunded_minor },
  ].filter(({ amount_minor }) => amount_minor !== 0);
  return [
    ...money(times(`${capitalized(method)} ${currency}`, count), sum.amount_minor, currency),
    ...(steps.length < 2
      ? []
      : steps.flatMap(({ label, amount_minor }) => money(label, amount_minor, currency, indent))),
  ];
};

const movementLabels: Readonly<Record<string, string>> = {
  paid_in: 'Paid in',
  paid_out: 'Paid out',
  drop: 'Dropped into the safe',
};

const drawer = (currency: string, report: SessionReport, z: ZReport | null): readonly Block[] => {
  const here = <Sum extends { readonly currency: string }>(sums: readonly Sum[]): readonly Sum[] =>
    sums.filter((sum) => sum.currency === currency);
  const amountIn = (sums: readonly Money[]): Minor => here(sums)[0]?.amount_minor ?? 0;
  const cash = here(report.tenders).find(({ method }) => method === 'cash')?.amount_minor ?? 0;
  return [
    ...title(`CASH DRAWER ${currency}`),
    ...money('Float', amountIn(report.float), currency),
    ...money('Cash of sales and refunds', cash, currency),
    ...here(report.cash_movements).flatMap(movement),
    ...money('EXPECTED', amountIn(report.expected), currency),
    ...(z ? counted(here(z.counted)[0], here(z.counted_denominations)) : []),
    ...(z ? money('DIFFERENCE', amountIn(z.difference), currency) : []),
  ];
};

const movement = ({ kind, currency, count, amount_minor }: CashMovementSum): readonly Block[] =>
  money(times(movementLabels[kind] ?? kind, count), kind === 'paid_in' ? amount_minor : 0 - amount_minor, currency);

const counted = (amount: Money | undefined, notes: readonly DenominationSum[]): readonly Block[] => {
  if (!amount) return line('COUNTED', 'not counted');
  const { currency, amount_minor } = amount;
  return [
    ...notes.flatMap(({ value_minor, count }) =>
      money(`${String(count)} x ${formatMinor(value_minor, currency)}`, value_minor * count, currency, indent),
    ),
    ...money('COUNTED', amount_minor, currency),
  ];
};

const journal = (report: SessionReport): readonly Block[] =>
  report.drawer_opens.length === 0
    ? []
    : [
        ...title('DRAWER OPENED FOR'),
        ...report.drawer_opens.flatMap(({ reason, count }) =>
          line(movementLabels[reason] ?? capitalized(reason), String(count)),
        ),
      ];

const openTickets = ({ open_tickets, currency }: ZReport): readonly Block[] =>
  open_tickets.length === 0
    ? []
    : [
        ...title('TICKETS LEFT OPEN'),
        ...open_tickets.flatMap(({ ticket_id, label, gross_minor }) =>
          money(label === '' ? ticket_id.slice(0, ticketIdDigits) : label, gross_minor, currency),
        ),
      ];

const running = ({ perpetual, currency, unsynced_events }: ZReport): readonly Block[] => [
  ...title('SINCE THE FIRST DAY'),
  ...money('Turnover', perpetual.turnover_minor, currency),
  ...money('Sales + refunds + voids', perpetual.absolute_minor, currency),
  ...line('Events not yet at central', String(unsynced_events)),
];

const foot = (report: SessionReport, z: ZReport | null): readonly Block[] => {
  const { first_receipt, last_receipt, first_seq, last_seq, training } = report;
  return [
    ...line('First receipt', first_receipt?.receipt_number ?? 'none'),
    ...line('Last receipt', last_receipt?.receipt_number ?? 'none'),
    ...line('Records', `${String(first_seq)} to ${String(last_seq)}`),
    ...(z ? line('Record before', z.prev_hash.slice(0, shortHashDigits)) : []),
    ...(z ? [] : line('Not a Z report: the session goes on.', '')),
    ...(training ? title(trainingNotice) : []),
  ];
};
