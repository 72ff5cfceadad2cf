import type { Sqlite } from '../events/sqlite.js';
import type { TenderTerms } from '../domain/settlement.js';
import { type Catalog, type CatalogContent, type CatalogTerms, inForce, type ShopSettings } from './catalog.js';
import type { StaffMember, Tax } from './catalog.js';
import {
  CatalogSlot,
  type Search,
  type SlotNumber,
  slotNumbers,
  slotTables,
  type StoredProduct,
} from './catalog-slot.js';
import type { Seal } from './seal.js';

/** The catalog in use, and room for the next. It changes in one transaction; the log's CatalogApplied says when. */
export const catalogTables = `
CREATE TABLE IF NOT EXISTS catalog (
  one             INTEGER PRIMARY KEY CHECK (one = 1),
  catalog_version INTEGER NOT NULL,  -- from 1: published by central; below 0: imported here
  checksum        TEXT NOT NULL,     -- hex SHA-256 of the canonical JSON of the content
  settings        TEXT NOT NULL,     -- JSON: currency, currencies, methods, taxes, settings
  slot            INTEGER NOT NULL,  -- where its products and staff lie: 0 or 1
  store_id        TEXT               -- the store that the terminal belonged to when it was applied; null before any
) STRICT;
${slotNumbers.map(slotTables).join('')}`;

/** A product with its price and tax of one business date, as a sale needs it. */
export interface PricedProduct extends Omit<StoredProduct, 'prices'> {
  readonly tax: Pick<Tax, 'tax_code' | 'mode' | 'rate_ppm'>;
}

interface InUse {
  readonly version: number;
  readonly checksum: string;
  readonly store_id: string | null;
  readonly of: CatalogTerms;
}

/** What was read of the catalog in use for one business date. */
interface Day {
  readonly business_date: string;
  terms: (TenderTerms & CatalogTerms) | undefined;
  /** By the code or barcode that was asked for. */
  readonly products: Map<string, PricedProduct>;
}

/** So many products are remembered, to bound the memory: a shop sells most of the time from as few. */
const productsRemembered = 2000;

interface StoredCatalog extends Pick<InUse, 'checksum' | 'store_id'> {
  readonly catalog_version: number;
  readonly settings: string;
  readonly slot: SlotNumber;
}

/** The catalog that the till sells from. */
export class CatalogTables {
  /** False when there are PINs and none of them opens: the device's secret is another one than it was. */
  staffReadable = true;
  private inUse: InUse | undefined;
  private readonly slots: Readonly<Record<SlotNumber, CatalogSlot>>;
  private slot: SlotNumber = 0;
  /** What was read for the business date that was asked for last: the lines of sales ask for the same again and again. */
  private day: Day | undefined;
  private lastPreparation: Promise<unknown> = Promise.resolve();

  /**
   * @param db holds {@link catalogTables}
   * @param seal hides the hashes of the PINs, so that a copy of the database is no use for guessing them
   */
  constructor(
    private readonly db: Sqlite,
    seal: Seal,
  ) {
    this.slots = { 0: new CatalogSlot(db, 0, seal), 1: new CatalogSlot(db, 1, seal) };
    this.reload();
  }

  /** The version in use; 0 when there is no catalog yet. */
  get version(): number {
    return this.inUse?.version ?? 0;
  }

  /** The checksum of the catalog in use; null when there is none. */
  get checksum(): string | null {
    return this.inUse?.checksum ?? null;
  }

  /** The store that the terminal belonged to when the catalog in use was applied; null before any. */
  get storeId(): string | null {
    return this.inUse?.store_id ?? null;
  }

  /** What the till may be paid with on that day, at the rates of that day; undefined when there is no catalog yet. */
  termsOn(business_date: string): (TenderTerms & CatalogTerms) | undefined {
    if (!this.inUse) return undefined;
    const day = this.on(business_date);
    if (day.terms) return day.terms;
    const { of } = this.inUse;
    const currencies = of.currencies.map((accepted) => ({
      ...accepted,
      rate: inForce(accepted.rates, business_date)?.rate ?? accepted.rate,
    }));
    day.terms = { ...of, currencies, second_currency: of.settings?.paper?.second_currency };
    return day.terms;
  }

  /** How the shop wants its tills; empty when the catalog leaves it out. */
  get shopSettings(): ShopSettings {
    return this.inUse?.of.settings ?? {};
  }

  /** Everything in use besides the products, as it came; undefined when there is none. */
  get contentBesidesProducts(): Omit<CatalogContent, 'products'> | undefined {
    return this.inUse && { ...this.inUse.of, staff: this.slots[this.slot].staff };
  }

  /** All of the catalog in use, as it came; undefined when there is none. A PIN that does not open is null. */
  get content(): CatalogContent | undefined {
    return this.inUse && { ...this.inUse.of, ...this.slots[this.slot].content };
  }

  /** The product with that code or barcode, at the price and tax of that day. */
  findProduct(codeOrBarcode: string, business_date: string): PricedProduct | undefined {
    const { products } = this.on(business_date);
    const known = products.get(codeOrBarcode);
    if (known) return known;
    const product = this.readProduct(codeOrBarcode, business_date);
    if (products.size >= productsRemembered) products.clear();
    if (product) products.set(codeOrBarcode, product);
    return product;
  }

  private readProduct(codeOrBarcode: string, business_date: string): PricedProduct | undefined {
    const found = this.slots[this.slot].findProduct(codeOrBarcode);
    const tax = found && this.inUse?.of.taxes.find(({ tax_code }) => tax_code === found.tax_code);
    if (!found || !tax) return undefined;
    const { tax_code, mode } = tax;
    const rate_ppm = inForce(tax.rates, business_date)?.rate_ppm ?? tax.rate_ppm;
    return { ...priced(found, business_date), tax: { tax_code, mode, rate_ppm } };
  }

  private on(business_date: string): Day {
    if (this.day?.business_date !== business_date) this.day = { business_date, terms: undefined, products: new Map() };
    return this.day;
  }

  /** The products that fit, at the prices of that day, by name and then by code. */
  search(search: Search, business_date: string): readonly Omit<PricedProduct, 'tax'>[] {
    return this.slots[this.slot].search(search).map((product) => priced(product, business_date));
  }

  /** Somebody by the code they sign in with. A PIN that does not open is null. */
  findStaff(staffCode: string): StaffMember | undefined {
    return this.slots[this.slot].findStaff(staffCode);
  }

  /** Gives the slot that is not in use to one after the other, so that nobody fills it for two catalogs. */
  prepare<Result>(work: (spare: CatalogSlot) => Promise<Result>): Promise<Result> {
    const mine = this.lastPreparation.then(() => work(this.spare));
    this.lastPreparation = mine.catch(() => undefined);
    return mine;
  }

  /**
   * Sells from the other slot from now on, which holds this catalog's products and staff. Must be inside the
   * transaction that appends CatalogApplied.
   * @param store_id to which the terminal belongs; null before any
   */
  switchTo({ catalog_version, checksum, content }: Catalog, store_id: string | null): void {
    const { products: _products, staff: _staff, ...terms } = content;
    this.db
      .prepare('INSERT OR REPLACE INTO catalog VALUES (1, ?, ?, ?, ?, ?)')
      .run(catalog_version, checksum, JSON.stringify(terms), 1 - this.slot, store_id);
    this.reload();
  }

  /** The slot that is not in use. */
  get spare(): CatalogSlot {
    return this.slots[this.slot === 0 ? 1 : 0];
  }

  /** Reads again which catalog is in use, after a transaction that changed it was rolled back. */
  reload(): void {
    const row = this.db
      .prepare<[], StoredCatalog>('SELECT catalog_version, checksum, settings, slot, store_id FROM catalog')
      .get();
    this.slot = row?.slot ?? 0;
    this.inUse = row && {
      version: row.catalog_version,
      checksum: row.checksum,
      store_id: row.store_id,
      of: JSON.parse(row.settings) as CatalogTerms,
    };
    this.day = undefined;
    this.staffReadable = this.slots[this.slot].isStaffReadable;
  }
}

const priced = ({ prices, ...product }: StoredProduct, business_date: string): Omit<PricedProduct, 'tax'> => ({
  ...product,
  price_minor: inForce(prices, business_date)?.price_minor ?? product.price_minor,
});
