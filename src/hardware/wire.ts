/** An open way to a printer, for one job. A method rejects when the device or the way to it fails. */
export interface Wire {
  /** Resolves when the system or the device has taken all of it. */
  write(bytes: Uint8Array): Promise<void>;
  /** The next byte that the printer says; undefined when it says none for `ms`. */
  read(ms: number): Promise<number | undefined>;
  /** Ends it after everything that was written has gone out. */
  close(): Promise<void>;
  /** Ends it now, whatever is under way. Never throws. */
  destroy(): void;
}

/** Where a printer is. */
export interface WirePlace {
  /** As it is written in the settings. */
  readonly name: string;
  /** Whether a printer there can say anything at all. */
  readonly hears: boolean;
  /** How many bytes a second pass at least; a fast line when left out. */
  readonly bytesPerSecond?: number;
  /**
   * Reaches it, within `ms`.
   * @throws PrintFault with a hint
   */
  open(ms: number): Promise<Wire>;
}
