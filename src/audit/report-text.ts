import { formatMinor, isCurrency, type Money } from '../domain/money.js';
import type { Day, DayReport, DaySession, DaySums } from './day.js';
import type { DiffReport, SeqRange } from './diff.js';
import type { ExportReport } from './export.js';
import { meanings, type Problem } from './finding.js';
import type { VerifyReport } from './verify.js';

/** So many problems are written out for a person; the JSON has them all. */
const problemsShownMax = 50;

/** The report of a verification as a person reads it. */
export const verifyText = (report: VerifyReport): string => {
  const { events, terminals, problems, unanchored, parts, clock, sealed_by } = report;
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
  const partLines = parts.map(
    ({ terminal_id, seq, hash }) => `A part: terminal ${terminal_id} goes on from event ${String(seq)}, ${hash}`,
  );
  const count = problems.length === 1 ? '1 problem' : `${String(problems.length)} problems`;
  const verdict = `${String(events)} events, ${problems.length === 0 ? 'no problem found' : count}.`;
  const seal = sealed_by === null ? [] : [`Sealed with the key ${sealed_by}`];
  const remarks = clock.length === 0 ? [] : ['Nothing is wrong with these, the order is that of the log:'];
  return lines([
    ...[...logs, ...partLines, ...seal, ...remarks, ...problemLines(clock)],
    ...[...problemLines(problems), ...meaningLines(problems), verdict],
  ]);
};

/** What each code that was found means, in a sentence. */
const meaningLines = (problems: readonly Problem[]): readonly string[] =>
  [...new Set(problems.map(({ code }) => code))].map((code) => `${code} means: ${meanings[code]}`);

/** The report of the days as a person reads it: in full for one date, a line a day for more. */
export const dayText = ({ days, totals_by_currency, findings }: DayReport): string => {
  if (days.length === 0) return lines(['No session found.', ...problemLines(findings)]);
  const inFull = new Set(days.map(({ business_date }) => business_date)).size === 1;
  const body = inFull ? days.flatMap(fullDay) : days.map(dayLine);
  const totals =
    days.length === 1
      ? []
      : totals_by_currency.flatMap((sums) => [
          '',
          `Total${sums.currency ? ` in ${sums.currency}` : ''}`,
          ...sumLines(sums),
        ]);
  return lines([...body, ...totals, ...(findings.length > 0 ? ['', ...problemLines(findings)] : [])]);
};

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
    sealed_by === null ? 'Not sealed: only its heads are signed.' : `Sealed with the key ${sealed_by}`,
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

/** Lines for a person. What a log holds may be meant for the screen that shows it: no control character gets there. */
export const lines = (texts: readonly string[]): string =>
  texts.map((text) => `${text.replace(/\p{Cc}/gu, '\uFFFD')}\n`).join('');

/** The first problems, one a line, and how many more there are. */
export const problemLines = (problems: readonly Problem[]): readonly string[] => {
  const shown = problems.slice(0, problemsShownMax).map(({ seq, local_id, code, detail }) => {
    const where = [seq === null ? '' : `seq ${String(seq)} `, local_id === null ? '' : `${local_id} `].join('');
    return `${code} ${where}${detail}`;
  });
  const left = problems.length - shown.length;
  return left > 0 ? [...shown, `… and ${String(left)} more: --json lists them all`] : shown;
};

/** An amount in the decimals of its currency; in minor units where that is unknown. */
export const amount = (minor: number, currency: string | null): string =>
  currency !== null && isCurrency(currency)
    ? `${formatMinor(minor, currency)} ${currency}`
    : `${String(minor)} minor units`;

const fullDay = ({ terminal_id, business_date, sessions }: Day): readonly string[] => [
  `${business_date}  terminal ${terminal_id}`,
  ...sessions.flatMap((session) => [
    '',
    sessionTitle(session),
    ...sumLines(session),
    ...ticketLines(session),
    ...zLine(session),
  ]),
];

const sessionTitle = ({ session_id, training, z_number, counted }: DaySession): string => {
  const state = counted === null ? 'open' : z_number === null ? 'closed' : `Z ${String(z_number)}`;
  return `Session ${session_id}  ${state}${training ? '  training, counts nowhere' : ''}`;
};

/** A figure beside what it is. */
export const row = (label: string, value: string): string => `  ${label.padEnd(28)} ${value.padStart(20)}`;

const sumLines = (sums: DaySums): readonly string[] => {
  const { currency } = sums;
  const money = (label: string, minor: number): string => row(label, amount(minor, currency));
  return [
    row('Sales', String(sums.sales_count)),
    row('Refunds', String(sums.refunds_count)),
    money('Gross', sums.gross_minor),
    money('Refunded', sums.refunds_minor),
    money('Voided', sums.voids_minor),
    money(`Lines voided × ${String(sums.line_voids_count)}`, sums.line_voids_minor),
    money(`Tickets discarded × ${String(sums.tickets_discarded_count)}`, sums.tickets_discarded_minor),
    money('Turnover', sums.turnover_minor),
    ...sums.taxes.map(({ tax_code, rate_ppm, tax_minor }) => money(`Tax ${tax_code} ${percent(rate_ppm)}`, tax_minor)),
    money('Tax', sums.tax_minor),
    ...sums.tenders.map((tender) =>
      row(`Paid by ${tender.method} × ${String(tender.count)}`, amount(tender.amount_minor, tender.currency)),
    ),
    ...sums.drawer_opens.map(({ reason, count }) => row(`Drawer opened: ${reason}`, String(count))),
    ...sums.expected.flatMap((expected) => drawerLines(expected, sums)),
  ];
};

const percent = (rate_ppm: number): string => {
  const digits = String(rate_ppm).padStart(5, '0');
  return `${digits.slice(0, -4)}.${digits.slice(-4)}`.replace(/\.?0+$/u, '') + ' %';
};

const drawerLines = ({ currency, amount_minor }: Money, { counted, difference }: DaySums): readonly string[] => {
  const of = (amounts: readonly Money[] | null): number | undefined =>
    amounts?.find((money) => money.currency === currency)?.amount_minor;
  const line = (label: string, minor: number | undefined): readonly string[] =>
    minor === undefined ? [] : [row(`Drawer ${label}`, amount(minor, currency))];
  return [...line('expected', amount_minor), ...line('counted', of(counted)), ...line('difference', of(difference))];
};

const ticketLines = ({ open_tickets, currency }: DaySession): readonly string[] =>
  (open_tickets ?? []).map(({ ticket_id, label, gross_minor }) =>
    row(`Left open: ${label === '' ? ticket_id.slice(0, 8) : label}`, amount(gross_minor, currency)),
  );

const zLine = ({ matches_recorded_z }: DaySession): readonly string[] => {
  if (matches_recorded_z === null) return [row('Recorded Z', 'none yet')];
  return [row('Recorded Z', matches_recorded_z ? 'equals its events' : 'DIFFERS')];
};

const dayLine = ({ terminal_id, business_date, sessions }: Day): string => {
  const trade = sessions.filter(({ training }) => !training);
  const count = trade.reduce((sum, session) => sum + session.sales_count, 0);
  const currency = trade[0]?.currency ?? null;
  const turnover = trade.reduce((sum, session) => sum + session.turnover_minor, 0);
  const numbers = trade.map(({ z_number }) => (z_number === null ? 'open' : `Z ${String(z_number)}`)).join(', ');
  const differs = sessions.some(({ matches_recorded_z }) => matches_recorded_z === false) ? '  Z DIFFERS' : '';
  const sales = `${String(count).padStart(6)} sales`;
  return `${business_date}  ${terminal_id.slice(0, 8)}  ${sales} ${amount(turnover, currency).padStart(18)}  ${numbers}${differs}`;
};
