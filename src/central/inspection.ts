import { isCanonical } from '../events/canonical-form.js';
import { type Envelope, eventBytesMax, hashOf, openEnvelope, readEvent, UnreadableEvent } from '../events/envelope.js';
import type { TillEvent } from '../domain/event.js';
import { verifyHead } from '../events/signature.js';
import { sealedEventSchema, type SyncRequest, type VerdictCode } from '../outbox/protocol.js';
import { isTooDeep } from './json-depth.js';
import { z } from 'zod';

/** What is wrong with an event itself, whatever was stored before it. */
export interface Fault {
  readonly code: Extract<VerdictCode, 'INVALID' | 'UNKNOWN_TYPE'>;
  readonly reason: string;
}

/** A place in a log that a text claims, and the hash that it says stands before it. */
export interface Place {
  readonly epoch: number;
  readonly seq: number;
  readonly prev_hash: string;
}

/** An event that is exactly what the terminal hashed, so that its place in the log can be believed. */
export interface GenuineEvent {
  readonly kind: 'genuine';
  readonly local_id: string;
  readonly envelope: Envelope;
  readonly hash: string;
  readonly text: string;
  /** Undefined when there is a fault. */
  readonly event: TillEvent | undefined;
  readonly fault: Fault | undefined;
}

/** A text whose hash is wrong or that is not an event at all. What it says about its place may be wrong too. */
export interface DamagedEvent {
  readonly kind: 'damaged';
  /** As far as the text names one; otherwise the declared hash stands in, so that there is something to answer to. */
  readonly local_id: string;
  readonly reason: string;
  readonly declared_hash: string;
  readonly text_hash: string;
  readonly text: string;
  readonly claim: Place | undefined;
}

/** An event of another terminal or tenant: not kept. */
export interface ForeignEvent {
  readonly kind: 'foreign';
  readonly local_id: string;
  readonly reason: string;
}

/** Something that is not even a text with a hash: there is nothing to keep. */
export interface Malformed {
  readonly kind: 'malformed';
  readonly local_id: string;
  readonly reason: string;
}

/** What an item of a request turned out to be, before anything stored is looked at. */
export type Inspected = GenuineEvent | DamagedEvent | ForeignEvent | Malformed;

/** Whose events may come. */
export interface Sender {
  readonly tenant_id: string;
  readonly terminal_id: string;
}

const reasonCharsMax = 500;
const idCharsMax = 100;
const idIn = /"local_id":"(?<id>[^"\\]{1,100})"/u;

/** A text of a stranger as it may be stored and shown: well-formed, without NUL, short. */
export const presentable = (text: string, charsMax = reasonCharsMax): string =>
  text.toWellFormed().replaceAll('\u0000', '\uFFFD').slice(0, charsMax).toWellFormed();

const itemSchema = z.compile(sealedEventSchema);

/** Looks at one item of a request on its own. Never throws for what an item may hold. */
export const inspect = (item: unknown, sender: Sender): Inspected => {
  const parsed = itemSchema.safeParse(item);
  if (!parsed.success) return malformed(item);
  const { event: text, hash: declared_hash } = parsed.data;
  const text_hash = hashOf(text);
  const opened = unfitness(text) ?? (text_hash === declared_hash ? open(text) : 'The text does not have this hash.');
  if (typeof opened === 'string') return damaged({ text, declared_hash, text_hash, reason: opened }, sender);
  const reason = foreignness(opened, sender);
  if (reason !== undefined) return { kind: 'foreign', local_id: opened.local_id, reason };
  return genuine(opened, { text, hash: text_hash }, sender);
};

/** So many events are looked at, stored and counted together, while the database is still at work on those before. */
const partEvents = 25;

/** What a request turned out to be, before anything stored is looked at: found out bit by bit, when it is asked for. */
export class Inspection {
  private readonly found: Inspected[] = [];
  private sorted: readonly Inspected[] | undefined;
  private isGenuine: boolean | undefined;

  constructor(
    private readonly request: Pick<SyncRequest, 'epoch' | 'head'> & { readonly events: readonly unknown[] },
    private readonly sender: Sender & { readonly public_key: string },
  ) {}

  /** Looks at the first part. */
  begin(): void {
    this.lookUpTo(partEvents);
  }

  /** The items part by part, as they were sent, each looked at when it is asked for. */
  *parts(): Iterable<readonly Inspected[]> {
    for (let from = 0; from < this.request.events.length; from += partEvents) {
      yield this.lookUpTo(from + partEvents).slice(from, from + partEvents);
    }
  }

  /** All items, in the order of the log. */
  get items(): readonly Inspected[] {
    return (this.sorted ??= inOrder(this.lookUpTo(Infinity)));
  }

  /** Whether the head is signed with the terminal's key. */
  get isHeadGenuine(): boolean {
    const { epoch, head } = this.request;
    return (this.isGenuine ??= verifyHead(this.sender.terminal_id, { epoch, ...head }, this.sender.public_key));
  }

  private lookUpTo(end: number): readonly Inspected[] {
    for (const item of this.request.events.slice(this.found.length, end)) this.found.push(inspect(item, this.sender));
    return this.found;
  }
}

/** The order of the log; what has no certain place stays behind what it came behind. */
const inOrder = (items: readonly Inspected[]): readonly Inspected[] => {
  let last = { epoch: 0, seq: 0 };
  const placed = items.map((item) => {
    if (item.kind === 'genuine') last = item.envelope;
    return { item, at: last };
  });
  return placed.sort((a, b) => a.at.epoch - b.at.epoch || a.at.seq - b.at.seq).map(({ item }) => item);
};

/** The envelope, or why the text has none. */
const open = (text: string): Envelope | string => {
  try {
    return openEnvelope(text);
  } catch (cause) {
    if (cause instanceof UnreadableEvent) return cause.message;
    throw cause;
  }
};

const damaged = (
  seen: Pick<DamagedEvent, 'text' | 'declared_hash' | 'text_hash' | 'reason'>,
  sender: Sender,
): DamagedEvent | ForeignEvent => {
  const loose = unfitness(seen.text) === undefined ? looseObject(seen.text) : {};
  const local_id = localIdOf(loose, seen.text) ?? seen.declared_hash;
  const reason = foreignness(loose, sender);
  if (reason !== undefined) return { kind: 'foreign', local_id, reason };
  return { kind: 'damaged', local_id, ...seen, reason: presentable(seen.reason), claim: claimOf(loose) };
};

const malformed = (item: unknown): Malformed => {
  const { event, hash } = (typeof item === 'object' && item !== null ? item : {}) as {
    event?: unknown;
    hash?: unknown;
  };
  const text = typeof event === 'string' ? event : '';
  const local_id = localIdOf({}, text) ?? presentable(typeof hash === 'string' ? hash : '', idCharsMax);
  return { kind: 'malformed', local_id, reason: 'An item is {"event": "<stored text>", "hash": "<64 hex digits>"}.' };
};

const unfitness = (text: string): string | undefined => {
  if (Buffer.byteLength(text) > eventBytesMax) return `An event has at most ${String(eventBytesMax)} bytes.`;
  if (!text.isWellFormed() || text.includes('\u0000')) return 'The text holds characters that are not text.';
  if (isTooDeep(text)) return 'The text is nested too deeply.';
  return undefined;
};

/** What the text says about itself, believed by nobody yet. */
const looseObject = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch (cause) {
    if (cause instanceof SyntaxError) return {};
    throw cause;
  }
};

const localIdOf = (loose: Readonly<Record<string, unknown>>, text: string): string | undefined => {
  const { local_id } = loose;
  if (typeof local_id === 'string' && local_id !== '') return presentable(local_id, idCharsMax);
  const found = idIn.exec(text)?.groups?.['id'];
  return found === undefined ? undefined : presentable(found, idCharsMax);
};

const foreignness = (
  { terminal_id, tenant_id }: { readonly terminal_id?: unknown; readonly tenant_id?: unknown },
  sender: Sender,
): string | undefined => {
  if (typeof terminal_id === 'string' && terminal_id !== sender.terminal_id) return 'It names another terminal.';
  if (typeof tenant_id === 'string' && tenant_id !== sender.tenant_id) return 'It names another tenant.';
  return undefined;
};

const claimOf = ({ epoch, seq, prev_hash }: Readonly<Record<string, unknown>>): Place | undefined => {
  const isPosition = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 1;
  if (!isPosition(epoch) || !isPosition(seq) || typeof prev_hash !== 'string') return undefined;
  return /^[0-9a-f]{64}$/u.test(prev_hash) ? { epoch, seq, prev_hash } : undefined;
};

const genuine = (envelope: Envelope, { text, hash }: { text: string; hash: string }, sender: Sender): GenuineEvent => {
  const base = { kind: 'genuine' as const, local_id: envelope.local_id, envelope, hash, text };
  const faulty = (fault: Fault): GenuineEvent => ({ ...base, event: undefined, fault });
  if (!isCanonical(text, envelope)) {
    return faulty({ code: 'INVALID', reason: 'The text is not the canonical JSON of what it says.' });
  }
  try {
    const event = readEvent(envelope);
    const reason = contradiction(event, envelope, sender);
    return reason === undefined ? { ...base, event, fault: undefined } : faulty({ code: 'INVALID', reason });
  } catch (cause) {
    if (!(cause instanceof UnreadableEvent)) throw cause;
    return faulty({ code: cause.code, reason: presentable(cause.message) });
  }
};

/** What an event says about itself that cannot be so. */
const contradiction = (event: TillEvent, { epoch, seq, prev_hash }: Envelope, sender: Sender): string | undefined => {
  if (event.type === 'TerminalEnrolled' && event.data.tenant_id !== sender.tenant_id) {
    return 'It enrols the terminal with another tenant.';
  }
  if (event.type !== 'EpochStarted') return undefined;
  const { previous } = event.data;
  const fits = previous.epoch < epoch && previous.seq === seq - 1 && previous.hash === prev_hash;
  return fits ? undefined : 'It starts an epoch after another event than the one that it follows.';
};
