import fc from 'fast-check';
import type { AnyProjection } from '../../src/projections/projection.js';
import { rebuild } from '../../src/projections/rebuild.js';
import { terminalReadModels } from '../../src/projections/read-models.js';
import { days } from '../domain/random-day.js';
import { lookInside, type Move } from '../domain/random-move.js';
import { PlayedShop } from '../terminal/played-shop.js';
import { contentOf, expectWhole, Shop } from '../terminal/shop.js';
import { passingFolder } from '../temporary-folder.js';

let played: PlayedShop;
let shop: Shop;
beforeEach(() => {
  played = new PlayedShop(undefined, passingFolder());
  ({ shop } = played);
});
afterEach(() => shop.remove());

const rebuilt = (models: readonly AnyProjection[] = terminalReadModels) => {
  const { db, recorder } = shop.terminal;
  return rebuild(db, recorder.log, models);
};

const moves = (seed: number): readonly Move[] => fc.sample(days(3, 12), { numRuns: 3, seed }).flat();

describe('A rebuild', () => {
  it('takes more events than it folds at once', () => {
    const [opening = () => lookInside, ...others] = moves(1);
    const looks = Array.from({ length: 1000 }, (): Move => () => lookInside);
    played.play([opening, ...looks, ...others]);
    const progress: number[] = [];
    const { db, recorder } = shop.terminal;
    const results = rebuild(db, recorder.log, terminalReadModels, (events) => progress.push(events));
    expect(progress).toEqual([500, 1000, recorder.log.head?.seq]);
    expect(results.filter(({ differing }) => differing > 0)).toEqual([]);
    expectWhole(db);
  });

  it.each([
    ['stock_movements', 'DELETE FROM stock_movements WHERE stock_id = (SELECT min(stock_id) FROM stock_movements)', 1],
    ['receipt_corrections', 'UPDATE receipt_corrections SET total_minor = total_minor + 1', undefined],
    ['session_totals', `UPDATE session_totals SET report = replace(report, '"sales_count"', '"sold"')`, undefined],
    ['tickets', "UPDATE tickets SET status = 'open', gross_minor = gross_minor + 1", undefined],
    ['stock_movements', 'UPDATE stock_movements SET sold_milli = sold_milli + 1', undefined],
    ['stock_movements', "INSERT INTO stock_movements (stock_id, code) VALUES ('made up', 'made up')", 1],
  ])('tells that %s differs after %s, and mends it', (table, sql, differing) => {
    played.play(moves(7));
    const before = contentOf(shop.terminal.db);
    const changed = shop.terminal.db.prepare(sql).run().changes;
    expect(changed).toBeGreaterThan(0);
    const found = rebuilt().filter((result) => result.differing > 0);
    expect(found).toMatchObject([{ table, differing: differing ?? changed }]);
    expect(contentOf(shop.terminal.db)).toEqual(before);
    expect(rebuilt().every((result) => result.differing === 0)).toBe(true);
  });

  it('that fails leaves the rows as they were', () => {
    played.play(moves(7));
    const before = contentOf(shop.terminal.db);
    const [first] = terminalReadModels;
    const broken: AnyProjection = {
      ...(first as AnyProjection),
      reduce: () => {
        throw new Error('broken');
      },
    };
    expect(() => rebuilt([...terminalReadModels.slice(1), broken])).toThrow('broken');
    expect(contentOf(shop.terminal.db)).toEqual(before);
  });

  it('of nothing is nothing', () => {
    const empty = new Shop();
    try {
      const { db, recorder } = empty.terminal;
      const none = terminalReadModels.map(({ table }) => ({ table, rows: 0, differing: 0 }));
      expect(rebuild(db, recorder.log, terminalReadModels)).toEqual(none);
    } finally {
      empty.remove();
    }
  });
});

describe('The view “sales”', () => {
  it('has exactly what a list of sales is asked for, of sales that count', async () => {
    await shop.commands.applyCatalog();
    played.play(moves(3));
    const { db } = shop.terminal;
    const names = db.prepare("SELECT name FROM pragma_table_info('sales')").pluck().all();
    expect(names).toEqual([
      'local_id',
      'remote_id',
      'tenant_id',
      'terminal_id',
      'total_amount',
      'created_at',
      'synced_at',
    ]);
    const sales = shop.events.flatMap((event) =>
      event.type === 'SaleRecorded' && !event.data.training ? [event] : [],
    );
    expect(sales.length).toBeGreaterThan(2);
    expect(db.prepare('SELECT * FROM sales ORDER BY created_at, local_id').all()).toEqual(
      sales
        .map(({ local_id, terminal_id, data, occurred_at }) => ({
          local_id,
          remote_id: null,
          tenant_id: null,
          terminal_id,
          total_amount: data.total_minor,
          created_at: occurred_at,
          synced_at: null,
        }))
        .sort((a, b) => (a.created_at + a.local_id < b.created_at + b.local_id ? -1 : 1)),
    );
    const [first] = sales;
    const at = '2026-03-02T00:00:00.000Z';
    shop.recorder.outbox.store([{ seq: first?.seq ?? 0, remote_id: 'r-1' }], [], at);
    expect(db.prepare('SELECT remote_id, synced_at FROM sales WHERE local_id = ?').get(first?.local_id)).toEqual({
      remote_id: 'r-1',
      synced_at: at,
    });
  });
});
