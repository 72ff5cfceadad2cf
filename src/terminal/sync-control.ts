import type { SyncStatus } from '../outbox/relay.js';

/** What the terminal's server may ask the relay for. */
export interface SyncControl {
  /** How the terminal stands with central, as of the last acknowledgement. */
  status(): SyncStatus;
  /** Makes a whole exchange with central now. Never rejects because central did not answer. */
  syncNow(): Promise<SyncStatus>;
}

/** Where Nest finds the {@link SyncControl}. */
export const syncControl = Symbol('SyncControl');
