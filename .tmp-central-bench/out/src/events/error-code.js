/** The `code` of an error of Node or of SQLite (`ENOENT`, `SQLITE_FULL`); empty for anything else. */
export const errorCode = (cause) => typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
