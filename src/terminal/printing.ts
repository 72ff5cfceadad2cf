import { defer, exhaustMap, fromEvent, merge, type Observable, takeUntil, timer } from 'rxjs';
import { errorCode, isDiskFull } from '../events/error-code.js';
import { codePages } from '../hardware/escpos-code-page.js';
import { escposJobs } from '../hardware/escpos-job.js';
import { PaperFault } from '../hardware/paper-fault.js';
import type { Layout } from '../hardware/layout.js';
import { papers } from '../hardware/paper.js';
import { PrintFault, type Printer } from '../hardware/printer.js';
import type { Clock, Log } from '../ports.js';
import type { PrintJob, PrintState } from './print-queue.js';
import type { Recorder } from './recorder.js';

/** What the printer of a till holds; how its papers speak stands in the log. */
export interface PaperStyle {
  readonly paper: keyof typeof papers;
}

/** What prints, and on what. */
export interface Printing {
  readonly recorder: Recorder;
  /** Which of the queued papers this printer prints. */
  readonly destination: string;
  /** The paper of the event at a position. */
  readonly layoutOf: (seq: number) => Layout;
  readonly printer: Printer;
  readonly paper: PaperStyle['paper'];
  readonly clock: Pick<Clock, 'wall'>;
  readonly log: Log;
  /** How soon a printer that took nothing is tried again, in ms. */
  readonly retryMs: number;
  /** Aborted when the till stops: the job under way is the last. */
  readonly stopping: AbortSignal;
}

/** A paper that waited for longer is not printed any more: nobody stands there to take it. */
const waitMsMax = 15 * 60_000;

/**
 * Prints what is queued for one printer, the oldest first, whenever something was recorded and every `retryMs`. It never
 * delays a sale; a job of which a part may be on paper is not sent twice. Completes after the job that is under way once
 * the till stops.
 */
export const printQueued = (printing: Printing): Observable<void> =>
  merge(printing.recorder.commits$, timer(0, printing.retryMs)).pipe(
    takeUntil(fromEvent(printing.stopping, 'abort')),
    exhaustMap(() => defer(() => empty(printing))),
  );

const empty = async (printing: Printing): Promise<void> => {
  const { clock, log, recorder, destination, stopping } = printing;
  const { prints } = recorder;
  try {
    // One run at a time: what is under way now was left by a run whose end could not be noted.
    prints.giveUpWhatWasSent(destination, new Date(clock.wall()).toISOString());
    for (let job = prints.next(destination); job && !stopping.aborted; job = prints.next(destination)) {
      if (!(await take(job, printing))) return;
    }
  } catch (cause) {
    // Selling goes on where there is space for it again, and so does printing.
    if (!isDiskFull(cause) && !errorCode(cause).startsWith('SQLITE_BUSY')) throw cause;
    log.warn({}, 'The disk is full or the database is busy: nothing is printed until it can be noted.');
  }
};

/** @returns false when the printer takes nothing at the moment */
const take = async (job: PrintJob, { recorder, layoutOf, printer, paper, clock, log }: Printing): Promise<boolean> => {
  const { seq, destination } = job;
  const now = (): string => new Date(clock.wall()).toISOString();
  const mark = (state: PrintState, problem: string | null = null): void =>
    recorder.prints.mark(job, state, now(), problem);
  if (clock.wall() - Date.parse(job.queued_at) > waitMsMax) {
    mark('expired', 'The printer was away for too long. Print it again if somebody still wants it.');
    return true;
  }
  try {
    const parts = escposJobs(layoutOf(seq), printerOf(paper));
    mark(await printer.print(parts, () => mark('sending')));
    return true;
  } catch (cause) {
    if (!(cause instanceof PaperFault || cause instanceof PrintFault)) throw cause;
    log.warn({ seq, destination }, cause.message);
    if (cause instanceof PaperFault) mark('failed', cause.message);
    else mark(cause.made === 'unknown' ? 'unknown' : 'queued', cause.message);
    return cause instanceof PaperFault || cause.made === 'unknown';
  }
};

/** What a printer of that roll is sent. */
export const printerOf = (paper: PaperStyle['paper']) =>
  ({ paper: papers[paper], codePage: codePages.PC437, qr: 'native' }) as const;
