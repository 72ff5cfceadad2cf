import { hash } from 'node:crypto';
import { invariant } from '../domain/refusal.js';
import { canonical } from '../events/envelope.js';
import { type EventLog, type Recorded, recordedOf } from '../events/log.js';
import type { Sqlite } from '../events/sqlite.js';
import { KeyReused } from './recording-fault.js';

/** The commands of a terminal that can be repeated. */
export const commandsTable = `
CREATE TABLE IF NOT EXISTS commands (
  idempotency_key TEXT PRIMARY KEY,  -- given by whoever sent the command
  fingerprint     BLOB NOT NULL,     -- SHA-256 of what was asked for
  answer          TEXT,              -- JSON, the first answer: the same key gets it again; null when the log says it
  first_seq       INTEGER NOT NULL,  -- the first event that the command recorded
  seq             INTEGER NOT NULL   -- the last one
) STRICT, WITHOUT ROWID;
`;

/** A command that may come twice. */
export interface Repeatable {
  /** The same key again gets the first answer; null for what the program does by itself. */
  readonly key: string | null;
  /** What was asked for, to tell a repetition from another command under the same key. */
  readonly body: unknown;
  /**
   * Says the answer from the events of the command alone. Then it is not stored a second time: a repetition gets it from
   * the log.
   */
  readonly fromLog?: (recorded: readonly Recorded[]) => unknown;
}

interface KnownCommand {
  readonly fingerprint: Buffer;
  readonly answer: string | null;
  readonly first_seq: number;
  readonly seq: number;
}

/** Remembers each command that was recorded, so that the same one again is not recorded twice. */
export class KnownCommands {
  private readonly select;
  private readonly insert;

  /**
   * @param db holds {@link commandsTable}
   * @param log holds what the commands recorded
   */
  constructor(
    db: Sqlite,
    private readonly log: EventLog,
  ) {
    this.select = db.prepare<[string], KnownCommand>(
      'SELECT fingerprint, answer, first_seq, seq FROM commands WHERE idempotency_key = ?',
    );
    this.insert = db.prepare<[string, Buffer, string | null, number, number]>(
      'INSERT INTO commands (idempotency_key, fingerprint, answer, first_seq, seq) VALUES (?, ?, ?, ?, ?)',
    );
  }

  /** Whether a command was recorded under this key, whatever it asked for. */
  has(key: string): boolean {
    return this.select.get(key) !== undefined;
  }

  /**
   * The first answer to a command; undefined for one that was not recorded.
   * @throws KeyReused when the key was used for something else
   */
  answerTo({ key, body, fromLog }: Repeatable): unknown {
    const known = key === null ? undefined : this.select.get(key);
    if (!known || key === null) return undefined;
    const { fingerprint, answer, first_seq, seq } = known;
    if (!fingerprint.equals(fingerprintOf(body))) throw new KeyReused(key);
    if (answer !== null) return JSON.parse(answer);
    invariant(fromLog !== undefined, 'an answer that is not stored is said from the log');
    return fromLog(this.log.read(first_seq - 1, seq - first_seq + 1).map(recordedOf));
  }

  /** Keeps the answer to a command that recorded something. Must be inside its transaction. */
  keep({ key, body, fromLog }: Repeatable, answer: unknown, recorded: readonly Recorded[]): void {
    const [first, last] = [recorded[0], recorded.at(-1)];
    if (key === null || !first || !last) return;
    const stored = fromLog ? null : JSON.stringify(answer);
    this.insert.run(key, fingerprintOf(body), stored, first.event.seq, last.event.seq);
  }
}

const fingerprintOf = (body: unknown): Buffer => hash('sha256', canonical(body), 'buffer');
