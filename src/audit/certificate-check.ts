import { readFileSync, statSync } from 'node:fs';
import { errorCode } from '../events/error-code.js';
import {
  type Certificate,
  type CertifiedStretch,
  isCertificateSigned,
  readCertificate,
  type SignedCertificate,
} from '../events/certificate.js';
import { readText, UnreadableEvent } from '../events/envelope.js';
import { type StretchCode, StretchWalk } from '../events/stretch.js';
import { givenPublicKey } from './public-key.js';
import { type LogSource, terminalIn, type TerminalLog, UnusableSource } from './source.js';

/**
 * What speaks against a certificate besides what a stretch may lack:
 * - SIGNATURE_WRONG: it was changed after it was signed, or signed with another key than the one that was given.
 * - KEY_WRONG: the source knows another key of the terminal.
 * - HASH_WRONG: the stretch in the source begins after or ends with another event.
 * - SESSION_WRONG: a session did not end there, or with another Z.
 * - REFUSED_WRONG: a refused event is not the one that the certificate names.
 */
export type CertificateCode =
  StretchCode | 'SIGNATURE_WRONG' | 'KEY_WRONG' | 'HASH_WRONG' | 'SESSION_WRONG' | 'REFUSED_WRONG';

/** One thing that speaks against a certificate, at the positions it concerns. */
export interface CertificateProblem {
  /** Null where it concerns no position. */
  readonly epoch: number | null;
  readonly from_seq: number | null;
  readonly to_seq: number | null;
  readonly code: CertificateCode;
  readonly detail: string;
}

/** What a check of a certificate against a source found. */
export interface CertificateReport {
  readonly ok: boolean;
  readonly certificate: Certificate;
  /** Base64 SPKI of who signed it. */
  readonly signed_by: string;
  /** Whether that is the key that the auditor gave; null when none was given. */
  readonly is_key_given: boolean | null;
  readonly problems: readonly CertificateProblem[];
}

/** A certificate is at most so large. */
const certificateBytesMax = 64 * 1024 * 1024;

/**
 * Reads a certificate from a file.
 * @throws UnusableSource when it is none
 */
export const certificateIn = (file: string): SignedCertificate => {
  const signed = readCertificate(smallText(file));
  if (signed) return signed;
  throw new UnusableSource(`${file} is no certificate of central: get it again, as central made it.`);
};

const smallText = (file: string): string => {
  try {
    if (statSync(file).size <= certificateBytesMax) return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UnusableSource(`${file} cannot be read (${errorCode(cause)}).`, { cause });
  }
  throw new UnusableSource(`${file} is too large for a certificate.`);
};

/**
 * Checks a certificate against a source that central need not be: every event that it counts is there, unchanged, and
 * nothing else is in between.
 *
 * @param key the public key that an auditor got from the company by another way
 * @throws UnusableSource when the source does not have the terminal, or the key is none
 */
export const checkCertificate = async (
  source: LogSource,
  signed: SignedCertificate,
  key?: string,
): Promise<CertificateReport> => {
  const given = key === undefined ? null : givenPublicKey(key);
  const { certificate, public_key: signed_by } = signed;
  const log = await terminalIn(source, certificate.terminal_id);
  const reading = new CertifiedReading(certificate);
  for await (const rows of log.rows()) for (const row of rows) reading.take(row);
  const problems = [...sealProblems(signed, given), ...keyProblems(certificate, log), ...reading.problems()];
  const is_key_given = given === null ? null : given === signed_by;
  return { ok: problems.length === 0, certificate, signed_by, is_key_given, problems };
};

const whole = (code: CertificateCode, detail: string): CertificateProblem => ({
  ...{ epoch: null, from_seq: null, to_seq: null },
  ...{ code, detail },
});

const sealProblems = (signed: SignedCertificate, given: string | null): readonly CertificateProblem[] => [
  ...(isCertificateSigned(signed) ? [] : [whole('SIGNATURE_WRONG', 'it is not what was signed')]),
  ...(given === null || given === signed.public_key
    ? []
    : [whole('SIGNATURE_WRONG', `it is signed with ${signed.public_key}, which is not the key that was given`)]),
];

const keyProblems = (
  { terminal_public_key }: Certificate,
  { public_key }: TerminalLog,
): readonly CertificateProblem[] =>
  public_key === null || public_key === terminal_public_key
    ? []
    : [whole('KEY_WRONG', `the certificate is about a terminal with another key than ${public_key}`)];

type Row = Parameters<StretchWalk['take']>[0];

/** Follows the stretches of a certificate through a log. */
class CertifiedReading {
  private readonly walks: ReadonlyMap<number, { readonly stretch: CertifiedStretch; readonly walk: StretchWalk }>;
  private readonly closed = new Map<string, number | null>();
  private readonly refused: ReadonlyMap<string, readonly string[]>;
  private readonly found: CertificateProblem[] = [];

  constructor(private readonly certificate: Certificate) {
    const { terminal_id, stretches } = certificate;
    this.walks = new Map(
      stretches.map((stretch) => {
        const walk = new StretchWalk({ terminal_id, epoch: stretch.epoch, seq: stretch.first_seq });
        return [stretch.epoch, { stretch, walk }];
      }),
    );
    const refused = new Map<string, string[]>();
    for (const { epoch, seq, hash } of certificate.refused) {
      const place = placeOf({ epoch, seq });
      refused.set(place, [...(refused.get(place) ?? []), hash]);
    }
    this.refused = refused;
  }

  take(row: Row): void {
    const { stretch, walk } = this.walks.get(row.epoch) ?? {};
    if (!stretch || !walk || row.seq < stretch.first_seq || row.seq > stretch.last_seq) return;
    walk.take(row);
    const hashes = this.refused.get(placeOf(row));
    if (hashes && !hashes.includes(row.hash)) {
      const at = { epoch: row.epoch, from_seq: row.seq, to_seq: row.seq };
      this.found.push({ ...at, code: 'REFUSED_WRONG', detail: 'central refused another event at this position' });
    }
    const event = eventOf(row.event);
    if (event?.type === 'SessionClosed') this.closed.set(placeOf(row), event.data.z_report.z_number);
  }

  problems(): readonly CertificateProblem[] {
    for (const { stretch, walk } of this.walks.values()) this.endOf(stretch, walk);
    for (const { session_id, z_number, closed } of this.certificate.sessions) {
      if (this.closed.get(placeOf(closed)) === z_number) continue;
      const at = { epoch: closed.epoch, from_seq: closed.seq, to_seq: closed.seq };
      const name = z_number === null ? 'without a Z number' : `with Z ${String(z_number)}`;
      this.found.push({ ...at, code: 'SESSION_WRONG', detail: `session ${session_id} does not end here ${name}` });
    }
    return this.found;
  }

  private endOf({ epoch, first_seq, last_seq, prev_hash, head_hash }: CertifiedStretch, walk: StretchWalk): void {
    this.found.push(...walk.end(last_seq));
    if (walk.prev_hash !== null && walk.prev_hash !== prev_hash) {
      const detail = `the stretch follows ${walk.prev_hash}, certified is ${prev_hash}`;
      this.found.push({ epoch, from_seq: first_seq, to_seq: first_seq, code: 'HASH_WRONG', detail });
    }
    if (walk.head_hash !== null && walk.head_hash !== head_hash) {
      const detail = `the stretch ends with ${walk.head_hash}, certified is ${head_hash}`;
      this.found.push({ epoch, from_seq: last_seq, to_seq: last_seq, code: 'HASH_WRONG', detail });
    }
  }
}

const placeOf = ({ epoch, seq }: Pick<Row, 'epoch' | 'seq'>): string => `${String(epoch)}/${String(seq)}`;

const eventOf = (text: string) => {
  try {
    return readText(text);
  } catch (cause) {
    if (cause instanceof UnreadableEvent) return undefined;
    throw cause;
  }
};
