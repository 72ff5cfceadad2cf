import { invariant } from '../../domain/refusal.js';
import type { Recorded } from '../../events/log.js';

/** Where a command that has nothing else to say was recorded. */
export interface EventAnswer {
  readonly local_id: string;
  readonly seq: number;
  readonly hash: string;
}

/** The answer that names the first event of a command. */
export const eventAnswer = ([first]: readonly Recorded[]): EventAnswer => {
  invariant(first !== undefined, 'the command records an event');
  return { local_id: first.event.local_id, seq: first.event.seq, hash: first.hash };
};
