import type { Head } from '../domain/event.js';
import { printedAnchor } from './anchors.js';
import { type Problem, ProblemList } from './finding.js';
import type { UnjudgedPapers } from './paper-faults.js';
import type { AuditProgress } from './progress.js';
import { givenPublicKey } from './public-key.js';
import { type Anchor, type LogSource, type TerminalLog, terminalIn, UnusableSource } from './source.js';
import { LogVerification, type VerifiedBranch } from './verification.js';

/** Events of one log that nothing vouches for yet: they could be taken away without a trace. Not wrong by itself. */
export interface UnanchoredRange {
  readonly terminal_id: string;
  readonly epoch: number;
  readonly from_seq: number;
  readonly to_seq: number;
}

/** The first events of a log, which the source keeps in a file that is verified on its own. */
export interface ArchivedRange {
  readonly terminal_id: string;
  readonly epoch: number;
  readonly from_seq: number;
  readonly to_seq: number;
  readonly head_hash: string;
  readonly file_name: string;
  /** Lower-case hex SHA-256 of the file. */
  readonly file_sha256: string;
}

/** What a verification found. */
export interface VerifyReport {
  /** There is no problem. */
  readonly ok: boolean;
  /** How many events were read. */
  readonly events: number;
  readonly terminals: readonly VerifiedBranch[];
  readonly problems: readonly Problem[];
  readonly unanchored: readonly UnanchoredRange[];
  /** What is not there because it lies in a file: not wrong by itself. */
  readonly archived: readonly ArchivedRange[];
  /** What newer programs printed: their events were checked, their documents were not. */
  readonly unjudged_papers: readonly UnjudgedPapers[];
  /** The event before the first one of each log that is only a part: what was before was not looked at. */
  readonly parts: readonly (Head & { readonly terminal_id: string })[];
  /** Where the clock of a till jumped or went back: worth a look, and no problem, because the order is that of the log. */
  readonly clock: readonly Problem[];
  /** Base64 SPKI of who sealed the source as a whole; null when nobody did. */
  readonly sealed_by: string | null;
}

/** What a person may ask of a verification. */
export interface VerifyOptions {
  /** The public key that every head must be signed with: base64 SPKI, PEM, or a file with either. */
  readonly publicKey?: string | undefined;
  /** The public key that must have sealed the source: a terminal's, or the company's; given like the other. */
  readonly sealedBy?: string | undefined;
  /** Only this terminal of the source. */
  readonly terminal?: string | undefined;
  /** Records as they are printed on receipts: “1-120 a1b2c3d4e5”. The log must have every one of them. */
  readonly receipts?: readonly string[] | undefined;
  readonly progress?: AuditProgress | undefined;
}

/**
 * Checks every log of a source: canonical text, hashes, chain, epochs, schema, signatures, numbers, sums, and every Z
 * against the events of its session.
 *
 * @throws UnusableSource when the key or the source cannot be read at all
 */
export const verifyLogs = async (source: LogSource, options: VerifyOptions): Promise<VerifyReport> => {
  const { publicKey, terminal, receipts = [], progress } = options;
  const key = publicKey === undefined ? null : givenPublicKey(publicKey);
  const findings = { problems: new ProblemList(), clock: new ProblemList() };
  const logs = terminal === undefined ? await source.terminals() : [await terminalIn(source, terminal)];
  const printed = receipts.map((text) => printedOn(text, logs));
  const terminals: VerifiedBranch[] = [];
  const unjudged_papers: UnjudgedPapers[] = [];
  const total = logs.reduce<number | null>(
    (sum, { events_count }) => (sum === null || events_count === undefined ? null : sum + events_count),
    0,
  );
  let events = 0;
  for (const defect of await source.defects()) findings.problems.add(defect);
  for (const fault of sealFaults(source, options)) findings.problems.add(fault);
  for (const log of logs) {
    const verification = new LogVerification(log, { key, printed }, findings, (count) => progress?.more(count, total));
    terminals.push(...(await verification.run()));
    events += verification.events;
    unjudged_papers.push(...verification.unjudged.all);
  }
  progress?.stop();
  const problems = findings.problems.all();
  return {
    ok: problems.length === 0,
    events,
    terminals,
    problems,
    unanchored: terminals.flatMap(unanchoredOf),
    archived: logs.flatMap(archivedOf),
    parts: logs.flatMap(({ terminal_id, before }) => (before ? [{ terminal_id, ...before }] : [])),
    clock: findings.clock.all(),
    unjudged_papers,
    sealed_by: source.sealed_by ?? null,
  };
};

const sealFaults = ({ sealed_by: found = null }: LogSource, { sealedBy }: VerifyOptions): readonly Problem[] => {
  const expected = sealedBy === undefined ? found : givenPublicKey(sealedBy);
  if (expected === found) return [];
  const detail = `${found === null ? 'nobody sealed the source' : `the source is sealed with ${found}`}, not ${String(expected)}`;
  return [{ terminal_id: null, seq: null, local_id: null, code: 'SEAL_WRONG', detail, expected, found }];
};

const archivedOf = ({ terminal_id, archived }: TerminalLog): readonly ArchivedRange[] => {
  if (!archived) return [];
  const { to_seq, head_hash, file_name, file_sha256 } = archived;
  return [{ terminal_id, epoch: 1, from_seq: 1, to_seq, head_hash, file_name, file_sha256 }];
};

const unanchoredOf = (branch: VerifiedBranch): readonly UnanchoredRange[] => {
  const { terminal_id, epoch, first_seq, last_seq, anchored_to_seq } = branch;
  if (anchored_to_seq >= last_seq) return [];
  return [{ terminal_id, epoch, from_seq: Math.max(anchored_to_seq + 1, first_seq), to_seq: last_seq }];
};

const printedOn = (text: string, logs: readonly TerminalLog[]): Anchor => {
  if (logs.length > 1) {
    throw new UnusableSource(
      'Several terminals are in it: give --terminal with --receipt, so that it is known whose it is.',
    );
  }
  const anchor = printedAnchor(text);
  if (anchor) return anchor;
  throw new UnusableSource(
    `“${text}” is no record of a receipt: give it as it is printed, for example "1-120 a1b2c3d4e5".`,
  );
};
