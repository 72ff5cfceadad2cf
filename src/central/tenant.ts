import { invariant } from '../domain/refusal.js';

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/u;

/** Whether the text is a UUID in lower case, the only form of an id that reaches SQL. */
export const isUuid = (text: string): boolean => uuidForm.test(text);

/** An id as a quoted SQL literal, for the statements that take no parameters. Only a UUID gets through. */
export const quotedUuid = (id: string): string => {
  invariant(isUuid(id), 'an id that is written into SQL is a UUID');
  return `'${id}'`;
};

/** Puts the dashes back into a UUID, which a token has without them. @param hex 32 hex digits */
export const withDashes = (hex: string): string =>
  [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
