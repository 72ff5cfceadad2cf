import { pipeline, type Readable } from 'node:stream';
import { CsvError, type Info, parse } from 'csv-parse';
import { errorCode } from '../events/error-code.js';

/** A row that cannot be used. */
export interface BrokenRow {
  /** Counts from 1, the header included; the last line of a row that has several. */
  readonly line: number;
  /** What is wrong, for a person. */
  readonly reason: string;
}

/** Collects what is wrong with a file while it is read, so that all of it can be put right at once. */
export class BrokenRows {
  count = 0;
  readonly first: BrokenRow[] = [];

  /** @param shownMax so many are named; the others are only counted */
  constructor(private readonly shownMax: number) {}

  /** Notes one row. */
  add(line: number, reason: string): void {
    this.count += 1;
    if (this.first.length < this.shownMax) this.first.push({ line, reason });
  }

  /** How many there are, and which are named. */
  get summary(): { readonly rows: string; readonly shown: string } {
    return {
      rows: this.count === 1 ? '1 row' : `${this.count} rows`,
      shown: this.count > this.shownMax ? `; the first ${this.shownMax}` : '',
    };
  }
}

/** The file as a whole cannot be read as a table. */
export class TableFault extends Error {
  override readonly name = 'TableFault';

  /**
   * @param reason what is wrong, for a person
   * @param line where; null when the file itself cannot be read
   */
  constructor(
    readonly reason: string,
    readonly line: number | null,
    options?: ErrorOptions,
  ) {
    super(reason, options);
  }
}

/** The columns of a table, in any order; others are ignored. */
export interface Columns<Required extends string, Optional extends string> {
  readonly required: readonly Required[];
  readonly optional?: readonly Optional[];
}

/** One row: its cells by column, an optional one undefined where the table has no such column. */
export interface TableRow<Required extends string, Optional extends string> {
  readonly line: number;
  /** Undefined when the row has too few cells. */
  readonly row: (Readonly<Record<Required, string>> & Readonly<Partial<Record<Optional, string>>>) | undefined;
}

interface CsvRecord {
  readonly info: Info;
  readonly record: readonly string[];
}

/** A row of so many characters is no row: a quote was not closed. */
const rowCharactersMax = 100_000;

/**
 * Reads a CSV file row by row: UTF-8 with or without a byte order mark, any line ends, quoted fields. The memory it takes
 * does not grow with the file.
 * @throws TableFault
 */
export async function* readTable<Required extends string, Optional extends string = never>(
  source: Readable,
  columns: Columns<Required, Optional>,
): AsyncGenerator<TableRow<Required, Optional>> {
  const parser = parse({
    bom: true,
    info: true,
    skip_empty_lines: true,
    relax_column_count: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: rowCharactersMax,
  });
  // What fails comes out where the rows are read; a reader that has enough ends both streams.
  const records: AsyncIterable<CsvRecord> = pipeline(source, parser, () => undefined);
  let places: ReadonlyMap<Required | Optional, number> | undefined;
  try {
    for await (const { info, record } of records) {
      if (places) yield { line: info.lines, row: rowAt(record, places) as TableRow<Required, Optional>['row'] };
      else places = placesOf(record, columns);
    }
  } catch (cause) {
    throw faultOf(cause);
  }
  if (!places) throw new TableFault('the file is empty', 1);
}

const placesOf = <Required extends string, Optional extends string>(
  header: readonly string[],
  { required, optional = [] }: Columns<Required, Optional>,
): ReadonlyMap<Required | Optional, number> => {
  const names = header.map((name) => name.trim());
  const wanted = [...required, ...optional];
  const missing = required.filter((column) => !names.includes(column));
  const twice = wanted.filter((column) => names.indexOf(column) !== names.lastIndexOf(column));
  const must = `the header must name ${required.join(', ')}`;
  if (missing.length > 0) throw new TableFault(`the column ${missing.join(', ')} is missing: ${must}`, 1);
  if (twice.length > 0) throw new TableFault(`the column ${twice.join(', ')} is there twice`, 1);
  return new Map(wanted.filter((column) => names.includes(column)).map((column) => [column, names.indexOf(column)]));
};

const rowAt = (record: readonly string[], places: ReadonlyMap<string, number>): object | undefined => {
  const cells = [...places].map(([column, place]) => [column, record[place]] as const);
  return cells.some(([, cell]) => cell === undefined) ? undefined : Object.fromEntries(cells);
};

const faultOf = (cause: unknown): unknown => {
  if (cause instanceof CsvError) {
    const line = typeof cause['lines'] === 'number' ? cause['lines'] : 1;
    return new TableFault(`this is not CSV (${cause.message})`, line, { cause });
  }
  if (cause instanceof TableFault || errorCode(cause) === '') return cause;
  return new TableFault(`the file cannot be read: ${errorCode(cause)}`, null, { cause });
};

/** What a text may be. */
export interface TextLimit {
  readonly column: string;
  /** In UTF-16 units. */
  readonly max: number;
  /** Whether it may be left empty. */
  readonly optional: boolean;
}

/** Why a text cannot be taken; undefined when it can. */
export const textProblem = (text: string, { column, max, optional }: TextLimit): string | undefined => {
  if (text.trim() === '' && !optional) return `${column} is empty`;
  if (text.length > max) return `${column} is longer than ${max} characters`;
  if (/\p{Cc}/u.test(text)) return `${column} holds control characters`;
  if (text.includes('\uFFFD')) return `${column} is not UTF-8`;
  return undefined;
};

/** A text as a message repeats it. */
export const shown = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
