import type { Till } from './http-fixture.js';
import { cash, nobody, supervisor, trading } from './corrections-fixture.js';
import { expectWhole } from './shop.js';

describe('what cannot be done with a ticket', () => {
  let till: Till;
  const made: Record<string, string> = {};

  const park = async (name: string, body: object): Promise<void> => {
    const parked = await till.post('/v1/tickets', body);
    expect(parked.status).toBe(201);
    made[name] = String(parked.body['ticket_id']);
  };

  beforeAll(async () => {
    till = await trading();
    await till.post('/v1/sessions/current/close', { counted: [] });
    await till.post('/v1/sessions', { float: [], training: true });
    await park('trained', { lines: [{ code: 'coffee' }] });
    await till.post('/v1/sessions/current/close', { counted: [] });
    await till.post('/v1/sessions', { float: [] });
    await park('open', {
      lines: [{ code: 'coffee', quantity_milli: 2000 }],
      discount: { kind: 'amount', amount_minor: 100 },
    });
    await park('sold', { lines: [{ code: 'coffee' }] });
    await till.post('/v1/sales', { ticket_id: made['sold'], tenders: [cash(350)] });
    await park('discarded', { lines: [{ code: 'coffee' }] });
    await till.post(`/v1/tickets/${String(made['discarded'])}/discard`, { reason: 'left', approval: supervisor });
    await park('emptied', { lines: [{ code: 'coffee' }] });
    await till.post(`/v1/tickets/${String(made['emptied'])}/lines/1/void`, { reason: 'cold', approval: supervisor });
  });

  const why = { reason: 'x', approval: supervisor };
  const coffee = [{ code: 'coffee' }];
  const sale = { tenders: [cash(1000)] };
  it.each<[string, string, object | undefined, number, string]>([
    ['a new one without lines', '', { lines: [] }, 422, 'TICKET_EMPTY'],
    ['a new one that says nothing of lines', '', {}, 422, 'VALIDATION_FAILED'],
    ['goods that nobody knows', '', { lines: [{ code: 'moon' }] }, 422, 'UNKNOWN_CODE'],
    ['nothing of something', '', { lines: [{ code: 'coffee', quantity_milli: 0 }] }, 422, 'QUANTITY_INVALID'],
    ['an empty label', '', { lines: coffee, label: '' }, 422, 'VALIDATION_FAILED'],
    ['a label of 101 characters', '', { lines: coffee, label: 'x'.repeat(101) }, 422, 'VALIDATION_FAILED'],
    ['a label with control characters', '', { lines: coffee, label: 'a\u0007b' }, 422, 'VALIDATION_FAILED'],
    ['an id of one’s own', '', { lines: coffee, ticket_id: nobody }, 422, 'VALIDATION_FAILED'],
    [
      'a discount above the price',
      '',
      { lines: coffee, discount: { kind: 'amount', amount_minor: 351 } },
      422,
      'DISCOUNT_TOO_LARGE',
    ],
    [
      'another price, by a cashier alone',
      '',
      { lines: [{ code: 'coffee', unit_price_minor: 1 }] },
      403,
      'APPROVAL_REQUIRED',
    ],
    ['1001 lines', '', { lines: Array.from({ length: 1001 }, () => coffee[0]) }, 422, 'SALE_TOO_LONG'],
    ['more on one that nobody knows', '/nobody/park', { lines: coffee }, 404, 'TICKET_UNKNOWN'],
    ['more on what is no id at all', '/%00%F0%9F%92%A9/park', { lines: coffee }, 404, 'TICKET_UNKNOWN'],
    ['more on one that was sold', '/sold/park', { lines: coffee }, 409, 'TICKET_CLOSED'],
    ['more on one that was discarded', '/discarded/park', { lines: coffee }, 409, 'TICKET_CLOSED'],
    ['more on one of training', '/trained/park', { lines: coffee }, 409, 'TRAINING_MISMATCH'],
    ['a thousand more', '/open/park', { lines: Array.from({ length: 1000 }, () => coffee[0]) }, 422, 'SALE_TOO_LONG'],
    ['taking one in hand that nobody knows', '/nobody/resume', undefined, 404, 'TICKET_UNKNOWN'],
    ['taking one in hand that was sold', '/sold/resume', undefined, 409, 'TICKET_CLOSED'],
    ['discarding one that nobody knows', '/nobody/discard', why, 404, 'TICKET_UNKNOWN'],
    ['discarding one twice', '/discarded/discard', why, 409, 'TICKET_CLOSED'],
    ['discarding one of training', '/trained/discard', why, 409, 'TRAINING_MISMATCH'],
    ['discarding by a cashier alone', '/open/discard', { reason: 'x' }, 403, 'APPROVAL_REQUIRED'],
    ['discarding for a reason of spaces', '/open/discard', { ...why, reason: ' ' }, 422, 'REASON_MISSING'],
    ['discarding for no reason', '/open/discard', { approval: supervisor }, 422, 'VALIDATION_FAILED'],
    ['voiding a line that is not there', '/open/lines/2/void', why, 422, 'LINE_UNKNOWN'],
    ['voiding line 0', '/open/lines/0/void', why, 422, 'LINE_UNKNOWN'],
    ['voiding a line that was voided', '/emptied/lines/1/void', why, 422, 'LINE_UNKNOWN'],
    ['voiding a line that is no number', '/open/lines/one/void', why, 400, 'QUERY_INVALID'],
    ['voiding more than is there', '/open/lines/1/void', { ...why, quantity_milli: 2001 }, 422, 'QUANTITY_INVALID'],
    ['voiding nothing', '/open/lines/1/void', { ...why, quantity_milli: 0 }, 422, 'QUANTITY_INVALID'],
    ['voiding less than nothing', '/open/lines/1/void', { ...why, quantity_milli: -1 }, 422, 'QUANTITY_INVALID'],
    ['voiding half a gram', '/open/lines/1/void', { ...why, quantity_milli: 0.5 }, 422, 'VALIDATION_FAILED'],
    [
      'voiding all but what the discount eats',
      '/open/lines/1/void',
      { ...why, quantity_milli: 1900 },
      422,
      'DISCOUNT_TOO_LARGE',
    ],
    ['voiding a line of one that was sold', '/sold/lines/1/void', why, 409, 'TICKET_CLOSED'],
    ['voiding a line of one that nobody knows', '/nobody/lines/1/void', why, 404, 'TICKET_UNKNOWN'],
    ['voiding by a cashier alone', '/open/lines/1/void', { reason: 'x' }, 403, 'APPROVAL_REQUIRED'],
    ['selling one that nobody knows', 'sell nobody', sale, 404, 'TICKET_UNKNOWN'],
    ['selling one twice', 'sell sold', sale, 409, 'TICKET_CLOSED'],
    ['selling one that was discarded', 'sell discarded', sale, 409, 'TICKET_CLOSED'],
    ['selling one of training', 'sell trained', sale, 409, 'TRAINING_MISMATCH'],
    ['selling one with nothing left', 'sell emptied', sale, 422, 'TICKET_EMPTY'],
    ['selling one for less', 'sell open', { tenders: [cash(595)] }, 422, 'TENDER_TOO_SMALL'],
    [
      'selling one with a thousand more',
      'sell open',
      { ...sale, lines: Array.from({ length: 1000 }, () => coffee[0]) },
      422,
      'SALE_TOO_LONG',
    ],
    ['selling one by half an id', 'sell half', sale, 422, 'VALIDATION_FAILED'],
    ['selling neither a ticket nor lines', 'sell', sale, 422, 'VALIDATION_FAILED'],
    ['quoting one that nobody knows', 'quote nobody', {}, 404, 'TICKET_UNKNOWN'],
    ['quoting one that was sold', 'quote sold', {}, 409, 'TICKET_CLOSED'],
    ['quoting one with nothing left', 'quote emptied', {}, 422, 'TICKET_EMPTY'],
    ['quoting nothing', 'quote', {}, 422, 'VALIDATION_FAILED'],
  ])('is %s, and log and tickets stay as they were', async (...row) => {
    const [, path, body, status, code] = row;
    const idOf = (name: string): string => ({ nobody, half: '1234' })[name] ?? made[name] ?? name;
    const before = [till.head, (await till.get('/v1/tickets')).text];
    const [verb, name] = path.split(' ');
    const sold = { ...body, ...(name === undefined ? {} : { ticket_id: idOf(name) }) };
    const answer =
      path.startsWith('/') || path === ''
        ? await till.post(`/v1/tickets${path.replace(/^\/([^/]+)/u, (_whole, id: string) => `/${idOf(id)}`)}`, body)
        : await till.post(verb === 'sell' ? '/v1/sales' : '/v1/sales/quote', sold);
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect([till.head, (await till.get('/v1/tickets')).text]).toEqual(before);
  });

  it('is anything without an Idempotency-Key, and reading one that nobody knows', async () => {
    const before = till.head;
    const open = `/${String(made['open'])}`;
    const requests = [
      ['', { lines: coffee }],
      [`${open}/park`, { lines: coffee }],
      [`${open}/resume`, undefined],
      [`${open}/discard`, why],
      [`${open}/lines/1/void`, why],
    ] as const;
    for (const [path, body] of requests) {
      const answer = await till.post(`/v1/tickets${path}`, body, { key: null });
      expect([path, answer.status, answer.body['code']]).toEqual([path, 400, 'IDEMPOTENCY_KEY_MISSING']);
    }
    expect(await till.get(`/v1/tickets/${nobody}`)).toMatchObject({ status: 404, body: { code: 'TICKET_UNKNOWN' } });
    expect(await till.get('/v1/tickets', { token: null })).toMatchObject({ status: 401 });
    expect(till.head).toEqual(before);
  });

  it('is parking while no session is open, and nothing that was parked is lost by it', async () => {
    await till.post('/v1/sessions/current/close', { counted: [] });
    expect(await till.post('/v1/tickets', { lines: coffee })).toMatchObject({
      status: 409,
      body: { code: 'SESSION_NOT_OPEN' },
    });
    expect((await till.get('/v1/tickets')).body['tickets']).toHaveLength(3);
    expectWhole(till.terminal.db);
  });
});
