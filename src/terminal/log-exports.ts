import { createReadStream, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { join } from 'node:path';
import type { EventData, TillEvent } from '../domain/event.js';
import { exportBundle } from '../audit/export.js';
import { unwritable } from '../audit/new-file.js';
import { partOf, type RangeOptions } from '../audit/range.js';
import {
  DamagedStore,
  type LogRow,
  type LogSource,
  type Sealer,
  type TerminalLog,
  UnusableSource,
} from '../audit/source.js';
import { SqliteLogSource } from '../audit/sqlite-log.js';
import { moveDurably } from '../events/durable-file.js';
import { readText } from '../events/envelope.js';
import { errorCode } from '../events/error-code.js';
import { openReadOnly } from '../events/sqlite.js';
import { readWitness } from '../events/witness.js';
import { giveWay, slicesOf } from '../ports.js';
import { DiskFull } from './recording-fault.js';
import type { Terminal } from './terminal.js';

/** Which part of the log is wanted; all of it where nothing is said. Both ends are included. */
export type ExportRange = Omit<RangeOptions, 'terminal'>;

/** What is recorded of a bundle. */
export type ExportedPart = Pick<EventData['LogExported'], 'first_seq' | 'head' | 'manifest_sha256'>;

/** A bundle that is whole on the disk and not recorded yet. */
export interface WrittenBundle {
  readonly part: ExportedPart;
  /** Gives the file its name, once it is recorded. */
  publish(): void;
  /** Takes the file away, because it is not recorded. */
  discard(): void;
}

/** A bundle in the data folder, as it is handed out. */
export interface ExportFile {
  readonly name: string;
  readonly bytes: number;
  open(): Readable;
}

/** Nothing was exported, and nothing was recorded. */
export class ExportFault extends Error {
  override readonly name = 'ExportFault';

  /** @param code stable, for programs */
  constructor(
    readonly code: 'EXPORT_REFUSED' | 'EXPORT_STOPPED' | 'EXPORT_UNDER_WAY' | 'EXPORT_UNWRITTEN',
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${message} Nothing was recorded.`, options);
  }
}

/** So many events are looked at before a sale may come between: a few milliseconds. */
const eventsAtOnce = 50;

/** A file that is not whole, or not recorded yet. */
const unfinished = '.part';

/** So many digits of the manifest's hash stand in the name of its file. */
const hashDigits = 12;

/** What the file of a bundle is called: of what it is, and the beginning of its manifest's hash. */
export const exportFileName = (terminal_id: string, { first_seq, head, manifest_sha256 }: ExportedPart): string =>
  `${[terminal_id.slice(0, 4), first_seq, head.seq, manifest_sha256.slice(0, hashDigits)].join('-')}.tillog`;

/** The sealed bundles that this till makes of its own log, one at a time, while it sells. */
export class LogExports {
  private readonly folder: string;
  private isWriting = false;

  /** @param terminal whose log and key it is */
  constructor(private readonly terminal: Terminal) {
    this.folder = join(terminal.folder.path, 'exports');
  }

  /**
   * Writes the log as it is now into a bundle that is sealed with the terminal's key, in small steps, between which the
   * till sells. The head is signed first, so that it vouches for every event in a bundle that ends with it.
   * @throws ExportFault, DiskFull, DamagedStore, CommitUnknown
   */
  async write(range: ExportRange): Promise<WrittenBundle> {
    if (this.isWriting) {
      throw new ExportFault('EXPORT_UNDER_WAY', 'The log is being exported already: wait until that is done.');
    }
    this.isWriting = true;
    try {
      const { recorder } = this.terminal;
      recorder.writeAside(() => recorder.signHead());
      return await this.writeWith(range);
    } catch (cause) {
      throw this.faultOf(cause);
    } finally {
      this.isWriting = false;
    }
  }

  /** The bundle of an export that was recorded; undefined when its file is no longer in the data folder. */
  fileOf({ terminal_id, data }: TillEvent<'LogExported'>): ExportFile | undefined {
    const name = exportFileName(terminal_id, data);
    const path = join(this.folder, name);
    const found = statSync(path, { throwIfNoEntry: false });
    return found && { name, bytes: found.size, open: () => createReadStream(path) };
  }

  /** The export that is recorded under this id. */
  find(local_id: string): TillEvent<'LogExported'> | undefined {
    const row = this.terminal.recorder.log.find(local_id);
    const event = row?.type === 'LogExported' ? readText(row.envelope) : undefined;
    return event?.type === 'LogExported' ? event : undefined;
  }

  private async writeWith(range: ExportRange): Promise<WrittenBundle> {
    const { folder, terminal } = this;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) if (name.endsWith(unfinished)) rmSync(join(folder, name));
    const file = join(folder, `bundle${unfinished}`);
    const whole = this.paced(openLog(terminal));
    try {
      const sealer: Sealer = { publicKey: terminal.publicKey, sign: (text) => terminal.sign(text) };
      const { terminals, manifest_sha256 } = await exportBundle(partOf(whole, range), file, sealer);
      const [{ epochs } = { epochs: [] }] = terminals;
      const [first, last] = [epochs[0], epochs.at(-1)];
      if (!first || !last) throw new UnusableSource('This till has no event.');
      const head = { epoch: last.epoch, seq: last.last_seq, hash: last.head_hash };
      const part = { first_seq: first.first_seq, head, manifest_sha256 };
      const { terminal_id } = terminal.recorder.identity;
      return {
        part,
        publish: () => moveDurably(file, join(folder, exportFileName(terminal_id, part))),
        discard: () => rmSync(file, { force: true }),
      };
    } finally {
      await whole.close();
    }
  }

  /** Gives way to whoever buys something after every few events, and ends when the till stops. */
  private paced(source: LogSource): LogSource {
    const { terminal } = this;
    const rowsOf = async function* (log: TerminalLog): AsyncGenerator<readonly LogRow[]> {
      for await (const rows of log.rows()) {
        for (const slice of slicesOf(rows, eventsAtOnce)) {
          yield slice;
          await giveWay();
          if (terminal.isStopping) throw new ExportFault('EXPORT_STOPPED', 'The till is being stopped.');
        }
      }
    };
    return {
      name: source.name,
      defects: () => source.defects(),
      close: () => source.close(),
      terminals: async () =>
        (await source.terminals()).map((log) => ({
          terminal_id: log.terminal_id,
          tenant_id: log.tenant_id,
          public_key: log.public_key,
          anchors: log.anchors,
          rows: () => rowsOf(log),
          forks: () => log.forks(),
          heads: () => log.heads(),
        })),
    };
  }

  private faultOf(thrown: unknown): unknown {
    const cause = unwritable(this.folder, thrown);
    if (cause instanceof UnusableSource) {
      if (['ENOSPC', 'EDQUOT'].includes(errorCode(cause.cause))) return new DiskFull({ cause });
      const code = cause.cause === undefined ? 'EXPORT_REFUSED' : 'EXPORT_UNWRITTEN';
      return new ExportFault(code, cause.message, { cause });
    }
    if (cause instanceof DamagedStore) {
      return new ExportFault('EXPORT_REFUSED', `The log cannot be read (${cause.message}).`, { cause });
    }
    return cause;
  }
}

/**
 * The log as it is at this moment, over a connection of its own. Never over a copy of the file: a process that closes a
 * file drops the locks that SQLite has on it.
 */
const openLog = ({ folder }: Terminal): LogSource => {
  const db = openReadOnly(folder.database);
  db.exec('BEGIN');
  return new SqliteLogSource({
    db,
    name: 'This till',
    witness: readWitness(folder.witness) ?? null,
    close: () => void db.close(),
  });
};
