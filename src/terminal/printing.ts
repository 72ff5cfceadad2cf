import { defer, exhaustMap, merge, type Observable, timer } from 'rxjs';
import { errorCode, isDiskFull } from '../events/error-code.js';
import { codePages } from '../hardware/escpos-code-page.js';
import { escposJobs } from '../hardware/escpos-job.js';
import { PaperFault } from '../hardware/paper-fault.js';
import { paperLayout } from '../hardware/paper-layout.js';
import { papers } from '../hardware/paper.js';
import { PrintFault, type Printer } from '../hardware/printer.js';
import type { Clock, Log } from '../ports.js';
import type { PrintJob } from './print-queue.js';
import type { RecordedPapers } from './recorded-papers.js';
import type { Recorder } from './recorder.js';

/** What the printer of a till holds; how its papers speak stands in the log. */
export interface PaperStyle {
  readonly paper: keyof typeof papers;
}

/** What prints, and on what. */
export interface Printing {
  readonly recorder: Recorder;
  readonly papers: RecordedPapers;
  readonly printer: Printer;
  readonly style: PaperStyle;
  readonly clock: Pick<Clock, 'wall'>;
  readonly log: Log;
  /** How soon a printer that took nothing is tried again, in ms. */
  readonly retryMs: number;
}

/** A paper that waited for longer is not printed any more: nobody stands there to take it. */
const waitMsMax = 15 * 60_000;

/**
 * Prints what is queued, the oldest first, whenever something was recorded and every `retryMs`. It never delays a sale;
 * a job of which a part may be on paper is not sent twice.
 */
export const printQueued = (printing: Printing): Observable<void> =>
  merge(printing.recorder.commits$, timer(0, printing.retryMs)).pipe(exhaustMap(() => defer(() => empty(printing))));

const empty = async (printing: Printing): Promise<void> => {
  const { clock, log, recorder } = printing;
  const { prints } = recorder;
  try {
    // One run at a time: what is under way now was left by a run whose end could not be noted.
    prints.giveUpWhatWasSent(new Date(clock.wall()).toISOString());
    for (let job = prints.next(); job; job = prints.next()) if (!(await take(job, printing))) return;
  } catch (cause) {
    // Selling goes on where there is space for it again, and so does printing.
    if (!isDiskFull(cause) && !errorCode(cause).startsWith('SQLITE_BUSY')) throw cause;
    log.warn({}, 'The disk is full or the database is busy: nothing is printed until it can be noted.');
  }
};

/** @returns false when the printer takes nothing at the moment */
const take = async (
  job: PrintJob,
  { recorder, papers: recorded, printer, style, clock, log }: Printing,
): Promise<boolean> => {
  const { seq } = job;
  const now = (): string => new Date(clock.wall()).toISOString();
  const mark = (state: PrintJob['state'], problem: string | null = null): void =>
    recorder.prints.mark(seq, state, now(), problem);
  if (clock.wall() - Date.parse(job.queued_at) > waitMsMax) {
    mark('expired', 'The printer was away for too long. Print it again if somebody still wants it.');
    return true;
  }
  try {
    const parts = escposJobs(paperLayout(recorded.at(seq)), printerOf(style));
    mark('sending');
    await printer.print(parts);
    mark('sent');
    return true;
  } catch (cause) {
    if (!(cause instanceof PaperFault || cause instanceof PrintFault)) throw cause;
    log.warn({ seq }, cause.message);
    if (cause instanceof PaperFault) mark('failed', cause.message);
    else mark(cause.made === 'unknown' ? 'unknown' : 'queued', cause.message);
    return cause instanceof PaperFault || cause.made === 'unknown';
  }
};

const printerOf = ({ paper }: PaperStyle) =>
  ({ paper: papers[paper], codePage: codePages.PC437, qr: 'native' }) as const;
