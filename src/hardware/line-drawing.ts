import type { Canvas, SKRSContext2D } from '@napi-rs/canvas';
import type { Bitmap } from './bitmap.js';
import { canvasLibrary } from './canvas.js';
import { directionOf, type Layout, type TextLine } from './layout.js';
import { dotsPerColumn, type Hand, handOf, requireGlyphs } from './paper-fonts.js';
import { columnsOf } from './plain-text.js';

/** What an ordinary line takes above and below its base; letters that reach further make their line higher. */
const ascentMin = 23;
const descentMin = 9;

/** Letters are drawn with this much room around, and cut to the ink. */
const letterRoom = 8;

/**
 * The canvas measures letters, not the marks on them: text that has some gets more room, for each that sits on another,
 * because it costs time with every dot. A tower of more than four, as no language has, ends there.
 */
const markRooms = [letterRoom, 24, 36, 48, 60];

/** How many marks sit on one letter at most. */
const marksIn = (text: string): number =>
  Math.max(0, ...Array.from(text.matchAll(/\p{M}+/gu), ([marks]) => marks.length));

const roomFor = (text: string): number => markRooms[marksIn(text)] ?? Math.max(...markRooms);

/** Canvases are used again for every line of their size: making one takes longer than drawing a line. */
const canvases = new Map<string, Canvas>();

const blankCanvas = (width: number, height: number): Canvas => {
  const key = `${String(width)} ${String(height)}`;
  const canvas = canvases.get(key) ?? canvasLibrary().createCanvas(width, height);
  canvases.set(key, canvas);
  const context = canvas.getContext('2d');
  context.resetTransform();
  context.clearRect(0, 0, width, height);
  return canvas;
};

/** Heights are whole steps of so many dots, so that few canvases serve all lines. */
const heightStep = 8;

/** How dark a dot must be to be printed, of 255: lighter than half, because thin strokes would break. */
const inkFrom = 105;

/** Ink, and what it is drawn on before it is ink. */
interface Sheet extends Bitmap {
  readonly context: SKRSContext2D;
}

/** Dots that letters may reach over what they take, at either side. */
const overhang = 24;

interface Piece {
  readonly text: string;
  readonly hand: Hand;
  readonly direction: 'ltr' | 'rtl';
  /** Dots that it would take, and as much of it as it may. */
  readonly width: number;
  readonly squeeze: number;
  readonly ascent: number;
  readonly descent: number;
}

const nothing: Piece = {
  text: '',
  hand: { font: '', wordSpacing: '0px' },
  direction: 'ltr',
  width: 0,
  squeeze: 1,
  ascent: 0,
  descent: 0,
};

let forMeasuring: SKRSContext2D | undefined;

const measuringContext = (): SKRSContext2D => (forMeasuring ??= canvasLibrary().createCanvas(8, 8).getContext('2d'));

const pieceOf = (text: string, scale: number, room: number): Piece => {
  if (text === '') return nothing;
  // A mark without a letter would sit outside of the paper: it gets a space to sit on.
  const normal = text.normalize('NFC').replace(/^(?=\u2068*\p{M})/u, ' ');
  requireGlyphs(normal);
  const hand = handOf(normal, scale);
  const direction = directionOf(normal);
  const measuring = Object.assign(measuringContext(), hand, { direction });
  const { width, actualBoundingBoxAscent: ascent, actualBoundingBoxDescent: descent } = measuring.measureText(normal);
  const squeeze = width > room ? room / width : 1;
  return { text: normal, hand, direction, width: width * squeeze, squeeze, ascent, descent };
};

/** Draws a piece, and takes over its ink from where it may be: to look at a dot takes longer than to draw it. */
const drawPiece = (sheet: Sheet, piece: Piece, left: number, base: number): void => {
  if (piece.text === '') return;
  const { context } = sheet;
  context.setTransform(piece.squeeze, 0, 0, 1, left, base);
  Object.assign(context, piece.hand, { direction: piece.direction, textAlign: 'left' });
  context.fillText(piece.text, 0, 0);
  const from = Math.max(0, Math.floor(left) - overhang);
  const to = Math.min(sheet.width, Math.ceil(left + piece.width) + overhang);
  const { data } = context.getImageData(from, 0, to - from, sheet.height);
  // Black on nothing: how much of a dot is covered, its fourth byte, is all there is to know.
  for (let at = 3, dot = 0; at < data.length; at += 4, dot += 1) {
    if ((data[at] ?? 0) < inkFrom) continue;
    const place = Math.floor(dot / (to - from)) * sheet.width + from + (dot % (to - from));
    sheet.dots[place >> 3] = (sheet.dots[place >> 3] ?? 0) | (0x80 >> (place & 7));
  }
};

/** So many lines are kept: the head, the foot and the words of a shop are the same on every paper. */
const keptMax = 512;

const kept = new Map<string, Bitmap>();

/**
 * Draws a line of text with letters joined and in the order in which they are read. Nothing is cut off: what is wider
 * than its room is squeezed into it, and what is higher makes the line higher.
 * @param columns of the paper, in letters of the ordinary size
 * @throws PaperFault GLYPH_MISSING
 */
export const drawnLine = (line: TextLine, direction: Layout['direction'], columns: number): Bitmap => {
  const key = JSON.stringify([line, direction, columns]);
  const picture = kept.get(key) ?? draw(line, direction, columns);
  // Taken out and put in again, it is the last to go.
  kept.delete(key);
  kept.set(key, picture);
  const [oldest] = kept.keys();
  if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest);
  return picture;
};

const draw = (line: TextLine, direction: Layout['direction'], columns: number): Bitmap => {
  const { scale } = line;
  const width = columns * dotsPerColumn;
  const column = dotsPerColumn * scale;
  const indent = line.centred ? 0 : line.indent * column;
  const end = pieceOf(line.end, scale, line.start === '' ? width : columnsOf(line.end) * column);
  const start = pieceOf(line.start, scale, width - indent - (line.end === '' ? 0 : end.width + column));
  const room = roomFor(`${start.text} ${end.text}`) * scale;
  const base = Math.max(ascentMin * scale, Math.ceil(Math.max(start.ascent, end.ascent))) + room;
  const below = Math.max(descentMin * scale, Math.ceil(Math.max(start.descent, end.descent))) + room;
  const height = Math.ceil((base + below) / heightStep) * heightStep;

  const context = blankCanvas(width, height).getContext('2d');
  const sheet = { width, height, dots: new Uint8Array((width / 8) * height), context };
  const startLeft = direction === 'ltr' ? indent : width - indent - start.width;
  drawPiece(sheet, start, line.centred ? (width - start.width) / 2 : startLeft, base);
  drawPiece(sheet, end, direction === 'ltr' ? width - end.width : 0, base);
  return cutToInk(sheet, base - ascentMin * scale, base + descentMin * scale);
};

/** The rows from `top` to `bottom`, and as many more as hold ink, with one that holds none at either end. */
const cutToInk = (sheet: Bitmap, top: number, bottom: number): Bitmap => {
  const { width, height, dots } = sheet;
  const stride = width / 8;
  const isBlank = (y: number): boolean => dots.subarray(y * stride, (y + 1) * stride).every((byte) => byte === 0);
  let first = 0;
  while (first < top && isBlank(first + 1)) first += 1;
  let end = height;
  while (end > bottom && isBlank(end - 2)) end -= 1;
  return { width, height: end - first, dots: dots.slice(first * stride, end * stride) };
};
