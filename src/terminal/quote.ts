import type { CatalogTables } from '../catalog/catalog-tables.js';
import { type Minor, roundToStep, withinLimit } from '../domain/money.js';
import type { PricedLines } from '../domain/pricing.js';
import { acceptedCurrency, type TenderTerms } from '../domain/settlement.js';
import { priceGoods } from '../domain/ticket.js';
import { knownTicket } from './commands/known-ticket.js';
import type { SaleRequest } from './commands/record-sale.js';
import { ringUp, termsOf } from './commands/selling-terms.js';
import type { Records } from './records.js';

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
  records: Records,
  request: Omit<SaleRequest, 'tenders'>,
  business_date: string,
): Quote => {
  const terms = termsOf(catalog, business_date);
  const { ticket_id, lines = [], discount, tip } = request;
  const ticket = ticket_id === undefined ? undefined : knownTicket(records, ticket_id);
  const rung = lines.map((line) => ringUp(catalog, line, business_date));
  const { priced } = priceGoods(ticket, rung, discount);
  const total_minor = withinLimit(priced.gross_minor + (tip?.amount_minor ?? 0));
  return {
    ...priced,
    catalog_version: catalog.version,
    currency: terms.currency,
    total_minor,
    cash_total_minor: inCash(total_minor, terms),
  };
};

/** What is due when all of it is paid in cash of the base currency: rounded to the smallest coin. */
export const inCash = (total: Minor, terms: TenderTerms): Minor =>
  roundToStep(total, acceptedCurrency(terms.currency, terms).cash_step_minor);
