import { sourceIn, openFile } from '../audit/sqlite-file.js';
import { DamagedStore, UnusableSource } from '../audit/source.js';
import { errorCode } from '../events/error-code.js';
import type { UsbPrinters } from '../hardware/usb-wire.js';
import type { Ports } from '../ports.js';
import { type CentralVisit, examineCentral } from './doctor-central.js';
import { type ExaminedPart, examinedParts, type Finding, finding, type Health, worstOf } from './doctor-finding.js';
import { type ExaminedLog, examineLog } from './doctor-log.js';
import { diskFacts, examineClock, examineDisk, examineKey } from './doctor-machine.js';
import { examinePrinter, type PrinterCall } from './doctor-printer.js';

/** What is examined. */
export interface DoctorSettings {
  readonly dataDir: string;
  /** Another address of central than the one of the enrolment. */
  readonly centralUrl?: string;
  readonly printer: PrinterCall;
  /** Looks what is plugged in. */
  readonly usbPrinters: () => Promise<UsbPrinters>;
  readonly ports: Ports;
}

/** How a till is. */
export interface DoctorReport {
  readonly data_dir: string;
  /** Null when no event can be read. */
  readonly terminal_id: string | null;
  /** A terminal runs on the folder at this moment. */
  readonly till_running: boolean;
  /** UTC, by the clock that is examined too. */
  readonly examined_at: string;
  readonly health: Health;
  readonly checks: readonly {
    readonly check: ExaminedPart;
    readonly health: Health;
    readonly findings: readonly Omit<Finding, 'part'>[];
  }[];
  /** The printers that are plugged in, as they are named in the settings. */
  readonly usb_printers: readonly string[];
  /** Why printers on USB cannot be found on this machine; null where they can. */
  readonly usb_problem: string | null;
}

/**
 * Examines a till, also while it runs: nothing is changed, written into its folder or locked.
 * @throws UnusableSource when there is no log that can be looked into
 */
export const examineTill = async (settings: DoctorSettings): Promise<DoctorReport> => {
  try {
    const file = openFile(settings.dataDir);
    const source = sourceIn(file);
    try {
      const terminal_id = (await source.terminals())[0]?.terminal_id ?? null;
      return await examine({ dataDir: settings.dataDir, file, source, terminal_id }, settings);
    } finally {
      await source.close();
    }
  } catch (cause) {
    const code = errorCode(cause);
    if (code !== 'EACCES' && code !== 'EPERM') throw cause;
    const hint = 'Run this as the user that runs the till, or as root.';
    throw new UnusableSource(`${settings.dataDir} may not be read by this user. ${hint}`, { cause });
  }
};

const examine = async (examined: ExaminedLog, settings: DoctorSettings): Promise<DoctorReport> => {
  const { dataDir, ports } = settings;
  const examined_at = new Date(ports.clock.wall()).toISOString();
  const central = await orDamaged<CentralVisit>(
    () => examineCentral(examined, settings),
    (findings) => ({ findings }),
  );
  const found = [
    ...(await orDamaged(() => examineLog(examined), unchanged)),
    ...(await orDamaged(() => examineClock(examined, ports.clock, central.clocks), unchanged)),
    ...examineDisk(diskFacts(dataDir)),
    ...(await orDamaged(() => examineKey(examined), unchanged)),
    ...central.findings,
    ...(await examinePrinter(settings.printer, `${examined_at.slice(0, 16).replace('T', ' ')} UTC`)),
  ];
  const usb = await settings.usbPrinters();
  return {
    data_dir: dataDir,
    terminal_id: examined.terminal_id,
    till_running: examined.file.isRunning,
    examined_at,
    health: worstOf(found.map(({ health }) => health)),
    checks: examinedParts.map((check) => {
      const own = found.filter(({ part }) => part === check).map(({ part: _part, ...one }) => one);
      return { check, health: worstOf(own.map(({ health }) => health)), findings: own };
    }),
    usb_printers: usb.printers.map(({ place }) => place),
    usb_problem: usb.problem,
  };
};

const unchanged = (findings: readonly Finding[]): readonly Finding[] => findings;

/** A database that cannot be read on is a finding, and the rest is examined all the same. */
const orDamaged = async <Result>(
  work: () => Result | Promise<Result>,
  instead: (findings: readonly Finding[]) => Result,
): Promise<Result> => {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof DamagedStore) && !errorCode(cause).startsWith('SQLITE_')) throw cause;
    return instead([finding('DATABASE_DAMAGED', `The database cannot be read: ${(cause as Error).message}.`)]);
  }
};
