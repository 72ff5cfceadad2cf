import { PaperFault } from './paper-fault.js';
import { type Bitmap, inTheMiddle } from './bitmap.js';
import { dotsPerColumn } from './paper-fonts.js';

/** A roll of paper: how many letters of the ordinary font a line holds, and how many dots the head has. */
export interface Paper {
  readonly columns: number;
  /** A whole number of bytes, no less than the columns take. */
  readonly dots: number;
}

/** The rolls that shops use. Printers of 80 mm hold 48 columns, and 42 where their head or their setting is narrower. */
export const papers = {
  '58mm': { columns: 32, dots: 384 },
  '80mm': { columns: 48, dots: 576 },
  '80mm-42': { columns: 42, dots: 576 },
} as const satisfies Readonly<Record<string, Paper>>;

/** Dots between the left edge of the first column and the right edge of the last: lines, drawn or not, lie in there. */
export const lineDots = ({ columns }: Paper): number => columns * dotsPerColumn;

/**
 * A picture in the middle of the lines, as wide as they are.
 * @throws PaperFault PICTURE_UNFIT when it is wider
 */
export const centredPicture = (picture: Bitmap, paper: Paper): Bitmap => {
  const width = lineDots(paper);
  if (picture.width > width || picture.dots.length !== (picture.width / 8) * picture.height) {
    throw new PaperFault(
      'PICTURE_UNFIT',
      `A picture of ${String(picture.width)} dots does not fit on paper of ${String(width)}, so nothing was printed. ` +
        'What was sold is recorded; give the shop a narrower picture, and print again.',
    );
  }
  return inTheMiddle(picture, width);
};
