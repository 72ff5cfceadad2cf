import type { EventData } from '../domain/event.js';
import type { Kitchen, PrintState } from './print-queue.js';
import { openEnvelope, UnreadableEvent } from '../events/envelope.js';
import { EventLog } from '../events/log.js';
import { signText } from '../events/signature.js';
import type { Sqlite } from '../events/sqlite.js';
import { readWitness } from '../events/witness.js';
import type { Ports } from '../ports.js';
import { clearSpare } from './catalog-swap.js';
import { DataFolder, type TerminalKey } from './data-folder.js';
import { DeviceSeal } from './device-seal.js';
import { type Identity, Recorder } from './recorder.js';
import { type CommitUnknown, DiskFull } from './recording-fault.js';
import { checkAtStart, checkBefore, checkChain, DamagedLog } from './start-check.js';
import { forgetLostEvents, openTerminalDatabase } from './terminal-database.js';
import { version } from './version.js';

/** What a terminal is opened with. */
export interface TerminalOptions {
  /** The data folder; made when it is not there. */
  readonly dataDir: string;
  readonly ports: Ports;
  /**
   * Why a person lets the terminal sell on although its newest events are gone from the disk: it starts a new epoch.
   * Undefined: such a log is refused. Not used where nothing is missing.
   */
  readonly newEpochReason?: string;
  /** Whether there is a printer, so that papers are queued. */
  readonly hasPrinter?: boolean;
  /** What is printed in the kitchen; nothing when left out. */
  readonly kitchens?: readonly Kitchen[];
  /** A commit threw; the process must stop. */
  readonly onCommitUnknown: (fault: CommitUnknown) => void;
}

/** One terminal on its data folder: the database, the key and the recorder, without any server or relay. */
export class Terminal {
  /** What the check of the older part of the log found, once it ran; see {@link checkOlderEvents}. */
  damage: DamagedLog | undefined;
  private running = false;
  private readonly closing = new AbortController();

  private constructor(
    readonly folder: DataFolder,
    readonly db: Sqlite,
    readonly recorder: Recorder,
    private readonly opened: {
      readonly key: TerminalKey;
      readonly ports: Ports;
      readonly newEpochReason: string | undefined;
      readonly epochs: { known: number };
    },
  ) {}

  /**
   * Opens the folder for this process alone and checks the newest part of its log. Records nothing.
   * @throws DataFolderFault, DamagedLog, NewerDatabase, UnsafeDatabase
   */
  static open(options: TerminalOptions): Terminal {
    const folder = DataFolder.take(options.dataDir);
    try {
      const key = folder.takeKey();
      const db = openTerminalDatabase(folder.database);
      try {
        return Terminal.check(options, folder, key, db);
      } catch (cause) {
        db.close();
        throw cause;
      }
    } catch (cause) {
      folder.release();
      throw cause;
    }
  }

  private static check(options: TerminalOptions, folder: DataFolder, key: TerminalKey, db: Sqlite): Terminal {
    const { ports, newEpochReason, onCommitUnknown, hasPrinter = false, kitchens = [] } = options;
    const identity = identityOf(new EventLog(db), () => ports.randomness.uuid());
    const witness = readWitness(folder.witness);
    const epochs = { known: typeof witness === 'object' ? witness.epoch : 1 };
    const recorder = new Recorder({
      ...ports,
      db,
      identity,
      privateKey: key.privateKey,
      seal: new DeviceSeal(folder.takeSecret(ports.randomness), ports.randomness),
      witness: folder.witness,
      routes: { hasPrinter, kitchens },
      epochs,
      onCommitUnknown,
    });
    const { log } = recorder;
    let isLost = false;
    try {
      checkAtStart({ db, log, terminal_id: identity.terminal_id, publicKey: key.publicKey, witness });
    } catch (cause) {
      isLost = cause instanceof DamagedLog && cause.code === 'LOG_TRUNCATED' && log.head !== null;
      if (!isLost || newEpochReason === undefined) throw cause;
      checkChain(log);
    }
    return new Terminal(folder, db, recorder, {
      key,
      ports,
      newEpochReason: isLost ? newEpochReason : undefined,
      epochs,
    });
  }

  /** Base64 of the Ed25519 signature of a text, with the terminal's key. */
  sign(text: string): string {
    return signText(text, this.opened.key.privateKey);
  }

  /** Base64 of the DER of the terminal's public key. */
  get publicKey(): string {
    return this.opened.key.publicKey;
  }

  /** Records that the terminal started; when it had not been stopped in order, also what it last sold. */
  start(): void {
    const { recorder } = this;
    const { key, ports, newEpochReason } = this.opened;
    recorder.pulses.giveUpWhatWaited(new Date(ports.clock.wall()).toISOString());
    const crashed = this.wasRunning();
    recorder.record(
      { key: null, body: null, staff_id: null, ...(newEpochReason === undefined ? {} : { startsEpoch: true }) },
      ({ head }) => ({
        decided: [
          ...(newEpochReason !== undefined && head
            ? [{ type: 'EpochStarted', data: { previous: head, reason: newEpochReason } } as const]
            : []),
          {
            type: 'TerminalStarted',
            data: { software_version: version, zone: ports.clock.zone, public_key: key.publicKey },
          },
          ...(crashed ? [{ type: 'TerminalRecovered', data: this.lastReceipt() } as const] : []),
        ],
        answer: () => null,
      }),
      () => {
        if (newEpochReason !== undefined) forgetLostEvents(this.db, recorder.log);
      },
    );
    this.running = true;
    clearSpare(recorder);
  }

  /**
   * Goes on in a new epoch from the head of the log.
   * @param least the epoch to take; a later one is taken when the terminal knows of later ones itself
   * @returns false when nothing can be recorded at the moment
   */
  startEpoch(least: number, reason: string): boolean {
    const { epochs } = this.opened;
    if (this.damage) return false;
    epochs.known = Math.max(epochs.known, least - 1);
    try {
      this.recorder.record({ key: null, body: null, staff_id: null, startsEpoch: true }, ({ head }) => ({
        decided: head ? [{ type: 'EpochStarted', data: { previous: head, reason } }] : [],
        answer: () => null,
      }));
      return true;
    } catch (cause) {
      if (cause instanceof DiskFull) return false;
      throw cause;
    }
  }

  /** Whether this terminal recorded its start and not yet its stop. */
  get started(): boolean {
    return this.running;
  }

  /**
   * Checks the part of the log that was not checked when it was opened, and keeps what it finds in `damage`:
   * nothing is sold on a log that is not what was recorded.
   * @param pause gives way to everything else between two steps
   */
  async checkOlderEvents(pause: () => Promise<void>): Promise<void> {
    const { log } = this.recorder;
    const steps = { pause, signal: this.closing.signal };
    this.damage = await checkBefore(log, log.lastSignedHead()?.seq ?? 0, steps);
    if (this.damage) this.recorder.halt(this.damage);
  }

  /** Ends what goes on for long beside selling at its next step: {@link checkOlderEvents}, and an export. */
  endLongTasks(): void {
    this.closing.abort();
  }

  /** Whether what goes on for long must end. */
  get isStopping(): boolean {
    return this.closing.signal.aborted;
  }

  /** Records that the terminal stopped in order, and gives the folder free. */
  stop(reason: string): void {
    try {
      this.recordStop(reason);
    } finally {
      this.close();
    }
  }

  /** Records that the terminal stopped in order, while its last events may still be on their way to central. */
  recordStop(reason: string): void {
    if (this.damage) return;
    this.recorder.record({ key: null, body: null, staff_id: null }, () => ({
      decided: [{ type: 'TerminalStopped', data: { reason } }],
      answer: () => null,
    }));
    this.running = false;
    this.recorder.witness();
  }

  /** Gives the folder free without recording anything. */
  close(): void {
    // What is still under way, such as a catalog, must not take the closed database for a broken disk.
    this.recorder.halt(new Error('The terminal was closed; nothing more is recorded.'));
    this.db.close();
    this.folder.release();
  }

  /** Whether the log says that the terminal started and does not say that it stopped. */
  private wasRunning(): boolean {
    const { log } = this.recorder;
    return log.lastSeqOf('TerminalStarted') > log.lastSeqOf('TerminalStopped');
  }

  private lastReceipt(): EventData['TerminalRecovered'] {
    const row = this.db
      .prepare<[], { seq: number; local_id: string; receipt_number: string }>(
        'SELECT seq, local_id, receipt_number FROM receipts ORDER BY seq DESC LIMIT 1',
      )
      .get();
    const state = row && this.recorder.prints.stateOf(row.seq);
    return {
      last_receipt_number: row?.receipt_number ?? null,
      last_receipt_local_id: row?.local_id ?? null,
      last_receipt_printed: state === undefined ? null : paperOf(state),
    };
  }
}

/** Who the terminal is, as the last event of its log says; a new one where the log is empty. @throws DamagedLog */
export const identityOf = (log: EventLog, newId: () => string): Identity => {
  const { head } = log;
  const row = head ? log.read(head.seq - 1, 1)[0] : undefined;
  if (!row) return { terminal_id: newId(), tenant_id: null, store_id: null };
  try {
    const { terminal_id, tenant_id, store_id } = openEnvelope(row.envelope);
    return { terminal_id, tenant_id, store_id };
  } catch (cause) {
    if (!(cause instanceof UnreadableEvent)) throw cause;
    throw new DamagedLog('LOG_ALTERED', row.seq, `Event ${row.seq} is not what was recorded (${cause.message}).`);
  }
};

/** What a person must know of a paper after a power cut. */
const paperOf = (state: PrintState): EventData['TerminalRecovered']['last_receipt_printed'] => {
  if (state === 'sent' || state === 'confirmed') return 'printed';
  return state === 'queued' || state === 'failed' || state === 'expired' ? 'not_printed' : 'unknown';
};
