// What every measurement needs: interleaved rounds of ours and of a raw limit, told as medians and their ratio.
import { performance } from 'node:perf_hooks';

/** So many rounds, of ours and of the limit in turn, so that both meet the same machine. */
export const rounds = 5;

/**
 * Runs `work` so often, one after the other, and says how many a second that were, and what the one in the middle and
 * the slowest of a hundred took.
 * @param between what happens after each and is not counted
 */
export const timed = async (count, work, between) => {
  const times = [];
  const from = performance.now();
  for (let index = 0; index < count; index += 1) {
    const start = performance.now();
    await work(index);
    times.push(performance.now() - start);
    await between?.();
  }
  const seconds = (between ? times.reduce((sum, ms) => sum + ms, 0) : performance.now() - from) / 1000;
  times.sort((a, b) => a - b);
  return { perSecond: count / seconds, p50: times[Math.floor(count / 2)], p99: times[Math.floor(count * 0.99)] };
};

/** The one in the middle. */
export const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/**
 * A line of the table.
 * @param measured a round each: `{ours, limit}` as {@link timed} gives them; `p99` may be missing
 * @param what the limit is
 */
export const row = (measured, what) => {
  const middle = (of) => median(measured.map(of));
  const p99 = middle(({ ours }) => ours.p99 ?? NaN);
  return {
    ours: `${middle(({ ours }) => ours.perSecond).toFixed(0)}/s`,
    limit: `${middle(({ limit }) => limit.perSecond).toFixed(0)}/s ${what}`,
    ratio: middle(({ ours, limit }) => ours.perSecond / limit.perSecond).toFixed(2),
    p99: Number.isNaN(p99) ? '' : `${p99.toFixed(2)} ms`,
  };
};
