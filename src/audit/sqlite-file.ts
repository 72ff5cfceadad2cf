import { chmodSync, constants, copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { errorCode } from '../events/error-code.js';
import { openReadOnly, type Sqlite } from '../events/sqlite.js';
import { readWitness } from '../events/witness.js';
import { type OpenedFile, SqliteLogSource } from './sqlite-log.js';
import { type LogSource, UnusableSource } from './source.js';

/** The name of a terminal's database in its data folder. */
const databaseName = 'tillog.db';

/** A file that changes while it is copied is copied again, this often. */
const copiesMax = 5;

/** The database of a terminal, opened by {@link openFile}. */
export interface TerminalFile extends OpenedFile {
  /** A terminal runs on it at this moment. */
  readonly isRunning: boolean;
}

/**
 * Opens the database of a terminal for reading: a data folder, or the file. Nothing is written in or beside it, ever.
 *
 * A running terminal's database is read in place by an ordinary read-only connection, which then finds the two files
 * of the write-ahead log there and makes none. Anything else is read from a private copy, because opening a database
 * whose owner is gone would recover it and leave files behind.
 *
 * @param copies the folder in which a private copy is made
 * @throws UnusableSource with one sentence for the person who gave the path
 */
export const openFile = (path: string, copies: string = tmpdir()): TerminalFile => {
  const database = databaseIn(path);
  // Before the database: what is witnessed must not be newer than what is read.
  const witness = witnessBeside(database, path);
  return { ...openPrivately(database, { path, copies }), witness, name: path };
};

/**
 * Opens the log of a terminal as {@link openFile} opens its database.
 * @throws UnusableSource with one sentence for the person who gave the path
 */
export const openSource = (path: string, copies: string = tmpdir()): LogSource => sourceIn(openFile(path, copies));

/**
 * The log in an opened file, which is closed with it.
 * @throws UnusableSource when there is none; the file is closed then
 */
export const sourceIn = (file: TerminalFile): LogSource => {
  try {
    return new SqliteLogSource(file);
  } catch (cause) {
    file.close();
    throw unusable(file.name, cause);
  }
};

const databaseIn = (path: string): string => {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found) throw new UnusableSource(`${path} does not exist: give a data folder or its ${databaseName}.`);
    if (!found.isDirectory()) return path;
    const database = join(path, databaseName);
    if (statSync(database, { throwIfNoEntry: false })?.isFile()) return database;
    throw new UnusableSource(`${path} holds no ${databaseName}: give the data folder of a terminal.`);
  } catch (cause) {
    throw unusable(path, cause);
  }
};

const unusable = (path: string, cause: unknown): unknown => {
  const code = errorCode(cause);
  if (code === 'SQLITE_NOTADB') {
    const what = `${path} is not a SQLite database, or it is encrypted: give a data folder or its ${databaseName}.`;
    return new UnusableSource(what, { cause });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new UnusableSource(`${path} may not be read: run this as somebody who may.`, { cause });
  }
  if (code === '') return cause;
  return new UnusableSource(`${path} cannot be read (${code}): try a backup of it.`, { cause });
};

type Opened = Pick<OpenedFile, 'db' | 'close'>;

const openPrivately = (
  database: string,
  { path, copies }: { path: string; copies: string },
): Opened & Pick<TerminalFile, 'isRunning'> => {
  try {
    const isRunning = ownerRuns(database);
    return { ...((isRunning ? openInPlace(database) : undefined) ?? openCopy(database, copies)), isRunning };
  } catch (cause) {
    throw unusable(path, cause);
  }
};

/** The terminal that owns the folder holds a lock for life. Its two files tell that it is past its start. */
const ownerRuns = (database: string): boolean => {
  const lock = join(dirname(database), 'owner.lock');
  if (basename(database) !== databaseName || !existsSync(lock) || !hasWalFiles(database)) return false;
  // A lock file with a journal was interrupted: to look into it would roll it back.
  if (existsSync(`${lock}-journal`) || existsSync(`${lock}-wal`)) return false;
  const probe = openReadOnly(lock);
  try {
    probe.pragma('busy_timeout = 0');
    probe.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (cause) {
    if (errorCode(cause) === '') throw cause;
    return errorCode(cause).startsWith('SQLITE_BUSY');
  } finally {
    probe.close();
  }
};

const hasWalFiles = (database: string): boolean => existsSync(`${database}-wal`) && existsSync(`${database}-shm`);

/** Undefined when the files cannot be shared with their owner, for example in a folder that may not be written. */
const openInPlace = (database: string): Opened | undefined => {
  const db = openReadOnly(database);
  try {
    startSnapshot(db);
    return { db, close: () => void db.close() };
  } catch (cause) {
    db.close();
    if (/^SQLITE_(CANTOPEN|READONLY|BUSY)/u.test(errorCode(cause))) return undefined;
    throw cause;
  }
};

/** Everything after this is read as it is now. */
const startSnapshot = (db: Sqlite): void => {
  db.exec('BEGIN');
  db.prepare('SELECT count(*) FROM sqlite_schema').get();
};

const openCopy = (database: string, copies: string): Opened => {
  const folder = mkdtempSync(join(copies, 'tillog-audit-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const db = openReadOnly(copyInto(folder, database));
    const close = (): void => {
      db.close();
      remove();
    };
    try {
      startSnapshot(db);
      return { db, close };
    } catch (cause) {
      close();
      throw cause;
    }
  } catch (cause) {
    remove();
    throw cause;
  }
};

/** Copies database, write-ahead log and rollback journal as they were at one moment. */
const copyInto = (folder: string, database: string): string => {
  const copy = join(folder, 'copy.db');
  const parts = ['', '-wal', '-journal'];
  for (let attempt = 0; attempt < copiesMax; attempt += 1) {
    const before = parts.map((part) => stamp(database + part));
    for (const part of parts) copyPart(database + part, copy + part);
    const after = parts.map((part) => stamp(database + part));
    if (before.every((said, index) => said === after[index])) return copy;
  }
  throw new UnusableSource(
    `${database} is being written by another program: stop that program, or give the folder of the running terminal.`,
  );
};

const stamp = (path: string): string => {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found ? `${String(found.ino)} ${String(found.size)} ${String(found.mtimeNs)}` : 'none';
};

const copyPart = (from: string, to: string): void => {
  rmSync(to, { force: true });
  if (!existsSync(from)) return;
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
  chmodSync(to, 0o600);
};

/** Null when there is no head file. */
const witnessBeside = (database: string, path: string): OpenedFile['witness'] => {
  try {
    return readWitness(join(dirname(database), 'head.json')) ?? null;
  } catch (cause) {
    throw unusable(path, cause);
  }
};
