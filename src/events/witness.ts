import { z } from 'zod';
import { readIfThere, writeDurably } from './durable-file.js';
import type { SignedHead } from './signature.js';

/** A signed head kept in a small file beside the database: what it names must still be in the log. */
export interface Witness extends SignedHead {
  readonly terminal_id: string;
}

const schema = z.object({
  terminal_id: z.string(),
  epoch: z.int().min(1),
  seq: z.int().min(1),
  hash: z.string(),
  signature: z.string(),
});

/** Writes the witness file durably. */
export const writeWitness = (path: string, witness: Witness): void => {
  writeDurably(path, `${JSON.stringify(witness)}\n`, 0o644);
};

/** The witness; undefined when there is no such file. 'unreadable' when it is there but is no witness. */
export const readWitness = (path: string): Witness | 'unreadable' | undefined => {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof z.ZodError) return 'unreadable';
    throw cause;
  }
};
