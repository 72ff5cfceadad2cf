import type { TillEvent } from '../domain/event.js';
import { column, type Projection } from './projection.js';

/** By what sales are added up. */
export const salesDimensions = ['hour', 'product', 'category', 'staff', 'tender'] as const;

/** One of {@link salesDimensions}. */
export type SalesDimension = (typeof salesDimensions)[number];

/** What one terminal sold, took back or voided on one business date of one product, in one hour, by one person, and so on. */
export interface SalesRow {
  readonly sum_id: string;
  readonly name: string | null;
  readonly named_at: string;
  readonly receipts_count: number;
  readonly quantity_milli: number;
  readonly gross_minor: number;
  readonly net_minor: number;
  readonly tax_minor: number;
}

type SalesEvent = TillEvent<'SaleRecorded' | 'RefundRecorded' | 'SaleVoided'>;

/** What one event adds to one row. */
interface Part {
  readonly name: string | null;
  readonly quantity_milli: number;
  readonly gross_minor: number;
  readonly net_minor: number;
  readonly tax_minor: number;
}

/**
 * Sales by hour, product, category, person and tender; training counts nowhere. A void names no lines, so that by product
 * and category a sale that was voided is still in: whoever reads those takes the lines of voided sales off. By tender the
 * amounts are what was taken in its own currency, without tax.
 *
 * These are the rows that a sale touches most of, so they hold nothing twice: what a row is about stands in its key alone,
 * which {@link salesKeySql} reads. It begins with the date, so that dates that follow one another are a stretch of keys.
 */
export const salesSums: Projection<SalesRow> = {
  table: 'sales_sums',
  key: 'sum_id',
  columns: {
    sum_id: column(
      'text',
      'business date, terminal, store (- for none), kind, dimension and currency, each with a space behind it, and the member',
    ),
    name: column('text', 'of the product as it was called last'),
    named_at: column('text', 'UTC, when it was called so; a label only'),
    receipts_count: column('integer', 'sales, refunds or voided sales with this in it, as the kind says'),
    quantity_milli: column('integer', 'in thousandths, never below zero; 0 where it says nothing'),
    gross_minor: column('integer', 'with tax, after discounts; positive for refunds and voids, too'),
    net_minor: column('integer', 'without tax'),
    tax_minor: column('integer', 'the tax in gross_minor'),
  },
  indexes: [],
  merges: {
    ...{ name: { by: 'named_at' }, named_at: 'greatest', receipts_count: 'sum', quantity_milli: 'sum' },
    ...{ gross_minor: 'sum', net_minor: 'sum', tax_minor: 'sum' },
  },
  keys: (event) => (isSales(event) ? [...partsOf(event).keys()] : []),
  reduce(row, event, sum_id) {
    if (!isSales(event)) throw new Error(`${event.type} is no sale.`);
    const part = partsOf(event).get(sum_id);
    if (!part) throw new Error(`${event.local_id} adds nothing to ${sum_id}.`);
    return added(row ?? emptyRow(sum_id), event, part);
  },
};

/** What the key of a row says, as columns of SQL: `kind`, `dimension`, `member` and so on. A member may hold spaces. */
export const salesKeySql = ['business_date', 'terminal_id', 'store_id', 'kind', 'dimension', 'currency']
  .map((name, at) => `split_part(sum_id, ' ', ${String(at + 1)}) AS ${name}`)
  .concat(`nullif(regexp_replace(sum_id, '^(\\S+ ){6}', ''), '') AS member`)
  .join(', ');

const isSales = (event: TillEvent): event is SalesEvent =>
  (event.type === 'SaleRecorded' || event.type === 'RefundRecorded' || event.type === 'SaleVoided') &&
  !event.data.training;

/** What a row counts: sales, refunds, or sales that were voided. */
const kinds: Readonly<Record<SalesEvent['type'], string>> = {
  SaleRecorded: 'sale',
  RefundRecorded: 'refund',
  SaleVoided: 'void',
};

/** What every key of the event begins with. */
const placeOf = ({ type, terminal_id, business_date, store_id }: SalesEvent): string =>
  `${business_date ?? '-'} ${terminal_id} ${store_id ?? '-'} ${kinds[type]} `;

// An event is asked for its parts once for each of its rows; a sale has up to a thousand lines.
let last: { readonly event: SalesEvent; readonly parts: ReadonlyMap<string, Part> } | undefined;

/** What the event adds, by the row that it adds it to. */
const partsOf = (event: SalesEvent): ReadonlyMap<string, Part> => {
  if (last?.event === event) return last.parts;
  const { gross_minor, net_minor, tax_minor, currency } = event.data;
  const whole = { name: null, quantity_milli: 0, gross_minor, net_minor, tax_minor };
  const parts = new Map<string, Part>();
  const place = placeOf(event);
  const add: Add = (dimension, currency, member, part) => {
    const key = `${place}${dimension} ${currency} ${member ?? ''}`;
    const before = parts.get(key);
    parts.set(key, before ? together(before, part) : part);
  };
  add('hour', currency, hourOf(event), whole);
  add('staff', currency, event.staff_id, whole);
  addTenders(event, add);
  if (event.type !== 'SaleVoided') addLines(event, add);
  last = { event, parts };
  return parts;
};

/** The hour on the clock of the shop. */
const hourOf = ({ occurred_at, utc_offset_minutes }: SalesEvent): string =>
  new Date(Date.parse(occurred_at) + utc_offset_minutes * 60_000).toISOString().slice(0, 13);

type Add = (dimension: SalesDimension, currency: string, member: string | null, part: Part) => void;

const addTenders = ({ data: { tenders, change } }: SalesEvent, add: Add): void => {
  const taken = (gross_minor: number): Part => ({
    name: null,
    quantity_milli: 0,
    gross_minor,
    net_minor: 0,
    tax_minor: 0,
  });
  for (const { method, currency, amount_minor } of tenders)
    add('tender', currency, `${method} ${currency}`, taken(amount_minor));
  for (const { currency, amount_minor } of change) add('tender', currency, `cash ${currency}`, taken(0 - amount_minor));
};

const addLines = ({ data }: TillEvent<'SaleRecorded' | 'RefundRecorded'>, add: Add): void => {
  const { lines, currency } = data;
  for (const { code, name, category, quantity_milli, gross_minor, net_minor, tax_minor } of lines) {
    add('product', currency, code, { name, quantity_milli, gross_minor, net_minor, tax_minor });
    add('category', currency, category, { name: null, quantity_milli, gross_minor, net_minor, tax_minor });
  }
};

/** Of the same member, and with the name of the later line. */
const together = (a: Part, b: Part): Part => ({
  name: b.name,
  quantity_milli: a.quantity_milli + b.quantity_milli,
  gross_minor: a.gross_minor + b.gross_minor,
  net_minor: a.net_minor + b.net_minor,
  tax_minor: a.tax_minor + b.tax_minor,
});

const emptyRow = (sum_id: string): SalesRow => ({
  sum_id,
  name: null,
  named_at: '',
  receipts_count: 0,
  quantity_milli: 0,
  gross_minor: 0,
  net_minor: 0,
  tax_minor: 0,
});

const added = (row: SalesRow, event: SalesEvent, part: Part): SalesRow => {
  const isNamed = part.name !== null && isLater(event.occurred_at, part.name, row);
  return {
    sum_id: row.sum_id,
    name: isNamed ? part.name : row.name,
    named_at: isNamed ? event.occurred_at : row.named_at,
    receipts_count: row.receipts_count + 1,
    quantity_milli: row.quantity_milli + part.quantity_milli,
    gross_minor: row.gross_minor + part.gross_minor,
    net_minor: row.net_minor + part.net_minor,
    tax_minor: row.tax_minor + part.tax_minor,
  };
};

/** The same name whatever the order of delivery: of two at one moment the greater one. */
const isLater = (named_at: string, name: string, row: SalesRow): boolean =>
  named_at > row.named_at || (named_at === row.named_at && isGreater(name, row.name ?? ''));

/** By bytes, as the database compares too. */
const isGreater = (a: string, b: string): boolean => Buffer.compare(Buffer.from(a), Buffer.from(b)) > 0;
