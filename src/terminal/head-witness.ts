import type { KeyObject } from 'node:crypto';
import type { EventLog, Recorded } from '../events/log.js';
import type { SignedHead } from '../events/signature.js';
import { WitnessFile } from '../events/witness.js';

/** The witness file is written after this many commits: at most so many could vanish unseen with the newest of the log. */
const commitsPerWitness = 20;

/** What vouches for the end of the log: its signed heads, and the newest of them in a small file beside the database. */
export class HeadWitness {
  /** Why the file could not be written the last time; null when it could. */
  fault: unknown = null;
  private unwitnessed = 0;
  private readonly file: WitnessFile;

  /**
   * @param terminal_id whose log it is
   * @param privateKey signs its heads
   * @param path of the file
   */
  constructor(
    private readonly log: EventLog,
    private readonly terminal_id: string,
    private readonly privateKey: KeyObject,
    path: string,
  ) {
    this.file = new WitnessFile(path);
  }

  /** Signs the head of the log and keeps the signature; null while the log is empty. */
  sign(): SignedHead | null {
    return this.log.signHead(this.terminal_id, this.privateKey);
  }

  /** Writes the file, so that a log that lost its newest events is found out. */
  write(): void {
    const head = this.sign();
    if (!head) return;
    this.file.write({ terminal_id: this.terminal_id, ...head });
    this.unwitnessed = 0;
  }

  /** Signs in the transaction what is written after it: the head needs no commit of its own then. */
  beforeCommit(recorded: readonly Recorded[]): void {
    if (this.isDue(recorded)) this.sign();
  }

  /** The command is recorded already: a full disk must not make it look failed. It is tried again after the next one. */
  afterCommit(recorded: readonly Recorded[]): void {
    if (!this.isDue(recorded)) {
      this.unwitnessed += 1;
      return;
    }
    try {
      this.write();
      this.fault = null;
    } catch (cause) {
      this.fault = cause;
    }
  }

  private isDue(recorded: readonly Recorded[]): boolean {
    return this.unwitnessed + 1 >= commitsPerWitness || recorded.some(isMilestone);
  }
}

/** Events after which the file is written at once: a Z, and a branch whose witness still names the one before. */
const isMilestone = ({ event }: Recorded): boolean => event.type === 'SessionClosed' || event.type === 'EpochStarted';
