import { certificateIn, checkCertificate } from './certificate-check.js';
import { type DayReport, dayReport, foldSessions, reconstructDays } from './day.js';
import { type DayFiles, journalsIn, writeDayFiles } from './day-files.js';
import { dayText, isInFull } from './day-text.js';
import type { DayOptions } from './selection.js';
import { findReceipt, type ReceiptOptions } from './receipt.js';
import { type ReceiptFiles, type ReceiptRenderer, writeReceiptFiles } from './receipt-files.js';
import { receiptReportText } from './receipt-text.js';
import { certificateReportText, diffText, exportText, lines, verifyText } from './report-text.js';
import { findPatterns, type PatternOptions, readThresholds } from './patterns.js';
import { patternsText } from './patterns-text.js';
import { stateAt, type StateOptions } from './state.js';
import { stateText } from './state-text.js';
import { diffSources } from './diff.js';
import { exportBundle } from './export.js';
import { partOf, type RangeOptions } from './range.js';
import { DamagedStore, type LogSource, UnusableSource } from './source.js';
import { verifyLogs, type VerifyOptions, type VerifyReport } from './verify.js';

/** How an audit ends: nothing wrong, something wrong, or nothing that could be audited. */
export type AuditExitCode = 0 | 1 | 2;

/** What an audit found, and how its program ends. */
export interface Audited<Report> {
  readonly exitCode: AuditExitCode;
  readonly report: Report;
}

/** Where the reports and complaints of a program go. */
export interface AuditOutput {
  /** Takes the report. */
  readonly write: (text: string) => void;
  /** Takes one sentence for a person when nothing could be audited. */
  readonly complain: (text: string) => void;
  /** The report as JSON instead of text. */
  readonly json: boolean;
}

/** Opens what is to be audited; called once. Whatever it gives is closed afterwards. */
export type OpenSource = () => LogSource | Promise<LogSource>;

/**
 * Verifies every log of a source: 0 without problems, 1 with.
 * @throws UnusableSource
 */
export const runVerify = async (source: LogSource, options: VerifyOptions): Promise<Audited<VerifyReport>> => {
  const report = await verifyLogs(source, options);
  return { exitCode: report.ok ? 0 : 1, report };
};

/**
 * Reconstructs the days of a source: 0 when every event could be read and every Z is what its events add up to, else 1.
 * @throws UnusableSource
 */
export const runDay = async (source: LogSource, options: DayOptions): Promise<Audited<DayReport>> => {
  const report = await reconstructDays(source, options);
  return { exitCode: report.findings.length === 0 ? 0 : 1, report };
};

/** Writes the report of a verification. */
export const printVerify = (report: VerifyReport, { write, json }: Omit<AuditOutput, 'complain'>): void =>
  write(json ? jsonText(report) : verifyText(report));

/** The whole of `tillog audit verify`: opens, verifies, prints, closes. */
export const auditVerify = (open: OpenSource, options: VerifyOptions, output: AuditOutput): Promise<AuditExitCode> =>
  audited(open, output, async (source) => {
    const { exitCode, report } = await runVerify(source, options);
    printVerify(report, output);
    return exitCode;
  });

/**
 * The whole of `tillog audit day`: opens, reconstructs, writes the files that were asked for, prints, closes. What a
 * person reads of a single date lists everything that happened.
 */
export const auditDay = (
  open: OpenSource,
  options: DayOptions,
  output: AuditOutput,
  files: DayFiles = {},
): Promise<AuditExitCode> =>
  audited(open, output, async (source) => {
    const folded = await foldSessions(source, options);
    const report = dayReport(folded);
    const said = await writeDayFiles(source, { folded, options }, files);
    if (output.json) {
      output.write(jsonText(report));
    } else {
      const journals = [];
      if (isInFull(report.days)) for await (const journal of journalsIn(source, options)) journals.push(journal);
      output.write(dayText(report, { sessions: folded.sessions, journals }) + lines(said));
    }
    return report.findings.length === 0 ? 0 : 1;
  });

/**
 * The whole of `tillog audit certificate`: reads it, opens the source, checks, prints, closes. 0 when the source holds
 * what was certified, else 1.
 */
export const auditCertificate = (
  open: OpenSource,
  { file, key }: { readonly file: string; readonly key?: string | undefined },
  output: AuditOutput,
): Promise<AuditExitCode> =>
  audited(open, output, async (source) => {
    const report = await checkCertificate(source, certificateIn(file), key);
    output.write(output.json ? jsonText(report) : certificateReportText(report));
    return report.ok ? 0 : 1;
  });

/**
 * The whole of `tillog audit patterns`: opens, looks, prints, closes. 0 whatever it finds, because a hint is no fault; 1
 * when events could not be read.
 */
export const auditPatterns = (
  open: OpenSource,
  options: Omit<PatternOptions, 'thresholds'> & { readonly thresholds: readonly string[] },
  output: AuditOutput,
): Promise<AuditExitCode> =>
  audited(open, output, async (source) => {
    const report = await findPatterns(source, { ...options, thresholds: readThresholds(options.thresholds) });
    output.write(output.json ? jsonText(report) : patternsText(report));
    return report.findings.length === 0 ? 0 : 1;
  });

/**
 * The whole of `tillog audit state`: opens, folds up to the position, prints, closes. 0 when every event up to there
 * could be read, else 1.
 */
export const auditState = (open: OpenSource, options: StateOptions, output: AuditOutput): Promise<AuditExitCode> =>
  audited(open, output, async (source) => {
    const state = await stateAt(source, options);
    output.write(output.json ? jsonText(state) : stateText(state));
    return state.findings.length === 0 ? 0 : 1;
  });

/**
 * The whole of `tillog audit receipt`: opens, makes the receipt again, writes the files that were asked for, prints,
 * closes. 0 when it is what was recorded as printed, else 1.
 */
export const auditReceipt = (
  open: OpenSource,
  options: ReceiptOptions,
  output: AuditOutput,
  { render, ...files }: ReceiptFiles & { readonly render: ReceiptRenderer },
): Promise<AuditExitCode> =>
  audited(open, output, async (source) => {
    const { report, paper } = await findReceipt(source, options);
    const written = await writeReceiptFiles(paper, render, files);
    const text = (): string =>
      receiptReportText(report, render.txt(paper)) + lines(written.map((path) => `Written to ${path}`));
    output.write(output.json ? jsonText(report) : text());
    return report.is_as_printed === true && report.is_event_whole ? 0 : 1;
  });

/** The whole of `tillog audit export`: opens, writes the bundle, prints what is in it, closes. 0, or 2 when it cannot. */
export const auditExport = (
  open: OpenSource,
  { file, range }: { readonly file: string; readonly range: RangeOptions },
  output: AuditOutput,
): Promise<AuditExitCode> =>
  audited(open, output, async (source) => {
    const part = partOf(source, range);
    const sealer = await source.sealerOf?.(await part.terminals());
    const report = await exportBundle(part, file, sealer ?? null);
    output.write(output.json ? jsonText(report) : exportText(report));
    return 0;
  });

/** The whole of `tillog audit diff`: opens both, compares, prints, closes. 0 nothing, 1 something. */
export const auditDiff = (open: OpenSource, openOther: OpenSource, output: AuditOutput): Promise<AuditExitCode> =>
  audited(open, output, (source) =>
    audited(openOther, output, async (other) => {
      const report = await diffSources(source, other);
      output.write(output.json ? jsonText(report) : diffText(report, source.name, other.name));
      return report.same ? 0 : 1;
    }),
  );

const audited = async (
  open: OpenSource,
  { complain }: AuditOutput,
  audit: (source: LogSource) => Promise<AuditExitCode>,
): Promise<AuditExitCode> => {
  try {
    const source = await open();
    try {
      return await audit(source);
    } finally {
      await source.close();
    }
  } catch (cause) {
    if (!(cause instanceof UnusableSource || cause instanceof DamagedStore)) throw cause;
    complain(`${cause.message}\n`);
    return 2;
  }
};

const jsonText = (report: object): string => `${JSON.stringify(report, null, 2)}\n`;
