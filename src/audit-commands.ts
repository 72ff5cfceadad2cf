import type { Command } from 'commander';
import type { AuditOutput } from './audit/program.js';
import { machinePorts } from './ports.js';

const source = 'a terminal’s data folder or tillog.db, a central’s data folder, a postgres:// URL, or a bundle';

/** Adds `tillog audit` and its commands. */
export const addAudit = (program: Command, output: Omit<AuditOutput, 'json'>): void => {
  const audit = program
    .command('audit')
    .description('verifies and replays a log; needs no network and no other program');
  audit
    .command('verify')
    .description('chain, signatures, gaps, schema, Z against replay: 0 clean, 1 problems, 2 unusable source')
    .argument('<source>', source)
    .option('--json', 'machine-readable')
    .option('--key <pub>', 'the terminal’s public key, or a file that holds it')
    .action(async (path: string, options: { json?: true; key?: string }) => {
      const { auditVerify } = await import('./audit/program.js');
      const { openAuditSource } = await import('./audit-source.js');
      const key = options.key === undefined ? {} : { publicKey: options.key };
      const json = options.json ?? false;
      process.exitCode = await auditVerify(() => openAuditSource(path, machinePorts), key, { ...output, json });
    });
  audit
    .command('day')
    .description('reconstructs the day: receipts, drawer, Z, from the events alone')
    .argument('<source>', source)
    .option('--terminal <id>', 'only this terminal')
    .option('--date <date>', 'only this business date, YYYY-MM-DD')
    .option('--json', 'machine-readable')
    .action(async (path: string, options: { json?: true; terminal?: string; date?: string }) => {
      const { auditDay } = await import('./audit/program.js');
      const { openAuditSource } = await import('./audit-source.js');
      const { json = false, ...only } = options;
      process.exitCode = await auditDay(() => openAuditSource(path, machinePorts), only, { ...output, json });
    });
  addExport(audit, output);
  addDiff(audit, output);
};

const addExport = (audit: Command, output: Omit<AuditOutput, 'json'>): void => {
  audit
    .command('export')
    .description('one sealed bundle with every event, signed head and key; the same log gives the same bytes')
    .argument('<source>', source)
    .requiredOption('--out <file>', 'the bundle; it must not exist')
    .option('--json', 'machine-readable')
    .action(async (path: string, { out, json = false }: { out: string; json?: boolean }) => {
      const { auditExport } = await import('./audit/program.js');
      const { openAuditSource, sealerOf } = await import('./audit-source.js');
      const bundle = { file: out, sealer: () => sealerOf(path) };
      process.exitCode = await auditExport(() => openAuditSource(path, machinePorts), bundle, { ...output, json });
    });
};

const addDiff = (audit: Command, output: Omit<AuditOutput, 'json'>): void => {
  audit
    .command('diff')
    .description(
      'what one has and the other has not, for the terminals of the first: 0 nothing, 1 something, 2 unusable',
    )
    .argument('<source>', source)
    .argument('<other>', source)
    .option('--json', 'machine-readable')
    .action(async (path: string, other: string, { json = false }: { json?: boolean }) => {
      const { auditDiff } = await import('./audit/program.js');
      const { openAuditSource } = await import('./audit-source.js');
      const open = (named: string) => () => openAuditSource(named, machinePorts);
      process.exitCode = await auditDiff(open(path), open(other), { ...output, json });
    });
};
