import type { ZReport } from '../../src/domain/report.js';
import { coffee, Till } from './http-fixture.js';
import { expectWhole } from './shop.js';

const hourMs = 3_600_000;
const zone = 'Asia/Beirut';
const tills: Till[] = [];
afterAll(async () => {
  for (const till of tills) {
    await till.stop();
    till.remove();
  }
});

/** A till in Beirut, which goes from two hours ahead of UTC to three at midnight after Saturday, 28 March 2026. */
const tillAt = async (startsAt: string): Promise<Till> => {
  const till = await new Till({ zone, startsAt }).start();
  tills.push(till);
  await till.signIn('1', 'pin-1111');
  return till;
};

const open = (till: Till) => till.post('/v1/sessions', { float: [] });
const close = async (till: Till): Promise<ZReport> => {
  const closed = await till.post('/v1/sessions/current/close', { counted: [] });
  expect(closed.status).toBe(201);
  return closed.body['z_report'] as ZReport;
};
const sell = async (till: Till): Promise<void> => {
  expect(await till.post('/v1/sales', coffee)).toMatchObject({ status: 201 });
};
const again = (till: Till) => till.signIn('1', 'pin-1111');

describe('A session', () => {
  it('keeps its business date past midnight and past the change to summer time', async () => {
    const till = await tillAt('2026-03-28T16:00:00.000Z');
    expect(till.recorded('TerminalStarted')[0]).toMatchObject({ utc_offset_minutes: 120, data: { zone } });
    expect((await open(till)).body).toMatchObject({ business_date: '2026-03-28' });
    await sell(till);
    till.passUntil('2026-03-28T23:00:00.000Z');
    await again(till);
    await sell(till);
    const z = await close(till);
    expect(z).toMatchObject({ business_date: '2026-03-28', sales_count: 2, gross_minor: 700 });
    // The clocks went from 24:00 to 01:00, so that this is two o'clock in the morning.
    expect(till.recorded('SaleRecorded')).toMatchObject([
      { business_date: '2026-03-28', utc_offset_minutes: 120 },
      {
        business_date: '2026-03-28',
        utc_offset_minutes: 180,
        occurred_at: expect.stringMatching(/^2026-03-28T23:00/u) as string,
      },
    ]);
    expect((await till.get('/v1/z-reports/1.txt')).text).toMatch(
      /2026-03-28 18:00\nClosed by Nour +2026-03-29 02:00\n/u,
    );
    expect((await open(till)).body).toMatchObject({ business_date: '2026-03-29' });
    expect(till.events).not.toContain('ClockJumped');
    expectWhole(till.terminal.db);
  });

  it('shares its date with another of the same day, and each has its own Z', async () => {
    const till = await tillAt('2026-03-10T06:00:00.000Z');
    await open(till);
    await sell(till);
    const morning = await close(till);
    till.pass(8 * hourMs);
    await again(till);
    await open(till);
    await sell(till);
    const evening = await close(till);
    expect([morning, evening]).toMatchObject([
      { business_date: '2026-03-10', z_number: 1, gross_minor: 350 },
      { business_date: '2026-03-10', z_number: 2, gross_minor: 350, perpetual: { turnover_minor: 700 } },
    ]);
    expect(morning.session_id).not.toBe(evening.session_id);
    expect((await till.get('/v1/z-totals?by=day')).body['rows']).toMatchObject([
      { period: '2026-03-10', z_count: 2, first_z_number: 1, last_z_number: 2, gross_minor: 700 },
    ]);
  });

  it('is not moved by a clock that somebody sets back three days, which is in the log', async () => {
    const till = await tillAt('2026-03-10T06:00:00.000Z');
    await open(till);
    await sell(till);
    till.setClock(-72 * hourMs);
    await again(till);
    await sell(till);
    const z = await close(till);
    expect(z).toMatchObject({
      business_date: '2026-03-10',
      sales_count: 2,
      gross_minor: 700,
      last_seq: z.first_seq + 6,
    });
    const [jump] = till.recorded('ClockJumped');
    expect(jump?.data.jump_ms).toBeCloseTo(-72 * hourMs, -4);
    const sales = till.recorded('SaleRecorded');
    expect(sales.map(({ data }) => data.receipt_index)).toEqual([1, 2]);
    expect(sales.map(({ business_date }) => business_date)).toEqual(['2026-03-10', '2026-03-10']);
    expect((sales[1]?.occurred_at ?? '') < (sales[0]?.occurred_at ?? '')).toBe(true);
    const list = (await till.get('/v1/receipts')).body['receipts'] as { seq: number }[];
    expect(list.map(({ seq }) => seq)).toEqual(sales.map(({ seq }) => seq).reverse());
    expectWhole(till.terminal.db);
  });

  it('that was forgotten says from which day it is, and still sells and closes', async () => {
    const till = await tillAt('2026-03-10T06:00:00.000Z');
    await open(till);
    till.passUntil('2026-03-12T07:00:00.000Z');
    await again(till);
    expect((await till.get('/v1/sessions/current')).body).toMatchObject({
      business_date: '2026-03-10',
      opened_at: expect.stringMatching(/^2026-03-10T06:00/u) as string,
    });
    await sell(till);
    expect(await close(till)).toMatchObject({ business_date: '2026-03-10', sales_count: 1 });
    expect((await open(till)).body).toMatchObject({ business_date: '2026-03-12' });
  });
});

describe('The totals of the Z reports', () => {
  let till: Till;
  const moments = [
    '2025-12-31T10:00:00.000Z',
    '2026-01-01T10:00:00.000Z',
    '2026-01-01T16:00:00.000Z',
    '2026-01-31T10:00:00.000Z',
    '2026-02-01T10:00:00.000Z',
  ];
  const zs: ZReport[] = [];
  const totals = async (query = '') => (await till.get(`/v1/z-totals${query}`)).body;
  const rows = async (query: string) => (await totals(query))['rows'] as Record<string, unknown>[];
  beforeAll(async () => {
    till = await tillAt(moments[0] ?? '');
    for (const [at, moment] of moments.entries()) {
      till.passUntil(moment);
      await again(till);
      await open(till);
      for (let sale = 0; sale <= at; sale += 1) await sell(till);
      zs.push(await close(till));
      await till.post('/v1/sessions', { float: [], training: true });
      await sell(till);
      await close(till);
    }
    await open(till);
    await sell(till);
  });

  it.each([
    ['day', ['2025-12-31', '2026-01-01', '2026-01-31', '2026-02-01'], [1, 5, 4, 5]],
    ['month', ['2025-12', '2026-01', '2026-02'], [1, 9, 5]],
    ['year', ['2025', '2026'], [1, 14]],
  ] as const)(
    'by %s are the sums of the recorded Zs, without training and what is still open',
    async (by, periods, sales) => {
      const found = await rows(`?by=${by}`);
      expect(found.map(({ period }) => period)).toEqual(periods);
      expect(found.map(({ sales_count }) => sales_count)).toEqual(sales);
      expect(found.map(({ gross_minor }) => gross_minor)).toEqual(sales.map((count) => count * 350));
      expect(await totals(`?by=${by}`)).toMatchObject({ by, missing_z_numbers: [], next_from: null });
    },
  );

  it('carry taxes, tenders, the numbers of the Zs and the perpetual totals of the last', async () => {
    expect((await rows('?by=day&from=2026-01-01&to=2026-01-01'))[0]).toEqual({
      period: '2026-01-01',
      currency: 'USD',
      z_count: 2,
      first_z_number: 2,
      last_z_number: 3,
      sales_count: 5,
      refunds_count: 0,
      voids_count: 0,
      gross_minor: 1750,
      refunds_minor: 0,
      voids_minor: 0,
      turnover_minor: 1750,
      net_minor: 1575,
      tax_minor: 175,
      taxes: [{ tax_code: 'VAT', rate_ppm: 110_000, net_minor: 1575, tax_minor: 175, gross_minor: 1750 }],
      discounts_minor: 0,
      rounding_minor: 0,
      tips_staff_minor: 0,
      tips_house_minor: 0,
      tenders: [
        {
          method: 'cash',
          currency: 'USD',
          count: 5,
          received_minor: 2500,
          change_minor: 750,
          refunded_minor: 0,
          amount_minor: 1750,
        },
      ],
      perpetual: zs[2]?.perpetual,
    });
  });

  it('come page by page and from one date to another, a period cut by them counting what lies within', async () => {
    const first = await totals('?by=day&limit=3');
    expect(first).toMatchObject({ next_from: '2026-02-01', rows: [{}, {}, { period: '2026-01-31' }] });
    expect(await totals('?by=day&limit=3&from=2026-02-01')).toMatchObject({
      next_from: null,
      rows: [{ period: '2026-02-01' }],
    });
    expect(await totals('?by=month&limit=1')).toMatchObject({ next_from: '2026-01-01', rows: [{ period: '2025-12' }] });
    expect(await totals('?by=year&limit=1')).toMatchObject({ next_from: '2026-01-01', rows: [{ period: '2025' }] });
    expect(await rows('?by=month&from=2026-01-02&to=2026-01-31')).toMatchObject([{ period: '2026-01', z_count: 1 }]);
    expect(await rows('?from=2027-01-01')).toEqual([]);
  });

  it.each([
    'by=week',
    'from=yesterday',
    'from=2026-02-30',
    'limit=0',
    'limit=401',
    'from=2026-02-01&to=2026-01-01',
    'x=1',
  ])('are refused for ?%s', async (query) => {
    expect(await till.get(`/v1/z-totals?${query}`)).toMatchObject({ status: 400, body: { code: 'QUERY_INVALID' } });
  });

  it('of many years come in pages that keep nobody waiting, and together they are all Zs', async () => {
    const { db } = till.terminal;
    const [row] = db.prepare('SELECT * FROM session_totals WHERE z_number = 5').all() as [Record<string, unknown>];
    const z = JSON.parse(String(row['z_report'])) as ZReport;
    const insert = db.prepare(
      `INSERT INTO session_totals VALUES (${Object.keys(row)
        .map((name) => `@${name}`)
        .join()})`,
    );
    db.transaction(() => {
      for (let number = 6; number <= 1500; number += 1) {
        const business_date = `20${String(27 + Math.floor(number / 300))}-05-05`;
        const z_report = JSON.stringify({ ...z, z_number: number, business_date });
        insert.run({ ...row, session_id: `s-${String(number)}`, business_date, z_number: number, z_report });
      }
    })();
    const pages: { z_count: number; period: string }[][] = [];
    for (let from: unknown = '2025-01-01'; typeof from === 'string';) {
      const page = await totals(`?by=year&from=${from}`);
      pages.push(page['rows'] as (typeof pages)[number]);
      from = page['next_from'];
    }
    expect(pages.map((page) => page.map(({ period }) => period))).toEqual([
      ['2025', '2026', '2027', '2028', '2029'],
      ['2030', '2031', '2032'],
    ]);
    expect(pages.flat().reduce((sum, { z_count }) => sum + z_count, 0)).toBe(1500);
    db.prepare('DELETE FROM session_totals WHERE z_number > 5').run();
  });

  it('name a Z that is missing', async () => {
    till.terminal.db.prepare('DELETE FROM session_totals WHERE z_number IN (1, 3, 5)').run();
    expect(await totals('?by=year&from=2026-01-01')).toMatchObject({
      missing_z_numbers: [
        [1, 1],
        [3, 3],
        [5, 5],
      ],
    });
  });
});
