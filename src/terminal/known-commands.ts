import { hash } from 'node:crypto';
import { invariant } from '../domain/refusal.js';
import { canonical } from '../events/envelope.js';
import { eventColumns, type EventRow, type Recorded, recordedOf } from '../events/log.js';
import type { Sqlite } from '../events/sqlite.js';
import { KeyReused } from './recording-fault.js';

/** The first answers to commands of which the log does not say them. */
export const answersTable = `
CREATE TABLE IF NOT EXISTS answers (
  seq    INTEGER PRIMARY KEY,  -- the first event of the command
  answer TEXT NOT NULL         -- JSON: the same key gets it again
) STRICT;
`;

/** A command that may come twice. */
export interface Repeatable {
  /** The same key again gets the first answer; null for what the program does by itself. */
  readonly key: string | null;
  /** What was asked for, to tell a repetition from another command under the same key. */
  readonly body: unknown;
  /**
   * Says the answer from the first event of the command alone. Then it is not stored a second time: a repetition gets it
   * from the log.
   */
  readonly fromLog?: (recorded: readonly Recorded[]) => unknown;
}

/**
 * By what a command is known again. Its ids begin as its key is hashed, so that the index of the ids finds it; its first
 * event keeps a hash of the key and one of what was asked for.
 */
export interface CommandMark {
  /** The first 32 bits of the ids, hex. */
  readonly beginning: string;
  readonly bytes: Buffer;
}

/** So many bytes are kept of each of the two hashes. */
const bytesKept = 16;

/** By what a command is known again; null for one that cannot come twice. */
export const markOf = ({ key, body }: Repeatable): CommandMark | null => {
  if (key === null) return null;
  const [name, asked] = [nameOf(key), hash('sha256', canonical(body), 'buffer').subarray(0, bytesKept)];
  return { beginning: beginningOf(name), bytes: Buffer.concat([name, asked]) };
};

const nameOf = (key: string): Buffer => hash('sha256', key, 'buffer').subarray(0, bytesKept);

const beginningOf = (name: Buffer): string => name.toString('hex', 0, 4);

interface KnownCommand extends EventRow {
  readonly command: Buffer;
  readonly answer: string | null;
}

/** Knows each command that was recorded, so that the same one again is not recorded twice. */
export class KnownCommands {
  private readonly select;
  private readonly insert;

  /** @param db holds {@link answersTable} and the log */
  constructor(db: Sqlite) {
    this.select = db.prepare<[string, string, Buffer], KnownCommand>(
      `SELECT ${eventColumns}, command, (SELECT answer FROM answers WHERE answers.seq = events.seq) AS answer FROM events
        WHERE local_id BETWEEN ? AND ? AND substr(command, 1, ${String(bytesKept)}) = ?`,
    );
    this.insert = db.prepare<[number, string]>('INSERT INTO answers (seq, answer) VALUES (?, ?)');
  }

  /** Whether a command was recorded under this key, whatever it asked for. */
  has(key: string): boolean {
    return this.find(nameOf(key)) !== undefined;
  }

  /**
   * The first answer to a command; undefined for one that was not recorded.
   * @throws KeyReused when the key was used for something else
   */
  answerTo({ key, fromLog }: Repeatable, mark: CommandMark | null): unknown {
    const known = mark && this.find(mark.bytes.subarray(0, bytesKept));
    if (!known || key === null) return undefined;
    if (!known.command.equals(mark.bytes)) throw new KeyReused(key);
    if (known.answer !== null) return JSON.parse(known.answer);
    invariant(fromLog !== undefined, 'an answer that is not stored is said from the log');
    return fromLog([recordedOf(known)]);
  }

  /** Keeps the answer to a command that recorded something. Must be inside its transaction. */
  keep({ key, fromLog }: Repeatable, answer: unknown, [first]: readonly Recorded[]): void {
    if (key !== null && first && !fromLog) this.insert.run(first.event.seq, JSON.stringify(answer));
  }

  private find(name: Buffer): KnownCommand | undefined {
    const beginning = beginningOf(name);
    return this.select.get(`${beginning}-`, `${beginning}-g`, name);
  }
}
