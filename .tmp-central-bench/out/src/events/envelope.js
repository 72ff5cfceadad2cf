import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { schemaOf, upcast, versionsOf } from './stored.js';
import { z } from 'zod';
/** The hash that stands before the first event of a log. */
export const noHash = '0'.repeat(64);
/** An event takes at most this many bytes as stored text; larger is refused before it is recorded. */
export const eventBytesMax = 512 * 1024;
/** Lower-case hex SHA-256 over the UTF-8 bytes of `text`. */
export const hashOf = (text) => createHash('sha256').update(text, 'utf8').digest('hex');
/**
 * The canonical JSON of RFC 8785 of any JSON value.
 * @throws Error for what JSON cannot hold (NaN, a lone surrogate, undefined)
 */
export const canonical = (value) => {
    const text = canonicalize(value);
    if (text === undefined)
        throw new Error('This value has no JSON form.');
    return text;
};
/** Writes an envelope as the canonical JSON of RFC 8785 and hashes that text. */
export const seal = (envelope) => {
    const event = canonical(envelope);
    return { event, hash: hashOf(event) };
};
const uuid = z.guid().regex(/^[0-9a-f-]+$/u, 'lower case');
const hex64 = z.string().regex(/^[0-9a-f]{64}$/u);
const envelopeSchema = z.strictObject({
    local_id: uuid,
    tenant_id: uuid.nullable(),
    store_id: uuid.nullable(),
    terminal_id: uuid,
    epoch: z.int().min(1),
    seq: z.int().min(1),
    type: z.string().min(1).max(64),
    version: z.int().min(1),
    session_id: uuid.nullable(),
    business_date: z.iso.date().nullable(),
    occurred_at: z.iso.datetime({ precision: 3 }),
    utc_offset_minutes: z
        .int()
        .min(-24 * 60)
        .max(24 * 60),
    staff_id: z.string().min(1).max(100).nullable(),
    approved_by: z.string().min(1).max(100).nullable(),
    catalog_version: z.int(),
    data: z.unknown(),
    prev_hash: hex64,
});
/** A stored text that this program cannot read: broken, or written by a newer program. */
export class UnreadableEvent extends Error {
    code;
    /** @param code UNKNOWN_TYPE for a type or version that a newer program may know, INVALID for anything else */
    constructor(code, message, options) {
        super(message, options);
        this.code = code;
        this.name = 'UnreadableEvent';
    }
}
/**
 * Reads a stored text up to its envelope, without looking into the data.
 * @throws UnreadableEvent INVALID
 */
export const openEnvelope = (text) => {
    const parsed = envelopeSchema.safeParse(parseJson(text));
    if (!parsed.success)
        throw new UnreadableEvent('INVALID', firstIssue(parsed.error));
    return parsed.data;
};
/**
 * The event in its current version, old versions lifted.
 * @throws UnreadableEvent
 */
export const readEvent = (envelope) => {
    const { version, type, data, prev_hash: _link, ...meta } = envelope;
    const schema = schemaFor(type, version);
    const parsed = schema.safeParse(data);
    if (!parsed.success)
        throw new UnreadableEvent('INVALID', `${type}: ${firstIssue(parsed.error)}`);
    return { ...meta, type, data: upcast(type, version, parsed.data) };
};
/** Reads a stored text into an event of the current version. Does not check its hash or its place in the chain. */
export const readText = (text) => readEvent(openEnvelope(text));
const schemaFor = (type, version) => {
    const schema = schemaOf(type, version);
    if (schema)
        return schema;
    const known = versionsOf(type);
    throw new UnreadableEvent('UNKNOWN_TYPE', known === 0
        ? `“${type}” is not a type of event that this version of tillog knows.`
        : `${type} has version ${String(version)}; this version of tillog knows it up to ${String(known)}.`);
};
const parseJson = (text) => {
    try {
        return JSON.parse(text);
    }
    catch (cause) {
        throw new UnreadableEvent('INVALID', 'The text is not JSON.', { cause });
    }
};
const firstIssue = (error) => {
    const issue = error.issues[0];
    return issue ? `${issue.path.join('.') || 'event'}: ${issue.message}` : 'does not match its schema';
};
