import type { TenderTerms } from '../../domain/settlement.js';
import { Refusal } from '../../domain/refusal.js';
import type { CatalogTables } from '../../catalog/catalog-tables.js';
import type { DiscountRequest, RungLine } from '../../domain/pricing.js';

/** A line as the cashier entered it. */
export interface LineRequest {
  /** Product code or barcode. */
  readonly code: string;
  /** Thousandths; 1000 when left out. */
  readonly quantity_milli?: number;
  /** A price other than the catalog's. */
  readonly unit_price_minor?: number;
  readonly discount?: DiscountRequest;
}

/**
 * What the till may be paid with.
 * @throws Refusal CATALOG_MISSING
 */
export const termsOf = (catalog: CatalogTables): TenderTerms => {
  if (catalog.terms) return catalog.terms;
  throw new Refusal(
    'CATALOG_MISSING',
    'This till has no catalog yet, so it knows no prices and no currency. Publish one at central or import one here.',
  );
};

/**
 * What the till may be paid with, and the notes and coins that the shop lists.
 * @throws Refusal CATALOG_MISSING
 */
export const countingTermsOf = (catalog: CatalogTables): TenderTerms => ({
  ...termsOf(catalog),
  denominations: catalog.shopSettings.denominations,
});

/**
 * Looks a line up in the catalog and pins its name, price, tax and catalog version.
 * @throws Refusal CATALOG_MISSING, UNKNOWN_CODE
 */
export const ringUp = (catalog: CatalogTables, request: LineRequest): RungLine => {
  termsOf(catalog);
  const product = catalog.findProduct(request.code);
  if (!product) {
    throw new Refusal('UNKNOWN_CODE', `No product has the code “${request.code}”. Nothing was recorded.`, {
      code: request.code,
    });
  }
  return {
    code: product.code,
    name: product.name,
    category: product.category,
    catalog_version: catalog.version,
    quantity_milli: request.quantity_milli ?? 1000,
    unit_price_minor: request.unit_price_minor ?? product.price_minor,
    list_price_minor: product.price_minor,
    tax_code: product.tax.tax_code,
    tax_mode: product.tax.mode,
    rate_ppm: product.tax.rate_ppm,
    ...(request.discount ? { discount: request.discount } : {}),
  };
};
