import { coffee, Till } from './http-fixture.js';
import { expectWhole } from './shop.js';

const by = (staff_code: string, pin: string) => ({ staff_code, pin });
const approval = by('9', 'pin-9999');
const settlement = { resolution: 'Rung up again by hand', approval };
const nobody = '00000000-0000-4000-8000-000000000000';

describe('what central refused', () => {
  const till = new Till();
  let refused: string;
  let other: string;

  const refuse = (local_id: string): void => {
    const { outbox, log } = till.terminal.recorder;
    const seq = log.find(local_id)?.seq ?? 0;
    outbox.store(
      [],
      [{ local_id, seq, code: 'INVALID', reason: 'broken', permanent: true }],
      '2026-03-01T08:00:00.000Z',
    );
  };
  const sell = async (): Promise<string> => String((await till.post('/v1/sales', coffee)).body['local_id']);
  const rejected = async () => (await till.get('/v1/sync')).body['rejected'];
  const settle = (local_id: string, body: object, key?: string) =>
    till.post(`/v1/sync/rejections/${local_id}/settle`, body, key === undefined ? {} : { key });

  beforeAll(async () => {
    await till.start();
    await till.signIn('1', 'pin-1111');
    expect(await till.post('/v1/sessions', { float: [] })).toMatchObject({ status: 201 });
  });
  beforeEach(async () => {
    [refused, other] = [await sell(), await sell()];
    refuse(refused);
  });
  afterEach(() => till.terminal.db.exec("UPDATE verdicts SET synced_at = 'x' WHERE code IS NOT NULL"));
  afterAll(async () => {
    await till.stop();
    till.remove();
  });

  it('is shown until a manager settles it, with the event that puts it right', async () => {
    expect(await rejected()).toMatchObject([{ local_id: refused, code: 'INVALID' }]);
    const pending = Number((await till.get('/v1/sync')).body['pending']);
    const answer = await settle(refused, { ...settlement, replaced_by: other });
    expect(answer).toMatchObject({ status: 201, body: { seq: till.head?.seq, hash: till.head?.hash } });
    expect(till.recorded('RejectionSettled').at(-1)).toMatchObject({
      staff_id: 's-1',
      approved_by: 's-9',
      data: { rejected_local_id: refused, resolution: settlement.resolution, replaced_by: other },
    });
    expect(await rejected()).toEqual([]);
    expect((await till.get('/v1/sync')).body['pending']).toBe(pending);
    expectWhole(till.terminal.db);
  });

  it('is settled once, however often and under whatever key it is said', async () => {
    const first = await settle(refused, settlement, 'a key of its own');
    const { head } = till;
    expect((await settle(refused, settlement, 'a key of its own')).body).toEqual(first.body);
    expect((await settle(refused, settlement)).body).toEqual(first.body);
    expect(till.head).toEqual(head);
  });

  it('stays settled when central refuses it again, and counts when central accepts it after all', async () => {
    await settle(refused, settlement);
    refuse(refused);
    expect(await rejected()).toEqual([]);
    const { outbox, log } = till.terminal.recorder;
    const seq = log.find(refused)?.seq ?? 0;
    outbox.store([{ seq, remote_id: 'r' }], [], '2026-03-01T08:00:00.000Z');
    expect(outbox.isParked(refused)).toBe(false);
  });

  it('stays settled when what central said of it was lost', async () => {
    await settle(refused, settlement);
    till.terminal.db.exec('DELETE FROM verdicts');
    refuse(refused);
    expect(await rejected()).toEqual([]);
  });

  const settled = async (): Promise<string> => {
    await settle(refused, settlement);
    return refused;
  };

  it.each<[string, () => Promise<string>, object, number, string]>([
    ['an event that nobody knows', async () => Promise.resolve(nobody), settlement, 404, 'REJECTION_UNKNOWN'],
    ['what is no id', async () => Promise.resolve('%00%F0%9F%92%A9'), settlement, 404, 'REJECTION_UNKNOWN'],
    ['an event that waits', async () => Promise.resolve(other), settlement, 404, 'REJECTION_UNKNOWN'],
    ['other words', settled, { ...settlement, resolution: 'Never mind' }, 409, 'REJECTION_SETTLED'],
    ['a cashier alone', async () => Promise.resolve(refused), { resolution: 'x' }, 403, 'APPROVAL_REQUIRED'],
    [
      'a supervisor',
      async () => Promise.resolve(refused),
      { resolution: 'x', approval: by('2', 'pin-2222') },
      403,
      'APPROVAL_REQUIRED',
    ],
    [
      'a wrong PIN',
      async () => Promise.resolve(refused),
      { resolution: 'x', approval: by('9', 'wrong') },
      403,
      'APPROVAL_FAILED',
    ],
    ['no word', async () => Promise.resolve(refused), { ...settlement, resolution: ' ' }, 422, 'REASON_MISSING'],
    ['nothing', async () => Promise.resolve(refused), { approval }, 422, 'VALIDATION_FAILED'],
    [
      'too many words',
      async () => Promise.resolve(refused),
      { ...settlement, resolution: 'x'.repeat(501) },
      422,
      'VALIDATION_FAILED',
    ],
    ['more than is asked', async () => Promise.resolve(refused), { ...settlement, seq: 1 }, 422, 'VALIDATION_FAILED'],
    [
      'a replacement that is no id',
      async () => Promise.resolve(refused),
      { ...settlement, replaced_by: 'x' },
      422,
      'VALIDATION_FAILED',
    ],
    [
      'a replacement of another till',
      async () => Promise.resolve(refused),
      { ...settlement, replaced_by: nobody },
      422,
      'REPLACEMENT_UNKNOWN',
    ],
  ])('is not settled by %s, and the log stays as it was', async (...row) => {
    const [, whom, body, status, code] = row;
    const local_id = await whom();
    const attempts = till.recorded('SignInFailed').length;
    const before = till.head;
    expect(await settle(local_id, body)).toMatchObject({ status, body: { code } });
    if (code === 'APPROVAL_FAILED') expect(till.recorded('SignInFailed')).toHaveLength(attempts + 1);
    else expect(till.head).toEqual(before);
    expect(till.recorded('RejectionSettled').filter(({ data }) => data.rejected_local_id === local_id).length).toBe(
      code === 'REJECTION_SETTLED' ? 1 : 0,
    );
  });

  it('needs somebody signed in and a key', async () => {
    const { head } = till;
    const path = `/v1/sync/rejections/${refused}/settle`;
    expect(await till.post(path, settlement, { token: null })).toMatchObject({ status: 401 });
    expect(await till.post(path, settlement, { key: null })).toMatchObject({
      status: 400,
      body: { code: 'IDEMPOTENCY_KEY_MISSING' },
    });
    expect(till.head).toEqual(head);
  });
});
