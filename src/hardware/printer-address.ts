import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import type { Clock, Network } from '../ports.js';
import type { Pulse } from './escpos-commands.js';
import { filePlace } from './file-wire.js';
import { networkPlace } from './network-wire.js';
import type { Printer } from './printer.js';
import { serialPlace } from './serial-wire.js';
import { usbPlace } from './usb-wire.js';
import { virtualPlace } from './virtual-wire.js';
import type { WirePlace } from './wire.js';
import { type PrinterLimits, usualLimits, wiredPrinter } from './wired-printer.js';

/** Why a place cannot be a printer. Scripts rely on them. */
export type PrinterPlaceCode =
  | 'PRINTER_KIND_UNKNOWN'
  | 'PRINTER_FILE_UNSUITABLE'
  | 'PRINTER_USB_MALFORMED'
  | 'PRINTER_SERIAL_MALFORMED'
  | 'PRINTER_ADDRESS_MALFORMED'
  | 'PRINTER_ADDRESS_LOOPBACK'
  | 'PRINTER_ADDRESS_OWN'
  | 'PRINTER_ADDRESS_NOT_PRIVATE'
  | 'PRINTER_PORT_REFUSED';

/** A setting names no place where a printer of the shop may be. Nothing was connected to. */
export class PrinterPlaceFault extends Error {
  override readonly name = 'PrinterPlaceFault';

  constructor(
    readonly code: PrinterPlaceCode,
    message: string,
  ) {
    super(`${message} (${code})`);
  }
}

/** What printers are made with. */
export interface PrinterOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly network: Pick<Network, 'addresses'>;
  /** Where a virtual printer without a folder of its own puts its papers. */
  readonly virtualFolder: string;
  /** Of the drawer behind it; {@link usualPulse} when left out. */
  readonly pulse?: Pulse;
  /** Lets a network printer be on this machine, at any port: for tests and a virtual printer. */
  readonly allowLoopback?: boolean;
  readonly limits?: PrinterLimits;
}

/** Connector 0, 50 ms on, 500 ms off: opens most drawers. A shorter one opens some of them only now and then. */
export const usualPulse: Pulse = { connector: 0, on_ms: 50, off_ms: 500 };

/**
 * The printer at a place: `tcp:ADDRESS:PORT`, `usb:`, `usb:VENDOR:PRODUCT`, `serial:PATH?baud=RATE`, `file:PATH`,
 * `virtual` or `virtual:FOLDER`. Nothing is connected to or opened by this.
 * @throws PrinterPlaceFault
 */
export const printerAt = (place: string, options: PrinterOptions): Printer => {
  const { clock, pulse = usualPulse, limits = usualLimits } = options;
  return wiredPrinter(placeOf(place, options), { clock, pulse, limits });
};

const placeOf = (place: string, options: PrinterOptions): WirePlace => {
  const [, kind = place, rest = ''] = /^([a-z]+):(.*)$/su.exec(place) ?? [];
  switch (kind) {
    case 'tcp':
      return networkPlaceOf(place, rest, options);
    case 'usb':
      return usbPlaceOf(place, rest);
    case 'serial':
      return serialPlaceOf(place, rest, options);
    case 'file':
      return filePlaceOf(rest, options);
    case 'virtual':
      return virtualPlace(rest === '' ? options.virtualFolder : rest);
    default:
      throw new PrinterPlaceFault(
        'PRINTER_KIND_UNKNOWN',
        'A printer is tcp:192.168.1.50:9100, usb:, serial:/dev/ttyUSB0, file:/dev/usb/lp0 or virtual.',
      );
  }
};

/** Ports of printers: raw printing of up to three on one device, LPD, IPP. */
const printerPorts: readonly number[] = [9100, 9101, 9102, 515, 631];

/** Four numbers without a leading zero: every other way to write an address means another one to some program. */
const octet = '(?:0|[1-9]\\d{0,2})';
const numericAddress = new RegExp(`^(${octet}(?:\\.${octet}){3}):([1-9]\\d{0,4})$`, 'u');

/** The private networks of RFC 1918. */
const isPrivate = ([first = 0, second = 0]: readonly number[]): boolean =>
  first === 10 || (first === 172 && second >= 16 && second <= 31) || (first === 192 && second === 168);

/** Nothing is looked up: no name of a printer may lead anywhere else than the shop's own network. */
const networkPlaceOf = (place: string, rest: string, options: PrinterOptions): WirePlace => {
  const [, host = '', portText = ''] = numericAddress.exec(rest) ?? [];
  const octets = host.split('.').map(Number);
  const port = Number(portText);
  if (host === '' || octets.some((number) => number > 255) || port > 65_535) {
    throw new PrinterPlaceFault(
      'PRINTER_ADDRESS_MALFORMED',
      'A network printer is named by its numbers and its port, such as tcp:192.168.1.50:9100; a name is not looked up.',
    );
  }
  const isLoopback = octets[0] === 127;
  if (!(isLoopback && options.allowLoopback)) checkNetworkPlace(host, octets, port, options);
  return networkPlace({ name: place, host, port }, options.clock);
};

const checkNetworkPlace = (
  host: string,
  octets: readonly number[],
  port: number,
  { network }: PrinterOptions,
): void => {
  if (octets[0] === 127) {
    throw new PrinterPlaceFault('PRINTER_ADDRESS_LOOPBACK', `${host} is this machine itself, not a printer.`);
  }
  if (!isPrivate(octets)) {
    throw new PrinterPlaceFault(
      'PRINTER_ADDRESS_NOT_PRIVATE',
      `${host} is not in a private network (10.x, 172.16-31.x, 192.168.x): receipts stay within the shop.`,
    );
  }
  if (network.addresses().split(' ').includes(host)) {
    throw new PrinterPlaceFault('PRINTER_ADDRESS_OWN', `${host} is this machine itself, not a printer.`);
  }
  if (!printerPorts.includes(port)) {
    throw new PrinterPlaceFault(
      'PRINTER_PORT_REFUSED',
      `No printer listens on port ${String(port)}: it is ${printerPorts.join(', ')}; nearly always 9100.`,
    );
  }
};

const usbPlaceOf = (place: string, rest: string): WirePlace => {
  if (rest === '') return usbPlace({ name: place });
  const [, vendor, product] = /^([0-9a-f]{4}):([0-9a-f]{4})$/iu.exec(rest) ?? [];
  if (vendor === undefined || product === undefined) {
    throw new PrinterPlaceFault(
      'PRINTER_USB_MALFORMED',
      'A USB printer is usb: for the only one, or usb:04b8:0202 with its vendor and product in hexadecimal.',
    );
  }
  return usbPlace({ name: place, ids: { vendor: Number.parseInt(vendor, 16), product: Number.parseInt(product, 16) } });
};

/** The speeds that serial printers have, in bits a second. */
const baudRates: readonly number[] = [2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200];

const serialPlaceOf = (place: string, rest: string, { clock }: PrinterOptions): WirePlace => {
  const [, path = '', rate = '9600'] = /^(\/dev\/[\w/.-]+|COM\d{1,3})(?:\?baud=(\d{4,6}))?$/u.exec(rest) ?? [];
  if (path === '' || normalize(path) !== path || !baudRates.includes(Number(rate))) {
    throw new PrinterPlaceFault(
      'PRINTER_SERIAL_MALFORMED',
      `A serial printer is serial:/dev/ttyUSB0?baud=9600; the speed is ${baudRates.join(', ')}.`,
    );
  }
  return serialPlace({ name: place, path, baudRate: Number(rate) }, clock);
};

/**
 * What is printed is added to the file, so it must not be one that matters: of the devices only those of printers, and
 * none in a terminal's data folder.
 */
const filePlaceOf = (path: string, { clock }: PrinterOptions): WirePlace => {
  const isDevice = /^\/(?:dev|proc|sys)(?:\/|$)/u.test(path);
  const isWhole = isAbsolute(path) && normalize(path) === path && !path.endsWith('/') && !/\p{Cc}/u.test(path);
  if (!isWhole || (isDevice && !/^\/dev\/usb\/lp\d$/u.test(path)) || existsSync(join(dirname(path), 'tillog.db'))) {
    throw new PrinterPlaceFault(
      'PRINTER_FILE_UNSUITABLE',
      'A printer is file:/dev/usb/lp0 to lp9, or the whole path of an ordinary file outside of the data folder.',
    );
  }
  return filePlace(path, clock);
};
