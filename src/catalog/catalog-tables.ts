import type { Sqlite } from '../events/sqlite.js';
import type { TenderTerms } from '../domain/settlement.js';
import type { Catalog, CatalogContent, Product, ShopSettings, StaffMember, Tax } from './catalog.js';
import type { Seal } from './seal.js';

/** The catalog in use. All of it is replaced in one transaction; the log's CatalogApplied says when. */
export const catalogTables = `
CREATE TABLE IF NOT EXISTS catalog (
  one             INTEGER PRIMARY KEY CHECK (one = 1),
  catalog_version INTEGER NOT NULL,  -- from 1: published by central; below 0: imported here
  checksum        TEXT NOT NULL,     -- hex SHA-256 of the canonical JSON of the content
  settings        TEXT NOT NULL      -- JSON: currency, currencies, methods, taxes, settings
) STRICT;
CREATE TABLE IF NOT EXISTS products (
  code        TEXT PRIMARY KEY,
  name        TEXT NOT NULL,
  category    TEXT,
  price_minor INTEGER NOT NULL,      -- of one unit, in the base currency
  tax_code    TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS barcodes (
  barcode TEXT PRIMARY KEY,
  code    TEXT NOT NULL              -- the product it is printed on
) STRICT;
CREATE TABLE IF NOT EXISTS staff (
  staff_id   TEXT PRIMARY KEY,
  staff_code TEXT NOT NULL UNIQUE,   -- what is typed to sign in
  name       TEXT NOT NULL,
  role       TEXT NOT NULL,
  pin_hash   TEXT                    -- argon2id in PHC form, sealed with the device's secret; null: cannot sign in
) STRICT;
`;

/** A product together with its tax, as a sale needs it. */
export interface PricedProduct extends Omit<Product, 'barcodes'> {
  readonly tax: Tax;
}

type Settings = Pick<CatalogContent, 'currency' | 'currencies' | 'methods' | 'taxes' | 'settings'>;

/** The catalog that the till sells from. */
export class CatalogTables {
  private settings: { readonly version: number; readonly checksum: string; readonly of: Settings } | undefined;
  /** False when there are PINs and none of them opens: the device's secret is another one than it was. */
  staffReadable = true;
  private readonly byCode;

  /**
   * @param db holds {@link catalogTables}
   * @param seal hides the hashes of the PINs, so that a copy of the database is no use for guessing them
   */
  constructor(
    private readonly db: Sqlite,
    private readonly seal: Seal,
  ) {
    this.byCode = db.prepare<[string, string], Omit<PricedProduct, 'tax'>>(
      `SELECT * FROM products WHERE code = ?
       UNION ALL SELECT p.* FROM barcodes b JOIN products p ON p.code = b.code WHERE b.barcode = ? LIMIT 1`,
    );
    this.reload();
  }

  /** The version in use; 0 when there is no catalog yet. */
  get version(): number {
    return this.settings?.version ?? 0;
  }

  /** The checksum of the catalog in use; null when there is none. */
  get checksum(): string | null {
    return this.settings?.checksum ?? null;
  }

  /** What the till may be paid with; undefined when there is no catalog yet. */
  get terms(): TenderTerms | undefined {
    return this.settings?.of;
  }

  /** How the shop wants its tills; empty when the catalog leaves it out. */
  get shopSettings(): ShopSettings {
    return this.settings?.of.settings ?? {};
  }

  /** All of the catalog in use, as it came; undefined when there is none. A PIN that does not open is null. */
  get content(): CatalogContent | undefined {
    if (!this.settings) return undefined;
    const barcodes = new Map<string, string[]>();
    const printed = this.db.prepare<[], { barcode: string; code: string }>('SELECT * FROM barcodes ORDER BY rowid');
    for (const { barcode, code } of printed.all()) barcodes.set(code, [...(barcodes.get(code) ?? []), barcode]);
    const products = this.db.prepare<[], Omit<Product, 'barcodes'>>('SELECT * FROM products ORDER BY rowid').all();
    return {
      ...this.settings.of,
      products: products.map((product) => ({ ...product, barcodes: barcodes.get(product.code) ?? [] })),
      staff: this.staffRows('ORDER BY rowid').map((row) => this.opened(row)),
    };
  }

  /** The product with that code or barcode. */
  findProduct(codeOrBarcode: string): PricedProduct | undefined {
    const product = this.byCode.get(codeOrBarcode, codeOrBarcode);
    const tax = product && this.settings?.of.taxes.find(({ tax_code }) => tax_code === product.tax_code);
    return product && tax ? { ...product, tax } : undefined;
  }

  /** Products whose name, code or barcode holds the text, at most `limit`; all when the text is empty. */
  search(text: string, limit: number): readonly Omit<PricedProduct, 'tax'>[] {
    const like = `%${text.replaceAll(/[\\%_]/gu, String.raw`\$&`)}%`;
    return this.db
      .prepare<[string, string, string, number], Omit<PricedProduct, 'tax'>>(
        String.raw`SELECT * FROM products WHERE name LIKE ? ESCAPE '\' OR code LIKE ? ESCAPE '\'
          OR code IN (SELECT code FROM barcodes WHERE barcode = ?) ORDER BY name LIMIT ?`,
      )
      .all(like, like, text, limit);
  }

  /** Somebody by the code they sign in with. A PIN that does not open is null. */
  findStaff(staffCode: string): StaffMember | undefined {
    const [row] = this.staffRows('WHERE staff_code = ?', staffCode);
    return row && this.opened(row);
  }

  private staffRows(which: string, ...values: readonly string[]): readonly StaffMember[] {
    return this.db.prepare<string[], StaffMember>(`SELECT * FROM staff ${which}`).all(...values);
  }

  private opened(row: StaffMember): StaffMember {
    return { ...row, pin_hash: row.pin_hash === null ? null : (this.seal.open(row.pin_hash, purposeOf(row)) ?? null) };
  }

  /** Replaces the whole catalog: all rows out, new rows in. Must be inside the transaction that appends CatalogApplied. */
  replace({ catalog_version, checksum, content }: Catalog): void {
    const { currency, currencies, methods, taxes, settings } = content;
    this.db.exec('DELETE FROM products; DELETE FROM barcodes; DELETE FROM staff; DELETE FROM catalog');
    const product = this.db.prepare('INSERT INTO products VALUES (?, ?, ?, ?, ?)');
    const barcode = this.db.prepare('INSERT INTO barcodes VALUES (?, ?)');
    const person = this.db.prepare('INSERT INTO staff VALUES (?, ?, ?, ?, ?)');
    for (const item of content.products) {
      product.run(item.code, item.name, item.category, item.price_minor, item.tax_code);
      for (const printed of item.barcodes) barcode.run(printed, item.code);
    }
    for (const one of content.staff) {
      const sealed = one.pin_hash === null ? null : this.seal.close(one.pin_hash, purposeOf(one));
      person.run(one.staff_id, one.staff_code, one.name, one.role, sealed);
    }
    this.db
      .prepare('INSERT INTO catalog VALUES (1, ?, ?, ?)')
      .run(catalog_version, checksum, JSON.stringify({ currency, currencies, methods, taxes, settings }));
    this.reload();
  }

  /** Reads the settings again, after a transaction that replaced the catalog was rolled back. */
  reload(): void {
    const row = this.db
      .prepare<[], { catalog_version: number; checksum: string; settings: string }>(
        'SELECT catalog_version, checksum, settings FROM catalog',
      )
      .get();
    this.settings = row && {
      version: row.catalog_version,
      checksum: row.checksum,
      of: JSON.parse(row.settings) as Settings,
    };
    const sealed = this.staffRows('WHERE pin_hash IS NOT NULL LIMIT 20');
    this.staffReadable = sealed.length === 0 || sealed.some((one) => this.opened(one).pin_hash !== null);
  }
}

/** A hash opens only for the person and the role that it was sealed for: it cannot be put into another row. */
const purposeOf = ({ staff_id, staff_code, role }: StaffMember): string => JSON.stringify([staff_id, staff_code, role]);
