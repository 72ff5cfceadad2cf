import { runVerify } from '../../src/audit/program.js';
import { openSource } from '../../src/audit/sqlite-file.js';
import { lateHours, serving, stocking } from './scripted-evening.js';
import { correcting, handlingCash, opening, selling } from './scripted-morning.js';
import { cash, catalog, dayMs, lbp, sami, ScriptedShop, type Step, usd } from './scripted-shop.js';

/*
 * One day of a shop through the HTTP API alone. Beside each step stands what it is worth, worked out by hand in minor
 * units (US cents; hundredths of a pound), and the Z at the end is compared with the sums of those figures only.
 *
 * Prices: coffee 350 and apples 240 a kilogram with 11 % in them; bread 80 at 0 %; a stamp 100, exempt; cake 499 plus
 * 5 % on top. Cash is rounded to 5 cents; a cent is 89 500 hundredths of a pound, pounds are paid out in steps of 500 000.
 * Tax in a price p at 11 %: p − round(p ÷ 1.11).
 */
/*
 * The Z, from the figures beside the steps: R stands for refunds, V for the void.
 *
 * gross      one 350, card 1310, cakes 1048, apples 296, discounts 1350, override 420, two currencies 3500, tip 350,
 *            house tip 350, mistake 350, table 4 750, bread 80, twice 400                              = 10 554
 * refunds    350 + 700 + 296 + 80 + 350 + 350                                                          =  2 126
 * turnover   10 554 − 2 126 − V 350                                                                    =  8 078
 * VAT        gross 350 + 1050 + 296 + 1134 + 3500 + 350 + 350 + 750 + 400 − R (350 + 700 + 296 + 350 + 350) = 6134
 *            tax   35 + 104 + 29 + 112 + 347 + 35 + 35 + 75 + 40 − R (35 + 69 + 29 + 35 + 35)          =    609
 * TOP        net 998 + 400, tax 50 + 20;   EXEMPT 100;   ZERO 160 + 216 + 80 − R 80                    =    376
 * rounding   cakes + 2, apples − 1, and the apples back + 1                                            =      2
 * card       received 1310 + 500 + 420 + 450, paid back 350 + 700                                      =  1 630
 * dollars    received 500 + 600 + 300 + 1350 + 2000 + 400 + 350 + 750 + 80 + 400 = 6730, change 150 + 50 + 5,
 *            paid back V 350 + R (295 + 80 + 350 + 350) = 1425                                         =  5 100
 * pounds     150 000 000 − 16 000 000 (1676 − 176 cents)                                               = 134 000 000
 * so that    card 1630 + dollars 5100 + pounds 1500 = turnover 8078 + rounding 2 + tips 150            =  8 230
 * drawer     dollars 10 000 + 5100 + 2000 − 1500 − 5000 = 10 600
 *            pounds 200 000 000 + 134 000 000 − 50 000 000 = 284 000 000
 */
const figures = {
  training: false,
  currency: 'USD',
  opened_by: 's-1',
  sales_count: 13,
  refunds_count: 6,
  lines_count: 17 + 6,
  overrides_count: 1,
  gross_minor: 10_554,
  refunds_minor: 2126,
  voids_count: 1,
  voids_minor: 350,
  turnover_minor: 8078,
  net_minor: 100 + 1398 + 376 + 5525,
  tax_minor: 70 + 609,
  taxes: [
    { tax_code: 'EXEMPT', rate_ppm: 0, net_minor: 100, tax_minor: 0, gross_minor: 100 },
    { tax_code: 'TOP', rate_ppm: 50_000, net_minor: 1398, tax_minor: 70, gross_minor: 1468 },
    { tax_code: 'VAT', rate_ppm: 110_000, net_minor: 5525, tax_minor: 609, gross_minor: 6134 },
    { tax_code: 'ZERO', rate_ppm: 0, net_minor: 376, tax_minor: 0, gross_minor: 376 },
  ],
  discounts_minor: 140 + 150,
  rounding_minor: 2,
  tips_staff_minor: 100,
  tips_house_minor: 50,
  line_voids_count: 1,
  line_voids_minor: 350,
  tickets_discarded_count: 1,
  tickets_discarded_minor: 524,
  tenders: [
    {
      method: 'card',
      currency: 'USD',
      count: 4 + 2,
      received_minor: 2680,
      change_minor: 0,
      refunded_minor: 1050,
      amount_minor: 1630,
    },
    {
      method: 'cash',
      currency: 'LBP',
      count: 1,
      received_minor: 150_000_000,
      change_minor: 16_000_000,
      refunded_minor: 0,
      amount_minor: 134_000_000,
    },
    {
      method: 'cash',
      currency: 'USD',
      count: 10 + 5,
      received_minor: 6730,
      change_minor: 205,
      refunded_minor: 1425,
      amount_minor: 5100,
    },
  ],
  cash_movements: [
    { kind: 'drop', currency: 'LBP', count: 1, amount_minor: 50_000_000 },
    { kind: 'drop', currency: 'USD', count: 1, amount_minor: 5000 },
    { kind: 'paid_in', currency: 'USD', count: 1, amount_minor: 2000 },
    { kind: 'paid_out', currency: 'USD', count: 1, amount_minor: 1500 },
  ],
  drawer_opens: [
    { reason: 'drop', count: 2 },
    { reason: 'look', count: 2 },
    { reason: 'paid_in', count: 1 },
    { reason: 'paid_out', count: 1 },
    { reason: 'refund', count: 4 },
    { reason: 'sale', count: 10 },
    { reason: 'void', count: 1 },
  ],
  float: [lbp(200_000_000), usd(10_000)],
  expected: [lbp(284_000_000), usd(10_600)],
};

describe('a scripted day', () => {
  const shop = new ScriptedShop();
  const { till, does, sells, isRefused, idOf, numberOf, ticketOf, levelOf } = shop;
  let firstDate: unknown;

  beforeAll(() => till.start({ catalog }));
  afterAll(async () => {
    await till.stop();
    till.remove();
  });

  const closing: readonly Step[] = [
    [
      'an X changes nothing',
      async () => {
        const { head } = till;
        expect((await till.get('/v1/sessions/current/x-report')).body).toMatchObject(figures);
        expect(till.head).toEqual(head);
      },
    ],
    [
      'Nour counts 50 cents too little, and closes with table 9 still there',
      async () => {
        const head = till.head;
        const { z_report } = await does('/v1/sessions/current/close', { counted: [usd(10_550), lbp(284_000_000)] });
        firstDate = (z_report as { business_date: string }).business_date;
        expect(z_report).toMatchObject({
          ...figures,
          z_number: 1,
          closed_by: 's-1',
          counted: [usd(10_550), lbp(284_000_000)],
          difference: [lbp(0), usd(-50)],
          perpetual: { turnover_minor: 8078, absolute_minor: 10_554 + 2126 + 350 },
          first_receipt: { receipt_index: 1, receipt_number: numberOf('one') },
          last_receipt: { receipt_index: 13 + 6 },
          last_seq: head?.seq,
          prev_hash: head?.hash,
          unsynced_events: head?.seq,
          open_tickets: [{ ticket_id: ticketOf('9'), label: 'Table 9', lines_count: 1, gross_minor: 350 }],
        });
      },
    ],
    [
      'an apprentice trains: a sale, and no number of the shop',
      async () => {
        await does('/v1/sessions', { float: [], training: true }, { training: true });
        await sells('training', { lines: [{ code: 'coffee' }], tenders: [cash(400)] }, { total_minor: 400 });
        expect(numberOf('training')).toMatch(/-T-000001$/u);
      },
    ],
    [
      'what was sold to customers is not touched in training',
      () => isRefused(`/v1/sales/${idOf('cakes')}/void`, { reason: 'play', approval: sami }, 'SALE_NOT_OF_SESSION'),
    ],
    [
      'the end of the training is no Z, and nothing of it counts',
      async () => {
        const { z_report } = await does('/v1/sessions/current/close', { counted: [usd(400)] });
        expect(z_report).toMatchObject({ z_number: null, perpetual: { turnover_minor: 8078 }, open_tickets: [] });
        expect(await levelOf('coffee')).toBe(3500 - 1000 - 1000 + 1000 - 1000);
      },
    ],
    ['the evening starts with what was counted', () => does('/v1/sessions', { float: [usd(10_550)] })],
    [
      'table 9 pays its old price: 350, net 315, tax 35',
      () => sells('table 9', { ticket_id: ticketOf('9'), tenders: [cash(350)] }, { total_minor: 350 }),
    ],
    [
      'the evening is Z 2 of the same day: 350, and the perpetual totals go on',
      async () => {
        const { z_report } = await does('/v1/sessions/current/close', { counted: [usd(10_900)] });
        expect(z_report).toMatchObject({
          z_number: 2,
          business_date: firstDate,
          gross_minor: 350,
          turnover_minor: 350,
          tax_minor: 35,
          expected: [usd(10_900)],
          difference: [usd(0)],
          perpetual: { turnover_minor: 8078 + 350, absolute_minor: 13_030 + 350 },
          open_tickets: [],
        });
      },
    ],
  ];

  it('ends in the Z that was worked out by hand', async () => {
    const parts = [opening, selling, correcting, handlingCash, stocking, serving, lateHours];
    const day = [...parts.flatMap((part) => part(shop)), ...closing];
    expect(day.length).toBeGreaterThanOrEqual(60);
    for (const [says, run] of day) {
      await run().catch((cause: unknown) => {
        throw new Error(`Not as planned: ${says}`, { cause });
      });
    }
    expect(till.recorded('ClockJumped').map(({ data }) => Math.round(data.jump_ms / dayMs))).toEqual([-3, 3]);
    expect(till.recorded('TicketCarriedOver')).toHaveLength(1);
    const source = openSource(till.folder);
    const { report } = await runVerify(source, {});
    await source.close();
    expect(report.problems).toEqual([]);
  });
});
