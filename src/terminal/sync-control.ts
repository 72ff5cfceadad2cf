import type { SyncStatus } from '../outbox/relay.js';

/** What the terminal's server may ask the relay for. A class, so that Nest can hand it out by its name. */
export abstract class SyncControl {
  /** How the terminal stands with central, as of the last acknowledgement. */
  abstract status(): SyncStatus;
  /** Makes a whole exchange with central now. Never rejects because central did not answer. */
  abstract syncNow(): Promise<SyncStatus>;
}
