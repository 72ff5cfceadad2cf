import type { Decided, EventData } from './event.js';
import { approverOf, type Authority } from './permission.js';
import { Refusal } from './refusal.js';

/** What people decided about an event that central refused. */
export type Settlement = EventData['RejectionSettled'];

/** What the terminal knows of the refused event and of the one that replaces it. */
export interface KnownRejection {
  /** Whether central refused it and did not accept it since. */
  readonly isParked: boolean;
  /** Null while nobody settled it. */
  readonly settlement: Settlement | null;
  /** Whether the event that replaces it is in this log; true when none is named. */
  readonly isReplacementKnown: boolean;
}

/**
 * Settles a refusal. Settling it again with the same words changes nothing.
 * @throws Refusal APPROVAL_REQUIRED, REASON_MISSING, REJECTION_UNKNOWN, REJECTION_SETTLED, REPLACEMENT_UNKNOWN
 */
export const settleRejection = (
  asked: Settlement,
  { isParked, settlement, isReplacementKnown }: KnownRejection,
  authority: Authority,
): readonly Decided[] => {
  const approved_by = approverOf('settle_rejection', authority);
  const { rejected_local_id, replaced_by } = asked;
  const resolution = asked.resolution.trim();
  if (resolution === '') throw new Refusal('REASON_MISSING', 'Say how it was settled: that is recorded with it.');
  if (settlement) {
    if (settlement.resolution === resolution && settlement.replaced_by === replaced_by) return [];
    throw new Refusal(
      'REJECTION_SETTLED',
      `It was settled already: “${settlement.resolution}”. That stands; nothing was recorded.`,
    );
  }
  if (!isParked) {
    throw new Refusal(
      'REJECTION_UNKNOWN',
      'Central does not refuse such an event of this till: it may be accepted by now. Nothing was recorded.',
    );
  }
  if (!isReplacementKnown || replaced_by === rejected_local_id) {
    throw new Refusal(
      'REPLACEMENT_UNKNOWN',
      'What replaces it must be another event of this till. Nothing was recorded.',
    );
  }
  return [{ type: 'RejectionSettled', data: { rejected_local_id, resolution, replaced_by }, approved_by }];
};
