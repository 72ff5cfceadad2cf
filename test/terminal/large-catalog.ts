import { type CatalogContent, makeCatalog, type Catalog } from '../../src/catalog/catalog.js';
import { shopContent } from './shop.js';

/** A catalog of that many products with three barcodes each, besides those of the shop; every price says its version. */
export const largeCatalog = (version: number, products: number): Catalog =>
  makeCatalog(version, largeContent(version, products));

const largeContent = (version: number, count: number): CatalogContent => ({
  ...shopContent,
  products: [
    ...shopContent.products,
    ...Array.from({ length: count }, (_, index) => ({
      code: `P${index}`,
      name: `${index % 2 === 0 ? 'قهوة' : 'Coffee'} ${index}`,
      category: `Aisle ${index % 40}`,
      price_minor: version,
      tax_code: 'VAT',
      barcodes: [0, 1, 2].map((place) => String(6_000_000_000_000 + 3 * index + place)),
    })),
  ],
});
