import type { CatalogTables } from '../catalog/catalog-tables.js';
import { readText } from '../events/envelope.js';
import type { Sqlite } from '../events/sqlite.js';
import type { Outbox } from '../outbox/outbox.js';
import type { StockAnswer } from '../outbox/protocol.js';
import { anyProjection, foldRows } from '../projections/projection.js';
import {
  levelIn,
  levelSql,
  nothingMoved,
  stockEventTypes,
  stockId,
  stockMovements,
  type StockRow,
  type StockSums,
} from '../projections/stock-movements.js';

/** What central told of the store's stock. Beside the log: it is no fact of this terminal and can be asked for again. */
export const stockTables = `
CREATE TABLE IF NOT EXISTS stock_download (
  code         TEXT PRIMARY KEY,     -- the product
  others_milli INTEGER NOT NULL      -- what events that are not in this log add to its level; never 0
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stock_downloaded (
  one           INTEGER PRIMARY KEY CHECK (one = 1),
  store_id      TEXT NOT NULL,       -- whose stock it is; of no use once the terminal belongs to another store
  downloaded_at TEXT NOT NULL        -- UTC, this terminal's clock
) STRICT;
`;

/** The level of one product and what it is made of. All in thousandths. */
export interface StockLevel extends StockSums {
  readonly code: string;
  /** Null when the catalog does not have it any more. */
  readonly name: string | null;
  /** others + received − removed − sold + returned + counted difference; may be below zero. */
  readonly level_milli: number;
  /** The part that other terminals of the store make, as of the last download. */
  readonly others_milli: number;
  /** When this terminal moved it last; null when it never did. */
  readonly last_moved_at: string | null;
}

/** Which levels are asked for. */
export interface StockFilter {
  readonly search: string;
  /** Product code or barcode. */
  readonly code?: string;
  readonly below_milli?: number;
  readonly limit: number;
}

/** What is answered to it. */
export interface StockList {
  /** UTC, when the part of other terminals came; null when it never came. */
  readonly downloaded_at: string | null;
  readonly levels: readonly StockLevel[];
}

type OwnRow = Omit<StockLevel, 'name' | 'level_milli' | 'others_milli'>;

/** The largest catalog; all of it is looked at only for a list of what runs out. */
const productsMax = 200_000;
/** With more stock events open than this, what central told cannot be told apart from them in a moment. */
const openEventsMax = 2000;

const here = '(store_id = :store_id OR store_id IS NULL)';
const isOfStore = 'EXISTS (SELECT 1 FROM stock_downloaded WHERE store_id = :store_id)';

/**
 * The store's stock as this terminal knows it: what central told of everybody else, and this terminal's own events.
 *
 * Central tells the level of the whole store. What the acknowledged events of this log add to it is taken off, and the
 * rest belongs to others: to other terminals, and to a branch of this log that its disk lost.
 */
export class StockLevels {
  private readonly level;

  /**
   * @param db holds {@link stockTables}, the read models, the outbox and the log
   * @param place who the terminal is and which store it belongs to at this moment
   */
  constructor(
    private readonly db: Sqlite,
    private readonly outbox: Outbox,
    private readonly place: () => Pick<StockRow, 'terminal_id' | 'store_id'>,
  ) {
    this.level = db.prepare<{ store_id: string | null; code: string; mine: string; before: string }, { level: number }>(
      `SELECT coalesce((SELECT sum(${levelSql}) FROM stock_movements WHERE stock_id IN (:mine, :before)), 0)
        + coalesce((SELECT others_milli FROM stock_download WHERE code = :code AND ${isOfStore}), 0) AS level`,
    );
  }

  /** The level of a product in thousandths; 0 for one that never moved. */
  levelOf(code: string): number {
    const place = this.place();
    const { terminal_id, store_id } = place;
    const before = stockId({ terminal_id, store_id: null }, code);
    return this.level.get({ store_id, code, mine: stockId(place, code), before })?.level ?? 0;
  }

  /** The levels that are asked for: the products of the catalog by name, then what is not in the catalog any more. */
  list(catalog: CatalogTables, filter: StockFilter, business_date: string): StockList {
    const { limit, below_milli = Infinity } = filter;
    const own = this.own();
    const others = this.others();
    const levels: StockLevel[] = [];
    const products = productsOn(catalog, business_date);
    for (const { code, name } of this.asked(products, filter, [...own.keys(), ...others.keys()])) {
      if (levels.length >= limit) break;
      const row = own.get(code) ?? { code, ...nothingMoved, last_moved_at: null };
      const others_milli = others.get(code) ?? 0;
      const level_milli = others_milli + levelIn(row);
      if (level_milli < below_milli) levels.push({ name, level_milli, others_milli, ...row });
    }
    return { downloaded_at: this.downloadedAt, levels };
  }

  /**
   * Keeps what central answered, in one transaction; but not while so many events are open that to tell them apart
   * would hold up the till.
   *
   * @param answer covers every acknowledged event of this log, and none that is not
   * @returns why it was not kept, for a person; null when it was
   */
  keep(answer: StockAnswer, downloaded_at: string): string | null {
    const { store_id } = this.place();
    const open = this.outbox.open(stockEventTypes, openEventsMax + 1);
    if (store_id === null) return 'This terminal belongs to no store yet.';
    if (open.length > openEventsMax) return 'Central refuses too many events: see to them first. Sales go on.';
    const others = new Map(answer.levels.map(({ code, level_milli }) => [code, level_milli]));
    const add = (code: string, milli: number): void => void others.set(code, (others.get(code) ?? 0) + milli);
    for (const row of this.own().values()) add(row.code, -levelIn(row));
    const unknown = foldRows(
      anyProjection(stockMovements),
      open.map((event) => readText(event.envelope)),
    );
    for (const row of unknown.values() as IterableIterator<StockRow>) {
      if (row.store_id === null || row.store_id === store_id) add(row.code, levelIn(row));
    }
    this.replace(JSON.stringify([...others].filter(([, milli]) => milli !== 0)), store_id, downloaded_at);
    return null;
  }

  /** Writes only what differs: the same download every few minutes must not wear the disk. */
  private replace(rows: string, store_id: string, downloaded_at: string): void {
    const { db } = this;
    db.transaction(() => {
      db.prepare('DELETE FROM stock_download WHERE code NOT IN (SELECT value ->> 0 FROM json_each(?))').run(rows);
      db.prepare(
        `INSERT INTO stock_download SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true
         ON CONFLICT (code) DO UPDATE SET others_milli = excluded.others_milli
           WHERE others_milli <> excluded.others_milli`,
      ).run(rows);
      db.prepare('INSERT OR REPLACE INTO stock_downloaded VALUES (1, ?, ?)').run(store_id, downloaded_at);
    }).immediate();
  }

  private get downloadedAt(): string | null {
    return (
      this.db
        .prepare<[string | null], { downloaded_at: string }>(
          'SELECT downloaded_at FROM stock_downloaded WHERE store_id = ?',
        )
        .get(this.place().store_id)?.downloaded_at ?? null
    );
  }

  private own(): ReadonlyMap<string, OwnRow> {
    const { store_id } = this.place();
    const sums = Object.keys(nothingMoved).map((name) => `sum(${name}) AS ${name}`);
    const rows = this.db
      .prepare<{ store_id: string | null }, OwnRow>(
        `SELECT code, ${sums.join(', ')}, max(last_moved_at) AS last_moved_at FROM stock_movements
          WHERE ${here} GROUP BY code ORDER BY code`,
      )
      .all({ store_id });
    return new Map(rows.map((row) => [row.code, row]));
  }

  private others(): ReadonlyMap<string, number> {
    const { store_id } = this.place();
    const rows = this.db
      .prepare<{ store_id: string | null }, { code: string; others_milli: number }>(
        `SELECT code, others_milli FROM stock_download WHERE ${isOfStore} ORDER BY code`,
      )
      .all({ store_id });
    return new Map(rows.map(({ code, others_milli }) => [code, others_milli]));
  }

  private asked(
    { find, search }: ProductsOn,
    { search: text, code, below_milli, limit }: StockFilter,
    moved: readonly string[],
  ): Iterable<{ readonly code: string; readonly name: string | null }> {
    if (code !== undefined) {
      const product = find(code);
      if (product) return [product];
      return moved.includes(code) ? [{ code, name: null }] : [];
    }
    const products = search(text, below_milli === undefined ? limit : productsMax);
    const inCatalog = new Set(products.map((product) => product.code));
    const isGone = (one: string): boolean => !inCatalog.has(one) && find(one)?.code !== one;
    const gone = [...new Set(moved)]
      .filter((one) => one.toLowerCase().includes(text.toLowerCase()) && isGone(one))
      .sort();
    return [...products, ...gone.map((one) => ({ code: one, name: null }))];
  }
}

type ProductsOn = ReturnType<typeof productsOn>;

/** The products of a catalog on a day; what they cost is of no matter here. */
const productsOn = (catalog: CatalogTables, business_date: string) => ({
  find: (code: string) => catalog.findProduct(code, business_date),
  search: (text: string, limit: number) => catalog.search({ text, limit }, business_date),
});
