import type { SerialPort } from 'serialport';
import type { Clock } from '../ports.js';
import { PrintFault } from './printer.js';
import { ReceivedBytes } from './received-bytes.js';
import { within } from './time-limit.js';
import type { Wire, WirePlace } from './wire.js';

/** A printer on a serial line, or on a cable that looks like one. */
export interface SerialPrinter {
  readonly name: string;
  readonly path: string;
  /** Bits a second; eight data bits, no parity, one stop bit. */
  readonly baudRate: number;
}

/** Bits that a byte takes on the line: a start bit, eight and a stop bit. */
const bitsPerByte = 10;

/** A printer on a serial line. It is opened for each job, so it may be unplugged between two. */
export const serialPlace = ({ name, path, baudRate }: SerialPrinter, clock: Pick<Clock, 'sleep'>): WirePlace => ({
  name,
  hears: true,
  bytesPerSecond: baudRate / bitsPerByte,
  open: async (ms) => {
    const { SerialPort: Port } = await import('serialport');
    const port = new Port({ path, baudRate, autoOpen: false });
    const wire = new SerialWire(port, clock);
    try {
      await within(
        ms,
        done((then) => port.open(then)),
        clock,
      );
      return wire;
    } catch (cause) {
      wire.destroy();
      const message = `The printer at ${path} cannot be opened: check its cable and its rights.`;
      throw new PrintFault('nothing_sent', message, { cause });
    }
  },
});

/** What a callback says, as a promise. */
const done = (work: (then: (cause?: Error | null) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => work((cause) => (cause ? reject(cause) : resolve())));

class SerialWire implements Wire {
  private readonly received: ReceivedBytes;

  constructor(
    private readonly port: SerialPort,
    clock: Pick<Clock, 'sleep'>,
  ) {
    this.received = new ReceivedBytes(clock);
    port.on('data', (bytes: Buffer) => this.received.add(bytes));
    port.on('error', (cause) => this.received.fail(cause));
    port.on('close', () => this.received.fail(new Error('The line was closed.')));
  }

  async write(bytes: Uint8Array): Promise<void> {
    await done((then) => this.port.write(Buffer.from(bytes), undefined, then));
    await done((then) => this.port.drain(then));
  }

  read(ms: number): Promise<number | undefined> {
    return this.received.next(ms);
  }

  close(): Promise<void> {
    return done((then) => this.port.close(then));
  }

  destroy(): void {
    this.port.destroy();
  }
}
