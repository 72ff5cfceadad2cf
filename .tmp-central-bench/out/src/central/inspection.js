import { canonical, eventBytesMax, hashOf, openEnvelope, readEvent, UnreadableEvent, } from '../events/envelope.js';
import { sealedEventSchema } from '../outbox/protocol.js';
import { isTooDeep } from './json-depth.js';
const reasonCharsMax = 500;
const idCharsMax = 100;
const idIn = /"local_id":"(?<id>[^"\\]{1,100})"/u;
/** A text of a stranger as it may be stored and shown: well-formed, without NUL, short. */
export const presentable = (text, charsMax = reasonCharsMax) => text.toWellFormed().replaceAll('\u0000', '\uFFFD').slice(0, charsMax).toWellFormed();
/** Looks at one item of a request on its own. Never throws for what an item may hold. */
export const inspect = (item, sender) => {
    const parsed = sealedEventSchema.safeParse(item);
    if (!parsed.success)
        return malformed(item);
    const { event: text, hash: declared_hash } = parsed.data;
    const text_hash = hashOf(text);
    const opened = unfitness(text) ?? (text_hash === declared_hash ? open(text) : 'The text does not have this hash.');
    if (typeof opened === 'string')
        return damaged({ text, declared_hash, text_hash, reason: opened }, sender);
    const reason = foreignness({ ...opened }, sender);
    if (reason !== undefined)
        return { kind: 'foreign', local_id: opened.local_id, reason };
    return genuine(opened, { text, hash: text_hash }, sender);
};
/** The envelope, or why the text has none. */
const open = (text) => {
    try {
        return openEnvelope(text);
    }
    catch (cause) {
        if (cause instanceof UnreadableEvent)
            return cause.message;
        throw cause;
    }
};
const damaged = (seen, sender) => {
    const loose = unfitness(seen.text) === undefined ? looseObject(seen.text) : {};
    const local_id = localIdOf(loose, seen.text) ?? seen.declared_hash;
    const reason = foreignness(loose, sender);
    if (reason !== undefined)
        return { kind: 'foreign', local_id, reason };
    return { kind: 'damaged', local_id, ...seen, reason: presentable(seen.reason), claim: claimOf(loose) };
};
const malformed = (item) => {
    const { event, hash } = (typeof item === 'object' && item !== null ? item : {});
    const text = typeof event === 'string' ? event : '';
    const local_id = localIdOf({}, text) ?? presentable(typeof hash === 'string' ? hash : '', idCharsMax);
    return { kind: 'malformed', local_id, reason: 'An item is {"event": "<stored text>", "hash": "<64 hex digits>"}.' };
};
const unfitness = (text) => {
    if (Buffer.byteLength(text) > eventBytesMax)
        return `An event has at most ${String(eventBytesMax)} bytes.`;
    if (!text.isWellFormed() || text.includes('\u0000'))
        return 'The text holds characters that are not text.';
    if (isTooDeep(Buffer.from(text)))
        return 'The text is nested too deeply.';
    return undefined;
};
/** What the text says about itself, believed by nobody yet. */
const looseObject = (text) => {
    try {
        const value = JSON.parse(text);
        return typeof value === 'object' && value !== null ? value : {};
    }
    catch (cause) {
        if (cause instanceof SyntaxError)
            return {};
        throw cause;
    }
};
const localIdOf = (loose, text) => {
    const { local_id } = loose;
    if (typeof local_id === 'string' && local_id !== '')
        return presentable(local_id, idCharsMax);
    const found = idIn.exec(text)?.groups?.['id'];
    return found === undefined ? undefined : presentable(found, idCharsMax);
};
const foreignness = ({ terminal_id, tenant_id }, sender) => {
    if (typeof terminal_id === 'string' && terminal_id !== sender.terminal_id)
        return 'It names another terminal.';
    if (typeof tenant_id === 'string' && tenant_id !== sender.tenant_id)
        return 'It names another tenant.';
    return undefined;
};
const claimOf = ({ epoch, seq, prev_hash }) => {
    const isPosition = (value) => Number.isSafeInteger(value) && Number(value) >= 1;
    if (!isPosition(epoch) || !isPosition(seq) || typeof prev_hash !== 'string')
        return undefined;
    return /^[0-9a-f]{64}$/u.test(prev_hash) ? { epoch, seq, prev_hash } : undefined;
};
const genuine = (envelope, { text, hash }, sender) => {
    const base = { kind: 'genuine', local_id: envelope.local_id, envelope, hash, text };
    const faulty = (fault) => ({ ...base, event: undefined, fault });
    if (canonicalText(envelope) !== text) {
        return faulty({ code: 'INVALID', reason: 'The text is not the canonical JSON of what it says.' });
    }
    try {
        const event = readEvent(envelope);
        const reason = contradiction(event, envelope, sender);
        return reason === undefined ? { ...base, event, fault: undefined } : faulty({ code: 'INVALID', reason });
    }
    catch (cause) {
        if (!(cause instanceof UnreadableEvent))
            throw cause;
        return faulty({ code: cause.code, reason: presentable(cause.message) });
    }
};
const canonicalText = (envelope) => {
    try {
        return canonical(envelope);
    }
    catch (cause) {
        if (cause instanceof Error)
            return undefined;
        throw cause;
    }
};
/** What an event says about itself that cannot be so. */
const contradiction = (event, { epoch, seq, prev_hash }, sender) => {
    if (event.type === 'TerminalEnrolled' && event.data.tenant_id !== sender.tenant_id) {
        return 'It enrols the terminal with another tenant.';
    }
    if (event.type !== 'EpochStarted')
        return undefined;
    const { previous } = event.data;
    const fits = previous.epoch < epoch && previous.seq === seq - 1 && previous.hash === prev_hash;
    return fits ? undefined : 'It starts an epoch after another event than the one that it follows.';
};
