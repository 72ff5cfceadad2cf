import fc from 'fast-check';

const { SEED, TRIES = '1' } = process.env;

/**
 * How often a law is tried. `TRIES=10` in the environment tries ten times as often; `SEED` draws again what was drawn
 * when a law did not hold, which then tells its seed.
 */
export const tries = (numRuns: number): fc.Parameters<unknown> => ({
  numRuns: numRuns * Number(TRIES),
  ...(SEED === undefined ? {} : { seed: Number(SEED) }),
});
