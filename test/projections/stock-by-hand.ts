import type { TillEvent } from '../../src/domain/event.js';

type Moved = readonly { readonly code: string; readonly milli: number }[];
type Quantity = { readonly code: string; readonly quantity_milli: number };

const moved = (lines: readonly Quantity[], sign: 1 | -1): Moved =>
  lines.map(({ code, quantity_milli }) => ({ code, milli: sign * quantity_milli }));

/** What each event moves, without the reducer; a void is looked up in the sale that it names. */
const movedBy = (event: TillEvent, events: readonly TillEvent[]): Moved => {
  if ('training' in event.data && event.data.training) return [];
  switch (event.type) {
    case 'SaleRecorded':
      return moved(event.data.lines, -1);
    case 'RefundRecorded':
    case 'StockReceived':
      return moved(event.data.lines, 1);
    case 'SaleVoided': {
      const sale = events.find(({ local_id }) => local_id === event.data.sale_local_id);
      return sale?.type === 'SaleRecorded' ? moved(sale.data.lines, 1) : [];
    }
    case 'StockCounted':
      return event.data.lines.map(({ code, counted_milli, level_milli }) => ({
        code,
        milli: counted_milli - level_milli,
      }));
    default:
      return [];
  }
};

/** The levels that the events of some terminals come to, in thousandths, of every product that moved. */
export const stockByHand = (...logs: readonly (readonly TillEvent[])[]): ReadonlyMap<string, number> => {
  const levels = new Map<string, number>();
  for (const events of logs) {
    for (const { code, milli } of events.flatMap((event) => movedBy(event, events))) {
      levels.set(code, (levels.get(code) ?? 0) + milli);
    }
  }
  return levels;
};
