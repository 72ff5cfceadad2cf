import type { Clock } from '../ports.js';

/** So many failures of one source within the window are let through; the next request is turned away. */
const failuresMax = 10;
/** Failures are forgotten after this, in ms. */
const windowMs = 10 * 60_000;
/** So many sources are remembered; beyond, the oldest is forgotten, to bound the memory. */
const sourcesMax = 10_000;

interface Failures {
  readonly since: number;
  readonly count: number;
}

/**
 * Counts failed attempts by source, in this copy of central alone. It only slows guessing down; what makes guessing
 * hopeless is the length of a code.
 */
export class Attempts {
  private readonly bySource = new Map<string, Failures>();

  /** @param clock its monotonic side is used, so that nobody gains anything by a changed time */
  constructor(private readonly clock: Clock) {}

  /** How many seconds the source has to wait before it may try again; 0 when it may now. */
  waitSeconds(source: string): number {
    const failures = this.current(source);
    if (!failures || failures.count < failuresMax) return 0;
    return Math.max(1, Math.ceil((failures.since + windowMs - this.clock.monotonic()) / 1000));
  }

  /** Counts one failure. */
  failed(source: string): void {
    const known = this.current(source);
    this.bySource.delete(source);
    this.bySource.set(source, { since: known?.since ?? this.clock.monotonic(), count: (known?.count ?? 0) + 1 });
    const oldest = this.bySource.keys().next();
    if (this.bySource.size > sourcesMax && oldest.done !== true) this.bySource.delete(oldest.value);
  }

  private current(source: string): Failures | undefined {
    const failures = this.bySource.get(source);
    return failures && this.clock.monotonic() - failures.since < windowMs ? failures : undefined;
  }
}
