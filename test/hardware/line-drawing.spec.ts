import { isBlackAt } from '../../src/hardware/bitmap.js';
import { linesOf, type TextLine } from '../../src/hardware/layout.js';
import { drawnLine } from '../../src/hardware/line-drawing.js';
import { isolated, printable, wrap } from '../../src/hardware/plain-text.js';

const columns = 32;

const lineOf = (start: string, end = '', direction: 'ltr' | 'rtl' = 'rtl'): TextLine => {
  const [line, ...more] = linesOf({ direction, blocks: [{ kind: 'row', start, end }] }, { columns, largeScale: 2 });
  expect(more).toEqual([]);
  if (line?.kind !== 'text') throw new Error('It is no line of text.');
  return line;
};

/** The columns of dots that hold ink, from the left, row by row above and below the base, as it is drawn. */
const inkOf = (line: TextLine, direction: 'ltr' | 'rtl' = 'rtl'): readonly number[] => {
  const picture = drawnLine(line, direction, columns);
  return Array.from({ length: picture.width }, (_, x) => x).filter((x) =>
    Array.from({ length: picture.height }, (_, y) => y).some((y) => isBlackAt(picture, x, y)),
  );
};

describe('A line that is drawn', () => {
  it('never lets a name touch its amount, however wide its letters are', () => {
    const amount = '1234.50';
    for (const letter of ['ض', 'ص ', 'ﷺ', 'سـ']) {
      const name = printable(letter.repeat(Math.floor(24 / letter.length)));
      const ink = inkOf(lineOf(name, amount));
      const own = amount.length * 12;
      expect(ink.filter((x) => x < own)).toEqual(inkOf(lineOf('', amount)));
      // One column stays white between the two.
      expect(ink.filter((x) => x >= own && x < own + 10)).toEqual([]);
      expect(Math.max(...ink)).toBeGreaterThan(columns * 12 - 12);
    }
  });

  it('is as high as its letters need, so that marks above and below are whole', () => {
    const heightOf = (text: string): number => drawnLine(lineOf(text), 'rtl', columns).height;
    expect(heightOf('قهوة')).toBeGreaterThanOrEqual(30);
    expect(heightOf('لِلَّٰهِ')).toBeGreaterThan(heightOf('Tea'));
    expect(heightOf(`ق${'ٌ'.repeat(4)}`)).toBeGreaterThan(heightOf('قٌ'));
    const high = drawnLine(lineOf('أَيُّهَا'), 'rtl', columns);
    const isBlankRow = (y: number): boolean =>
      Array.from({ length: high.width }, (_, x) => x).every((x) => !isBlackAt(high, x, y));
    expect([0, high.height - 1].map(isBlankRow)).toEqual([true, true]);
  });

  it('draws a mark without a letter on the paper, not beside it', () => {
    expect(inkOf(lineOf('\u064b')).length).toBeGreaterThan(4);
    expect(inkOf(lineOf(isolated('\u0651')), 'ltr').length).toBeGreaterThan(4);
  });

  it('joins Arabic letters: a word takes less room than its letters one by one', () => {
    const wordInk = inkOf(lineOf('مبسطة'));
    const lettersInk = inkOf(lineOf(Array.from('مبسطة').join(' ')));
    const gaps = (ink: readonly number[]): number =>
      ink.filter((x, index) => index > 0 && x > (ink[index - 1] ?? 0) + 1).length;
    expect(gaps(wordInk)).toBe(0);
    expect(gaps(lettersInk)).toBeGreaterThanOrEqual(4);
  });

  it('writes Latin letters and figures beside Arabic as on every other line, each in its column', () => {
    const alone = inkOf(lineOf('Nour-12', '', 'ltr'), 'ltr');
    const beside = inkOf(lineOf('Nour-12 نور', '', 'ltr'), 'ltr');
    expect(Math.max(...alone)).toBeLessThan(7 * 12);
    expect(beside.filter((x) => x < 7 * 12)).toEqual(alone);
  });

  it('keeps a number that names something in its order, in the middle of Arabic', () => {
    const number = '7001-000012';
    const apart = drawnLine(lineOf(`إيصال ${isolated(number)}`), 'rtl', columns);
    const turned = drawnLine(lineOf(`إيصال ${number}`), 'rtl', columns);
    expect(Buffer.compare(apart.dots, turned.dots)).not.toBe(0);
    // Drawn as the word at the right and, in the dots left of it, the number as it is drawn alone.
    const left = Math.min(...inkOf(lineOf(`إيصال ${isolated(number)}`)));
    expect(left).toBeGreaterThan(0);
  });
});

describe('Data within a sentence', () => {
  it('is set off in every line that it is broken into', () => {
    const lines = wrap(`السبب: ${isolated('cold and bitter and far too late for a breakfast')}`, 20);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(line.match(/\u2068/gu)).toHaveLength(1);
    for (const line of lines) expect(line.match(/\u2069/gu)).toHaveLength(1);
    expect(lines.map(printable).join(' ')).toBe('السبب: cold and bitter and far too late for a breakfast');
  });

  it('cannot end or start what sets it off', () => {
    expect(isolated('a\u2069b\u2068c\u202e')).toBe('\u2068abc\u2069');
    expect(wrap('a\u2069b \u2068c', 20)).toEqual(['ab \u2068c\u2069']);
  });

  it('takes no line when there is nothing to see in it', () => {
    expect(wrap(isolated(' \u0000 '), 20)).toEqual([]);
  });
});
