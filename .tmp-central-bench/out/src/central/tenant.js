import { invariant } from '../domain/refusal.js';
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/u;
/** Whether the text is a UUID in lower case, the only form of an id that reaches SQL. */
export const isUuid = (text) => uuidForm.test(text);
/** An id as a quoted SQL literal, for the statements that take no parameters. Only a UUID gets through. */
export const quotedUuid = (id) => {
    invariant(isUuid(id), 'an id that is written into SQL is a UUID');
    return `'${id}'`;
};
/** A UUID without its dashes, as it stands in a token. */
export const withoutDashes = (id) => id.replaceAll('-', '');
/** Puts the dashes back. @param hex 32 hex digits */
export const withDashes = (hex) => [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
