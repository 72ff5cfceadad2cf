import { closeSync, existsSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { moveDurably, syncToDisk } from '../events/durable-file.js';
import { closingRows } from './closing-export.js';
import { closingIndex } from './closing-index.js';
import {
  type Cell,
  type CellKind,
  closingKey,
  type ClosingRow,
  type ClosingTable,
  closingTableNames,
  formOf,
} from './closing-tables.js';
import type { FoldedSessions } from './day.js';
import type { Journal } from './journal.js';
import { unwritable } from './new-file.js';
import { UnusableSource } from './source.js';

/**
 * Writes the closings into a new folder: a CSV file for each table (RFC 4180, UTF-8) and an index.xml that describes
 * them. The folder gets its name once it is whole. An open session has no Z, and is left out.
 *
 * @param journals in the order of the logs; read once, one session at a time
 * @returns how many parts of sessions were left out, because they end in no Z
 * @throws UnusableSource when the folder is there already or cannot be written
 */
export const writeClosings = async (
  folder: string,
  folded: FoldedSessions,
  journals: AsyncIterable<Journal>,
): Promise<number> => {
  if (existsSync(folder)) throw new UnusableSource(`${folder} is there already: name a folder that is not.`);
  const temporary = `${folder}.${String(process.pid)}.part`;
  try {
    mkdirSync(temporary);
    const left = await writeTables(temporary, folded, journals);
    writeFileSync(join(temporary, 'index.xml'), closingIndex());
    syncToDisk(join(temporary, 'index.xml'));
    moveDurably(temporary, folder);
    return left;
  } catch (cause) {
    rmSync(temporary, { recursive: true, force: true });
    throw unwritable(folder, cause);
  }
};

const writeTables = async (
  folder: string,
  { sessions }: FoldedSessions,
  journals: AsyncIterable<Journal>,
): Promise<number> => {
  const files = new TableFiles(folder);
  try {
    const known = new Map(sessions.map((row) => [row.session_id, row]));
    const waiting = new Map<string, readonly Journal[]>();
    for await (const journal of journals) {
      const { session_id, closed } = journal;
      // A session that goes on in another epoch comes in parts: the Z that ends the last one is the Z of all of them.
      const parts = [...(waiting.get(session_id) ?? []), journal];
      waiting.set(session_id, parts);
      const row = known.get(session_id);
      if (!closed || !row) continue;
      waiting.delete(session_id);
      const { z_report: z } = closed.data;
      files.write([row.terminal_id, z.closed_at, z.z_number ?? 0], closingRows(parts, { row, z }));
    }
    return waiting.size;
  } finally {
    files.close();
  }
};

/** The files of all tables, open while they are written. */
class TableFiles {
  private readonly files: ReadonlyMap<ClosingTable, number>;

  constructor(folder: string) {
    this.files = new Map(closingTableNames.map((table) => [table, openSync(join(folder, `${table}.csv`), 'wx')]));
    for (const table of closingTableNames) this.append(table, [Object.keys(columnsOf(table))]);
  }

  /** @param key of the closing to which all the rows belong */
  write(key: readonly Cell[], rows: readonly ClosingRow[]): void {
    for (const table of closingTableNames) {
      const columns = Object.entries(columnsOf(table)).slice(key.length);
      const own = rows.filter((row) => row.table === table);
      const cells = own.map(({ row }) => [
        ...key,
        ...columns.map(([name, kind]) => written((row as Readonly<Record<string, Cell>>)[name] ?? '', kind)),
      ]);
      this.append(table, cells);
    }
  }

  close(): void {
    for (const file of this.files.values()) closeSync(file);
  }

  private append(table: ClosingTable, records: readonly (readonly Cell[])[]): void {
    const file = this.files.get(table);
    if (file !== undefined && records.length > 0) {
      writeSync(
        file,
        stringify(
          records.map((cells) => [...cells]),
          { record_delimiter: 'windows' },
        ),
      );
    }
  }
}

const columnsOf = (table: ClosingTable): Readonly<Record<string, CellKind>> => ({
  ...closingKey,
  ...formOf(table).columns,
});

/**
 * A text that a spreadsheet would take for a formula gets an apostrophe before it. Figures are digits of our own making,
 * so that a minus before them stays one.
 */
const written = (cell: Cell, kind: CellKind): Cell =>
  kind === 'text' && typeof cell === 'string' && /^[=+\-@\t\r]/u.test(cell) ? `'${cell}` : cell;
