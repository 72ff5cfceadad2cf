import type { Command } from 'commander';
import type { AuditOutput } from './audit/program.js';
import type { RangeOptions } from './audit/range.js';
import { machinePorts } from './ports.js';
import { paperOption } from './printer-options.js';
import type { PaperStyle } from './terminal/printing.js';

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
    .option('--sealed-by <pub>', 'the key that must have sealed a bundle: a terminal’s, or the company’s')
    .option('--terminal <id>', 'only this terminal')
    .option('--receipt <record...>', 'a record as a receipt shows it, "1-120 a1b2c3d4e5f6": the log must have it')
    .action(async (path: string, { json = false, key, receipt, ...only }: VerifyFlags) => {
      const { auditVerify } = await import('./audit/program.js');
      const { auditProgress } = await import('./audit/progress.js');
      const { openAuditSource } = await import('./audit-source.js');
      const asked = { ...only, publicKey: key, receipts: receipt, progress: auditProgress(process.stderr) };
      process.exitCode = await auditVerify(() => openAuditSource(path, machinePorts), asked, { ...output, json });
    });
  audit
    .command('day')
    .description('reconstructs the day: receipts, drawer, Z, from the events alone')
    .argument('<source>', source)
    .option('--terminal <id>', 'only this terminal')
    .option('--date <date>', 'only this business date, YYYY-MM-DD')
    .option('--at-seq <seq>', 'only what that terminal knew at this event: an X report at any moment')
    .option('--epoch <epoch>', 'the branch that --at-seq counts on; the newest when left out')
    .option('--html <file>', 'the report as a page that needs no network; the file must not exist')
    .option('--csv <folder>', 'the closings as tables modelled on DSFinV-K; the folder must not exist')
    .option('--replace', 'write over a page that is there already')
    .option('--json', 'machine-readable')
    .action(async (path: string, { json = false, atSeq, epoch, html, csv, replace, ...only }: DayFlags) => {
      const { auditDay } = await import('./audit/program.js');
      const { openAuditSource } = await import('./audit-source.js');
      const days = atSeq === undefined && epoch === undefined ? only : { ...only, at: positionOf(atSeq ?? '', epoch) };
      process.exitCode = await auditDay(
        () => openAuditSource(path, machinePorts),
        days,
        { ...output, json },
        { html, csv, replace },
      );
    });
  addReceipt(audit, output);
  addState(audit, output);
  addExport(audit, output);
  addDiff(audit, output);
  addPatterns(audit, output);
  addCertificate(audit, output);
};

interface VerifyFlags {
  readonly json?: boolean;
  readonly key?: string;
  readonly sealedBy?: string;
  readonly terminal?: string;
  readonly receipt?: readonly string[];
}

interface DayFlags {
  readonly json?: boolean;
  readonly terminal?: string;
  readonly date?: string;
  readonly html?: string;
  readonly csv?: string;
  readonly replace?: true;
  readonly atSeq?: string;
  readonly epoch?: string;
}

interface StateFlags {
  readonly json?: boolean;
  readonly terminal: string;
  readonly atSeq: string;
  readonly epoch?: string;
}

/** What is no whole number is no position of any log, and refused as such. */
const positionOf = (seq: string, epoch?: string): { readonly seq: number; readonly epoch?: number } => ({
  seq: wholeNumber(seq),
  ...(epoch === undefined ? {} : { epoch: wholeNumber(epoch) }),
});

const wholeNumber = (text: string): number => (/^-?\d+$/u.test(text) ? Number(text) : NaN);
const wholeOrNone = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : wholeNumber(text);

const addState = (audit: Command, output: Omit<AuditOutput, 'json'>): void => {
  audit
    .command('state')
    .description('what a terminal knew at one event: session, drawer, tickets, stock, catalog, numbers')
    .argument('<source>', source)
    .requiredOption('--terminal <id>', 'the terminal')
    .requiredOption('--at-seq <seq>', 'the event after which it is asked')
    .option('--epoch <epoch>', 'the branch that --at-seq counts on; the newest when left out')
    .option('--json', 'machine-readable')
    .action(async (path: string, { json = false, terminal, atSeq, epoch }: StateFlags) => {
      const { auditState } = await import('./audit/program.js');
      const { openAuditSource } = await import('./audit-source.js');
      const asked = { terminal, at: positionOf(atSeq, epoch) };
      process.exitCode = await auditState(() => openAuditSource(path, machinePorts), asked, { ...output, json });
    });
};

interface ReceiptFlags {
  readonly json?: boolean;
  readonly void?: true;
  readonly terminal?: string;
  readonly epoch?: string;
  readonly seq?: string;
  readonly paper: PaperStyle['paper'];
  readonly txt?: string;
  readonly png?: string;
  readonly escpos?: string;
  readonly replace?: true;
}

const addReceipt = (audit: Command, output: Omit<AuditOutput, 'json'>): void => {
  audit
    .command('receipt')
    .description('a receipt made again from the log, as it was printed: 0 as printed, 1 not, 2 not there')
    .argument('<source>', source)
    .argument('<number>', 'as it is printed')
    .option('--void', 'the paper of the void that took the sale back')
    .option('--terminal <id>', 'of this terminal, where several have the number')
    .option('--epoch <epoch>', 'of this epoch, where several have it')
    .option('--seq <seq>', 'this event, where one epoch has it twice')
    .addOption(paperOption())
    .option('--txt <file>', 'the text; the file must not exist')
    .option('--png <file>', 'the picture, dot for dot')
    .option('--escpos <file>', 'the bytes that the printer was sent')
    .option('--replace', 'write over files that are there already')
    .option('--json', 'machine-readable')
    .action(async (path: string, number: string, flags: ReceiptFlags) => {
      const { json = false, terminal, epoch, seq, paper, void: isVoid, ...files } = flags;
      const { auditReceipt } = await import('./audit/program.js');
      const { openAuditSource } = await import('./audit-source.js');
      const { receiptRenderer } = await import('./receipt-renderer.js');
      const asked = { number, isVoid, terminal, epoch: wholeOrNone(epoch), seq: wholeOrNone(seq) };
      process.exitCode = await auditReceipt(
        () => openAuditSource(path, machinePorts),
        asked,
        { ...output, json },
        { ...files, render: receiptRenderer(paper) },
      );
    });
};

interface ExportFlags {
  readonly out: string;
  readonly json?: boolean;
  readonly terminal?: string;
  readonly tenant?: string;
  readonly fromSeq?: string;
  readonly toSeq?: string;
  readonly from?: string;
  readonly to?: string;
}

const rangeOf = ({ terminal, tenant, fromSeq, toSeq, from, to }: Omit<ExportFlags, 'out' | 'json'>): RangeOptions => {
  return { terminal, tenant, fromSeq: wholeOrNone(fromSeq), toSeq: wholeOrNone(toSeq), fromDate: from, toDate: to };
};

const addExport = (audit: Command, output: Omit<AuditOutput, 'json'>): void => {
  audit
    .command('export')
    .description('one sealed bundle with every event, signed head and key; the same log gives the same bytes')
    .argument('<source>', source)
    .requiredOption('--out <file>', 'the bundle; it must not exist')
    .option('--terminal <id>', 'only this terminal')
    .option('--tenant <id>', 'only the terminals of this company, of a central that has several')
    .option('--from-seq <seq>', 'only from this event on')
    .option('--to-seq <seq>', 'only up to this event')
    .option('--from <date>', 'only from this business date on, YYYY-MM-DD')
    .option('--to <date>', 'only up to this business date, YYYY-MM-DD')
    .option('--json', 'machine-readable')
    .action(async (path: string, { out, json = false, ...asked }: ExportFlags) => {
      const { auditExport } = await import('./audit/program.js');
      const { openAuditSource } = await import('./audit-source.js');
      const bundle = { file: out, range: rangeOf(asked) };
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

interface PatternFlags {
  readonly json?: boolean;
  readonly terminal?: string;
  readonly date?: string;
  readonly threshold: readonly string[];
}

const addPatterns = (audit: Command, output: Omit<AuditOutput, 'json'>): void => {
  audit
    .command('patterns')
    .description('what often stands for fraud, each rule in words with the events that met it; a hint, not a verdict')
    .argument('<source>', source)
    .option('--terminal <id>', 'only this terminal')
    .option('--date <date>', 'only this business date, YYYY-MM-DD')
    .option('--threshold <name=number...>', 'measures a rule by another number', [])
    .option('--json', 'machine-readable')
    .action(async (path: string, { json = false, threshold, ...only }: PatternFlags) => {
      const { auditPatterns } = await import('./audit/program.js');
      const { openAuditSource } = await import('./audit-source.js');
      const asked = { ...only, thresholds: threshold };
      process.exitCode = await auditPatterns(() => openAuditSource(path, machinePorts), asked, { ...output, json });
    });
};

const addCertificate = (audit: Command, output: Omit<AuditOutput, 'json'>): void => {
  audit
    .command('certificate')
    .description('checks a certificate of central against a source, offline: 0 as certified, 1 not, 2 unusable')
    .argument('<file>', 'the certificate')
    .argument('<source>', source)
    .option('--key <pub>', 'the company’s public key, or a file that holds it')
    .option('--json', 'machine-readable')
    .action(async (file: string, path: string, { json = false, key }: { json?: boolean; key?: string }) => {
      const { auditCertificate } = await import('./audit/program.js');
      const { openAuditSource } = await import('./audit-source.js');
      const open = () => openAuditSource(path, machinePorts);
      process.exitCode = await auditCertificate(open, { file, key }, { ...output, json });
    });
};
