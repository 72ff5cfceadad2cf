import { hash } from 'node:crypto';
import type { EventMeta, EventType, TillEvent } from '../domain/event.js';
import { type StoredSchema, schemaOf, upcast, versionsOf } from './stored.js';
import { z } from 'zod';

/** The hash that stands before the first event of a log. */
export const noHash = '0'.repeat(64);

/** An event takes at most this many bytes as stored text; larger is refused before it is recorded. */
export const eventBytesMax = 512 * 1024;

/** Everything that is hashed. The data is that of the stored version, which may be an old one. */
export interface Envelope extends EventMeta {
  readonly type: string;
  readonly version: number;
  readonly data: unknown;
  /** Hash of the event at `seq − 1`; 64 zeros at 1. */
  readonly prev_hash: string;
}

/** One event as it lies in a log and travels: the exact text that was hashed, and its hash. */
export interface SealedEvent {
  readonly event: string;
  /** Lower-case hex SHA-256 of the UTF-8 bytes of `event`. */
  readonly hash: string;
}

/** Lower-case hex SHA-256 over the UTF-8 bytes of `text`. */
export const hashOf = (text: string): string => hash('sha256', text, 'hex');

/**
 * The canonical JSON of RFC 8785 of any JSON value. A field that is undefined is left out, as JSON.stringify does.
 * @throws Error for what JSON cannot hold (NaN, a lone surrogate, undefined)
 */
export const canonical = (value: unknown): string => {
  if (!isInOrder(value)) return putInOrder(value);
  const text = JSON.stringify(value);
  // What is escaped so may be half a character.
  return text.includes('\\ud') ? putInOrder(value) : text;
};

/** Whether JSON.stringify writes the value in its canonical form, half characters aside. Says no in case of doubt. */
const isInOrder = (value: unknown): boolean => {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value !== 'object') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isInOrder);
  const fields = value as Readonly<Record<string, unknown>>;
  let last = '';
  // What is read from JSON inherits nothing that could be listed.
  for (const key in fields) {
    if (key < last || !isInOrder(fields[key])) return false;
    last = key;
  }
  return true;
};

const putInOrder = (value: unknown): string => {
  if (typeof value === 'string') return quoted(value);
  if (value === null || typeof value === 'boolean' || Number.isFinite(value)) return String(value);
  if (Array.isArray(value)) return `[${value.map(putInOrder).join(',')}]`;
  if (typeof value !== 'object') throw new Error('This value has no JSON form.');
  const fields = value as Readonly<Record<string, unknown>>;
  let text = '{';
  // By UTF-16 code units, as strings compare.
  for (const key of Object.keys(fields).sort()) {
    const inner = fields[key];
    if (inner !== undefined) text += `${text === '{' ? '' : ','}${quoted(key)}:${putInOrder(inner)}`;
  }
  return `${text}}`;
};

/** Most texts hold nothing to escape: that is seen in a fraction of the time that JSON.stringify takes. */
const quoted = (text: string): string => {
  if (/^[ !#-[\]-~]*$/u.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new Error('Half a character (a lone surrogate) has no JSON form.');
  return JSON.stringify(text);
};

/** Writes an envelope as the canonical JSON of RFC 8785 and hashes that text. */
export const seal = (envelope: Envelope): SealedEvent => {
  const event = canonical(envelope);
  return { event, hash: hashOf(event) };
};

const uuid = z.guid().regex(/^[0-9a-f-]+$/u, 'lower case');
const hex64 = z.string().regex(/^[0-9a-f]{64}$/u);

const envelopeSchema = z.compile(
  // In the order of the canonical text, so that what is read can be compared with it as it is.
  z.strictObject({
    approved_by: z.string().min(1).max(100).nullable(),
    business_date: z.iso.date().nullable(),
    catalog_version: z.int(),
    data: z.unknown(),
    epoch: z.int().min(1),
    local_id: uuid,
    occurred_at: z.iso.datetime({ precision: 3 }),
    prev_hash: hex64,
    seq: z.int().min(1),
    session_id: uuid.nullable(),
    staff_id: z.string().min(1).max(100).nullable(),
    store_id: uuid.nullable(),
    tenant_id: uuid.nullable(),
    terminal_id: uuid,
    type: z.string().min(1).max(64),
    utc_offset_minutes: z
      .int()
      .min(-24 * 60)
      .max(24 * 60),
    version: z.int().min(1),
  }),
);

/** Why a stored text is not an event that this program can read. */
export type UnreadableCode = 'INVALID' | 'UNKNOWN_TYPE';

/** A stored text that this program cannot read: broken, or written by a newer program. */
export class UnreadableEvent extends Error {
  /** @param code UNKNOWN_TYPE for a type or version that a newer program may know, INVALID for anything else */
  constructor(
    readonly code: UnreadableCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'UnreadableEvent';
  }
}

/**
 * Reads a stored text up to its envelope, without looking into the data.
 * @throws UnreadableEvent INVALID
 */
export const openEnvelope = (text: string): Envelope => checkEnvelope(parseJson(text));

/**
 * The envelope that a value is, without looking into the data.
 * @throws UnreadableEvent INVALID
 */
export const checkEnvelope = (value: unknown): Envelope => {
  const parsed = envelopeSchema.safeParse(value);
  if (!parsed.success) throw new UnreadableEvent('INVALID', firstIssue(parsed.error));
  return parsed.data;
};

/**
 * The event in its current version, old versions lifted.
 * @throws UnreadableEvent
 */
export const readEvent = (envelope: Envelope): TillEvent => {
  const { version, type, data } = envelope;
  const schema = schemaFor(type, version);
  const parsed = schema.safeParse(data);
  if (!parsed.success) throw new UnreadableEvent('INVALID', `${type}: ${firstIssue(parsed.error)}`);
  return eventOf(envelope, type, upcast(type as EventType, version, parsed.data));
};

/** Field by field, which takes a fraction of the time that copying the rest of an object does. */
const eventOf = (meta: EventMeta, type: string, data: unknown): TillEvent =>
  ({
    local_id: meta.local_id,
    tenant_id: meta.tenant_id,
    store_id: meta.store_id,
    terminal_id: meta.terminal_id,
    epoch: meta.epoch,
    seq: meta.seq,
    session_id: meta.session_id,
    business_date: meta.business_date,
    occurred_at: meta.occurred_at,
    utc_offset_minutes: meta.utc_offset_minutes,
    staff_id: meta.staff_id,
    approved_by: meta.approved_by,
    catalog_version: meta.catalog_version,
    type,
    data,
  }) as TillEvent;

/** Reads a stored text into an event of the current version. Does not check its hash or its place in the chain. */
export const readText = (text: string): TillEvent => readEvent(openEnvelope(text));

const schemaFor = (type: string, version: number): StoredSchema => {
  const schema = schemaOf(type, version);
  if (schema) return schema;
  const known = versionsOf(type);
  throw new UnreadableEvent(
    'UNKNOWN_TYPE',
    known === 0
      ? `“${type}” is not a type of event that this version of tillog knows.`
      : `${type} has version ${String(version)}; this version of tillog knows it up to ${String(known)}.`,
  );
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UnreadableEvent('INVALID', 'The text is not JSON.', { cause });
  }
};

const firstIssue = (error: z.ZodError): string => {
  const issue = error.issues[0];
  return issue ? `${issue.path.join('.') || 'event'}: ${issue.message}` : 'does not match its schema';
};
