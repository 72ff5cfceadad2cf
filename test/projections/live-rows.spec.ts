import type { Statement } from 'better-sqlite3';
import fc from 'fast-check';
import type { Decided, TillEvent } from '../../src/domain/event.js';
import { readText } from '../../src/events/envelope.js';
import { type AnyProjection, type Cell, type Cells, foldRows } from '../../src/projections/projection.js';
import { terminalReadModels } from '../../src/projections/read-models.js';
import { rebuild } from '../../src/projections/rebuild.js';
import type { Terminal } from '../../src/terminal/terminal.js';
import { day } from '../domain/random-day.js';
import type { Move } from '../domain/random-move.js';
import { tries } from '../domain/tries.js';
import { PlayedShop } from '../terminal/played-shop.js';
import { passingFolder } from '../temporary-folder.js';

/** A day, and what else befalls the till. */
interface EventfulDay {
  readonly moves: readonly Move[];
  /** This move is tried in vain before it is made. */
  readonly failing: number;
  /** What no command of a cashier says. */
  readonly aside: Aside;
  /** The clock is set in the morning, in ms. */
  readonly jump: number;
  /** The till is stopped and started again in the evening. */
  readonly restarts: boolean;
}

/** What is recorded besides the trade. */
type Aside = keyof typeof asides;

const asides = {
  nothing: () => [],
  'wrong pin': () => [
    { type: 'SignInFailed', data: { staff_code: '7', claimed_staff_id: 'rana', reason: 'wrong_pin', for: 'sign_in' } },
  ],
  'signed in': () => [{ type: 'StaffSignedIn', data: { staff_code: '7', name: 'Rana', role: 'manager' } }],
  unlocked: () => [{ type: 'StaffUnlocked', data: { staff_code: '7', unlocked_staff_id: 'rana' } }],
  settled: ([first]: readonly TillEvent[]) => [
    {
      type: 'RejectionSettled',
      data: { rejected_local_id: first?.local_id ?? '', resolution: 'entered by hand', replaced_by: null },
    },
  ],
} satisfies Record<string, (events: readonly TillEvent[]) => readonly Decided[]>;

const movesMax = 5;

const eventfulDay: fc.Arbitrary<EventfulDay> = fc.record({
  moves: day(movesMax),
  failing: fc.nat(movesMax + 2),
  aside: fc.constantFrom(...(Object.keys(asides) as Aside[])),
  jump: fc.constantFrom(0, 0, 0, -3_600_000, 3_600_000),
  restarts: fc.nat(19).map((chance) => chance === 19),
});

/** The disk was about to take a command, and did not. */
class Broken extends Error {}

const tryInVain = (played: PlayedShop, move: Move): void => {
  try {
    played.playOne(move, () => {
      throw new Broken();
    });
  } catch (cause) {
    if (!(cause instanceof Broken)) throw cause;
  }
};

/** Rows as they lie in the table, in the order of their key. */
const asStored = ({ columns }: AnyProjection, rows: ReadonlyMap<string, Cells>): readonly object[] =>
  [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => {
      const stored: Record<string, Cell> = {};
      for (const [name, { type }] of Object.entries(columns)) {
        const cell = row[name] ?? null;
        stored[name] = type === 'json' && cell !== null ? JSON.stringify(cell) : cell;
      }
      return stored;
    });

/** The log of a terminal as its texts say it, and the tables beside it. */
class Replay {
  private readonly events: TillEvent[] = [];
  private readonly tables: readonly { readonly model: AnyProjection; readonly live: Statement }[];
  private readonly queued: Statement;

  constructor(private readonly terminal: Terminal) {
    const { db } = terminal;
    this.tables = terminalReadModels.map((model) => {
      const columns = Object.keys(model.columns).join(', ');
      return { model, live: db.prepare(`SELECT ${columns} FROM ${model.table} ORDER BY ${model.key}`) };
    });
    this.queued = db.prepare('SELECT seq, local_id FROM outbox ORDER BY seq');
  }

  /** Expects every table of the terminal to hold, to the letter, what its log comes to. */
  expectLiveRows(): void {
    const { events } = this;
    events.push(...this.terminal.recorder.log.read(events.length, 1000).map(({ envelope }) => readText(envelope)));
    for (const { model, live } of this.tables) {
      expectSame(live.all(), asStored(model, foldRows(model, events)));
    }
    const queued = events.map(({ seq, local_id }) => ({ seq, local_id }));
    expectSame(this.queued.all(), queued);
  }
}

/** To the letter; where all is well, in a fraction of the time that Jest takes to compare. */
const expectSame = (live: readonly unknown[], replayed: readonly unknown[]): void => {
  if (JSON.stringify(live) !== JSON.stringify(replayed)) expect(inLines(live)).toBe(inLines(replayed));
};

const inLines = (rows: readonly unknown[]): string => JSON.stringify(rows, null, 2);

/** Lives through the days on a till of their own. */
const liveThrough = (played: PlayedShop, days: readonly EventfulDay[]): void => {
  let replay: Replay | undefined;
  for (const { moves, failing, aside, jump, restarts } of days) {
    replay ??= new Replay(played.shop.terminal);
    played.shop.clock.jump(jump);
    played.record(() => asides[aside](played.known), { staff_id: 'rana' });
    moves.forEach((move, index) => {
      if (index === failing) tryInVain(played, move);
      played.playOne(move);
    });
    replay.expectLiveRows();
    if (!restarts) continue;
    played.restart();
    replay = undefined;
  }
  const { terminal } = played.shop;
  const results = rebuild(terminal.db, terminal.recorder.log, terminalReadModels);
  expect(results.filter(({ differing }) => differing > 0)).toEqual([]);
  new Replay(terminal).expectLiveRows();
};

describe('After any day of any days, also one on which a command failed halfway', () => {
  it('the rows that the terminal wrote are those of its log, and a rebuild gives them again', () => {
    const seen = { days: 0, refused: 0, types: new Set<string>() };
    fc.assert(
      fc.property(fc.array(eventfulDay, { minLength: 1, maxLength: 9 }), (days) => {
        const played = new PlayedShop(undefined, passingFolder());
        try {
          liveThrough(played, days);
          seen.days += days.length;
          seen.refused += played.refused;
          for (const { type } of played.known) seen.types.add(type);
        } finally {
          played.shop.remove();
        }
      }),
      tries(450),
    );
    expect(seen.days).toBeGreaterThanOrEqual(2000);
    expect(seen.refused).toBeGreaterThan(1000);
    expect([...seen.types].sort()).toEqual([
      'CashMoved',
      'ClockJumped',
      'DrawerOpened',
      'LineVoided',
      'ReceiptReprinted',
      'RefundRecorded',
      'RejectionSettled',
      'SaleRecorded',
      'SaleVoided',
      'SessionClosed',
      'SessionOpened',
      'SignInFailed',
      'StaffSignedIn',
      'StaffUnlocked',
      'StockCounted',
      'StockReceived',
      'TerminalStarted',
      'TerminalStopped',
      'TicketCarriedOver',
      'TicketDiscarded',
      'TicketParked',
      'TicketResumed',
    ]);
  });
});
