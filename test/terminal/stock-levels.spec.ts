import type { Decided } from '../../src/domain/event.js';
import { terminalReadModels } from '../../src/projections/read-models.js';
import { rebuild } from '../../src/projections/rebuild.js';
import { Shop } from './shop.js';

const tenant_id = '10000000-0000-4000-8000-000000000001';
const storeIds = ['10000000-0000-4000-8000-000000000002', '10000000-0000-4000-8000-000000000003'] as const;
const at = '2026-03-01T09:00:00.000Z';
const noRequest = { key: null, body: null, staff_id: null };

const shops: Shop[] = [];
afterEach(() => {
  for (const shop of shops.splice(0)) shop.remove();
});

const record = (shop: Shop, ...decided: readonly Decided[]): void =>
  shop.recorder.record(noRequest, () => ({ decided, answer: () => undefined }));
const enrol = (shop: Shop, store_id: string): void =>
  record(shop, { type: 'TerminalEnrolled', data: { tenant_id, store_id, tenant_name: 'T', store_name: 'S' } });
const received = (quantity_milli: number, code = 'coffee'): Decided => ({
  type: 'StockReceived',
  data: { lines: [{ code, name: code, quantity_milli }], supplier: null, reference: null, reason: null },
});
const receive = (shop: Shop, quantity_milli: number): void => record(shop, received(quantity_milli));

/** A till of a store. */
const enrolledShop = async (): Promise<Shop> => {
  const shop = await Shop.trading();
  shops.push(shop);
  enrol(shop, storeIds[0]);
  return shop;
};

/** Central acknowledged everything, or refused the last one. */
const acknowledge = (shop: Shop, refusesLast = false): void => {
  const open = shop.events.map(({ seq, local_id }) => ({ seq, local_id, remote_id: `r-${local_id}` }));
  const last = open.at(-1);
  const refused = {
    local_id: '',
    code: 'UNKNOWN_TYPE',
    reason: 'newer',
    permanent: false,
    ...last,
    seq: last?.seq ?? 0,
  };
  shop.recorder.outbox.store(refusesLast ? open.slice(0, -1) : open, refusesLast ? [refused] : [], at);
};
const download = (shop: Shop, levels: Readonly<Record<string, number>>): string | null =>
  shop.recorder.stock.keep(
    { as_of: at, levels: Object.entries(levels).map(([code, level_milli]) => ({ code, level_milli })) },
    at,
  );
const level = (shop: Shop, code = 'coffee'): number => shop.recorder.stock.levelOf(code);
const list = (shop: Shop, more = {}) =>
  shop.recorder.stock.list(shop.recorder.catalog, { search: '', limit: 100, ...more }, shop.recorder.businessDate);
const downloaded = (shop: Shop) => shop.terminal.db.prepare('SELECT * FROM stock_download ORDER BY code').all();

describe('A download of the stock', () => {
  it('is what others did, once what is acknowledged of this log is taken off', async () => {
    const shop = await enrolledShop();
    receive(shop, 5000);
    acknowledge(shop);
    download(shop, { coffee: 8000, tea: -2000 });
    expect([level(shop), level(shop, 'tea'), level(shop, 'book')]).toEqual([8000, -2000, 0]);
    receive(shop, 1000);
    await shop.commands.sell('s');
    expect(level(shop)).toBe(8000);
    expect(list(shop)).toMatchObject({
      downloaded_at: at,
      levels: [
        { code: 'coffee', name: 'Coffee', level_milli: 8000, others_milli: 3000, received_milli: 6000 },
        { code: 'book', level_milli: 0 },
        { code: 'tea', name: null, level_milli: -2000, others_milli: -2000, last_moved_at: null },
      ],
    });
    expect(list(shop, { below_milli: 0 }).levels.map(({ code }) => code)).toEqual(['tea']);
  });

  it('counts what central does not have yet once, also when central refused it', async () => {
    const shop = await enrolledShop();
    receive(shop, 5000);
    acknowledge(shop);
    receive(shop, 300);
    acknowledge(shop, true);
    receive(shop, 20);
    download(shop, { coffee: 7000 });
    expect(level(shop)).toBe(7320);
    acknowledge(shop);
    expect(level(shop)).toBe(7320);
    download(shop, { coffee: 7320 });
    expect(level(shop)).toBe(7320);
  });

  it('replaces the one before whole, and writes only what differs', async () => {
    const shop = await enrolledShop();
    acknowledge(shop);
    download(shop, { coffee: 1000, tea: 2000, milk: 3000 });
    const { db } = shop.terminal;
    const changes = (): number => db.prepare<[], { n: number }>('SELECT total_changes() AS n').get()?.n ?? 0;
    const before = changes();
    download(shop, { coffee: 1000, milk: 3500, salt: 0 });
    expect(downloaded(shop)).toEqual([
      { code: 'coffee', others_milli: 1000 },
      { code: 'milk', others_milli: 3500 },
    ]);
    // One row out, one changed, and when it was.
    expect(changes() - before).toBeLessThanOrEqual(4);
    expect(level(shop, 'tea')).toBe(0);
  });

  it('says nothing of another store', async () => {
    const shop = await enrolledShop();
    receive(shop, 5000);
    acknowledge(shop);
    download(shop, { coffee: 9000 });
    receive(shop, 60);
    enrol(shop, storeIds[1]);
    expect(level(shop)).toBe(0);
    expect(list(shop, { code: 'coffee' })).toMatchObject({ downloaded_at: null, levels: [{ others_milli: 0 }] });
    receive(shop, 100);
    download(shop, { coffee: 400 });
    expect(level(shop)).toBe(500);
    enrol(shop, storeIds[0]);
    expect(level(shop)).toBe(5060);
  });

  it('is left alone while the till belongs to no store, and while too much is open to be told apart', async () => {
    const shop = await Shop.trading();
    shops.push(shop);
    expect(download(shop, { coffee: 9000 })).toMatch(/no store yet/u);
    expect([level(shop), list(shop).downloaded_at]).toEqual([0, null]);
    enrol(shop, storeIds[0]);
    acknowledge(shop);
    download(shop, { coffee: 9000 });
    record(shop, ...Array.from({ length: 2000 }, () => received(1)));
    expect(download(shop, { coffee: 10_000 })).toBeNull();
    expect(level(shop)).toBe(12_000);
    receive(shop, 1);
    expect(download(shop, { coffee: 50_000 })).toMatch(/refuses too many events/u);
    expect(level(shop)).toBe(12_001);
  });

  it('survives a restart and a rebuild of the read models', async () => {
    const shop = await enrolledShop();
    receive(shop, 5000);
    acknowledge(shop);
    download(shop, { coffee: 8000 });
    shop.terminal.stop('evening');
    const { db, recorder } = shop.open();
    rebuild(db, recorder.log, terminalReadModels);
    expect([level(shop), list(shop).downloaded_at]).toEqual([8000, at]);
  });
});
