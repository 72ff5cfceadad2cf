import {
  addToPerpetual,
  differenceOf,
  type PerpetualTotals,
  recomputablePart,
  type SessionReport,
  type ZReport,
} from '../domain/report.js';
import { canonical } from '../events/envelope.js';
import { type Fault, named, type Said } from './finding.js';

/** Where a recorded Z differs from what its events add up to, in words; see {@link zFaults}. */
export const zDifferences = (z: ZReport, report: SessionReport): readonly string[] =>
  zFaults(z, report).map(({ detail }) => detail);

/**
 * Where a recorded Z differs from what its events add up to: each field with both figures; empty when it does not.
 * @param report what the events of the session add up to
 */
export const zFaults = (z: ZReport, report: SessionReport): readonly Said[] => {
  const recorded: Readonly<Record<string, unknown>> = { ...recomputablePart(z), difference: z.difference };
  const difference = differenceOf(z.counted, report.expected);
  const recomputed: Readonly<Record<string, unknown>> = { ...report, difference };
  const fields = [...new Set([...Object.keys(recomputed), ...Object.keys(recorded)])];
  return fields.flatMap((field) => compare(field, recorded[field], recomputed[field]));
};

/** What a terminal must have reached before it records its next Z. */
export interface BeforeZ {
  readonly z_reports: number;
  readonly perpetual: PerpetualTotals;
  /** Hash of the event before; null when there is none. */
  readonly prev_hash: string | null;
}

/** What is wrong with the parts of a Z that come from what was before its session. */
export const zContinuityFaults = (z: ZReport, before: BeforeZ): readonly Fault[] => {
  const number = z.training ? null : before.z_reports + 1;
  const perpetual = addToPerpetual(before.perpetual, z);
  return [
    ...named('Z_NUMBER_WRONG', compare('z_number', z.z_number, number)),
    ...named('PERPETUAL_WRONG', compare('perpetual', z.perpetual, perpetual)),
    ...named('Z_WRONG', before.prev_hash === null ? [] : compare('prev_hash', z.prev_hash, before.prev_hash)),
  ];
};

const compare = (field: string, recorded: unknown, recomputed: unknown): readonly Said[] => {
  if (recorded === recomputed) return [];
  const [found, expected] = [written(recorded), written(recomputed)];
  if (found === expected) return [];
  return [{ detail: `${field}: the Z says ${found}, expected ${expected}`, expected, found }];
};

const written = (value: unknown): string => (value === undefined ? 'nothing' : canonical(value));
