import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { invariant } from '../domain/refusal.js';
import { canvasLibrary } from './canvas.js';
import { PaperFault } from './paper-fault.js';

const require = createRequire(import.meta.url);

/**
 * The fonts that paper is drawn with. They come with the program, so that every machine draws the same; what the machine
 * has of its own is never looked at, because `requireGlyphs` lets nothing through that these have not.
 */
const bundled = {
  arabic: {
    family: 'Tillog Paper Arabic',
    file: require.resolve('@expo-google-fonts/noto-naskh-arabic/500Medium/NotoNaskhArabic_500Medium.ttf'),
  },
  /** Every letter is 0.6 of the font's size wide: at 20 dots a column is 12. */
  columns: {
    family: 'Tillog Paper Columns',
    file: require.resolve('@expo-google-fonts/noto-sans-mono/500Medium/NotoSansMono_500Medium.ttf'),
  },
} as const;

/** Reads which characters a TrueType font has, from its table `cmap` in format 12 (OpenType 1.9, “cmap”). */
const charactersIn = (font: Buffer): ReadonlySet<number> => {
  const tables = Array.from({ length: font.readUInt16BE(4) }, (_, index) => 12 + 16 * index);
  const entry = tables.find((at) => font.toString('latin1', at, at + 4) === 'cmap');
  invariant(entry !== undefined, 'the bundled font has a table of characters');
  const cmap = font.readUInt32BE(entry + 8);
  const maps = Array.from(
    { length: font.readUInt16BE(cmap + 2) },
    (_, index) => cmap + font.readUInt32BE(cmap + 4 + 8 * index + 4),
  );
  const groups = maps.find((at) => font.readUInt16BE(at) === 12);
  invariant(groups !== undefined, 'the bundled font lists its characters in format 12');
  const characters = new Set<number>();
  for (let index = 0; index < font.readUInt32BE(groups + 12); index += 1) {
    const group = groups + 16 + 12 * index;
    for (let at = font.readUInt32BE(group); at <= font.readUInt32BE(group + 4); at += 1) characters.add(at);
  }
  return characters;
};

const load = (): readonly ReadonlySet<number>[] =>
  Object.values(bundled).map(({ family, file }) => {
    const font = readFileSync(file);
    invariant(canvasLibrary().GlobalFonts.register(font, family) !== null, `the bundled font ${file} can be read`);
    return charactersIn(font);
  });

let loaded: readonly ReadonlySet<number>[] | undefined;

/** Which characters each bundled font has. The first call reads the fonts and makes them known to the canvas. */
const coverage = (): readonly ReadonlySet<number>[] => (loaded ??= load());

const codePointsOf = (text: string): readonly number[] =>
  Array.from(text, (character) => character.codePointAt(0) ?? 0);

const letters = new Intl.Segmenter('und', { granularity: 'grapheme' });

/** Marks of direction are followed, never drawn. */
const undrawn = /[\u2068\u2069]/gu;

/**
 * Checks that every letter of a text, with its marks, can be drawn by one of the bundled fonts.
 * @throws PaperFault GLYPH_MISSING with the letter named
 */
export const requireGlyphs = (text: string): void => {
  const fonts = coverage();
  const drawn = text.replaceAll(undrawn, '');
  // Nearly always one font has all of it, which is seen in a fraction of the time that it takes to find the letters.
  if (fonts.some((has) => codePointsOf(drawn).every((codePoint) => has.has(codePoint)))) return;
  for (const { segment } of letters.segment(drawn)) {
    const codePoints = codePointsOf(segment);
    if (fonts.some((has) => codePoints.every((codePoint) => has.has(codePoint)))) continue;
    const names = codePoints.map((codePoint) => `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`);
    throw new PaperFault(
      'GLYPH_MISSING',
      `No font of this program has “${segment}” (${names.join(' ')}), so nothing was printed. What was sold is ` +
        'recorded; take the character out of the name, and print again.',
    );
  }
};

const arabicLetter = /\p{Script_Extensions=Arabic}/u;

/**
 * How a text is drawn, as a font of CSS: digits and Latin letters in columns, and what holds Arabic in a hand that joins.
 * @param scale 2 for twice the size
 */
export const fontOf = (text: string, scale: number): string => {
  coverage();
  const { arabic, columns } = bundled;
  return arabicLetter.test(text)
    ? `${String(24 * scale)}px "${arabic.family}", "${columns.family}"`
    : `${String(20 * scale)}px "${columns.family}", "${arabic.family}"`;
};
