import type { Randomness } from '../ports.js';

/**
 * Makes the ids of one command: UUIDs v4 that share their first 32 bits. The index of the ids lies in their order, so that
 * a command changes one page of it instead of one for each event; the 90 bits behind are random for each.
 * @param beginning the first 32 bits in hex, by which the index finds the command again; random when left out
 */
export const idsOfOneCommand = (randomness: Randomness, beginning?: string): (() => string) => {
  let first = beginning;
  return () => {
    const id = randomness.uuid();
    first ??= id.slice(0, 8);
    return first + id.slice(8);
  };
};
