import type Usb from 'escpos-usb';
import type { UsbDevice, UsbEndpoint, UsbFault } from 'escpos-usb';
import { PrintFault } from './printer.js';
import type { Wire, WirePlace } from './wire.js';

/** A printer on USB. */
export interface UsbPrinter {
  readonly name: string;
  /** The first that prints when left out. */
  readonly ids?: { readonly vendor: number; readonly product: number };
}

/** Which printers are plugged in at this moment. The only thing that a simulated one replaces. */
export type FindUsbPrinters = (usb: typeof Usb) => readonly UsbDevice[];

/** So long may one transfer take, in ms. A printer without paper takes none until it has some. */
const transferMs = 4000;

/** How long a device is listened to for what it said before it was asked, in ms. For libusb, 0 would be for ever. */
const staleMs = 20;

/** `LIBUSB_TRANSFER_TIMED_OUT`. */
const timedOut = 2;

/** The package is loaded when the first job needs it, and libusb below it when it looks for a printer. */
const loadUsb = async (): Promise<typeof Usb> => (await import('escpos-usb')).default;

const findPrinters: FindUsbPrinters = (usb) => usb.findPrinter();

/** A printer that is plugged in. */
export interface UsbPrinterFound {
  /** As it is written in the settings. */
  readonly place: string;
}

/** What is plugged in; none, with the reason, where USB cannot be used. */
export interface UsbPrinters {
  readonly printers: readonly UsbPrinterFound[];
  readonly problem: string | null;
}

/** The printers that are plugged in at this moment. */
export const listUsbPrinters = async (find = findPrinters): Promise<UsbPrinters> => {
  try {
    const { devices } = await plugged(find);
    return { printers: devices.map((device) => ({ place: `usb:${idsOf(device)}` })), problem: null };
  } catch (cause) {
    if (!(cause instanceof PrintFault)) throw cause;
    return { printers: [], problem: cause.message };
  }
};

const hex = (id: number): string => id.toString(16).padStart(4, '0');
const idsOf = ({ deviceDescriptor: { idVendor, idProduct } }: UsbDevice): string =>
  `${hex(idVendor)}:${hex(idProduct)}`;

/**
 * A printer on USB. It is looked for anew for each job, so it may be unplugged and plugged in again at any time.
 * @param find for a simulated one
 */
export const usbPlace = ({ name, ids }: UsbPrinter, find = findPrinters): WirePlace => {
  let before: Promise<void> = Promise.resolve();
  return {
    name,
    hears: true,
    open: async () => {
      await before;
      const { usb, devices } = await plugged(find);
      const device = devices.find(
        ({ deviceDescriptor: { idVendor, idProduct } }) =>
          ids === undefined || (idVendor === ids.vendor && idProduct === ids.product),
      );
      if (!device) {
        throw new PrintFault(
          'nothing_sent',
          `No printer is plugged in at ${name}: check its cable and whether it is on.`,
        );
      }
      const wire = await opened(new usb(device), device, name);
      before = wire.released;
      return wire;
    },
  };
};

/**
 * What is plugged in.
 * @throws PrintFault where USB cannot be used
 */
const plugged = async (
  find: FindUsbPrinters,
): Promise<{ readonly usb: typeof Usb; readonly devices: readonly UsbDevice[] }> => {
  try {
    const usb = await loadUsb();
    return { usb, devices: find(usb) };
  } catch (cause) {
    // What libusb itself says has a number; without one it is not there at all.
    const remedy =
      cause instanceof Error && typeof (cause as Partial<UsbFault>).errno === 'number'
        ? 'check the rights on /dev/bus/usb'
        : 'install libudev (on Debian: libudev1), or name the printer file:/dev/usb/lp0';
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PrintFault('nothing_sent', `USB cannot be used on this machine: ${remedy}. (${why})`, { cause });
  }
};

const opened = async (adapter: Usb, device: UsbDevice, name: string): Promise<UsbWire> => {
  const wire = new UsbWire(adapter, device);
  try {
    await new Promise<void>((resolve, reject) => {
      adapter.open((cause) => (cause ? reject(cause) : resolve()));
    });
    return wire;
  } catch (cause) {
    wire.destroy();
    const message = `The printer at ${name} cannot be used: another program has it, or this one has no right to it.`;
    throw new PrintFault('nothing_sent', message, { cause });
  }
};

class UsbWire implements Wire {
  private received: number[] = [];
  private pending: Promise<unknown> = Promise.resolve();
  private letGo: () => void = () => undefined;
  /** Resolves when nothing of it is under way any more. */
  readonly released = new Promise<void>((resolve) => (this.letGo = resolve));

  constructor(
    private readonly adapter: Usb,
    private readonly device: UsbDevice,
  ) {}

  write(bytes: Uint8Array): Promise<void> {
    const { adapter } = this;
    if (adapter.endpoint) adapter.endpoint.timeout = transferMs;
    return this.transfer(
      new Promise((resolve, reject) => adapter.write(bytes, (cause) => (cause ? reject(cause) : resolve()))),
    );
  }

  async read(ms: number): Promise<number | undefined> {
    const endpoint = this.answers();
    if (this.received.length === 0 && endpoint) {
      endpoint.timeout = Math.max(ms, staleMs);
      this.received.push(...(await this.transfer(heard(endpoint))));
    }
    return this.received.shift();
  }

  /** Where the printer that takes the bytes says something; cheap ones have no such end. */
  private answers(): UsbEndpoint | undefined {
    const { adapter, device } = this;
    const printing = device.interfaces?.find(({ endpoints }) => endpoints.some((end) => end === adapter.endpoint));
    return printing?.endpoints.find(({ direction }) => direction === 'in');
  }

  private transfer<Result>(work: Promise<Result>): Promise<Result> {
    this.pending = work.catch(() => undefined);
    return work;
  }

  close(): Promise<void> {
    this.destroy();
    return this.released;
  }

  /** A device cannot be closed while a transfer is under way; that ends by itself at its limit. */
  destroy(): void {
    const { adapter } = this;
    void this.pending.then(() => {
      // The adapter of a device that was unplugged would go on listening for its end for ever.
      adapter.device ??= { close: () => undefined };
      adapter.close(() => this.letGo());
    });
  }
}

const readBytes = 64;

const heard = (endpoint: UsbEndpoint): Promise<Uint8Array> =>
  new Promise((resolve, reject) =>
    endpoint.transfer(readBytes, (cause: UsbFault | undefined, bytes) => {
      if (!cause) resolve(bytes);
      else if (cause.errno === timedOut) resolve(new Uint8Array());
      else reject(cause);
    }),
  );
