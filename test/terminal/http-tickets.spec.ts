import type { CatalogContent } from '../../src/catalog/catalog.js';
import { makeCatalog } from '../../src/catalog/catalog.js';
import type { ZReport } from '../../src/domain/report.js';
import { ApplyCatalog, ApplyCatalogHandler } from '../../src/terminal/commands/apply-catalog.js';
import { card, cash, sell, supervisor, trading } from './corrections-fixture.js';
import { type Answer, content, type Till } from './http-fixture.js';
import { expectWhole } from './shop.js';

const dearer: CatalogContent = {
  ...content,
  taxes: content.taxes.map((tax) => ({ ...tax, rate_ppm: tax.rate_ppm + 50_000 })),
  products: content.products.map((product) => ({ ...product, price_minor: product.price_minor + 50 })),
};
const applyCatalog = async (till: Till, catalog: CatalogContent): Promise<void> => {
  const { recorder } = till.terminal;
  await new ApplyCatalogHandler(recorder).execute(new ApplyCatalog(makeCatalog(recorder.catalog.version - 1, catalog)));
};
const park = async (till: Till, lines: readonly object[], more: object = {}): Promise<Answer> => {
  const parked = await till.post('/v1/tickets', { lines, ...more });
  expect(parked.status).toBe(201);
  return parked;
};
const pathOf = ({ body }: Answer): string => `/v1/tickets/${String(body['ticket_id'])}`;
const listed = async (till: Till): Promise<readonly object[]> => {
  const { body } = await till.get('/v1/tickets');
  return body['tickets'] as readonly object[];
};
const close = async (till: Till): Promise<ZReport> => {
  const closed = await till.post('/v1/sessions/current/close', { counted: [] });
  expect(closed.status).toBe(201);
  return closed.body['z_report'] as ZReport;
};

describe('a parked ticket', () => {
  it('keeps its prices, taxes and catalog version; what is added later has the new ones', async () => {
    const till = await trading();
    const before = till.terminal.recorder.catalog.version;
    const ticket = await park(till, [{ code: 'coffee', quantity_milli: 2000 }, { code: 'cake' }], { label: 'Table 4' });
    expect(ticket.body).toMatchObject({
      label: 'Table 4',
      status: 'open',
      training: false,
      currency: 'USD',
      discount: null,
      lines: [
        { line_no: 1, code: 'coffee', gross_minor: 700, catalog_version: before },
        { line_no: 2, code: 'cake', gross_minor: 524, catalog_version: before },
      ],
      gross_minor: 1224,
      cash_total_minor: 1225,
    });
    await applyCatalog(till, dearer);
    const more = await till.post(`${pathOf(ticket)}/park`, { lines: [{ code: '5901234123457' }] });
    const after = before - 1;
    expect(more).toMatchObject({
      status: 201,
      body: {
        label: 'Table 4',
        lines: [
          { line_no: 1, unit_price_minor: 350, rate_ppm: 110_000, catalog_version: before },
          { line_no: 2, unit_price_minor: 499, rate_ppm: 50_000, catalog_version: before },
          { line_no: 3, code: 'coffee', unit_price_minor: 400, rate_ppm: 160_000, catalog_version: after },
        ],
        gross_minor: 1624,
      },
    });
    const basket = { ticket_id: ticket.body['ticket_id'], lines: [{ code: 'cake' }] };
    const quote = await till.post('/v1/sales/quote', basket, { key: null });
    // 5.49 and 10 % on top of it.
    expect(quote.body).toMatchObject({ gross_minor: 1624 + 604, total_minor: 2228, cash_total_minor: 2230 });
    const sold = await till.post('/v1/sales', { ...basket, tenders: [cash(2230)] });
    expect(sold).toMatchObject({
      status: 201,
      body: {
        total_minor: 2230,
        change: [],
        lines: [
          { line_no: 1, gross_minor: 700, catalog_version: before },
          { line_no: 2, gross_minor: 524, catalog_version: before },
          { line_no: 3, gross_minor: 400, catalog_version: after },
          { line_no: 4, gross_minor: 604, catalog_version: after },
        ],
      },
    });
    expect(till.recorded('SaleRecorded').at(-1)?.data.ticket_id).toBe(ticket.body['ticket_id']);
    expect(await listed(till)).toEqual([]);
    expect((await till.get(pathOf(ticket))).body).toMatchObject({
      status: 'sold',
      sale_local_id: sold.body['local_id'],
      lines: [{ line_no: 1 }, { line_no: 2 }, { line_no: 3 }],
      gross_minor: 1624,
    });
    expectWhole(till.terminal.db);
  });

  it('is listed while it waits, oldest first, with what it comes to and who parked it', async () => {
    const till = await trading();
    const first = await park(till, [{ code: 'coffee' }], {
      label: 'Table 4',
      discount: { kind: 'percent', rate_ppm: 100_000 },
    });
    const second = await park(till, [{ code: 'cake' }, { code: 'coffee' }]);
    const resumed = await till.post(`${pathOf(first)}/resume`);
    expect(resumed).toMatchObject({ status: 201, body: { status: 'resumed', gross_minor: 315 } });
    const { body } = await till.get('/v1/sessions/current');
    const since = { session_id: body['session_id'], parked_by: 's-1', changed_by: 's-1', sale_local_id: null };
    const same = { training: false, currency: 'USD', ...since };
    expect(await listed(till)).toMatchObject([
      {
        ...{ ticket_id: first.body['ticket_id'], label: 'Table 4', status: 'resumed' },
        ...{ lines_count: 1, gross_minor: 315, cash_total_minor: 315, ...same },
      },
      {
        ...{ ticket_id: second.body['ticket_id'], label: '', status: 'open' },
        ...{ lines_count: 2, gross_minor: 874, cash_total_minor: 875, ...same },
      },
    ]);
    expect((await till.get(pathOf(first))).body).toMatchObject({ ...since, lines: [{ gross_minor: 315 }] });
  });

  it('is taken in hand, and is still there after a restart', async () => {
    const till = await trading();
    const ticket = await park(till, [{ code: 'coffee' }]);
    await till.post(`${pathOf(ticket)}/resume`);
    await till.restart();
    await till.signIn('1', 'pin-1111');
    expect(await listed(till)).toMatchObject([{ ticket_id: ticket.body['ticket_id'], status: 'resumed' }]);
    const back = await till.post(`${pathOf(ticket)}/park`, { label: 'Table 5' });
    expect(back).toMatchObject({ status: 201, body: { status: 'open', label: 'Table 5', gross_minor: 350 } });
    const sold = await till.post('/v1/sales', { ticket_id: ticket.body['ticket_id'], tenders: [card(350)] });
    expect(sold).toMatchObject({ status: 201, body: { total_minor: 350 } });
  });

  it('loses a line, or a part of one, with a supervisor, and X and Z say so', async () => {
    const till = await trading();
    await sell(till, [{ code: 'coffee' }], [cash(350)]);
    const ticket = await park(till, [{ code: 'coffee', quantity_milli: 3000 }, { code: 'cake' }]);
    const line = `${pathOf(ticket)}/lines/1/void`;
    const asked = { quantity_milli: 1000, reason: 'sent back' };
    expect(await till.post(line, asked)).toMatchObject({ status: 403, body: { permission: 'line_void' } });
    const voided = await till.post(line, { ...asked, approval: supervisor });
    expect(voided).toMatchObject({
      status: 201,
      body: { lines: [{ line_no: 1, quantity_milli: 2000 }, { line_no: 2 }], gross_minor: 1224 },
    });
    expect(till.recorded('LineVoided').at(-1)).toMatchObject({
      approved_by: 's-2',
      staff_id: 's-1',
      data: { line_no: 1, quantity_milli: 1000, gross_minor: 350, reason: 'sent back' },
    });
    await till.post(line, { reason: 'cold', approval: supervisor });
    const discarded = await till.post(`${pathOf(ticket)}/discard`, { reason: 'they left', approval: supervisor });
    expect(discarded).toMatchObject({ status: 201, body: { status: 'discarded', gross_minor: 524 } });
    const figures = {
      line_voids_count: 2,
      line_voids_minor: 1050,
      tickets_discarded_count: 1,
      tickets_discarded_minor: 524,
      turnover_minor: 350,
      drawer_opens: [{ reason: 'sale', count: 1 }],
    };
    expect((await till.get('/v1/sessions/current/x-report')).body).toMatchObject(figures);
    expect(await close(till)).toMatchObject({ ...figures, open_tickets: [] });
    expectWhole(till.terminal.db);
  });

  it('is carried over two closes, and training has its own', async () => {
    const till = await trading();
    const ticket = await park(till, [{ code: 'coffee' }], { label: 'Table 4' });
    const entry = { ticket_id: ticket.body['ticket_id'], label: 'Table 4', lines_count: 1, gross_minor: 350 };
    expect((await close(till)).open_tickets).toEqual([entry]);
    expect(await listed(till)).toHaveLength(1);
    await till.post('/v1/sessions', { float: [], training: true });
    const trained = await park(till, [{ code: 'cake' }]);
    expect(await till.post(`${pathOf(ticket)}/resume`)).toMatchObject({
      status: 409,
      body: { code: 'TRAINING_MISMATCH' },
    });
    expect((await close(till)).open_tickets).toMatchObject([{ ticket_id: trained.body['ticket_id'] }]);
    const opened = await till.post('/v1/sessions', { float: [] });
    expect(till.recorded('TicketCarriedOver')).toMatchObject([
      { session_id: opened.body['session_id'], data: { ticket_id: entry.ticket_id, gross_minor: 350 } },
    ]);
    const second = await close(till);
    expect([second.z_number, second.open_tickets]).toEqual([2, [entry]]);
    expect((await till.get('/v1/z-reports/2')).body['open_tickets']).toEqual([entry]);
    await till.post('/v1/sessions', { float: [] });
    expect(till.recorded('TicketCarriedOver').map(({ data }) => data.from_session_id)).toEqual([
      till.recorded('SessionOpened')[0]?.session_id,
      opened.body['session_id'],
    ]);
    const sold = await till.post('/v1/sales', { ticket_id: entry.ticket_id, tenders: [cash(350)] });
    expect(sold).toMatchObject({ status: 201, body: { total_minor: 350 } });
    expectWhole(till.terminal.db);
  });

  it('is parked, and sold, once under its key', async () => {
    const till = await trading();
    const body = { lines: [{ code: 'coffee' }] };
    const taps = await Promise.all(Array.from({ length: 5 }, () => till.post('/v1/tickets', body, { key: 'tap' })));
    expect(new Set(taps.map(({ status, text }) => `${String(status)} ${text}`)).size).toBe(1);
    expect(await listed(till)).toHaveLength(1);
    const ticket_id = taps[0]?.body['ticket_id'];
    const sale = { ticket_id, tenders: [cash(350)] };
    const [first, second] = [
      await till.post('/v1/sales', sale, { key: 'sale' }),
      await till.post('/v1/sales', sale, { key: 'sale' }),
    ];
    expect([second.status, second.text]).toEqual([201, first.text]);
    const other = await till.post('/v1/tickets', { lines: [{ code: 'cake' }] }, { key: 'tap' });
    expect(other).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
  });

  it('of a thousand lines is parked in one request, and sold', async () => {
    const till = await trading();
    const lines = Array.from({ length: 1000 }, () => ({ code: 'coffee', quantity_milli: 1000 }));
    const ticket = await park(till, lines);
    const sold = await till.post('/v1/sales', { ticket_id: ticket.body['ticket_id'], tenders: [cash(350_000)] });
    expect(sold).toMatchObject({ status: 201, body: { total_minor: 350_000 } });
  });

  it('is described, with every way to it', async () => {
    const till = await trading();
    const { body } = await till.get('/openapi.json', { token: null });
    const paths = body['paths'] as Record<string, Record<string, { parameters?: { name: string; in: string }[] }>>;
    const namesOf = (path: string, place: string) =>
      (paths[path]?.['post']?.parameters ?? []).filter((one) => one.in === place).map(({ name }) => name);
    const one = '/v1/tickets/{ticket_id}';
    const line = `${one}/lines/{line_no}/void`;
    for (const path of ['/v1/tickets', `${one}/park`, `${one}/resume`, `${one}/discard`, line]) {
      expect([path, namesOf(path, 'header')]).toEqual([path, ['Idempotency-Key']]);
    }
    expect(namesOf(line, 'path').sort()).toEqual(['line_no', 'ticket_id']);
    expect(Object.keys(paths['/v1/tickets'] ?? {}).sort()).toEqual(['get', 'post']);
    expect(Object.keys(paths[one] ?? {})).toEqual(['get']);
    for (const path of ['/v1/sales', '/v1/sales/quote']) expect(JSON.stringify(paths[path])).toContain('ticket_id');
  });
});
