import { createReadStream } from 'node:fs';
import { amountMax, parseDecimal, parseMinor } from '../domain/money.js';
import { linesMax } from '../domain/pricing.js';
import { type BrokenRow, BrokenRows, readTable, shown, TableFault, textProblem } from '../catalog/csv-table.js';

/** The columns that a file of orders must have, in any order; others are ignored. */
export const orderColumns = ['order_id', 'ordered_at', 'code', 'name', 'category', 'quantity', 'unit_price'] as const;

type Row = Readonly<Record<(typeof orderColumns)[number], string>>;

/** One line of an order, as the file has it. */
export interface OrderLine {
  readonly code: string;
  readonly name: string;
  /** Null when the file leaves it empty. */
  readonly category: string | null;
  /** Thousandths, never 0; below zero for goods that came back. */
  readonly quantity_milli: number;
  /** In the currency of the simulation. */
  readonly unit_price_minor: number;
}

/** The consecutive rows of one `order_id`. */
export interface Order {
  /** Counts from 1 in the order of the file; `order_id` may come again later and is then another order. */
  readonly ordinal: number;
  /** The line of the file on which it begins. */
  readonly line: number;
  /** The time of its first row, read as UTC: milliseconds since 1970-01-01T00:00:00Z. */
  readonly ordered_at: number;
  /** YYYY-MM-DD of its first row. */
  readonly date: string;
  readonly lines: readonly OrderLine[];
}

/** So many broken rows are named; the others are only counted. */
const brokenRowsMax = 20;

/** The file cannot be rung up as it is. Nothing of it was recorded. */
export class OrdersFileFault extends Error {
  override readonly name = 'OrdersFileFault';

  /**
   * @param code stable, for programs
   * @param rows what is wrong where, at most the first 20; empty when it is the file as a whole
   */
  constructor(
    readonly code: 'ORDERS_UNREADABLE' | 'ORDERS_INVALID',
    message: string,
    readonly rows: readonly BrokenRow[] = [],
    options?: ErrorOptions,
  ) {
    super([message, ...rows.map(({ line, reason }) => `  line ${line}: ${reason}`)].join('\n'), options);
  }
}

/** What is wrong with a file of orders. */
export class BrokenOrders extends BrokenRows {
  constructor() {
    super(brokenRowsMax);
  }

  /** @throws OrdersFileFault ORDERS_INVALID when a row was noted */
  throwIfAny(path: string): void {
    if (this.count === 0) return;
    const { rows, shown: which } = this.summary;
    const message = `${path} has ${rows} that cannot be rung up. Nothing was recorded${which}:`;
    throw new OrdersFileFault('ORDERS_INVALID', message, this.first);
  }
}

/** How a file of orders is read. */
export interface OrdersReading {
  readonly path: string;
  /** ISO 4217; prices may have as many decimals as it has. */
  readonly currency: string;
  /** What cannot be rung up goes here and is left out. */
  readonly broken: BrokenOrders;
}

/**
 * Reads the orders of a CSV file one after the other: UTF-8 with or without a byte order mark, any line ends, quoted
 * fields. The memory it takes does not grow with the file.
 * @throws OrdersFileFault when it cannot be read as CSV or a column is missing
 */
export async function* readOrders({ path, currency, broken }: OrdersReading): AsyncGenerator<Order> {
  let open: OpenOrder | undefined;
  let ordinal = 0;
  for await (const { line, row } of readRows(path, broken)) {
    const read = readRow(row, currency);
    if (typeof read === 'string') {
      broken.add(line, read);
      continue;
    }
    if (open?.order_id !== row.order_id) {
      if (open) yield open.order;
      ordinal += 1;
      const { ordered_at } = read;
      const date = row.ordered_at.slice(0, 10);
      const lines: OrderLine[] = [];
      open = { order_id: row.order_id, lines, order: { ordinal, line, ordered_at, date, lines } };
    }
    if (open.lines.length === linesMax) broken.add(line, `an order has at most ${linesMax} lines: split it`);
    // Beyond the limit the order is refused anyway; a file that is one endless order must not fill the memory.
    if (open.lines.length <= linesMax) open.lines.push(read.line);
  }
  if (open) yield open.order;
}

interface OpenOrder {
  readonly order_id: string;
  readonly lines: OrderLine[];
  readonly order: Order;
}

async function* readRows(path: string, broken: BrokenRows): AsyncGenerator<{ line: number; row: Row }> {
  try {
    for await (const read of readTable(createReadStream(path), { required: orderColumns, mayHaveMore: true })) {
      if (read.row) yield read;
      else broken.add(read.line, read.reason);
    }
  } catch (cause) {
    if (!(cause instanceof TableFault)) throw cause;
    const { line, reason } = cause;
    const rows = line === null ? [] : [{ line, reason }];
    const code = line === null ? 'ORDERS_UNREADABLE' : 'ORDERS_INVALID';
    throw new OrdersFileFault(code, `${path} cannot be rung up: ${reason}.`, rows, { cause });
  }
}

interface ReadRow {
  readonly ordered_at: number;
  readonly line: OrderLine;
}

/** What the row says, or why it cannot be rung up. */
const readRow = (row: Row, currency: string): ReadRow | string => {
  const ordered_at = readTime(row.ordered_at);
  const quantity_milli = parseDecimal(row.quantity.trim(), 3);
  const unit_price_minor = parseMinor(row.unit_price.trim(), currency);
  if (ordered_at === undefined) return `ordered_at “${shown(row.ordered_at)}” is not a time like 2015-01-31T18:05:00`;
  if (quantity_milli === undefined || quantity_milli === 0 || Math.abs(quantity_milli) > quantityMax) {
    return `quantity “${shown(row.quantity)}” is not a number other than 0 with at most 3 decimals, up to 1000000`;
  }
  if (unit_price_minor === undefined || unit_price_minor < 0) {
    return `unit_price “${shown(row.unit_price)}” is not an amount of ${currency}, zero or more`;
  }
  if (BigInt(unit_price_minor) * BigInt(Math.abs(quantity_milli)) > BigInt(amountMax) * 1000n) {
    return `${shown(row.quantity)} × ${shown(row.unit_price)} is more than a till can hold`;
  }
  const { code, name, category } = row;
  const line = { code, name, category: category.trim() === '' ? null : category, quantity_milli, unit_price_minor };
  return textsProblem(row) ?? { ordered_at, line };
};

/** Thousandths: the most that one line of a sale takes. */
const quantityMax = 1_000_000_000;

/** How long the texts may be, in UTF-16 units, and whether they may be left empty: the limits of a catalog. */
const textLimits = [
  { column: 'order_id', max: 200, optional: false },
  { column: 'code', max: 200, optional: false },
  { column: 'name', max: 500, optional: false },
  { column: 'category', max: 200, optional: true },
] as const;

const textsProblem = (row: Row): string | undefined =>
  textLimits.map((limit) => textProblem(row[limit.column], limit)).find((problem) => problem !== undefined);

const timeForm = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,3})?)?Z?$/u;

/** The written time taken as UTC; undefined when there is no such time. */
const readTime = (text: string): number | undefined => {
  const [, date, minutes, seconds = ':00'] = timeForm.exec(text) ?? [];
  if (date === undefined || minutes === undefined) return undefined;
  const wall = Date.parse(`${date}T${minutes}${seconds}Z`);
  // JavaScript takes 30 February for 2 March, and 24:00 for the next day.
  const exists = wall >= 0 && new Date(wall).toISOString().startsWith(`${date}T${minutes}`);
  return exists ? wall : undefined;
};
