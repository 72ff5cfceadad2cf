import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { SignedHead } from '../events/signature.js';
import type { CentralLogRow } from './log-rows.js';

/** What goes into an archive: a terminal's log from its first event up to a signed head. */
export interface ArchivedLog {
  readonly tenant_id: string;
  readonly terminal_id: string;
  /** Base64 SPKI. */
  readonly public_key: string;
  /** Of the last one of {@link rows}. */
  readonly head: SignedHead;
  rows(): AsyncIterable<readonly CentralLogRow[]>;
}

/** An archive that was opened and verified from its first byte to its last. */
export interface VerifiedArchive {
  readonly tenant_id: string | null;
  readonly terminal_id: string;
  /** Up to here the terminal's signature vouches for it. */
  readonly anchored_to_seq: number;
  rows(): AsyncIterable<readonly CentralLogRow[]>;
  /** What an auditor has to remember of everything up to an event to check the next one. */
  checkpointAt(seq: number): Promise<string>;
  close(): Promise<void>;
}

/** The files of archives: written and verified by the code of the auditor, which central itself does not know. */
export interface ArchiveFiles {
  /** Writes a sealed bundle to the disk. @param key PKCS 8 in PEM of who seals it */
  write(log: ArchivedLog, file: string, key: string): Promise<void>;
  /** Opens a bundle and verifies it as an audit does. @throws Error that names what is wrong, and where */
  open(file: string): Promise<VerifiedArchive>;
}

/** Hex SHA-256 of a file of any length. */
export const fileSha256 = async (file: string): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
};

/** SHA-256 over the hashes of the events of a file up to one of them, how many there are, and the last one's. */
export const hashesIn = async (
  archive: Pick<VerifiedArchive, 'rows'>,
  to_seq: number,
): Promise<{ readonly count: number; readonly sha256: string; readonly head_hash: string }> => {
  const digest = createHash('sha256');
  let count = 0;
  let head_hash = '';
  for await (const rows of archive.rows()) {
    for (const { seq, hash } of rows) {
      if (seq > to_seq) continue;
      digest.update(hash);
      count += 1;
      head_hash = hash;
    }
  }
  return { count, sha256: digest.digest('hex'), head_hash };
};
