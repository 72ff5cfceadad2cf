import fc from 'fast-check';
import type { TillEvent } from '../../src/domain/event.js';
import { Refusal } from '../../src/domain/refusal.js';
import { anyProjection, foldRows } from '../../src/projections/projection.js';
import { levelIn, stockId, stockMovements, type StockRow } from '../../src/projections/stock-movements.js';
import { days, idsFrom } from '../domain/random-day.js';
import type { Move } from '../domain/random-move.js';
import { dollars, terminalStarted } from '../domain/specification.js';
import { idOf, TillLog } from '../domain/till-log.js';
import { stockByHand } from './stock-by-hand.js';

const logOf = (moves: readonly Move[]): TillLog => {
  const log = new TillLog();
  const newId = idsFrom(0);
  log.append([terminalStarted]);
  for (const move of moves) {
    try {
      log.command(move({ state: log.state, terms: dollars, newId, events: () => log.events }));
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause;
    }
  }
  return log;
};

/** The same events as another terminal of the store recorded them. */
const asTerminal = (which: number, log: TillLog): readonly TillEvent[] =>
  log.events.map((event) => ({ ...event, terminal_id: idOf(900 + which), store_id: which === 0 ? null : idOf(9) }));

const rows = (events: readonly TillEvent[]): readonly StockRow[] =>
  [...foldRows(anyProjection(stockMovements), events).values()] as object[] as StockRow[];

const shuffled = <Item>(items: readonly Item[], chance: Iterator<number>): readonly Item[] =>
  items
    .map((item) => ({ item, at: Number(chance.next().value) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);

describe('The stock of a store', () => {
  it('is what its terminals moved, whatever the order in which that becomes known', () => {
    fc.assert(
      fc.property(
        fc.array(days(2, 10), { minLength: 2, maxLength: 2 }),
        fc.infiniteStream(fc.nat()),
        (moves, chance) => {
          const logs = moves.map(logOf);
          const events = logs.flatMap((log, which) => asTerminal(which, log));
          const levels = new Map<string, number>();
          for (const row of rows(shuffled(events, chance))) {
            levels.set(row.code, (levels.get(row.code) ?? 0) + levelIn(row));
          }
          expect(levels).toEqual(stockByHand(...logs.map(({ events: one }) => one)));
        },
      ),
      { numRuns: 80 },
    );
  });

  it('is told apart by terminal, store and code, whatever the code is made of', () => {
    const ids = [null, idOf(9)].flatMap((store_id) =>
      ['x', ' x', '- x', `${idOf(9)} x`].map((code) => stockId({ terminal_id: idOf(1), store_id }, code)),
    );
    expect(new Set(ids).size).toBe(8);
  });
});

it('An event touches one row for each of its products', () => {
  const moves = fc.sample(days(3, 20), { numRuns: 40, seed: 3 }).flat();
  const events = logOf(moves).events.filter((event) => stockMovements.keys(event).length > 0);
  expect(new Set(events.map(({ type }) => type)).size).toBe(5);
  for (const event of events) {
    const { lines } = event.data as { readonly lines: readonly { readonly code: string }[] };
    const codes = new Set(lines.map(({ code }) => code));
    expect(rows([event]).map(({ code }) => code)).toEqual([...codes]);
  }
});
