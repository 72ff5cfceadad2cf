/** Objects and arrays may lie inside one another this deep. Parsers and writers of JSON are recursive. */
export const depthMax = 64;

const quote = 0x22;
const backslash = 0x5c;
/** `[` and `{`, and `]` and `}`, differ in this bit alone. */
const curly = 0x20;
const openingSquare = 0x5b;
const closingSquare = 0x5d;

/**
 * Whether the JSON is nested deeper than {@link depthMax}. Looks at the bytes alone, before anything parses them, and says
 * nothing about whether they are JSON.
 */
export const isTooDeep = (json: Uint8Array | string): boolean =>
  typeof json === 'string' ? hasManyOpenings(json) && isDeeper(Buffer.from(json)) : isDeeper(json);

/** What does not even open so many levels is not looked at byte by byte. */
const hasManyOpenings = (json: string): boolean => {
  let openings = 0;
  for (const opening of ['{', '[']) {
    for (let at = json.indexOf(opening); at !== -1; at = json.indexOf(opening, at + 1)) {
      openings += 1;
      if (openings > depthMax) return true;
    }
  }
  return false;
};

const isDeeper = (json: Uint8Array): boolean => {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at] ?? 0;
    if (inString) {
      if (byte === backslash) at += 1;
      else if (byte === quote) inString = false;
    } else if (byte === quote) inString = true;
    else if ((byte & ~curly) === openingSquare) {
      depth += 1;
      if (depth > depthMax) return true;
    } else if ((byte & ~curly) === closingSquare) depth -= 1;
  }
  return false;
};
