import { concatMap, from, type Observable } from 'rxjs';
import { DeviceFault, type Drawer } from '../hardware/drawer.js';
import type { Log } from '../ports.js';
import type { Commit } from './recorder.js';

/**
 * Opens the drawer once for each recorded opening, after its commit and without delaying anything. An opening that the
 * drawer missed is not repeated, least of all after a restart: somebody else may stand before it.
 */
export const pulseAfter = (commits$: Observable<Commit>, drawer: Drawer, log: Log): Observable<void> =>
  commits$.pipe(
    concatMap(({ recorded }) => from(recorded.filter(({ event }) => event.type === 'DrawerOpened'))),
    concatMap(async ({ event }) => {
      try {
        await drawer.open();
      } catch (cause) {
        if (!(cause instanceof DeviceFault)) throw cause;
        log.warn({ seq: event.seq }, cause.message);
      }
    }),
  );
