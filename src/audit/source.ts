import type { Head } from '../domain/event.js';
import type { SealedEvent } from '../events/envelope.js';
import type { SignedHead } from '../events/signature.js';
import type { Problem } from './finding.js';

/** Items in the order of the source, a few hundred at a time, so that a log of any length fits into memory. */
export type Chunks<Item> = AsyncIterable<readonly Item[]> | Iterable<readonly Item[]>;

/** One stored event with what the store says about it beside its text. A column that the store does not have is left out. */
export interface LogRow extends SealedEvent {
  readonly seq: number;
  readonly epoch: number;
  readonly local_id?: string;
  readonly type?: string;
  readonly session_id?: string | null;
}

/** What vouches for the log up to a position, besides its signed heads. */
export interface Anchor {
  /**
   * `witness`: the head file beside the database. `acknowledgement`: central confirmed the event. `printed`: a receipt
   * shows it on paper.
   */
  readonly kind: 'witness' | 'acknowledgement' | 'printed';
  /** Null when the anchor names no branch. */
  readonly epoch: number | null;
  readonly seq: number;
  /** Each is compared with the event at `seq` where it is known; a printed hash has only its first digits. */
  readonly hash: string | null;
  readonly local_id: string | null;
  /** Checked against the terminal's key where there is one. */
  readonly signature: string | null;
}

/** The events 1 to `to_seq` of epoch 1, whose texts a store moved into a file. */
export interface ArchivedPart {
  readonly to_seq: number;
  /** Of the event at `to_seq`, as the store keeps it. */
  readonly head_hash: string;
  /** YYYY-MM-DD: every session of a later business date is among the rows. */
  readonly last_date: string;
  /** Whether the store still keeps the hashes of all of them. */
  readonly is_intact: boolean;
  /** What has to be remembered of them to check the next event. */
  readonly checkpoint: string;
  readonly file_name: string;
  readonly file_sha256: string;
}

/** Events that a damaged store no longer gives. Both ends are included. */
export interface LostRange {
  readonly from_seq: number;
  readonly to_seq: number;
}

/** The log of one terminal. */
export interface TerminalLog {
  readonly terminal_id: string;
  /** Null when the store does not file logs by tenant. */
  readonly tenant_id: string | null;
  /** The terminal's public key when the source knows it from elsewhere than the log: base64 SPKI. */
  readonly public_key: string | null;
  readonly anchors: readonly Anchor[];
  /** The event before the first one, where this is a part of a log; null or left out for a whole one. */
  readonly before?: Head | null;
  /** How many events it has, as far as that is known without reading them; only for showing progress. */
  readonly events_count?: number;
  /** The first part of the log, which is not among {@link rows}; left out when nothing is archived. */
  readonly archived?: ArchivedPart;
  /**
   * Every stored event, by epoch and then seq. May be called again while an earlier iteration is under way.
   * @throws DamagedStore while it is iterated
   */
  rows(): Chunks<LogRow>;
  /** What the last reading of {@link rows} could not read, once it is over; left out where that is never known. */
  lost?(): readonly LostRange[];
  /** Events that dispute a position of {@link rows}: evidence that a later epoch may continue. By epoch and then seq. */
  forks(): Chunks<LogRow>;
  /** Every signed head, by epoch and then seq. */
  heads(): Chunks<SignedHead>;
}

/** Signs a bundle as a whole. */
export interface Sealer {
  /** Base64 SPKI. */
  readonly publicKey: string;
  /** Base64 Ed25519 over the UTF-8 bytes of the text. */
  sign(text: string): string;
}

/** Something that holds logs. Reading it never changes it. */
export interface LogSource {
  /** What the person asked for: a path or an address without secrets. */
  readonly name: string;
  /** Base64 SPKI of who sealed the source as a whole; null or left out when nobody did. */
  readonly sealed_by?: string | null;
  /** The logs it holds, in a stable order. */
  terminals(): Promise<readonly TerminalLog[]>;
  /** What is wrong with the store itself: missing guards, damage. */
  defects(): Promise<readonly Problem[]>;
  /** Who seals a bundle of these logs of it; null, or left out, where nobody can. @throws UnusableSource */
  sealerOf?(logs: readonly TerminalLog[]): Promise<Sealer | null>;
  /** Lets go of the source and removes what was made to read it. */
  close(): Promise<void>;
}

/** The source cannot be read as a log at all. The message says in one sentence what happened and what to do. */
export class UnusableSource extends Error {
  override readonly name = 'UnusableSource';
}

/** The store gave up in the middle of a log: what comes after cannot be read. */
export class DamagedStore extends Error {
  override readonly name = 'DamagedStore';
}

/**
 * Refuses a log of which a part is archived, for whatever needs all of it.
 * @throws UnusableSource
 */
export const refuseArchived = ({ terminal_id, archived }: Pick<TerminalLog, 'terminal_id' | 'archived'>): void => {
  if (!archived) return;
  throw new UnusableSource(
    `Events 1 to ${String(archived.to_seq)} of terminal ${terminal_id}, up to the business date ${archived.last_date}, ` +
      `are archived in ${archived.file_name}: ` +
      'use that file, or put them back with tillog central unarchive.',
  );
};

/**
 * The log of one terminal.
 * @throws UnusableSource when the source does not have it
 */
export const terminalIn = async (source: LogSource, terminal: string): Promise<TerminalLog> => {
  const logs = await source.terminals();
  const log = logs.find(({ terminal_id }) => terminal_id === terminal);
  if (log) return log;
  const known = logs.map(({ terminal_id }) => terminal_id).join(', ');
  throw new UnusableSource(
    `${source.name} holds no log of terminal ${terminal}: it holds ${known === '' ? 'none at all' : known}.`,
  );
};
