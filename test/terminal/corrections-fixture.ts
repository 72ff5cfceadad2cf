import type { CatalogContent } from '../../src/catalog/catalog.js';
import { type Answer, content, Till } from './http-fixture.js';

export const supervisor = { staff_code: '2', pin: 'pin-2222' };
export const manager = { staff_code: '9', pin: 'pin-9999' };
export const cash = (amount_minor: number, currency?: string) => ({
  method: 'cash',
  amount_minor,
  ...(currency === undefined ? {} : { currency }),
});
export const card = (amount_minor: number) => ({ method: 'card', amount_minor });
export const refundOf = (line_no: number, quantity_milli: number, total: number) => ({
  lines: [{ line_no, quantity_milli }],
  tenders: [cash(total)],
  reason: 'cold',
  approval: supervisor,
});
export const voiding = { reason: 'wrong table', approval: supervisor };
export const idOf = ({ body }: Answer): string => String(body['local_id']);
export const nobody = '00000000-0000-4000-8000-000000000000';

const tills: Till[] = [];
afterAll(async () => {
  for (const till of tills) {
    await till.stop();
    till.remove();
  }
});

/** A till with an open session, a cashier signed in. */
export const trading = async (catalog: CatalogContent = content, training = false): Promise<Till> => {
  const till = await new Till().start({ catalog });
  tills.push(till);
  await till.signIn('1', 'pin-1111');
  expect(await till.post('/v1/sessions', { float: [], training })).toMatchObject({ status: 201 });
  return till;
};

export const sell = async (
  till: Till,
  lines: readonly object[],
  tenders: readonly object[],
  more = {},
): Promise<Answer> => {
  const sold = await till.post('/v1/sales', { lines, tenders, ...more });
  expect(sold.status).toBe(201);
  return sold;
};

export const receiptOf = async (till: Till, { body }: Answer) =>
  (await till.get(`/v1/receipts/${String(body['receipt_number'])}`)).body as {
    readonly total_minor: number;
    readonly lines: readonly Readonly<Record<string, number>>[];
    readonly left_to_refund: { readonly lines: readonly object[]; readonly total_minor: number };
  } & Record<string, number>;
