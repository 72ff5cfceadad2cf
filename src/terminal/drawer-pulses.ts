import { concatMap, from, map, type Observable } from 'rxjs';
import { DeviceFault, type Drawer } from '../hardware/drawer.js';
import type { Clock, Log } from '../ports.js';
import type { Commit } from './recorder.js';

/** A pulse that could not go out for so long, in ms, is dropped: somebody else may stand before the drawer by then. */
const pulseMsMax = 3000;

/**
 * Opens the drawer once for each recorded opening, after its commit and without delaying anything. An opening that the
 * drawer missed is not repeated, least of all after a restart, and none comes late.
 */
export const pulseAfter = (
  commits$: Observable<Commit>,
  drawer: Drawer,
  { clock, log }: { readonly clock: Pick<Clock, 'monotonic'>; readonly log: Log },
): Observable<void> =>
  commits$.pipe(
    // The time counts from the commit, not from when its turn comes.
    map(({ recorded }) => ({ recorded, until: clock.monotonic() + pulseMsMax })),
    concatMap(({ recorded, until }) =>
      from(recorded.flatMap(({ event }) => (event.type === 'DrawerOpened' ? [{ seq: event.seq, until }] : []))),
    ),
    concatMap(async ({ seq, until }) => {
      try {
        await drawer.open(() => clock.monotonic() <= until);
      } catch (cause) {
        if (!(cause instanceof DeviceFault)) throw cause;
        log.warn({ seq }, cause.message);
      }
    }),
  );
