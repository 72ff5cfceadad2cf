import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { WrongUsage } from './command-options.js';
import type { Pulse } from './hardware/escpos-commands.js';
import type { Printer } from './hardware/printer.js';
import type { PrinterOptions } from './hardware/printer-address.js';
import { machinePorts } from './ports.js';
import type { KitchenPrinter } from './terminal/print-queue.js';

/** The printers of a till, as they are named on the command line. */
export interface PrinterSettings {
  readonly printer?: string;
  readonly kitchenPrinter: readonly KitchenPlace[];
  readonly drawerPulse?: Pulse;
}

/** A printer of the kitchen, and what is printed there. */
export interface KitchenPlace {
  readonly categories: readonly string[];
  readonly place: string;
}

/** `--printer`. */
export const printerOption = (): Option =>
  new Option(
    '--printer <place>',
    'the receipt printer with the drawer behind it: tcp:192.168.1.50:9100, usb:, serial:/dev/ttyUSB0, file:/dev/usb/lp0, virtual',
  ).env('TILLOG_PRINTER');

/** `--kitchen-printer`; the variable holds several with a semicolon between them. */
export const kitchenPrinterOption = (): Option =>
  new Option(
    '--kitchen-printer <categories=place>',
    'prints the orders of these categories, such as "Drinks,Hot=tcp:192.168.1.51:9100"; may be given several times',
  )
    .env('TILLOG_KITCHEN_PRINTERS')
    .argParser((text, before: readonly KitchenPlace[]) => [...before, ...text.split(';').map(kitchenPlace)])
    .default([]);

/** `--paper`. */
export const paperOption = (): Option =>
  new Option('--paper <roll>', 'the roll in the printer')
    .choices(['58mm', '80mm', '80mm-42'])
    .default('80mm')
    .env('TILLOG_PAPER');

/** `--drawer-pulse`. */
export const drawerPulseOption = (): Option =>
  new Option('--drawer-pulse <connector,on,off>', 'which drawer opens, and its pulse in ms: 0,50,500 when left out')
    .env('TILLOG_DRAWER_PULSE')
    .argParser(pulse);

const kitchenPlace = (text: string): KitchenPlace => {
  const [, names = '', place = ''] = /^([^=]+)=(.+)$/u.exec(text.trim()) ?? [];
  const categories = names.split(',').map((name) => name.trim());
  if (place !== '' && categories.every((name) => name !== '')) return { categories, place };
  throw new InvalidArgumentError('It must be categories and a printer, such as Drinks,Hot=tcp:192.168.1.51:9100.');
};

const pulse = (text: string): Pulse => {
  const [, connector, on = '', off = ''] = /^([01]),(\d{1,3}),(\d{1,3})$/u.exec(text) ?? [];
  const [on_ms, off_ms] = [Number(on), Number(off)];
  if (connector !== undefined && [on_ms, off_ms].every((ms) => ms >= 2 && ms <= 510 && ms % 2 === 0)) {
    return { connector: connector === '0' ? 0 : 1, on_ms, off_ms };
  }
  throw new InvalidArgumentError(
    'It must be the connector (0 or 1) and two even numbers of ms from 2 to 510: 0,50,500.',
  );
};

/** How a printer of this machine is reached. Receipts of a printer `virtual` go into the data folder. */
export const printerOptions = (dataDir: string, drawerPulse?: Pulse): PrinterOptions => ({
  clock: machinePorts.clock,
  network: machinePorts.network,
  virtualFolder: join(dataDir, 'papers'),
  allowLoopback: process.env['TILLOG_PRINTER_ALLOW_LOOPBACK'] === '1',
  ...(drawerPulse === undefined ? {} : { pulse: drawerPulse }),
});

/**
 * The printers that the settings name. One that is named twice is one printer.
 * @throws PrinterPlaceFault, WrongUsage
 */
export const printersOf = async (
  settings: PrinterSettings,
  dataDir: string,
): Promise<{ readonly printer?: Printer; readonly kitchenPrinters: readonly KitchenPrinter[] }> => {
  const { printer, kitchenPrinter, drawerPulse } = settings;
  const { printerAt } = await import('./hardware/printer-address.js');
  const options = printerOptions(dataDir, drawerPulse);
  const known = new Map<string, Printer>();
  const at = (place: string): Printer => {
    const found = known.get(place) ?? printerAt(place, options);
    known.set(place, found);
    return found;
  };
  const twice = kitchenPrinter.map(destinationOf).find((name, index, all) => all.indexOf(name) !== index);
  if (twice !== undefined) throw new WrongUsage(`Two printers are given for ${twice}: name each of them once.`);
  return {
    ...(printer === undefined ? {} : { printer: at(printer) }),
    kitchenPrinters: kitchenPrinter.map(({ categories, place }) => ({ categories, printer: at(place) })),
  };
};

const destinationOf = ({ categories }: KitchenPlace): string => categories.join(', ');
