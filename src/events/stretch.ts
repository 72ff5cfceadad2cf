import { hashOf, noHash, type SealedEvent } from './envelope.js';

/** One stored text with the place under which it is kept. */
export interface PlacedText extends SealedEvent {
  readonly epoch: number;
  readonly seq: number;
}

/**
 * What a stretch of a log may lack:
 * - MISSING: nothing is kept at these positions.
 * - ALTERED: the text or its hash is not what it was, or it stands under another place than its own.
 * - UNREADABLE: the text names no event before it, so that nothing vouches for what came before.
 */
export type StretchCode = 'MISSING' | 'ALTERED' | 'UNREADABLE';

/** One finding, at the positions it concerns, both ends included. */
export interface StretchFault {
  readonly epoch: number;
  readonly from_seq: number;
  readonly to_seq: number;
  readonly code: StretchCode;
  /** For a person. */
  readonly detail: string;
}

/** A stretch names at most so many faults; one is enough to refuse it. */
const faultsMax = 100;

/**
 * Follows one stretch of one epoch, text after text: every position is there, every text hashes to its hash, and each
 * names the hash of the one before it. It looks at no schema, so it also follows texts of a newer program.
 */
export class StretchWalk {
  private readonly found: StretchFault[] = [];
  private next_seq: number;
  private before: string | null = null;
  private first_link: string | null = null;

  /** @param from its first position */
  constructor(private readonly from: { readonly terminal_id: string; readonly epoch: number; readonly seq: number }) {
    this.next_seq = from.seq;
    if (from.seq === 1) this.before = noHash;
  }

  /** Takes the next text, in the order of their seq. */
  take({ epoch, seq, event: text, hash }: PlacedText): void {
    if (seq > this.next_seq) {
      this.missing(seq - 1);
      this.before = null;
    }
    const fault = (code: StretchCode, detail: string): void =>
      this.add({ epoch, from_seq: seq, to_seq: seq, code, detail });
    if (seq < this.next_seq) fault('ALTERED', 'there are two events at this position');
    const actual = hashOf(text);
    if (actual !== hash) fault('ALTERED', `the text hashes to ${actual}, kept is ${hash}`);
    this.link(linkOf(text), { epoch, seq, fault });
    this.before = hash;
    this.next_seq = seq + 1;
  }

  /** The stretch ends: what is not there up to `last_seq` is missing. @returns everything that was found */
  end(last_seq: number): readonly StretchFault[] {
    if (this.next_seq <= last_seq) this.missing(last_seq);
    return this.found;
  }

  /** The hash that the first text names; null when there was none. */
  get prev_hash(): string | null {
    return this.first_link;
  }

  /** The hash of the last text; null when there was none. */
  get head_hash(): string | null {
    return this.next_seq === this.from.seq ? null : this.before;
  }

  /** How many texts it took. */
  get last_seq(): number {
    return this.next_seq - 1;
  }

  private link(
    link: Link | null,
    at: {
      readonly epoch: number;
      readonly seq: number;
      readonly fault: (code: StretchCode, detail: string) => void;
    },
  ): void {
    const { epoch, seq, fault } = at;
    if (!link) {
      fault('UNREADABLE', 'it names no event before it');
      return;
    }
    if (seq === this.from.seq) this.first_link = link.prev_hash;
    if (link.terminal_id !== this.from.terminal_id || link.epoch !== epoch || link.seq !== seq) {
      fault(
        'ALTERED',
        `it says that it is event ${String(link.seq)} of epoch ${String(link.epoch)} of terminal ${link.terminal_id}`,
      );
    }
    if (this.before !== null && link.prev_hash !== this.before) {
      const before = { epoch, from_seq: Math.max(1, seq - 1), to_seq: seq };
      const detail = `event ${String(seq)} names ${link.prev_hash} as the hash before it, kept is ${this.before}: one of the two was changed`;
      this.add({ ...before, code: 'ALTERED', detail });
    }
  }

  private missing(to_seq: number): void {
    const { epoch } = this.from;
    this.add({ epoch, from_seq: this.next_seq, to_seq, code: 'MISSING', detail: 'nothing is kept here' });
    this.next_seq = to_seq + 1;
  }

  private add(fault: StretchFault): void {
    if (this.found.length < faultsMax) this.found.push(fault);
  }
}

/** The place that a text claims. */
interface Link {
  readonly terminal_id: string;
  readonly epoch: number;
  readonly seq: number;
  readonly prev_hash: string;
}

const linkOf = (text: string): Link | null => {
  try {
    const { terminal_id, epoch, seq, prev_hash } = (JSON.parse(text) ?? {}) as Partial<Link>;
    const isLink = typeof prev_hash === 'string' && typeof epoch === 'number' && typeof seq === 'number';
    return isLink && typeof terminal_id === 'string' ? { terminal_id, epoch, seq, prev_hash } : null;
  } catch (cause) {
    if (cause instanceof SyntaxError) return null;
    throw cause;
  }
};
