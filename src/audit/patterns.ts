import { isChosen } from './day.js';
import { type Problem, ProblemList } from './finding.js';
import { type PatternName, patternNames, ruleOf, type Thresholds, usualThresholds } from './pattern-rules.js';
import { type Hint, PatternWatch } from './pattern-watch.js';
import { type DayOptions, readEvents, wholeLogs } from './selection.js';
import { type LogSource, UnusableSource } from './source.js';

/** What the sequence of events suggests that somebody should ask about. */
export interface PatternReport {
  /** Every rule that was applied, in words, and what it found. */
  readonly rules: readonly { readonly pattern: PatternName; readonly rule: string; readonly hints_count: number }[];
  readonly thresholds: Thresholds;
  /** In the order of the logs; at most {@link hintsMax}. */
  readonly hints: readonly Hint[];
  /** The names of who ever signed in, by id. */
  readonly staff: Readonly<Record<string, string>>;
  readonly sessions_count: number;
  readonly sales_count: number;
  /** Events that could not be read, and were not looked at. */
  readonly findings: readonly Problem[];
}

/** What is looked at, and by which measure. */
export interface PatternOptions extends DayOptions {
  readonly thresholds?: Partial<Thresholds> | undefined;
}

/** A report lists at most this many hints; the counts are of all. */
export const hintsMax = 10_000;

/**
 * Looks for patterns that often stand for fraud, in one pass over each log and memory that does not grow with it. Rules
 * that look back over sessions see those before a chosen date too.
 * @throws UnusableSource for a terminal that the source does not have, and for a date that is none
 */
export const findPatterns = async (source: LogSource, options: PatternOptions): Promise<PatternReport> => {
  const thresholds = { ...usualThresholds, ...options.thresholds };
  const found = new ProblemList();
  const hints: Hint[] = [];
  const counts = new Map<PatternName, number>();
  const staff: Record<string, string> = {};
  let [sessions_count, sales_count] = [0, 0];
  const keep = (more: readonly Hint[]): void => {
    for (const hint of more.filter((one) => isChosen(one, options))) {
      counts.set(hint.pattern, (counts.get(hint.pattern) ?? 0) + 1);
      if (hints.length < hintsMax) hints.push(hint);
    }
  };
  for (const log of await wholeLogs(source, options)) {
    const watch = new PatternWatch(thresholds);
    for await (const { event } of readEvents(log, found)) {
      keep(watch.take(event));
      if (event.type === 'StaffSignedIn' && event.staff_id !== null) staff[event.staff_id] = event.data.name;
      if (!isChosen(event, options)) continue;
      if (event.type === 'SessionOpened') sessions_count += 1;
      if (event.type === 'SaleRecorded') sales_count += 1;
    }
    keep(watch.end());
  }
  const rules = patternNames.map((pattern) => ({
    ...{ pattern, rule: ruleOf(pattern, thresholds), hints_count: counts.get(pattern) ?? 0 },
  }));
  return { rules, thresholds, hints, staff, sessions_count, sales_count, findings: found.all() };
};

/**
 * Thresholds as a person gives them: `name=whole number`.
 * @throws UnusableSource for a name that is none and for what is no whole number
 */
export const readThresholds = (given: readonly string[]): Partial<Thresholds> =>
  Object.fromEntries(
    given.map((text) => {
      const [, name = '', value = ''] = /^([a-z_]+)=(\d{1,12})$/u.exec(text) ?? [];
      if (!Object.hasOwn(usualThresholds, name)) {
        const names = Object.keys(usualThresholds).join(', ');
        throw new UnusableSource(`“${text}” sets no threshold: write name=whole number, with one of ${names}.`);
      }
      return [name, Number(value)];
    }),
  );
