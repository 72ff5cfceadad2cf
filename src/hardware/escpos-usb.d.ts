/** As much of the package, which has no types of its own, as is used here, with what usb 1.9.2 hands through it. */
declare module 'escpos-usb' {
  /** Where bytes go in or out of a device. */
  export interface UsbEndpoint {
    readonly direction: 'in' | 'out';
    /** Of a transfer, in ms; 0 is none. */
    timeout: number;
    /** Reads at most `length` bytes: of an endpoint whose direction is `in`. */
    transfer(length: number, then: (cause: UsbFault | undefined, bytes: Buffer) => void): void;
  }
  /** A part of a device. */
  export interface UsbInterface {
    readonly endpoints: readonly UsbEndpoint[];
  }
  /** What libusb says went wrong. */
  export interface UsbFault extends Error {
    readonly errno: number;
  }
  /** What is plugged in. */
  export interface UsbDevice {
    readonly deviceDescriptor: { readonly idVendor: number; readonly idProduct: number };
    /** Null while it is not open. */
    readonly interfaces: readonly UsbInterface[] | null;
    close(): void;
  }
  class USB {
    /** Those that say of themselves that they print. Throws where the system's USB cannot be used. */
    static findPrinter(): UsbDevice[];
    constructor(device: UsbDevice);
    /** Null once it was detached. */
    device: Pick<UsbDevice, 'close'> | null;
    /** Where it takes what it prints, once it is open. */
    readonly endpoint?: UsbEndpoint;
    /** May throw, and may call back more than once. */
    open(then: (cause: Error | null) => void): this;
    write(bytes: Uint8Array, then: (cause?: UsbFault) => void): this;
    close(then: (cause: Error | null) => void): this;
  }
  export default USB;
}
