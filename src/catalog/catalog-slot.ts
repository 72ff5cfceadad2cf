import type { Sqlite } from '../events/sqlite.js';
import type { Catalog, CatalogContent, Product, StaffMember } from './catalog.js';
import { folded, searchWords } from './search-words.js';
import type { Seal } from './seal.js';

/** The catalog in use lies in one of two slots; the next one is prepared in the other. */
export const slotNumbers = [0, 1] as const;

/** One of {@link slotNumbers}. */
export type SlotNumber = (typeof slotNumbers)[number];

/** The tables of one slot. Which slot is in use, the table `catalog` says; the other is empty or being filled. */
export const slotTables = (slot: SlotNumber): string => `
CREATE TABLE IF NOT EXISTS products_${slot} (
  code        TEXT PRIMARY KEY,
  name        TEXT NOT NULL,
  category    TEXT,
  price_minor INTEGER NOT NULL,      -- of one unit, in the base currency
  tax_code    TEXT NOT NULL,
  prices      TEXT,                  -- JSON: the price from a business date on; null when it never changes
  folded_code TEXT NOT NULL,         -- as it is compared in a search
  folded_name TEXT NOT NULL          -- as it is sorted
) STRICT;
CREATE INDEX IF NOT EXISTS products_${slot}_by_code ON products_${slot} (folded_code);
CREATE INDEX IF NOT EXISTS products_${slot}_by_name ON products_${slot} (folded_name, code);
CREATE INDEX IF NOT EXISTS products_${slot}_by_category ON products_${slot} (category, folded_name, code);
CREATE TABLE IF NOT EXISTS barcodes_${slot} (
  barcode TEXT PRIMARY KEY,
  code    TEXT NOT NULL              -- the product it is printed on
) STRICT;
CREATE TABLE IF NOT EXISTS staff_${slot} (
  staff_id   TEXT PRIMARY KEY,
  staff_code TEXT NOT NULL UNIQUE,   -- what is typed to sign in
  name       TEXT NOT NULL,
  role       TEXT NOT NULL,
  pin_hash   TEXT                    -- argon2id in PHC form, sealed with the device's secret; null: cannot sign in
) STRICT;
CREATE VIRTUAL TABLE IF NOT EXISTS product_words_${slot}
  USING fts5(words, content = '', columnsize = 0, detail = none, tokenize = 'ascii');
`;

/** A product as it lies in a slot. */
export type StoredProduct = Omit<Product, 'barcodes'>;

/** What to look for, and how much of it. */
export interface Search {
  /** The beginnings of words of the name, the beginning of the code, or a whole barcode; everything when empty. */
  readonly text: string;
  /** Only products of this category. */
  readonly category?: string;
  /** Only what comes behind the product with this code. */
  readonly after?: string;
  readonly limit: number;
}

/** One piece of a catalog on its way into a slot. */
export type CatalogPiece =
  | { readonly list: 'products'; readonly items: readonly Product[] }
  | { readonly list: 'staff'; readonly items: readonly StaffMember[] };

/** So many rows are written at once, in at most a few milliseconds; a product has up to 52. */
export const pieceRowsMax = 250;

/** Cuts the products and staff of a catalog into pieces of at most {@link pieceRowsMax} rows. */
export function* piecesOf({ content }: Catalog): Generator<CatalogPiece> {
  let items: Product[] = [];
  let rows = 0;
  for (const product of content.products) {
    const more = 2 + product.barcodes.length;
    if (rows + more > pieceRowsMax) {
      yield { list: 'products', items };
      items = [];
      rows = 0;
    }
    items.push(product);
    rows += more;
  }
  if (items.length > 0) yield { list: 'products', items };
  for (let at = 0; at < content.staff.length; at += pieceRowsMax) {
    yield { list: 'staff', items: content.staff.slice(at, at + pieceRowsMax) };
  }
}

interface ProductRow extends Omit<StoredProduct, 'prices'> {
  readonly prices: string | null;
}

const columns = 'code, name, category, price_minor, tax_code, prices';

/** The products and staff of one catalog. */
export class CatalogSlot {
  private readonly byCode;

  /**
   * @param db holds {@link slotTables}
   * @param seal hides the hashes of the PINs
   */
  constructor(
    private readonly db: Sqlite,
    private readonly number: SlotNumber,
    private readonly seal: Seal,
  ) {
    this.byCode = db.prepare<[string, string], ProductRow>(
      `SELECT ${columns} FROM products_${number} WHERE code = ?
       UNION ALL SELECT ${columns} FROM products_${number}
         WHERE code = (SELECT code FROM barcodes_${number} WHERE barcode = ?) LIMIT 1`,
    );
  }

  /** The product with that code or barcode. */
  findProduct(codeOrBarcode: string): StoredProduct | undefined {
    const row = this.byCode.get(codeOrBarcode, codeOrBarcode);
    return row && productOf(row);
  }

  /** The products that fit, by name and then by code. */
  search({ text, category, after, limit }: Search): readonly StoredProduct[] {
    const { number } = this;
    const conditions = [
      ...(text.trim() === '' ? [] : [`rowid IN (${this.found(text)})`]),
      ...(category === undefined ? [] : ['category = :category']),
      ...(after === undefined
        ? []
        : [`(folded_name, code) > (SELECT folded_name, code FROM products_${number} WHERE code = :after)`]),
    ];
    const query = `SELECT ${columns} FROM products_${number}
      ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`} ORDER BY folded_name, code LIMIT :limit`;
    const match = searchWords(text).map((word) => `"${word}"*`);
    const values = { text: text.trim(), code: folded(text.trim()), match: match.join(' '), category, after, limit };
    return this.db.prepare<[object], ProductRow>(query).all(values).map(productOf);
  }

  /** Selects the products with that beginning of words or code, or with that barcode. */
  private found(text: string): string {
    const { number } = this;
    const products = `SELECT rowid FROM products_${number}`;
    const ways = [`${products} WHERE code IN (SELECT code FROM barcodes_${number} WHERE barcode IN (:text, :code))`];
    if (folded(text.trim()) !== '')
      ways.push(`${products} WHERE folded_code >= :code AND folded_code < :code || char(1114111)`);
    if (searchWords(text).length > 0)
      ways.push(`SELECT rowid FROM product_words_${number} WHERE product_words_${number} MATCH :match`);
    return ways.join(' UNION ');
  }

  /** All of it, in the order in which it came. A PIN that does not open is null. */
  get content(): Pick<CatalogContent, 'products' | 'staff'> {
    const { db, number } = this;
    const barcodes = new Map<string, string[]>();
    const printed = db.prepare<[], { barcode: string; code: string }>(
      `SELECT * FROM barcodes_${number} ORDER BY rowid`,
    );
    for (const { barcode, code } of printed.iterate()) {
      const known = barcodes.get(code);
      if (known) known.push(barcode);
      else barcodes.set(code, [barcode]);
    }
    const rows = db.prepare<[], ProductRow>(`SELECT ${columns} FROM products_${number} ORDER BY rowid`).all();
    const products = rows.map((row) => ({ ...productOf(row), barcodes: barcodes.get(row.code) ?? [] }));
    return { products, staff: this.staff };
  }

  /** Everybody. A PIN that does not open is null. */
  get staff(): StaffMember[] {
    return this.staffRows('ORDER BY rowid').map((row) => this.opened(row));
  }

  /** Somebody by the code they sign in with. A PIN that does not open is null. */
  findStaff(staffCode: string): StaffMember | undefined {
    const [row] = this.staffRows('WHERE staff_code = ?', staffCode);
    return row && this.opened(row);
  }

  /** False when there are PINs and none of them opens: the device's secret is another one than it was. */
  get isStaffReadable(): boolean {
    const sealed = this.staffRows('WHERE pin_hash IS NOT NULL LIMIT 20');
    return sealed.length === 0 || sealed.some((one) => this.opened(one).pin_hash !== null);
  }

  /** Adds one piece. Must be inside a transaction. */
  add(piece: CatalogPiece): void {
    if (piece.list === 'products') this.addProducts(piece.items);
    else this.addStaff(piece.items);
  }

  /** Takes everything out. Must be inside a transaction; writes nothing when it is empty. */
  clear(): void {
    const { db, number } = this;
    const filled = ['products', 'barcodes', 'staff'].map((table) => `${table}_${number}`);
    const isEmpty = filled.every((table) => db.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() === undefined);
    if (isEmpty) return;
    for (const table of filled) db.exec(`DELETE FROM ${table}`);
    db.exec(`INSERT INTO product_words_${number} (product_words_${number}) VALUES ('delete-all')`);
  }

  private addProducts(products: readonly Product[]): void {
    const { db, number } = this;
    const insert = db.prepare(`INSERT INTO products_${number} VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
    const words = db.prepare(`INSERT INTO product_words_${number} (rowid, words) VALUES (?, ?)`);
    const barcode = db.prepare(`INSERT INTO barcodes_${number} VALUES (?, ?)`);
    for (const { code, name, category, price_minor, tax_code, prices, barcodes } of products) {
      const changes = prices ? JSON.stringify(prices) : null;
      const row = [code, name, category, price_minor, tax_code, changes, folded(code), folded(name)];
      const { lastInsertRowid } = insert.run(row);
      words.run(lastInsertRowid, searchWords(name).join(' '));
      for (const printed of barcodes) barcode.run(printed, code);
    }
  }

  private addStaff(staff: readonly StaffMember[]): void {
    const insert = this.db.prepare(`INSERT INTO staff_${this.number} VALUES (?, ?, ?, ?, ?)`);
    for (const one of staff) {
      const sealed = one.pin_hash === null ? null : this.seal.close(one.pin_hash, purposeOf(one));
      insert.run(one.staff_id, one.staff_code, one.name, one.role, sealed);
    }
  }

  private staffRows(which: string, ...values: readonly string[]): readonly StaffMember[] {
    return this.db.prepare<string[], StaffMember>(`SELECT * FROM staff_${this.number} ${which}`).all(...values);
  }

  private opened(row: StaffMember): StaffMember {
    return { ...row, pin_hash: row.pin_hash === null ? null : (this.seal.open(row.pin_hash, purposeOf(row)) ?? null) };
  }
}

const productOf = ({ prices, ...row }: ProductRow): StoredProduct =>
  prices === null ? row : { ...row, prices: JSON.parse(prices) as NonNullable<Product['prices']> };

/** A hash opens only for the person and the role that it was sealed for: it cannot be put into another row. */
const purposeOf = ({ staff_id, staff_code, role }: StaffMember): string => JSON.stringify([staff_id, staff_code, role]);
