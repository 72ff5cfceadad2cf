import type { PrinterTrouble } from './escpos-status.js';

/** What a printer made of a job that failed: nothing of it, so that it may be sent again, or nobody knows how much. */
export type FailedPrint = 'nothing_sent' | 'unknown';

/** A printer did not take a whole job, or cannot be reached. Expected and visible; the sale is recorded all the same. */
export class PrintFault extends Error {
  override readonly name = 'PrintFault';

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

/** A cash drawer. */
export interface Drawer {
  /**
   * Opens it once, unless it is no longer wanted by the time that the device is free.
   * @throws PrintFault
   */
  open(isWanted: () => boolean): Promise<void>;
}

/** How a printer is. */
export interface PrinterStatus {
  /** False for a printer that cannot say, or is too busy to: it may print all the same. Then nothing is known of troubles. */
  readonly answers: boolean;
  readonly troubles: readonly PrinterTrouble[];
}

/** A job that a printer took whole: `confirmed` when it said after the last byte that all is well with it. */
export type TakenPrint = 'sent' | 'confirmed';

/** A receipt printer with a drawer behind it. Jobs and pulses never mix: each is on the device before the next begins. */
export interface Printer extends Drawer {
  /** What it is called in the status: where it is. */
  readonly name: string;
  /**
   * Asks how it is; nothing is printed. Silence is no fault.
   * @throws PrintFault when it cannot be reached
   */
  status(): Promise<PrinterStatus>;
  /**
   * Prints the parts of one job, in their order; the first resets the printer. Ends within the printer's time limit, whatever the device does.
   * @param begins called just before the first byte of it leaves; when that throws, none does
   * @throws PrintFault, and what `begins` throws
   */
  print(parts: readonly Uint8Array[], begins?: () => void): Promise<TakenPrint>;
}
