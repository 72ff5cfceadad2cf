import type { Clock } from '../ports.js';
import type { PrintJob, PrintPlace } from './print-queue.js';
import type { DrawerPulse } from './pulse-journal.js';
import type { Recorder } from './recorder.js';

/** So many of each are listed at once. */
const listedMax = 100;

/** What printer and drawer of a terminal owe, for a person. */
export class OpenPapers {
  /** @param clock says when somebody settled one */
  constructor(
    private readonly recorder: Recorder,
    private readonly clock: Pick<Clock, 'wall'>,
  ) {}

  /** The papers that are not on paper for sure, and the openings of which the drawer may be shut; the newest first. */
  list(): { readonly jobs: readonly PrintJob[]; readonly drawer: readonly DrawerPulse[] } {
    const { prints, pulses } = this.recorder;
    return { jobs: prints.open(listedMax), drawer: pulses.open(listedMax) };
  }

  /**
   * Takes a doubtful paper off the list; see {@link PrintQueue.settle}.
   * @returns where it is after that; undefined when there is none
   * @throws DiskFull, CommitUnknown
   */
  settle(place: PrintPlace, staff_id: string): PrintJob | undefined {
    let job: PrintJob | undefined;
    this.recorder.writeAside(() => {
      job = this.recorder.prints.settle(place, staff_id, new Date(this.clock.wall()).toISOString());
    });
    return job;
  }
}
