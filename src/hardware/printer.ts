import { open } from 'node:fs/promises';
import { DeviceFault, type Drawer, drawerPulse } from './drawer.js';

/** What a printer made of a job that failed: nothing of it, so that it may be sent again, or nobody knows how much. */
export type FailedPrint = 'nothing_sent' | 'unknown';

/** A printer did not take a whole job. */
export class PrintFault extends DeviceFault {
  /**
   * @param made whether anything of the job may be on paper
   * @param message with a hint that a person can act on
   */
  constructor(
    readonly made: FailedPrint,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A receipt printer with a drawer behind it. Jobs and pulses never mix: each is on the device before the next begins. */
export interface Printer extends Drawer {
  /** What it is called in the status: where it is. */
  readonly name: string;
  /**
   * Prints the parts of one job, in their order.
   * @throws PrintFault
   */
  print(parts: readonly Uint8Array[]): Promise<void>;
}

/** A printer that is a file of this machine, such as `/dev/usb/lp0`; an ordinary file collects what was printed. */
export const filePrinter = (path: string): Printer => {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (parts: readonly Uint8Array[], isWanted = () => true): Promise<void> => {
    const mine = last.then(() => append(path, parts, isWanted));
    last = mine.catch(() => undefined);
    return mine;
  };
  return { name: `file:${path}`, open: (isWanted) => inTurn([drawerPulse], isWanted), print: (parts) => inTurn(parts) };
};

const append = async (path: string, parts: readonly Uint8Array[], isWanted: () => boolean): Promise<void> => {
  let made: FailedPrint = 'nothing_sent';
  try {
    const file = await open(path, 'a');
    try {
      if (!isWanted())
        throw new PrintFault(made, `The printer at ${path} was busy for too long: the drawer stayed shut.`);
      made = 'unknown';
      for (const part of parts) await file.writeFile(part);
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof PrintFault) throw cause;
    throw new PrintFault(made, `The printer at ${path} cannot be written to: check its cable and its rights.`, {
      cause,
    });
  }
};
