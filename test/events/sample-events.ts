import { type Envelope, noHash, seal, type SealedEvent } from '../../src/events/envelope.js';
import type { Draft } from '../../src/events/log.js';

/** The same UUID for the same number. */
export const uuid = (number: number): string => `10000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

const meta = {
  tenant_id: null,
  store_id: null,
  terminal_id: uuid(999),
  epoch: 1,
  session_id: null,
  business_date: null,
  occurred_at: '2026-03-01T08:00:00.000Z',
  utc_offset_minutes: 120,
  staff_id: null,
  approved_by: null,
  catalog_version: 0,
} as const;

/** A drawer that was opened for nothing else. */
export const look = { reason: 'look', cause_local_id: null, staff_name: null, approver_name: null, paper: null };

/** The first event of a log, or what a spec makes of it. */
export const envelopeOf = (change: Partial<Envelope> = {}): Envelope => ({
  ...meta,
  local_id: uuid(change.seq ?? 1),
  seq: 1,
  type: 'DrawerOpened',
  version: 1,
  data: look,
  prev_hash: noHash,
  ...change,
});

/** A chain of so many events. */
export const chainOf = (count: number): readonly SealedEvent[] => {
  const events: SealedEvent[] = [];
  for (let seq = 1; seq <= count; seq += 1) {
    events.push(seal(envelopeOf({ seq, prev_hash: events.at(-1)?.hash ?? noHash })));
  }
  return events;
};

/** An event that is about to be recorded. */
export const draftOf = (number: number, reason = 'look'): Draft => ({
  ...meta,
  local_id: uuid(number),
  type: 'DrawerOpened',
  data: { ...look, reason },
});
