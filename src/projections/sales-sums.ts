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
  `${place},${JSON.stringify([currency, dimension, member]).slice(1)}`;

// An event is asked for its parts once for each of its rows; a sale has up to a thousand lines.
const remembered = new WeakMap<SalesEvent, ReadonlyMap<string, Part>>();

/** What the event adds, by the row that it adds it to. */
const partsOf = (event: SalesEvent): ReadonlyMap<string, Part> => {
  const known = remembered.get(event);
  if (known) return known;
  const { gross_minor, net_minor, tax_minor, currency } = event.data;
  const whole = { name: null, currency, quantity_milli: 0, gross_minor, net_minor, tax_minor };
  const list = [
    { ...whole, dimension: 'hour', member: hourOf(event) } as const,
    { ...whole, dimension: 'staff', member: event.staff_id } as const,
    ...tenderParts(event),
    ...(event.type === 'SaleVoided' ? [] : lineParts(event)),
  ];
  const place = placeOf(event);
  const parts = new Map(list.map((part) => [sumId(place, part), part]));
  remembered.set(event, parts);
  return parts;
};

/** The hour on the clock of the shop. */
const hourOf = ({ occurred_at, utc_offset_minutes }: SalesEvent): string =>
  new Date(Date.parse(occurred_at) + utc_offset_minutes * 60_000).toISOString().slice(0, 13);

const tenderParts = ({ data: { tenders, change } }: SalesEvent): readonly Part[] =>
  merged([
    ...tenders.map(({ method, currency, amount_minor }) => tenderPart(method, currency, amount_minor)),
    ...change.map(({ currency, amount_minor }) => tenderPart('cash', currency, 0 - amount_minor)),
  ]);

const tenderPart = (method: string, currency: string, gross_minor: number): Part => ({
  ...{ dimension: 'tender', member: `${method} ${currency}`, name: null, currency },
  ...{ quantity_milli: 0, gross_minor, net_minor: 0, tax_minor: 0 },
});

const lineParts = ({ data: { lines, currency } }: TillEvent<'SaleRecorded' | 'RefundRecorded'>): readonly Part[] =>
  merged(
    lines.flatMap(({ code, name, category, quantity_milli, gross_minor, net_minor, tax_minor }) => {
      const sums = { currency, quantity_milli, gross_minor, net_minor, tax_minor };
      return [
        { ...sums, dimension: 'product', member: code, name },
        { ...sums, dimension: 'category', member: category, name: null },
      ];
    }),
  );

/** One part for each member. */
const merged = (parts: readonly Part[]): readonly Part[] => {
  const sums = new Map<string, Part>();
  for (const part of parts) {
    const key = part.member === null ? part.dimension : `${part.dimension} ${part.member}`;
    const before = sums.get(key);
    sums.set(key, before ? together(before, part) : part);
  }
  return [...sums.values()];
};

const together = (a: Part, b: Part): Part => ({
  ...b,
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
  const sign = event.type === 'SaleRecorded' ? 1 : -1;
  const after = {
    ...row,
    ...latestName(row, event, part),
    quantity_milli: row.quantity_milli + sign * part.quantity_milli,
    net_minor: row.net_minor + sign * part.net_minor,
    tax_minor: row.tax_minor + sign * part.tax_minor,
  };
  switch (event.type) {
    case 'SaleRecorded':
      return { ...after, sales_count: row.sales_count + 1, gross_minor: row.gross_minor + part.gross_minor };
    case 'RefundRecorded':
      return { ...after, refunds_count: row.refunds_count + 1, refunds_minor: row.refunds_minor + part.gross_minor };
    case 'SaleVoided':
      return { ...after, voids_count: row.voids_count + 1, voids_minor: row.voids_minor + part.gross_minor };
  }
};

/** The same name whatever the order of delivery: of two at one moment the greater one. */
const latestName = (
  row: SalesRow,
  { occurred_at }: SalesEvent,
  { name }: Part,
): Pick<SalesRow, 'name' | 'named_at'> => {
  if (name === null) return { name: row.name, named_at: row.named_at };
  const isLater = occurred_at > row.named_at || (occurred_at === row.named_at && isGreater(name, row.name ?? ''));
  return isLater ? { name, named_at: occurred_at } : { name: row.name, named_at: row.named_at };
};

/** By bytes, as the database compares too. */
const isGreater = (a: string, b: string): boolean => Buffer.compare(Buffer.from(a), Buffer.from(b)) > 0;
