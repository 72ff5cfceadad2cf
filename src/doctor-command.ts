import { resolve } from 'node:path';
import type { Command } from 'commander';
import { centralOption, dataOption, WrongUsage } from './command-options.js';
import { machinePorts } from './ports.js';
import {
  drawerPulseOption,
  paperOption,
  printerOption,
  printerOptions,
  type PrinterSettings,
} from './printer-options.js';
import type { PrinterTest } from './terminal/doctor-printer.js';

interface DoctorFlags extends Pick<PrinterSettings, 'printer' | 'drawerPulse'> {
  readonly data: string;
  readonly central?: string;
  readonly paper: PrinterTest['paper'];
  readonly printTest?: boolean;
  readonly openDrawer?: boolean;
  readonly json?: boolean;
}

/** Adds `tillog doctor`. */
export const addDoctor = (program: Command, say: (text: string) => void): void => {
  program
    .command('doctor')
    .description('examines a till, also while it sells, and says what to do: 0 no problem, 1 problems, 2 unusable')
    .addOption(dataOption('data folder of the terminal'))
    .addOption(centralOption())
    .addOption(printerOption())
    .addOption(drawerPulseOption())
    .addOption(paperOption())
    .option('--print-test', 'prints a test page')
    .option('--open-drawer', 'opens the drawer with the test page; it is not in the log')
    .option('--json', 'machine-readable')
    .action(async (flags: DoctorFlags) => {
      const { examineTill } = await import('./terminal/doctor.js');
      const { doctorText } = await import('./terminal/doctor-text.js');
      const { listUsbPrinters } = await import('./hardware/usb-wire.js');
      const { central } = flags;
      const dataDir = resolve(flags.data);
      const report = await examineTill({
        dataDir,
        ...(central === undefined ? {} : { centralUrl: central }),
        printer: await printerCall(flags, dataDir),
        usbPrinters: () => listUsbPrinters(),
        ports: machinePorts,
      });
      say(flags.json === true ? `${JSON.stringify(report, null, 2)}\n` : doctorText(report));
      process.exitCode = report.health === 'problem' ? 1 : 0;
    });
};

const printerCall = async (flags: DoctorFlags, dataDir: string) => {
  const { printer, drawerPulse, paper, printTest = false, openDrawer = false } = flags;
  if (openDrawer && !printTest) throw new WrongUsage('--open-drawer goes with --print-test.');
  if (printTest && printer === undefined) throw new WrongUsage('--print-test needs --printer or TILLOG_PRINTER.');
  const { printerAt } = await import('./hardware/printer-address.js');
  return {
    printer: printer === undefined ? null : () => printerAt(printer, printerOptions(dataDir, drawerPulse)),
    ...(printTest ? { test: { paper, openDrawer } } : {}),
  };
};
