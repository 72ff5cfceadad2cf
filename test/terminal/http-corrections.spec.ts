import type { CatalogContent } from '../../src/catalog/catalog.js';
import type { ZReport } from '../../src/domain/report.js';
import { eventsIn, expectWhole } from './shop.js';
import { content } from './http-fixture.js';
import {
  card,
  cash,
  idOf,
  manager,
  nobody,
  receiptOf,
  refundOf,
  sell,
  supervisor,
  trading,
  voiding,
} from './corrections-fixture.js';

/** Prices of the same goods in a currency without decimals, with two and with three. */
const shopIn = (currency: string, cash_step_minor: number, prices: readonly [number, number]): CatalogContent => ({
  ...content,
  currency,
  currencies: [{ currency, rate: { numerator: 1, denominator: 1 }, cash_step_minor }],
  products: content.products.slice(0, 2).map((product, at) => ({ ...product, price_minor: prices[at] ?? 0 })),
});

describe('refunds in three parts', () => {
  it.each([
    ['JPY', 10, [347, 498]],
    ['USD', 5, [350, 499]],
    ['JOD', 5, [2357, 3499]],
  ] as const)('give back in %s exactly what was paid, discounts and rounding included', async (...shop) => {
    const [currency, step, prices] = shop;
    const till = await trading(shopIn(currency, step, prices));
    const percent = { kind: 'percent', rate_ppm: 70_000, reason: 'friend' };
    const basket = {
      lines: [
        { code: 'coffee', quantity_milli: 3000, discount: percent },
        { code: 'cake', quantity_milli: 1237 },
      ],
      discount: { kind: 'amount', amount_minor: 101, reason: 'voucher' },
    };
    const quote = await till.post('/v1/sales/quote', basket, { key: null });
    const due = Number(quote.body['cash_total_minor']);
    const sold = await sell(till, basket.lines, [cash(due)], { discount: basket.discount });
    const sale = await receiptOf(till, sold);
    const path = `/v1/sales/${idOf(sold)}/refunds`;
    const parts = [
      [
        { line_no: 1, quantity_milli: 1000 },
        { line_no: 2, quantity_milli: 400 },
      ],
      [{ line_no: 1, quantity_milli: 1000 }],
      [
        { line_no: 2, quantity_milli: 837 },
        { line_no: 1, quantity_milli: 1000 },
      ],
    ];
    const refunds = [];
    for (const lines of parts) {
      const asked = { lines, tenders: [cash(0)], reason: 'cold', approval: supervisor };
      const told = await till.post(path, asked);
      expect(told).toMatchObject({ status: 422, body: { code: 'TENDER_TOO_SMALL' } });
      const total = Number(told.body['total_minor']);
      expect(total % step).toBe(0);
      const back = await till.post(path, { ...asked, tenders: [cash(total)] });
      expect(back).toMatchObject({ status: 201, body: { total_minor: total, change: [] } });
      refunds.push(await receiptOf(till, back));
    }
    for (const figure of ['net_minor', 'tax_minor', 'gross_minor', 'rounding_minor', 'total_minor']) {
      const parted = refunds.reduce((sum, refund) => sum + (refund[figure] ?? 0), 0);
      expect([figure, parted]).toEqual([figure, sale[figure]]);
    }
    expect(refunds[2]).toMatchObject({
      kind: 'refund',
      verified: true,
      original_local_id: idOf(sold),
      original_receipt_number: sale['receipt_number'],
      approved_by: 's-2',
      left_to_refund: null,
      lines: [
        { line_no: 1, original_line_no: 2, quantity_milli: 837 },
        { line_no: 2, original_line_no: 1, quantity_milli: 1000 },
      ],
    });
    expect(await till.post(path, refundOf(1, 1, 0))).toMatchObject({
      status: 409,
      body: { code: 'REFUND_EXCEEDS_SOLD', left_milli: 0 },
    });
    const x = (await till.get('/v1/sessions/current/x-report')).body;
    expect(x).toMatchObject({
      refunds_count: 3,
      refunds_minor: sale['gross_minor'],
      turnover_minor: 0,
      net_minor: 0,
      tax_minor: 0,
      rounding_minor: 0,
      expected: [{ currency, amount_minor: 0 }],
    });
    expectWhole(till.terminal.db);
  });
});

describe('a receipt', () => {
  it('shows what is left to refund, and its list what was given back', async () => {
    const till = await trading();
    const sold = await sell(till, [{ code: 'coffee', quantity_milli: 3000 }], [cash(1050)]);
    expect((await receiptOf(till, sold)).left_to_refund).toEqual({
      lines: [{ line_no: 1, quantity_milli: 3000, net_minor: 946, tax_minor: 104, gross_minor: 1050 }],
      total_minor: 1050,
    });
    const back = await till.post(`/v1/sales/${idOf(sold)}/refunds`, refundOf(1, 1000, 350));
    expect(back.status).toBe(201);
    expect(await receiptOf(till, sold)).toMatchObject({
      voided_by: null,
      refunded_minor: 350,
      left_to_refund: {
        lines: [{ line_no: 1, quantity_milli: 2000, net_minor: 631, tax_minor: 69, gross_minor: 700 }],
        total_minor: 700,
      },
    });
    const list = (await till.get('/v1/receipts')).body['receipts'];
    expect(list).toMatchObject([
      { kind: 'refund', refunded_minor: 0, voided_by: null },
      { kind: 'sale', refunded_minor: 350, voided_by: null },
    ]);
    const paper = await till.get(`/v1/receipts/${String(back.body['receipt_number'])}.txt`);
    expect(paper.text).toContain(`Refund of receipt ${String(sold.body['receipt_number'])}\n`);
  });
});

describe('a void', () => {
  it('gives the cash back, and the X and Z say so to the cent', async () => {
    const till = await trading();
    // 3.50 in cash, kept. Voided: 2 coffees and a cake, 7.00 + 5.24 = 12.24 and 1.00 for the staff = 13.24,
    // of which 4.00 by card and 9.25 in cash: rounded up by 1; 10.00 was given, 0.75 came back.
    await sell(till, [{ code: 'coffee' }], [cash(350)]);
    const tip = { amount_minor: 100, beneficiary: 'staff' };
    const lines = [{ code: 'coffee', quantity_milli: 2000 }, { code: 'cake' }];
    const sold = await sell(till, lines, [card(400), cash(1000)], { tip });
    expect(sold.body).toMatchObject({ total_minor: 1325, change: [{ currency: 'USD', amount_minor: 75 }] });
    const before = (await till.get('/v1/sessions/current/x-report')).body;
    expect(before).toMatchObject({ turnover_minor: 1574, tips_staff_minor: 100, rounding_minor: 1 });
    const voided = await till.post(`/v1/sales/${idOf(sold)}/void`, voiding);
    expect(voided).toMatchObject({
      status: 201,
      body: {
        sale_local_id: idOf(sold),
        receipt_number: sold.body['receipt_number'],
        total_minor: 1325,
        cash: [{ currency: 'USD', amount_minor: 925 }],
      },
    });
    expect(till.events.slice(-2)).toEqual(['SaleVoided', 'DrawerOpened']);
    const x = (await till.get('/v1/sessions/current/x-report')).body;
    const figures = {
      sales_count: 2,
      refunds_count: 0,
      voids_count: 1,
      gross_minor: 350 + 1224,
      voids_minor: 1224,
      turnover_minor: 350,
      net_minor: 315,
      tax_minor: 35,
      taxes: [
        { tax_code: 'SVC', rate_ppm: 50_000, net_minor: 0, tax_minor: 0, gross_minor: 0 },
        { tax_code: 'VAT', rate_ppm: 110_000, net_minor: 315, tax_minor: 35, gross_minor: 350 },
      ],
      rounding_minor: 0,
      tips_staff_minor: 0,
      tenders: [
        {
          method: 'card',
          currency: 'USD',
          count: 2,
          received_minor: 400,
          change_minor: 0,
          refunded_minor: 400,
          amount_minor: 0,
        },
        {
          method: 'cash',
          currency: 'USD',
          count: 3,
          received_minor: 1350,
          change_minor: 75,
          refunded_minor: 925,
          amount_minor: 350,
        },
      ],
      drawer_opens: [
        { reason: 'sale', count: 2 },
        { reason: 'void', count: 1 },
      ],
      expected: [{ currency: 'USD', amount_minor: 350 }],
    };
    expect(x).toMatchObject(figures);
    const closed = await till.post('/v1/sessions/current/close', { counted: x['expected'] });
    const z = closed.body['z_report'] as ZReport;
    expect(z).toMatchObject({
      ...figures,
      difference: [{ currency: 'USD', amount_minor: 0 }],
      perpetual: { turnover_minor: 350, absolute_minor: 1574 + 1224 },
    });
    expectWhole(till.terminal.db);
  });

  it('is printed in the place of the receipt', async () => {
    const till = await trading();
    const sold = await sell(till, [{ code: 'coffee' }], [cash(350)]);
    const path = `/v1/receipts/${String(sold.body['receipt_number'])}`;
    expect((await till.get(`${path}.txt`)).text).not.toContain('VOID');
    const voided = await till.post(`/v1/sales/${idOf(sold)}/void`, voiding);
    const { text } = await till.get(`${path}.txt`);
    expect(text.match(/\*\*\* VOID/gu)).toHaveLength(2);
    expect(text).toContain('Reason: wrong table\n');
    expect(text).toContain('Approved by Sami\n');
    expect(text).toContain(String(voided.body['hash']).slice(0, 12));
    expect((await till.get(path)).body).toMatchObject({
      kind: 'sale',
      hash: sold.body['hash'],
      voided_by: idOf(voided),
      left_to_refund: { lines: [{ line_no: 1, quantity_milli: 0, gross_minor: 0 }], total_minor: 0 },
    });
    expect((await till.get('/v1/receipts')).body['receipts']).toMatchObject([{ voided_by: idOf(voided) }]);
    const opened = eventsIn(till.terminal.db).flatMap(({ type, data }) => (type === 'DrawerOpened' ? [data] : []));
    expect(opened).toMatchObject([
      { reason: 'sale', cause_local_id: idOf(sold) },
      { reason: 'void', cause_local_id: idOf(voided) },
    ]);
  });
});

describe('a correction', () => {
  it('is recorded once under its key, whoever approves it', async () => {
    const till = await trading();
    const sold = await sell(till, [{ code: 'coffee', quantity_milli: 2000 }], [cash(700)]);
    const refunds = `/v1/sales/${idOf(sold)}/refunds`;
    const taps = await Promise.all(
      Array.from({ length: 5 }, () => till.post(refunds, refundOf(1, 1000, 350), { key: 'half' })),
    );
    expect(new Set(taps.map(({ status, text }) => `${String(status)} ${text}`)).size).toBe(1);
    const again = { ...refundOf(1, 1000, 350), approval: manager };
    expect(await till.post(refunds, again, { key: 'half' })).toMatchObject({ status: 201, text: taps[0]?.text });
    expect(await till.post(refunds, refundOf(1, 500, 175), { key: 'half' })).toMatchObject({
      status: 409,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
    const other = await sell(till, [{ code: 'coffee' }], [cash(350)]);
    const first = await till.post(`/v1/sales/${idOf(other)}/void`, voiding, { key: 'void' });
    const second = await till.post(`/v1/sales/${idOf(other)}/void`, voiding, { key: 'void' });
    expect([second.status, second.text]).toEqual([201, first.text]);
    expect(await till.post(`/v1/sales/${idOf(sold)}/void`, voiding, { key: 'void' })).toMatchObject({ status: 409 });
    expect(till.events.filter((type) => type === 'RefundRecorded' || type === 'SaleVoided')).toHaveLength(2);
  });

  it('survives a restart: what came back stays back', async () => {
    const till = await trading();
    const sold = await sell(till, [{ code: 'coffee', quantity_milli: 2000 }], [cash(700)]);
    const path = `/v1/sales/${idOf(sold)}/refunds`;
    expect(await till.post(path, refundOf(1, 1500, 525))).toMatchObject({ status: 201 });
    await till.restart();
    await till.signIn('1', 'pin-1111');
    expect(await till.post(path, refundOf(1, 501, 175))).toMatchObject({
      status: 409,
      body: { code: 'REFUND_EXCEEDS_SOLD', left_milli: 500, line_no: 1 },
    });
    expect(await till.post(path, refundOf(1, 500, 175))).toMatchObject({ status: 201 });
  });
});

describe('a receipt of another terminal', () => {
  const asked = {
    lines: [{ code: 'coffee', quantity_milli: 1000, unit_price_minor: 350 }],
    tenders: [cash(350)],
    reason: 'cold',
  };

  it('is named and refunded with a manager, unverified', async () => {
    const till = await trading();
    const original = { receipt_number: 'BEEF-000042', local_id: nobody.replace(/0$/u, '7') };
    expect(await till.post('/v1/refunds', { ...asked, original, approval: supervisor })).toMatchObject({
      status: 403,
      body: { role: 'manager' },
    });
    const paid = await till.post('/v1/refunds', { ...asked, original, approval: manager });
    expect(paid.status).toBe(201);
    expect(await receiptOf(till, paid)).toMatchObject({
      verified: false,
      original_receipt_number: original.receipt_number,
      original_local_id: original.local_id,
      lines: [{ original_line_no: null }],
    });
    const paper = await till.get(`/v1/receipts/${String(paid.body['receipt_number'])}.txt`);
    expect(paper.text).toContain('Refund of receipt BEEF-000042\nmade at another till, not verified\n');
    const unnamed = { ...asked, original: { receipt_number: 'BEEF-000043' }, approval: manager };
    expect(await till.post('/v1/refunds', unnamed)).toMatchObject({ status: 201 });
    expect(till.terminal.db.prepare('SELECT local_id, total_minor FROM receipt_corrections').all()).toEqual([
      { local_id: original.local_id, total_minor: 350 },
    ]);
  });

  it('is not one that this till made', async () => {
    const till = await trading();
    const sold = await sell(till, [{ code: 'coffee' }], [cash(350)]);
    const before = till.head;
    const own = { receipt_number: String(sold.body['receipt_number']) };
    for (const original of [own, { receipt_number: 'BEEF-000042', local_id: idOf(sold).toUpperCase() }]) {
      const refused = await till.post('/v1/refunds', { ...asked, original, approval: manager });
      expect(refused).toMatchObject({ status: 409, body: { code: 'SALE_KNOWN' } });
    }
    expect(till.head).toEqual(before);
  });
});
