import type { Table } from './journal-tables.js';
import type { Hint, HintEvent } from './pattern-watch.js';
import type { PatternReport } from './patterns.js';
import { lines, problemLines } from './report-text.js';

/** So many hints of one rule are written out for a person; the JSON has more. */
const hintsShownMax = 50;

/** The patterns as a person reads them: each rule in words, and under it the events that met it. */
export const patternsText = (report: PatternReport): string => {
  const { rules, sessions_count, sales_count, findings } = report;
  return lines([
    `${String(sales_count)} sales in ${String(sessions_count)} sessions. A hint is a reason to ask, not a verdict.`,
    ...rules.flatMap(({ pattern, rule, hints_count }) => [
      '',
      `${pattern}: ${hints_count === 0 ? 'nothing found' : String(hints_count)}`,
      `  ${rule}`,
      ...listed(report, pattern, hints_count),
    ]),
    ...(findings.length > 0 ? ['', ...problemLines(findings)] : []),
  ]);
};

/** The name of who it was, or the id where nobody of that id ever signed in. */
const whoOf = ({ staff }: PatternReport, { staff_id }: Hint): string =>
  staff_id === null ? '' : (staff[staff_id] ?? staff_id);

const listed = (report: PatternReport, pattern: Hint['pattern'], count: number): readonly string[] => {
  const shown = report.hints.filter((hint) => hint.pattern === pattern).slice(0, hintsShownMax);
  const left = count - shown.length;
  return [
    ...shown.map(
      (hint) =>
        `  ${hint.business_date ?? 'no date'}  ${hint.terminal_id.slice(0, 8)}  ${whoOf(report, hint) || '–'}  ${hint.events.map(eventText).join(', ')}`,
    ),
    ...(left > 0 ? [`  … and ${String(left)} more`] : []),
  ];
};

const eventText = ({ epoch, seq, type }: HintEvent): string =>
  `${type} ${epoch === 1 ? '' : `${String(epoch)}-`}${String(seq)}`;

/** The hints of one rule as a table of a page. */
export const hintTable = (report: PatternReport, pattern: Hint['pattern']): Table => ({
  title: '',
  columns: ['Business date', 'Terminal', 'Who', 'Events'].map((name) => ({ name, kind: 'text' })),
  rows: report.hints
    .filter((hint) => hint.pattern === pattern)
    .slice(0, hintsShownMax)
    .map((hint) => [
      hint.business_date ?? '',
      hint.terminal_id.slice(0, 8),
      whoOf(report, hint),
      hint.events.map(eventText).join(', '),
    ]),
});
