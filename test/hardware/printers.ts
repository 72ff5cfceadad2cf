import { printerAt, type PrinterOptions, usualPulse } from '../../src/hardware/printer-address.js';
import type { Printer } from '../../src/hardware/printer.js';
import { wiredPrinter } from '../../src/hardware/wired-printer.js';
import type { Wire } from '../../src/hardware/wire.js';
import { machinePorts } from '../../src/ports.js';

const { clock, network } = machinePorts;
const limits = { connectMs: 300, writeMs: 200, answerMs: 150, jobMs: 600 };

/** A printer of these specs: on this machine, and given up soon. */
export const testPrinter = (place: string, more: Partial<PrinterOptions> = {}): Printer =>
  printerAt(place, { clock, network, virtualFolder: '/nowhere', allowLoopback: true, limits, ...more });

/** A printer whose wire a spec makes; it hears nothing. */
export const printerOn = (open: () => Promise<Wire>): Printer =>
  wiredPrinter({ name: 'simulated', hears: false, open }, { clock, limits, pulse: usualPulse });

/** A wire that keeps what is written. */
export const keepingWire = (kept: Uint8Array[]): Wire => ({
  write: (bytes) => Promise.resolve(void kept.push(bytes)),
  read: () => Promise.resolve(undefined),
  close: () => Promise.resolve(),
  destroy: () => undefined,
});
