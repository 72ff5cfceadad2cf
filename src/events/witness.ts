import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { readIfThere, writeDurably } from './durable-file.js';
import { hashOf } from './envelope.js';
import type { SignedHead } from './signature.js';

/** A signed head kept in a small file beside the database: what it names must still be in the log. */
export interface Witness extends SignedHead {
  readonly terminal_id: string;
}

const schema = z.object({
  check: z.string(),
  terminal_id: z.string(),
  epoch: z.int().min(1),
  seq: z.int().min(1),
  hash: z.string(),
  signature: z.string(),
});

/** The file holds two heads, a line each. Every line has this length, so that writing one leaves the other alone. */
const lineBytes = 512;

const lineOf = (witness: Witness): string =>
  `${JSON.stringify({ check: checkOf(witness), ...witness }).padEnd(lineBytes - 1)}\n`;

/** Tells a line that was written to its end from one that a power cut tore. */
const checkOf = ({ terminal_id, epoch, seq, hash, signature }: Witness): string =>
  hashOf([terminal_id, epoch, seq, hash, signature].join(' ')).slice(0, 16);

/**
 * The witness file, written durably: each time over the older one of its two heads, so that whatever a power cut leaves
 * of that, the newer one is still there. A file that is written in place costs a tenth of one that is made anew and
 * renamed.
 */
export class WitnessFile {
  /** Which line holds the older head; undefined until the file was looked at, and after a failure. */
  private older: 0 | 1 | undefined;

  constructor(private readonly path: string) {}

  /** Makes the file when it is not there or not whole. */
  write(witness: Witness): void {
    const line = lineOf(witness);
    const older = this.older ?? olderLine(this.path);
    this.older = undefined;
    if (older === undefined) writeDurably(this.path, line + line, 0o644);
    else writeLine(this.path, older, line);
    this.older = older === 0 ? 1 : 0;
  }
}

/** Undefined for a file that is not there or not whole. */
const olderLine = (path: string): 0 | 1 | undefined => {
  const text = readIfThere(path);
  const lines = linesOf(text ?? '');
  if (text?.length !== 2 * lineBytes || lines.length !== 2) return undefined;
  return isNewer(lines[1], lines[0]) ? 0 : 1;
};

const writeLine = (path: string, place: 0 | 1, line: string): void => {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, line, place * lineBytes);
    fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
};

/** The newest witness; undefined when there is no such file. 'unreadable' when it is there but holds none. */
export const readWitness = (path: string): Witness | 'unreadable' | undefined => {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  const [first, second] = linesOf(text);
  return (isNewer(second, first) ? second : first) ?? 'unreadable';
};

/** What stands in each line; undefined for a line that holds no head. */
const linesOf = (text: string): readonly (Witness | undefined)[] => text.trimEnd().split('\n').map(readLine);

const readLine = (line: string): Witness | undefined => {
  try {
    const { check, ...witness } = schema.parse(JSON.parse(line));
    return check === checkOf(witness) ? witness : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof z.ZodError) return undefined;
    throw cause;
  }
};

const isNewer = (a: Witness | undefined, b: Witness | undefined): boolean =>
  a !== undefined && (b === undefined || (a.epoch === b.epoch ? a.seq > b.seq : a.epoch > b.epoch));
