import type { PrintState } from '../../src/terminal/print-queue.js';
import { Till } from './http-fixture.js';

const receipts = 'receipts';

describe('the papers that somebody must look after, over HTTP', () => {
  let till: Till;

  const sell = async (): Promise<number> => {
    const cash = [{ method: 'cash', amount_minor: 350 }];
    return Number((await till.post('/v1/sales', { lines: [{ code: 'coffee' }], tenders: cash })).body['seq']);
  };
  const mark = (seq: number, state: PrintState, problem: string | null = null): void =>
    till.terminal.recorder.prints.mark({ seq, destination: receipts }, state, '2026-11-23T09:30:00.000Z', problem);
  const listed = async (): Promise<unknown> => (await till.get('/v1/print-jobs')).body;
  const figures = async (): Promise<Readonly<Record<string, number>>> => {
    const { text } = await till.get('/metrics');
    const lines = text.matchAll(/^tillog_papers_(\w+) (\d+)$/gmu);
    return Object.fromEntries([...lines].map(([, name = '', value]) => [name, Number(value)]));
  };

  beforeEach(async () => {
    till = new Till();
    await till.start({ hasPrinter: true });
    await till.signIn('9', 'pin-9999');
    await till.post('/v1/sessions', { float: [] });
  });
  afterEach(async () => {
    await till.stop();
    till.remove();
  });

  it('are listed with what is wrong, the newest first, and counted', async () => {
    const [torn, waits, done] = [await sell(), await sell(), await sell()];
    mark(torn, 'unknown', 'It was lost.');
    mark(waits, 'queued', 'Its cover is open.');
    mark(done, 'confirmed');
    till.terminal.recorder.pulses.mark(torn + 1, 'missed', '2026-11-23T09:30:00.000Z', 'It was busy.');
    expect(await listed()).toMatchObject({
      jobs: [
        { seq: waits, destination: receipts, state: 'queued', problem: 'Its cover is open.', settled_by: null },
        { seq: torn, destination: receipts, state: 'unknown', problem: 'It was lost.', settled_by: null },
      ],
      drawer: [{ state: 'waiting' }, { state: 'waiting' }, { seq: torn + 1, state: 'missed', problem: 'It was busy.' }],
    });
    expect(await figures()).toEqual({ waiting: 1, unknown: 1, given_up: 0 });
    mark(waits, 'expired');
    expect(await figures()).toEqual({ waiting: 0, unknown: 1, given_up: 1 });
  });

  it('are off the list once somebody looked and settled them, without another paper or anything in the log', async () => {
    const torn = await sell();
    mark(torn, 'unknown', 'It was lost.');
    const { head } = till;
    const settled = await till.post(`/v1/print-jobs/${String(torn)}/settle`, {});
    expect(settled).toMatchObject({
      status: 200,
      body: { seq: torn, state: 'settled', problem: 'It was lost.', settled_by: 's-9' },
    });
    expect(await listed()).toMatchObject({ jobs: [] });
    expect(await figures()).toEqual({ waiting: 0, unknown: 0, given_up: 0 });
    expect((await till.post(`/v1/print-jobs/${String(torn)}/settle`, {})).body).toEqual(settled.body);
    expect(till.head).toEqual(head);
    expect(till.terminal.recorder.prints.next(receipts)).toBeUndefined();
  });

  it('are not settled while they wait or are on paper, nor when nobody says who, which, or where', async () => {
    const seq = await sell();
    const path = `/v1/print-jobs/${String(seq)}/settle`;
    for (const state of ['queued', 'sending', 'sent', 'confirmed'] as const) {
      mark(seq, state);
      expect(await till.post(path, {})).toMatchObject({ status: 409, body: { code: 'PAPER_NOT_DOUBTFUL', state } });
    }
    mark(seq, 'failed');
    expect(await till.post(path, {}, { token: null })).toMatchObject({ status: 401 });
    expect(await till.post(path, { destination: 'Drinks' })).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND' },
    });
    expect(await till.post('/v1/print-jobs/4711/settle', {})).toMatchObject({ status: 404 });
    for (const wrong of ['/v1/print-jobs/one/settle', '/v1/print-jobs/-1/settle']) {
      expect((await till.post(wrong, {})).status).toBe(400);
    }
    expect(await till.post(path, { destination: 7 })).toMatchObject({ body: { code: 'VALIDATION_FAILED' } });
    expect(await listed()).toMatchObject({ jobs: [{ seq, state: 'failed' }] });
  });
});
