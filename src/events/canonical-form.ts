import { canonical } from './envelope.js';

/**
 * Whether a text is the canonical JSON of what it says. False for what has no canonical form: half a character (which
 * JSON escapes as \ud…), or more levels than the stack takes.
 * @param value what was read from the text
 */
export const isCanonical = (text: string, value: unknown): boolean => {
  try {
    return isPlainlyCanonical(text, value) || canonical(value) === text;
  } catch (cause) {
    if (cause instanceof Error) return false;
    throw cause;
  }
};

/** The usual case in a fraction of the time: sorted, and just what JSON.stringify makes of it. Says no in case of doubt. */
const isPlainlyCanonical = (text: string, value: unknown): boolean =>
  !text.includes('\\ud') && isSorted(value) && JSON.stringify(value) === text;

const isSorted = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isSorted);
  const fields = value as Readonly<Record<string, unknown>>;
  let last = '';
  // What is read from JSON inherits nothing that could be listed.
  for (const key in fields) {
    if (key < last || !isSorted(fields[key])) return false;
    last = key;
  }
  return true;
};
