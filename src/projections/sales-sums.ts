import type { TillEvent } from '../domain/event.js';
import { column, type Projection } from './projection.js';

/** By what sales are added up. */
export const salesDimensions = ['hour', 'product', 'category', 'staff', 'tender'] as const;

/** One of {@link salesDimensions}. */
export type SalesDimension = (typeof salesDimensions)[number];

/** What one terminal sold on one business date of one product, in one hour, by one person, and so on. */
export interface SalesRow {
  readonly sum_id: string;
  readonly dimension: SalesDimension;
  /** Null for what no product, category or person is named for. */
  readonly member: string | null;
  readonly name: string | null;
  readonly named_at: string;
  readonly terminal_id: string;
  readonly store_id: string | null;
  readonly business_date: string;
  readonly currency: string;
  readonly sales_count: number;
  readonly refunds_count: number;
  readonly voids_count: number;
  readonly quantity_milli: number;
  readonly gross_minor: number;
  readonly refunds_minor: number;
  readonly voids_minor: number;
  readonly net_minor: number;
  readonly tax_minor: number;
}

type SalesEvent = TillEvent<'SaleRecorded' | 'RefundRecorded' | 'SaleVoided'>;

/** What one event adds to one row. */
interface Part {
  readonly dimension: SalesDimension;
  readonly member: string | null;
  readonly name: string | null;
  readonly currency: string;
  readonly quantity_milli: number;
  readonly gross_minor: number;
  readonly net_minor: number;
  readonly tax_minor: number;
}

/**
 * Sales by hour, product, category, person and tender; training counts nowhere. A void names no lines, so that by product
 * and category a sale that was voided is still in: whoever reads those takes the lines of voided sales off. By tender the
 * amounts are what was taken in its own currency, without tax.
 */
export const salesSums: Projection<SalesRow> = {
  table: 'sales_sums',
  key: 'sum_id',
  columns: {
    sum_id: column('text', 'terminal, date, store, currency, dimension and member, as a JSON list'),
    dimension: column('text', 'hour, product, category, staff or tender'),
    member: column(
      'text',
      'YYYY-MM-DDTHH of the shop, code, category, staff_id, or method and currency; null for none',
    ),
    name: column('text', 'of the product as it was called last'),
    named_at: column('text', 'UTC, when it was called so; a label only'),
    terminal_id: column('text', 'the terminal'),
    store_id: column('text', 'the store; null for what was recorded before the terminal was enrolled'),
    business_date: column('text', 'YYYY-MM-DD, the date of the session'),
    currency: column('text', 'of the amounts'),
    sales_count: column('integer', 'sales with this in it, voided ones too'),
    refunds_count: column('integer', 'refunds with this in it'),
    voids_count: column('integer', 'sales with this in it that were voided; 0 by product and category'),
    quantity_milli: column('integer', 'sold less refunded, in thousandths; 0 where it says nothing'),
    gross_minor: column('integer', 'sales with tax, after discounts'),
    refunds_minor: column('integer', 'refunds with tax, positive'),
    voids_minor: column('integer', 'voided sales with tax, positive; 0 by product and category'),
    net_minor: column('integer', 'without tax: sales less refunds and voids'),
    tax_minor: column('integer', 'tax: sales less refunds and voids'),
  },
  indexes: ['business_date'],
  merges: {
    ...{ name: { by: 'named_at' }, named_at: 'greatest', sales_count: 'sum', refunds_count: 'sum', voids_count: 'sum' },
    ...{ quantity_milli: 'sum', gross_minor: 'sum', refunds_minor: 'sum', voids_minor: 'sum' },
    ...{ net_minor: 'sum', tax_minor: 'sum' },
  },
  keys: (event) => (isSales(event) ? [...partsOf(event).keys()] : []),
  reduce(row, event, sum_id) {
    if (!isSales(event)) throw new Error(`${event.type} is no sale.`);
    const part = partsOf(event).get(sum_id);
    if (!part) throw new Error(`${event.local_id} adds nothing to ${sum_id}.`);
    return added(row ?? emptyRow(event, part, sum_id), event, part);
  },
};

const isSales = (event: TillEvent): event is SalesEvent =>
  (event.type === 'SaleRecorded' || event.type === 'RefundRecorded' || event.type === 'SaleVoided') &&
  !event.data.training;

/** What every key of the event begins with. */
const placeOf = ({ terminal_id, business_date, store_id }: SalesEvent): string =>
  JSON.stringify([terminal_id, business_date, store_id]).slice(0, -1);

const sumId = (place: string, { dimension, member, currency }: Part): string =>
  `${place},"${currency}","${dimension}",${JSON.stringify(member)}]`;

// An event is asked for its parts once for each of its rows; a sale has up to a thousand lines.
let last: { readonly event: SalesEvent; readonly parts: ReadonlyMap<string, Part> } | undefined;

/** What the event adds, by the row that it adds it to. */
const partsOf = (event: SalesEvent): ReadonlyMap<string, Part> => {
  if (last?.event === event) return last.parts;
  const { gross_minor, net_minor, tax_minor, currency } = event.data;
  const whole = { name: null, currency, quantity_milli: 0, gross_minor, net_minor, tax_minor };
  const parts = new Map<string, Part>();
  const place = placeOf(event);
  const add = (part: Part): void => {
    const key = sumId(place, part);
    const before = parts.get(key);
    parts.set(key, before ? together(before, part) : part);
  };
  add({ dimension: 'hour', member: hourOf(event), ...whole });
  add({ dimension: 'staff', member: event.staff_id, ...whole });
  addTenders(event, add);
  if (event.type !== 'SaleVoided') addLines(event, add);
  last = { event, parts };
  return parts;
};

/** The hour on the clock of the shop. */
const hourOf = ({ occurred_at, utc_offset_minutes }: SalesEvent): string =>
  new Date(Date.parse(occurred_at) + utc_offset_minutes * 60_000).toISOString().slice(0, 13);

type Add = (part: Part) => void;

const addTenders = ({ data: { tenders, change } }: SalesEvent, add: Add): void => {
  for (const { method, currency, amount_minor } of tenders) add(tenderPart(method, currency, amount_minor));
  for (const { currency, amount_minor } of change) add(tenderPart('cash', currency, 0 - amount_minor));
};

const tenderPart = (method: string, currency: string, gross_minor: number): Part => ({
  dimension: 'tender',
  member: `${method} ${currency}`,
  name: null,
  currency,
  quantity_milli: 0,
  gross_minor,
  net_minor: 0,
  tax_minor: 0,
});

const addLines = ({ data }: TillEvent<'SaleRecorded' | 'RefundRecorded'>, add: Add): void => {
  const { lines, currency } = data;
  for (const { code, name, category, quantity_milli, gross_minor, net_minor, tax_minor } of lines) {
    const sums = { currency, quantity_milli, gross_minor, net_minor, tax_minor };
    add({ dimension: 'product', member: code, name, ...sums });
    add({ dimension: 'category', member: category, name: null, ...sums });
  }
};

/** Of the same member, and with the name of the later line. */
const together = (a: Part, b: Part): Part => ({
  dimension: b.dimension,
  member: b.member,
  name: b.name,
  currency: b.currency,
  quantity_milli: a.quantity_milli + b.quantity_milli,
  gross_minor: a.gross_minor + b.gross_minor,
  net_minor: a.net_minor + b.net_minor,
  tax_minor: a.tax_minor + b.tax_minor,
});

const emptyRow = (event: SalesEvent, { dimension, member, currency }: Part, sum_id: string): SalesRow => ({
  sum_id,
  dimension,
  member,
  name: null,
  named_at: '',
  terminal_id: event.terminal_id,
  store_id: event.store_id,
  business_date: event.business_date ?? '',
  currency,
  sales_count: 0,
  refunds_count: 0,
  voids_count: 0,
  quantity_milli: 0,
  gross_minor: 0,
  refunds_minor: 0,
  voids_minor: 0,
  net_minor: 0,
  tax_minor: 0,
});

const added = (row: SalesRow, event: SalesEvent, part: Part): SalesRow => {
  const isNamed = part.name !== null && isLater(event.occurred_at, part.name, row);
  const [sold, refunded, voided] = [
    event.type === 'SaleRecorded' ? 1 : 0,
    event.type === 'RefundRecorded' ? 1 : 0,
    event.type === 'SaleVoided' ? 1 : 0,
  ];
  const sign = sold === 1 ? 1 : -1;
  return {
    sum_id: row.sum_id,
    dimension: row.dimension,
    member: row.member,
    name: isNamed ? part.name : row.name,
    named_at: isNamed ? event.occurred_at : row.named_at,
    terminal_id: row.terminal_id,
    store_id: row.store_id,
    business_date: row.business_date,
    currency: row.currency,
    sales_count: row.sales_count + sold,
    refunds_count: row.refunds_count + refunded,
    voids_count: row.voids_count + voided,
    quantity_milli: row.quantity_milli + sign * part.quantity_milli,
    gross_minor: row.gross_minor + sold * part.gross_minor,
    refunds_minor: row.refunds_minor + refunded * part.gross_minor,
    voids_minor: row.voids_minor + voided * part.gross_minor,
    net_minor: row.net_minor + sign * part.net_minor,
    tax_minor: row.tax_minor + sign * part.tax_minor,
  };
};

/** The same name whatever the order of delivery: of two at one moment the greater one. */
const isLater = (named_at: string, name: string, row: SalesRow): boolean =>
  named_at > row.named_at || (named_at === row.named_at && isGreater(name, row.name ?? ''));

/** By bytes, as the database compares too. */
const isGreater = (a: string, b: string): boolean => Buffer.compare(Buffer.from(a), Buffer.from(b)) > 0;
