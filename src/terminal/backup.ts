import { closeSync, existsSync, linkSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type { Head } from '../domain/event.js';
import { moveDurably, readIfThere, syncToDisk } from '../events/durable-file.js';
import { readText } from '../events/envelope.js';
import { errorCode, isDiskFull } from '../events/error-code.js';
import { EventLog } from '../events/log.js';
import { verifyHead } from '../events/signature.js';
import { openReadOnly, type Sqlite } from '../events/sqlite.js';
import { readWitness, type Witness } from '../events/witness.js';
import type { Ports } from '../ports.js';
import { DataFolder, filesIn, readKey, type TerminalKey } from './data-folder.js';
import { DeviceSeal } from './device-seal.js';
import { noPapers } from './print-queue.js';
import { Recorder } from './recorder.js';
import { checkAtStart, checkChain, DamagedLog } from './start-check.js';
import { identityOf } from './terminal.js';
import { openTerminalDatabase } from './terminal-database.js';

/** Why a backup was not made or not restored. Nothing was changed; the message says what to do. */
export class BackupFault extends Error {
  /** @param code stable, for programs */
  constructor(
    readonly code:
      | 'LOG_MISSING'
      | 'BACKUP_EXISTS'
      | 'BACKUP_UNREADABLE'
      | 'BACKUP_DAMAGED'
      | 'BACKUP_INCOMPLETE'
      | 'KEY_MISSING'
      | 'KEY_DIFFERS'
      | 'FOLDER_USED'
      | 'DISK_FULL',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'BackupFault';
  }
}

/** What a backup holds. */
export interface Backup {
  readonly terminal_id: string;
  /** Its last event. */
  readonly head: Head;
}

/**
 * Writes a copy of a terminal's database, also while the terminal sells: the log as it was at one moment, its last event
 * signed. Neither the key nor another secret goes with it. The file appears under its name only once it was verified
 * and is on the disk.
 * @throws BackupFault, DataFolderFault KEY_UNREADABLE, DamagedLog
 */
export const backUp = (dataDir: string, file: string): Backup => {
  const files = filesIn(dataDir);
  if (!existsSync(files.database)) {
    throw new BackupFault('LOG_MISSING', `${dataDir} holds no log of a terminal: there is nothing to back up.`);
  }
  const key = keyIn(files.key, 'A backup is sealed with it. Put it back, then try again.');
  if (existsSync(file)) throw existing(file);
  // Before the copy: what is witnessed must not be newer than what is copied.
  const witness = readWitness(files.witness);
  const part = `${file}.part`;
  rmSync(part, { force: true });
  try {
    copyDatabase(files.database, part);
    const backup = sealCopy(part, key, witness);
    appear(part, file);
    return backup;
  } finally {
    removeDatabase(part);
  }
};

const keyIn = (path: string, hint: string): TerminalKey => {
  const pem = readIfThere(path);
  if (pem === undefined) throw new BackupFault('KEY_MISSING', `${path} is missing. ${hint}`);
  return readKey(pem, path);
};

const existing = (file: string): BackupFault =>
  new BackupFault('BACKUP_EXISTS', `${file} exists already and is left as it is: name another file.`);

const copyDatabase = (from: string, to: string): void => {
  try {
    const source = openReadOnly(from);
    try {
      closeSync(openSync(to, 'wx', 0o600));
      source.prepare('VACUUM INTO ?').run(to);
    } finally {
      source.close();
    }
  } catch (cause) {
    throw unusable(from, to, cause);
  }
};

const unusable = (from: string, to: string, cause: unknown): unknown => {
  const code = errorCode(cause);
  if (isDiskFull(cause) || code === 'ENOSPC') {
    return new BackupFault('DISK_FULL', 'There is not enough space for the copy. Nothing was changed.', { cause });
  }
  if (code === 'SQLITE_CORRUPT') return damaged(`${from} is damaged (${String(cause)})`, cause);
  if (code === '') return cause;
  const hint = `${from} cannot be copied to ${to} (${code}). Nothing was changed.`;
  return new BackupFault('BACKUP_UNREADABLE', hint, { cause });
};

const damaged = (what: string, cause?: unknown): BackupFault =>
  new BackupFault(
    'BACKUP_DAMAGED',
    `${what}. Nothing was changed: use another backup, and keep this for the auditor.`,
    {
      cause,
    },
  );

const sealCopy = (path: string, key: TerminalKey, witness: Witness | 'unreadable' | undefined): Backup => {
  const db = new Database(path);
  try {
    const log = new EventLog(db);
    const { head } = log;
    if (!head) throw new BackupFault('LOG_MISSING', 'Nothing was recorded yet: there is nothing to back up.');
    const { terminal_id } = identityOf(log, neverNew);
    expectKey(log, key);
    log.signHead(terminal_id, key.privateKey);
    expectWhole(db, path);
    checkAtStart({ db, log, terminal_id, publicKey: key.publicKey, witness });
    checkChain(log);
    return { terminal_id, head };
  } finally {
    db.close();
  }
};

const neverNew = (): string => {
  throw new Error('Invariant broken: a log with events says whose it is');
};

const expectWhole = (db: Sqlite, path: string): void => {
  const said: unknown = db.pragma('integrity_check(1)', { simple: true });
  if (said !== 'ok') throw damaged(`${path} is not what was written (${String(said)})`);
};

/** The log names the public key of its terminal at every start. */
const expectKey = (log: EventLog, { publicKey }: TerminalKey): void => {
  const named = log.lastOf('TerminalStarted');
  const event = named && readText(named.envelope);
  if (event?.type !== 'TerminalStarted' || event.data.public_key === publicKey) return;
  throw new BackupFault(
    'KEY_DIFFERS',
    `This log is that of terminal ${event.terminal_id}, the key in the folder is another one's. Nothing was changed: ` +
      'put the terminal.key of that terminal there.',
  );
};

/** Gives the file its name, unless another one took it meanwhile. */
const appear = (part: string, file: string): void => {
  syncToDisk(part);
  try {
    linkSync(part, file);
    syncToDisk(dirname(file));
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST' || existsSync(file)) throw existing(file);
    // A stick with a file system that knows no second names.
    moveDurably(part, file);
  }
};

const removeDatabase = (path: string): void => {
  for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(path + suffix, { force: true });
};

/**
 * Restores a backup into a folder that holds the terminal's key and no database, and starts a new epoch there at once,
 * so that nothing collides with what the old disk recorded after the backup. The database appears only once it was
 * verified and is on the disk.
 * @throws BackupFault, DataFolderFault, NewerDatabase
 */
export const restore = (file: string, dataDir: string, ports: Ports): Backup => {
  const files = filesIn(dataDir);
  if (!existsSync(file)) throw new BackupFault('BACKUP_UNREADABLE', `${file} does not exist. Nothing was changed.`);
  const key = keyIn(files.key, keyHint);
  const folder = DataFolder.take(dataDir);
  const [part, witnessPart] = [`${files.database}.restoring`, `${files.witness}.restoring`];
  try {
    for (const suffix of ['', '-wal', '-journal']) expectFree(files.database + suffix);
    // A restore that was killed left them: its head names an epoch that nobody will ever see.
    removeDatabase(part);
    rmSync(witnessPart, { force: true });
    copyDatabase(file, part);
    const backup = checkBackup(part, key, files.witness);
    startEpoch({ part, witnessPart, folder, key, ports, backup });
    moveDurably(part, files.database);
    moveDurably(witnessPart, files.witness);
    return backup;
  } finally {
    removeDatabase(part);
    folder.release();
  }
};

const keyHint =
  'A backup never holds it, and no other key can go on with this log: bring it from the old machine, or from where the ' +
  'shop keeps its copy. If it is lost, set up a new terminal with a fresh folder and a new code; keep the backup for the auditor.';

const expectFree = (path: string): void => {
  if (!existsSync(path)) return;
  throw new BackupFault(
    'FOLDER_USED',
    `${path} is there, and may hold sales that the backup does not. Nothing was changed: restore into another folder ` +
      'with a copy of terminal.key, or move the files tillog.db* away and keep them.',
  );
};

const checkBackup = (path: string, key: TerminalKey, witnessPath: string): Backup => {
  const db = openReadOnly(path);
  try {
    expectWhole(db, path);
    const log = openLog(db);
    const { head } = log;
    if (!head) throw new BackupFault('BACKUP_INCOMPLETE', 'The backup holds no event. Nothing was changed.');
    const { terminal_id } = identityOf(log, neverNew);
    expectKey(log, key);
    const witness = readWitness(witnessPath);
    if (typeof witness === 'object' && witness.terminal_id !== terminal_id) {
      const whose = `${witnessPath} is that of terminal ${witness.terminal_id}, the backup that of ${terminal_id}`;
      throw new BackupFault('FOLDER_USED', `${whose}. Nothing was changed: use the folder of the right terminal.`);
    }
    checkAtStart({ db, log, terminal_id, publicKey: key.publicKey, witness: undefined });
    checkChain(log);
    const signed = log.lastSignedHead();
    if (signed?.hash !== head.hash || !verifyHead(terminal_id, signed, key.publicKey)) {
      throw new BackupFault(
        'BACKUP_INCOMPLETE',
        'The last event of this file is not signed, so its newest events may be missing. Nothing was changed: ' +
          'use a file that “tillog backup” made.',
      );
    }
    return { terminal_id, head };
  } catch (cause) {
    throw cause instanceof DamagedLog ? damaged(`The backup is damaged: ${cause.message}`, cause) : cause;
  } finally {
    db.close();
  }
};

const openLog = (db: Sqlite): EventLog => {
  try {
    return new EventLog(db);
  } catch (cause) {
    if (errorCode(cause) !== 'SQLITE_ERROR') throw cause;
    const hint = 'It is a database, but not the log of a terminal. Nothing was changed.';
    throw new BackupFault('BACKUP_UNREADABLE', hint, { cause });
  }
};

interface Restoring {
  readonly part: string;
  readonly witnessPart: string;
  readonly folder: DataFolder;
  readonly key: TerminalKey;
  readonly ports: Ports;
  readonly backup: Backup;
}

const startEpoch = ({ part, witnessPart, folder, key, ports, backup }: Restoring): void => {
  const witness = readWitness(folder.witness);
  const db = openTerminalDatabase(part);
  try {
    const recorder = new Recorder({
      ...ports,
      db,
      identity: identityOf(new EventLog(db), neverNew),
      privateKey: key.privateKey,
      seal: new DeviceSeal(folder.takeSecret(ports.randomness), ports.randomness),
      witness: witnessPart,
      routes: noPapers,
      epochs: { known: typeof witness === 'object' ? witness.epoch : 1 },
      onCommitUnknown: (fault) => {
        throw fault;
      },
    });
    recorder.record({ key: null, body: null, staff_id: null, startsEpoch: true }, () => ({
      decided: [{ type: 'EpochStarted', data: { previous: backup.head, reason: 'restore' } }],
      answer: () => null,
    }));
    recorder.witness();
    db.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    db.close();
  }
};
