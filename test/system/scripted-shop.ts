import type { CatalogContent } from '../../src/catalog/catalog.js';
import { type Answer, content as shop, Till } from '../terminal/http-fixture.js';

export const catalog: CatalogContent = {
  ...shop,
  settings: {
    embedded_barcodes: [{ prefix: '21', kind: 'weight', code_digits: 5, value_digits: 5, decimals: 3 }],
  },
  taxes: [
    { tax_code: 'EXEMPT', name: 'Exempt', rate_ppm: 0, mode: 'inclusive' },
    { tax_code: 'TOP', name: 'On top', rate_ppm: 50_000, mode: 'exclusive' },
    { tax_code: 'VAT', name: 'VAT', rate_ppm: 110_000, mode: 'inclusive' },
    { tax_code: 'ZERO', name: 'Zero', rate_ppm: 0, mode: 'inclusive' },
  ],
  products: [
    {
      code: 'coffee',
      name: 'Coffee',
      category: 'Drinks',
      price_minor: 350,
      tax_code: 'VAT',
      barcodes: ['5901234123457'],
    },
    { code: '42', name: 'Apples', category: 'Fruit', price_minor: 240, tax_code: 'VAT', barcodes: [] },
    { code: 'bread', name: 'Bread', category: 'Bakery', price_minor: 80, tax_code: 'ZERO', barcodes: [] },
    { code: 'stamp', name: 'Stamp', category: null, price_minor: 100, tax_code: 'EXEMPT', barcodes: [] },
    { code: 'cake', name: 'Cake', category: 'Bakery', price_minor: 499, tax_code: 'TOP', barcodes: [] },
  ],
};

/** What the import is given: the same products, with another price for a coffee. */
export const priceList = (coffee: string): string =>
  [
    'code,name,category,price,tax_code,barcodes',
    `coffee,Coffee,Drinks,${coffee},VAT,5901234123457`,
    '42,Apples,Fruit,2.40,VAT,',
    'bread,Bread,Bakery,0.80,ZERO,',
    'stamp,Stamp,,1.00,EXEMPT,',
    'cake,Cake,Bakery,4.99,TOP,',
    '',
  ].join('\n');

export const sami = { staff_code: '2', pin: 'pin-2222' };
export const maha = { staff_code: '9', pin: 'pin-9999' };

export const usd = (amount_minor: number) => ({ currency: 'USD', amount_minor });
export const lbp = (amount_minor: number) => ({ currency: 'LBP', amount_minor });
export const cash = (amount_minor: number) => ({ method: 'cash', amount_minor });
export const pounds = (amount_minor: number) => ({ method: 'cash', ...lbp(amount_minor) });
export const card = (amount_minor: number) => ({ method: 'card', amount_minor });

export const dayMs = 86_400_000;

/** A step of the day: what somebody does, and what must come of it. */
export type Step = readonly [says: string, does: () => Promise<unknown>];

/** A till that a day is played on, through its HTTP API. */
export class ScriptedShop {
  readonly till = new Till();
  /** What later steps name: the answers by the label of their sale or ticket. */
  private readonly made = new Map<string, Answer['body']>();

  /** Does something that is recorded. */
  readonly does = async (path: string, body: unknown, then: object = {}): Promise<Answer['body']> => {
    const answer = await this.till.post(path, body);
    expect(answer).toMatchObject({ status: 201, body: then });
    return answer.body;
  };

  readonly sells = async (label: string, body: object, then: object): Promise<void> =>
    void this.made.set(label, await this.does('/v1/sales', body, then));

  readonly parks = async (table: string, body: object, gross_minor: number): Promise<void> =>
    void this.made.set(`ticket ${table}`, await this.does('/v1/tickets', body, { gross_minor }));

  /** Tries something that is refused, and leaves the log as it was. */
  readonly isRefused = async (path: string, body: unknown, code: string): Promise<void> => {
    const { head } = this.till;
    const answer = await this.till.post(path, body);
    expect(answer.body).toMatchObject({ code });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(this.till.head).toEqual(head);
  };

  readonly idOf = (label: string): string => String(this.made.get(label)?.['local_id']);
  readonly numberOf = (label: string): string => String(this.made.get(label)?.['receipt_number']);
  readonly ticketOf = (table: string): string => String(this.made.get(`ticket ${table}`)?.['ticket_id']);

  /** The stock of a product, in thousandths. */
  readonly levelOf = async (code: string): Promise<number | undefined> => {
    const { levels } = (await this.till.get(`/v1/stock?code=${code}`)).body as { levels: { level_milli: number }[] };
    return levels[0]?.level_milli;
  };
}
