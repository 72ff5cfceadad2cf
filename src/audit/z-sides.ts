import { differenceOf, recomputablePart, type SessionReport, type ZReport } from '../domain/report.js';
import { amount, percent } from './figures.js';

/** One figure of a Z as it was recorded, beside what the events add up to, both as people read them. */
export interface ZSide {
  /** What it is: `tenders cash USD amount`. */
  readonly label: string;
  /** Empty where the side has no such figure. */
  readonly recorded: string;
  readonly recomputed: string;
  readonly same: boolean;
}

/** Every figure of a recorded Z that can be added up again, beside what its events add up to. */
export const zSides = (z: ZReport, report: SessionReport): readonly ZSide[] => {
  const recorded = leavesOf({ ...recomputablePart(z), difference: z.difference }, z.currency);
  const difference = differenceOf(z.counted, report.expected);
  const recomputed = leavesOf({ ...report, difference }, report.currency);
  return [...new Set([...recorded.keys(), ...recomputed.keys()])].map((label) => {
    const [left = '', right = ''] = [recorded.get(label), recomputed.get(label)];
    return { label, recorded: left, recomputed: right, same: left === right };
  });
};

type Leaves = Map<string, string>;

const leavesOf = (report: object, currency: string | null): Leaves => {
  const leaves: Leaves = new Map();
  collect(report, [], { leaves, currency });
  return leaves;
};

interface Walk {
  readonly leaves: Leaves;
  /** Of every amount that has none of its own. */
  readonly currency: string | null;
}

const collect = (value: unknown, path: readonly string[], walk: Walk): void => {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, [...path, nameOf(item as object)], walk);
  } else if (typeof value === 'object' && value !== null) {
    const own = (value as { readonly currency?: string }).currency;
    const within = own === undefined ? walk : { ...walk, currency: own };
    // The names of a figure in a list stand in its path already.
    for (const [key, child] of Object.entries(value)) {
      if (!(path.length > 0 && isName(key, child))) collect(child, [...path, wordsOf(key)], within);
    }
  } else {
    const label = path.join(' ');
    walk.leaves.set(label.replace(/ minor$/u, ''), written(label, value, walk.currency));
  }
};

const isName = (key: string, value: unknown): boolean => typeof value === 'string' || key === 'rate_ppm';

/** The order in which people say what tells an item apart: `cash USD`, `LOW 5 %`. A stored Z has its fields in another one. */
const nameOrder = ['kind', 'method', 'reason', 'tax_code', 'rate_ppm', 'currency'];

/** What tells one item of a list from the others. */
const nameOf = (item: object): string =>
  Object.entries(item)
    .filter(([key, value]) => isName(key, value))
    .sort(([a], [b]) => nameOrder.indexOf(a) - nameOrder.indexOf(b))
    .map(([key, value]) => (key === 'rate_ppm' ? percent(value as number) : String(value)))
    .join(' ');

const wordsOf = (key: string): string => key.replaceAll('_', ' ');

const written = (label: string, value: unknown, currency: string | null): string => {
  if (typeof value === 'number') return label.endsWith(' minor') ? amount(value, currency) : String(value);
  return typeof value === 'string' ? value : value === true ? 'yes' : value === false ? 'no' : '–';
};
