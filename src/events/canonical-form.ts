import { canonical } from './envelope.js';

/**
 * Whether a text is the canonical JSON of what it says. False for what has no canonical form: half a character (which
 * JSON escapes as \ud…), or more levels than the stack takes.
 * @param value what was read from the text
 */
export const isCanonical = (text: string, value: unknown): boolean => {
  try {
    return canonical(value) === text;
  } catch (cause) {
    if (cause instanceof Error) return false;
    throw cause;
  }
};
