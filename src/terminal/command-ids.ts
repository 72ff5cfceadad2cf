import type { Randomness } from '../ports.js';

/**
 * Makes the ids of one command: UUIDs v4 that share their first 32 bits. The index of the ids lies in their order, so that
 * a command changes one page of it instead of one for each event; the 90 bits behind are random for each.
 */
export const idsOfOneCommand = (randomness: Randomness): (() => string) => {
  let beginning: string | undefined;
  return () => {
    const id = randomness.uuid();
    beginning ??= id.slice(0, 8);
    return beginning + id.slice(8);
  };
};
