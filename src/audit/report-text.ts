import type { CertificateReport } from './certificate-check.js';
import type { DiffReport, SeqRange } from './diff.js';
import type { ExportReport } from './export.js';
import { harmless } from './figures.js';
import { meanings, type Problem } from './finding.js';
import type { VerifyReport } from './verify.js';

/** So many problems are written out for a person; the JSON has them all. */
const problemsShownMax = 50;

/** The report of a verification as a person reads it. */
export const verifyText = (report: VerifyReport): string => {
  const { events, terminals, problems, unanchored, archived, parts, clock, unjudged_papers, sealed_by } = report;
  const moved = archived.flatMap(({ terminal_id, to_seq, head_hash, file_name, file_sha256 }) => [
    `Terminal ${terminal_id}: events 1 to ${String(to_seq)} are archived in ${file_name}; verify that file, too`,
    `  head ${head_hash}`,
    `  file ${file_sha256}`,
  ]);
  const logs = terminals.flatMap(({ terminal_id, epoch, first_seq, last_seq, head_hash, anchored_to_seq }) => [
    `Terminal ${terminal_id}, epoch ${String(epoch)}: events ${String(first_seq)} to ${String(last_seq)}`,
    `  head ${head_hash}`,
    `  ${anchored_to_seq === 0 ? 'nothing vouches for any event' : `anchored to event ${String(anchored_to_seq)}`}`,
    ...unanchored
      .filter((range) => range.terminal_id === terminal_id && range.epoch === epoch && range.to_seq === last_seq)
      .map(
        ({ from_seq, to_seq }) =>
          `  not anchored yet: events ${String(from_seq)} to ${String(to_seq)} (no signed head or acknowledgement after them)`,
      ),
  ]);
  const papers = unjudged_papers.map(
    ({ terminal_id, renderer, papers: count, first_seq, last_seq }) =>
      `Terminal ${terminal_id}: papers of events ${first_seq} to ${last_seq} (${count}) were made by version ` +
      `${renderer} of the renderer, which this program does not know: not judged`,
  );
  const partLines = parts.map(
    ({ terminal_id, seq, hash }) => `A part: terminal ${terminal_id} goes on from event ${String(seq)}, ${hash}`,
  );
  const count = problems.length === 1 ? '1 problem' : `${String(problems.length)} problems`;
  const verdict = `${String(events)} events, ${problems.length === 0 ? 'no problem found' : count}.`;
  const seal = sealed_by === null ? [] : [`Sealed with the key ${sealed_by} (--sealed-by compares it)`];
  const remarks = clock.length === 0 ? [] : ['Nothing is wrong with these, the order is that of the log:'];
  return lines([
    ...[...moved, ...logs, ...partLines, ...papers, ...seal, ...remarks, ...problemLines(clock)],
    ...[...problemLines(problems), ...meaningLines(problems), verdict],
  ]);
};

/** What each code that was found means, in a sentence. */
const meaningLines = (problems: readonly Problem[]): readonly string[] =>
  [...new Set(problems.map(({ code }) => code))].map((code) => `${code} means: ${meanings[code]}`);

/** What was exported, as a person reads it. */
export const exportText = ({ file, events, terminals, manifest_sha256, sealed_by }: ExportReport): string =>
  lines([
    ...terminals.flatMap(({ terminal_id, epochs }) =>
      epochs.map(
        (one) => `Terminal ${terminal_id}, ${rangeText({ ...one, from_seq: one.first_seq, to_seq: one.last_seq })}`,
      ),
    ),
    `${String(events)} events in ${file}`,
    `Manifest ${manifest_sha256}`,
    sealed_by === null
      ? `Not sealed: only its heads are signed.${severalCompanies(terminals)}`
      : `Sealed with the key ${sealed_by}`,
  ]);

const severalCompanies = (terminals: ExportReport['terminals']): string =>
  new Set(terminals.map(({ tenant_id }) => tenant_id)).size > 1
    ? ' It holds several companies, each of which seals its own: name one with --tenant.'
    : '';

/** How a certificate and a source agree, as a person reads it. */
export const certificateReportText = ({
  ok,
  certificate,
  signed_by,
  is_key_given,
  problems,
}: CertificateReport): string =>
  lines([
    `Terminal ${certificate.terminal_id}, business date ${certificate.business_date}, certified ${certificate.issued_at}`,
    ...certificate.stretches.map(
      ({ epoch, first_seq, last_seq, head_hash }) =>
        `  ${rangeText({ epoch, from_seq: first_seq, to_seq: last_seq })}: head ${head_hash}`,
    ),
    ...certificate.sessions.map(
      ({ session_id, z_number }) =>
        `  session ${session_id}: ${z_number === null ? 'training' : `Z ${String(z_number)}`}`,
    ),
    ...certificate.refused.map(
      ({ epoch, seq, code }) => `  ${rangeText({ epoch, from_seq: seq, to_seq: seq })}: refused by central (${code})`,
    ),
    ...certificate.disputed.map(
      ({ epoch, seq, hash }) => `  ${rangeText({ epoch, from_seq: seq, to_seq: seq })}: disputed by ${hash}`,
    ),
    `Signed with the key ${signed_by}${is_key_given === null ? ': compare it with one that you got elsewhere' : ''}`,
    ...problems.map(({ epoch, from_seq, to_seq, code, detail }) => {
      const at = epoch === null || from_seq === null || to_seq === null ? '' : rangeText({ epoch, from_seq, to_seq });
      return `${code} ${at}${at === '' ? '' : ': '}${detail}`;
    }),
    `${String(certificate.events_count)} events, ${ok ? 'all there and unchanged.' : 'NOT as certified.'}`,
  ]);

/** How two sources differ, as a person reads it. */
export const diffText = ({ same, events, terminals }: DiffReport, name: string, otherName: string): string =>
  lines([
    ...terminals.flatMap(({ terminal_id, only_in_source, only_in_other, different, different_count }) => [
      ...only_in_source.map((range) => `Terminal ${terminal_id}, ${rangeText(range)}: not in ${otherName}`),
      ...only_in_other.map((range) => `Terminal ${terminal_id}, ${rangeText(range)}: not in ${name}`),
      ...different.map(
        ({ epoch, seq, disputed }) =>
          `Terminal ${terminal_id}, epoch ${String(epoch)}, event ${String(seq)}: another event in ${otherName}` +
          (disputed ? ', which keeps this one as disputed' : ''),
      ),
      ...(different_count > different.length ? [`… and ${String(different_count - different.length)} more`] : []),
    ]),
    same ? `The same ${String(events)} events.` : 'They differ.',
  ]);

const rangeText = ({ epoch, from_seq, to_seq }: SeqRange): string =>
  `epoch ${String(epoch)}, event${from_seq === to_seq ? ` ${String(from_seq)}` : `s ${String(from_seq)} to ${String(to_seq)}`}`;

/** Lines for a person. No control character of the log gets to the screen. */
export const lines = (texts: readonly string[]): string => texts.map((text) => `${harmless(text)}\n`).join('');

/** The first problems, one a line, and how many more there are. */
export const problemLines = (problems: readonly Problem[]): readonly string[] => {
  const shown = problems.slice(0, problemsShownMax).map(({ seq, local_id, code, detail }) => {
    const where = [seq === null ? '' : `seq ${String(seq)} `, local_id === null ? '' : `${local_id} `].join('');
    return `${code} ${where}${detail}`;
  });
  const left = problems.length - shown.length;
  return left > 0 ? [...shown, `… and ${String(left)} more: --json lists them all`] : shown;
};

/** A figure beside what it is. */
export const row = (label: string, value: string): string => `  ${label.padEnd(28)} ${value.padStart(20)}`;
