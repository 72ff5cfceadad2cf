import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { CsvError, type Info, parse } from 'csv-parse';
import { amountMax, parseDecimal, parseMinor } from '../domain/money.js';
import { linesMax } from '../domain/pricing.js';
import { errorCode } from '../events/error-code.js';

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

/** A row that cannot be rung up. */
export interface BrokenRow {
  /** Counts from 1, the header included; the last line of a row that has several. */
  readonly line: number;
  /** What is wrong, for a person. */
  readonly reason: string;
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

/** Collects what is wrong with a file while it is read, so that all of it can be put right at once. */
export class BrokenRows {
  private count = 0;
  private readonly first: BrokenRow[] = [];

  /** Notes one row. */
  add(line: number, reason: string): void {
    this.count += 1;
    if (this.first.length < brokenRowsMax) this.first.push({ line, reason });
  }

  /** @throws OrdersFileFault ORDERS_INVALID when a row was noted */
  throwIfAny(path: string): void {
    if (this.count === 0) return;
    const shown = this.count > brokenRowsMax ? `; the first ${brokenRowsMax}` : '';
    const rows = this.count === 1 ? '1 row' : `${this.count} rows`;
    throw new OrdersFileFault(
      'ORDERS_INVALID',
      `${path} has ${rows} that cannot be rung up. Nothing was recorded${shown}:`,
      this.first,
    );
  }
}

/** How a file of orders is read. */
export interface OrdersReading {
  readonly path: string;
  /** ISO 4217; prices may have as many decimals as it has. */
  readonly currency: string;
  /** What cannot be rung up goes here and is left out. */
  readonly broken: BrokenRows;
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

interface CsvRecord {
  readonly info: Info;
  readonly record: readonly string[];
}

/** A row of so many characters is no row: a quote was not closed. */
const rowCharactersMax = 100_000;

async function* readRows(path: string, broken: BrokenRows): AsyncGenerator<{ line: number; row: Row }> {
  const parser = parse({
    bom: true,
    info: true,
    skip_empty_lines: true,
    relax_column_count: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: rowCharactersMax,
  });
  // What fails comes out where the rows are read; a reader that has enough ends both streams.
  const records: AsyncIterable<CsvRecord> = pipeline(createReadStream(path), parser, () => undefined);
  let places: readonly number[] | undefined;
  try {
    for await (const { info, record } of records) {
      if (!places) {
        places = placesOf(path, record);
        continue;
      }
      const row = rowAt(record, places);
      if (row) yield { line: info.lines, row };
      else broken.add(info.lines, 'has too few columns');
    }
  } catch (cause) {
    throw readingFault(path, cause);
  }
  if (!places) throw new OrdersFileFault('ORDERS_INVALID', `${path} is empty: there is nothing to ring up.`);
}

const placesOf = (path: string, header: readonly string[]): readonly number[] => {
  const names = header.map((name) => name.trim());
  const missing = orderColumns.filter((column) => !names.includes(column));
  const twice = orderColumns.filter((column) => names.indexOf(column) !== names.lastIndexOf(column));
  const problem = missing.length > 0 ? `lacks the column ${missing.join(', ')}` : `has ${twice.join(', ')} twice`;
  if (missing.length + twice.length === 0) return orderColumns.map((column) => names.indexOf(column));
  throw new OrdersFileFault(
    'ORDERS_INVALID',
    `${path} cannot be rung up: its first line ${problem}. It must name ${orderColumns.join(', ')}.`,
    [{ line: 1, reason: problem }],
  );
};

const rowAt = (record: readonly string[], places: readonly number[]): Row | undefined => {
  if (places.some((place) => record[place] === undefined)) return undefined;
  return Object.fromEntries(orderColumns.map((column, index) => [column, record[places[index] ?? 0]])) as Row;
};

const readingFault = (path: string, cause: unknown): unknown => {
  if (cause instanceof CsvError) {
    const line = typeof cause['lines'] === 'number' ? cause['lines'] : 1;
    return new OrdersFileFault('ORDERS_INVALID', `${path} is not CSV.`, [{ line, reason: cause.message }], { cause });
  }
  if (cause instanceof OrdersFileFault || errorCode(cause) === '') return cause;
  return new OrdersFileFault('ORDERS_UNREADABLE', `${path} cannot be read: ${errorCode(cause)}.`, [], { cause });
};

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
  return textProblem(row) ?? { ordered_at, line };
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

const textProblem = (row: Row): string | undefined => {
  for (const { column, max, optional } of textLimits) {
    const text = row[column];
    if (text.trim() === '' && !optional) return `${column} is empty`;
    if (text.length > max) return `${column} is longer than ${max} characters`;
    if (/\p{Cc}/u.test(text)) return `${column} holds control characters`;
    if (text.includes('\uFFFD')) return `${column} is not UTF-8`;
  }
  return undefined;
};

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

const shown = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
