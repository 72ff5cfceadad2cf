import type { Table } from './journal-tables.js';
import type { Hint, HintEvent } from './pattern-watch.js';
import type { PatternReport } from './patterns.js';
import { lines, problemLines } from './report-text.js';

/** So many hints of one rule are written out for a person; the JSON has more. */
const hintsShownMax = 50;

/** The patterns as a person reads them: each rule in words, and under it the events that met it. */
export const patternsText = ({ rules, hints, sessions_count, sales_count, findings }: PatternReport): string =>
  lines([
    `${String(sales_count)} sales in ${String(sessions_count)} sessions. A hint is a reason to ask, not a verdict.`,
    ...rules.flatMap(({ pattern, rule, hints_count }) => [
      '',
      `${pattern}: ${hints_count === 0 ? 'nothing found' : String(hints_count)}`,
      `  ${rule}`,
      ...listed(hints, pattern, hints_count),
    ]),
    ...(findings.length > 0 ? ['', ...problemLines(findings)] : []),
  ]);

const listed = (hints: readonly Hint[], pattern: Hint['pattern'], count: number): readonly string[] => {
  const shown = hints.filter((hint) => hint.pattern === pattern).slice(0, hintsShownMax);
  const left = count - shown.length;
  return [
    ...shown.map(
      ({ business_date, terminal_id, staff_id, events }) =>
        `  ${business_date ?? 'no date'}  ${terminal_id.slice(0, 8)}  ${staff_id ?? '–'}  ${events.map(eventText).join(', ')}`,
    ),
    ...(left > 0 ? [`  … and ${String(left)} more`] : []),
  ];
};

const eventText = ({ epoch, seq, type }: HintEvent): string =>
  `${type} ${epoch === 1 ? '' : `${String(epoch)}-`}${String(seq)}`;

/** The hints of one rule as a table of a page. */
export const hintTable = ({ hints }: PatternReport, pattern: Hint['pattern']): Table => ({
  title: '',
  columns: ['Business date', 'Terminal', 'Who', 'Events'].map((name) => ({ name, kind: 'text' })),
  rows: hints
    .filter((hint) => hint.pattern === pattern)
    .slice(0, hintsShownMax)
    .map(({ business_date, terminal_id, staff_id, events }) => [
      business_date ?? '',
      terminal_id.slice(0, 8),
      staff_id ?? '',
      events.map(eventText).join(', '),
    ]),
});
