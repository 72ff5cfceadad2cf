import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Clock } from '../ports.js';
import { PrintFault } from './printer.js';
import type { Wire, WirePlace } from './wire.js';

/** A device that takes nothing at the moment is asked again after so long, in ms. */
const fullMs = 20;

/**
 * Nothing waits inside the system: a thread that waits there for a printer without paper can be ended by nobody. A
 * device that is not there is not made an ordinary file.
 */
const flagsFor = (path: string): number =>
  constants.O_WRONLY |
  constants.O_APPEND |
  constants.O_NONBLOCK |
  constants.O_NOCTTY |
  (path.startsWith('/dev/') ? 0 : constants.O_CREAT);

/** A printer that is a file of this machine, such as `/dev/usb/lp0`; an ordinary file collects what was printed. */
export const filePlace = (path: string, clock: Pick<Clock, 'sleep'>): WirePlace => ({
  name: `file:${path}`,
  hears: false,
  open: async () => {
    try {
      return new FileWire(await open(path, flagsFor(path), 0o600), clock);
    } catch (cause) {
      const message = `The printer at ${path} cannot be written to: check its cable and its rights.`;
      throw new PrintFault('nothing_sent', message, { cause });
    }
  },
});

class FileWire implements Wire {
  private readonly ended = new AbortController();

  constructor(
    private readonly file: FileHandle,
    private readonly clock: Pick<Clock, 'sleep'>,
  ) {}

  async write(bytes: Uint8Array): Promise<void> {
    for (let taken = 0; taken < bytes.length;) taken += await this.writeSome(bytes.subarray(taken));
  }

  private async writeSome(bytes: Uint8Array): Promise<number> {
    for (;;) {
      this.ended.signal.throwIfAborted();
      try {
        return (await this.file.write(bytes)).bytesWritten;
      } catch (cause) {
        if (!isFull(cause)) throw cause;
        await this.clock.sleep(fullMs, this.ended.signal);
      }
    }
  }

  read(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  close(): Promise<void> {
    return this.file.close();
  }

  destroy(): void {
    this.ended.abort();
    // It may be closed already, and nobody is left who could do anything about it.
    this.file.close().catch(() => undefined);
  }
}

const isFull = (cause: unknown): boolean => cause instanceof Error && 'code' in cause && cause.code === 'EAGAIN';
