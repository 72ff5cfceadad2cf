import { type Problem, ProblemList } from './finding.js';
import type { UnjudgedPapers } from './paper-faults.js';
import { givenPublicKey } from './public-key.js';
import type { LogSource } from './source.js';
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
  /** Base64 SPKI of who sealed the source as a whole; null when nobody did. */
  readonly sealed_by: string | null;
}

/** What a person may ask of a verification. */
export interface VerifyOptions {
  /** The public key that every head must be signed with: base64 SPKI, PEM, or a file with either. */
  readonly publicKey?: string | undefined;
}

/**
 * Checks every log of a source: canonical text, hashes, chain, epochs, schema, signatures, numbers, sums, and every Z
 * against the events of its session.
 *
 * @throws UnusableSource when the key or the source cannot be read at all
 */
export const verifyLogs = async (source: LogSource, options: VerifyOptions): Promise<VerifyReport> => {
  const key = options.publicKey === undefined ? null : givenPublicKey(options.publicKey);
  const found = new ProblemList();
  const terminals: VerifiedBranch[] = [];
  const unjudged_papers: UnjudgedPapers[] = [];
  let events = 0;
  for (const defect of await source.defects()) found.add(defect);
  const archived: ArchivedRange[] = [];
  for (const log of await source.terminals()) {
    if (log.archived) {
      const { to_seq, head_hash, file_name, file_sha256 } = log.archived;
      const { terminal_id } = log;
      archived.push({ terminal_id, epoch: 1, from_seq: 1, to_seq, head_hash, file_name, file_sha256 });
    }
    const verification = new LogVerification(log, key, found);
    terminals.push(...(await verification.run()));
    events += verification.events;
    unjudged_papers.push(...verification.unjudged.all);
  }
  const problems = found.all();
  const unanchored = terminals
    .filter(({ anchored_to_seq, last_seq }) => anchored_to_seq < last_seq)
    .map(({ terminal_id, epoch, first_seq, last_seq, anchored_to_seq }) => ({
      terminal_id,
      epoch,
      from_seq: Math.max(anchored_to_seq + 1, first_seq),
      to_seq: last_seq,
    }));
  const sealed_by = source.sealed_by ?? null;
  const ok = problems.length === 0;
  return { ok, events, terminals, problems, unanchored, archived, unjudged_papers, sealed_by };
};
