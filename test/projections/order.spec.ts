import fc from 'fast-check';
import type { TillEvent } from '../../src/domain/event.js';
import { Refusal } from '../../src/domain/refusal.js';
import { foldRows } from '../../src/projections/projection.js';
import { centralReadModels } from '../../src/projections/read-models.js';
import { days, idsFrom } from '../domain/random-day.js';
import type { Move } from '../domain/random-move.js';
import { dollars, terminalStarted } from '../domain/specification.js';
import { tries } from '../domain/tries.js';
import { headBefore, TillLog } from '../domain/till-log.js';

/** The events of some days, with a restart and a new epoch in the midst of a session. */
const eventsOf = (moves: readonly Move[], breakAt: number): readonly TillEvent[] => {
  const log = new TillLog();
  const newId = idsFrom(0);
  log.append([terminalStarted]);
  moves.forEach((move, index) => {
    if (index === breakAt) {
      log.append([
        { type: 'EpochStarted', data: { previous: headBefore(log.state.seq), reason: 'restored' } },
        terminalStarted,
        {
          type: 'TerminalRecovered',
          data: { last_receipt_number: null, last_receipt_local_id: null, last_receipt_printed: null },
        },
      ]);
    }
    try {
      log.command(move({ state: log.state, terms: dollars, newId, events: () => log.events }));
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause;
    }
  });
  return log.events;
};

const shuffled = <Item>(items: readonly Item[], chance: Iterator<number>): readonly Item[] =>
  items
    .map((item) => ({ item, at: Number(chance.next().value) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);

const rowsOf = (events: readonly TillEvent[]) =>
  centralReadModels.map((model) => [model.table, [...foldRows(model, events)].sort(([a], [b]) => (a < b ? -1 : 1))]);

/** The same event as another branch of the log recorded it. */
const asBranch9 = (event: TillEvent): TillEvent => {
  const elsewhere = { local_id: event.local_id.replace(/^0/u, 'f'), epoch: 9 };
  if (event.type !== 'SaleRecorded') return { ...event, ...elsewhere };
  const receipt_number = event.data.receipt_number.replace(/^7E57-(2-)?/u, '7E57-9-');
  return { ...event, ...elsewhere, data: { ...event.data, receipt_number } };
};

describe('The read models that terminal and central share', () => {
  it('end in the same rows, to the letter, whatever the order of delivery', () => {
    let seen = 0;
    fc.assert(
      fc.property(days(3, 6), fc.nat(12), fc.infiniteStream(fc.nat()), (moves, breakAt, chance) => {
        const events = eventsOf(moves, breakAt);
        expect(JSON.stringify(rowsOf(shuffled(events, chance)))).toBe(JSON.stringify(rowsOf(events)));
        seen += events.filter(({ type }) => type === 'SessionClosed').length;
      }),
      tries(1200),
    );
    expect(seen).toBeGreaterThan(2000);
  });

  it('end in the same rows when the last event comes first', () => {
    const [moves = []] = fc.sample(days(3, 10), { numRuns: 1, seed: 5 });
    const events = eventsOf(moves, 4);
    expect(rowsOf([...events].reverse())).toEqual(rowsOf(events));
  });

  it('keep two branches apart that both hold a session’s next receipt', () => {
    const [moves = []] = fc.sample(days(1, 6), { numRuns: 1, seed: 9 });
    const branch = eventsOf(moves, 2);
    const other = branch.filter(({ seq }) => seq > 4).map(asBranch9);
    const both = [...branch, ...other];
    expect(rowsOf([...both].reverse())).toEqual(rowsOf(both));
  });
});
