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

describe('signing in over HTTP', () => {
  const till = new Till();

  beforeAll(() => till.start());
  afterAll(async () => {
    await till.stop();
    till.remove();
  });

  it('looks at no PIN for a while after five wrong ones, for ever longer', async () => {
    const attempts = await Promise.all(Array.from({ length: 12 }, () => till.signIn('1', '0000')));
    const codes = attempts.map(({ status }) => status).sort();
    expect(codes).toEqual([...Array<number>(5).fill(401), ...Array<number>(7).fill(429)]);
    const locked = await till.signIn('1', 'pin-1111');
    expect(locked).toMatchObject({ status: 429, body: { code: 'TOO_MANY_ATTEMPTS' } });
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(25);
    till.pass(30_000);
    for (let wrong = 0; wrong < 5; wrong += 1) expect(await till.signIn('1', '0000')).toMatchObject({ status: 401 });
    till.pass(299_000);
    expect(await till.signIn('1', 'pin-1111')).toMatchObject({ status: 429 });
    till.pass(1_000);
    expect(await till.signIn('1', 'pin-1111')).toMatchObject({ status: 200 });
    expect(await till.signIn('1', '0000')).toMatchObject({ status: 401 });
  });

  it('lets a manager in while a cashier is locked out', async () => {
    for (let wrong = 0; wrong < 6; wrong += 1) await till.signIn('2', '0000');
    expect(await till.signIn('2', 'pin-2222')).toMatchObject({ status: 429 });
    expect(await till.signIn('9', 'pin-9999')).toMatchObject({ status: 200 });
  });

  it('tells nobody whether a code exists', async () => {
    const known = await till.signIn('9', 'x');
    const unknown = await till.signIn('nobody', 'x');
    const without = await till.signIn('0', 'x');
    expect([unknown.status, unknown.text]).toEqual([known.status, known.text]);
    expect([without.status, without.text]).toEqual([known.status, known.text]);
    for (let wrong = 0; wrong < 4; wrong += 1) await till.signIn('nobody', 'x');
    expect(await till.signIn('nobody', 'x')).toMatchObject({ status: 429 });
  });

  it('counts a wrong PIN of an approval like one at sign-in', async () => {
    till.pass(900_000);
    await till.signIn('1', 'pin-1111');
    const asked = { reason: 'change', approval: { staff_code: '9', pin: 'x' } };
    const answers = [];
    for (let wrong = 0; wrong < 6; wrong += 1) answers.push((await till.post('/v1/drawer-opens', asked)).status);
    expect(answers.filter((status) => status === 403).length).toBeLessThanOrEqual(5);
    expect(answers.at(-1)).toBe(429);
  });

  it('forgets who rests for half an hour, and everybody after twelve', async () => {
    await till.signIn('1', 'pin-1111');
    till.pass(29 * 60_000);
    expect(await till.get('/v1/catalog')).toMatchObject({ status: 200 });
    till.pass(31 * 60_000);
    expect(await till.get('/v1/catalog')).toMatchObject({ status: 401 });
    await till.signIn('1', 'pin-1111');
    for (let minutes = 0; minutes < 12 * 60 - 20; minutes += 20) {
      till.pass(20 * 60_000);
      expect(await till.get('/v1/catalog')).toMatchObject({ status: 200 });
    }
    till.pass(20 * 60_000);
    expect(await till.get('/v1/catalog')).toMatchObject({ status: 401 });
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
    const { db } = till.terminal;
    const exec = db.exec.bind(db);
    db.exec = (sql) => {
      if (sql === 'COMMIT') throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR_FSYNC' });
      return exec(sql);
    };
    await expect(till.post('/v1/sessions', { float: [] })).rejects.toThrow('fetch failed');
    await expect(till.post('/v1/sessions', { float: [] })).rejects.toThrow('fetch failed');
    await Promise.all([till.relay.stop(), till.server.stop()]);
    till.terminal.close();
    till.remove();
  });
});
