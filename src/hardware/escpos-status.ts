/** What a printer may be asked with `DLE EOT n`, even in the middle of a job or when it is out of paper. */
export const statusQuestions = { printer: 1, offline: 2, error: 3, paper: 4 } as const;

/** One of {@link statusQuestions}. */
export type StatusQuestion = keyof typeof statusQuestions;

/** What may be wrong with a printer. The first four keep it from printing; it prints on with the last. */
export type PrinterTrouble = 'COVER_OPEN' | 'PAPER_OUT' | 'PRINTER_ERROR' | 'OFFLINE' | 'PAPER_LOW';

/** What a person reads, and does. */
export const troubleHints = {
  COVER_OPEN: 'The cover of the printer is open: close it.',
  PAPER_OUT: 'The printer is out of paper: put in a new roll.',
  PRINTER_ERROR: 'The printer reports a fault, often of its knife: switch it off and on.',
  OFFLINE: 'The printer is offline: press its button for paper, or switch it off and on.',
  PAPER_LOW: 'The paper of the printer is nearly used up: have a new roll ready.',
} as const satisfies Readonly<Record<PrinterTrouble, string>>;

/** `DLE EOT n`: answered with one byte by printers that can; silence means that this one cannot, not that it is broken. */
export const statusQuestionBytes = (question: StatusQuestion): Uint8Array =>
  Uint8Array.of(0x10, 0x04, statusQuestions[question]);

/** Every answer has these bits so, which tells it from whatever else a printer sends. */
const answerMask = 0b1001_0011;
const answerBits = 0b0001_0010;

const troubleBits: Readonly<Record<StatusQuestion, readonly (readonly [number, PrinterTrouble])[]>> = {
  printer: [[0b0000_1000, 'OFFLINE']],
  offline: [
    [0b0000_0100, 'COVER_OPEN'],
    [0b0010_0000, 'PAPER_OUT'],
    [0b0100_0000, 'PRINTER_ERROR'],
  ],
  error: [[0b0110_1000, 'PRINTER_ERROR']],
  paper: [
    [0b0110_0000, 'PAPER_OUT'],
    [0b0000_1100, 'PAPER_LOW'],
  ],
};

/**
 * What an answer to a question says is wrong; nothing when all is well.
 * @param answer one byte
 * @returns undefined when the byte is no answer
 */
export const troublesIn = (question: StatusQuestion, answer: number): readonly PrinterTrouble[] | undefined =>
  (answer & answerMask) === answerBits
    ? troubleBits[question].filter(([bits]) => (answer & bits) !== 0).map(([, trouble]) => trouble)
    : undefined;
