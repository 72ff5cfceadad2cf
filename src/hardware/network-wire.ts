import { connect, type Socket } from 'node:net';
import type { Clock } from '../ports.js';
import { PrintFault } from './printer.js';
import { ReceivedBytes } from './received-bytes.js';
import { within } from './time-limit.js';
import type { Wire, WirePlace } from './wire.js';

/** A printer that takes raw bytes over TCP. */
export interface NetworkPrinter {
  readonly name: string;
  /** An address in numbers; no name is looked up. */
  readonly host: string;
  readonly port: number;
}

/** A printer that prints for another terminal refuses: it is asked again after so long, in ms. */
const busyMs = 200;

/** How long a printer may take to hang up after the last byte, in ms; the system delivers what is left by itself. */
const hangUpMs = 200;

/** A printer in the network, connected to for each job, so that several terminals may share it. */
export const networkPlace = (printer: NetworkPrinter, clock: Pick<Clock, 'sleep'>): WirePlace => ({
  name: printer.name,
  hears: true,
  open: async (ms) => {
    const attempt = new Attempt(printer, clock);
    try {
      return await within(ms, attempt.connected(), clock);
    } catch (cause) {
      attempt.giveUp();
      const message = `The printer at ${printer.name} does not answer: look whether it is on and connected to the network.`;
      throw new PrintFault('nothing_sent', message, { cause });
    }
  },
});

class Attempt {
  private socket: Socket | undefined;
  private readonly givenUp = new AbortController();

  constructor(
    private readonly printer: NetworkPrinter,
    private readonly clock: Pick<Clock, 'sleep'>,
  ) {}

  /** Tries until somebody takes the call, or it is given up. */
  async connected(): Promise<Wire> {
    for (;;) {
      try {
        return await this.call();
      } catch (cause) {
        if (this.givenUp.signal.aborted || !isRefused(cause)) throw cause;
        await this.clock.sleep(busyMs, this.givenUp.signal);
      }
    }
  }

  giveUp(): void {
    this.givenUp.abort();
    this.socket?.destroy();
  }

  private call(): Promise<Wire> {
    const { host, port } = this.printer;
    return new Promise((resolve, reject) => {
      // A printer that ends its half of the connection may still read ours.
      const socket = connect({ host, port, family: 4, noDelay: true, allowHalfOpen: true });
      this.socket = socket;
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new NetworkWire(socket, this.clock));
      });
    });
  }
}

const isRefused = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';

class NetworkWire implements Wire {
  private readonly received: ReceivedBytes;

  constructor(
    private readonly socket: Socket,
    private readonly clock: Pick<Clock, 'sleep'>,
  ) {
    this.received = new ReceivedBytes(clock);
    socket.on('data', (bytes) => this.received.add(bytes));
    socket.on('error', (cause) => this.received.fail(cause));
    socket.on('close', () => this.received.fail(new Error('The printer hung up.')));
  }

  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.write(bytes, (cause) => (cause ? reject(cause) : resolve()));
    });
  }

  read(ms: number): Promise<number | undefined> {
    return this.received.next(ms);
  }

  /** Ends our half, and hangs up when the printer does or took long enough: what was written still goes out. */
  async close(): Promise<void> {
    const { socket } = this;
    const hungUp = new Promise<void>((resolve) => {
      socket.once('end', resolve);
      socket.once('close', () => resolve());
      if (socket.readableEnded || socket.destroyed) resolve();
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.end(() => resolve());
    });
    const patience = new AbortController();
    await Promise.race([hungUp, this.clock.sleep(hangUpMs, patience.signal)]);
    patience.abort();
    socket.destroy();
  }

  destroy(): void {
    this.socket.destroy();
  }
}
