import { type Catalog, checksumOf, readCatalog } from '../../src/catalog/catalog.js';
import { Desk, product } from './desk.js';
import { type EnrolledTill, expectProblem, Office, smallCatalog } from './office.js';

let office: Office;
beforeAll(async () => {
  office = await Office.start();
}, 60_000);
afterAll(() => office.stop());

/** A company with a shop in town and one at the airport. */
const chain = async (tenant: string) => {
  const desk = await Desk.open(office, tenant);
  const town = await office.enrol(tenant, office.fleet.add(), 'Town');
  const airport = await office.enrol(tenant, office.fleet.add(), 'Airport');
  const { store_id } = airport.enrolment;
  return { desk, town, airport, store_id, path: `/v1/catalog-draft/stores/${store_id}` };
};

const asked = (till: EnrolledTill, since = 0, headers = {}) =>
  office.ask(`GET /v1/catalog?since=${String(since)}`, { token: till.enrolment.token, headers });

const download = async (till: EnrolledTill): Promise<Catalog> => readCatalog((await asked(till)).body);

const pricesOf = ({ content }: Catalog) => content.products.map(({ code, price_minor }) => [code, price_minor]);

const publish = async (desk: Desk): Promise<unknown> => {
  const answer = await desk.edit('POST /v1/catalog-draft/publish');
  expect([answer.status, answer.text]).toEqual([201, expect.stringContaining('catalog_version')]);
  return answer.body;
};

describe('a store of a chain', () => {
  it('has prices, goods, taxes and settings of its own, and its terminals alone get them', async () => {
    const { desk, town, airport, path } = await chain('Chain');
    const prices = [{ from: '2027-01-01', price_minor: 600 }];
    await desk.edit(`POST ${path}/products`, {
      put: [
        { code: 'coffee', price_minor: 500, prices },
        { code: 'khubz', available: false },
      ],
    });
    const taxes = [{ ...smallCatalog.taxes[0], rate_ppm: 0 }];
    await desk.edit(`PUT ${path}/terms`, { taxes, settings: { lock_after_minutes: 2 } });
    expect((await desk.ask(`GET ${path}`)).body).toMatchObject({ name: 'Airport', products_count: 2, taxes });
    expect(await publish(desk)).toMatchObject({ catalog_version: 2 });

    const [there, here] = [await download(airport), await download(town)];
    expect(pricesOf(there)).toEqual([
      ['coffee', 500],
      ['shay', 250],
    ]);
    expect(there.content.products[0]).toMatchObject({ name: 'Coffee', prices, barcodes: ['54490001'] });
    expect(there.content).toMatchObject({ taxes, settings: { lock_after_minutes: 2 } });
    expect(here.content).toEqual({ ...smallCatalog, products: expect.anything() as unknown });
    expect(pricesOf(here)).toHaveLength(3);
    expect([here.catalog_version, there.catalog_version]).toEqual([2, 2]);
    const { body } = await desk.ask('GET /v1/stores');
    expect(body).toMatchObject({
      items: [
        { name: 'Airport', terminals_count: 1, products_count: 2, has_own_terms: true },
        { name: 'Town', products_count: 0, has_own_terms: false },
      ],
    });
  });

  it('gets its catalog compressed, once, and 304 when nothing is newer', async () => {
    const { desk, town, airport, path } = await chain('Cached');
    await desk.edit(`POST ${path}/products`, { put: [{ code: 'coffee', price_minor: 1 }] });
    await publish(desk);
    const packed = await asked(airport, 0, { 'accept-encoding': 'gzip' });
    const plain = await asked(airport, 0, { 'accept-encoding': 'identity' });
    expect([packed.headers.get('content-encoding'), plain.headers.get('content-encoding')]).toEqual(['gzip', null]);
    expect(packed.text).toBe(plain.text);
    const etag = packed.headers.get('etag') ?? '';
    expect(etag).not.toBe((await asked(town)).headers.get('etag'));
    expect((await asked(airport, 2)).status).toBe(304);
    expect((await asked(airport, 0, { 'if-none-match': etag })).status).toBe(304);
    expect((await asked(town, 0, { 'if-none-match': etag })).status).toBe(200);
  });

  it('gets the catalog of the store that a terminal has moved to', async () => {
    const { desk, town, airport, path } = await chain('Moves');
    await desk.edit(`POST ${path}/products`, { put: [{ code: 'coffee', price_minor: 999 }] });
    await publish(desk);
    expect(pricesOf(await download(town))[0]).toEqual(['coffee', 350]);
    const moved = await office.enrol('Moves', town.terminal, 'Airport');
    expect(pricesOf(await download(moved))).toEqual(pricesOf(await download(airport)));
  });

  it('shows what differs, keeps it with each version, and has it back when a version is published again', async () => {
    const { desk, airport, store_id, path } = await chain('Versions');
    const before = { code: 'coffee', price_minor: 500 };
    await desk.edit(`POST ${path}/products`, { put: [before] });
    expect((await desk.ask('GET /v1/catalog-draft/changes')).body).toEqual({
      since: 1,
      count: 1,
      items: [{ list: 'products', store_id, key: 'coffee', before: null, after: before }],
    });
    await publish(desk);
    await desk.edit(`POST ${path}/products`, { remove: ['coffee'] });
    await desk.edit(`PUT ${path}/terms`, { settings: { blind_count: true } });
    await publish(desk);
    expect(pricesOf(await download(airport))[0]).toEqual(['coffee', 350]);
    expect((await desk.ask('GET /v1/catalogs/3/changes')).body).toMatchObject({
      count: 2,
      items: [
        { list: 'terms', store_id, key: 'settings', before: null, after: { blind_count: true } },
        { list: 'products', store_id, key: 'coffee', before, after: null },
      ],
    });
    expect((await desk.ask('GET /v1/catalogs')).body).toMatchObject({
      items: [{ own_stores_count: 1 }, { own_stores_count: 1 }, { own_stores_count: 0 }],
    });
    expect((await desk.ask('POST /v1/catalogs/2/publish')).status).toBe(201);
    const again = await download(airport);
    expect([again.catalog_version, pricesOf(again)[0], again.content.settings]).toEqual([
      4,
      ['coffee', 500],
      undefined,
    ]);
    await desk.edit('POST /v1/catalog-draft/reset', { catalog_version: 2 });
    expect((await desk.ask(`GET ${path}/products`)).body).toEqual({ items: [before] });
    const sums = 'SELECT checksum FROM catalog_overrides WHERE catalog_version = 4 AND store_id = ';
    const [kept] = await office.cluster.asOwner(`${sums}'${store_id}'`, office.databaseUrl);
    expect(kept).toEqual({ checksum: checksumOf(again.content) });
  });

  it('forgets what it had of a product that the company gave up, and names what does not fit', async () => {
    const { desk, path } = await chain('Gone');
    const put = [
      { code: 'coffee', price_minor: 500 },
      { code: 'shay', tax_code: 'luxury' },
    ];
    await desk.edit(`POST ${path}/products`, { put });
    const refused = await desk.edit('POST /v1/catalog-draft/publish');
    expectProblem(refused, 422, 'CATALOG_INVALID');
    expect((refused.body as { problems: unknown }).problems).toEqual([
      'In the store “Airport”: product “shay” has the tax “luxury”, which is not in the catalog.',
    ]);
    await desk.edit('POST /v1/catalog-draft/products', { remove: ['shay'] });
    expect((await desk.ask(`GET ${path}/products`)).body).toEqual({ items: [put[0]] });
    await publish(desk);
  });

  it('is not touched by an edit that is wrong, or by another company', async () => {
    const { desk, path } = await chain('Careful');
    const refusals: readonly (readonly [string, object, number, string])[] = [
      ['products', { put: [{ code: 'nothing', price_minor: 1 }] }, 422, 'REQUEST_INVALID'],
      ['products', { put: [{ code: 'coffee' }] }, 422, 'REQUEST_INVALID'],
      ['products', { put: [{ code: 'coffee', price_minor: -1 }] }, 422, 'REQUEST_INVALID'],
      [
        'products',
        { put: [{ code: 'coffee', prices: [{ from: '2027-01-01', price_minor: 1 }] }] },
        422,
        'REQUEST_INVALID',
      ],
      ['products', { put: [{ code: 'coffee', available: true }] }, 422, 'REQUEST_INVALID'],
      ['products', { put: [{ code: 'coffee', price_minor: 1 }], remove: ['coffee'] }, 422, 'REQUEST_INVALID'],
    ];
    for (const [part, body, status, code] of refusals) {
      expectProblem(await desk.edit(`POST ${path}/${part}`, body), status, code);
    }
    expectProblem(await desk.ask(`POST ${path}/products`, { put: [] }), 428, 'REVISION_MISSING');
    const stranger = await Desk.open(office, 'Stranger');
    expectProblem(await stranger.ask(`GET ${path}`), 404, 'STORE_UNKNOWN');
    expectProblem(await stranger.edit(`POST ${path}/products`, { remove: ['coffee'] }), 404, 'STORE_UNKNOWN');
    expectProblem(await desk.ask('GET /v1/catalog-draft/stores/airport'), 404, 'STORE_UNKNOWN');
    expect(await desk.view()).toMatchObject({ revision: 1 });
  });
});

describe('a file of what a store has of its own', () => {
  it('shows the company’s prices beside the store’s, runs nothing in a spreadsheet, and comes back unchanged', async () => {
    const { desk, path } = await chain('Sheet');
    await desk.edit('POST /v1/catalog-draft/products', { put: [product('=1+1', { name: '@risk' })] });
    const prices = [{ from: '2027-01-01', price_minor: 600 }];
    const put = [
      { code: '=1+1', price_minor: 150, prices },
      { code: 'khubz', available: false },
    ];
    await desk.edit(`POST ${path}/products`, { put });
    const { text } = await desk.ask(`GET ${path}/products.csv`);
    expect(text.split('\r\n')).toEqual([
      'code,name,company_price,company_tax_code,price,prices,tax_code,available',
      "'=1+1,'@risk,1.00,vat,1.50,2027-01-01=6.00,,yes",
      'coffee,Coffee,3.50,vat,,,,yes',
      'khubz,Bread,0.80,vat,,,,no',
      'shay,شاي,2.50,vat,,,,yes',
      '',
    ]);
    const before = (await desk.ask(`GET ${path}/products`)).body;
    expect((await desk.edit(`POST ${path}/import`, text)).body).toMatchObject({ products_count: 2 });
    expect((await desk.ask(`GET ${path}/products`)).body).toEqual(before);
    const merged = 'code,price,tax_code,available\ncoffee,5,,\nkhubz,,,yes\n';
    await desk.edit(`POST ${path}/import?mode=merge`, merged);
    expect((await desk.ask(`GET ${path}/products`)).body).toEqual({
      items: [put[0], { code: 'coffee', price_minor: 500 }],
    });
    await desk.edit(`POST ${path}/import?mode=replace`, 'code,price,tax_code,available\nshay,3,,\n');
    expect((await desk.ask(`GET ${path}/products`)).body).toEqual({ items: [{ code: 'shay', price_minor: 300 }] });
  });

  it('with a bad row is refused whole, and every bad row is named', async () => {
    const { desk, path } = await chain('Bad rows');
    const rows = ['coffee,1,,', 'ghost,1,,', 'shay,1.234,,', 'khubz,-1,,', 'shay,,,maybe', 'coffee,2,,', 'khubz'];
    const refused = await desk.edit(`POST ${path}/import`, ['code,price,tax_code,available', ...rows].join('\n'));
    expectProblem(refused, 422, 'CATALOG_INVALID');
    expect((refused.body as { problems: unknown }).problems).toEqual([
      'line 3: code “ghost” is not among the company’s products',
      'line 4: price “1.234” is not an amount of USD, zero or more, such as 1234.56',
      'line 5: price “-1” is not an amount of USD, zero or more, such as 1234.56',
      'line 6: available “maybe” is neither yes nor no',
      'line 7: code “coffee” is on line 2 already',
      'line 8: has too few columns: no price, tax_code, available',
    ]);
    expect((await desk.ask(`GET ${path}/products`)).body).toEqual({ items: [] });
  });
});

it('ten stores with prices of their own over 5 000 products are published while others are served', async () => {
  const content = {
    ...smallCatalog,
    products: Array.from({ length: 5000 }, (_, index) => product(`p${String(index)}`)),
  };
  const desk = await Desk.open(office, 'Large chain', content);
  for (let store = 0; store < 10; store += 1) {
    const { enrolment } = await office.enrol('Large chain', office.fleet.add(), `Store ${String(store)}`);
    const put = [{ code: 'p1', price_minor: store }];
    await desk.edit(`POST /v1/catalog-draft/stores/${enrolment.store_id}/products`, { put });
  }
  const publishing = publish(desk);
  expect((await office.ask('GET /health/live')).status).toBe(200);
  await publishing;
  const till = await office.enrol('Large chain', office.fleet.add(), 'Store 7');
  expect(pricesOf(await download(till))[1]).toEqual(['p1', 7]);
}, 60_000);
