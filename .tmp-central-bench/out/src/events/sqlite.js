import Database from 'better-sqlite3';
/** The oldest SQLite whose recovery of the write-ahead log is known to be right. */
const sqliteVersionMin = [3, 51, 3];
/** The database did not take a setting that the log's promises rest on, so it was not opened. */
export class UnsafeDatabase extends Error {
    name = 'UnsafeDatabase';
}
/**
 * Opens a database so that a commit that returned is on the disk.
 *
 * better-sqlite3 falls back to `synchronous=NORMAL` in WAL mode at the first statement, which would lose the last sales
 * in a power cut: FULL is set, and read back after a statement.
 * @throws UnsafeDatabase when a setting did not hold
 */
export const openDurably = (path) => {
    const db = new Database(path, { timeout: 5000 });
    try {
        db.pragma('journal_mode = WAL');
        db.pragma('synchronous = FULL');
        db.pragma('foreign_keys = ON');
        db.pragma('recursive_triggers = ON');
        db.pragma('trusted_schema = OFF');
        db.pragma('cell_size_check = ON');
        db.pragma('journal_size_limit = 16777216');
        db.pragma('wal_autocheckpoint = 400');
        db.prepare('SELECT count(*) FROM sqlite_schema').get();
        checkSettings(db);
        return db;
    }
    catch (cause) {
        db.close();
        throw cause;
    }
};
const checkSettings = (db) => {
    const settings = { synchronous: 2, journal_mode: 'wal', foreign_keys: 1, recursive_triggers: 1 };
    for (const [name, wanted] of Object.entries(settings)) {
        const found = db.pragma(name, { simple: true });
        if (found !== wanted) {
            throw new UnsafeDatabase(`${name} is ${String(found)} instead of ${String(wanted)}: a sale could be lost in a power cut.`);
        }
    }
    const version = db.prepare('SELECT sqlite_version() AS version').get().version;
    const parts = version.split('.').map(Number);
    const difference = sqliteVersionMin.map((wanted, index) => (parts[index] ?? 0) - wanted).find((part) => part !== 0) ?? 0;
    if (difference < 0)
        throw new UnsafeDatabase(`SQLite ${version} is too old; tillog needs ${sqliteVersionMin.join('.')}.`);
};
/**
 * Opens a database for reading only. Nothing is written, in or beside the file, as long as another process has it open
 * in WAL mode or it was closed in order.
 */
export const openReadOnly = (path) => {
    const db = new Database(path, { readonly: true, fileMustExist: true, timeout: 5000 });
    db.pragma('trusted_schema = OFF');
    return db;
};
