import { type CatalogContent, makeCatalog } from '../../src/catalog/catalog.js';
import { pieceRowsMax, piecesOf } from '../../src/catalog/catalog-slot.js';
import type { TillEvent } from '../../src/domain/event.js';
import { giveWay } from '../../src/ports.js';
import { swapCatalog } from '../../src/terminal/catalog-swap.js';
import { ApplyCatalog, ApplyCatalogHandler } from '../../src/terminal/commands/apply-catalog.js';
import { DiskFull } from '../../src/terminal/recording-fault.js';
import { errorWith } from '../errors.js';
import { largeCatalog } from './large-catalog.js';
import { contentOf, expectWhole, Shop, shopContent } from './shop.js';

let shop: Shop;
beforeEach(async () => (shop = await Shop.trading()));
afterEach(() => shop.remove());

const request = { key: null, body: null, staff_id: null };
const apply = (catalog = largeCatalog(2, 2000)) =>
  new ApplyCatalogHandler(shop.recorder).execute(new ApplyCatalog(catalog));
const priced = (price_minor: number): CatalogContent => ({
  ...shopContent,
  products: shopContent.products.map((product) => ({ ...product, price_minor })),
});
const rowsIn = (table: string): unknown => shop.terminal.db.prepare(`SELECT count(*) FROM ${table}_0`).pluck().get();
const lastOf = <T extends TillEvent['type']>(type: T): TillEvent<T> =>
  shop.events.findLast((event) => event.type === type) as TillEvent<T>;

describe('A new catalog', () => {
  it('is written in small pieces, and what waits has its turn after each', async () => {
    const { db } = shop.terminal;
    const changes = (): number => db.prepare('SELECT total_changes()').pluck().get() as number;
    const applying = apply();
    const written: number[] = [];
    const progress = { isDone: false };
    void applying.then(() => (progress.isDone = true));
    while (!progress.isDone) {
      const before = changes();
      await giveWay();
      written.push(changes() - before);
    }
    await applying;
    // The tables that the index of words keeps itself come on top.
    expect(Math.max(...written.slice(0, -1))).toBeLessThanOrEqual(2 * pieceRowsMax);
    expect(written.length).toBeGreaterThan((2000 * 5) / pieceRowsMax);
  });

  it('is cut into pieces of a bounded number of rows, nothing left out', () => {
    const barcodes = (count: number, from: number) => Array.from({ length: count }, (_, index) => `b${from + index}`);
    const products = Array.from({ length: 200 }, (_, index) => ({
      ...shopContent.products[1],
      code: `p${index}`,
      barcodes: barcodes(index % 51, index * 100),
    })) as CatalogContent['products'];
    const staff = Array.from({ length: 600 }, (_, index) => ({
      ...{ staff_id: `s${index}`, staff_code: `${index}`, name: 'N', role: 'cashier' as const, pin_hash: null },
    }));
    const pieces = [...piecesOf(makeCatalog(2, { ...shopContent, products, staff }))];
    const rows = pieces.map((piece) =>
      piece.list === 'staff'
        ? piece.items.length
        : piece.items.reduce((sum, item) => sum + 2 + item.barcodes.length, 0),
    );
    expect(Math.max(...rows)).toBeLessThanOrEqual(pieceRowsMax);
    expect(pieces.flatMap((piece) => (piece.list === 'products' ? piece.items : []))).toEqual(products);
    expect(pieces.flatMap((piece) => (piece.list === 'staff' ? piece.items : []))).toEqual(staff);
  });

  it('lets sales through while it is written, at the old prices, and holds from its event on', async () => {
    const progress = { isDone: false };
    const applying = apply(largeCatalog(2, 2000)).finally(() => (progress.isDone = true));
    let sold = 0;
    while (!progress.isDone) {
      await shop.commands.sell(`meanwhile-${sold}`);
      sold += 1;
      await giveWay();
    }
    expect(await applying).toEqual({ catalog_version: 2, products: 2002 });
    expect(sold).toBeGreaterThan(5);
    await shop.commands.sell('after', {
      lines: [{ code: '6000000000000' }],
      tenders: [{ method: 'cash', amount_minor: 2 }],
    });
    const { events } = shop;
    const applied = events.findLast(({ type }) => type === 'CatalogApplied')?.seq ?? 0;
    for (const event of events) {
      if (event.type !== 'SaleRecorded') continue;
      const version = event.seq < applied ? 1 : 2;
      expect(event.catalog_version).toBe(version);
      expect(event.data.lines.map(({ catalog_version }) => catalog_version)).toEqual([version]);
    }
    expect(events.filter(({ type, seq }) => type === 'SaleRecorded' && seq < applied).length).toBeGreaterThan(5);
    expectWhole(shop.terminal.db);
  });

  it('leaves nothing of the one before, and reads back as it came', async () => {
    const catalog = largeCatalog(2, 500);
    await apply(catalog);
    expect(shop.recorder.catalog.content).toEqual(catalog.content);
    expect(['products', 'barcodes', 'staff'].map(rowsIn)).toEqual([502, 1501, 0]);
    await apply(makeCatalog(3, shopContent));
    expect(shop.recorder.catalog.content).toEqual(shopContent);
    expect(['products', 'barcodes', 'staff'].map(rowsIn)).toEqual([0, 0, 0]);
    expect(shop.recorder.catalog.search({ text: 'قهوة', limit: 10 }, '2026-03-01')).toEqual([]);
  });

  it('waits for the one that is being written', async () => {
    const [first, second] = await Promise.all([apply(largeCatalog(2, 600)), apply(largeCatalog(3, 700))]);
    expect([first.catalog_version, second.catalog_version]).toEqual([2, 3]);
    expect(shop.recorder.catalog.content?.products).toHaveLength(702);
    expect(lastOf('CatalogApplied').data).toMatchObject({ catalog_version: 3, previous_version: 2, products: 702 });
  });

  it('goes on with the next when one was bad', async () => {
    const bad = swapCatalog(shop.recorder, {
      request,
      catalog: () => Promise.reject(new Error('no catalog')),
    });
    const good = apply(largeCatalog(2, 10));
    await expect(bad).rejects.toThrow('no catalog');
    expect(await good).toMatchObject({ catalog_version: 2 });
  });

  it('in another currency is refused whole once the till counts in one', async () => {
    const before = contentOf(shop.terminal.db);
    const euro = makeCatalog(2, {
      ...shopContent,
      currency: 'EUR',
      currencies: [{ currency: 'EUR', rate: { numerator: 1, denominator: 1 }, cash_step_minor: 1 }],
    });
    await expect(apply(euro)).rejects.toThrow(errorWith({ name: 'Refusal', code: 'CURRENCY_CHANGED' }));
    expect(contentOf(shop.terminal.db)).toEqual(before);
  });

  it('that no longer fits on the disk leaves the old one, and takes its place when there is space', async () => {
    const { db } = shop.terminal;
    db.pragma(`max_page_count = ${(db.pragma('page_count', { simple: true }) as number) + 20}`);
    const { head } = shop.recorder.log;
    await expect(apply()).rejects.toThrow(DiskFull);
    expect(shop.recorder.log.head).toEqual(head);
    expect(shop.recorder.catalog.content).toEqual(shopContent);
    await shop.commands.sell('a');
    db.pragma('max_page_count = 100000');
    expect(await apply()).toMatchObject({ catalog_version: 2 });
    expect(shop.faults).toEqual([]);
    expectWhole(db);
  });

  it('that is being written when the terminal is stopped is given up, and no disk is blamed', async () => {
    const applying = apply();
    await giveWay();
    shop.terminal.stop('closing time');
    await expect(applying).rejects.toThrow('The terminal was closed');
    expect(shop.faults).toEqual([]);
    shop.open().start();
    expect(['products', 'barcodes', 'staff'].map(rowsIn)).toEqual([0, 0, 0]);
    expect(shop.recorder.catalog.content).toEqual(shopContent);
  });

  it('that a power cut left half written is gone after the next start', async () => {
    const { recorder } = shop;
    const [piece] = piecesOf(largeCatalog(2, 500));
    recorder.writeAside(() => recorder.catalog.spare.add(piece as NonNullable<typeof piece>));
    expect(rowsIn('products')).toBeGreaterThan(10);
    shop.terminal.close();
    shop.open().start();
    expect(['products', 'barcodes', 'staff'].map(rowsIn)).toEqual([0, 0, 0]);
    expect(shop.recorder.catalog.content).toEqual(shopContent);
    expect(await apply()).toMatchObject({ catalog_version: 2 });
  });
});

describe('A sale', () => {
  it('keeps its price when a new catalog comes, also while it waits for central', async () => {
    const first = await shop.commands.sell('a');
    const pending = shop.terminal.db.prepare('SELECT * FROM outbox').all();
    const texts = shop.recorder.log.read(0, 100);
    await apply(makeCatalog(2, priced(999)));
    expect(shop.recorder.log.read(0, texts.length)).toEqual(texts);
    expect(shop.terminal.db.prepare('SELECT * FROM outbox LIMIT ?').all(pending.length)).toEqual(pending);
    expect(await shop.commands.sell('a')).toEqual(first);
    await shop.commands.sell('b', { lines: [{ code: 'coffee' }], tenders: [{ method: 'cash', amount_minor: 999 }] });
    expect(lastOf('SaleRecorded')).toMatchObject({
      catalog_version: 2,
      data: { lines: [{ unit_price_minor: 999, list_price_minor: 999, catalog_version: 2 }] },
    });
  });
});
