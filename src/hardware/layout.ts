import type { Bitmap } from './bitmap.js';
import { columnsOf, printable, wrap } from './plain-text.js';

/** One thing on paper, from the top. Every back end draws all of them, unless it says otherwise. */
export type Block =
  /** A text at the edge where reading starts and another at the edge where it ends, such as a name and its amount. */
  | {
      readonly kind: 'row';
      readonly start: string;
      readonly end?: string;
      /** Columns kept free before the start. */
      readonly indent?: number;
      readonly large?: boolean;
    }
  | { readonly kind: 'centred'; readonly text: string; readonly large?: boolean }
  | { readonly kind: 'rule' }
  /** `content` is what a reader of the code gets: printable ASCII, at most 700 characters. */
  | { readonly kind: 'qr'; readonly content: string }
  /** In the middle of the paper, dot for dot. Text has no place for it. */
  | { readonly kind: 'picture'; readonly picture: Bitmap }
  /** The end of a piece of paper. */
  | { readonly kind: 'cut' };

/** What is on paper, whatever the paper. Texts may hold anything: no back end hands a control character on. */
export interface Layout {
  /** Where reading starts: rows of a layout from right to left have their amounts on the left. */
  readonly direction: 'ltr' | 'rtl';
  readonly blocks: readonly Block[];
}

/** One line of text, as far as its width is decided. No text holds a control character. */
export interface TextLine {
  readonly kind: 'text';
  readonly start: string;
  /** Empty when there is nothing at the other edge. */
  readonly end: string;
  /** Columns kept free before the start. */
  readonly indent: number;
  /** In the middle of the paper; the indent is where that is for letters of one width. */
  readonly centred: boolean;
  /** Of the paper: 2 for letters of twice the width and height, of which half as many fit. */
  readonly scale: 1 | 2;
}

/** A layout broken into lines. */
export type PaperLine = TextLine | Exclude<Block, { kind: 'row' | 'centred' | 'rule' }>;

/** How wide the lines are. */
export interface LineWidth {
  /** Letters of the ordinary size in a line. */
  readonly columns: number;
  /** How large a large letter is; 1 where all letters are alike. */
  readonly largeScale: 1 | 2;
}

/** Breaks a layout into lines, so that each text fits and none is dropped. */
export const linesOf = ({ blocks }: Layout, width: LineWidth): readonly PaperLine[] =>
  blocks.flatMap((block): readonly PaperLine[] => {
    switch (block.kind) {
      case 'row': {
        const scale = block.large === true ? width.largeScale : 1;
        return row(block, Math.floor(width.columns / scale), scale);
      }
      case 'centred': {
        const scale = block.large === true ? width.largeScale : 1;
        return centred(block.text, Math.floor(width.columns / scale), scale);
      }
      case 'rule':
        return [{ kind: 'text', start: '-'.repeat(width.columns), end: '', indent: 0, centred: false, scale: 1 }];
      default:
        return [block];
    }
  });

const centred = (text: string, columns: number, scale: 1 | 2): readonly TextLine[] =>
  wrap(text, columns).map((start) => ({
    kind: 'text',
    start,
    end: '',
    indent: Math.floor((columns - columnsOf(start)) / 2),
    centred: true,
    scale,
  }));

/** The end stands on a line of its own when it does not fit beside the start. */
const row = (
  { start, end = '', indent = 0 }: Extract<Block, { kind: 'row' }>,
  columns: number,
  scale: 1 | 2,
): readonly TextLine[] => {
  const line = { kind: 'text', start: '', end: '', indent, centred: false, scale } as const;
  const starts = wrap(start, columns - indent).map((text) => ({ ...line, start: text }));
  const last = starts.at(-1) ?? { ...line, indent: 0 };
  if (printable(end) === '') return starts;
  const gap = columns - last.indent - columnsOf(last.start) - columnsOf(end);
  const [only, ...more] = wrap(end, columns);
  if (gap >= 1 && only !== undefined && more.length === 0) return [...starts.slice(0, -1), { ...last, end: only }];
  return [...starts, ...wrap(end, columns).map((text) => ({ ...line, indent: 0, end: text }))];
};

const rightToLeft = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

const isolates = /\u2068[^\u2068\u2069]*\u2069/gu;

/**
 * Which way a text of its own runs: as its first letter does that is ours (UAX #9, P2), or else the first of the data in
 * it; figures without a letter run from left to right.
 */
export const directionOf = (text: string): 'ltr' | 'rtl' => {
  const letter = (/\p{L}/u.exec(text.replaceAll(isolates, '')) ?? /\p{L}/u.exec(text))?.[0] ?? '';
  return rightToLeft.test(letter) ? 'rtl' : 'ltr';
};
