import type { CatalogTables, PricedProduct } from '../../catalog/catalog-tables.js';
import { type ReadLabel, readLabel } from '../../domain/barcode.js';
import { exponentOf } from '../../domain/money.js';
import type { DiscountRequest, RungLine } from '../../domain/pricing.js';
import { Refusal } from '../../domain/refusal.js';
import type { TenderTerms } from '../../domain/settlement.js';

/** A line as the cashier entered it. */
export interface LineRequest {
  /** Product code, barcode, or label of a scale. */
  readonly code: string;
  /** Thousandths; 1000 when left out. With the label of a scale: how many packs, in thousandths. */
  readonly quantity_milli?: number;
  /** A price other than the catalog's. */
  readonly unit_price_minor?: number;
  readonly discount?: DiscountRequest;
}

/**
 * What the till may be paid with on a business date.
 * @throws Refusal CATALOG_MISSING
 */
export const termsOf = (catalog: CatalogTables, business_date: string): TenderTerms => {
  const terms = catalog.termsOn(business_date);
  if (terms) return terms;
  throw new Refusal(
    'CATALOG_MISSING',
    'This till has no catalog yet, so it knows no prices and no currency. Publish one at central or import one here.',
  );
};

/**
 * What the till may be paid with on a business date, and the notes and coins that the shop lists.
 * @throws Refusal CATALOG_MISSING
 */
export const countingTermsOf = (catalog: CatalogTables, business_date: string): TenderTerms => ({
  ...termsOf(catalog, business_date),
  denominations: catalog.shopSettings.denominations,
});

/**
 * Looks a line up in the catalog and pins its name, price, tax and catalog version. The label of a scale brings the
 * weight with it, or the price of what was weighed.
 * @param business_date the day whose prices and taxes hold
 * @throws Refusal CATALOG_MISSING, UNKNOWN_CODE, BARCODE_INVALID, QUANTITY_INVALID
 */
export const ringUp = (catalog: CatalogTables, request: LineRequest, business_date: string): RungLine => {
  const goods = goodsOf(catalog, request, business_date);
  if (!goods) {
    throw new Refusal('UNKNOWN_CODE', `No product has the code “${request.code}”. Nothing was recorded.`, {
      code: request.code,
    });
  }
  const { product, quantity_milli, list_price_minor, tax_mode } = goods;
  const { code, name, category, tax } = product;
  return {
    code,
    name,
    category,
    catalog_version: catalog.version,
    quantity_milli,
    unit_price_minor: request.unit_price_minor ?? list_price_minor,
    list_price_minor,
    tax_code: tax.tax_code,
    tax_mode,
    rate_ppm: tax.rate_ppm,
    ...(request.discount ? { discount: request.discount } : {}),
  };
};

/** What a code stands for: a product, and what the label of a scale says besides. */
interface Goods extends Pick<RungLine, 'quantity_milli' | 'list_price_minor' | 'tax_mode'> {
  readonly product: PricedProduct;
}

/** A code that is in the catalog as it is wins over the label of a scale that looks the same. */
const goodsOf = (catalog: CatalogTables, request: LineRequest, business_date: string): Goods | undefined => {
  const { code, quantity_milli = 1000 } = request;
  const { currency } = termsOf(catalog, business_date);
  const known = catalog.findProduct(code, business_date);
  if (known) {
    return { product: known, quantity_milli, list_price_minor: known.price_minor, tax_mode: known.tax.mode };
  }
  const label = readLabel(code, catalog.shopSettings.embedded_barcodes ?? [], exponentOf(currency));
  const product = label && weighedProduct(catalog, label.item, business_date);
  return product && { product, ...labelled(label, product, request) };
};

/** A scale prints the code of the goods with leading zeros, which the catalog may leave out. */
const weighedProduct = (catalog: CatalogTables, item: string, business_date: string): PricedProduct | undefined =>
  catalog.findProduct(item, business_date) ?? catalog.findProduct(item.replace(/^0+/u, ''), business_date);

const labelled = (
  { kind, value }: ReadLabel,
  { price_minor, tax }: PricedProduct,
  { code, quantity_milli: packs_milli = 1000 }: LineRequest,
): Omit<Goods, 'product'> => {
  if (packs_milli % 1000 !== 0) {
    throw new Refusal(
      'QUANTITY_INVALID',
      'Goods with the label of a scale are sold by whole packs. Nothing was recorded.',
      { code },
    );
  }
  // What is printed is what the customer pays, to the last unit, so the tax is in it; and it is no override.
  if (kind === 'price') return { quantity_milli: packs_milli, list_price_minor: value, tax_mode: 'inclusive' };
  return { quantity_milli: value * (packs_milli / 1000), list_price_minor: price_minor, tax_mode: tax.mode };
};
