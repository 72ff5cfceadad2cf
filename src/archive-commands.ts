import { resolve } from 'node:path';
import type { Command } from 'commander';
import { openVerified } from './audit/archive-file.js';
import { exportBundle } from './audit/export.js';
import { UnusableSource } from './audit/source.js';
import { sealerWith } from './audit-source.js';
import type { ArchiveFiles } from './central/archive-file.js';
import { type ArchiveCode, ArchiveRefused } from './central/archives.js';
import { addDatabaseTask, type CentralPlace, placeOf } from './central-commands.js';
import { tenantOption } from './command-options.js';
import { machinePorts } from './ports.js';

/** Archives are bundles as the auditor writes and verifies them. */
export const archiveFiles: ArchiveFiles = {
  write: async ({ head, ...log }, file, pem) => {
    const terminal = { ...log, anchors: [], forks: () => [], heads: () => [[head]] };
    const source = {
      name: file,
      terminals: () => Promise.resolve([terminal]),
      defects: () => Promise.resolve([]),
      close: () => Promise.resolve(),
    };
    await exportBundle(source, file, sealerWith(pem)).catch(refuse('ARCHIVE_FILE_UNWRITTEN'));
  },
  open: (file) => openVerified(file).catch(refuse('ARCHIVE_FILE_WRONG')),
};

const refuse =
  (code: ArchiveCode) =>
  (cause: unknown): never => {
    throw cause instanceof UnusableSource ? new ArchiveRefused(code, cause.message, { cause }) : cause;
  };

/** Adds what moves old events of central into files, and back. */
export const addArchiveTasks = (central: Command, say: (text: string) => void): void => {
  const archives = 'moves the texts of old events into sealed files, each verified first; sums and verdicts stay';
  addDatabaseTask(central, 'archive', archives)
    .requiredOption('--before <date>', 'sessions of this business date and later stay, YYYY-MM-DD')
    .requiredOption('--out <folder>', 'where the files lie, also those of earlier archives')
    .addOption(tenantOption())
    .option('--terminal <id>', 'of this terminal alone')
    .action(async (_own: object, command: Command) => {
      const { tenant, terminal, before, out, ...place } = command.optsWithGlobals<ArchiveOptions>();
      const { centralArchive } = await import('./central/program.js');
      const store = { ...placeOf(place), ports: machinePorts };
      const wish = { tenant, before, out: resolve(out), ...(terminal === undefined ? {} : { terminal_id: terminal }) };
      const refused = await centralArchive(store, archiveFiles, wish, say);
      process.exitCode = refused === 0 ? 0 : 1;
    });
  addDatabaseTask(central, 'unarchive', 'puts the texts of an archived log back from its newest file, verified first')
    .argument('<file>', 'the file')
    .action(async (file: string, _own: object, command: Command) => {
      const { centralUnarchive } = await import('./central/program.js');
      const store = { ...placeOf(command.optsWithGlobals<CentralPlace>()), ports: machinePorts };
      const { terminal_id, events } = await centralUnarchive(store, archiveFiles, resolve(file));
      say(`${terminal_id}: ${String(events)} events are back\n`);
    });
};

type ArchiveOptions = CentralPlace & { tenant: string; terminal?: string; before: string; out: string };
