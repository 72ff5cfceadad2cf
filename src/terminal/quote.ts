import type { CatalogTables } from '../catalog/catalog-tables.js';
import { type Minor, roundToStep, withinLimit } from '../domain/money.js';
import { type PricedLines, priceLines } from '../domain/pricing.js';
import { acceptedCurrency } from '../domain/settlement.js';
import type { SaleRequest } from './commands/record-sale.js';
import { ringUp, termsOf } from './commands/selling-terms.js';

/** What a sale would come to. Nothing is recorded, and nobody is bound by it once the catalog changes. */
export interface Quote extends PricedLines {
  readonly catalog_version: number;
  readonly currency: string;
  /** What is due before cash rounding: gross + tip. */
  readonly total_minor: Minor;
  /** What is due when all of it is paid in cash: rounded to the smallest coin. */
  readonly cash_total_minor: Minor;
}

/**
 * Prices a basket as the sale would on that business date, without its tenders.
 * @throws Refusal as the sale would
 */
export const quoteOf = (
  catalog: CatalogTables,
  request: Omit<SaleRequest, 'tenders'>,
  business_date: string,
): Quote => {
  const terms = termsOf(catalog, business_date);
  const { lines, discount, tip } = request;
  const priced = priceLines(
    lines.map((line) => ringUp(catalog, line, business_date)),
    discount,
  );
  const total_minor = withinLimit(priced.gross_minor + (tip?.amount_minor ?? 0));
  const { cash_step_minor } = acceptedCurrency(terms.currency, terms);
  return {
    ...priced,
    catalog_version: catalog.version,
    currency: terms.currency,
    total_minor,
    cash_total_minor: roundToStep(total_minor, cash_step_minor),
  };
};
