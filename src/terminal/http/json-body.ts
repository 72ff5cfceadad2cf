import { errorCode } from '../../events/error-code.js';
import { Problem } from './problem.js';

/** A sale of a thousand lines fits. */
export const saleBytesMax = 512 * 1024;
/** A file of 50 000 products fits several times. */
export const importBytesMax = 16 * 1024 * 1024;
/** What any other request may weigh. */
export const bodyBytesMax = 64 * 1024;
/** No request nests deeper; JSON.parse would take millions of levels, and what reads the result would not. */
const depthMax = 16;

const quote = 0x22;
const backslash = 0x5c;
const opening: readonly number[] = [0x5b, 0x7b];
const closing: readonly number[] = [0x5d, 0x7d];

/** Whether objects and arrays nest deeper than `levels`, told from the bytes alone, without reading them as JSON. */
export const isDeeperThan = (bytes: Uint8Array, levels: number): boolean => {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (inString) {
      if (byte === backslash) at += 1;
      else if (byte === quote) inString = false;
    } else if (byte === quote) inString = true;
    else if (opening.includes(byte)) depth += 1;
    else if (closing.includes(byte)) depth -= 1;
    if (depth > levels) return true;
  }
  return false;
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a JSON body; undefined where there is none.
 * @throws Problem BODY_TOO_DEEP, BODY_INVALID
 */
export const readJsonBody = (body: Uint8Array): unknown => {
  if (body.length === 0) return undefined;
  if (isDeeperThan(body, depthMax)) {
    throw new Problem(400, 'BODY_TOO_DEEP', `The body nests deeper than ${String(depthMax)} levels.`);
  }
  try {
    return JSON.parse(utf8.decode(body));
  } catch (cause) {
    if (cause instanceof SyntaxError || errorCode(cause) === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      throw new Problem(400, 'BODY_INVALID', 'The body is not JSON in UTF-8.');
    }
    throw cause;
  }
};
