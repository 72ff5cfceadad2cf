import { print } from '../../src/hardware/escpos-interpreter.js';
import { content, Till } from './http-fixture.js';

describe('a paper, over HTTP', () => {
  const till = new Till();
  const numbers: string[] = [];

  const fetched = async (path: string): Promise<{ readonly type: string | null; readonly bytes: Buffer }> => {
    const answer = await fetch(till.server.url + path, { headers: { authorization: `Bearer ${till.token}` } });
    return { type: answer.headers.get('content-type'), bytes: Buffer.from(await answer.arrayBuffer()) };
  };
  const receipt = (): string => `/v1/receipts/${numbers[0] ?? ''}`;

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

  it('of a receipt is text of the width that is asked for, in the language that is asked for', async () => {
    const text = async (query: string) => (await till.get(`${receipt()}.txt${query}`)).text;
    expect(await text('')).toContain('TOTAL USD');
    expect((await text('')).split('\n').every((line) => line.length <= 42)).toBe(true);
    expect(await text('?language=fr&paper=58mm')).toContain('Reçu');
    expect(await text('?language=ar&numerals=arabic-indic')).toContain('١٫٠٠');
  });

  it('of a receipt is a picture as wide as the roll has dots', async () => {
    for (const [paper, dots] of [
      ['58mm', 384],
      ['80mm', 576],
    ] as const) {
      const { type, bytes } = await fetched(`${receipt()}.png?language=ar&paper=${paper}`);
      expect(type).toBe('image/png');
      expect(bytes.subarray(1, 4).toString()).toBe('PNG');
      expect(bytes.readUInt32BE(16)).toBe(dots);
    }
  });

  it('of a receipt is bytes for a printer, which start anew and cut the paper', async () => {
    const { type, bytes } = await fetched(`${receipt()}.escpos?code_page=PC858`);
    expect(type).toBe('application/octet-stream');
    expect(bytes.subarray(0, 2)).toEqual(Buffer.from([0x1b, 0x40]));
    expect(bytes.includes(Buffer.from([0x1d, 0x76, 0x30]))).toBe(true);
    expect(bytes.includes(Buffer.from([0x1d, 0x56]))).toBe(true);
  });

  it('of a receipt says which letter no font has, and leaves no line out', async () => {
    const { head } = till;
    const answer = await till.get(`/v1/receipts/${numbers[1] ?? ''}.png`);
    expect(answer).toMatchObject({ status: 422, body: { code: 'PAPER_UNFIT', fault: 'GLYPH_MISSING' } });
    expect((await till.get(`/v1/receipts/${numbers[1] ?? ''}.txt`)).text).toContain('Smile');
    expect(till.head).toEqual(head);
  });

  it('of a receipt is refused when it is not there, for a roll that nobody makes, and to nobody', async () => {
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

  it.each([
    ['an X report', () => '/v1/sessions/current/x-report', { en: 'X REPORT', fr: 'RAPPORT X' }],
    [
      'a Z report',
      async () => {
        await till.post('/v1/sessions/current/close', { counted: [] });
        return '/v1/z-reports/1';
      },
      { en: 'Z REPORT 1', fr: 'RAPPORT Z 1' },
    ],
  ])('of %s is text, a picture and bytes like that of a receipt', async (_kind, placeOf, title) => {
    const place = await placeOf();
    expect((await till.get(`${place}.txt`)).text).toContain(title.en);
    const text = (await till.get(`${place}.txt?language=fr&paper=58mm`)).text.split('\n');
    expect(text.some((line) => line.trim() === title.fr)).toBe(true);
    expect(Math.max(...text.map(({ length }) => length))).toBe(32);
    const picture = await fetched(`${place}.png?language=ar&paper=58mm`);
    expect([picture.type, picture.bytes.readUInt32BE(16)]).toEqual(['image/png', 384]);
    const { type, bytes } = await fetched(`${place}.escpos?language=fr&paper=58mm&code_page=PC858`);
    const { items, pulses } = print(bytes);
    const lines = items.flatMap((item) => (item.kind === 'line' ? [item.text.trim()] : []));
    expect([type, pulses, items.at(-1)?.kind]).toEqual(['application/octet-stream', [], 'cut']);
    expect(lines).toContain(title.fr);
    for (const kind of ['txt', 'png', 'escpos']) {
      expect(await till.get(`${place}.${kind}?paper=a4`)).toMatchObject({ body: { code: 'QUERY_INVALID' } });
      expect(await till.get(`${place}.${kind}`, { token: null })).toMatchObject({ status: 401 });
    }
  });

  it('of a report that is not there is refused', async () => {
    for (const kind of ['txt', 'png', 'escpos']) {
      expect(await till.get(`/v1/z-reports/7.${kind}`)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
      expect(await till.get(`/v1/sessions/current/x-report.${kind}`)).toMatchObject({
        status: 404,
        body: { code: 'SESSION_NOT_OPEN' },
      });
    }
  });
});
