import { type CatalogContent, checksumOf, inForce, makeCatalog, readCatalog } from '../../src/catalog/catalog.js';
import { canonical, hashOf } from '../../src/events/envelope.js';
import { errorWith } from '../errors.js';
import { shopContent } from '../terminal/shop.js';

const label = { prefix: '21', kind: 'weight', code_digits: 5, value_digits: 5, decimals: 3 } as const;
const [coffee] = shopContent.products as [CatalogContent['products'][number]];
const [vat] = shopContent.taxes as [CatalogContent['taxes'][number]];
const [dollar, pound] = shopContent.currencies as [
  CatalogContent['currencies'][number],
  CatalogContent['currencies'][number],
];
const person = { staff_id: 's', staff_code: '1', name: 'Nour', role: 'cashier', pin_hash: null } as const;

/** A catalog as it would arrive, with the checksum that fits, whatever stands in it. */
const arriving = (change: object): unknown => {
  const content = { ...shopContent, ...change } as CatalogContent;
  return { catalog_version: 2, checksum: hashOf(canonical(content)), content };
};

describe('A catalog', () => {
  it('is read as it came, with changes of prices, taxes and rates to come and the labels of scales', () => {
    const content = {
      ...shopContent,
      currencies: [dollar, { ...pound, rates: [{ from: '2026-05-01', rate: { numerator: 1, denominator: 90_000 } }] }],
      taxes: [{ ...vat, rates: [{ from: '2027-01-01', rate_ppm: 120_000 }] }],
      products: [{ ...coffee, prices: [{ from: '2026-03-02', price_minor: 400 }] }],
      staff: [person],
      settings: { embedded_barcodes: [label, { ...label, prefix: '210', code_digits: 4 }] },
    };
    expect(readCatalog(arriving(content))).toEqual(arriving(content));
  });

  it('has the checksum of its canonical text, however long its lists are', () => {
    const products = Array.from({ length: 1001 }, (_, index) => ({ ...coffee, code: `ق-${index}`, barcodes: [] }));
    for (const content of [shopContent, { ...shopContent, products, settings: { lock_after_minutes: 3 } }]) {
      expect(checksumOf(content)).toBe(hashOf(canonical(content)));
    }
  });

  const swapped = { ...shopContent, products: [...shopContent.products].reverse() };
  const product = (change: object): unknown => arriving({ products: [coffee, { ...coffee, code: 'x', ...change }] });
  const labels = (...embedded_barcodes: readonly object[]): unknown => arriving({ settings: { embedded_barcodes } });

  it.each<[string, unknown, RegExp]>([
    ['that is none', null, /object/u],
    ['without content', { catalog_version: 2, checksum: 'f'.repeat(64) }, /content/u],
    ['of version 0', { ...(arriving({}) as object), catalog_version: 0 }, /is 0/u],
    ['with an unknown field', arriving({ discount: 1 }), /discount/u],
    ['with another checksum', { ...(arriving({}) as object), content: swapped }, /checksum/u],
    ['whose products are no list', arriving({ products: {} }), /content\.products/u],
    ['with a product that lacks its price', product({ price_minor: null }), /content\.products\.1\.price_minor/u],
    ['with a price below zero', product({ barcodes: [], price_minor: -1 }), /content\.products\.1\.price_minor/u],
    ['with half a price', product({ barcodes: [], price_minor: 1.5 }), /content\.products\.1\.price_minor/u],
    ['with an empty code', product({ barcodes: [], code: '' }), /content\.products\.1\.code/u],
    ['with a code twice', product({ code: 'coffee', barcodes: [] }), /“coffee” appears twice/u],
    ['with a barcode twice', product({}), /“528” appears twice/u],
    ['with a barcode that is a code', product({ barcodes: ['coffee'] }), /“coffee” appears twice/u],
    ['with a tax that it lacks', product({ barcodes: [], tax_code: 'GST' }), /“GST”/u],
    [
      'with a date that does not exist',
      product({ barcodes: [], prices: [{ from: '2026-02-30', price_minor: 1 }] }),
      /from/u,
    ],
    [
      'whose prices do not follow each other',
      product({
        barcodes: [],
        prices: [
          { from: '2026-03-02', price_minor: 1 },
          { from: '2026-03-02', price_minor: 2 },
        ],
      }),
      /2026-03-02/u,
    ],
    [
      'with a rate to come above all',
      arriving({ taxes: [{ ...vat, rates: [{ from: '2026-01-01', rate_ppm: 1e8 }] }] }),
      /rate_ppm/u,
    ],
    ['whose base currency has no rate of 1', arriving({ currencies: [pound] }), /USD/u],
    [
      'whose base currency changes its rate',
      arriving({ currencies: [{ ...dollar, rates: [{ from: '2026-01-01', rate: dollar.rate }] }] }),
      /USD/u,
    ],
    ['with a staff code twice', arriving({ staff: [person, { ...person, staff_id: 't' }] }), /“1” appears twice/u],
    ['with a hash of a PIN that is none', arriving({ staff: [{ ...person, pin_hash: '1234' }] }), /content\.staff\.0/u],
    ['with a label of 14 digits', labels({ ...label, value_digits: 6 }), /12 digits/u],
    ['with tenths of a gram', labels({ ...label, decimals: 4 }), /decimals/u],
    ['with a price of three decimals in dollars', labels({ ...label, kind: 'price' }), /decimals/u],
    ['with a label twice', labels(label, label), /21 appears twice/u],
    ['with a label of letters', labels({ ...label, prefix: 'AB' }), /prefix/u],
  ])('%s is refused whole, with a reason', (_what, value, detail) => {
    expect(() => readCatalog(value)).toThrow(
      errorWith({ name: 'BadCatalog', detail: expect.stringMatching(detail) as string }),
    );
  });

  it('is made only of what would be taken', () => {
    expect(() => makeCatalog(1, { ...shopContent, taxes: [] })).toThrow(errorWith({ name: 'BadCatalog' }));
  });
});

describe('A change with a date', () => {
  const changes = [
    { from: '2026-03-02', is: 1 },
    { from: '2026-04-01', is: 2 },
  ];

  it.each([
    ['2026-03-01', undefined],
    ['2026-03-02', 1],
    ['2026-03-31', 1],
    ['2026-04-01', 2],
    ['2099-01-01', 2],
  ])('holds from its day on: on %s it is %s', (day, is) => {
    expect(inForce(changes, day)?.is).toBe(is);
  });

  it('is not there where nothing changes', () => {
    expect(inForce(undefined, '2026-03-01')).toBeUndefined();
  });
});
