import type { Clock, Ports, Randomness } from '../../src/ports.js';

/** A clock that a spec moves: the wall may jump, the monotonic time only passes. */
export class VirtualClock implements Clock {
  readonly zone = 'Asia/Beirut';
  private now: number;
  private passed = 0;

  /** @param start ISO time of the wall clock */
  constructor(start = '2026-03-01T08:00:00.000Z') {
    this.now = Date.parse(start);
  }

  wall(): number {
    return this.now;
  }

  monotonic(): number {
    return this.passed;
  }

  utcOffsetMinutes(): number {
    return 120;
  }

  sleep(): Promise<void> {
    return Promise.reject(new Error('Nothing sleeps in these specs.'));
  }

  /** Time goes by. */
  pass(ms: number): void {
    this.now += ms;
    this.passed += ms;
  }

  /** Somebody sets the wall clock. */
  jump(ms: number): void {
    this.now += ms;
  }
}

/** Ids in a row, which look like random ones. */
export const countingIds = (start = 0): Randomness => {
  let next = start;
  return {
    uuid: () => {
      next += 1;
      return `${(0x7e57_0000 + next).toString(16)}-0000-4000-8000-${next.toString(16).padStart(12, '0')}`;
    },
    bytes: (count) => Buffer.alloc(count, 7),
    fraction: () => 0.5,
  };
};

/** Ports of a terminal that never talks to anybody. */
export const virtualPorts = (clock: Clock, randomness: Randomness = countingIds()): Ports => ({
  clock,
  randomness,
  network: {
    send: () => Promise.reject(new Error('Nothing is sent in these specs.')),
    addresses: () => '',
  },
});
