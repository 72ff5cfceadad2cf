import type { DoctorReport } from './doctor.js';
import type { Health } from './doctor-finding.js';

const words: Readonly<Record<Health, string>> = { ok: 'ok', warning: 'warning', problem: 'PROBLEM' };

/** The report as a person reads it: for each part what is so, what it means for the money, and what to do. */
export const doctorText = (report: DoctorReport): string => {
  const { data_dir, terminal_id, till_running, checks } = report;
  const findings = checks.flatMap((check) => check.findings.map((one) => ({ ...one, part: check.check })));
  const rows = findings.flatMap(({ part, health, code, detail, money, advice }) => [
    `${words[health].padEnd(7)}  ${part.padEnd(8)}  ${detail}${health === 'ok' ? '' : ` [${code}]`}`,
    ...(health === 'ok' && advice === null ? [] : [below('Money', money)]),
    ...(advice === null ? [] : [below('To do', advice)]),
  ]);
  const count = (health: Health): number => findings.filter((one) => one.health === health).length;
  const running = till_running ? 'a till runs on it now and was not disturbed' : 'no till runs on it now';
  return [
    `Terminal ${terminal_id ?? 'unknown'} in ${data_dir}: ${running}.`,
    '',
    ...rows,
    '',
    `Printers on USB: ${report.usb_problem ?? (report.usb_printers.join(', ') || 'none is plugged in')}`,
    `${numbered(count('problem'), 'problem')}, ${numbered(count('warning'), 'warning')}.`,
    '',
  ].join('\n');
};

const below = (word: string, text: string): string => `${' '.repeat(19)}${word}: ${text}`;

const numbered = (count: number, what: string): string =>
  `${count === 0 ? 'no' : String(count)} ${what}${count === 1 ? '' : 's'}`;
