import { deepEqual } from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { openBundle } from '../../src/audit/bundle-source.js';
import { exportBundle } from '../../src/audit/export.js';
import { auditDay, auditState } from '../../src/audit/program.js';
import type { LogSource } from '../../src/audit/source.js';
import { openSource } from '../../src/audit/sqlite-file.js';
import { type KnownState, stateAt, type StateOptions, statesAt } from '../../src/audit/state.js';
import { reconstructDays } from '../../src/audit/day.js';
import type { Decided, EventType, TillEvent } from '../../src/domain/event.js';
import { eventTypes } from '../../src/events/stored.js';
import { ticketsIn } from '../domain/parked-tickets.js';
import type { Move } from '../domain/random-move.js';
import { PlayedShop } from '../terminal/played-shop.js';
import type { Shop } from '../terminal/shop.js';
import { passingFolder } from '../temporary-folder.js';
import { coffee, LogFixture, manager, tamper, threeDays, tradeOn } from './log-fixture.js';
import { type Answers, applyStaffedCatalog, asAnswered, AskedTill } from './asked-till.js';
import { asLived, type Lived, livedNow, movesOf } from './lived.js';

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'tillog-state-'));
});
afterAll(() => rmSync(home, { recursive: true }));

const using = async <Result>(source: LogSource, work: (source: LogSource) => Promise<Result>): Promise<Result> => {
  try {
    return await work(source);
  } finally {
    await source.close();
  }
};

describe.each([1, 3])('the state at an event of till %i', (till) => {
  let shop: Shop;
  let terminal: string;
  let events: readonly TillEvent[];
  const lived: Lived[] = [];
  const answers: Answers[] = [];
  beforeAll(async () => {
    ({ shop } = await playedShop(till * 10, { lived, answers }));
    terminal = shop.recorder.identity.terminal_id;
    ({ events } = shop);
  });
  afterAll(() => shop.remove());

  const statesIn = (source: LogSource, moments: readonly { readonly seq: number }[]) =>
    statesAt(source, { terminal, seqs: moments.map(({ seq }) => seq) });

  it('is asked for at hundreds of moments of a log that holds every kind of event', () => {
    const types = new Set(events.map(({ type }) => type));
    expect(eventTypes.filter((type) => !types.has(type))).toEqual([]);
    expect(lived.length).toBeGreaterThan(510);
    expect(answers.length).toBeGreaterThan(510);
    const open = answers.filter(({ x_report }) => x_report !== null).length;
    expect(open).toBeGreaterThan(300);
    expect(answers.length - open).toBeGreaterThan(30);
    expect(answers.filter(({ tickets }) => tickets.length > 0).length).toBeGreaterThan(100);
  });

  it('is what the running terminal answered when the event was recorded, at every one of them', async () => {
    await using(openSource(shop.folder, home), async (source) => {
      const left = [...answers];
      for await (const state of statesIn(source, answers)) {
        const [answer] = left.splice(0, 1);
        deepEqual(answer && asAnswered(state, answer), answer);
      }
      expect(left).toEqual([]);
    });
  });

  it('is what the terminal’s own tables held then, and what else the log says is told with it', async () => {
    const last: Partial<Record<EventType, TillEvent>> = {};
    await using(openSource(shop.folder, home), async (source) => {
      const left = [...lived];
      let before = 0;
      for await (const state of statesIn(source, lived)) {
        const [moment] = left.splice(0, 1);
        expect(state.findings).toEqual([]);
        deepEqual(moment && asLived(state, moment), moment);
        for (const event of events.slice(before, state.at_seq)) last[event.type] = event;
        before = state.at_seq;
        expect(state.catalog).toEqual(last.CatalogApplied?.data ?? null);
        expect(state.last_sign_in?.seq).toBe(last.StaffSignedIn?.seq);
      }
      expect(left).toEqual([]);
    });
  });

  it('is the same from a bundle, at every event, and whether asked for alone or with others', async () => {
    const file = join(home, `played-${till}.tillog`);
    await using(openSource(shop.folder, home), async (live) => {
      await exportBundle(live, file, null);
      await using(openBundle(file), async (bundle) => {
        const drawn = new Set(fc.sample(fc.integer({ min: 1, max: events.length }), 3));
        const states = statesIn(live, events);
        for await (const state of statesIn(bundle, events)) {
          deepEqual(state, (await states.next()).value);
          if (!drawn.has(state.at_seq)) continue;
          expect(await stateAt(live, { terminal, at: { seq: state.at_seq } })).toEqual(state);
        }
      });
    });
  });

  it('gives the X report of any moment as a day', async () => {
    await using(openSource(shop.folder, home), async (source) => {
      for (const { seq, x_report } of fc.sample(fc.constantFrom(...answers), 3)) {
        const { days, findings } = await reconstructDays(source, { terminal, at: { seq } });
        expect(findings).toEqual([]);
        const open = days.flatMap((day) => day.sessions).filter(({ counted }) => counted === null);
        if (x_report === null) expect(open).toEqual([]);
        else {
          const { session_id, turnover_minor, taxes, tenders, expected, drawer_opens } = x_report;
          expect(open).toMatchObject([{ session_id, turnover_minor, taxes, tenders, expected, drawer_opens }]);
        }
      }
    });
  });
});

/** Takes the oldest ticket in hand that waits. */
const resumeOne: Move = (moment) => {
  const ticket = ticketsIn(moment.events()).find(({ status }) => status === 'open');
  return ticket
    ? { type: 'ResumeTicket', ticket, authority: manager }
    : { type: 'OpenDrawer', reason: 'look', authority: manager };
};

/** Some days with everything that a terminal records; after every command it is asked what it knows. */
const playedShop = async (
  seed: number,
  { lived, answers }: { readonly lived: Lived[]; readonly answers: Answers[] },
): Promise<PlayedShop> => {
  const played = new PlayedShop((shop) => lived.push(livedNow(shop)), passingFolder());
  const { shop } = played;
  await applyStaffedCatalog(shop, -1);
  const failed = { staff_code: '7', claimed_staff_id: 'rana', reason: 'wrong_pin', for: 'sign_in' } as const;
  const [{ local_id: rejected_local_id } = { local_id: '' }] = played.known;
  const enrolled = {
    tenant_id: '11111111-0000-4000-8000-000000000000',
    store_id: '22222222-0000-4000-8000-000000000000',
    tenant_name: 'Shop',
    store_name: 'Main',
  };
  const exported = {
    ...{ staff_name: 'Maha', approver_name: null, first_seq: 1 },
    ...{ head: { epoch: 1, seq: 1, hash: 'a'.repeat(64) }, manifest_sha256: 'b'.repeat(64) },
  };
  const asked = async (moves: readonly Move[], ...besides: readonly Decided[]): Promise<void> => {
    const till = await AskedTill.on(shop);
    for (const move of moves) {
      played.playOne(move);
      await till.ask();
    }
    for (const decided of besides) {
      played.record(() => [decided], { staff_id: 'rana' });
      await till.ask();
    }
    answers.push(...till.answers);
    await till.close();
  };
  await asked(movesOf(seed + 1));
  shop.clock.jump(-900_000);
  await asked(
    movesOf(seed + 2).flatMap((move) => [move, resumeOne]),
    { type: 'StaffSignedOut', data: { staff_code: '9' } },
    { type: 'TerminalEnrolled', data: enrolled },
  );
  await applyStaffedCatalog(shop, 4);
  played.restart();
  await asked(
    movesOf(seed + 3),
    { type: 'SignInFailed', data: failed },
    { type: 'StaffUnlocked', data: { staff_code: '7', unlocked_staff_id: 'rana' } },
    { type: 'LogExported', data: exported },
    { type: 'RejectionSettled', data: { rejected_local_id, resolution: 'entered by hand', replaced_by: null } },
  );
  played.record((previous) => [{ type: 'EpochStarted', data: { previous, reason: 'restore' } }]);
  shop.terminal.close();
  shop.open();
  played.begin();
  await asked(movesOf(seed + 4));
  return played;
};

describe('a terminal that was restored from a backup', () => {
  /** Both disks of it in one source, as central keeps them: the first epoch whole, and the second one. */
  const both = (before: LogFixture, after: LogFixture): LogSource => {
    const [first, second] = [openSource(before.dir, home), openSource(after.dir, home)];
    const rowsOf = async (source: LogSource) => {
      const rows = [];
      for (const log of await source.terminals()) for await (const chunk of log.rows()) rows.push(...chunk);
      return rows;
    };
    return {
      name: 'central',
      terminals: async () => {
        const [log] = await first.terminals();
        if (!log) throw new Error('there is no log');
        const [old, all] = [await rowsOf(first), await rowsOf(second)];
        const known = new Set(old.map(({ hash }) => hash));
        const own = all.filter(({ epoch }) => epoch === 2);
        const forked = all.filter(({ epoch, hash }) => epoch === 1 && !known.has(hash));
        const rows = [...old, ...own];
        return [{ ...log, anchors: [], rows: () => [rows], forks: () => [forked] }];
      },
      defects: () => Promise.resolve([]),
      close: async () => {
        await Promise.all([first.close(), second.close()]);
      },
    };
  };

  const restored = (name: string, between: (log: LogFixture) => void) => {
    const before = new LogFixture(join(home, `${name}-before`), name).start();
    tradeOn(before, '2026-01-01');
    before.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const backup = join(home, `${name}.db`);
    copyFileSync(before.path, backup);
    const after = before.restoredFrom(join(home, `${name}-after`), backup);
    // What the first disk recorded after its backup is on no branch but its own.
    before.open('2026-01-02');
    before.sale([coffee], [{ method: 'card', amount_minor: 450 }]);
    between(after);
    const previous = after.log.head;
    if (!previous) throw new Error('nothing was recorded');
    after.append({ type: 'EpochStarted', data: { previous, reason: 'restore' } });
    after.open('2026-01-03');
    after.sale([coffee], [{ method: 'cash', amount_minor: 450 }]);
    after.sale([coffee], [{ method: 'cash', amount_minor: 450 }]);
    const alone = { last: after.events.length, terminal: after.terminal_id, forkedAt: previous.seq };
    for (const log of [before, after]) log.stop();
    return { before, after, ...alone };
  };

  it.each([
    ['from an event of the first disk', 'plain', () => undefined],
    [
      'from an event that the first disk disputes',
      'disputed',
      (log: LogFixture) => {
        log.open('2026-01-02');
        log.sale([coffee], [{ method: 'cash', amount_minor: 450 }]);
        log.close([]);
      },
    ],
  ] as const)('is followed %s, at every event of its newest branch', async (_says, name, between) => {
    const { before, after, last, terminal } = restored(name, between);
    await using(both(before, after), (central) =>
      using(openSource(after.dir, home), async (own) => {
        for (let seq = 1; seq <= last; seq += 1) {
          const at = { terminal, at: { seq } };
          expect(await stateAt(central, at)).toEqual(await stateAt(own, at));
        }
      }),
    );
  });

  it('has its first branch asked for by its epoch', async () => {
    const { before, after, terminal, forkedAt } = restored('asked', () => undefined);
    await using(both(before, after), async (central) => {
      const first = await stateAt(central, { terminal, at: { seq: forkedAt + 2, epoch: 1 } });
      expect(first).toMatchObject({ epoch: 1, session: { business_date: '2026-01-02' }, findings: [] });
      const second = await stateAt(central, { terminal, at: { seq: forkedAt + 2 } });
      expect(second).toMatchObject({ epoch: 2, session: { business_date: '2026-01-03' }, findings: [] });
      await expect(stateAt(central, { terminal, at: { seq: 1, epoch: 3 } })).rejects.toThrow(
        /has no epoch 3 here: it has 1, 2\./u,
      );
    });
  });
});

describe('tillog audit state', () => {
  let dir: string;
  let terminal: string;
  beforeEach(() => {
    dir = mkdtempSync(join(home, 'three-'));
    const log = threeDays(dir);
    ({ terminal_id: terminal } = log);
    log.stop();
  });

  const printed = async (options: StateOptions, json = false) => {
    const [out, complaints]: [string[], string[]] = [[], []];
    const output = {
      write: (text: string) => void out.push(text),
      complain: (text: string) => void complaints.push(text),
      json,
    };
    const exitCode = await auditState(() => openSource(dir, home), options, output);
    return { exitCode, out: out.join(''), complaints };
  };

  it.each([0, -1, 54, 1.5, NaN, Infinity, 1e300])('ends with 2 and one sentence at seq %p', async (seq) => {
    expect(await printed({ terminal, at: { seq } })).toEqual({
      exitCode: 2,
      out: '',
      complaints: [`Terminal ${terminal} has events 1 to 53 in epoch 1: give --at-seq as one of them.\n`],
    });
  });

  it('ends with 2 for a terminal that is not there', async () => {
    const { exitCode, complaints } = await printed({ terminal: 'nobody', at: { seq: 1 } });
    expect([exitCode, complaints]).toEqual([2, [expect.stringMatching(/holds no log of terminal nobody: it holds /u)]]);
  });

  it('ends with 2 for a log without events', async () => {
    const empty = new LogFixture(mkdtempSync(join(home, 'empty-')));
    tamper(join(dir, 'tillog.db'), (db) => db.exec('DELETE FROM events'));
    empty.stop();
    expect((await printed({ terminal, at: { seq: 1 } })).exitCode).toBe(2);
  });

  it('is printed for people, and as JSON for programs', async () => {
    const { exitCode, out } = await printed({ terminal, at: { seq: 6 } });
    expect(exitCode).toBe(0);
    expect(out).toMatch(/Session +open since event 2/u);
    expect(out).toMatch(/Turnover +35\.60 USD/u);
    expect(out).toMatch(/CHEESE +-0\.355/u);
    expect(out).toMatch(/Catalog +none/u);
    const { out: json } = await printed({ terminal, at: { seq: 6 } }, true);
    const state = await using(openSource(dir, home), (source) => stateAt(source, { terminal, at: { seq: 6 } }));
    expect(JSON.parse(json)).toEqual(state);
  });

  it('ends with 1 and says which events are in no figure', async () => {
    tamper(join(dir, 'tillog.db'), (db) =>
      db.exec("UPDATE events SET envelope = 'gone' WHERE seq = 5; DELETE FROM events WHERE seq = 3"),
    );
    const { exitCode, out } = await printed({ terminal, at: { seq: 6 } }, true);
    const { findings } = JSON.parse(out) as KnownState;
    expect([exitCode, findings.map(({ code, seq }) => [code, seq])]).toEqual([
      1,
      [
        ['GAP', 3],
        ['INVALID', 5],
      ],
    ]);
  });

  it('takes a day at a seq of one terminal only', async () => {
    const complaints: string[] = [];
    const output = { write: () => undefined, complain: (text: string) => void complaints.push(text), json: false };
    expect(await auditDay(() => openSource(dir, home), { at: { seq: 1 } }, output)).toBe(2);
    expect(complaints).toEqual([expect.stringContaining('give --terminal with --at-seq')]);
  });
});
