import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { invariant } from '../domain/refusal.js';
import { canvasLibrary } from './canvas.js';
import { PaperFault } from './paper-fault.js';

/** What one letter of the printer's ordinary font takes, so that drawn lines end where printed ones end. */
export const dotsPerColumn = 12;

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
  columns: {
    family: 'Tillog Paper Columns',
    file: require.resolve('@expo-google-fonts/noto-sans-mono/500Medium/NotoSansMono_500Medium.ttf'),
    /** Its letters are 600 units wide: so many units to the size, instead of 1000, make them 12 dots at a size of 24. */
    unitsPerSize: 1200,
  },
} as const;

/** Where a table of a TrueType font starts (OpenType 1.9, “Table Directory”). */
const tableIn = (font: Buffer, name: string): number => {
  const tables = Array.from({ length: font.readUInt16BE(4) }, (_, index) => 12 + 16 * index);
  const entry = tables.find((at) => font.toString('latin1', at, at + 4) === name);
  invariant(entry !== undefined, `the bundled font has a table ${name}`);
  return font.readUInt32BE(entry + 8);
};

/**
 * Both fonts are drawn at one size, so that letters, figures and Arabic of one line each come from the same font on
 * every line. At that size the Latin letters would be too wide for their columns: they are told to be smaller
 * (OpenType 1.9, “head”, `unitsPerEm`).
 */
const sized = (font: Buffer, unitsPerSize: number): Buffer => {
  font.writeUInt16BE(unitsPerSize, tableIn(font, 'head') + 18);
  return font;
};

/** Reads which characters a TrueType font has, from its table `cmap` in format 12 (OpenType 1.9, “cmap”). */
const charactersIn = (font: Buffer): ReadonlySet<number> => {
  const cmap = tableIn(font, 'cmap');
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
  Object.values(bundled).map(({ family, file, ...more }) => {
    const font = 'unitsPerSize' in more ? sized(readFileSync(file), more.unitsPerSize) : readFileSync(file);
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

/** How a text is drawn, as CSS says it. */
export interface Hand {
  readonly font: string;
  readonly wordSpacing: string;
}

/** A space is as wide as a column, which Arabic words would stand too far apart with. */
const arabicSpaceDots = 7;

/**
 * The hand that a text is drawn in: digits and Latin letters in columns, Arabic as it is joined.
 * @param scale 2 for twice the size
 */
export const handOf = (text: string, scale: number): Hand => {
  coverage();
  const { arabic, columns } = bundled;
  return {
    font: `${String(24 * scale)}px "${columns.family}", "${arabic.family}"`,
    wordSpacing: `${String(arabicLetter.test(text) ? (arabicSpaceDots - dotsPerColumn) * scale : 0)}px`,
  };
};
