import type { ArchiveParts } from './archive.js';
import { hashesIn, type VerifiedArchive } from './archive-file.js';
import { ArchiveRefused, keptHashes, lockTerminal, newestArchive } from './archives.js';
import type { Transaction } from './database.js';
import type { Sender } from './inspection.js';
import { type Actor, noteAction } from './office-actions.js';
import { listTenants } from './tenants.js';

/** What was put back. */
export interface Unarchived {
  readonly terminal_id: string;
  readonly events: number;
}

/**
 * Puts the texts of an archive back, all of them or none: the file is verified as an audit does it, and each text is taken
 * only where central keeps its hash.
 *
 * @param file the newest archive of its terminal
 * @throws ArchiveRefused; an Error of the auditor when the file is not whole
 */
export const unarchiveFile = async (
  { db, ports, files }: ArchiveParts,
  file: string,
  actor: string,
): Promise<Unarchived> => {
  const archive = await files.open(file);
  try {
    const { terminal_id } = archive;
    const owner = (await listTenants(db)).find(({ tenant_id }) => tenant_id === archive.tenant_id);
    if (!owner) throw new ArchiveRefused('ARCHIVE_UNKNOWN', `${file} is of a company that central does not know.`);
    const by: Actor = { tenant_id: owner.tenant_id, actor };
    const terminal = { tenant_id: owner.tenant_id, terminal_id };
    const events = await db.inTenantAsOwner(
      owner.tenant_id,
      async (transaction) => {
        const restored = await putBack(transaction, terminal, archive);
        await noteAction(transaction, by, { action: 'log_unarchived', terminal_id }, ports);
        return restored;
      },
      lockTerminal(terminal),
    );
    return { terminal_id, events };
  } finally {
    await archive.close();
  }
};

const putBack = async (transaction: Transaction, terminal: Sender, archive: VerifiedArchive): Promise<number> => {
  const { tenant_id, terminal_id } = terminal;
  const newest = await newestArchive(transaction, terminal);
  if (!newest) throw new ArchiveRefused('ARCHIVE_UNKNOWN', `nothing of terminal ${terminal_id} is archived.`);
  const { to_seq, file_name } = newest;
  const inFile = await hashesIn(archive, to_seq);
  const kept = await keptHashes(transaction, terminal, to_seq);
  if (inFile.count !== kept.count || inFile.sha256 !== kept.sha256) {
    const detail = `it does not hold the events 1 to ${String(to_seq)} that central keeps: give ${file_name}.`;
    throw new ArchiveRefused('ARCHIVE_FILE_WRONG', detail);
  }
  let restored = 0;
  for await (const rows of archive.rows()) {
    const wanted = rows.filter(({ seq }) => seq <= to_seq);
    const { rowCount } = await transaction.query(
      `UPDATE events e SET event = t.event, archived_at = NULL
       FROM unnest($3::bigint[], $4::text[], $5::text[]) AS t (seq, hash, event)
       WHERE e.tenant_id = $1 AND e.terminal_id = $2 AND e.epoch = 1 AND e.seq = t.seq AND e.hash = t.hash
         AND e.archived_at IS NOT NULL`,
      [
        ...[tenant_id, terminal_id, wanted.map(({ seq }) => seq)],
        ...[wanted.map(({ hash }) => hash), wanted.map(({ event }) => event)],
      ],
    );
    restored += rowCount ?? 0;
  }
  await transaction.query('DELETE FROM archives WHERE tenant_id = $1 AND terminal_id = $2', [tenant_id, terminal_id]);
  return restored;
};
