import type { Clock } from '../ports.js';

/** After so many wrong attempts none is looked at for a while; the pauses grow up to the last one. */
const attemptsPerPause = 5;
const pausesMs = [30_000, 300_000, 900_000] as const;
/** So many names that nobody has are remembered; the oldest is forgotten first. */
const namesMax = 10_000;

interface Attempts {
  wrong: number;
  lockedUntil: number;
}

/** Slows down guessing, for each name on its own, by a clock that nobody can set. */
export class Lockout {
  private readonly names = new Map<string, Attempts>();

  /** @param clock only its monotonic time is used */
  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /**
   * Counts an attempt before it is looked at, so that many at the same time cannot slip through.
   * @returns 0 when it may be looked at, else for how many ms none is
   */
  attempt(name: string): number {
    const now = this.clock.monotonic();
    const known = this.names.get(name) ?? this.remember(name);
    if (now < known.lockedUntil) return known.lockedUntil - now;
    known.wrong += 1;
    if (known.wrong % attemptsPerPause === 0) {
      const step = Math.min(known.wrong / attemptsPerPause, pausesMs.length) - 1;
      known.lockedUntil = now + (pausesMs[step] ?? 0);
    }
    return 0;
  }

  /** The attempt was right: what was counted is forgotten. */
  succeeded(name: string): void {
    this.names.delete(name);
  }

  private remember(name: string): Attempts {
    const oldest = this.names.keys().next();
    if (this.names.size >= namesMax && !oldest.done) this.names.delete(oldest.value);
    const fresh = { wrong: 0, lockedUntil: 0 };
    this.names.set(name, fresh);
    return fresh;
  }
}
