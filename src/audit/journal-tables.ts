import type { EventMeta, Signatories } from '../domain/event.js';
import { amount, percent, thousandths } from './figures.js';
import { shopTime } from './hours.js';
import type { Journal, JournalLine, JournalReceipt } from './journal.js';

/** So many digits tell one bundle from another. */
const hashDigits = 12;

/** A list of like things, as a person reads it: in lines on a screen, or in the cells of a page. */
export interface Table {
  readonly title: string;
  /** Amounts and counts are `number`: they stand at the right of their column. */
  readonly columns: readonly { readonly name: string; readonly kind: 'text' | 'number' }[];
  /** One cell for each column. */
  readonly rows: readonly (readonly string[])[];
}

/** Everything out of the ordinary in a session, each kind in a table of its own; a kind that did not happen has none. */
export const incidentTables = (journal: Journal): readonly Table[] =>
  [
    refunds(journal),
    voids(journal),
    overrides(journal),
    discounts(journal),
    noSales(journal),
    reprints(journal),
    movements(journal),
    lineVoids(journal),
    discarded(journal),
    exports(journal),
    clockJumps(journal),
  ]
    .filter(({ rows }) => rows.length > 0)
    .map(withoutEmptyColumns);

/** Often nobody had to approve anything: the column would only take space. */
const withoutEmptyColumns = ({ title, columns, rows }: Table): Table => {
  const isUsed = columns.map((_, column) => rows.some((cells) => cells[column] !== ''));
  const used = <Item>(items: readonly Item[]): readonly Item[] => items.filter((_, column) => isUsed[column]);
  return { title, columns: used(columns), rows: rows.map(used) };
};

/** The receipts of a session, a row each. */
export const receiptTable = (journal: Journal): Table => {
  const voided = new Set(journal.voids.map(({ data }) => data.sale_local_id));
  return {
    title: 'Receipts',
    columns: [...at, text('Receipt'), text('What'), text('Staff'), number('Lines'), number('Total')],
    rows: journal.receipts.map(({ event }) => [
      ...placeOf(event),
      event.data.receipt_number,
      receiptKind({ event }, voided),
      ...whoOf(journal, event).slice(0, 1),
      String(event.data.lines.length),
      amount(event.data.total_minor, event.data.currency),
    ]),
  };
};

/** What a receipt is, in a word or two. @param voided ids of the sales that were voided */
export const receiptKind = ({ event }: Pick<JournalReceipt, 'event'>, voided: ReadonlySet<string>): string => {
  const kind = event.type === 'SaleRecorded' ? 'sale' : 'refund';
  return [kind, ...(voided.has(event.local_id) ? ['voided'] : []), ...(event.data.training ? ['training'] : [])].join(
    ', ',
  );
};

const text = (name: string) => ({ name, kind: 'text' }) as const;
const number = (name: string) => ({ name, kind: 'number' }) as const;

const at = [number('Seq'), text('Time')];
const who = [text('Staff'), text('Approved by')];

const placeOf = (event: Pick<EventMeta, 'seq' | 'occurred_at' | 'utc_offset_minutes'>): readonly string[] => [
  String(event.seq),
  shopTime(event).slice(11),
];

/** Who did it and who approved it: with the names of the event, or else of who signed in, or else by their ids. */
const whoOf = ({ known }: Journal, event: EventMeta & { readonly data: object }): readonly string[] => {
  const { staff_name, approver_name } = event.data as Partial<Signatories>;
  const nameOf = (id: string | null, name: string | null | undefined): string =>
    id === null ? '' : (name ?? known.staff.get(id)?.name ?? id);
  return [nameOf(event.staff_id, staff_name), nameOf(event.approved_by, approver_name)];
};

const refunds = (journal: Journal): Table => ({
  title: 'Refunds',
  columns: [...at, text('Receipt'), text('Of receipt'), text('Reason'), ...who, number('Paid back')],
  rows: journal.receipts.flatMap(({ event }) =>
    event.type === 'RefundRecorded'
      ? [
          [
            ...placeOf(event),
            event.data.receipt_number,
            event.data.original_receipt_number ?? 'without receipt',
            event.data.reason,
            ...whoOf(journal, event),
            amount(event.data.total_minor, event.data.currency),
          ],
        ]
      : [],
  ),
});

const voids = (journal: Journal): Table => ({
  title: 'Voids',
  columns: [...at, text('Receipt'), text('Reason'), ...who, number('Amount')],
  rows: journal.voids.map((event) => [
    ...placeOf(event),
    event.data.receipt_number,
    event.data.reason,
    ...whoOf(journal, event),
    amount(event.data.total_minor, event.data.currency),
  ]),
});

const overrides = (journal: Journal): Table => ({
  title: 'Price overrides',
  columns: [...at, text('Receipt'), text('Product'), number('List price'), number('Asked'), ...who],
  rows: journal.overrides.map(({ event, line }) => [
    ...lineOf({ event, line }),
    amount(line.list_price_minor, event.data.currency),
    amount(line.unit_price_minor, event.data.currency),
    ...whoOf(journal, event),
  ]),
});

const discounts = (journal: Journal): Table => ({
  title: 'Discounts',
  columns: [...at, text('Receipt'), text('Product'), text('On'), number('Rate'), number('Off'), text('Reason'), ...who],
  rows: journal.discounts.map(({ event, line, detail }) => [
    ...lineOf({ event, line }),
    detail.scope,
    detail.rate_ppm === null ? '' : percent(detail.rate_ppm),
    amount(detail.amount_minor, event.data.currency),
    detail.reason,
    ...whoOf(journal, event),
  ]),
});

const lineOf = ({ event, line }: Pick<JournalLine, 'event' | 'line'>): readonly string[] => [
  ...placeOf(event),
  event.data.receipt_number,
  line.name,
];

const noSales = (journal: Journal): Table => ({
  title: 'Drawer opened without a sale',
  columns: [...at, text('Reason'), ...who],
  rows: journal.no_sales.map((event) => [...placeOf(event), event.data.reason, ...whoOf(journal, event)]),
});

const reprints = (journal: Journal): Table => ({
  title: 'Receipts printed again',
  columns: [...at, text('Receipt'), number('Copy'), text('Reason'), ...who],
  rows: journal.reprints.map((event) => [
    ...placeOf(event),
    event.data.receipt_number,
    String(event.data.copy_no),
    event.data.reason ?? '',
    ...whoOf(journal, event),
  ]),
});

const movements = (journal: Journal): Table => ({
  title: 'Cash movements',
  columns: [...at, text('Kind'), text('Reason'), ...who, number('Amount')],
  rows: journal.movements.map((event) => [
    ...placeOf(event),
    event.data.kind.replaceAll('_', ' '),
    event.data.reason,
    ...whoOf(journal, event),
    amount(event.data.amount_minor, event.data.currency),
  ]),
});

const lineVoids = (journal: Journal): Table => ({
  title: 'Lines taken off tickets',
  columns: [...at, text('Product'), number('Quantity'), text('Reason'), ...who],
  rows: journal.line_voids.map((event) => [
    ...placeOf(event),
    event.data.name,
    thousandths(event.data.quantity_milli),
    event.data.reason,
    ...whoOf(journal, event),
  ]),
});

const discarded = (journal: Journal): Table => ({
  title: 'Tickets discarded',
  columns: [...at, text('Ticket'), number('Lines'), text('Reason'), ...who],
  rows: journal.discarded.map((event) => [
    ...placeOf(event),
    event.data.label === '' ? event.data.ticket_id.slice(0, 8) : event.data.label,
    String(event.data.lines_count),
    event.data.reason,
    ...whoOf(journal, event),
  ]),
});

const exports = (journal: Journal): Table => ({
  title: 'The log was exported',
  columns: [...at, number('From event'), number('To event'), text('Manifest'), ...who],
  rows: journal.exports.map((event) => [
    ...placeOf(event),
    String(event.data.first_seq),
    String(event.data.head.seq),
    event.data.manifest_sha256.slice(0, hashDigits),
    ...whoOf(journal, event),
  ]),
});

const clockJumps = (journal: Journal): Table => ({
  title: 'The clock jumped',
  columns: [...at, text('Expected'), text('Found')],
  rows: journal.clock_jumps.map((event) => [...placeOf(event), event.data.expected_at, event.data.found_at]),
});
