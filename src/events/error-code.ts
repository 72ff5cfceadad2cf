/** The `code` of an error of Node or of SQLite (`ENOENT`, `SQLITE_FULL`); empty for anything else. */
export const errorCode = (cause: unknown): string =>
  typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';

/** Whether SQLite found no space for a change, which was then taken back whole. */
export const isDiskFull = (cause: unknown): boolean => ['SQLITE_FULL', 'SQLITE_IOERR_WRITE'].includes(errorCode(cause));
