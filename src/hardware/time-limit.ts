import type { Clock } from '../ports.js';

/** Something took longer than it may. */
export class TimeUp extends Error {
  override readonly name = 'TimeUp';
}

/**
 * Waits for work no longer than it may take. The work itself is not ended by that: whoever began it must.
 * @throws TimeUp after `ms`, or what the work throws
 */
export const within = async <Result>(
  ms: number,
  work: Promise<Result>,
  clock: Pick<Clock, 'sleep'>,
): Promise<Result> => {
  const ended = new AbortController();
  const limit = clock.sleep(ms, ended.signal).then((): never => {
    throw new TimeUp(`It took longer than ${String(ms)} ms.`);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    ended.abort();
  }
};
