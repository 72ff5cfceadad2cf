import { type Layout, linesOf, type PaperLine, type TextLine } from './layout.js';
import { columnsOf, isolated, printable } from './plain-text.js';

/** Unicode's RIGHT-TO-LEFT MARK: tells a screen where a line starts whose first letter runs the other way. */
const rightToLeftMark = '\u200f';

/**
 * A layout as plain text: lines of at most `columns` columns, each ended by a line feed. From left to right there is no
 * other control or format character in it; from right to left each line has marks that keep its two ends apart, all of
 * them ours. A code appears as what it says; pictures and the cut leave no trace.
 */
export const layoutText = (layout: Layout, columns: number): string =>
  linesOf(layout, { columns, largeScale: 1 })
    .flatMap((line) => textOf(line, layout.direction, columns))
    .map((line) => `${line}\n`)
    .join('');

const textOf = (line: PaperLine, direction: Layout['direction'], columns: number): readonly string[] => {
  switch (line.kind) {
    case 'text':
      return [direction === 'ltr' ? spacedOut(line, columns) : markedOut(line, columns)];
    case 'qr':
      return printable(line.content).match(new RegExp(`.{1,${String(columns)}}`, 'gu')) ?? [];
    case 'picture':
    case 'cut':
      return [];
  }
};

const gapOf = ({ start, end, indent }: TextLine, columns: number): string =>
  ' '.repeat(end === '' ? 0 : Math.max(0, columns - indent - columnsOf(start) - columnsOf(end)));

/** A line of letters that all run from left to right, its end at the last of `columns` columns. */
export const spacedOut = (line: TextLine, columns: number): string =>
  ' '.repeat(line.indent) + printable(line.start) + gapOf(line, columns) + printable(line.end);

const markedOut = (line: TextLine, columns: number): string => {
  const start = ' '.repeat(line.indent) + line.start;
  const end = line.end === '' ? '' : gapOf(line, columns) + isolated(line.end);
  return `${rightToLeftMark}${start}${rightToLeftMark}${end}`;
};
