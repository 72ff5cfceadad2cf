import { makeCatalog } from '../../src/catalog/catalog.js';
import { giveWay } from '../../src/ports.js';
import { SettleRejection, SettleRejectionHandler } from '../../src/terminal/commands/settle-rejection.js';
import { waitingEvents } from '../../src/outbox/outbox.js';
import { largeCatalog } from '../terminal/large-catalog.js';
import { byManager, expectWhole, type Shop, shopContent } from '../terminal/shop.js';
import { enrolledShop } from './enrolled-shop.js';
import { answerOf, type Arrived, type Reply, ScriptedCentral, settled } from './scripted-central.js';

const salesOf = (shop: Shop): readonly { readonly remote_id: string | null; readonly synced_at: string | null }[] =>
  shop.terminal.db.prepare('SELECT remote_id, synced_at FROM sales ORDER BY created_at').all() as never;

describe('a relay whose central answers', () => {
  it('sends at most a hundred events at once, oldest first, one request at a time, until nothing waits', async () => {
    const { shop, central, relay, sell, start } = await enrolledShop();
    await sell(120);
    const { seq = 0 } = shop.recorder.log.head ?? {};
    await start();
    expect(central.arrived.map(({ seqs }) => seqs.length)).toEqual([100, 100, seq - 200]);
    expect(central.arrived.flatMap(({ seqs }) => seqs)).toEqual(Array.from({ length: seq }, (_, index) => index + 1));
    expect(central.inFlightMost).toBe(1);
    expect(relay.status()).toMatchObject({ pending: 0, online: true, oldest_pending_at: null, contiguous_seq: seq });
    expect(salesOf(shop).every(({ remote_id, synced_at }) => remote_id !== null && synced_at !== null)).toBe(true);
  });

  it('keeps a request below a megabyte of events', async () => {
    const { shop, central, start } = await enrolledShop();
    const lines = Array.from({ length: 300 }, () => ({ code: 'book' }));
    for (let index = 0; index < 6; index += 1) {
      await shop.commands.sell(`large-${String(index)}`, {
        lines,
        tenders: [{ method: 'cash', amount_minor: 360_000 }],
      });
    }
    await start();
    const bytes = central.arrived.map(({ events }) => events.reduce((sum, { event }) => sum + event.length, 0));
    expect(bytes.length).toBeGreaterThan(1);
    expect(Math.max(...bytes)).toBeLessThanOrEqual(1024 * 1024);
  });

  it.each([
    ['http://central', true],
    ['http://127.0.0.1:4200', false],
    ['http://localhost:4200', false],
    ['http://[::1]:4200', false],
  ])('compresses a batch for %s: %s, because on one machine it costs more than it saves', async (url, zipped) => {
    const { central, sell, start } = await enrolledShop([], undefined, url);
    await sell(5);
    await start();
    expect(central.arrived.map((batch) => batch.zipped)).toEqual([zipped]);
  });

  it('sends soon after a commit, and an empty batch each interval when nothing waits', async () => {
    const { clock, central, sell, start } = await enrolledShop();
    await start();
    const first = central.arrived.length;
    await sell(1);
    await settled();
    expect(central.arrived.slice(first).map(({ seqs }) => seqs.length)).toEqual([2]);
    await clock.pass(65_000);
    expect(central.arrived.slice(first + 1).map(({ seqs }) => seqs.length)).toEqual([0, 0]);
  });

  it('acknowledges record by record: what the answer does not name is sent again', async () => {
    const onlyFirst = ({ ids }: Arrived): Reply => ({ accepted: [{ local_id: ids[0] ?? '', remote_id: 'r1' }] });
    const { central, relay, start } = await enrolledShop([onlyFirst]);
    await start();
    const [before, after] = central.arrived;
    expect(after?.seqs).toEqual(before?.seqs.slice(1));
    expect(relay.status().pending).toBe(0);
  });

  it('ignores verdicts on events that it did not send', async () => {
    const stranger = { local_id: 'a0000000-0000-4000-8000-000000000000', remote_id: 'r' };
    const { relay, start } = await enrolledShop([{ accepted: [stranger] }]);
    await start();
    expect(relay.status().pending).toBeGreaterThan(0);
  });

  it('sends again what central misses, from the log, also when it was acknowledged', async () => {
    const { central, relay, clock, start } = await enrolledShop();
    await start();
    central.arrived.length = 0;
    const forgetful: Reply = { missing: [[2, 3]], contiguous_seq: 1 };
    Object.assign(central, { script: [forgetful] });
    await relay.syncNow();
    await clock.pass(0);
    expect(central.arrived.map(({ seqs }) => seqs)).toEqual([[], [2, 3]]);
  });

  it('does not ask again and again when central misses the same for ever', async () => {
    const never: Reply = { accepted: [], missing: [[1, 2]], contiguous_seq: 0 };
    const { central, clock, start } = await enrolledShop(Array.from({ length: 50 }, () => never));
    await start();
    await clock.pass(60_000);
    expect(central.arrived.length).toBeLessThan(10);
  });

  it('applies a newer catalog, and keeps the old one with a reason when it is bad', async () => {
    const newer: Reply = { catalog_version: 7 };
    const { shop, central, relay, start } = await enrolledShop([newer, newer]);
    central.catalog = { ...makeCatalog(7, { ...shopContent, methods: ['card'] }), checksum: 'f'.repeat(64) };
    await start();
    expect(relay.status()).toMatchObject({
      catalog_version: 1,
      catalog_problem: expect.stringMatching(/checksum/u) as string,
    });
    central.catalog = makeCatalog(8, { ...shopContent, methods: ['card'] });
    Object.assign(central, { script: [{ catalog_version: 8 }] });
    await relay.syncNow();
    await settled();
    expect(relay.status()).toMatchObject({ catalog_version: 8, catalog_problem: null });
    expect(shop.recorder.catalog.content?.methods).toEqual(['card']);
  });

  it('applies a large catalog while sales go on', async () => {
    const { shop, central, relay, start } = await enrolledShop([{ catalog_version: 2 }]);
    central.catalog = largeCatalog(2, 3000);
    await start();
    let sold = 0;
    for (; shop.recorder.catalog.version === 1 && sold < 1000; sold += 1) {
      await shop.commands.sell(`meanwhile-${sold}`);
      for (let turn = 0; turn < 10; turn += 1) await giveWay();
    }
    expect(sold).toBeGreaterThan(1);
    await settled();
    expect(relay.status()).toMatchObject({ catalog_version: 2, catalog_problem: null });
    expect(shop.recorder.catalog.content).toEqual(largeCatalog(2, 3000).content);
  });

  it.each<[string, (central: ScriptedCentral) => void]>([
    ['a login page', (central) => (central.catalogText = '<html>Welcome</html>')],
    ['half a catalog', (central) => (central.catalogText = '{"catalog_version":2,"content":{"products":[')],
  ])('asks again when %s came in its place', async (_what, spoil) => {
    const newer: Reply = { catalog_version: 2 };
    const { shop, central, relay, start } = await enrolledShop([newer, newer]);
    spoil(central);
    central.catalog = makeCatalog(2, { ...shopContent, methods: [] });
    await start();
    expect(relay.status().catalog_problem).toMatch(/not central/u);
    expect(shop.recorder.catalog.version).toBe(1);
    central.catalogText = undefined;
    await relay.syncNow();
    await settled();
    expect(relay.status()).toMatchObject({ catalog_version: 2, catalog_problem: null });
  });

  it('asks again for a catalog that did not fit on the disk', async () => {
    const newer: Reply = { catalog_version: 2 };
    const { shop, central, relay, start } = await enrolledShop([newer, newer, newer]);
    const { db } = shop.terminal;
    central.catalog = largeCatalog(2, 1000);
    db.pragma(`max_page_count = ${(db.pragma('page_count', { simple: true }) as number) + 20}`);
    await start();
    await settled();
    expect(relay.status()).toMatchObject({
      catalog_version: 1,
      catalog_problem: expect.stringMatching(/disk is full/u) as string,
    });
    db.pragma('max_page_count = 100000');
    await relay.syncNow();
    await settled();
    expect(relay.status()).toMatchObject({ catalog_version: 2, catalog_problem: null });
  });
});

describe('an event that central refuses', () => {
  const refuse =
    (code: string, permanent: boolean) =>
    ({ ids }: Arrived): Reply => ({
      accepted: ids.slice(1).map((local_id) => ({ local_id, remote_id: 'r' })),
      rejected: [{ local_id: ids[0] ?? '', code, reason: 'because', permanent }],
    });

  it('is parked, shown, blocks nothing, and is tried again by itself after growing pauses', async () => {
    const again = refuse('UNKNOWN_TYPE', false);
    const { central, relay, clock, start } = await enrolledShop([again]);
    await start();
    expect(relay.status()).toMatchObject({
      pending: 1,
      rejected: [{ seq: 1, code: 'UNKNOWN_TYPE', reason: 'because' }],
    });
    Object.assign(central, { script: [again] });
    central.arrived.length = 0;
    await clock.pass(31_000);
    expect(central.arrived.filter(({ seqs }) => seqs.length > 0).map(({ seqs }) => seqs)).toEqual([[1]]);
    await clock.pass(31_000);
    expect(central.arrived.filter(({ seqs }) => seqs.length > 0)).toHaveLength(1);
    await clock.pass(60_000);
    expect(central.arrived.filter(({ seqs }) => seqs.length > 0)).toHaveLength(2);
    expect(relay.status()).toMatchObject({ pending: 0, rejected: [] });
  });

  it('is tried hourly when the refusal is permanent', async () => {
    const { central, clock, start } = await enrolledShop([refuse('INVALID', true)]);
    await start();
    central.arrived.length = 0;
    await clock.pass(3_500_000);
    expect(central.arrived.filter(({ seqs }) => seqs.length > 0)).toHaveLength(0);
    await clock.pass(200_000);
    expect(central.arrived.filter(({ seqs }) => seqs.length > 0).map(({ seqs }) => seqs)).toEqual([[1]]);
  });

  it('is not sent or shown any more once people settled it', async () => {
    const { shop, clock, central, relay, start } = await enrolledShop([refuse('CONFLICT', true)]);
    await start();
    const [refused] = relay.status().rejected;
    const settlement = { rejected_local_id: refused?.local_id ?? '', resolution: 'Seen', replaced_by: null };
    await new SettleRejectionHandler(shop.recorder).execute(new SettleRejection('s', settlement, byManager));
    await clock.pass(3 * 3_600_000);
    expect(relay.status()).toMatchObject({ rejected: [], pending: 0, oldest_pending_at: null });
    expect(central.arrived.filter(({ ids }) => ids.includes(refused?.local_id ?? ''))).toHaveLength(1);
  });

  it('is not parked for a gap: it stays pending', async () => {
    const gap = ({ ids }: Arrived): Reply => ({
      accepted: [],
      rejected: ids.map((local_id) => ({ local_id, code: 'GAP', reason: 'missing', permanent: false })),
      missing: [[1, 1]],
    });
    const { relay, start } = await enrolledShop([gap]);
    await start();
    expect(relay.status()).toMatchObject({ pending: 0, rejected: [] });
  });
});

describe('a line that misbehaves', () => {
  it.each<[string, Reply, string]>([
    ['a login page with 200', answerOf(200, '<html>Welcome to the hotel</html>'), 'not_central'],
    ['JSON that is no answer', answerOf(200, '{"ok":true}'), 'not_central'],
    ['a redirect', answerOf(302, ''), 'not_central'],
    ['401', answerOf(401, '{}'), 'enrol_again'],
    ['403', answerOf(403, '{}'), 'enrol_again'],
    ['404', answerOf(404, '{}'), 'refused'],
    ['422', answerOf(422, '{}'), 'refused'],
    ['429', answerOf(429, '{}'), 'busy'],
    ['500', answerOf(500, '{}'), 'busy'],
    ['502 with HTML', answerOf(502, '<html>Bad gateway</html>'), 'busy'],
    ['an answer that is cut', 'cut', 'unreachable'],
  ])('acknowledges nothing by %s and says what is wrong', async (_what, reply, problem_code) => {
    const { shop, relay, start } = await enrolledShop(Array.from({ length: 9 }, () => reply));
    const waiting = relay.status().pending;
    await start();
    expect(relay.status()).toMatchObject({ pending: waiting, online: false, rejected: [], problem_code });
    expect(relay.status().problem).toMatch(/Sales go on|sales go on|not central|nothing is lost/iu);
    expect(shop.terminal.db.prepare('SELECT outcome FROM deliveries').pluck().get()).toBe(problem_code);
  });

  it('halves a batch that is too large until it fits', async () => {
    const tooLarge = answerOf(413, '{}');
    const { central, clock, relay, sell, start } = await enrolledShop([tooLarge, tooLarge]);
    await sell(60);
    await start();
    await clock.pass(10);
    expect(central.arrived.slice(0, 3).map(({ seqs }) => seqs.length)).toEqual([100, 50, 25]);
    expect(relay.status().pending).toBe(0);
  });

  it('waits at least as long as central asks for', async () => {
    const { central, clock, start } = await enrolledShop([answerOf(429, '{}', { 'retry-after': '120' })]);
    await start();
    await clock.pass(110_000);
    expect(central.arrived).toHaveLength(1);
    await clock.pass(11_000);
    expect(central.arrived.length).toBeGreaterThan(1);
  });

  it('grows its pauses up to five minutes, below a random limit', async () => {
    const { central, clock, start } = await enrolledShop(Array.from({ length: 40 }, () => answerOf(500, '{}')));
    const at: number[] = [];
    const script = (): Reply => {
      at.push(clock.monotonic());
      return answerOf(500, '{}');
    };
    Object.assign(central, { script: Array.from({ length: 40 }, () => script) });
    await start();
    await clock.pass(3_600_000);
    const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(pauses[0]).toBeLessThan(3000);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(303_000);
    expect(Math.max(...pauses)).toBeGreaterThan(100_000);
  });

  it('notices within seconds that central is back, however long the pause had become', async () => {
    const { central, clock, relay, start } = await enrolledShop();
    central.reachable = false;
    await start();
    await clock.pass(1_800_000);
    expect(relay.status()).toMatchObject({ online: false, problem_code: 'unreachable' });
    central.reachable = true;
    await clock.pass(3100);
    expect(relay.status()).toMatchObject({ online: true, pending: 0 });
  });

  it('tries at once when the machine gets another address', async () => {
    const { central, clock, start } = await enrolledShop(Array.from({ length: 12 }, () => answerOf(503, '{}')));
    await start();
    await clock.pass(400_000);
    const before = central.arrived.length;
    central.move('wireless');
    await clock.pass(3100);
    expect(central.arrived.length).toBeGreaterThan(before);
  });

  it('goes on selling and sends everything once when the line is back', async () => {
    const { shop, central, clock, sell, start } = await enrolledShop(['cut', 'cut']);
    await start();
    await sell(5);
    await clock.pass(30_000);
    const ids = new Set(central.arrived.flatMap(({ ids: all }) => all));
    expect(ids.size).toBe(shop.recorder.log.head?.seq);
    expect(salesOf(shop).every(({ synced_at }) => synced_at !== null)).toBe(true);
  });

  it('stops at once in the middle of a long pause', async () => {
    const { central, relay, start } = await enrolledShop();
    central.reachable = false;
    await start();
    await relay.stop();
    expect(relay.status().online).toBe(false);
  });
});

describe('a central that has another past of the log', () => {
  const wanted: Reply = { new_epoch_required: true, next_epoch: 4 };

  it('makes the terminal go on in the epoch that it names, between two commands, and everything is sent', async () => {
    const { shop, clock, central, relay, sell, start } = await enrolledShop([wanted]);
    await sell(1);
    await start();
    await sell(1);
    await clock.pass(1000);
    const started = shop.events.find(({ type }) => type === 'EpochStarted');
    expect(started).toMatchObject({ epoch: 4, data: { previous: { epoch: 1, seq: (started?.seq ?? 0) - 1 } } });
    const sales = shop.events.filter((event) => event.type === 'SaleRecorded');
    expect(sales.map(({ data }) => data.receipt_number.split('-').length)).toEqual([2, 3]);
    expect(sales.at(-1)?.data).toMatchObject({
      receipt_index: 2,
      receipt_number: expect.stringMatching(/-4-0+2$/u) as string,
    });
    expect(central.arrived.at(-1)).toMatchObject({ epoch: 4 });
    expect(relay.status()).toMatchObject({ pending: 0, new_epoch_required: false });
    expectWhole(shop.terminal.db);
  });

  it('that asks without end gets no more than one new epoch a minute', async () => {
    const { shop, clock, start } = await enrolledShop(
      Array.from({ length: 500 }, () => ({ new_epoch_required: true })),
    );
    await start();
    await clock.pass(5 * 60_000);
    const epochs = shop.events.filter(({ type }) => type === 'EpochStarted').map(({ epoch }) => epoch);
    expect(epochs.length).toBeGreaterThan(2);
    expect(epochs.length).toBeLessThanOrEqual(6);
    expect(epochs).toEqual(epochs.map((_epoch, index) => index + 2));
  });
});

describe('the outbox', () => {
  it('finds what waits through an index, so that a long log costs nothing', async () => {
    const { shop } = await enrolledShop();
    const plan = shop.terminal.db.prepare(`EXPLAIN QUERY PLAN ${waitingEvents}`).all(100) as { detail: string }[];
    const steps = plan.map(({ detail }) => detail).filter((detail) => /SEARCH|SCAN|TEMP B-TREE/u.test(detail));
    expect(steps).toEqual([
      'SEARCH events USING INDEX sqlite_autoindex_events_2 (seq>?)',
      'SCAN outbox_frontier',
      'SEARCH verdicts USING INTEGER PRIMARY KEY (rowid=?)',
    ]);
  });
});
