import { writeClosings } from './closing-files.js';
import type { FoldedSessions } from './day.js';
import { dayPage } from './day-page.js';
import { type Journal, journalsOf } from './journal.js';
import { writeNewFile } from './new-file.js';
import { patternSection } from './pattern-page.js';
import { findPatterns } from './patterns.js';

import { chosenLogs, type DayOptions, wholeLogs } from './selection.js';
import type { LogSource } from './source.js';

/** The files that a report of the days is written to besides what is printed. */
export interface DayFiles {
  /** A page. */
  readonly html?: string | undefined;
  /** A folder of tables. */
  readonly csv?: string | undefined;
  /** Whether a page that is there already may be replaced. */
  readonly replace?: boolean | undefined;
}

/** What happened in the chosen sessions of a source, one session at a time, in the order of the logs. */
export async function* journalsIn(source: LogSource, options: DayOptions): AsyncGenerator<Journal> {
  for (const log of await chosenLogs(source, options)) yield* journalsOf(log, options);
}

/**
 * Writes the files that were asked for; each is there whole or not at all.
 * @returns what a person should know about them
 * @throws UnusableSource when one cannot be written
 */
export const writeDayFiles = async (
  source: LogSource,
  { folded, options }: { readonly folded: FoldedSessions; readonly options: DayOptions },
  { html, csv, replace = false }: DayFiles,
): Promise<readonly string[]> => {
  // Names, and rules that look back, are of earlier days as well.
  if (html !== undefined || csv !== undefined) await wholeLogs(source, options);
  const said: string[] = [];
  if (html !== undefined) {
    const page = {
      name: source.name,
      folded,
      journals: journalsIn(source, options),
      extra: patternSection(await findPatterns(source, options)),
    };
    await writeNewFile(html, dayPage(page), replace);
    said.push(`The page is in ${html}`);
  }
  if (csv !== undefined) {
    const left = await writeClosings(csv, folded, journalsIn(source, options));
    const open = left === 0 ? '' : `; what ends in no Z is not in them: ${String(left)} of the sessions`;
    said.push(`The tables are in ${csv}${open}`);
  }
  return said;
};
