import type { Till } from './http-fixture.js';
import { cash, idOf, nobody, refundOf, sell, trading, voiding } from './corrections-fixture.js';
import { expectWhole } from './shop.js';

describe('what cannot be corrected', () => {
  let till: Till;
  const made: Record<string, string> = {};

  beforeAll(async () => {
    till = await trading();
    made['earlier'] = idOf(await sell(till, [{ code: 'coffee' }], [cash(350)]));
    expect(await till.post('/v1/sessions/current/close', { counted: [] })).toMatchObject({ status: 201 });
    expect(await till.post('/v1/sessions', { float: [], training: true })).toMatchObject({ status: 201 });
    made['trained'] = idOf(await sell(till, [{ code: 'coffee' }], [cash(350)]));
    expect(await till.post('/v1/sessions/current/close', { counted: [] })).toMatchObject({ status: 201 });
    expect(await till.post('/v1/sessions', { float: [] })).toMatchObject({ status: 201 });
    made['sold'] = idOf(await sell(till, [{ code: 'coffee' }, { code: 'cake' }], [cash(1000)]));
    made['begun'] = idOf(await sell(till, [{ code: 'coffee' }], [cash(350)]));
    const back = await till.post(`/v1/sales/${made['begun']}/refunds`, refundOf(1, 500, 175));
    made['refund'] = idOf(back);
    made['voided'] = idOf(await sell(till, [{ code: 'coffee' }], [cash(350)]));
    made['void'] = idOf(await till.post(`/v1/sales/${made['voided']}/void`, voiding));
  });

  const one = refundOf(1, 1000, 350);
  it.each<[string, string, string, object, number, string]>([
    ['a sale that nobody knows', 'refunds', 'nobody', one, 404, 'SALE_UNKNOWN'],
    ['a void of a sale that nobody knows', 'void', 'nobody', voiding, 404, 'SALE_UNKNOWN'],
    ['what is no id at all', 'refunds', '%00%F0%9F%92%A9', one, 404, 'SALE_UNKNOWN'],
    ['an event that is no receipt', 'refunds', 'void', one, 404, 'SALE_UNKNOWN'],
    ['a refund of a refund', 'refunds', 'refund', one, 422, 'NOT_A_SALE'],
    ['a void of a refund', 'void', 'refund', voiding, 422, 'NOT_A_SALE'],
    ['a refund of a voided sale', 'refunds', 'voided', one, 409, 'SALE_VOIDED'],
    ['a second void', 'void', 'voided', voiding, 409, 'SALE_VOIDED'],
    ['a void after a refund', 'void', 'begun', voiding, 409, 'SALE_REFUNDED'],
    ['a void in another session', 'void', 'earlier', voiding, 409, 'SALE_NOT_OF_SESSION'],
    ['a void of a training sale', 'void', 'trained', voiding, 409, 'SALE_NOT_OF_SESSION'],
    ['a refund of a training sale', 'refunds', 'trained', one, 409, 'TRAINING_MISMATCH'],
    ['more than is left', 'refunds', 'begun', refundOf(1, 501, 175), 409, 'REFUND_EXCEEDS_SOLD'],
    ['more than was sold', 'refunds', 'sold', refundOf(1, 1001, 350), 409, 'REFUND_EXCEEDS_SOLD'],
    ['a line that is not there', 'refunds', 'sold', refundOf(3, 1000, 350), 422, 'LINE_UNKNOWN'],
    ['line 0', 'refunds', 'sold', refundOf(0, 1000, 350), 422, 'LINE_UNKNOWN'],
    ['a line twice', 'refunds', 'sold', { ...one, lines: [...one.lines, ...one.lines] }, 422, 'LINE_REPEATED'],
    ['no line', 'refunds', 'sold', { ...one, lines: [] }, 422, 'SALE_EMPTY'],
    ['nothing', 'refunds', 'sold', refundOf(1, 0, 0), 422, 'QUANTITY_INVALID'],
    ['less than nothing', 'refunds', 'sold', refundOf(1, -1000, 350), 422, 'QUANTITY_INVALID'],
    ['half a gram', 'refunds', 'sold', refundOf(1, 0.5, 350), 422, 'VALIDATION_FAILED'],
    ['a price of one’s own', 'refunds', 'sold', { ...one, unit_price_minor: 1 }, 422, 'VALIDATION_FAILED'],
    ['less money', 'refunds', 'sold', refundOf(1, 1000, 345), 422, 'TENDER_TOO_SMALL'],
    ['more money', 'refunds', 'sold', refundOf(1, 1000, 355), 422, 'TENDER_TOO_LARGE'],
    ['no money', 'refunds', 'sold', { ...one, tenders: [] }, 422, 'TENDER_MISSING'],
    ['pounds that are not enough', 'refunds', 'sold', { ...one, tenders: [cash(1, 'LBP')] }, 422, 'TENDER_TOO_SMALL'],
    ['a reason of spaces', 'refunds', 'sold', { ...one, reason: ' ' }, 422, 'REASON_MISSING'],
    ['a void without a reason', 'void', 'sold', { ...voiding, reason: ' ' }, 422, 'REASON_MISSING'],
    ['a refund by a cashier alone', 'refunds', 'sold', { ...one, approval: undefined }, 403, 'APPROVAL_REQUIRED'],
    ['a void by a cashier alone', 'void', 'sold', { ...voiding, approval: undefined }, 403, 'APPROVAL_REQUIRED'],
  ])('is %s, and the log stays as it was', async (...row) => {
    const [, action, sale, body, status, code] = row;
    const before = till.head;
    const local_id = sale === 'nobody' ? nobody : (made[sale] ?? sale);
    const answer = await till.post(`/v1/sales/${local_id}/${action}`, body);
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(till.head).toEqual(before);
  });

  it('is nothing else: what stands is refunded and voided', async () => {
    const earlier = String(made['earlier']);
    expect(await till.post(`/v1/sales/${earlier}/refunds`, one)).toMatchObject({ status: 201 });
    expect(await till.post(`/v1/sales/${String(made['sold'])}/void`, voiding)).toMatchObject({ status: 201 });
    expectWhole(till.terminal.db);
  });

  it('is anything while no session is open', async () => {
    await till.post('/v1/sessions/current/close', { counted: [] });
    for (const [action, body] of [
      ['refunds', one],
      ['void', voiding],
    ] as const) {
      expect(await till.post(`/v1/sales/${String(made['begun'])}/${action}`, body)).toMatchObject({
        status: 409,
        body: { code: 'SESSION_NOT_OPEN' },
      });
    }
  });
});
