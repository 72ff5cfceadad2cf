import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { moveDurably } from '../events/durable-file.js';
import { errorCode } from '../events/error-code.js';
import { isAlive, processLabel } from './postgres-process.js';
import type { Ports } from '../ports.js';
import { type ArchivedLog, type ArchiveFiles, fileSha256, hashesIn, type VerifiedArchive } from './archive-file.js';
import { type ArchivePlan, planArchive, refuseDisputed } from './archive-plan.js';
import { type Archive, ArchiveRefused, keptHashes, lockTerminal } from './archives.js';
import { signingKey } from './certificate-keys.js';
import type { CentralDatabase, Transaction } from './database.js';
import type { Sender } from './inspection.js';
import { type CentralLogRow, rowsAfter } from './log-rows.js';
import { type Actor, noteAction } from './office-actions.js';

/** What archiving works with. */
export interface ArchiveParts {
  readonly db: CentralDatabase;
  readonly ports: Ports;
  readonly files: ArchiveFiles;
}

/** What shall be archived, and where to. */
export interface ArchiveWish {
  readonly terminal_id: string;
  /** YYYY-MM-DD: sessions of this business date and later stay. */
  readonly before: string;
  /** The folder of the archive files. */
  readonly out: string;
}

/** What was archived. */
export interface Archived extends Archive {
  readonly file: string;
}

/**
 * Archives the first part of a terminal's log: writes it into a sealed bundle that holds the log from its first event on
 * up to the newest signed head, verifies the file, and only then takes the texts of the events before the date away. What
 * an event is known by stays, so that verdicts, the chain and all sums are as before. A kill at any moment leaves the
 * texts in the database, in the file, or in both.
 *
 * @returns undefined when there is nothing to archive
 * @throws ArchiveRefused; an Error of the file system or of the auditor. Nothing was removed then
 */
export const archiveTerminal = async (
  parts: ArchiveParts,
  by: Actor,
  { terminal_id, before, out }: ArchiveWish,
): Promise<Archived | undefined> => {
  const { db, ports, files } = parts;
  const terminal = { tenant_id: by.tenant_id, terminal_id };
  const planned = await db.inTenant(by.tenant_id, async (transaction) => {
    const plan = await planArchive(transaction, terminal, before);
    return plan && { plan, key: await signingKey(transaction, by.tenant_id) };
  });
  if (!planned) return undefined;
  const { plan, key } = planned;
  const file_name = `${terminal_id}-1-${String(plan.to_seq)}.tar`;
  const file = join(out, file_name);
  const temporary = `${file}.${await processLabel()}${unfinished}`;
  try {
    await removeUnfinished(out, terminal_id);
    await withPrevious(parts, out, plan.previous, (previous) =>
      files.write(logOf(db, terminal, { plan, previous }), temporary, key),
    );
    const verified = await verifiedFile(files, temporary, plan);
    moveDurably(temporary, file);
    const { from_seq, to_seq, last_date } = plan;
    const archive = { ...verified, from_seq, to_seq, last_date, file_name };
    await db.inTenantAsOwner(
      by.tenant_id,
      (transaction) => removeTexts(transaction, { by, terminal, archive, head_seq: plan.head.seq }, ports),
      lockTerminal(terminal),
    );
    return { ...archive, file };
  } catch (cause) {
    await rm(temporary, { force: true });
    throw cause;
  }
};

/** How the name of a file ends that is being written, behind the label of the process that does it. */
const unfinished = '.part';

/** Removes what killed processes left of this terminal. A file under its own name is whole. */
const removeUnfinished = async (out: string, terminal_id: string): Promise<void> => {
  for (const name of await readdir(out).catch(ignoreMissing)) {
    if (!name.startsWith(`${terminal_id}-`) || !name.endsWith(unfinished)) continue;
    const label = name.slice(0, -unfinished.length).split('.').at(-1) ?? '';
    if (!(await isAlive(label))) await rm(join(out, name), { force: true });
  }
};

/** Whoever writes the file tells of a folder that is not there. */
const ignoreMissing = (cause: unknown): readonly string[] => {
  if (errorCode(cause) === 'ENOENT') return [];
  throw cause;
};

/** The texts that were archived before lie in the file before: it has to be there, and to be the one that was written. */
const withPrevious = async (
  { files }: ArchiveParts,
  out: string,
  previous: Archive | undefined,
  work: (archive: VerifiedArchive | undefined) => Promise<void>,
): Promise<void> => {
  if (!previous) {
    await work(undefined);
    return;
  }
  const file = join(out, previous.file_name);
  const sha256 = await fileSha256(file).catch((cause: unknown) => {
    if (errorCode(cause) !== 'ENOENT') throw cause;
    const detail = `${file} is not there. The next archive takes events 1 to ${String(previous.to_seq)} from it.`;
    throw new ArchiveRefused('ARCHIVE_FILE_MISSING', detail);
  });
  if (sha256 !== previous.file_sha256) {
    throw new ArchiveRefused('ARCHIVE_FILE_WRONG', `${file} is not the file that was written: find the right one.`);
  }
  const archive = await files.open(file);
  try {
    await work(archive);
  } finally {
    await archive.close();
  }
};

const logOf = (
  db: CentralDatabase,
  terminal: Sender,
  { plan, previous }: { readonly plan: ArchivePlan; readonly previous: VerifiedArchive | undefined },
): ArchivedLog => ({
  ...terminal,
  public_key: plan.public_key,
  head: plan.head,
  async *rows() {
    if (previous) yield* upTo(previous.rows(), plan.from_seq - 1);
    yield* upTo(rowsAfter(db, terminal, { epoch: 1, seq: plan.from_seq - 1 }), plan.head.seq);
  },
});

async function* upTo(
  chunks: AsyncIterable<readonly CentralLogRow[]>,
  to_seq: number,
): AsyncGenerator<readonly CentralLogRow[]> {
  for await (const rows of chunks) {
    const wanted = rows.filter(({ epoch, seq }) => epoch === 1 && seq <= to_seq);
    if (wanted.length > 0) yield wanted;
    if (wanted.length < rows.length) return;
  }
}

const verifiedFile = async (
  files: ArchiveFiles,
  file: string,
  { to_seq }: ArchivePlan,
): Promise<Pick<Archive, 'head_hash' | 'hashes_sha256' | 'checkpoint' | 'file_sha256'>> => {
  const archive = await files.open(file);
  try {
    const { count, sha256, head_hash } = await hashesIn(archive, to_seq);
    if (count !== to_seq || archive.anchored_to_seq < to_seq) {
      const detail = `the file holds ${String(count)} of ${String(to_seq)} events, signed up to ${String(archive.anchored_to_seq)}.`;
      throw new ArchiveRefused('ARCHIVE_UNSIGNED', detail);
    }
    const checkpoint = await archive.checkpointAt(to_seq);
    return { head_hash, hashes_sha256: sha256, checkpoint, file_sha256: await fileSha256(file) };
  } finally {
    await archive.close();
  }
};

interface Removal {
  readonly by: Actor;
  readonly terminal: Sender;
  readonly archive: Archive;
  readonly head_seq: number;
}

const removeTexts = async (
  transaction: Transaction,
  { by, terminal, archive, head_seq }: Removal,
  ports: Ports,
): Promise<void> => {
  const { tenant_id, terminal_id } = terminal;
  const { from_seq, to_seq } = archive;
  await refuseDisputed(transaction, terminal, head_seq);
  const kept = await keptHashes(transaction, terminal, to_seq);
  if (kept.count !== to_seq || kept.sha256 !== archive.hashes_sha256) {
    const detail = `events 1 to ${String(to_seq)} changed while they were written to ${archive.file_name}. Try again.`;
    throw new ArchiveRefused('ARCHIVE_CHANGED', detail);
  }
  const now = new Date(ports.clock.wall());
  // Reports read the lines of voided sales from their texts; there are few.
  await transaction.query(
    `UPDATE events e SET event = NULL, archived_at = $5 WHERE tenant_id = $1 AND terminal_id = $2 AND epoch = 1
       AND seq BETWEEN $3 AND $4 AND NOT EXISTS (SELECT 1 FROM receipt_corrections c WHERE c.tenant_id = e.tenant_id
         AND c.local_id = e.local_id::text AND c.voided_by IS NOT NULL)`,
    [tenant_id, terminal_id, from_seq, to_seq, now],
  );
  const { head_hash, last_date, hashes_sha256, checkpoint, file_name, file_sha256 } = archive;
  await transaction.query(
    `INSERT INTO archives (tenant_id, terminal_id, to_seq, from_seq, head_hash, last_date, hashes_sha256, checkpoint,
       file_name, file_sha256, archived_at, actor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      ...[tenant_id, terminal_id, to_seq, from_seq, head_hash, last_date, hashes_sha256],
      ...[checkpoint, file_name, file_sha256, now, by.actor],
    ],
  );
  await noteAction(transaction, by, { action: 'log_archived', terminal_id, subject: file_sha256 }, ports);
};
