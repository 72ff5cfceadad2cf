import type { Clock } from '../ports.js';

/** Bytes that a device said and nobody read yet; at most the newest {@link keptMax}. */
export class ReceivedBytes {
  private bytes: number[] = [];
  private fault: Error | undefined;
  private wake: (() => void) | undefined;

  /** @param clock ends the waiting */
  constructor(private readonly clock: Pick<Clock, 'sleep'>) {}

  /** The device said this. */
  add(bytes: Uint8Array): void {
    this.bytes = [...this.bytes, ...bytes].slice(-keptMax);
    this.wake?.();
  }

  /** The device will say nothing more. */
  fail(cause: Error): void {
    this.fault ??= cause;
    this.wake?.();
  }

  /** The next byte; undefined when none comes for `ms`. Rejects when the device failed. */
  async next(ms: number): Promise<number | undefined> {
    if (this.bytes.length === 0 && !this.fault && ms > 0) {
      const waiting = new AbortController();
      this.wake = () => waiting.abort();
      await this.clock.sleep(ms, waiting.signal);
      this.wake = undefined;
    }
    const byte = this.bytes.shift();
    if (byte === undefined && this.fault) throw this.fault;
    return byte;
  }
}

/** A device that talks without end fills no memory. */
const keptMax = 256;
