import { createPrivateKey, type KeyObject } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { readIfThere, writeDurably } from '../events/durable-file.js';
import { errorCode } from '../events/error-code.js';
import { newPrivateKey, publicKeyOf } from '../events/signature.js';
import type { Randomness } from '../ports.js';
import { secretBytes } from './device-seal.js';

/** A terminal cannot start on this data folder. The message says what it means for the money and what to do. */
export class DataFolderFault extends Error {
  /** @param code stable, for programs */
  constructor(
    readonly code: 'FOLDER_IN_USE' | 'FOLDER_UNUSABLE' | 'KEY_MISSING' | 'KEY_UNREADABLE' | 'SECRET_UNREADABLE',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'DataFolderFault';
  }
}

/** The terminal's key pair. */
export interface TerminalKey {
  readonly privateKey: KeyObject;
  /** Base64 of the DER of SubjectPublicKeyInfo. */
  readonly publicKey: string;
}

/** Where everything lies in the data folder of a terminal. */
export const filesIn = (path: string) => ({
  /** The event log, projections, outbox and catalog. */
  database: join(path, 'tillog.db'),
  /** The head witness. */
  witness: join(path, 'head.json'),
  /** Central's address and the token; never in a backup. */
  enrolment: join(path, 'enrolment.json'),
  /** The terminal's private key; never in a backup. */
  key: join(path, 'terminal.key'),
  /** What the PINs are sealed with; never in a backup. */
  secret: join(path, 'device.secret'),
});

/**
 * Reads a terminal's key from its text.
 * @param path where it was read, for the message
 * @throws DataFolderFault KEY_UNREADABLE
 */
export const readKey = (pem: string, path: string): TerminalKey => {
  try {
    const privateKey = createPrivateKey(pem);
    if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error('it is another kind of key');
    return { privateKey, publicKey: publicKeyOf(pem) };
  } catch (cause) {
    throw new DataFolderFault('KEY_UNREADABLE', `${path} is not a readable Ed25519 key. The log is untouched.`, {
      cause,
    });
  }
};

/** The data folder of a terminal, owned by this process until it is released or the process ends. */
export class DataFolder {
  readonly database: string;
  readonly witness: string;
  readonly enrolment: string;
  private readonly keyPath: string;
  private readonly secretPath: string;

  private constructor(
    readonly path: string,
    private readonly lock: Database.Database,
  ) {
    const files = filesIn(path);
    this.database = files.database;
    this.witness = files.witness;
    this.enrolment = files.enrolment;
    this.keyPath = files.key;
    this.secretPath = files.secret;
  }

  /**
   * Takes the folder for this process alone; it is made when it is not there. The operating system gives it free when
   * the process ends, however it ends.
   * @throws DataFolderFault FOLDER_IN_USE, FOLDER_UNUSABLE
   */
  static take(path: string): DataFolder {
    try {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      if (!statSync(path).isDirectory()) throw new Error('it is not a folder');
    } catch (cause) {
      throw unusable(path, cause);
    }
    return new DataFolder(path, lockFolder(path));
  }

  /** Whether a terminal has ever recorded something here. */
  get hasLog(): boolean {
    return existsSync(this.database);
  }

  /**
   * The terminal's key: made at its first start, and never again.
   * @throws DataFolderFault KEY_MISSING when there is a log but no key, KEY_UNREADABLE
   */
  takeKey(): TerminalKey {
    const pem = readIfThere(this.keyPath) ?? this.makeKey();
    chmodSync(this.keyPath, 0o600);
    return readKey(pem, this.keyPath);
  }

  private makeKey(): string {
    if (this.hasLog) {
      throw new DataFolderFault(
        'KEY_MISSING',
        `${this.keyPath} is missing, so nothing can be sold here: this log belongs to a terminal whose key is elsewhere. ` +
          'Put the key back.',
      );
    }
    const pem = newPrivateKey();
    writeDurably(this.keyPath, pem, 0o600);
    return pem;
  }

  /**
   * The secret that the PINs in the database are sealed with, in a file that is in no backup. A lost one is made anew:
   * the till sells nothing less for it, but nobody can sign in until the staff came down again from central.
   * @throws DataFolderFault SECRET_UNREADABLE
   */
  takeSecret(randomness: Pick<Randomness, 'bytes'>): Buffer {
    const text = readIfThere(this.secretPath) ?? this.makeSecret(randomness);
    if (!/^[0-9a-f]{64}\n?$/u.test(text)) {
      throw new DataFolderFault(
        'SECRET_UNREADABLE',
        `${this.secretPath} is not a device secret. The log is untouched. Put the file back, or remove it: then nobody ` +
          'can sign in until the staff came down again with a catalog from central.',
      );
    }
    chmodSync(this.secretPath, 0o600);
    return Buffer.from(text.trim(), 'hex');
  }

  private makeSecret(randomness: Pick<Randomness, 'bytes'>): string {
    const text = `${randomness.bytes(secretBytes).toString('hex')}\n`;
    writeDurably(this.secretPath, text, 0o600);
    return text;
  }

  /** Gives the folder free. */
  release(): void {
    this.lock.close();
  }
}

/** An open exclusive transaction is a lock that the operating system drops with the process, unlike a lock file. */
const lockFolder = (path: string): Database.Database => {
  let lock: Database.Database | undefined;
  try {
    lock = new Database(join(path, 'owner.lock'), { timeout: 0 });
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock?.close();
    if (!errorCode(cause).startsWith('SQLITE_BUSY')) throw unusable(path, cause);
    throw new DataFolderFault(
      'FOLDER_IN_USE',
      `Another tillog is running on ${path}. Only one may own a data folder: stop that one first, or use it.`,
      { cause },
    );
  }
};

const unusable = (path: string, cause: unknown): DataFolderFault =>
  new DataFolderFault('FOLDER_UNUSABLE', `The data folder ${path} cannot be used: ${String(cause)}.`, { cause });
