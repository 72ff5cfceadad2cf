import { stockOfStore } from '../../src/central/store-stock.js';
import { hashOf, readText, type SealedEvent } from '../../src/events/envelope.js';
import { anyProjection, foldRows } from '../../src/projections/projection.js';
import { stockMovements, type StockRow } from '../../src/projections/stock-movements.js';
import { codesOf, expectProjected, Intake } from './intake.js';

let intake: Intake;

beforeAll(async () => {
  intake = await Intake.start();
}, 60_000);

afterAll(() => intake.stop());

describe('a batch that is taken in part by part', () => {
  it('of which only a late event needs a closer look is judged as a whole, and nothing of it is counted twice', async () => {
    const shop = await intake.enrolledTerminal();
    const events = shop.terminal.sell(40).closeSession().events();
    const at = Math.floor(events.length * 0.8);
    const damaged = { ...(events[at] as SealedEvent), hash: hashOf('something else') };
    const answer = await intake.send(shop, [...events.slice(0, at), damaged, ...events.slice(at + 1)]);
    expect(codesOf(answer)[0]).toBe('INVALID');
    expect(answer.accepted.length).toBeGreaterThanOrEqual(at);
    const mended = await intake.send(shop, events.slice(at));
    expect(mended).toMatchObject({ rejected: [], missing: [], contiguous_seq: events.length });
    await expectProjected(intake, shop, events);
    // And one that was there already, behind many that were not.
    const other = await intake.enrolledTerminal();
    const more = other.terminal.sell(40).events();
    const last = more.slice(-1).map(({ event, hash }) => ({ event, hash }));
    await intake.send(other, more.slice(0, 2));
    const mixed = await intake.send(other, [...more.slice(2), ...last, ...more.slice(0, 2)]);
    expect(mixed).toMatchObject({ rejected: [], missing: [], contiguous_seq: more.length });
    await expectProjected(intake, other, more);
  });

  it('moves stock that is right at every moment, though it is added to the sums only now and then', async () => {
    const shop = await intake.enrolledTerminal();
    const events = shop.terminal.sell(60).events();
    const counts = new Set<number>();
    for (let end = 3; end <= events.length; end += 3) {
      await intake.send(shop, events.slice(end - 3, end));
      const sold = events.slice(0, end).map(({ event }) => readText(event));
      const moved = new Map<string, number>();
      for (const row of foldRows(anyProjection(stockMovements), sold).values()) {
        const { code, sold_milli } = row as unknown as StockRow;
        moved.set(code, (moved.get(code) ?? 0) - sold_milli);
      }
      const levels = await stockOfStore(intake.db, shop.known);
      expect(new Map(levels.map(({ code, level_milli }) => [code, level_milli]))).toEqual(moved);
      counts.add((await intake.rowsOf('stock_movements_unmerged', shop)).length);
    }
    expect(Math.max(...counts)).toBeGreaterThan(8);
    expect(Math.max(...counts)).toBeLessThan(20);
  });
});
