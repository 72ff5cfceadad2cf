import { type CatalogContent, makeCatalog } from '../../src/catalog/catalog.js';
import type { TillEvent } from '../../src/domain/event.js';
import { ApplyCatalog, ApplyCatalogHandler } from '../../src/terminal/commands/apply-catalog.js';
import { OpenSession, OpenSessionHandler } from '../../src/terminal/commands/open-session.js';
import { RecordSale, RecordSaleHandler, type SaleRequest } from '../../src/terminal/commands/record-sale.js';
import type { LineRequest } from '../../src/terminal/commands/selling-terms.js';
import { quoteOf } from '../../src/terminal/quote.js';
import { errorWith } from '../errors.js';
import { Shop, shopContent } from './shop.js';

let shop: Shop;
afterEach(() => shop.remove());

const product = { category: null, tax_code: 'VAT', barcodes: [] };
const content: CatalogContent = {
  ...shopContent,
  currencies: [
    shopContent.currencies[0] as CatalogContent['currencies'][number],
    {
      currency: 'LBP',
      rate: { numerator: 1, denominator: 89_500 },
      rates: [{ from: '2026-03-02', rate: { numerator: 1, denominator: 100_000 } }],
      cash_step_minor: 100_000,
    },
  ],
  taxes: [
    {
      tax_code: 'VAT',
      name: 'VAT',
      rate_ppm: 110_000,
      mode: 'inclusive',
      rates: [{ from: '2026-03-02', rate_ppm: 120_000 }],
    },
    { tax_code: 'SVC', name: 'Service', rate_ppm: 50_000, mode: 'exclusive' },
  ],
  products: [
    {
      ...product,
      code: 'tea',
      name: 'Tea',
      price_minor: 100,
      prices: [
        { from: '2026-03-02', price_minor: 130 },
        { from: '2026-03-03', price_minor: 150 },
      ],
    },
    { ...product, code: '42', name: 'Tomatoes', price_minor: 299 },
    { ...product, code: '00007', name: 'Cheese', price_minor: 1299 },
    { ...product, code: '8', name: 'Ham', price_minor: 1000, tax_code: 'SVC' },
    // 2+9+9+9+0+0 = 29 and 3 × (1+9+9+0+0+0) = 57: 86, and 4 to the next ten.
    { ...product, code: 'own', name: 'Own brand', price_minor: 77, barcodes: ['2199999000004'] },
  ],
  settings: {
    embedded_barcodes: [
      { prefix: '21', kind: 'weight', code_digits: 5, value_digits: 5, decimals: 3 },
      { prefix: '22', kind: 'price', code_digits: 5, value_digits: 5, decimals: 2 },
    ],
  },
};

const cashier = { by: { staff_id: 'c', role: 'cashier' } } as const;
let keys = 0;
const sell = async (lines: readonly LineRequest[], more: Partial<SaleRequest> = {}) => {
  const request = { lines, tenders: [{ method: 'cash', amount_minor: 100_000 }], ...more };
  return new RecordSaleHandler(shop.recorder).execute(new RecordSale(`s${(keys += 1)}`, request, cashier));
};
const lastSale = () => (shop.events.findLast(({ type }) => type === 'SaleRecorded') as TillEvent<'SaleRecorded'>).data;
const lineOf = async (line: LineRequest) => {
  await sell([line]);
  return lastSale().lines[0];
};

beforeEach(async () => {
  shop = new Shop();
  shop.terminal.start();
  await new ApplyCatalogHandler(shop.recorder).execute(new ApplyCatalog(makeCatalog(1, content)));
  // 2026-03-01, ten in the morning where the shop stands.
  await new OpenSessionHandler(shop.recorder).execute(new OpenSession('open', { float: [] }, cashier));
});

const refusing = async (line: LineRequest, code: string): Promise<void> => {
  const { head } = shop.recorder.log;
  await expect(sell([line])).rejects.toThrow(errorWith({ name: 'Refusal', code }));
  expect(shop.recorder.log.head).toEqual(head);
};

describe('The label of a scale', () => {
  it('with a weight sells that weight at the price of a kilogram', async () => {
    // 1.234 kg × 2.99 = 3.68966
    expect(await lineOf({ code: '2100042012349' })).toMatchObject({
      code: '42',
      name: 'Tomatoes',
      quantity_milli: 1234,
      unit_price_minor: 299,
      list_price_minor: 299,
      gross_minor: 369,
    });
  });

  it('with a price sells one pack for exactly that, and a cashier needs nobody for it', async () => {
    expect(await lineOf({ code: '2200007012954' })).toMatchObject({
      code: '00007',
      quantity_milli: 1000,
      unit_price_minor: 1295,
      list_price_minor: 1295,
      gross_minor: 1295,
      tax_mode: 'inclusive',
    });
    expect(shop.events.at(-2)?.approved_by).toBeNull();
  });

  it('with a price is what the customer pays also where the tax usually comes on top', async () => {
    // 2+0+0+8+1+5 = 16 and 3 × (2+0+0+0+0+0) = 6: 22, and 8 to the next ten. 10.50 with 5 % in it is 10 and 0.50.
    expect(await lineOf({ code: '2200008010508' })).toMatchObject({
      code: '8',
      net_minor: 1000,
      tax_minor: 50,
      gross_minor: 1050,
    });
  });

  it('is scanned once for several packs', async () => {
    expect(await lineOf({ code: '2100042012349', quantity_milli: 2000 })).toMatchObject({ quantity_milli: 2468 });
    expect(await lineOf({ code: '2200007012954', quantity_milli: 3000 })).toMatchObject({ gross_minor: 3885 });
    await refusing({ code: '2200007012954', quantity_milli: 1500 }, 'QUANTITY_INVALID');
  });

  it('is not one where exactly that code is in the catalog', async () => {
    expect(await lineOf({ code: '2199999000004' })).toMatchObject({
      code: 'own',
      quantity_milli: 1000,
      gross_minor: 77,
    });
  });

  it('read wrong, empty or of unknown goods is refused, and another price needs somebody who may', async () => {
    await refusing({ code: '2100042012348' }, 'BARCODE_INVALID');
    await refusing({ code: '2100042000001' }, 'BARCODE_INVALID');
    // 2+0+0+9+1+3 = 15 and 3 × (1+0+0+0+2+4) = 21: 36, and 4 to the next ten.
    await refusing({ code: '2100009012344' }, 'UNKNOWN_CODE');
    await refusing({ code: '2200007012954', unit_price_minor: 1 }, 'APPROVAL_REQUIRED');
  });
});

describe('A price, a tax or a rate with a date', () => {
  const prices = async () => {
    const { lines } = await sell([{ code: 'tea' }]);
    return lines.map(({ unit_price_minor, list_price_minor, rate_ppm }) => ({
      unit_price_minor,
      list_price_minor,
      rate_ppm,
    }));
  };
  const old = { unit_price_minor: 100, list_price_minor: 100, rate_ppm: 110_000 };
  const nextDay = async (key: string): Promise<void> => {
    await shop.commands.closeSession(`close-${key}`);
    await new OpenSessionHandler(shop.recorder).execute(new OpenSession(key, { float: [] }, cashier));
  };

  it('holds from the business date on: a session that is open past midnight sells on at its own', async () => {
    expect(await prices()).toEqual([old]);
    shop.clock.pass(16 * 3_600_000);
    expect(shop.recorder.businessDate).toBe('2026-03-01');
    expect(await prices()).toEqual([old]);
    await nextDay('2');
    expect(await prices()).toEqual([{ unit_price_minor: 130, list_price_minor: 130, rate_ppm: 120_000 }]);
    shop.clock.pass(24 * 3_600_000);
    await nextDay('3');
    expect(await prices()).toEqual([{ unit_price_minor: 150, list_price_minor: 150, rate_ppm: 120_000 }]);
  });

  it('shows in a quote and in the catalog before it is sold', async () => {
    const shown = () => {
      const { catalog, records, businessDate } = shop.recorder;
      const { lines } = quoteOf(catalog, records, { lines: [{ code: 'tea' }] }, businessDate);
      const [found] = catalog.search({ text: 'tea', limit: 1 }, businessDate);
      return [lines[0]?.gross_minor, found?.price_minor];
    };
    expect(shown()).toEqual([100, 100]);
    await shop.commands.closeSession('close');
    shop.clock.pass(24 * 3_600_000);
    expect(shown()).toEqual([130, 130]);
  });

  it('changes what foreign cash is worth, and the sale keeps the rate it was paid at', async () => {
    const pounds = { tenders: [{ method: 'cash', currency: 'LBP', amount_minor: 90_000_000 }] };
    await sell([{ code: 'tea' }], pounds);
    expect(lastSale().tenders[0]).toMatchObject({ base_minor: 1006, rate: { numerator: 1, denominator: 89_500 } });
    shop.clock.pass(24 * 3_600_000);
    await nextDay('2');
    await sell([{ code: 'tea' }], pounds);
    expect(lastSale().tenders[0]).toMatchObject({ base_minor: 900, rate: { numerator: 1, denominator: 100_000 } });
  });
});
