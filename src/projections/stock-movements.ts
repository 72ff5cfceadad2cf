import type { TillEvent } from '../domain/event.js';
import { column, type Projection } from './projection.js';

/** What was moved of one product. All in thousandths; they add up in any order. */
export interface StockSums {
  readonly received_milli: number;
  readonly removed_milli: number;
  readonly sold_milli: number;
  readonly returned_milli: number;
  readonly counted_difference_milli: number;
}

/** Nothing was moved. */
export const nothingMoved: StockSums = {
  received_milli: 0,
  removed_milli: 0,
  sold_milli: 0,
  returned_milli: 0,
  counted_difference_milli: 0,
};

/** What one terminal moved of one product in one store. */
export interface StockRow extends StockSums {
  readonly stock_id: string;
  readonly terminal_id: string;
  /** Null for what was recorded before the terminal was enrolled: it belongs to the store where it was enrolled. */
  readonly store_id: string | null;
  readonly code: string;
  readonly last_moved_at: string;
}

/** The key of a row. The ids have a fixed length, so no code can be taken for another. */
export const stockId = (place: Pick<StockRow, 'terminal_id' | 'store_id'>, code: string): string =>
  placeOf(place) + code;

const placeOf = ({ terminal_id, store_id }: Pick<StockRow, 'terminal_id' | 'store_id'>): string =>
  `${terminal_id} ${store_id ?? '-'} `;

/** What a row adds to the level of its product, in SQL of either database. */
export const levelSql = 'received_milli - removed_milli - sold_milli + returned_milli + counted_difference_milli';

/** What a row adds to the level of its product. */
export const levelIn = (row: StockSums): number =>
  row.received_milli - row.removed_milli - row.sold_milli + row.returned_milli + row.counted_difference_milli;

/** The types of event that move stock. */
export const stockEventTypes = [
  'SaleRecorded',
  'RefundRecorded',
  'SaleVoided',
  'StockReceived',
  'StockCounted',
] as const;

type StockEvent = TillEvent<(typeof stockEventTypes)[number]>;

/** What each terminal moved of each product. The level of a store is the sum over its rows. */
export const stockMovements: Projection<StockRow> = {
  table: 'stock_movements',
  key: 'stock_id',
  columns: {
    stock_id: column('text', 'terminal, store (- for none) and code, with a space between'),
    terminal_id: column('text', 'the terminal that moved it'),
    store_id: column('text', 'the store; null for what was moved before the terminal was enrolled'),
    code: column('text', 'the product'),
    received_milli: column('integer', 'came in'),
    removed_milli: column('integer', 'went back to the supplier or away; positive'),
    sold_milli: column('integer', 'sold, also what was voided or came back later'),
    returned_milli: column('integer', 'came back by refunds and voids'),
    counted_difference_milli: column('integer', 'found too many by counts; below zero too few'),
    last_moved_at: column('text', 'UTC of the latest movement by its clock; a label only'),
  },
  indexes: [],
  merges: {
    ...{ received_milli: 'sum', removed_milli: 'sum', sold_milli: 'sum', returned_milli: 'sum' },
    ...{ counted_difference_milli: 'sum', last_moved_at: 'greatest' },
  },
  keys(event) {
    if (!movesStock(event)) return [];
    const place = placeOf(event);
    return [...new Set(event.data.lines.map(({ code }) => place + code))];
  },
  reduce(row, event, stock_id) {
    const { terminal_id, store_id, occurred_at } = event;
    const code = row?.code ?? stock_id.slice(placeOf(event).length);
    const before = row ?? { stock_id, terminal_id, store_id, code, ...nothingMoved, last_moved_at: occurred_at };
    const last_moved_at = occurred_at > before.last_moved_at ? occurred_at : before.last_moved_at;
    const more = movesStock(event) ? moved(event, code) : nothingMoved;
    // Field by field, which takes a fraction of the time that copying the rest of an object does.
    return {
      stock_id,
      terminal_id: before.terminal_id,
      store_id: before.store_id,
      code,
      received_milli: before.received_milli + more.received_milli,
      removed_milli: before.removed_milli + more.removed_milli,
      sold_milli: before.sold_milli + more.sold_milli,
      returned_milli: before.returned_milli + more.returned_milli,
      counted_difference_milli: before.counted_difference_milli + more.counted_difference_milli,
      last_moved_at,
    };
  },
};

/** Training moves nothing; stock is neither counted nor received in it. */
const movesStock = (event: TillEvent): event is StockEvent =>
  moving.has(event.type) && !('training' in event.data && event.data.training);

const moving: ReadonlySet<string> = new Set(stockEventTypes);

const moved = (event: StockEvent, code: string): StockSums => {
  switch (event.type) {
    case 'SaleRecorded':
      return { ...nothingMoved, sold_milli: quantityIn(event.data.lines, code) };
    case 'RefundRecorded':
    case 'SaleVoided':
      return { ...nothingMoved, returned_milli: quantityIn(event.data.lines, code) };
    case 'StockReceived': {
      const { lines } = event.data;
      const received_milli = sumOf(lines, code, ({ quantity_milli }) => Math.max(0, quantity_milli));
      const removed_milli = sumOf(lines, code, ({ quantity_milli }) => Math.max(0, -quantity_milli));
      return { ...nothingMoved, received_milli, removed_milli };
    }
    case 'StockCounted': {
      const { lines } = event.data;
      const counted_difference_milli = sumOf(lines, code, ({ difference_milli }) => difference_milli);
      return { ...nothingMoved, counted_difference_milli };
    }
  }
};

const quantityIn = (lines: readonly Quantity[], code: string): number =>
  sumOf(lines, code, ({ quantity_milli }) => quantity_milli);

type Quantity = { readonly code: string; readonly quantity_milli: number };

const sumOf = <Line extends { readonly code: string }>(
  lines: readonly Line[],
  code: string,
  milliOf: (line: Line) => number,
): number => {
  let sum = 0;
  for (const line of lines) if (line.code === code) sum += milliOf(line);
  return sum;
};
