import type { TillEvent } from '../domain/event.js';
import type { Sqlite } from '../events/sqlite.js';
import type { Clock } from '../ports.js';
import { nobody, wrongPins } from '../projections/wrong-pins.js';

/** After so many wrong attempts at one code none is looked at for a while; the pauses grow up to the last one. */
const attemptsPerPause = 5;
/** After so many that are open over all codes of the terminal, none but a manager's is looked at for a while. */
const attemptsPerTerminalPause = 20;
const pausesMs = [30_000, 300_000, 900_000] as const;
/** So many codes that nobody has are remembered; the oldest is forgotten first. */
const unknownMax = 10_000;

interface Attempts {
  wrong: number;
  lockedUntil: number;
  /** Whether it is recorded that somebody tried during this pause. */
  told: boolean;
}

/** Whose code it is that somebody tries. */
export type Claimed = { readonly staff_id: string; readonly isManager: boolean } | { readonly unknownCode: string };

/**
 * Slows down guessing, for each code and for the whole terminal, by a clock that nobody can set. What it counts is
 * what the log says, so that a restart forgets nothing: a pause that may have been under way starts anew then.
 */
export class Lockout {
  private readonly staff = new Map<string, Attempts>();
  private readonly unknown = new Map<string, Attempts>();
  private readonly terminal: Attempts = fresh();

  /**
   * @param clock only its monotonic time is used
   * @param counted what the log says of each, by staff id
   */
  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    counted: ReadonlyMap<string, number>,
  ) {
    for (const [staff_id, wrong] of counted) this.staff.set(staff_id, this.pausedAt(wrong, attemptsPerPause));
    Object.assign(this.terminal, this.pausedAt(this.total, attemptsPerTerminalPause));
  }

  /** For how many ms no PIN for that code is looked at; 0 when it may be. */
  pauseMs(claimed: Claimed): number {
    const now = this.clock.monotonic();
    return Math.max(0, ...this.concerned(claimed).map(({ lockedUntil }) => lockedUntil - now));
  }

  /** Whether this is the first time that somebody tries during the pause. */
  isNews(claimed: Claimed): boolean {
    const now = this.clock.monotonic();
    const locked = this.concerned(claimed).filter(({ lockedUntil }) => lockedUntil > now);
    const news = locked.some(({ told }) => !told);
    for (const attempts of locked) attempts.told = true;
    return news;
  }

  /** Takes in what was recorded. */
  apply(event: TillEvent): void {
    if (event.type === 'SignInFailed' && event.data.reason !== 'locked_out') {
      this.failed(event.data.claimed_staff_id ?? nobody);
      return;
    }
    for (const staff_id of wrongPins.keys(event)) this.staff.delete(staff_id);
    if (event.type === 'StaffUnlocked') this.terminal.lockedUntil = Number.NEGATIVE_INFINITY;
  }

  /** A wrong attempt at the code of that one, recorded or not. */
  failed(staff_id: string): void {
    const attempts = this.staff.get(staff_id) ?? fresh();
    this.staff.set(staff_id, attempts);
    if (staff_id === nobody) attempts.wrong += 1;
    else this.count(attempts);
    const { total } = this;
    if (total % attemptsPerTerminalPause === 0) {
      Object.assign(this.terminal, this.pausedAt(total, attemptsPerTerminalPause));
    }
  }

  /** A wrong attempt at a code that nobody has: it locks like one that somebody has, so that nobody can tell. */
  failedUnknown(code: string): void {
    const attempts = this.unknown.get(code) ?? fresh();
    const oldest = this.unknown.keys().next();
    if (this.unknown.size >= unknownMax && !oldest.done) this.unknown.delete(oldest.value);
    this.unknown.set(code, attempts);
    this.count(attempts);
  }

  private get total(): number {
    return [...this.staff.values()].reduce((sum, { wrong }) => sum + wrong, 0);
  }

  private concerned(claimed: Claimed): readonly Attempts[] {
    const own = 'unknownCode' in claimed ? this.unknown.get(claimed.unknownCode) : this.staff.get(claimed.staff_id);
    // A manager can always go on, so that nobody shuts the shop by typing wrong PINs.
    const all = 'isManager' in claimed && claimed.isManager ? [] : [this.terminal];
    return own ? [own, ...all] : all;
  }

  private count(attempts: Attempts): void {
    Object.assign(attempts, this.pausedAt(attempts.wrong + 1, attemptsPerPause));
  }

  private pausedAt(wrong: number, perPause: number): Attempts {
    if (wrong === 0 || wrong % perPause !== 0) return { ...fresh(), wrong };
    const step = Math.min(wrong / perPause, pausesMs.length) - 1;
    return { ...fresh(), wrong, lockedUntil: this.clock.monotonic() + (pausesMs[step] ?? 0) };
  }
}

/** How many PINs of each are wrong since the last right one, as the log says. */
export const wrongPinsIn = (db: Sqlite): ReadonlyMap<string, number> =>
  new Map(
    db
      .prepare<[], { staff_id: string; wrong: number }>(
        `SELECT staff_id, wrong FROM ${wrongPins.table} WHERE wrong > 0`,
      )
      .all()
      .map(({ staff_id, wrong }) => [staff_id, wrong]),
  );

const fresh = (): Attempts => ({ wrong: 0, lockedUntil: Number.NEGATIVE_INFINITY, told: false });
