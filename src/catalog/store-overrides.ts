import { z } from 'zod';
import { type CatalogContent, problemsInSteps, type Product } from './catalog.js';
import { productSchema, settingsSchema, taxSchema } from './catalog-schema.js';
import type { Steps } from '../ports.js';

const { code, price_minor, prices, tax_code } = productSchema.shape;

/** In what a product is another one in one store than in the company. What is left out is as the company has it. */
export const productOverrideSchema = z
  .strictObject({
    code,
    /** Takes the place of the company's price, and of its dated prices too. */
    price_minor: price_minor.exactOptional(),
    /** The store's own price from a business date on, instead of its `price_minor`. */
    prices,
    tax_code: tax_code.exactOptional(),
    /** The store does not sell it. */
    available: z.literal(false).exactOptional(),
  })
  .refine((override) => Object.keys(override).length > 1, 'says nothing: take the code out instead')
  .refine((override) => override.prices === undefined || override.price_minor !== undefined, {
    message: 'dated prices need a price_minor, which holds before the first of them',
  });

/** A product that is another one in one store. */
export type ProductOverride = z.infer<typeof productOverrideSchema>;

/** In what a store differs from its company, besides its products. */
export const storeTermsSchema = z.strictObject({
  /** Each in the place of the company's tax with that code; others are added. */
  taxes: z.array(taxSchema).max(200).default([]),
  /** Each in the place of the company's setting of that name. */
  settings: settingsSchema.exactOptional(),
});

/** Everything in which a store differs from its company. */
export type StoreOverrides = z.infer<typeof storeTermsSchema> & { readonly products: readonly ProductOverride[] };

/** Whether a store has nothing of its own. */
export const isPlain = ({ products, taxes, settings }: StoreOverrides): boolean =>
  products.length === 0 && taxes.length === 0 && settings === undefined;

/** The catalog of a store: the company's, with what the store has of its own. */
export const contentOfStore = (company: CatalogContent, overrides: StoreOverrides): CatalogContent => {
  const own = new Map(overrides.products.map((override) => [override.code, override]));
  const taxes = new Map([...company.taxes, ...overrides.taxes].map((tax) => [tax.tax_code, tax]));
  const settings = { ...company.settings, ...overrides.settings };
  return {
    ...company,
    taxes: [...taxes.values()],
    products: company.products.flatMap((product) => productOfStore(product, own.get(product.code))),
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
  };
};

const productOfStore = (product: Product, override: ProductOverride | undefined): readonly Product[] => {
  if (!override) return [product];
  const { available = true, ...own } = override;
  const { prices: _dated, ...plain } = product;
  return available ? [{ ...(own.price_minor === undefined ? product : plain), ...own }] : [];
};

/**
 * Everything that is wrong with what a store has of its own, over a company's catalog that is sound. Only the products
 * that differ are looked at, so that a chain of many stores is checked quickly.
 * @param limit so many are named
 */
export function* overrideProblemsInSteps(
  company: CatalogContent,
  overrides: StoreOverrides,
  limit: number,
): Steps<readonly string[]> {
  const own = new Set(overrides.products.map((override) => override.code));
  const products = company.products.filter((product) => own.has(product.code));
  return yield* problemsInSteps(contentOfStore({ ...company, products }, overrides), limit);
}
