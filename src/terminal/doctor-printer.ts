import { codePages } from '../hardware/escpos-code-page.js';
import { escposJobs } from '../hardware/escpos-job.js';
import { troubleHints } from '../hardware/escpos-status.js';
import { papers } from '../hardware/paper.js';
import { PrintFault, type Printer } from '../hardware/printer.js';
import { PrinterPlaceFault } from '../hardware/printer-address.js';
import { testPage } from '../hardware/test-page.js';
import { type Finding, finding } from './doctor-finding.js';
import type { PaperStyle } from './printing.js';

/** The printer of a till, and what is wanted of it. */
export interface PrinterCall {
  /** Makes the printer that the settings name; null where they name none. */
  readonly printer: (() => Printer) | null;
  /** Prints a page; left out: the printer is only asked how it is. */
  readonly test?: PrinterTest;
}

/** How a test page is printed. */
export interface PrinterTest {
  readonly paper: PaperStyle['paper'];
  /** Opens the drawer too. */
  readonly openDrawer: boolean;
}

/**
 * Whether the printer is there and ready, and where that is wanted whether it prints.
 * @param at when, for the page
 */
export const examinePrinter = async ({ printer: make, test }: PrinterCall, at: string): Promise<readonly Finding[]> => {
  if (!make) return [finding('NO_PRINTER', 'No printer is named (--printer or TILLOG_PRINTER).')];
  try {
    const printer = make();
    const found = await statusOf(printer);
    return test ? [...found, await printed(printer, test, at)] : found;
  } catch (cause) {
    if (cause instanceof PrinterPlaceFault) return [finding('PRINTER_PLACE_REFUSED', cause.message, cause.code)];
    throw cause;
  }
};

const statusOf = async (printer: Printer): Promise<readonly Finding[]> => {
  const { name } = printer;
  // To ask it would make its folder.
  if (name.startsWith('virtual:')) return [finding('PRINTER_READY', `Papers are put into the folder of ${name}.`)];
  try {
    const { answers, troubles } = await printer.status();
    if (!answers) return [finding('PRINTER_SAYS_NOTHING', `${name} can be reached; it does not say how it is.`)];
    if (troubles.length === 0) return [finding('PRINTER_READY', `${name} answers that it is ready and has paper.`)];
    return troubles.map((trouble) =>
      finding(trouble === 'PAPER_LOW' ? 'PRINTER_LOW' : 'PRINTER_TROUBLE', troubleHints[trouble], trouble),
    );
  } catch (cause) {
    if (!(cause instanceof PrintFault)) throw cause;
    return [finding('PRINTER_UNREACHABLE', cause.message)];
  }
};

const printed = async (printer: Printer, { paper, openDrawer }: PrinterTest, at: string): Promise<Finding> => {
  const page = testPage({
    place: printer.name,
    roll: paper,
    columns: papers[paper].columns,
    at,
    drawer: openDrawer ? 'told to open by this test' : 'left shut',
  });
  try {
    if (openDrawer) await printer.open(() => true);
    const taken = await printer.print(
      escposJobs(page, { paper: papers[paper], codePage: codePages.PC437, qr: 'native' }),
    );
    const said = taken === 'confirmed' ? 'the printer says that it is on paper' : 'the printer says nothing about it';
    return finding(
      'TEST_PRINTED',
      `A test page was sent: ${said}.${openDrawer ? ' The drawer was told to open.' : ''}`,
    );
  } catch (cause) {
    if (!(cause instanceof PrintFault)) throw cause;
    return finding('TEST_NOT_PRINTED', `The test page: ${cause.message}`);
  }
};
