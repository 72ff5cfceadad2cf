/** The most lines that one text may take on paper; a longer one is cut, with dots at its end. */
const linesPerTextMax = 8;

/** Unicode's FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE: what lies between is ordered for itself. */
const isolateStart = '\u2068';
const isolateEnd = '\u2069';

const spaces = /[\s\p{Zs}\p{Zl}\p{Zp}]+/gu;
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu;
const unprintableButIsolates = /(?![\u2068\u2069])[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu;

/**
 * Text that cannot steer a device or a screen: control and format characters (C0, C1, bidi, zero width), private ones
 * and halves of characters are taken out, and every kind of space is one plain space.
 */
export const printable = (text: string): string => text.replaceAll(spaces, ' ').replaceAll(unprintable, '').trim();

/**
 * Data within a sentence of ours: `printable`, and set off so that the words around it, which may run the other way,
 * never turn its parts round. Back ends take the two marks out again where nothing can be turned.
 */
export const isolated = (text: string): string => `${isolateStart}${printable(text)}${isolateEnd}`;

/** Code points: what a font draws one by one. */
const charactersOf = (text: string): readonly string[] => Array.from(text);

const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/u;

const columnsOfCharacter = (character: string): number =>
  /[\p{M}\p{Cf}]/u.test(character) ? 0 : wide.test(character) ? 2 : 1;

/** How many columns the text takes on paper: marks that sit on a letter take none, East Asian characters two. */
export const columnsOf = (text: string): number =>
  charactersOf(text).reduce((columns, character) => columns + columnsOfCharacter(character), 0);

/** The start of a text that fits, and what is left of it. At least one character is taken. */
const takeColumns = (text: string, columns: number): readonly [string, string] => {
  const characters = charactersOf(text);
  let used = 0;
  const end = characters.findIndex((character, index) => {
    used += columnsOfCharacter(character);
    return used > columns && index > 0;
  });
  return end === -1 ? [text, ''] : [characters.slice(0, end).join(''), characters.slice(end).join('')];
};

/**
 * Breaks a text into lines of at most `columns`, between words where that is possible. Nothing unprintable is left in
 * them but the marks of {@link isolated}, which each line closes and the next one opens again.
 */
export const wrap = (text: string, columns: number): readonly string[] => {
  const lines: string[] = [];
  let rest = text.replaceAll(spaces, ' ').replaceAll(unprintableButIsolates, '').trim();
  while (printable(rest) !== '' && lines.length < linesPerTextMax) {
    const [start, after] = takeColumns(rest, columns);
    const space = after === '' || after.startsWith(' ') ? -1 : start.lastIndexOf(' ');
    const line = space > 0 ? start.slice(0, space) : start;
    lines.push(line.trimEnd());
    rest = rest.slice(line.length).trimStart();
  }
  const last = lines.at(-1);
  if (printable(rest) !== '' && last !== undefined) lines.splice(-1, 1, `${takeColumns(last, columns - 3)[0]}...`);
  return balanced(lines);
};

const balanced = (lines: readonly string[]): readonly string[] => {
  let open = 0;
  return lines.map((line) => {
    const before = open;
    let kept = '';
    for (const character of line) {
      // An end without a start would end what is not its own.
      if (character === isolateEnd && open === 0) continue;
      open += character === isolateStart ? 1 : character === isolateEnd ? -1 : 0;
      kept += character;
    }
    return isolateStart.repeat(before) + kept + isolateEnd.repeat(open);
  });
};

/** A word as it begins a line. */
export const capitalized = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

/** A whole number of the smallest unit, written with at most `places` decimals and no zeros at the end. */
export const decimal = (value: number, places: number): string => {
  const digits = String(value).padStart(places + 1, '0');
  const whole = digits.slice(0, -places);
  const part = digits.slice(-places).replace(/0+$/u, '');
  return part === '' ? whole : `${whole}.${part}`;
};
