import { verify } from '@node-rs/argon2';
import { Desk, product } from './desk.js';
import { expectProblem, Office, smallCatalog } from './office.js';

let office: Office;
beforeAll(async () => {
  office = await Office.start();
}, 60_000);
afterAll(() => office.stop());

const samir = { staff_code: '7', name: 'Samir', role: 'cashier' };
const { products: _products, staff: _staff, ...smallTerms } = smallCatalog;

describe('the draft of a catalog', () => {
  it('begins as what was published, and is published as the next version with every change', async () => {
    const desk = await Desk.open(office, 'Edits');
    expect(await desk.view()).toMatchObject({ revision: 1, products_count: 3, published_version: 1, currency: 'USD' });
    const prices = [{ from: '2027-01-01', price_minor: 400 }];
    const put = [
      product('coffee', { name: 'Coffee', category: 'Drinks', price_minor: 375, prices }),
      product('za/atar é'),
    ];
    expect((await desk.edit('POST /v1/catalog-draft/products', { put, remove: ['khubz'] })).body).toEqual({
      revision: 2,
    });
    await desk.edit('POST /v1/catalog-draft/categories', { category: 'Drinks', renamed_to: 'Hot drinks' });
    const { currency, currencies, taxes } = smallCatalog;
    const rates = [{ from: '2027-01-01', rate_ppm: 120_000 }];
    const terms = {
      currency,
      currencies,
      methods: [],
      taxes: taxes.map((tax) => ({ ...tax, rates })),
      settings: { lock_after_minutes: 9 },
    };
    expect((await desk.edit('PUT /v1/catalog-draft/terms', terms)).status).toBe(200);
    expect((await desk.ask('GET /v1/catalog-draft/changes')).body).toMatchObject({ since: 1, count: 7 });
    const published = await desk.edit('POST /v1/catalog-draft/publish');
    expect([published.status, published.body]).toEqual([201, { catalog_version: 2, revision: 5 }]);
    const { content, catalog_version } = await desk.downloaded();
    expect(catalog_version).toBe(2);
    expect(content).toMatchObject(terms);
    expect(content.products.map(({ code, category }) => [code, category])).toEqual([
      ['coffee', 'Hot drinks'],
      ['shay', 'Hot drinks'],
      ['za/atar é', null],
    ]);
    expect(content.products[0]).toMatchObject({ price_minor: 375, prices });
    expect((await desk.ask('GET /v1/catalog-draft/changes')).body).toMatchObject({ since: 2, count: 0 });
  });

  it('of a company that never published anything is empty, and can be published empty', async () => {
    const token = await office.admin('Nothing yet');
    const view = await office.ask('GET /v1/catalog-draft', { token });
    expect(view.body).toMatchObject({ revision: 1, based_on_version: 0, products_count: 0, staff: [] });
    expect(view.headers.get('etag')).toBe('"1"');
    const published = await office.ask('POST /v1/catalog-draft/publish', { token, headers: { 'if-match': '*' } });
    expect(published.body).toMatchObject({ catalog_version: 1 });
  });

  it('does not let one person undo unseen what another changed', async () => {
    const desk = await Desk.open(office, 'Race');
    const edit = (code: string) =>
      desk.ask('POST /v1/catalog-draft/products', { put: [product(code)] }, { 'if-match': '"1"' });
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map(edit));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
    const lost = answers.find(({ status }) => status === 412);
    if (!lost) throw new Error('Somebody lost.');
    expectProblem(lost, 412, 'DRAFT_CHANGED');
    expect(lost.headers.get('etag')).toBe('"2"');
    expectProblem(await desk.ask('POST /v1/catalog-draft/products', { remove: ['shay'] }), 428, 'REVISION_MISSING');
    expect(await desk.view()).toMatchObject({ revision: 2, products_count: 4 });
  });

  it('is not published while anything in it does not fit, and every problem is named', async () => {
    const desk = await Desk.open(office, 'Broken');
    const put = [
      product('a', { tax_code: 'lost' }),
      product('b', { barcodes: ['54490001'] }),
      product('c', {
        prices: [
          { from: '2027-02-01', price_minor: 1 },
          { from: '2027-01-01', price_minor: 2 },
        ],
      }),
    ];
    await desk.edit('POST /v1/catalog-draft/products', { put });
    const refused = await desk.edit('POST /v1/catalog-draft/publish');
    expectProblem(refused, 422, 'CATALOG_INVALID');
    expect((refused.body as { problems: string[] }).problems).toEqual([
      expect.stringContaining('54490001'),
      expect.stringContaining('“a” has the tax “lost”'),
      expect.stringContaining('2027-01-01'),
    ]);
    expect(await desk.view()).toMatchObject({ revision: 2, published_version: 1 });
    expect((await desk.downloaded()).catalog_version).toBe(1);
  });

  it.each<[string, string, object, string]>([
    [
      'a price below zero',
      'POST /v1/catalog-draft/products',
      { put: [product('x', { price_minor: -1 })] },
      'REQUEST_INVALID',
    ],
    [
      'half a cent',
      'POST /v1/catalog-draft/products',
      { put: [product('x', { price_minor: 0.5 })] },
      'REQUEST_INVALID',
    ],
    [
      'a price as text',
      'POST /v1/catalog-draft/products',
      { put: [product('x', { price_minor: '1' })] },
      'REQUEST_INVALID',
    ],
    [
      'an unknown field',
      'POST /v1/catalog-draft/products',
      { put: [product('x', { colour: 'red' })] },
      'REQUEST_INVALID',
    ],
    [
      'a tab in a name',
      'POST /v1/catalog-draft/products',
      { put: [product('x', { name: 'a\tb' })] },
      'REQUEST_INVALID',
    ],
    ['a space at an end', 'POST /v1/catalog-draft/products', { put: [product(' x')] }, 'REQUEST_INVALID'],
    [
      'a barcode of two',
      'POST /v1/catalog-draft/products',
      { put: [product('x', { barcodes: ['1|2'] })] },
      'REQUEST_INVALID',
    ],
    ['a code twice', 'POST /v1/catalog-draft/products', { put: [product('x'), product('x')] }, 'REQUEST_INVALID'],
    ['half a character', 'POST /v1/catalog-draft/products', { put: [product('\ud800')] }, 'REQUEST_INVALID'],
    ['another base currency', 'PUT /v1/catalog-draft/terms', { ...smallTerms, currency: 'JOD' }, 'REQUEST_INVALID'],
    ['a currency that is none', 'PUT /v1/catalog-draft/terms', { ...smallTerms, currency: 'XXQ' }, 'REQUEST_INVALID'],
    ['a PIN that is a row', 'POST /v1/catalog-draft/staff', { put: [{ ...samir, pin: '1234' }] }, 'PIN_WEAK'],
    [
      'a short PIN of a manager',
      'POST /v1/catalog-draft/staff',
      { put: [{ ...samir, role: 'manager', pin: '5082' }] },
      'PIN_WEAK',
    ],
    [
      'nobody’s staff_id',
      'POST /v1/catalog-draft/staff',
      { put: [{ ...samir, staff_id: 'ghost' }] },
      'REQUEST_INVALID',
    ],
    ['a hash of one’s own', 'POST /v1/catalog-draft/staff', { put: [{ ...samir, pin_hash: 'x' }] }, 'REQUEST_INVALID'],
    ['a reset to nothing', 'POST /v1/catalog-draft/reset', { catalog_version: 99 }, 'CATALOG_UNKNOWN'],
  ])('refuses %s and stays as it was', async (_what, route, body, code) => {
    const desk = await Desk.open(office, 'Refusals');
    const before = await desk.view();
    expectProblem(await desk.edit(route, body), code === 'CATALOG_UNKNOWN' ? 404 : 422, code);
    expect(await desk.view()).toEqual(before);
  });

  it('is searched by name, code, barcode and category, page by page', async () => {
    const desk = await Desk.open(office, 'Search');
    const codes = async (query: string): Promise<string[]> =>
      ((await desk.ask(`GET /v1/catalog-draft/products?${query}`)).body as { items: { code: string }[] }).items.map(
        ({ code }) => code,
      );
    expect(await codes('')).toEqual(['coffee', 'khubz', 'shay']);
    expect(await codes('limit=1&after=coffee')).toEqual(['khubz']);
    expect(await codes('search=BREA')).toEqual(['khubz']);
    expect(await codes('search=54490001')).toEqual(['coffee']);
    expect(await codes(`search=${encodeURIComponent('شاي')}`)).toEqual(['shay']);
    expect(await codes('search=%25')).toEqual([]);
    expect(await codes('category=Drinks')).toEqual(['coffee', 'shay']);
    for (const query of ['limit=501', 'sort=name', 'limit=1e9']) {
      expectProblem(await desk.ask(`GET /v1/catalog-draft/products?${query}`), 400, 'QUERY_INVALID');
    }
  });
});

describe('the staff of the draft', () => {
  it('get PINs that open the till, are kept as hashes and are never shown', async () => {
    const desk = await Desk.open(office, 'Staff');
    await desk.edit('POST /v1/catalog-draft/staff', { put: [{ ...samir, pin: '5082' }] });
    const [person] = (await desk.view()).staff;
    expect(person).toEqual({ ...samir, staff_id: expect.any(String) as string, has_pin: true });
    const staff_id = String(person?.['staff_id']);
    expectProblem(
      await desk.edit('POST /v1/catalog-draft/staff', { put: [{ ...samir, staff_id, role: 'manager' }] }),
      422,
      'PIN_WEAK',
    );
    await desk.edit('POST /v1/catalog-draft/staff', { put: [{ ...samir, staff_id, name: 'Samir K.' }] });
    expect((await desk.ask('GET /v1/catalog-draft/changes')).text).not.toContain('argon2');
    await desk.edit('POST /v1/catalog-draft/publish');
    const [published] = (await desk.downloaded()).content.staff;
    expect(published).toMatchObject({ staff_id, name: 'Samir K.', role: 'cashier' });
    expect(await verify(published?.pin_hash ?? '', '5082')).toBe(true);
    await desk.edit('POST /v1/catalog-draft/staff', { put: [{ ...samir, staff_id, pin: null }] });
    expect((await desk.view()).staff).toMatchObject([{ has_pin: false }]);
    const { body, text } = await desk.ask('GET /v1/catalog-draft/changes');
    expect(body).toMatchObject({ items: [{ list: 'staff', key: staff_id, pin_changed: true }] });
    expect(text).not.toContain('argon2');
    await desk.edit('POST /v1/catalog-draft/staff', { remove: [staff_id] });
    expect((await desk.view()).staff).toEqual([]);
  });
});

describe('a published version', () => {
  it('is listed, compared, and published again with the staff of today', async () => {
    const desk = await Desk.open(office, 'Back');
    await desk.edit('POST /v1/catalog-draft/products', { put: [product('coffee', { price_minor: 3500 })] });
    await desk.edit('POST /v1/catalog-draft/staff', { put: [samir] });
    await desk.edit('POST /v1/catalog-draft/publish');
    expect((await desk.ask('POST /v1/catalogs/1/publish')).body).toEqual({ catalog_version: 3 });
    const { content } = await desk.downloaded();
    expect(content).toEqual({ ...smallCatalog, staff: [expect.objectContaining(samir)] });
    expect((await desk.ask('GET /v1/catalogs')).body).toMatchObject({
      items: [
        {
          catalog_version: 3,
          restored_from: 1,
          products_count: 3,
          published_by: expect.stringMatching(/^admin [0-9a-f]{8}$/u) as string,
        },
        { catalog_version: 2, restored_from: null },
        { catalog_version: 1, published_by: 'tillog' },
      ],
    });
    const changes = await desk.ask('GET /v1/catalogs/2/changes');
    expect(changes.body).toMatchObject({
      since: 1,
      count: 2,
      items: [
        { list: 'staff', before: null, after: { name: 'Samir', has_pin: false } },
        { list: 'products', key: 'coffee', before: { price_minor: 350 }, after: { price_minor: 3500 } },
      ],
    });
    expect((await desk.ask('GET /v1/catalogs/3/changes?since=1&limit=5')).body).toMatchObject({ count: 1 });
    expect((await desk.edit('POST /v1/catalog-draft/reset', { catalog_version: 1 })).status).toBe(200);
    expect((await desk.ask('GET /v1/catalog-draft/changes')).body).toMatchObject({ since: 3, count: 0 });
    for (const path of ['0', '99', 'x']) {
      expectProblem(await desk.ask(`POST /v1/catalogs/${path}/publish`), 404, 'CATALOG_UNKNOWN');
    }
  });

  it('that is published again takes back what it takes back: the draft follows, unless somebody works on it', async () => {
    const desk = await Desk.open(office, 'Taken back');
    await desk.edit('POST /v1/catalog-draft/products', { put: [product('coffee', { price_minor: 35 })] });
    await desk.edit('POST /v1/catalog-draft/publish');
    const { revision } = await desk.view();
    await desk.ask('POST /v1/catalogs/1/publish');
    const put = [product('tea')];
    const seen = await desk.ask('POST /v1/catalog-draft/products', { put }, { 'if-match': `"${String(revision)}"` });
    expectProblem(seen, 412, 'DRAFT_CHANGED');
    expect((await desk.ask('GET /v1/catalog-draft/changes')).body).toMatchObject({ since: 3, count: 0 });
    await desk.edit('POST /v1/catalog-draft/products', { put });
    await desk.edit('POST /v1/catalog-draft/publish');
    const { content } = await desk.downloaded();
    expect(content.products.find(({ code }) => code === 'coffee')?.price_minor).toBe(350);
    await desk.edit('POST /v1/catalog-draft/products', { remove: ['tea'] });
    await desk.ask('POST /v1/catalogs/2/publish');
    expect((await desk.ask('GET /v1/catalog-draft/changes')).body).toMatchObject({ since: 5, count: 1 });
  });

  it('is not downloaded again by who has it, also behind a proxy that compresses', async () => {
    const desk = await Desk.open(office, 'Cached');
    const { enrolment } = await office.enrol(desk.tenant);
    const first = await office.ask('GET /v1/catalog', { token: enrolment.token });
    const etag = String(first.headers.get('etag'));
    for (const tags of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = { token: enrolment.token, headers: { 'if-none-match': tags } };
      expect((await office.ask('GET /v1/catalog', again)).status).toBe(304);
    }
  });

  it('is compressed once when it is published, and read unpacked by who cannot inflate', async () => {
    const desk = await Desk.open(office, 'Packed');
    const { enrolment } = await office.enrol('Packed');
    const get = (encoding: string) =>
      fetch(`${office.central.url}/v1/catalog?since=0`, {
        headers: { authorization: `Bearer ${enrolment.token}`, 'accept-encoding': encoding },
      });
    const packed = await get('gzip');
    const [{ bytes }] = ((await desk.ask('GET /v1/catalogs')).body as { items: [{ bytes: number }] }).items;
    expect([packed.headers.get('content-encoding'), packed.headers.get('content-length')]).toEqual([
      'gzip',
      String(bytes),
    ]);
    expect(await (await get('identity')).json()).toEqual(await packed.json());
  });
});
