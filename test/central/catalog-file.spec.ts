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
    const cells = exported.text.split(/[\r\n,]+/u);
    expect(cells.filter((cell) => /^"?[=+\-@\t]/u.test(cell))).toEqual([]);
    expect(exported.text).toContain(`"'=HYPERLINK(""http://evil"")"`);
    const imported = await desk.edit('POST /v1/catalog-draft/import', exported.text);
    expect([imported.status, imported.body]).toEqual([200, { revision: 2, products_count: nasty.length }]);
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
      'e,Comma,,"1,5",vat,',
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
