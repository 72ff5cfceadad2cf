import { coffee, Till } from './http-fixture.js';

describe('what happens twice, or on a full disk, over HTTP', () => {
  const till = new Till();

  beforeAll(async () => {
    await till.start();
    await till.signIn('1', 'pin-1111');
    expect((await till.post('/v1/sessions', { float: [] })).status).toBe(201);
  });
  afterAll(async () => {
    await till.stop();
    till.remove();
  });

  it('sells once for a double tap, however many taps there are', async () => {
    const before = till.head?.seq ?? 0;
    const taps = await Promise.all(Array.from({ length: 20 }, () => till.post('/v1/sales', coffee, { key: 'tap' })));
    expect(taps.map(({ status }) => status)).toEqual(Array(20).fill(201));
    expect(new Set(taps.map(({ text }) => text)).size).toBe(1);
    expect(till.events.slice(before)).toEqual(['SaleRecorded', 'DrawerOpened']);
  });

  it('refuses a key that was used for something else', async () => {
    const before = till.head;
    const others = [
      await till.post('/v1/sales', { ...coffee, change_currency: 'LBP' }, { key: 'tap' }),
      await till.post('/v1/sessions', { float: [] }, { key: 'tap' }),
    ];
    for (const other of others) expect(other).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect(till.head).toEqual(before);
  });

  it('takes the same action with another PIN, or none, for the same', async () => {
    const open = { reason: 'change' };
    const key = 'drawer';
    const first = await till.post(
      '/v1/drawer-opens',
      { ...open, approval: { staff_code: '2', pin: 'pin-2222' } },
      { key },
    );
    const again = await till.post(
      '/v1/drawer-opens',
      { ...open, approval: { staff_code: '9', pin: 'pin-9999' } },
      { key },
    );
    expect(first.status).toBe(201);
    expect([again.status, again.text]).toEqual([201, first.text]);
    expect(await till.post('/v1/drawer-opens', open, { key })).toMatchObject({ status: 201, text: first.text });
  });

  it('may use the key of a refused action again', async () => {
    const short = { ...coffee, tenders: [{ method: 'cash', amount_minor: 1 }] };
    expect(await till.post('/v1/sales', short, { key: 'again' })).toMatchObject({ status: 422 });
    expect(await till.post('/v1/sales', coffee, { key: 'again' })).toMatchObject({ status: 201 });
  });

  it('keeps its answers over a restart, and signs everybody out', async () => {
    const first = await till.post('/v1/sales', coffee, { key: 'before the restart' });
    const { token } = till;
    await till.restart();
    expect(await till.get('/v1/catalog', { token })).toMatchObject({ status: 401 });
    await till.signIn('1', 'pin-1111');
    const before = till.head;
    expect(await till.post('/v1/sales', coffee, { key: 'before the restart' })).toMatchObject({
      status: 201,
      text: first.text,
    });
    expect(till.head).toEqual(before);
  });

  it('refuses a sale whole while the disk is full, and sells on when there is space', async () => {
    const { db } = till.terminal;
    const pages = db.pragma('page_count', { simple: true }) as number;
    const most = db.pragma('max_page_count', { simple: true }) as number;
    db.pragma(`max_page_count = ${String(pages)}`);
    let before = till.head;
    let answer = await till.post('/v1/sales', coffee, { key: 'full 0' });
    let sold = 0;
    for (; answer.status === 201 && sold < 500; sold += 1) {
      before = till.head;
      answer = await till.post('/v1/sales', coffee, { key: `full ${String(sold + 1)}` });
    }
    expect(answer).toMatchObject({ status: 507, body: { code: 'DISK_FULL' } });
    expect(till.head).toEqual(before);
    expect(till.terminal.recorder.log.read(0, 10_000).at(-1)?.hash).toBe(before?.hash);
    expect((await till.get('/v1/receipts')).status).toBe(200);
    db.pragma(`max_page_count = ${String(most)}`);
    const retried = await till.post('/v1/sales', coffee, { key: `full ${String(sold)}` });
    expect(retried).toMatchObject({ status: 201, body: { seq: (before?.seq ?? 0) + 1 } });
  });
});

describe('a screen that watches the till', () => {
  it('is told of each commit and how the terminal stands, and is let go when the server stops', async () => {
    const till = await new Till().start();
    await till.signIn('1', 'pin-1111');
    const answer = await fetch(`${till.server.url}/v1/stream`, { headers: { authorization: `Bearer ${till.token}` } });
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    await till.post('/v1/sessions', { float: [] });
    const stopped = till.stop();
    const told = await answer.text();
    await stopped;
    till.remove();
    expect(told).toMatch(/^event: sync\ndata: \{"online":false/u);
    expect(told).toContain('"type":"SessionOpened"');
  });

  it('tells nobody anything about a commit of which nobody knows', async () => {
    const till = await new Till().start();
    await till.signIn('1', 'pin-1111');
    // From now on every COMMIT fails: what it must check is wrong, and checked no earlier.
    till.terminal.db.exec(`CREATE TABLE known (id INTEGER PRIMARY KEY);
      CREATE TABLE wrong (id INTEGER REFERENCES known (id) DEFERRABLE INITIALLY DEFERRED);
      CREATE TRIGGER break_commits AFTER INSERT ON events BEGIN INSERT INTO wrong VALUES (1); END`);
    await expect(till.post('/v1/sessions', { float: [] })).rejects.toThrow('fetch failed');
    await expect(till.post('/v1/sessions', { float: [] })).rejects.toThrow('fetch failed');
    await Promise.all([till.relay.stop(), till.server.stop()]);
    till.terminal.close();
    till.remove();
  });
});
