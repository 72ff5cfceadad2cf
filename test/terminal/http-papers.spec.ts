import { content, Till } from './http-fixture.js';

describe('a receipt as paper, over HTTP', () => {
  const till = new Till();
  const numbers: string[] = [];

  const sell = async (code: string): Promise<void> => {
    const sold = await till.post('/v1/sales', { lines: [{ code }], tenders: [{ method: 'cash', amount_minor: 100 }] });
    numbers.push(String(sold.body['receipt_number']));
  };
  const product = (code: string, name: string) => ({
    ...{ code, name, category: null, price_minor: 100, tax_code: 'VAT', barcodes: [] },
  });

  beforeAll(async () => {
    const products = [product('bread', 'خبز عربي'), product('smile', 'Smile 😀')];
    await till.start({ catalog: { ...content, products } });
    await till.signIn('1', 'pin-1111');
    await till.post('/v1/sessions', { float: [] });
    await sell('bread');
    await sell('smile');
  });
  afterAll(async () => {
    await till.stop();
    till.remove();
  });

  it('is text of the width that is asked for, in the language that is asked for', async () => {
    const text = async (query: string) => (await till.get(`/v1/receipts/${numbers[0] ?? ''}.txt${query}`)).text;
    expect(await text('')).toContain('TOTAL USD');
    expect((await text('')).split('\n').every((line) => line.length <= 42)).toBe(true);
    expect(await text('?language=fr&paper=58mm')).toContain('Reçu');
    expect(await text('?language=ar&numerals=arabic-indic')).toContain('١٫٠٠');
  });

  it('is a picture as wide as the paper has dots', async () => {
    for (const [paper, dots] of [
      ['58mm', 384],
      ['80mm', 576],
    ] as const) {
      const url = `${till.server.url}/v1/receipts/${numbers[0] ?? ''}.png?language=ar&paper=${paper}`;
      const answer = await fetch(url, { headers: { authorization: `Bearer ${till.token}` } });
      expect(answer.headers.get('content-type')).toBe('image/png');
      const bytes = Buffer.from(await answer.arrayBuffer());
      expect(bytes.subarray(1, 4).toString()).toBe('PNG');
      expect(bytes.readUInt32BE(16)).toBe(dots);
    }
  });

  it('is bytes for a printer, which start anew and cut the paper', async () => {
    const url = `${till.server.url}/v1/receipts/${numbers[0] ?? ''}.escpos?code_page=PC858`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${till.token}` } });
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(bytes.subarray(0, 2)).toEqual(Buffer.from([0x1b, 0x40]));
    expect(bytes.includes(Buffer.from([0x1d, 0x76, 0x30]))).toBe(true);
    expect(bytes.includes(Buffer.from([0x1d, 0x56]))).toBe(true);
  });

  it('says which letter no font has, and leaves no line out', async () => {
    const { head } = till;
    const answer = await till.get(`/v1/receipts/${numbers[1] ?? ''}.png`);
    expect(answer).toMatchObject({ status: 422, body: { code: 'PAPER_UNFIT', fault: 'GLYPH_MISSING' } });
    expect((await till.get(`/v1/receipts/${numbers[1] ?? ''}.txt`)).text).toContain('Smile');
    expect(till.head).toEqual(head);
  });

  it('is refused for a receipt that is not there, a roll that nobody makes, and nobody', async () => {
    for (const kind of ['txt', 'png', 'escpos']) {
      expect(await till.get(`/v1/receipts/XXXX-000001.${kind}`)).toMatchObject({
        status: 404,
        body: { code: 'NOT_FOUND' },
      });
      const path = `/v1/receipts/${numbers[0] ?? ''}.${kind}`;
      expect(await till.get(`${path}?paper=a4`)).toMatchObject({ status: 400, body: { code: 'QUERY_INVALID' } });
      expect(await till.get(path, { token: null })).toMatchObject({ status: 401 });
    }
  });
});
