import fc from 'fast-check';
import { type Catalog, makeCatalog } from '../../src/catalog/catalog.js';
import { Desk, product } from './desk.js';
import { expectProblem, Office, smallCatalog } from './office.js';

let office: Office;
beforeAll(async () => {
  office = await Office.start();
}, 60_000);
afterAll(() => office.stop());

describe('a file of products', () => {
  const header = 'code,name,category,price,tax_code,barcodes';

  it('is opened by a spreadsheet without running anything, and comes back unchanged', async () => {
    const nasty = [
      '=HYPERLINK("http://evil")',
      '+1',
      '-2+3',
      '@x',
      "'=quoted",
      "''@x",
      'a"b,c',
      "'plain",
      'x;=1+1',
      "x;'=1",
      '|pipe|',
      'قهوة',
    ];
    const products = nasty.map((name, index) =>
      product(`${name.slice(0, 3)}${String(index)}`, {
        name,
        category: name,
        barcodes: [`-${String(index)}`, `b${String(index)}`],
        prices: [{ from: '2027-01-01', price_minor: 7 }],
      }),
    );
    const desk = await Desk.open(office, 'Spreadsheet', { ...smallCatalog, products });
    const exported = await desk.ask('GET /v1/catalog-draft/products.csv');
    expect(exported.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const cells = exported.text.split(/[\r\n,;]+/u);
    expect(cells.filter((cell) => /^"?[=+\-@\t]/u.test(cell))).toEqual([]);
    expect(exported.text).toContain(`"'=HYPERLINK(""http://evil"")"`);
    const imported = await desk.edit('POST /v1/catalog-draft/import', exported.text);
    expect([imported.status, imported.body]).toEqual([
      200,
      { revision: 2, products_count: nasty.length, added_count: 0, changed_count: 0, removed_count: 0 },
    ]);
    expect((await desk.ask('GET /v1/catalog-draft/changes')).body).toMatchObject({ count: 0 });
    expect((await desk.ask('GET /v1/catalog-draft/products.csv')).text).toBe(exported.text);
  });

  it('replaces the products, or adds to them, exact to the last unit of the currency', async () => {
    const desk = await Desk.open(office, 'Import');
    const csv = `${header}\r\ncoffee,Coffee,Drinks,3.5,vat,54490001\r\nnew,"New, ""fresh""",,1234567.89,vat,1|2|3\r\n`;
    expect((await desk.edit('POST /v1/catalog-draft/import?mode=merge', csv)).body).toMatchObject({
      products_count: 2,
    });
    expect(await desk.view()).toMatchObject({ products_count: 4 });
    expect((await desk.edit('POST /v1/catalog-draft/import', csv)).body).toMatchObject({ products_count: 2 });
    const { body } = await desk.ask('GET /v1/catalog-draft/products');
    expect(body).toMatchObject({
      items: [
        { code: 'coffee', price_minor: 350 },
        { code: 'new', name: 'New, "fresh"', category: null, price_minor: 123_456_789, barcodes: ['1', '2', '3'] },
      ],
    });
  });

  it('with a bad row is refused whole, and every bad row is named', async () => {
    const desk = await Desk.open(office, 'Bad file');
    const before = await desk.view();
    const rows = [
      header,
      'ok,Fine,,1.00,vat,',
      'a,Half a cent,,0.005,vat,',
      'b,,,1,vat,',
      'c,No tax,,1,gone,',
      'ok,Again,,1,vat,',
      'd,Negative,,-1,vat,',
      'e,Thousands,,"1,500",vat,',
      'f,Short',
    ];
    const refused = await desk.edit('POST /v1/catalog-draft/import', rows.join('\n'));
    expectProblem(refused, 422, 'CATALOG_INVALID');
    const { problems } = refused.body as { problems: string[] };
    expect(problems.map((problem) => /^line (\d+)/u.exec(problem)?.[1])).toEqual(['3', '4', '5', '6', '7', '8', '9']);
    for (const csv of ['', 'code,name\nx,y\n', `${header}\n"unclosed`]) {
      expectProblem(await desk.edit('POST /v1/catalog-draft/import', csv), 422, 'CATALOG_INVALID');
    }
    expectProblem(await desk.edit('POST /v1/catalog-draft/import?mode=mix', header), 400, 'QUERY_INVALID');
    expectProblem(await desk.edit('POST /v1/catalog-draft/import', { csv: header }), 415, 'MEDIA_TYPE_UNSUPPORTED');
    expectProblem(await desk.edit('POST /v1/catalog-draft/products', header), 415, 'MEDIA_TYPE_UNSUPPORTED');
    expect(await desk.view()).toEqual(before);
  });

  it('of a spreadsheet of another country is taken as it was meant: semicolons, decimal commas, UTF-16, blank rows', async () => {
    const desk = await Desk.open(office, 'Countries');
    const head = header.toUpperCase().replaceAll(',', ';');
    const csv = [head, 'qahwa;قهوة;Café;3,50;vat;1|2', 'shay;شاي;;2;vat;', ';;;;;'].join('\r\n');
    const files = [
      Buffer.from(`\uFEFF${csv}\r\n`),
      Buffer.from(`sep=;\r\n${csv}`),
      Buffer.from(`\uFEFF${csv.replaceAll(';', '\t')}`, 'utf16le'),
    ];
    for (const body of files) {
      const headers = { authorization: `Bearer ${desk.token}`, 'content-type': 'text/csv', 'if-match': '*' };
      const url = `${office.central.url}/v1/catalog-draft/import`;
      const answer = await fetch(url, { method: 'POST', headers, body });
      expect([answer.status, await answer.json()]).toMatchObject([200, { products_count: 2 }]);
      expect((await desk.ask('GET /v1/catalog-draft/products')).body).toEqual({
        items: [
          product('qahwa', { name: 'قهوة', category: 'Café', price_minor: 350, barcodes: ['1', '2'] }),
          product('shay', { name: 'شاي', price_minor: 200 }),
        ],
      });
    }
  });

  it('says of each bad row everything that is wrong in which column, also what a spreadsheet did to it', async () => {
    const desk = await Desk.open(office, 'Columns');
    const rows = [
      'a,,,1.234,gone,5.90123E+12',
      'b,Not quoted,,1,vat,8,9',
      'c,Twice,,1,vat,7|7',
      'd,Barcode of before,,1,vat,7',
      'e,Thousands,,"1,500",vat,',
      'f,Short,,1',
    ];
    const refused = await desk.edit('POST /v1/catalog-draft/import', [header, ...rows].join('\n'));
    expect((refused.body as { problems: unknown }).problems).toEqual([
      'line 2: name is empty; barcodes “5.90123E+12” was shortened by a spreadsheet: format the column as text and put the ' +
        'digits in again; price “1.234” is not an amount of USD, zero or more, such as 1234.56; tax_code “gone” is not in ' +
        'the catalog in use',
      'line 3: has more columns than the header, such as “9”: a cell with a separator in it is quoted',
      'line 4: barcodes “7” is there twice',
      'line 5: barcodes “7” is on line 4 already',
      'line 6: price “1,500” is not an amount of USD, zero or more, such as 1234.56',
      'line 7: has too few columns: no barcodes, tax_code',
    ]);
    const wrong = await desk.edit('POST /v1/catalog-draft/import', 'article;libellé\nx;y\n');
    expect(wrong.text).toContain('its first row is “article libellé”');
  });

  it('tells how many products are new, changed and gone, so that an empty file is noticed', async () => {
    const desk = await Desk.open(office, 'Counts');
    const csv = `${header}\ncoffee,Coffee,Drinks,3.50,vat,54490001\nshay,شاي,Drinks,9,vat,\nnew,New,,1,vat,\n`;
    expect((await desk.edit('POST /v1/catalog-draft/import', csv)).body).toMatchObject({
      ...{ products_count: 3, added_count: 1, changed_count: 1, removed_count: 1 },
    });
    expect((await desk.edit('POST /v1/catalog-draft/import?mode=merge', csv)).body).toMatchObject({
      ...{ products_count: 3, added_count: 0, changed_count: 0, removed_count: 0 },
    });
    expect((await desk.edit('POST /v1/catalog-draft/import', `${header}\n`)).body).toMatchObject({
      ...{ products_count: 0, removed_count: 3 },
    });
  });

  it('holds the dated prices, which come back from a spreadsheet in Arabic too', async () => {
    const prices = [{ from: '2027-01-01', price_minor: 400 }];
    const desk = await Desk.open(office, 'Dated');
    await desk.edit('POST /v1/catalog-draft/products', { put: [product('qahwa', { name: 'قهوة', prices })] });
    const url = `${office.central.url}/v1/catalog-draft/products.csv?separator=semicolon`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${desk.token}` } });
    const bytes = Buffer.from(await answer.arrayBuffer());
    // Without the mark a spreadsheet shows Arabic in the letters of another country.
    expect(bytes.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    const csv = bytes.toString('utf8');
    expect(csv).toContain('qahwa;قهوة;;1.00;2027-01-01=4.00;vat;\r\n');
    expect((await desk.edit('POST /v1/catalog-draft/import', csv)).body).toMatchObject({ changed_count: 0 });
    const raised = csv.replace('2027-01-01=4.00', '2027-01-01=4,50|2027-03-01=5');
    expect((await desk.edit('POST /v1/catalog-draft/import', raised)).body).toMatchObject({ changed_count: 1 });
    const { body } = await desk.ask('GET /v1/catalog-draft/products?search=qahwa');
    const after = [...prices.map((one) => ({ ...one, price_minor: 450 })), { from: '2027-03-01', price_minor: 500 }];
    expect(body).toMatchObject({ items: [{ prices: after }] });
    for (const bad of ['2027-02-30=1', '2027-01-01', '2027-01-02=1|2027-01-01=1', '2027-01-01=x']) {
      const refused = await desk.edit('POST /v1/catalog-draft/import', csv.replace('2027-01-01=4.00', bad));
      expect((refused.body as { problems: string[] }).problems[0]).toMatch(/^line 4: prices /u);
    }
    const unmarked = await desk.ask('GET /v1/catalog-draft/products.csv?separator=bar');
    expectProblem(unmarked, 400, 'QUERY_INVALID');
  });

  it('comes back unchanged whatever its products are called', async () => {
    const desk = await Desk.open(office, 'Any');
    const text = fc
      .string({ unit: fc.constantFrom(...Array.from(`'=+-@"|, a7ق;%`)), minLength: 1, maxLength: 12 })
      .map((any) => any.trim())
      .filter((any) => any !== '');
    const barcode = fc.string({ unit: fc.constantFrom(...Array.from(`'=-@7a,"`)), minLength: 1, maxLength: 8 });
    const products = fc.uniqueArray(
      fc.record({ code: text, name: text, category: fc.option(text), price_minor: fc.nat(9_999_999) }),
      { selector: ({ code }) => code, maxLength: 12 },
    );
    const run = async (some: { code: string }[], codes: string[]): Promise<void> => {
      const put = some.map((one, index) => product(one.code, { ...one, barcodes: codes.slice(index, index + 1) }));
      const whole = { ...smallCatalog, products: put };
      try {
        makeCatalog(1, whole);
      } catch {
        return;
      }
      await desk.edit('POST /v1/catalog-draft/import', header);
      expect((await desk.edit('POST /v1/catalog-draft/products', { put })).status).toBe(200);
      const { text: csv } = await desk.ask('GET /v1/catalog-draft/products.csv');
      const list = (await desk.ask('GET /v1/catalog-draft/products')).body;
      expect((await desk.edit('POST /v1/catalog-draft/import', csv)).body).toMatchObject({
        products_count: put.length,
      });
      expect((await desk.ask('GET /v1/catalog-draft/products')).body).toEqual(list);
    };
    await fc.assert(fc.asyncProperty(products, fc.uniqueArray(barcode, { maxLength: 12 }), run), { numRuns: 40 });
  });
});

describe('a catalog of 50 000 products', () => {
  it('is imported, published and downloaded in seconds', async () => {
    const rows = Array.from(
      { length: 50_000 },
      (_, index) =>
        `p${String(index)},Product number ${String(index)},Shelf ${String(index % 50)},${String(index % 900)}.50,vat,${String(6_000_000_000_000 + index)}`,
    );
    const desk = await Desk.open(office, 'Large');
    const { enrolment } = await office.enrol('Large');
    const timed = async <Result>(work: () => Promise<Result>): Promise<{ ms: number; result: Result }> => {
      const from = performance.now();
      const result = await work();
      return { ms: Math.round(performance.now() - from), result };
    };
    const csv = ['code,name,category,price,tax_code,barcodes', ...rows].join('\n');
    const imported = await timed(() => desk.edit('POST /v1/catalog-draft/import', csv));
    expect(imported.result.body).toMatchObject({ products_count: 50_000 });
    const published = await timed(() => desk.edit('POST /v1/catalog-draft/publish'));
    expect(published.result.body).toMatchObject({ catalog_version: 2 });
    const downloaded = await timed(() => office.ask('GET /v1/catalog?since=1', { token: enrolment.token }));
    expect((downloaded.result.body as Catalog).content.products).toHaveLength(50_000);
    const bytes = Number(downloaded.result.headers.get('content-length'));
    const none = await timed(() => office.ask('GET /v1/catalog?since=2', { token: enrolment.token }));
    expect(none.result.status).toBe(304);
    const ms = [imported, published, downloaded, none].map((one) => one.ms);
    process.stdout.write(
      `50 000 products: import, publish, download, 304 in ${ms.join(', ')} ms; ${String(bytes)} bytes\n`,
    );
    expect(Math.max(...ms)).toBeLessThan(30_000);
  });
});
