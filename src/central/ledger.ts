import type { Head } from '../domain/event.js';

/** Where something that was sent is kept. A refused one without a place is `unplaced`. */
export type Keeping = 'event' | 'fork' | 'refused';

/** One thing that central keeps of a terminal's log, as far as a later verdict depends on it. */
export interface Kept {
  readonly keeping: Keeping;
  readonly local_id: string | null;
  /** Null while it is not certain. */
  readonly epoch: number | null;
  readonly seq: number | null;
  /** As the terminal declares it; for an event and a fork it is right. */
  readonly hash: string;
  /** Of the text that came; differs from `hash` for a damaged one. */
  readonly text_hash: string;
  /** What was answered for it; null unless it was accepted. */
  readonly remote_id: string | null;
  /** An event that no read model counts yet. */
  readonly unprojected: boolean;
}

/** Where an epoch begins, and the event that it goes on from. */
export interface EpochStart {
  readonly epoch: number;
  readonly seq: number;
  readonly hash: string;
  readonly previous: Head;
}

const place = (epoch: number, seq: number): string => `${String(epoch)}/${String(seq)}`;

/**
 * What central keeps around the positions that a batch touches: loaded from the database at the start of the batch,
 * carried on in memory while its events are judged one after another.
 */
export class Ledger {
  private readonly byPlace = new Map<string, Kept[]>();
  private readonly byLocalId = new Map<string, Kept>();
  private readonly forksByHash = new Map<string, Kept>();
  private readonly refusedByHash = new Map<string, Kept>();
  private readonly starts = new Map<number, EpochStart>();

  /**
   * @param enrolledSeq position of the terminal's first TerminalEnrolled; null when none came yet
   */
  constructor(
    kept: Iterable<Kept>,
    starts: Iterable<EpochStart>,
    public enrolledSeq: number | null,
  ) {
    for (const one of kept) this.add(one);
    for (const start of starts) this.starts.set(start.epoch, start);
  }

  /** Takes something in. */
  add(kept: Kept): void {
    const { epoch, seq, keeping } = kept;
    if (keeping === 'event' && kept.local_id !== null) this.byLocalId.set(kept.local_id, kept);
    if (keeping === 'fork') this.forksByHash.set(kept.hash, kept);
    if (keeping === 'refused') this.refusedByHash.set(kept.hash, kept);
    if (epoch === null || seq === null) return;
    const here = this.byPlace.get(place(epoch, seq));
    if (here) here.push(kept);
    else this.byPlace.set(place(epoch, seq), [kept]);
  }

  /** Notes where an epoch begins. */
  start(start: EpochStart): void {
    this.starts.set(start.epoch, start);
  }

  /** Where an epoch begins; undefined for epoch 1 and for one that central has not seen. */
  startOf(epoch: number): EpochStart | undefined {
    return this.starts.get(epoch);
  }

  /** Every epoch that may be named, the first one included. */
  get epochs(): readonly number[] {
    return [1, ...this.starts.keys()];
  }

  /** Where each epoch but the first begins. */
  get epochStarts(): readonly EpochStart[] {
    return [...this.starts.values()];
  }

  /** What is kept at a position: the event, disputed ones, refused ones. */
  at(epoch: number, seq: number): readonly Kept[] {
    return this.byPlace.get(place(epoch, seq)) ?? [];
  }

  /** The accepted event of that id, of whichever terminal of the tenant. */
  eventOf(local_id: string): Kept | undefined {
    return this.byLocalId.get(local_id);
  }

  /** The disputed event of that hash. */
  forkOf(hash: string): Kept | undefined {
    return this.forksByHash.get(hash);
  }

  /** Whether any refused one is kept around here. */
  get hasRefused(): boolean {
    return this.refusedByHash.size > 0;
  }

  /** The refused one that the terminal declares to hash to this, or whose text does. */
  refusedOf(hash: string): Kept | undefined {
    const declared = this.refusedByHash.get(hash);
    return declared ?? [...this.refusedByHash.values()].find(({ text_hash }) => text_hash === hash);
  }
}
