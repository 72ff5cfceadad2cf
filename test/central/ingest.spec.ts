import { hashOf as hashOfText, type SealedEvent } from '../../src/events/envelope.js';
import { Ingest } from '../../src/central/ingest.js';
import { adoptFork } from '../../src/central/back-office.js';
import { machinePorts, silentLog } from '../../src/ports.js';
import type { AnyProjection } from '../../src/projections/projection.js';
import { postgresTables } from '../../src/projections/postgres-tables.js';
import { centralReadModels } from '../../src/projections/read-models.js';
import { cashier, changed, coffee, idOf, terms } from './fleet.js';
import { codesOf, expectProjected, Intake } from './intake.js';

let intake: Intake;

beforeAll(async () => {
  intake = await Intake.start();
}, 60_000);

afterAll(() => intake.stop());

describe('a batch', () => {
  it('is accepted, stored as the exact texts, and projected', async () => {
    const shop = await intake.enrolledTerminal();
    shop.terminal.sell(3).closeSession();
    const events = shop.terminal.events();
    const answer = await intake.send(shop, events);
    expect(answer).toMatchObject({ rejected: [], missing: [], contiguous_seq: events.length, catalog_version: 0 });
    expect(answer.accepted.map(({ local_id }) => local_id)).toEqual(events.map(idOf));
    expect(answer.new_epoch_required).toBeUndefined();
    const stored = await intake.rowsOf('events', shop);
    expect(new Set(stored.map(({ event }) => event))).toEqual(new Set(events.map(({ event }) => event)));
    await expectProjected(intake, shop, events);
    expect(await intake.rowsOf('heads', shop)).toMatchObject([{ seq: events.length, hash: events.at(-1)?.hash }]);
  });

  it('changes nothing when it is sent again, and is answered with the same receipts', async () => {
    const shop = await intake.enrolledTerminal();
    const events = shop.terminal.sell(4).events();
    const first = await intake.send(shop, events);
    const again = await intake.send(shop, [...events, ...events.slice(0, 3)].slice(0, 100));
    expect(again.accepted).toEqual(first.accepted);
    expect(again.rejected).toEqual([]);
    await expectProjected(intake, shop, events);
  });

  it('may be empty: the head and the time are compared all the same', async () => {
    const shop = await intake.enrolledTerminal();
    const before = await intake.send(shop, []);
    expect(before).toMatchObject({ accepted: [], contiguous_seq: 0, missing: [[1, shop.terminal.log.head?.seq]] });
    expect(await intake.rowsOf('terminals', shop)).toMatchObject([
      { last_seen_at: expect.any(Date) as Date, head_alarm: null },
    ]);
    expect(await intake.rowsOf('batches', shop)).toEqual([]);
  });

  it('arrives in any order and with any repetition, and ends in the same state', async () => {
    const shop = await intake.enrolledTerminal();
    const events = shop.terminal.sell(20).closeSession().events();
    const batches = Array.from({ length: 5 }, (_, index) => events.slice(index * 9, index * 9 + 9)).reverse();
    for (let round = 0; round < 5; round += 1)
      for (const batch of batches) await intake.send(shop, [...batch].reverse());
    const answer = await intake.send(shop, events.slice(-1));
    expect(answer).toMatchObject({ missing: [], contiguous_seq: events.length });
    await expectProjected(intake, shop, events);
  });

  it('adds up to the same in batches of any size, whatever the products are called', async () => {
    const shop = await intake.enrolledTerminal();
    const names = [
      'Tea',
      'The "best"',
      'back\\slash',
      'NULL',
      '{a,b}',
      'two\nlines',
      'قهوة',
      '\u{1F600}',
      '\uFB01',
      ' ',
    ];
    const payment = { tenders: [{ method: 'cash', amount_minor: 2000 }] };
    for (const [index, name] of names.entries()) {
      const lines = [{ ...coffee, name }, coffee, { ...coffee, code: name, category: index % 2 === 0 ? null : name }];
      shop.terminal.do({
        type: 'RecordSale',
        local_id: machinePorts.randomness.uuid(),
        lines,
        payment,
        terms,
        authority: cashier,
      });
    }
    const events = shop.terminal.closeSession().events();
    for (let from = 0, size = 1; from < events.length; from += size, size += 1) {
      await intake.send(shop, events.slice(from, from + size));
    }
    await expectProjected(intake, shop, events);
  });

  it('is stored once by two copies of central that take it in at the same moment', async () => {
    const shop = await intake.enrolledTerminal();
    const events = shop.terminal.sell(120).closeSession().events();
    const copies = [
      intake.ingest,
      new Ingest({ db: intake.cluster.connect(intake.url), ports: machinePorts, log: silentLog }),
    ];
    for (let from = 0; from < events.length; from += 60) {
      const batch = events.slice(from, from + 80);
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) => intake.send(shop, batch, copies[index % 2])),
      );
      for (const answer of answers) expect(answer.accepted).toEqual(answers[0]?.accepted);
    }
    expect(await intake.rowsOf('events', shop)).toHaveLength(events.length);
    await expectProjected(intake, shop, events);
  });
});

describe('the verdict on an event', () => {
  it('is GAP when its predecessor never came, until the gap is filled', async () => {
    const shop = await intake.enrolledTerminal();
    const events = shop.terminal.sell(5).events();
    const last = events.length;
    expect((await intake.send(shop, events.slice(0, 3))).missing).toEqual([[4, last]]);
    const answer = await intake.send(shop, events.slice(6));
    expect(new Set(codesOf(answer))).toEqual(new Set(['GAP']));
    expect(answer.rejected.every(({ permanent }) => !permanent)).toBe(true);
    expect(answer).toMatchObject({ accepted: [], contiguous_seq: 3, missing: [[4, last]] });
    expect(await intake.rowsOf('refused', shop)).toEqual([]);
    expect(await intake.send(shop, events.slice(3))).toMatchObject({ rejected: [], missing: [], contiguous_seq: last });
  });

  it('is INVALID for a wrong hash, which blocks nothing behind it', async () => {
    const shop = await intake.enrolledTerminal();
    const events = shop.terminal.sell(3).events();
    const [, , third, fourth] = events as [SealedEvent, SealedEvent, SealedEvent, SealedEvent];
    const sent: SealedEvent[] = [...events];
    sent[2] = { ...third, event: third.event.replace('Coffee', 'Caffee') };
    sent[3] = { ...fourth, hash: 'f'.repeat(64) };
    const answer = await intake.send(shop, sent);
    expect(answer.rejected).toMatchObject([
      { local_id: idOf(third), code: 'INVALID', permanent: true },
      { local_id: idOf(fourth), code: 'INVALID', permanent: true },
    ]);
    expect(answer).toMatchObject({ contiguous_seq: events.length, missing: [] });
    expect(answer.accepted).toHaveLength(events.length - 2);
    expect(await intake.rowsOf('refused', shop)).toHaveLength(2);
    expect(await intake.send(shop, events)).toMatchObject({ rejected: [], contiguous_seq: events.length });
    expect((await intake.rowsOf('refused', shop)).map(({ declared_hash }) => declared_hash)).toEqual(['f'.repeat(64)]);
    await expectProjected(intake, shop, events);
  });

  it('is INVALID for a damaged copy of an event that is stored, which stays accepted and is not disputed', async () => {
    const shop = await intake.enrolledTerminal();
    const events = shop.terminal.sell(1).events();
    await intake.send(shop, events);
    const copies = events.map(({ event, hash }) => ({ event: event.replace('_at":"2', '_at":"3'), hash }));
    expect(codesOf(await intake.send(shop, copies))).toEqual(events.map(() => 'INVALID'));
    expect(await intake.rowsOf('refused', shop)).toEqual([]);
    expect(await intake.send(shop, events)).toMatchObject({ rejected: [], contiguous_seq: events.length });
  });

  it('is INVALID for a text that is no event at all; its place is found by the event behind it', async () => {
    const shop = await intake.enrolledTerminal();
    const events = shop.terminal.sell(3).events();
    const damaged = { event: `{"local_id":"${idOf(events[2])}"\u0000\ud800`, hash: events[2]?.hash };
    const first = await intake.send(shop, [events[0], events[1], damaged]);
    expect(first.rejected).toMatchObject([{ local_id: idOf(events[2]), code: 'INVALID' }]);
    expect(first).toMatchObject({ contiguous_seq: 2, missing: [[3, events.length]] });
    expect(await intake.send(shop, events.slice(3))).toMatchObject({
      rejected: [],
      missing: [],
      contiguous_seq: events.length,
    });
    const [refused] = await intake.rowsOf('refused', shop);
    expect(refused).toMatchObject({ seq: 3, epoch: 1, attempts: 1 });
    expect(JSON.parse(String(refused?.['event_json']))).toBe(damaged.event);
  });

  it.each<[string, (text: SealedEvent) => unknown]>([
    ['not canonical', ({ event }) => resealed(event.replace(':', ': '))],
    ['an unknown field', (sealed) => resealed(sealed.event.replace('{', '{"__proto__":{"polluted":1},'))],
    ['an amount beyond all numbers', ({ event }) => resealed(event.replace('"seq":4', '"seq":1e999'))],
    [
      'nested too deeply',
      ({ event }) => resealed(event.replace('"data":', `"data":${'['.repeat(5000)}${']'.repeat(5000)},"x":`)),
    ],
    [
      'larger than an event may be',
      ({ event }) => resealed(event.replace('"data":{', `"data":{"a":"${'x'.repeat(600_000)}",`)),
    ],
    ['data that breaks its schema', (sealed) => changed(sealed, { data: { reason: 5 } })],
    ['no text', (sealed) => ({ event: 5, hash: sealed.hash })],
    ['null', () => null],
    ['a hash in capitals', (sealed) => ({ ...sealed, hash: sealed.hash.toUpperCase() })],
  ])('is INVALID for %s, and the rest of the batch is accepted', async (_what, break_) => {
    const shop = await intake.enrolledTerminal();
    const events = shop.terminal.sell(1).events();
    const answer = await intake.send(shop, [...events.slice(0, 3), break_(events[3] as SealedEvent)]);
    expect(codesOf(answer)).toEqual(['INVALID']);
    expect(answer.accepted).toHaveLength(3);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('is UNKNOWN_TYPE for what a newer terminal wrote, which the events behind it follow', async () => {
    const shop = await intake.enrolledTerminal();
    const events = shop.terminal.sell(2).events();
    const newer = changed(events.at(-2) as SealedEvent, { type: 'RobotGreeted', data: { name: 'R2' } });
    const behind = changed(events.at(-1) as SealedEvent, { prev_hash: newer.hash });
    const answer = await intake.send(shop, [...events.slice(0, -2), newer, behind]);
    expect(answer.rejected).toMatchObject([{ local_id: idOf(newer), code: 'UNKNOWN_TYPE', permanent: false }]);
    expect(answer).toMatchObject({ contiguous_seq: events.length, missing: [] });
    await intake.send(shop, [newer]);
    expect(await intake.rowsOf('refused', shop)).toMatchObject([
      { attempts: 2, code: 'UNKNOWN_TYPE', seq: events.length - 1 },
    ]);
  });

  it('is CHAIN_BROKEN for an event that follows another one than the stored, and the chain goes on over it', async () => {
    const shop = await intake.enrolledTerminal();
    const events = shop.terminal.sell(2).events();
    const torn = changed(events.at(-2) as SealedEvent, { prev_hash: 'e'.repeat(64) });
    const behind = changed(events.at(-1) as SealedEvent, { prev_hash: torn.hash });
    const answer = await intake.send(shop, [...events.slice(0, -2), torn, behind]);
    expect(answer.rejected).toMatchObject([{ local_id: idOf(torn), code: 'CHAIN_BROKEN' }]);
    expect(answer).toMatchObject({ contiguous_seq: events.length, missing: [] });
  });

  it('is FORBIDDEN for an event of another terminal or tenant, which is not kept', async () => {
    const shop = await intake.enrolledTerminal();
    const other = await intake.enrolledTerminal();
    const events = shop.terminal.events();
    const elsewhere = changed(events[1] as SealedEvent, { tenant_id: other.known.tenant_id });
    const answer = await intake.send(shop, [events[0], other.terminal.events()[0], elsewhere]);
    expect(codesOf(answer)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
    expect(answer).toMatchObject({ contiguous_seq: 1 });
    expect(await intake.rowsOf('refused', shop)).toEqual([]);
    expect(await intake.rowsOf('events', other)).toEqual([]);
  });

  it('is INVALID for an event without a tenant behind the enrolment', async () => {
    const shop = await intake.enrolledTerminal();
    const events = shop.terminal.events();
    await intake.send(shop, events);
    shop.terminal.sell(1);
    const [sale] = shop.terminal.sealed(events.length + 1);
    const answer = await intake.send(shop, [changed(sale as SealedEvent, { tenant_id: null, store_id: null })]);
    expect(codesOf(answer)).toEqual(['INVALID']);
  });

  it('is PROJECTION_FAILED for what breaks a read model: kept, the rest goes on, and it counts once that is mended', async () => {
    const shop = await intake.enrolledTerminal();
    const events = shop.terminal.sell(10).events();
    const poison = [idOf(events[4]), idOf(events[9])];
    const [first] = centralReadModels;
    const fragile: AnyProjection = {
      ...(first as AnyProjection),
      reduce: (row, event, key) => {
        if (poison.includes(event.local_id)) throw new Error('This read model is wrong.');
        return (first as AnyProjection).reduce(row, event, key);
      },
      keys: (event) => (poison.includes(event.local_id) ? [event.local_id] : (first as AnyProjection).keys(event)),
    };
    const readModels = [fragile, ...centralReadModels.slice(1)];
    const broken = new Ingest({ db: intake.db, ports: machinePorts, log: silentLog, readModels });
    const answer = await intake.send(shop, events, broken);
    expect(answer.rejected).toMatchObject(poison.map((local_id) => ({ local_id, code: 'PROJECTION_FAILED' })));
    expect(answer.accepted).toHaveLength(events.length - 2);
    expect(await intake.rowsOf('events', shop)).toHaveLength(events.length);
    await intake.send(shop, events, broken);
    expect(await intake.rowsOf('unprojected', shop)).toMatchObject([{ attempts: 2 }, { attempts: 2 }]);
    await expectProjected(
      intake,
      shop,
      events.filter((event) => !poison.includes(idOf(event))),
    );
    expect((await intake.send(shop, events)).rejected).toEqual([]);
    expect(await intake.rowsOf('unprojected', shop)).toEqual([]);
    await expectProjected(intake, shop, events);
  });

  it('keeps a text with characters that no database column takes out of the read models, not out of the log', async () => {
    const shop = await intake.enrolledTerminal();
    const events = shop.terminal.sell(1).events();
    const last = events.at(-1) as SealedEvent;
    const answer = await intake.send(shop, [...events.slice(0, -1), changed(last, { staff_id: 'sa\u0000mir' })]);
    expect(codesOf(answer)).toEqual(['PROJECTION_FAILED']);
    expect(answer.accepted).toHaveLength(events.length - 1);
  });
});

const resealed = (event: string): SealedEvent => ({ event, hash: hashOfText(event) });

describe('two machines with the same disk', () => {
  it('are told apart; no sale of either is lost, and the second goes on in a new epoch', async () => {
    const shop = await intake.enrolledTerminal();
    await intake.send(shop, shop.terminal.sell(2).events());
    const common = shop.terminal.log.head?.seq ?? 0;
    const copy = { terminal: intake.fleet.clone(shop.terminal), known: shop.known };
    shop.terminal.sell(2);
    expect(codesOf(await intake.send(shop, shop.terminal.sealed(common + 1)))).toEqual([]);
    const disputed = copy.terminal.sell(3).sealed(common + 1);
    const answer = await intake.send(copy, disputed);
    expect(codesOf(answer)).toEqual(Array.from({ length: 6 }, () => 'CONFLICT'));
    expect(answer.new_epoch_required).toBe(true);
    expect(await intake.rowsOf('forks', shop)).toHaveLength(6);

    copy.terminal.startEpoch().sell(1);
    const next = await intake.send(copy, copy.terminal.sealed(common + 7));
    const seq = copy.terminal.log.head?.seq;
    expect(next).toMatchObject({ rejected: [], missing: [], contiguous_seq: seq });
    expect(next.new_epoch_required).toBeUndefined();
    expect((await intake.send(copy, disputed)).new_epoch_required).toBeUndefined();

    shop.terminal.sell(1);
    const original = await intake.send(shop, shop.terminal.sealed(common + 5));
    expect(original).toMatchObject({ rejected: [], contiguous_seq: shop.terminal.log.head?.seq });
    expect(original.new_epoch_required).toBeUndefined();
  });

  it('have their disputed events accepted once a person adopts them', async () => {
    const shop = await intake.enrolledTerminal();
    await intake.send(shop, shop.terminal.events());
    const copy = { terminal: intake.fleet.clone(shop.terminal), known: shop.known };
    const common = shop.terminal.log.head?.seq ?? 0;
    await intake.send(shop, shop.terminal.sell(1).sealed(common + 1));
    const [sale] = copy.terminal.sell(1).sealed(common + 1);
    expect(codesOf(await intake.send(copy, [sale]))).toEqual(['CONFLICT']);
    const name = { terminal_id: shop.known.terminal_id, hash: sale?.hash ?? '' };
    await adoptFork(intake.db, { ...shop.known, actor: 'test' }, name, machinePorts);
    await adoptFork(intake.db, { ...shop.known, actor: 'test' }, name, machinePorts);
    expect(await intake.send(copy, [sale])).toMatchObject({ rejected: [], accepted: [{ local_id: idOf(sale) }] });
    await expectProjected(intake, shop, [...shop.terminal.events(), sale as SealedEvent]);
  });

  it('are noticed by an empty batch of the one whose log is shorter', async () => {
    const shop = await intake.enrolledTerminal();
    const backup = { terminal: intake.fleet.clone(shop.terminal), known: shop.known };
    await intake.send(shop, shop.terminal.sell(2).events());
    const answer = await intake.send(backup, []);
    expect(answer).toMatchObject({ new_epoch_required: true, contiguous_seq: shop.terminal.log.head?.seq });
    backup.terminal.startEpoch();
    const next = await intake.send(backup, backup.terminal.sealed(backup.terminal.log.head?.seq));
    expect(next).toMatchObject({ rejected: [], missing: [], contiguous_seq: backup.terminal.log.head?.seq });
  });
});

it('is put off with 503 while the database is away, and nothing is lost', async () => {
  const shop = await intake.enrolledTerminal();
  const away = new Ingest({
    db: intake.cluster.connect('postgres://nobody@127.0.0.1:9/none'),
    ports: machinePorts,
    log: silentLog,
  });
  const attempt = intake.send(shop, shop.terminal.events(), away);
  await expect(attempt).rejects.toMatchObject({ status: 503, code: 'UNAVAILABLE', headers: { 'retry-after': '5' } });
});

it('is CONFLICT for an id that another terminal of the tenant used, and for nothing else of the batch', async () => {
  const shop = await intake.enrolledTerminal();
  const other = await intake.neighbour();
  await intake.send(other, other.terminal.events());
  const events = shop.terminal.events();
  const stolen = changed(events.at(-1) as SealedEvent, { local_id: idOf(other.terminal.events()[2]) });
  const answer = await intake.send(shop, [...events.slice(0, -1), stolen]);
  expect(answer.rejected).toMatchObject([{ local_id: idOf(stolen), code: 'CONFLICT' }]);
  expect(answer.accepted).toHaveLength(events.length - 1);
});

it('names what it misses after it was restored from a backup, and takes it again', async () => {
  const shop = await intake.enrolledTerminal();
  const events = shop.terminal.sell(10).events();
  await intake.send(shop, events);
  await intake.cluster.asOwner(
    `DELETE FROM events WHERE terminal_id = '${shop.known.terminal_id}' AND seq > 9;
     DELETE FROM ${centralReadModels.flatMap(postgresTables).join('; DELETE FROM ')}`,
    intake.url,
  );
  shop.terminal.sell(1);
  const answer = await intake.send(shop, shop.terminal.sealed(events.length + 1));
  expect(answer).toMatchObject({ contiguous_seq: 9, missing: [[10, events.length + 2]] });
  expect(new Set(codesOf(answer))).toEqual(new Set(['GAP']));
  expect(await intake.send(shop, shop.terminal.sealed(10))).toMatchObject({ rejected: [], missing: [] });
});

it('takes events although the head is signed with another key, and raises an alarm', async () => {
  const shop = await intake.enrolledTerminal();
  const request = shop.terminal.request(shop.terminal.events());
  const signature = Buffer.alloc(64).toString('base64');
  const answer = await intake.ingest.receive(
    shop.known,
    { ...request, head: { ...request.head, signature } },
    machinePorts.randomness.uuid(),
  );
  expect(answer.rejected).toEqual([]);
  expect(await intake.rowsOf('heads', shop)).toEqual([]);
  expect(await intake.rowsOf('terminals', shop)).toMatchObject([
    { head_alarm: expect.stringContaining('not signed') as string },
  ]);
});
