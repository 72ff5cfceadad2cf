import { examples } from '../../src/terminal/http/examples/examples.js';
import { type Asked, type Described, mistakesIn, operationsOf, played, type Said } from '../openapi/conversation.js';
import { Till } from './http-fixture.js';

describe('the description of the till', () => {
  const till = new Till({ zone: 'Asia/Beirut', startsAt: '2026-11-23T09:00:00Z' });
  let described: Described;
  beforeAll(async () => {
    await till.start({ hasPrinter: true });
    described = (await till.get('/openapi.json', { token: null })).body as unknown as Described;
  });
  afterAll(async () => {
    await till.stop();
    till.remove();
  });

  const refuseFirstSale = (): Promise<void> => {
    const [sale] = till.recorded('SaleRecorded');
    if (!sale) throw new Error('Nothing was sold.');
    const { local_id, seq } = sale;
    const refusal = { local_id, seq, code: 'INVALID', reason: 'Cannot be read.', permanent: true };
    till.terminal.recorder.outbox.store([], [refusal], '2026-11-23T10:00:00.000Z');
    return Promise.resolve();
  };

  /** Nobody knows of the last paper whether it is whole, and of the drawer whether it opened. */
  const losePaper = (): Promise<void> => {
    const { prints, pulses } = till.terminal.recorder;
    for (const job of prints.open(100)) prints.mark(job, 'unknown', '2026-11-23T09:30:00.000Z', 'It was lost.');
    for (const { seq } of pulses.open(100)) pulses.mark(seq, 'missed', '2026-11-23T09:30:00.000Z', 'It was busy.');
    return Promise.resolve();
  };

  /** What happens at the till before a request, besides the requests themselves; and what it then asks for. */
  const before: Readonly<Record<string, () => Promise<unknown>>> = {
    'POST /v1/sales/{local_id}/void': async () => {
      const cake = { lines: [{ code: 'cake' }], tenders: [{ method: 'card', amount_minor: 499 }] };
      return `/v1/sales/${String((await till.post('/v1/sales', cake)).body['local_id'])}/void`;
    },
    'GET /v1/print-jobs': losePaper,
    'GET /v1/sync': refuseFirstSale,
    'POST /v1/logout': async () => till.signIn('9', 'pin-9999'),
  };
  const ask = async ({ method, url, request, type }: Asked, route: string): Promise<Said> => {
    const other = await before[route]?.();
    const address = typeof other === 'string' ? other : url;
    if (type === 'text/event-stream') return firstOf(address);
    const isCsv = typeof request === 'string';
    const answer = await till.send(
      method,
      address,
      request,
      isCsv ? { raw: request, headers: { 'content-type': 'text/csv' } } : {},
    );
    if (route === 'POST /v1/login') till.token = String(answer.body['token']);
    return answer;
  };
  /** The beginning of an answer that never ends. */
  const firstOf = async (url: string): Promise<Said> => {
    const ended = new AbortController();
    const headers = { authorization: `Bearer ${till.token}` };
    const { status, headers: said, body } = await fetch(till.server.url + url, { headers, signal: ended.signal });
    const first = await body?.getReader().read();
    ended.abort();
    return { status, headers: said, text: Buffer.from(first?.value ?? []).toString() };
  };

  it('can be read by a program, and shows every request and every answer', () => {
    expect(described.openapi).toBe('3.1.0');
    expect([...operationsOf(described).keys()].sort()).toEqual(Object.keys(examples).sort());
    expect(mistakesIn(described)).toEqual([]);
  });

  it('says what opens a request, and which ones need a key of their own', () => {
    const operations = operationsOf(described);
    const open = [...operations].filter(([, { security }]) => !security).map(([route]) => route);
    expect(open.sort()).toEqual([
      'GET /health/live',
      'GET /health/ready',
      'GET /metrics',
      'GET /v1/sync',
      'POST /v1/login',
    ]);
    expect(operations.get('POST /v1/sales')?.parameters).toMatchObject([{ name: 'Idempotency-Key', in: 'header' }]);
    expect(described.components.schemas['Problem']).toMatchObject({
      properties: { code: { enum: expect.arrayContaining(['SESSION_NOT_OPEN', 'VALIDATION_FAILED']) as unknown } },
    });
  });

  it('shows requests that the till takes, with answers built like those it gives', async () => {
    expect(await played(examples, ask)).toEqual([]);
  });
});
