// A till with 50 000 products, as the measurements sell on it.
import { join } from 'node:path';
import { hash } from '@node-rs/argon2';
import { makeCatalog } from '../dist/catalog/catalog.js';
import { machinePorts } from '../dist/ports.js';
import { ApplyCatalog, ApplyCatalogHandler } from '../dist/terminal/commands/apply-catalog.js';
import { OpenSession, OpenSessionHandler } from '../dist/terminal/commands/open-session.js';
import { Terminal } from '../dist/terminal/terminal.js';

const productsCount = 50_000;
const barcodesEach = 3;
const codes = Array.from({ length: productsCount }, (_, index) => `product-${index}`);

/** Whoever sells here. */
export const authority = { by: { staff_id: 'bench', role: 'manager' } };

/** How they sign in. */
export const credentials = { staff_code: '1', pin: '482913' };

/** The barcode of that number; there are three times as many as products. */
export const barcodeAt = (index) => String(6_000_000_000_000 + (index % (productsCount * barcodesEach)));

/** What is sold on it. */
export const catalog = makeCatalog(-1, {
  currency: 'USD',
  currencies: [{ currency: 'USD', rate: { numerator: 1, denominator: 1 }, cash_step_minor: 1 }],
  methods: [],
  taxes: [{ tax_code: 'standard', name: 'VAT', rate_ppm: 110_000, mode: 'inclusive' }],
  products: codes.map((code, index) => ({
    code,
    name: `The ${code}`,
    category: 'Bench',
    price_minor: 325,
    tax_code: 'standard',
    barcodes: Array.from({ length: barcodesEach }, (_, place) => barcodeAt(index * barcodesEach + place)),
  })),
  staff: [
    {
      staff_id: 'bench',
      staff_code: credentials.staff_code,
      name: 'Bench',
      role: 'manager',
      pin_hash: await hash(credentials.pin),
    },
  ],
});

/** A sale of so many lines, paid in cash to the cent. */
export const saleOf = (lines) => ({
  lines: codes.slice(0, lines).map((code) => ({ code })),
  tenders: [{ method: 'cash', amount_minor: lines * 325 }],
});

/** The first few of its products, where their number does not matter. */
export const smallCatalog = makeCatalog(-1, { ...catalog.content, products: catalog.content.products.slice(0, 100) });

/** A till that can sell, in its own folder of that name: started, with its catalog and an open session. */
export const openTill = async (folder, name = 'till', { content = catalog, ...options } = {}) => {
  const terminal = Terminal.open({
    dataDir: join(folder, name),
    ports: machinePorts,
    ...options,
    onCommitUnknown: (fault) => {
      throw fault;
    },
  });
  terminal.start();
  await new ApplyCatalogHandler(terminal.recorder).execute(new ApplyCatalog(content));
  await new OpenSessionHandler(terminal.recorder).execute(
    new OpenSession('open', { float: [{ currency: 'USD', amount_minor: 0 }] }, authority),
  );
  return terminal;
};
