import { type SignedHead, verifyHeadAside } from '../events/signature.js';
import type { Fault, ProblemCode } from './finding.js';
import type { Anchor, Chunks, TerminalLog } from './source.js';

/** A position in a log as a store declares it. */
export interface Position {
  readonly epoch: number;
  readonly seq: number;
  readonly hash: string;
  readonly local_id: string | null;
}

/** Where an anchor stands as seen from a position of the log. */
export const compareTo = (anchor: { epoch: number | null; seq: number }, at: Position): number =>
  (anchor.epoch === null ? 0 : anchor.epoch - at.epoch) || anchor.seq - at.seq;

/** What is wrong with an anchor whose position the log has. */
export const anchorFaults = (anchor: Anchor, at: Position, signed: (head: SignedHead) => boolean): readonly Fault[] => {
  const code = wrongCodes[anchor.kind];
  const name = anchorName(anchor);
  const { epoch, seq, hash, local_id, signature } = anchor;
  if (signature !== null && (epoch === null || hash === null || !signed({ epoch, seq, hash, signature }))) {
    return [{ code, detail: `${name} is not signed with the terminal's key` }];
  }
  if (hash !== null && !(anchor.kind === 'printed' ? at.hash.startsWith(hash) : at.hash === hash)) {
    const detail = `${name} has ${hash} for this event, the log ${at.hash}`;
    return [{ code, detail, expected: hash, found: at.hash }];
  }
  if (local_id !== null && local_id !== at.local_id) {
    return [{ code, detail: `${name} has ${local_id} at this position`, expected: local_id, found: at.local_id }];
  }
  return [];
};

/** The code of a finding on an anchor that is not what the log has. */
export const wrongCodes = {
  witness: 'WITNESS_WRONG',
  acknowledgement: 'ACKNOWLEDGEMENT_WRONG',
  printed: 'PRINTED_WRONG',
} as const satisfies Record<Anchor['kind'], ProblemCode>;

const names: Readonly<Record<Anchor['kind'], string>> = {
  witness: 'the head file beside the database',
  acknowledgement: "central's acknowledgement",
  printed: 'a printed receipt',
};

/** What an anchor is called in a report. */
export const anchorName = ({ kind }: Pick<Anchor, 'kind'>): string => names[kind];

/** A record as it is printed on a receipt, “1-120 a1b2c3d4e5”: epoch, seq, and the first digits of the hash. Undefined for anything else. */
export const printedAnchor = (text: string): Anchor | undefined => {
  const [, epoch, seq, hash = ''] = /^\s*(\d{1,15})-(\d{1,15})[\s:,]+([0-9a-f]{6,64})\s*$/u.exec(text) ?? [];
  if (hash === '') return undefined;
  return { kind: 'printed', epoch: Number(epoch), seq: Number(seq), hash, local_id: null, signature: null };
};

/** So many signatures are checked at a time: the other threads have enough to do while this one reads on. */
const headsAheadMax = 32;

/** A signed head that is waiting for its event. */
export interface WaitingHead {
  readonly head: SignedHead;
  /** Whether it was signed with this key (base64 SPKI). False for a key or a signature that does not parse. */
  readonly isSigned: (publicKey: string) => Promise<boolean>;
}

/** The signed heads of a log, in its order. Their signatures are checked on other threads before their turn comes. */
export class HeadsAhead {
  private readonly items: AsyncGenerator<SignedHead, undefined>;
  private readonly waiting: WaitingHead[] = [];

  constructor(private readonly log: Pick<TerminalLog, 'terminal_id' | 'heads'>) {
    this.items = eachOf(log.heads());
  }

  /** The next head where it is known already that it is there. */
  get next(): SignedHead | undefined {
    return this.waiting[0]?.head;
  }

  /**
   * The next head, or undefined after the last.
   * @param key with which those that are read now will probably have to be signed; null when nobody knows yet
   */
  async peek(key: string | null): Promise<WaitingHead | undefined> {
    while (this.waiting.length < headsAheadMax) {
      const { value: head } = await this.items.next();
      if (!head) break;
      this.waiting.push(this.begin(head, key));
    }
    return this.waiting[0];
  }

  /** Goes on to the head after the one that {@link peek} shows. */
  drop(): void {
    this.waiting.shift();
  }

  private begin(head: SignedHead, key: string | null): WaitingHead {
    const check = (publicKey: string): Promise<boolean> => verifyHeadAside(this.log.terminal_id, head, publicKey);
    const begun = key === null ? undefined : check(key);
    return { head, isSigned: (publicKey) => (publicKey === key ? begun : undefined) ?? check(publicKey) };
  }
}

/** Reads items one at a time and shows the next before it is taken. */
export class Peekable<Item> {
  private readonly items: AsyncGenerator<Item, undefined>;
  private waiting: { readonly item: Item | undefined } | undefined;

  /** @param chunks is iterated once */
  constructor(chunks: Chunks<Item>) {
    this.items = eachOf(chunks);
  }

  /** The next item, or undefined after the last. */
  async peek(): Promise<Item | undefined> {
    this.waiting ??= { item: (await this.items.next()).value };
    return this.waiting.item;
  }

  /** Goes on to the item after the one that {@link peek} shows. */
  drop(): void {
    this.waiting = undefined;
  }
}

async function* eachOf<Item>(chunks: Chunks<Item>): AsyncGenerator<Item, undefined> {
  for await (const items of chunks) yield* items;
  return undefined;
}
