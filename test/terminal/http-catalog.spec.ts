import type { EventData } from '../../src/domain/event.js';
import { content, Till } from './http-fixture.js';

let till: Till;
beforeEach(async () => {
  till = await new Till().start();
  await till.signIn('9', 'pin-9999');
});
afterEach(async () => {
  await till.stop();
  till.remove();
});

const header = 'code,name,category,price,tax_code,tax_rate,barcodes';
const file = (...rows: readonly string[]): string => [header, ...rows, ''].join('\r\n');
const csv = { headers: { 'content-type': 'text/csv; charset=utf-8' } };
const importing = (raw: string, query = '', special: object = {}) =>
  till.post(`/v1/catalog/import${query}`, undefined, { raw, ...csv, ...special });
const codesIn = async (query: string): Promise<readonly string[]> =>
  ((await till.get(`/v1/catalog?${query}`)).body['products'] as { code: string }[]).map(({ code }) => code);

const rows = [
  'tea,شاي,Drinks,1.25,VAT,,6281000000014|6281000000021',
  '"bread, white",Bread,,0.8,,0,',
  'juice,"Juice ""fresh""",Drinks,3,,11%,6281000000038 6281000000045',
  'wine,Wine,Drinks,12.00,,16.5,',
];

/** Nothing may have changed, neither the log nor what is sold. */
const unchanged = async (asked: () => Promise<{ status: number; body: Record<string, unknown> }>) => {
  const before = { head: till.head, catalog: till.terminal.recorder.catalog.content };
  const answer = await asked();
  expect({ head: till.head, catalog: till.terminal.recorder.catalog.content }).toEqual(before);
  return answer;
};

describe('A file of products', () => {
  it('takes the place of those in use; staff, settings, methods and taxes stay', async () => {
    const { version, content: before } = till.terminal.recorder.catalog;
    expect(await importing(file(...rows))).toMatchObject({
      status: 201,
      body: { catalog_version: version - 1, products: 4 },
    });
    const { content: after } = till.terminal.recorder.catalog;
    expect({ ...after, products: [], taxes: [] }).toEqual({ ...before, products: [], taxes: [] });
    expect(after?.taxes).toEqual([
      ...content.taxes,
      { tax_code: '0%', name: '0 %', rate_ppm: 0, mode: 'inclusive' },
      { tax_code: '16.5%', name: '16.5 %', rate_ppm: 165_000, mode: 'inclusive' },
    ]);
    const none = { category: null, barcodes: [] };
    expect(after?.products).toEqual([
      {
        code: 'tea',
        name: 'شاي',
        category: 'Drinks',
        price_minor: 125,
        tax_code: 'VAT',
        barcodes: ['6281000000014', '6281000000021'],
      },
      { ...none, code: 'bread, white', name: 'Bread', price_minor: 80, tax_code: '0%' },
      {
        code: 'juice',
        name: 'Juice "fresh"',
        category: 'Drinks',
        price_minor: 300,
        tax_code: 'VAT',
        barcodes: ['6281000000038', '6281000000045'],
      },
      { ...none, code: 'wine', name: 'Wine', category: 'Drinks', price_minor: 1200, tax_code: '16.5%' },
    ]);
    expect(till.recorded('CatalogApplied').at(-1)).toMatchObject({
      staff_id: 's-9',
      data: { catalog_version: version - 1, previous_version: version, products: 4 },
    });
    expect(await codesIn('search=6281000000045')).toEqual(['juice']);
    expect(await till.signIn('1', 'pin-1111')).toMatchObject({ status: 200 });
  });

  it('is imported once under one key, and another file under the same key is refused', async () => {
    const first = await importing(file(...rows), '', { key: 'k' });
    const { head } = till;
    expect(await importing(file(...rows), '', { key: 'k' })).toMatchObject({ status: 201, body: first.body });
    expect(till.head).toEqual(head);
    expect(await unchanged(() => importing(file(rows[0] ?? ''), '', { key: 'k' }))).toMatchObject({
      status: 409,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
  });

  it('counts its versions down, and is sold from at once', async () => {
    const versions = [1, 2, 3].map(async (price) => importing(file(`tea,Tea,,${price},VAT,,`)));
    const answers = await Promise.all(versions);
    expect(answers.map(({ body }) => body['catalog_version'])).toEqual([-2, -3, -4]);
    await till.post('/v1/sessions', { float: [] });
    const sale = { lines: [{ code: 'tea' }], tenders: [{ method: 'cash', amount_minor: 300 }] };
    expect(await till.post('/v1/sales', sale)).toMatchObject({ status: 201, body: { total_minor: 300 } });
  });

  it.each<[string, string, string, readonly [number, string][]]>([
    ['an empty file', '', '', [[1, 'empty']]],
    ['a file without prices', 'code,name,category,barcodes\na,A,,\n', '', [[1, 'price']]],
    ['a column twice', `${header},code\n`, '', [[1, 'code']]],
    ['a quote that does not end', file('a,"A,,1,VAT,,'), '', [[3, 'CSV']]],
    ['a row with too few cells', file('a,A,,1'), '', [[2, 'too few']]],
    ['a row without a tax', file('a,A,,1,,,'), '', [[2, 'tax_rate']]],
    ['a row with two taxes', file('a,A,,1,VAT,11,'), '', [[2, 'tax_rate']]],
    ['an unknown tax', file('a,A,,1,GST,,'), '', [[2, 'GST']]],
    ['a rate that is none', file('a,A,,1,,11.00001,'), '', [[2, '11.00001']]],
    ['a rate below zero', file('a,A,,1,,-1,'), '', [[2, '-1']]],
    [
      'prices that are none',
      file(
        'a,A,,1.005,VAT,,',
        'b,B,,-1,VAT,,',
        'c,C,,"1,500",VAT,,',
        'd,D,,١,VAT,,',
        'e,E,,,VAT,,',
        'f,F,,1e3,VAT,,',
        'g,G,,99999999999999,VAT,,',
      ),
      '',
      [2, 3, 4, 5, 6, 7, 8].map((line) => [line, 'price']),
    ],
    ['three decimals that dollars lack and dinars have', file('a,A,,1.005,VAT,,'), '?currency=USD', [[2, 'USD']]],
    ['a code twice', file('a,A,,1,VAT,,', 'b,B,,1,VAT,,', 'a,C,,1,VAT,,'), '', [[4, 'line 2']]],
    ['a barcode of another product', file('a,A,,1,VAT,,77', 'b,B,,1,VAT,,76|77'), '', [[3, 'line 2']]],
    ['a barcode that is a code', file('77,A,,1,VAT,,', 'b,B,,1,VAT,,77'), '', [[3, 'line 2']]],
    ['a barcode twice in one row', file('a,A,,1,VAT,,77|77'), '', [[2, 'twice']]],
    [
      'empty texts',
      file(' ,A,,1,VAT,,', 'b, ,,1,VAT,,'),
      '',
      [
        [2, 'code'],
        [3, 'name'],
      ],
    ],
    [
      'long texts',
      file(
        `${'x'.repeat(201)},A,,1,VAT,,`,
        `b,${'x'.repeat(501)},,1,VAT,,`,
        `c,C,${'x'.repeat(201)},1,VAT,,`,
        `d,D,,1,VAT,,${'7'.repeat(101)}`,
      ),
      '',
      [
        [2, 'code'],
        [3, 'name'],
        [4, 'category'],
        [5, 'barcodes'],
      ],
    ],
    [
      '51 barcodes',
      file(`a,A,,1,VAT,,${Array.from({ length: 51 }, (_, index) => index).join('|')}`),
      '',
      [[2, 'more than 50']],
    ],
    ['control characters', file('a,"A\u0007",,1,VAT,,'), '', [[2, 'control']]],
    ['a name that is not UTF-8', file('a,caf\uFFFD,,1,VAT,,'), '', [[2, 'UTF-8']]],
  ])('with %s is refused whole, and every bad row is named', async (_what, raw, query, faults) => {
    const answer = await unchanged(() => importing(raw, query));
    expect(answer).toMatchObject({ status: 422, body: { code: 'CATALOG_INVALID' } });
    expect(answer.body['errors']).toEqual(
      faults.map(([line, text]) => ({ line, reason: expect.stringContaining(text) as string })),
    );
  });

  it('names the first 100 bad rows among good ones, and counts the rest', async () => {
    const many = Array.from({ length: 300 }, (_, index) => `p${index},P,,${index % 2 === 0 ? 'x' : '1'},VAT,,`);
    const { body } = await unchanged(() => importing(file(...many)));
    expect(body).toMatchObject({ code: 'CATALOG_INVALID', detail: expect.stringContaining('150 rows') as string });
    const errors = body['errors'] as { line: number }[];
    expect(errors.map(({ line }) => line)).toEqual(Array.from({ length: 100 }, (_, index) => 2 + 2 * index));
  });

  it('brings another currency only before the till counts in one', async () => {
    expect(await importing(file('a,A,,1.005,VAT,,'), '?currency=JOD')).toMatchObject({ status: 201 });
    expect(till.terminal.recorder.catalog.content).toMatchObject({
      currency: 'JOD',
      currencies: [{ currency: 'JOD', rate: { numerator: 1, denominator: 1 } }],
      products: [{ price_minor: 1005 }],
      methods: ['card'],
    });
    await till.post('/v1/sessions', { float: [] });
    expect(await unchanged(() => importing(file('a,A,,1,VAT,,'), '?currency=USD'))).toMatchObject({
      status: 409,
      body: { code: 'CURRENCY_CHANGED' },
    });
    expect(await importing(file('a,A,,1.006,VAT,,'))).toMatchObject({ status: 201 });
  });

  it.each([
    ['?currency=XXX', 422, 'UNKNOWN_CURRENCY'],
    ['?currency=usd', 400, 'QUERY_INVALID'],
    ['?money=USD', 400, 'QUERY_INVALID'],
  ])('is refused with %s', async (query, status, code) => {
    expect(await unchanged(() => importing(file(...rows), query))).toMatchObject({ status, body: { code } });
  });
});

describe('Who imports', () => {
  it('is a manager, or has one who approves it', async () => {
    await till.signIn('2', 'pin-2222');
    expect(await unchanged(() => importing(file(...rows)))).toMatchObject({
      status: 403,
      body: { code: 'APPROVAL_REQUIRED', permission: 'catalog_import' },
    });
    const approval = { staff_code: '9', pin: 'pin-9999' };
    expect(await till.post('/v1/catalog/import', { csv: file(...rows), approval })).toMatchObject({ status: 201 });
    expect(till.recorded('CatalogApplied').at(-1)).toMatchObject({ staff_id: 's-2', approved_by: 's-9' });
  });

  it('is signed in, sends a key, and is no other web page', async () => {
    const send = (special: object) => unchanged(() => importing(file(...rows), '', special));
    expect(await send({ token: null })).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    expect(await send({ key: null })).toMatchObject({ status: 400, body: { code: 'IDEMPOTENCY_KEY_MISSING' } });
    expect(await send({ headers: { ...csv.headers, origin: 'http://evil.example' } })).toMatchObject({
      status: 403,
      body: { code: 'ORIGIN_FORBIDDEN' },
    });
    expect(await till.sendTo('evil.example', 'POST', '/v1/catalog/import', '{}')).toMatchObject({ status: 421 });
  });

  it('does so with a file of products, and nothing else takes one', async () => {
    expect(await till.post('/v1/sales', undefined, { raw: file(...rows), ...csv })).toMatchObject({
      status: 415,
      body: { code: 'MEDIA_TYPE_UNSUPPORTED' },
    });
    expect(await till.post('/v1/catalog/import', { text: 'x' })).toMatchObject({
      status: 422,
      body: { code: 'VALIDATION_FAILED' },
    });
    const large = `${file(...rows)}${'\n'.repeat(16 * 1024 * 1024)}`;
    expect(await unchanged(() => importing(large))).toMatchObject({ status: 413, body: { code: 'BODY_TOO_LARGE' } });
  });

  it('does so only until central says what is sold', async () => {
    const tenant_id = '7e570000-0000-4000-8000-000000000001';
    const data: EventData['TerminalEnrolled'] = { tenant_id, store_id: tenant_id, tenant_name: 'T', store_name: 'S' };
    till.terminal.recorder.record({ key: null, body: null, staff_id: null }, () => ({
      decided: [{ type: 'TerminalEnrolled', data }],
      answer: () => null,
    }));
    expect(await unchanged(() => importing(file(...rows)))).toMatchObject({ status: 409, body: { code: 'ENROLLED' } });
  });
});

describe('The catalog', () => {
  it('is searched by words in any writing, category, code and barcode, page by page', async () => {
    await importing(
      file(
        'a1,قَهوة عربية,مشروبات,1,VAT,,6281000000014',
        'a2,Coffee,مشروبات,1,VAT,,',
        'a3,Café,Food,1,VAT,,',
        'b1,Tea,Food,1,VAT,,',
      ),
    );
    expect(await codesIn(`search=${encodeURIComponent('قهوه')}`)).toEqual(['a1']);
    expect(await codesIn('search=caf')).toEqual(['a3']);
    expect(await codesIn('search=A')).toEqual(['a3', 'a2', 'a1']);
    expect(await codesIn(`search=A&category=${encodeURIComponent('مشروبات')}`)).toEqual(['a2', 'a1']);
    expect(await codesIn('search=6281000000014')).toEqual(['a1']);
    expect(await codesIn('limit=2')).toEqual(['a3', 'a2']);
    expect(await codesIn('limit=2&after=a2')).toEqual(['b1', 'a1']);
    expect(await codesIn('after=a1')).toEqual([]);
    expect((await till.get('/v1/catalog?limit=1')).body).toMatchObject({
      business_date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/u) as string,
      products: [{ code: 'a3', name: 'Café', category: 'Food', price_minor: 100, tax_code: 'VAT' }],
    });
    for (const query of ['limit=0', 'limit=1001', 'limit=x', 'order=name', `search=${'x'.repeat(201)}`]) {
      expect(await till.get(`/v1/catalog?${query}`)).toMatchObject({ status: 400, body: { code: 'QUERY_INVALID' } });
    }
  });
});
