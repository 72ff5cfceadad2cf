import { concatMap, from, fromEvent, map, type Observable, takeUntil } from 'rxjs';
import { errorCode, isDiskFull } from '../events/error-code.js';
import { type Drawer, PrintFault } from '../hardware/printer.js';
import type { Clock, Log } from '../ports.js';
import type { PulseState } from './pulse-journal.js';
import type { Recorder } from './recorder.js';

/** What opens the drawer. */
export interface Pulsing {
  readonly recorder: Pick<Recorder, 'commits$' | 'pulses'>;
  readonly drawer: Drawer;
  readonly clock: Pick<Clock, 'monotonic' | 'wall'>;
  readonly log: Log;
  /** Aborted when the till stops: what was recorded before still opens the drawer. */
  readonly stopping: AbortSignal;
}

/** A pulse that could not go out for so long, in ms, is dropped: somebody else may stand before the drawer by then. */
const pulseMsMax = 3000;

/**
 * Opens the drawer once for each recorded opening, after its commit and without delaying anything. An opening that the
 * drawer missed is not repeated, least of all after a restart, and none comes late.
 */
export const pulseAfter = (pulsing: Pulsing): Observable<void> =>
  pulsing.recorder.commits$.pipe(
    takeUntil(fromEvent(pulsing.stopping, 'abort')),
    // The time counts from the commit, not from when its turn comes.
    map(({ recorded }) => ({ recorded, until: pulsing.clock.monotonic() + pulseMsMax })),
    concatMap(({ recorded, until }) =>
      from(recorded.flatMap(({ event }) => (event.type === 'DrawerOpened' ? [{ seq: event.seq, until }] : []))),
    ),
    concatMap((opening) => pulse(opening, pulsing)),
  );

const pulse = async (
  { seq, until }: { readonly seq: number; readonly until: number },
  { recorder, drawer, clock, log }: Pulsing,
): Promise<void> => {
  const mark = (state: PulseState, problem: string | null): void => {
    try {
      recorder.pulses.mark(seq, state, new Date(clock.wall()).toISOString(), problem);
    } catch (cause) {
      if (!isDiskFull(cause) && !errorCode(cause).startsWith('SQLITE_BUSY')) throw cause;
      log.warn({ seq }, 'The disk is full or the database is busy: it is not noted whether the drawer opened.');
    }
  };
  try {
    await drawer.open(() => clock.monotonic() <= until);
    mark('sent', null);
  } catch (cause) {
    if (!(cause instanceof PrintFault)) throw cause;
    log.warn({ seq }, cause.message);
    mark(cause.made === 'unknown' ? 'unknown' : 'missed', cause.message);
  }
};
