import type { Decided } from '../domain/event.js';
import type { Clock } from '../ports.js';

/** A jump of the wall clock above this, in ms, is recorded. */
const clockJumpMs = 120_000;

/** Compares the clock on the wall with the one that only counts on, from one commit to the next. */
export class ClockWatch {
  private mark: { readonly wall: number; readonly monotonic: number } | null = null;

  /** @param clock of the machine */
  constructor(private readonly clock: Pick<Clock, 'wall' | 'monotonic'>) {}

  /** Takes what both clocks say now for right. */
  note(): void {
    this.mark = { wall: this.clock.wall(), monotonic: this.clock.monotonic() };
  }

  /**
   * What is to be recorded of a clock that was set since it was noted.
   * @param lastOccurredAt what it said when the newest event was recorded, in ms since 1970, for a till that just started
   */
  jump(occurred_at: string, lastOccurredAt: () => number): readonly Decided[] {
    const { clock, mark } = this;
    const wall = clock.wall();
    const expected = mark ? mark.wall + clock.monotonic() - mark.monotonic : Math.max(wall, lastOccurredAt());
    const jump_ms = Math.round(wall - expected);
    if (Math.abs(jump_ms) <= clockJumpMs) return [];
    const expected_at = new Date(Math.round(expected)).toISOString();
    return [{ type: 'ClockJumped', data: { expected_at, found_at: occurred_at, jump_ms } }];
  }
}
