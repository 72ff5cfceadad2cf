import { recomputablePart, type SessionReport } from '../domain/report.js';
import { canonical } from '../events/envelope.js';
import type { SessionRow } from '../projections/sessions.js';

/** One figure in which the Z that a terminal recorded differs from what its events add up to. */
export interface Deviation {
  readonly field: keyof SessionReport;
  /** In the recorded Z. */
  readonly recorded: unknown;
  /** What central's own sum of the events says. */
  readonly recomputed: unknown;
  /** recorded − recomputed, for a figure that is one number. */
  readonly difference: number | null;
}

/** A session's Z beside central's own sum of its events. */
export interface Reconciliation {
  /** Null while the session is open: there is no Z to compare. */
  readonly reconciled: boolean | null;
  /** Recorded − recomputed turnover, in minor units; 0 while the session is open. */
  readonly difference_minor: number;
  /** Every figure that differs, to the cent; empty when reconciled. */
  readonly deviations: readonly Deviation[];
}

/** Compares the Z that the terminal recorded with what the events that central holds add up to. */
export const reconcile = ({ report, z_report }: SessionRow): Reconciliation => {
  if (!z_report) return { reconciled: null, difference_minor: 0, deviations: [] };
  const recorded = recomputablePart(z_report);
  const fields = Object.keys({ ...report, ...recorded }) as (keyof SessionReport)[];
  const deviations = fields
    .filter((field) => canonical(recorded[field]) !== canonical(report[field]))
    .map((field) => deviationOf(field, recorded[field], report[field]));
  const difference_minor = recorded.turnover_minor - report.turnover_minor;
  return { reconciled: deviations.length === 0, difference_minor, deviations };
};

const deviationOf = (field: keyof SessionReport, recorded: unknown, recomputed: unknown): Deviation => {
  const areNumbers = typeof recorded === 'number' && typeof recomputed === 'number';
  return { field, recorded, recomputed, difference: areNumbers ? recorded - recomputed : null };
};
