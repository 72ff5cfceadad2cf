import type { Clock } from '../ports.js';

/**
 * A clock that stands still until it is moved. Its local time is UTC: what a file of orders calls half past eleven is
 * half past eleven here.
 *
 * Wall and monotonic time go forward together, so that a night between two orders is no jump of the clock. Only the
 * wall goes back, as on any till whose clock was put back.
 */
export class SimulatedClock implements Clock {
  readonly zone = 'UTC';
  private passed = 0;
  private sleepers: readonly Sleeper[] = [];

  /** @param now milliseconds since 1970-01-01T00:00:00Z */
  constructor(private now: number) {}

  /** Sets the wall clock and wakes whoever slept long enough. */
  moveTo(wall: number): void {
    this.passed += Math.max(0, wall - this.now);
    this.now = wall;
    const due = this.sleepers.filter(({ until }) => until <= this.passed);
    this.sleepers = this.sleepers.filter(({ until }) => until > this.passed);
    for (const { wake } of due) wake();
  }

  wall(): number {
    return this.now;
  }

  monotonic(): number {
    return this.passed;
  }

  utcOffsetMinutes(): number {
    return 0;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0 || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper: Sleeper = {
        until: this.passed + ms,
        wake: () => {
          signal?.removeEventListener('abort', aborted);
          resolve();
        },
      };
      const aborted = (): void => {
        this.sleepers = this.sleepers.filter((other) => other !== sleeper);
        sleeper.wake();
      };
      signal?.addEventListener('abort', aborted, { once: true });
      this.sleepers = [...this.sleepers, sleeper];
    });
  }
}

interface Sleeper {
  /** Monotonic time at which it wakes. */
  readonly until: number;
  readonly wake: () => void;
}
