import type { UsbDevice, UsbFault } from 'escpos-usb';

type Callback<Value> = (cause: UsbFault | undefined, value: Value) => void;

const usbFault = (errno: number, message: string): UsbFault => Object.assign(new Error(message), { errno });
const timedOut = () => usbFault(2, 'LIBUSB_TRANSFER_TIMED_OUT');
const noDevice = () => usbFault(5, 'LIBUSB_TRANSFER_NO_DEVICE');

/**
 * A printer on USB as usb 1.9.2 hands one out: interfaces appear when it is opened, must be claimed, and are gone when
 * it is closed; a transfer calls back once, after its time limit at the latest; a device with a transfer under way
 * cannot be closed. No cable is involved, so it shows what the program does, not what libusb does.
 */
export class SimulatedUsbPrinter {
  readonly deviceDescriptor: { readonly idVendor: number; readonly idProduct: number };
  readonly configDescriptor = { interfaces: [[{ bInterfaceClass: 7 }]] };
  interfaces: object[] | null = null;
  readonly taken: Buffer[] = [];
  opened = 0;
  isClaimed = false;
  /** Out of paper, or its buffer is full: it takes nothing. */
  isFull = false;
  isPluggedIn = true;
  isForbidden = false;
  /** Whether it has an end where it says something. */
  hears = true;
  /** What it answers to `DLE EOT 1` to `4`. */
  answers: readonly [number, number, number, number] = [0x12, 0x12, 0x12, 0x12];
  /** It is busy: its answers come when it no longer is, before that to the next question. */
  isBusy = false;
  private late: number[] = [];
  private said: number[] = [];
  private underWay = 0;
  readonly limits: number[] = [];

  constructor(vendor = 0x04b8, product = 0x0202) {
    this.deviceDescriptor = { idVendor: vendor, idProduct: product };
  }

  /** As the package that sees it. */
  get device(): UsbDevice {
    return this as unknown as UsbDevice;
  }

  open(): void {
    if (this.isForbidden) throw usbFault(-3, 'LIBUSB_ERROR_ACCESS');
    if (!this.isPluggedIn) throw usbFault(-4, 'LIBUSB_ERROR_NO_DEVICE');
    if (this.interfaces) throw usbFault(-6, 'LIBUSB_ERROR_BUSY');
    this.opened += 1;
    this.interfaces = [
      {
        altSetting: 0,
        endpoints: [this.out(), ...(this.hears ? [this.in()] : [])],
        setAltSetting: (_setting: number, then: () => void) => setImmediate(then),
        isKernelDriverActive: () => true,
        detachKernelDriver: () => undefined,
        claim: () => (this.isClaimed = true),
      },
    ];
  }

  close(): void {
    if (this.underWay > 0) throw new Error('Can’t close device with a pending request');
    this.interfaces = null;
    this.isClaimed = false;
  }

  private out() {
    const endpoint = {
      direction: 'out',
      timeout: 0,
      transfer: (bytes: Uint8Array, then: Callback<undefined>): void =>
        this.transfer(
          endpoint.timeout,
          () => {
            if (this.isFull) return undefined;
            this.take(Buffer.from(bytes));
            return { value: undefined };
          },
          then,
        ),
    };
    return endpoint;
  }

  private in() {
    const endpoint = {
      direction: 'in',
      timeout: 0,
      transfer: (length: number, then: Callback<Buffer>): void =>
        this.transfer(
          endpoint.timeout,
          () => (this.said.length === 0 ? undefined : { value: Buffer.from(this.said.splice(0, length)) }),
          then,
        ),
    };
    return endpoint;
  }

  private transfer<Value>(
    timeout: number,
    work: () => { readonly value: Value } | undefined,
    then: Callback<Value>,
  ): void {
    if (!this.isClaimed) throw new Error('It was not claimed.');
    if (timeout === 0) throw new Error('A transfer without a limit may never end.');
    this.limits.push(timeout);
    this.underWay += 1;
    setImmediate(() => {
      this.underWay -= 1;
      const done = this.isPluggedIn ? work() : undefined;
      if (done) then(undefined, done.value);
      else then(this.isPluggedIn ? timedOut() : noDevice(), undefined as Value);
    });
  }

  private take(bytes: Buffer): void {
    if (bytes.length !== 3 || bytes[0] !== 0x10 || bytes[1] !== 4) {
      this.taken.push(bytes);
      return;
    }
    this.late.push(this.answers[(bytes[2] ?? 0) - 1] ?? 0);
    if (!this.isBusy) this.said.push(...this.late.splice(0));
  }
}
