import { randomUUID } from 'node:crypto';
import { cashier, coffee, terms } from './fleet.js';
import { type EnrolledTill, expectProblem, Office } from './office.js';
import { bread, eventsOf, refund, saleOf, sell } from './shop-floor.js';

let office: Office;
beforeAll(async () => {
  office = await Office.start();
}, 60_000);
afterAll(() => office.stop());

/** A shop that sold three coffees (one sale voided, one refunded), two breads, over two hours. */
const busyShop = async (tenant: string): Promise<EnrolledTill> => {
  const till = await office.enrol(tenant);
  const { terminal } = till;
  terminal.openSession();
  const first = sell(terminal, [coffee, { ...bread, quantity_milli: 2000 }]);
  terminal.now = '2026-11-23T21:30:00.000Z';
  sell(terminal, [{ ...coffee, name: 'Coffee, large' }], 'card');
  const voided = sell(terminal, [coffee, coffee]);
  terminal.do({
    type: 'VoidSale',
    local_id: randomUUID(),
    sale: saleOf(terminal, voided),
    reason: 'wrong',
    authority: cashier,
  });
  refund(terminal, saleOf(terminal, first), 1, 350);
  terminal.now = '2026-11-23T22:30:00.000Z';
  terminal.do({
    type: 'MoveCash',
    local_id: randomUUID(),
    kind: 'paid_out',
    currency: 'USD',
    amount_minor: 500,
    reason: 'ice',
    terms,
    authority: cashier,
  });
  terminal.closeSession();
  expect((await office.send(till)).body).toMatchObject({ rejected: [] });
  return till;
};

describe('a report of sales', () => {
  it('by hour follows the clock of the shop, past midnight too, and adds up to the session', async () => {
    await busyShop('Hours');
    const hours = await office.list('Hours', '/v1/reports/sales?by=hour');
    expect(hours).toMatchObject([
      { member: '2026-11-23T11', sales_count: 1, gross_minor: 550, turnover_minor: 550 },
      {
        member: '2026-11-23T23',
        sales_count: 2,
        gross_minor: 1050,
        refunds_minor: 350,
        voids_minor: 700,
        turnover_minor: 0,
      },
    ]);
    const [session] = await office.list('Hours', '/v1/sessions');
    expect(session).toMatchObject({ reconciled: true, report: { turnover_minor: 550 } });
    for (const by of ['hour', 'staff', 'product', 'category', 'tender']) {
      const rows = await office.list('Hours', `/v1/reports/sales?by=${by}`);
      expect(rows.reduce((sum, row) => sum + Number(row['turnover_minor']), 0)).toBe(550);
    }
  });

  it('by product and category takes off what was refunded and voided, and names it as it is called now', async () => {
    await busyShop('Products');
    expect(await office.list('Products', '/v1/reports/sales?by=product')).toMatchObject([
      { member: 'brown bread', name: 'Bread', quantity_milli: 2000, turnover_minor: 200 },
      {
        member: 'coffee',
        // Two of its lines stand on one receipt.
        sales_count: 3,
        refunds_count: 1,
        voids_count: 1,
        quantity_milli: 1000,
        gross_minor: 1400,
        refunds_minor: 350,
        voids_minor: 700,
        turnover_minor: 350,
      },
    ]);
    expect(await office.list('Products', '/v1/reports/sales?by=category')).toMatchObject([
      { member: 'drinks', sales_count: 3, voids_count: 1, turnover_minor: 350 },
      { member: null, turnover_minor: 200 },
    ]);
    expect(await office.list('Products', '/v1/reports/sales?by=staff')).toMatchObject([
      { member: 'samir', sales_count: 3, voids_count: 1 },
    ]);
    expect(await office.list('Products', '/v1/reports/sales?by=tender')).toMatchObject([
      { member: 'card USD', currency: 'USD', turnover_minor: 350 },
      { member: 'cash USD', gross_minor: 1250, turnover_minor: 200 },
    ]);
  });

  it('is narrowed to dates, a terminal or a store, paged, and asked for wrongly in vain', async () => {
    const { terminal, enrolment } = await busyShop('Narrow');
    const count = async (query: string): Promise<number> =>
      (await office.list('Narrow', `/v1/reports/sales?by=product${query}`)).length;
    expect(await count('&from=2026-11-23&to=2026-11-23')).toBe(2);
    expect(await count('&from=2026-11-24')).toBe(0);
    expect(await count('&to=2026-11-22')).toBe(0);
    expect(await count(`&terminal_id=${terminal.terminal_id}&store_id=${enrolment.store_id}`)).toBe(2);
    expect(await count(`&store_id=${randomUUID()}`)).toBe(0);
    expect(await count('&limit=1&offset=1')).toBe(1);
    const token = await office.admin('Narrow');
    for (const query of ['', '?by=colour', "?by=hour&from=';--", '?by=hour&limit=1e9', '?by=hour&sort=x']) {
      expectProblem(await office.ask(`GET /v1/reports/sales${query}`, { token }), 400, 'QUERY_INVALID');
    }
  });

  it('by person names whoever rang up as last signed in', async () => {
    const till = await office.enrol('Persons');
    till.terminal.openSession();
    for (const name of ['Rana', 'Rana Haddad']) {
      till.terminal.now = `2026-11-23T${name === 'Rana' ? '10' : '11'}:00:00.000Z`;
      till.terminal.do({
        type: 'RecordSale',
        local_id: randomUUID(),
        lines: [coffee],
        payment: { tenders: [{ method: 'card', amount_minor: 350 }] },
        terms,
        authority: { by: { ...cashier.by, name } },
      });
    }
    await office.send(till);
    expect(await office.list('Persons', '/v1/reports/sales?by=staff')).toMatchObject([
      { member: 'samir', name: 'Rana Haddad', sales_count: 2, turnover_minor: 700 },
    ]);
  });

  it('leaves training out', async () => {
    const till = await office.enrol('Training');
    const session = { session_id: randomUUID(), business_date: '2026-11-23' };
    const float = [{ currency: 'USD', amount_minor: 0 }];
    till.terminal.do({
      type: 'OpenSession',
      ...session,
      float,
      training: true,
      open_tickets: [],
      terms,
      authority: cashier,
    });
    sell(till.terminal, [coffee]);
    await office.send(till);
    expect(await office.list('Training', '/v1/reports/sales?by=hour')).toEqual([]);
    expect(await office.list('Training', '/v1/receipts')).toHaveLength(1);
  });
});

describe('a receipt at central', () => {
  it('is found by its number and its store, and shows its lines, its tenders and what was taken back of it', async () => {
    const [mine, theirs] = [await busyShop('Found'), await office.enrol('Found', office.fleet.add(), 'Other store')];
    theirs.terminal.openSession().sell(1);
    await office.send(theirs);
    const all = await office.list('Found', '/v1/receipts');
    expect(all).toHaveLength(5);
    const store = await office.list('Found', `/v1/receipts?store_id=${mine.enrolment.store_id}`);
    expect(new Set(store.map(({ terminal_id }) => terminal_id))).toEqual(new Set([mine.terminal.terminal_id]));
    const [sale] = eventsOf(mine.terminal).filter(({ type }) => type === 'SaleRecorded');
    const { receipt_number } = sale?.data as { receipt_number: string };
    const [found] = await office.list('Found', `/v1/receipts?receipt_number=${receipt_number.toLowerCase()}`);
    expect(found).toMatchObject({ local_id: sale?.local_id, training: false, refunded_minor: 350, voided_by: null });
    const token = await office.admin('Found');
    const whole = await office.ask(`GET /v1/receipts/${String(sale?.local_id)}`, { token });
    expect(whole.body).toMatchObject({
      ...found,
      data: sale?.data,
      corrections: [{ kind: 'refund', gross_minor: 350 }],
    });
    const stranger = await office.admin('Nobody there');
    for (const [id, key] of [
      [sale?.local_id ?? '', stranger],
      ['x', token],
    ] as const) {
      const missing = await office.ask(`GET /v1/receipts/${id}`, { token: key });
      expectProblem(missing, 404, 'RECEIPT_UNKNOWN');
    }
  });
});

describe('the stock of a store', () => {
  it('shows what there is of each product and what moved it, over its tills alone', async () => {
    const till = await busyShop('Shelves');
    const elsewhere = await office.enrol('Shelves', office.fleet.add(), 'Other store');
    elsewhere.terminal.openSession();
    sell(elsewhere.terminal, [coffee]);
    await office.send(elsewhere);
    const path = `/v1/stores/${till.enrolment.store_id}/stock`;
    // Four coffees and two breads went out; of the coffees two were voided and one refunded.
    const levels = await office.list('Shelves', path);
    expect(levels).toMatchObject([
      { code: 'brown bread', level_milli: -2000, sold_milli: 2000, returned_milli: 0 },
      { code: 'coffee', level_milli: -1000, sold_milli: 4000, returned_milli: 3000 },
    ]);
    expect(await office.list('Shelves', `${path}?after=brown%20bread&limit=1`)).toEqual(levels.slice(1));
    expect(await office.list('Shelves', `${path}?search=BREAD`)).toEqual(levels.slice(0, 1));
    const stranger = await office.admin('Nobody there');
    expectProblem(await office.ask(`GET ${path}`, { token: stranger }), 404, 'STORE_UNKNOWN');
  });
});

describe('the journals', () => {
  it('list every opening of the drawer, cash movement, refund and void, newest first', async () => {
    const { terminal } = await busyShop('Journals');
    const drawer = await office.list('Journals', `/v1/drawer-journal?terminal_id=${terminal.terminal_id}&limit=2`);
    expect(drawer.map(({ kind }) => kind)).toContain('paid_out');
    expect(await office.list('Journals', '/v1/corrections')).toMatchObject([
      { kind: 'refund', gross_minor: 350, staff_id: 'samir', reason: 'cold' },
      { kind: 'void', gross_minor: 700, reason: 'wrong' },
    ]);
    expect(drawer.every((row) => !('tenant_id' in row))).toBe(true);
  });
});

describe('the delivery journal', () => {
  it('names each batch as the terminal does, and its new events add up to what is stored', async () => {
    const { terminal, enrolment } = await office.enrol('Deliveries');
    terminal.openSession();
    sell(terminal, [coffee]);
    const events = terminal.events();
    const sent: string[] = [];
    const post = async (some: readonly unknown[]): Promise<void> => {
      const request_id = randomUUID();
      sent.push(request_id);
      const headers = { 'x-request-id': request_id };
      await office.ask('POST /v1/sync', { body: terminal.request(some), token: enrolment.token, headers });
    };
    await post(events.slice(0, 3));
    await post(events.slice(1));
    await post([{ event: '{}', hash: '0'.repeat(64) }]);
    const rows = await office.list('Deliveries', `/v1/deliveries?terminal_id=${terminal.terminal_id}`);
    expect(new Set(rows.map(({ request_id }) => request_id))).toEqual(new Set(sent));
    const sum = (name: string): number => rows.reduce((all, row) => all + Number(row[name]), 0);
    expect([sum('new_count'), sum('duplicate_count')]).toEqual([events.length, 2]);
    expect(sum('events_count')).toBe(events.length + 3);
    expect(rows.map(({ rejected }) => rejected)).toContainEqual({ INVALID: 1 });
    expect(await office.list('Deliveries', `/v1/deliveries?limit=1&offset=1`)).toHaveLength(1);
    const wrong = office.ask('GET /v1/deliveries?business_date=2026-11-23', {
      token: await office.admin('Deliveries'),
    });
    expectProblem(await wrong, 400, 'QUERY_INVALID');
  });
});

describe('the fleet', () => {
  it('shows when a terminal was seen, what waits there and since when, its program and its clock', async () => {
    const { terminal, enrolment } = await busyShop('Fleet');
    terminal.openSession();
    sell(terminal, [coffee]);
    const status = {
      sent_at: new Date(office.clock.ports.clock.wall() - 90_000).toISOString(),
      oldest_pending_at: '2026-11-23T22:30:00.000Z',
    };
    const body = { ...terminal.request([]), catalog_version: 0, status };
    await office.ask('POST /v1/sync', { body, token: enrolment.token });
    const [seen] = await office.list('Fleet', '/v1/terminals');
    expect(seen).toMatchObject({
      software_version: '0',
      zone: 'Asia/Beirut',
      pending: 3,
      oldest_pending_at: status.oldest_pending_at,
    });
    expect(Number(seen?.['clock_offset_ms'])).toBeGreaterThan(-95_000);
    expect(Number(seen?.['clock_offset_ms'])).toBeLessThanOrEqual(-90_000);
    await office.send({ terminal, enrolment });
    expect(await office.list('Fleet', '/v1/terminals')).toMatchObject([{ pending: 0, oldest_pending_at: null }]);
    const wrong = { ...terminal.request([]), status: { ...status, extra: 1 } };
    expectProblem(await office.ask('POST /v1/sync', { body: wrong, token: enrolment.token }), 422, 'REQUEST_INVALID');
  });
});
