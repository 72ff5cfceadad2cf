import type { Head } from '../domain/event.js';
import { noHash } from '../events/envelope.js';
import type { VerdictCode } from '../outbox/protocol.js';
import type { DamagedEvent, GenuineEvent, Inspected } from './inspection.js';
import type { Keeping, Kept, Ledger } from './ledger.js';

/** A refusal of one event. */
export interface Rejection {
  readonly code: VerdictCode;
  readonly reason: string;
  /** Whether sending it again is of use only after a person did something. */
  readonly permanent: boolean;
}

/** A certain position in a log. */
export interface Position {
  readonly epoch: number;
  readonly seq: number;
}

/** What central does with one event of a batch. */
export type Decision =
  | { readonly does: 'accept'; readonly item: GenuineEvent; readonly remote_id: string }
  | { readonly does: 'repeat'; readonly item: GenuineEvent; readonly remote_id: string }
  | { readonly does: 'project'; readonly item: GenuineEvent; readonly remote_id: string }
  | { readonly does: 'fork'; readonly item: GenuineEvent; readonly rejection: Rejection }
  | {
      readonly does: 'refuse';
      readonly item: GenuineEvent | DamagedEvent;
      readonly rejection: Rejection;
      /** Null while its place in the log is not certain. */
      readonly position: Position | null;
    }
  | {
      readonly does: 'turn away';
      readonly local_id: string;
      readonly rejection: Rejection;
      /** Its position, where only the event before it is lacking. */
      readonly seq?: number;
    };

/** A refused text whose place became certain, because the event after it names its hash. */
export interface Placement extends Position {
  readonly declared_hash: string;
}

/** Every decision on a batch, in its order, and what became certain on the way. */
export interface Judgement {
  readonly decisions: readonly Decision[];
  readonly placements: readonly Placement[];
}

/** Whether a code means that only a person can help. */
const isPermanent: Readonly<Record<VerdictCode, boolean>> = {
  INVALID: true,
  UNKNOWN_TYPE: false,
  GAP: false,
  CONFLICT: true,
  FORBIDDEN: true,
  CHAIN_BROKEN: true,
  PROJECTION_FAILED: false,
};

/** A refusal with that code. */
export const rejectionOf = (code: VerdictCode, reason: string): Rejection => ({
  code,
  reason,
  permanent: isPermanent[code],
});

/** What a batch is judged by. */
export interface Court {
  readonly ledger: Ledger;
  /** The head of the terminal's log, as the request names it. */
  readonly head: Head;
  /** Makes the `remote_id` of an event that is new. */
  readonly makeId: () => string;
}

/**
 * Judges the events of a batch one after another, each against what is kept and what the ones before it became.
 * Pure but for the ledger, which it carries on.
 */
export const judge = (items: readonly Inspected[], court: Court): Judgement => {
  const placements: Placement[] = [];
  const decisions = items.map((item): Decision => {
    const decision = decide(item, court, placements);
    carryOn(decision, court.ledger);
    return decision;
  });
  return { decisions, placements };
};

const decide = (item: Inspected, court: Court, placements: Placement[]): Decision => {
  switch (item.kind) {
    case 'malformed':
      return { does: 'turn away', local_id: item.local_id, rejection: rejectionOf('INVALID', item.reason) };
    case 'foreign':
      return { does: 'turn away', local_id: item.local_id, rejection: rejectionOf('FORBIDDEN', item.reason) };
    case 'damaged':
      return decideDamaged(item, court);
    case 'genuine':
      return decideKnown(item, court.ledger) ?? decideLinked(item, court, placements);
  }
};

/** A text that was damaged on its way. Where the event itself is stored, nothing is disputed, and nothing more is kept. */
const decideDamaged = (item: DamagedEvent, court: Court): Decision => {
  const rejection = rejectionOf('INVALID', item.reason);
  const { local_id, claim, declared_hash } = item;
  const known = [court.ledger.eventOf(local_id), ...(claim ? court.ledger.at(claim.epoch, claim.seq) : [])];
  const isStored = known.some((kept) => kept?.keeping === 'event' && kept.hash === declared_hash);
  if (isStored) return { does: 'turn away', local_id, rejection };
  return { does: 'refuse', item, rejection, position: placeOf(item, court) };
};

/**
 * Where a damaged event belongs. The place that it names counts only when the chain confirms it, because the flipped bit
 * may lie in the number; null until the event behind it, or the head, names its hash.
 */
const placeOf = ({ claim, declared_hash }: DamagedEvent, { ledger, head }: Court): Position | null => {
  const known = ledger.refusedOf(declared_hash);
  const { epoch = null, seq = null } = known ?? {};
  if (epoch !== null && seq !== null) return { epoch, seq };
  if (claim && isLinked(claim, ledger)) return { epoch: claim.epoch, seq: claim.seq };
  return head.hash === declared_hash ? { epoch: head.epoch, seq: head.seq } : null;
};

const isLinked = ({ epoch, seq, prev_hash }: Position & { prev_hash: string }, ledger: Ledger): boolean =>
  seq === 1
    ? prev_hash === noHash
    : ledger.at(epoch, seq - 1).some(({ hash, text_hash }) => hash === prev_hash || text_hash === prev_hash);

/** An event that central has, or that disputes one that it has; undefined when its id and position are free. */
const decideKnown = (item: GenuineEvent, ledger: Ledger): Decision | undefined => {
  const { epoch, seq } = item.envelope;
  const same = ledger.eventOf(item.local_id);
  if (same?.hash === item.hash) return repeat(item, same);
  const fork = ledger.forkOf(item.hash);
  if (fork && fork.remote_id !== null) return { does: 'repeat', item, remote_id: fork.remote_id };
  if (same) return conflict(item, `Central has another event with the id ${item.local_id}.`);
  const holder = ledger.at(epoch, seq).find(({ keeping }) => keeping === 'event');
  if (holder) return conflict(item, `Central has another event at position ${String(seq)} of epoch ${String(epoch)}.`);
  const start = item.envelope.type === 'EpochStarted' ? ledger.startOf(epoch) : undefined;
  if (start) return conflict(item, `Epoch ${String(epoch)} began already at position ${String(start.seq)}.`);
  return fork ? conflict(item, 'It belongs to a branch that another one disputes.') : undefined;
};

const repeat = (item: GenuineEvent, { remote_id, unprojected }: Kept): Decision => {
  const known = { item, remote_id: remote_id ?? '' };
  return unprojected && item.event ? { does: 'project', ...known } : { does: 'repeat', ...known };
};

const conflict = (item: GenuineEvent, reason: string): Decision => ({
  does: 'fork',
  item,
  rejection: rejectionOf('CONFLICT', `${reason} Both are kept; a person must decide.`),
});

/** A new event: the one before it must be known, and name the hash that this one names. */
const decideLinked = (item: GenuineEvent, { ledger, makeId }: Court, placements: Placement[]): Decision => {
  const { epoch, seq } = item.envelope;
  const refuse = (code: VerdictCode, reason: string): Decision => ({
    does: 'refuse',
    item,
    rejection: rejectionOf(code, reason),
    position: { epoch, seq },
  });
  switch (linkOf(item, ledger, placements)) {
    case 'gap':
      return { does: 'turn away', local_id: item.local_id, rejection: gapBefore(seq), seq };
    case 'broken':
      return refuse('CHAIN_BROKEN', `It does not name the hash of the event at position ${String(seq - 1)}.`);
    case 'epoch':
      return refuse('INVALID', `Epoch ${String(epoch)} was never started at this place.`);
    case 'disputed':
      return conflict(item, 'It follows an event that another one disputes.');
    case 'sound':
      break;
  }
  if (item.fault) return refuse(item.fault.code, item.fault.reason);
  if (item.envelope.tenant_id === null && ledger.enrolledSeq !== null && seq > ledger.enrolledSeq) {
    return refuse('INVALID', `It names no tenant although the terminal was enrolled at ${String(ledger.enrolledSeq)}.`);
  }
  return { does: 'accept', item, remote_id: makeId() };
};

const gapBefore = (seq: number): Rejection =>
  rejectionOf('GAP', `The event at position ${String(seq - 1)} never came. Send it first, then this one again.`);

type Link = 'sound' | 'gap' | 'broken' | 'epoch' | 'disputed';

const linkOf = (item: GenuineEvent, ledger: Ledger, placements: Placement[]): Link => {
  const { seq, prev_hash, epoch } = item.envelope;
  if (seq === 1) return prev_hash === noHash ? 'sound' : 'broken';
  const before = previousEpochs(item, ledger);
  const found = before.flatMap((previous) => ledger.at(previous, seq - 1));
  const match = bestOf(found.filter(({ hash, text_hash }) => hash === prev_hash || text_hash === prev_hash));
  if (match) return isDisputed(match, epoch) ? 'disputed' : 'sound';
  if (placeLost(prev_hash, before[0], seq - 1, { ledger, placements })) return 'sound';
  if (isInAnotherEpoch(item, ledger)) return 'epoch';
  return found.some(({ keeping }) => keeping !== 'fork') ? 'broken' : 'gap';
};

/** A disputed branch goes on only in an epoch of its own, unless a person adopted it. */
const isDisputed = (before: Kept, epoch: number): boolean =>
  before.keeping === 'fork' && before.epoch === epoch && before.remote_id === null;

/** Whether the event before it is a refused text whose place was not certain until now. */
const placeLost = (hash: string, epoch: number | undefined, seq: number, notes: Notes): boolean => {
  const lost = notes.ledger.refusedOf(hash);
  if (lost?.seq !== null || epoch === undefined) return false;
  const placement = { declared_hash: lost.hash, epoch, seq };
  notes.placements.push(placement);
  notes.ledger.add({ ...lost, epoch, seq });
  return true;
};

interface Notes {
  readonly ledger: Ledger;
  readonly placements: Placement[];
}

/** The epochs in which the event before it may stand: its own, or the one that it continues. */
const previousEpochs = ({ envelope, event }: GenuineEvent, ledger: Ledger): readonly number[] => {
  if (event?.type === 'EpochStarted') return [event.data.previous.epoch];
  // The data of a newer version of EpochStarted cannot be read; its hash tells which branch it goes on from.
  return envelope.type === 'EpochStarted' ? ledger.epochs : [envelope.epoch];
};

const isInAnotherEpoch = ({ envelope: { seq, prev_hash } }: GenuineEvent, ledger: Ledger): boolean =>
  ledger.epochs.some((other) => ledger.at(other, seq - 1).some(({ hash }) => hash === prev_hash));

/** An accepted event before a refused one before a disputed one. */
const bestOf = (matches: readonly Kept[]): Kept | undefined =>
  matches.find(({ keeping }) => keeping === 'event') ??
  matches.find(({ keeping }) => keeping === 'refused') ??
  matches[0];

/** Lets the ledger know what became of an event, for the events behind it. */
const carryOn = (decision: Decision, ledger: Ledger): void => {
  switch (decision.does) {
    case 'accept':
      ledger.add(keptOf(decision.item, 'event', decision.remote_id));
      carryOnAccepted(decision.item, ledger);
      return;
    case 'fork':
      ledger.add(keptOf(decision.item, 'fork'));
      return;
    case 'refuse': {
      const { epoch, seq } = decision.position ?? { epoch: null, seq: null };
      ledger.add({ ...keptOf(decision.item, 'refused'), epoch, seq });
      return;
    }
    case 'repeat':
    case 'project':
    case 'turn away':
      return;
  }
};

const keptOf = (item: GenuineEvent | DamagedEvent, keeping: Keeping, remote_id: string | null = null): Kept => ({
  keeping,
  local_id: item.local_id,
  epoch: item.kind === 'genuine' ? item.envelope.epoch : null,
  seq: item.kind === 'genuine' ? item.envelope.seq : null,
  hash: item.kind === 'genuine' ? item.hash : item.declared_hash,
  text_hash: item.kind === 'genuine' ? item.hash : item.text_hash,
  remote_id,
  unprojected: false,
});

const carryOnAccepted = ({ event, hash }: GenuineEvent, ledger: Ledger): void => {
  if (event?.type === 'EpochStarted') {
    ledger.start({ epoch: event.epoch, seq: event.seq, hash, previous: event.data.previous });
  }
  if (event?.type === 'TerminalEnrolled') ledger.enrolledSeq = Math.min(ledger.enrolledSeq ?? event.seq, event.seq);
};
