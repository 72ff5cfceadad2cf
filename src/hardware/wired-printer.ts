import type { Clock } from '../ports.js';
import { pulseBytes, type Pulse, resetBytes, selectAscii } from './escpos-commands.js';
import {
  type PrinterTrouble,
  statusQuestionBytes,
  statusQuestions,
  troubleHints,
  troublesIn,
} from './escpos-status.js';
import type { StatusQuestion } from './escpos-status.js';
import { type FailedPrint, PrintFault, type Printer, type PrinterStatus, type TakenPrint } from './printer.js';
import { within } from './time-limit.js';
import type { Wire, WirePlace } from './wire.js';

/** How long a printer may take, in ms. Longer limits keep the papers behind it waiting. */
export interface PrinterLimits {
  /** To reach it. */
  readonly connectMs: number;
  /** To take the next 4 KiB. */
  readonly writeMs: number;
  /** To answer a question. A printer that cannot answer costs this much twice a job. */
  readonly answerMs: number;
  /** For a whole job, besides what its bytes take. */
  readonly jobMs: number;
}

/** The limits of every printer of a shop. */
export const usualLimits: PrinterLimits = { connectMs: 1500, writeMs: 5000, answerMs: 500, jobMs: 8000 };

/** What a printer works with. */
export interface WiredPrinting {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly pulse: Pulse;
  readonly limits: PrinterLimits;
}

/** Bytes that are handed over at once. */
const chunkBytes = 4096;

/** Bytes that the slowest fast line takes in a second: the head prints more of a picture than that. */
const bytesPerSecondMin = 20_000;

/** A command that does nothing, after the last one: some devices hold the last bytes back until more come. */
const tail = selectAscii;

/** The one that a person should hear first comes first: a printer without paper is offline, too. */
const allTroubles = Object.keys(troubleHints) as PrinterTrouble[];

/** The troubles that keep a printer from printing. */
const stops = ({ troubles }: PrinterStatus): readonly PrinterTrouble[] =>
  troubles.filter((trouble) => trouble !== 'PAPER_LOW');

/** What is at the other end of the wires of one printer. */
interface WireEnd {
  readonly place: WirePlace;
  readonly printing: WiredPrinting;
  /** The last question got no answer in time. It may still come, on USB also to a wire that is opened later. */
  answerIsOwed: boolean;
}

/** An ESC/POS printer at the end of a wire. It speaks to it in turn: one job, pulse or question at a time. */
export const wiredPrinter = (place: WirePlace, printing: WiredPrinting): Printer => {
  const end: WireEnd = { place, printing, answerIsOwed: false };
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
  return {
    name: place.name,
    status: () => inTurn(() => onWire(end, 0, (job) => job.ask())),
    print: (parts, begins = () => undefined) =>
      inTurn(() => onWire(end, bytesOf(parts), (job) => job.print(parts, begins))),
    open: (isWanted) =>
      inTurn(() => {
        // A late one does not even call: the calls of many would keep everything behind them waiting.
        if (!isWanted()) throw tooLate(place.name);
        return onWire(end, 0, (job) => job.pulse(isWanted));
      }),
  };
};

const bytesOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0);

/** How long a job of so many bytes may take. */
const limitMs = ({ place, printing }: WireEnd, bytes: number): number =>
  printing.limits.jobMs + (bytes * 1000) / (place.bytesPerSecond ?? bytesPerSecondMin);

const onWire = async <Result>(
  end: WireEnd,
  bytes: number,
  work: (job: WireJob) => Promise<Result>,
): Promise<Result> => {
  const { place } = end;
  const { limits, clock } = end.printing;
  const wire = await place.open(limits.connectMs);
  const job = new WireJob(wire, end);
  try {
    return await within(limitMs(end, bytes), work(job), clock);
  } catch (cause) {
    wire.destroy();
    if (cause instanceof PrintFault || cause === job.refusal) throw cause;
    throw new PrintFault(job.made, lostHint(place.name, job.made), { cause });
  }
};

const tooLate = (name: string): PrintFault =>
  new PrintFault('nothing_sent', `The printer at ${name} was busy for too long: the drawer stayed shut.`);

const lostHint = (name: string, made: FailedPrint): string =>
  made === 'nothing_sent'
    ? `The printer at ${name} takes nothing: look whether it is on, has paper and is connected.`
    : `The printer at ${name} was lost in the middle: look whether the paper is whole, or print it again.`;

class WireJob {
  /** What may be on paper at this moment. */
  made: FailedPrint = 'nothing_sent';
  /** Why whoever wants it printed let it not begin. */
  refusal: unknown;

  /** A question on this wire got no answer in time. None follows it: the late answer would pass for that of the next. */
  private isMute = false;

  constructor(
    private readonly wire: Wire,
    private readonly end: WireEnd,
  ) {}

  async ask(): Promise<PrinterStatus> {
    const status = await this.statusNow(this.end.printing.limits.answerMs);
    await this.wire.close();
    return status;
  }

  async print(parts: readonly Uint8Array[], begins: () => void): Promise<TakenPrint> {
    const { answerMs } = this.end.printing.limits;
    const before = await this.statusNow(answerMs);
    const [trouble] = stops(before);
    if (trouble !== undefined) {
      await this.wire.close();
      throw new PrintFault('nothing_sent', troubleHints[trouble]);
    }
    try {
      begins();
    } catch (cause) {
      this.refusal = cause;
      throw cause;
    }
    this.made = 'unknown';
    await this.send([...parts, tail]);
    // One that could answer and falls silent may have lost its cable: the limit of the job ends the waiting.
    const status = await this.statusNow(before.answers ? limitMs(this.end, bytesOf(parts)) : answerMs);
    await this.wire.close();
    const [after] = stops(status);
    if (after !== undefined) {
      throw new PrintFault(
        'unknown',
        `${troubleHints[after]} Then look whether the paper is whole, or print it again.`,
      );
    }
    return status.answers ? 'confirmed' : 'sent';
  }

  async pulse(isWanted: () => boolean): Promise<void> {
    if (!isWanted()) throw tooLate(this.end.place.name);
    this.made = 'unknown';
    await this.send([resetBytes, pulseBytes(this.end.printing.pulse), tail]);
    await this.wire.close();
  }

  private async send(parts: readonly Uint8Array[]): Promise<void> {
    const { limits, clock } = this.end.printing;
    const bytes = Buffer.concat(parts);
    for (let from = 0; from < bytes.length; from += chunkBytes) {
      await within(limits.writeMs, this.wire.write(bytes.subarray(from, from + chunkBytes)), clock);
    }
  }

  /**
   * Asks one question after the other, until one gets no answer. What a printer said unasked is no answer.
   * @param firstMs how long the first answer may take
   */
  private async statusNow(firstMs: number): Promise<PrinterStatus> {
    const { end } = this;
    const { answerMs } = end.printing.limits;
    if (!end.place.hears) return saysNothing;
    if (this.isMute) return this.listen(answerMs);
    while ((await this.wire.read(0)) !== undefined);
    const troubles = new Set<PrinterTrouble>();
    let answers = false;
    for (const question of Object.keys(statusQuestions) as StatusQuestion[]) {
      await this.send([statusQuestionBytes(question)]);
      const said = await this.answerTo(question, answers ? answerMs : firstMs);
      this.isMute = said === undefined;
      if (said === undefined) break;
      answers = true;
      for (const trouble of said) troubles.add(trouble);
    }
    const wasOwed = end.answerIsOwed;
    end.answerIsOwed = this.isMute;
    if (wasOwed && (await this.isOneBehind(answerMs))) return saysNothing;
    return { answers, troubles: allTroubles.filter((trouble) => troubles.has(trouble)) };
  }

  /** Asks nothing. Whoever listens hears it hang up in the middle, too. */
  private async listen(ms: number): Promise<PrinterStatus> {
    if ((await this.answerTo('paper', ms)) !== undefined) this.end.answerIsOwed = false;
    return saysNothing;
  }

  /** Whether the first of the answers was a late one, and each of the others that to the question before its own. */
  private async isOneBehind(ms: number): Promise<boolean> {
    this.isMute ||= (await this.answerTo('paper', ms)) !== undefined;
    return this.isMute;
  }

  private async answerTo(question: StatusQuestion, ms: number): Promise<readonly PrinterTrouble[] | undefined> {
    for (let noise = 0; noise < noiseBytesMax; noise += 1) {
      const byte = await this.wire.read(ms);
      if (byte === undefined) return undefined;
      const troubles = troublesIn(question, byte);
      if (troubles) return troubles;
    }
    return undefined;
  }
}

/** A printer that cannot say how it is, or is too busy to. */
const saysNothing: PrinterStatus = { answers: false, troubles: [] };

/** So many bytes that are no answer are skipped: a printer may tell its state unasked, four bytes at a time. */
const noiseBytesMax = 64;
