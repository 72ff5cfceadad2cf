import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from './error-code.js';

/** Who may read a small file: only its owner, or everybody. */
export type FileMode = 0o600 | 0o644;

/**
 * Writes a small file so that after a power cut either the old or the new content is there, whole: temporary file,
 * fsync, rename, fsync of the folder.
 */
export const writeDurably = (path: string, text: string, mode: FileMode): void => {
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', mode);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  syncToDisk(dirname(path));
};

/** Gives a file that is whole another name, which it still has after a power cut. Replaces what has that name. */
export const moveDurably = (from: string, to: string): void => {
  syncToDisk(from);
  renameSync(from, to);
  syncToDisk(dirname(to));
};

/** Waits until a file, or the names in a folder, are on the disk. */
export const syncToDisk = (path: string): void => {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
};

/** The text of a file; undefined when there is none. */
export const readIfThere = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return undefined;
    throw cause;
  }
};
