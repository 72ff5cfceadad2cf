import type { Transaction } from './database.js';
import { terminalLock } from './shadow-tables.js';
import type { Sender } from './inspection.js';

/** The table of what was archived. */
export const archiveTables = `
CREATE TABLE archives (
  tenant_id     uuid NOT NULL,          -- whose terminal it is
  terminal_id   uuid NOT NULL,          -- the terminal
  to_seq        bigint NOT NULL,        -- the texts of events 1 to here of epoch 1 lie in the file
  from_seq      bigint NOT NULL,        -- the first one whose text was taken away with this file; those before with earlier ones
  head_hash     text NOT NULL,          -- of the event at to_seq
  last_date     text NOT NULL,          -- YYYY-MM-DD: no session of a later business date is in the file alone
  hashes_sha256 text NOT NULL,          -- hex SHA-256 of the hashes of events 1 to to_seq, one behind the other
  checkpoint    text NOT NULL,          -- what an auditor has to remember of events 1 to to_seq to check the next one
  file_name     text NOT NULL,          -- of the bundle
  file_sha256   text NOT NULL,          -- hex SHA-256 of the bundle
  archived_at   timestamptz NOT NULL,   -- central's clock
  actor         text NOT NULL,          -- who did it
  PRIMARY KEY (tenant_id, terminal_id, to_seq)
);
`;

/** What the application may do with {@link archiveTables}: only the owner of the tables archives. */
export const archiveRights: Readonly<Record<string, string>> = { archives: 'SELECT' };

/** The first part of a terminal's log, whose texts lie in a file. */
export interface Archive {
  readonly to_seq: number;
  readonly from_seq: number;
  readonly head_hash: string;
  /** YYYY-MM-DD: every session of a later business date is in the database. */
  readonly last_date: string;
  readonly hashes_sha256: string;
  readonly checkpoint: string;
  readonly file_name: string;
  readonly file_sha256: string;
}

/** Something cannot be archived or put back. Nothing was removed. */
export class ArchiveRefused extends Error {
  override readonly name = 'ArchiveRefused';

  /** @param code is never renamed once it was released */
  constructor(
    readonly code: ArchiveCode,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${detail}`, options);
  }
}

/** Why something cannot be archived or put back. */
export type ArchiveCode =
  | 'ARCHIVE_DATE_INVALID'
  | 'ARCHIVE_SESSION_OPEN'
  | 'ARCHIVE_SESSION_DIFFERS'
  | 'ARCHIVE_DISPUTED'
  | 'ARCHIVE_BRANCHED'
  | 'ARCHIVE_UNSIGNED'
  | 'ARCHIVE_FILE_MISSING'
  | 'ARCHIVE_FILE_UNWRITTEN'
  | 'ARCHIVE_FILE_WRONG'
  | 'ARCHIVE_CHANGED'
  | 'ARCHIVE_UNKNOWN';

/** The newest archive of a terminal, which holds the texts of those before as well; undefined while there is none. */
export const newestArchive = async (
  transaction: Transaction,
  { tenant_id, terminal_id }: Sender,
): Promise<Archive | undefined> => {
  const { rows } = await transaction.query<Archive & Record<string, unknown>>(
    'SELECT * FROM archives WHERE tenant_id = $1 AND terminal_id = $2 ORDER BY to_seq DESC LIMIT 1',
    [tenant_id, terminal_id],
  );
  return rows[0];
};

/** SHA-256 over the hashes of the first events of a terminal that central keeps, and how many there are. */
export const keptHashes = async (
  transaction: Transaction,
  { tenant_id, terminal_id }: Sender,
  to_seq: number,
): Promise<{ readonly count: number; readonly sha256: string | null }> => {
  const { rows } = await transaction.query<{ count: number; sha256: string | null }>(
    `SELECT count(*) AS count, encode(sha256(convert_to(string_agg(hash, '' ORDER BY seq), 'UTF8')), 'hex') AS sha256
     FROM events WHERE tenant_id = $1 AND terminal_id = $2 AND epoch = 1 AND seq BETWEEN 1 AND $3`,
    [tenant_id, terminal_id, to_seq],
  );
  return rows[0] ?? { count: 0, sha256: null };
};

/**
 * SQL of the owner's transaction that removes or puts back texts: nothing of the terminal is taken in meanwhile, and no
 * rebuild begins.
 */
export const lockTerminal = ({ tenant_id, terminal_id }: Sender): readonly string[] => [
  'SET LOCAL statement_timeout = 0',
  terminalLock({ tenant_id, terminal_id }),
];
