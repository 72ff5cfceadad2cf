import { pipeline, type Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
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

/** The columns of a table, in any order and in capitals or not; others are ignored. */
export interface Columns<Required extends string, Optional extends string> {
  readonly required: readonly Required[];
  readonly optional?: readonly Optional[];
  /** Cells beyond the header are left out like a column that nobody asks for; otherwise a row with such a cell is refused. */
  readonly mayHaveMore?: true;
}

/** The cells of a row by column, an optional one undefined where the table has no such column. */
export type Cells<Required extends string, Optional extends string> = Readonly<Record<Required, string>> &
  Readonly<Partial<Record<Optional, string>>>;

/** One row: its cells, or why it has none. */
export type TableRow<Required extends string, Optional extends string> =
  | { readonly line: number; readonly row: Cells<Required, Optional> }
  | { readonly line: number; readonly row?: undefined; readonly reason: string };

interface CsvRecord {
  readonly info: Info;
  readonly record: readonly string[];
}

/** A row of so many characters is no row: a quote was not closed. */
const rowCharactersMax = 100_000;

/**
 * Reads a file row by row, as spreadsheets of any country save it: UTF-8 or UTF-16, with or without a byte order mark, any
 * line ends, quoted fields, a comma, semicolon or tab between the cells. Rows without any text are left out. The memory
 * it takes does not grow with the file.
 * @throws TableFault
 */
export async function* readTable<Required extends string, Optional extends string = never>(
  source: Readable,
  columns: Columns<Required, Optional>,
): AsyncGenerator<TableRow<Required, Optional>> {
  let header: Header<Required | Optional> | undefined;
  try {
    for await (const { info, record } of recordsOf(source)) {
      if (header) yield { line: info.lines, ...rowAt<Required, Optional>(record, header) };
      else header = headerOf(record, columns);
    }
  } catch (cause) {
    throw faultOf(cause);
  }
  if (!header) throw new TableFault('the file is empty', 1);
}

async function* recordsOf(source: Readable): AsyncGenerator<CsvRecord> {
  const pieces = textOf(source);
  let beginning = '';
  while (!/\S.*[\r\n]/u.test(beginning) && beginning.length < rowCharactersMax) {
    const piece = await pieces.next();
    if (piece.done === true) break;
    beginning += piece.value;
  }
  const [firstLine = ''] = /\S.*/u.exec(beginning) ?? [];
  const [, named] = /^sep=([,;|\t])\s*$/iu.exec(firstLine) ?? [];
  const parser = parse({
    delimiter: named ?? delimiterIn(firstLine),
    from_line: named === undefined ? 1 : 2,
    info: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    relax_column_count: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: rowCharactersMax,
  });
  const whole = async function* () {
    yield beginning;
    yield* pieces;
  };
  // What fails comes out where the rows are read; a reader that has enough ends both streams.
  yield* pipeline(whole, parser, () => undefined) as AsyncIterable<CsvRecord>;
}

/** The text of a file; what is not its encoding becomes U+FFFD. */
async function* textOf(source: Readable): AsyncGenerator<string, void> {
  let decoder: TextDecoder | undefined;
  for await (const piece of source) {
    const bytes = piece as Buffer;
    decoder ??= new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8');
    yield decoder.decode(bytes, { stream: true });
  }
  if (decoder) yield decoder.decode();
}

/** What stands between the names of the header most often: where a comma is the decimal sign, spreadsheets save semicolons. */
const delimiterIn = (header: string): string => {
  const times = (mark: string): number => header.split(mark).length;
  return [';', '\t'].reduce((most, mark) => (times(mark) > times(most) ? mark : most), ',');
};

interface Header<Column extends string> {
  /** So many cells of a row may hold something. */
  readonly cellsMax: number;
  readonly places: ReadonlyMap<Column, number>;
}

const headerOf = <Required extends string, Optional extends string>(
  header: readonly string[],
  { required, optional = [], mayHaveMore }: Columns<Required, Optional>,
): Header<Required | Optional> => {
  const names = header.map((name) => name.trim().toLowerCase());
  const wanted = [...required, ...optional];
  const missing = required.filter((column) => !names.includes(column));
  const twice = wanted.filter((column) => names.indexOf(column) !== names.lastIndexOf(column));
  if (missing.length > 0) {
    const found = `its first row is “${shown(header.join(' '))}”`;
    const must = `the header must name ${required.join(', ')}`;
    throw new TableFault(`the column ${missing.join(', ')} is missing: ${must}, and ${found}`, 1);
  }
  if (twice.length > 0) throw new TableFault(`the column ${twice.join(', ')} is there twice`, 1);
  const places = wanted
    .filter((column) => names.includes(column))
    .map((column) => [column, names.indexOf(column)] as const);
  return { cellsMax: mayHaveMore ? Number.POSITIVE_INFINITY : header.length, places: new Map(places) };
};

const rowAt = <Required extends string, Optional extends string>(
  record: readonly string[],
  { cellsMax, places }: Header<Required | Optional>,
): { readonly row: Cells<Required, Optional> } | { readonly reason: string } => {
  const missing = [...places].filter(([, place]) => record[place] === undefined).map(([column]) => column);
  if (missing.length > 0) return { reason: `has too few columns: no ${missing.join(', ')}` };
  const beyond = record.slice(cellsMax).find((cell) => cell.trim() !== '');
  if (beyond !== undefined) {
    return {
      reason: `has more columns than the header, such as “${shown(beyond)}”: a cell with a separator in it is quoted`,
    };
  }
  return {
    row: Object.fromEntries([...places].map(([column, place]) => [column, record[place]])) as Cells<Required, Optional>,
  };
};

const faultOf = (cause: unknown): unknown => {
  if (cause instanceof CsvError) {
    const line = typeof cause['lines'] === 'number' ? cause['lines'] : 1;
    return new TableFault(`this is not CSV: ${csvFaults[cause.code] ?? shown(cause.message)}`, line, { cause });
  }
  if (cause instanceof TableFault || errorCode(cause) === '') return cause;
  return new TableFault(`the file cannot be read: ${errorCode(cause)}`, null, { cause });
};

const quoteInside = 'a quote stands in a cell: the cell is quoted, and the quote in it doubled';
const csvFaults: Readonly<Partial<Record<string, string>>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote was opened somewhere before and is never closed',
  CSV_MAX_RECORD_SIZE: `a row is longer than ${String(rowCharactersMax)} characters, as when a quote is not closed`,
  INVALID_OPENING_QUOTE: quoteInside,
  CSV_INVALID_CLOSING_QUOTE: quoteInside,
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
  if (text.includes('\uFFFD')) return `${column} is not UTF-8: save the file as “CSV UTF-8”`;
  return undefined;
};

/** A text as a message repeats it. */
export const shown = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
