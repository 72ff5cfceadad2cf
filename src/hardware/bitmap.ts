/** A black and white picture. Rows from the top; a row is whole bytes, the leftmost dot in the highest bit, 1 is black. */
export interface Bitmap {
  /** Dots; a whole number of bytes. */
  readonly width: number;
  readonly height: number;
  readonly dots: Uint8Array;
}

/**
 * A picture of dots that are black where `isBlack` says so.
 * @param width is rounded up to whole bytes with white
 */
export const bitmapOf = (width: number, height: number, isBlack: (x: number, y: number) => boolean): Bitmap => {
  const stride = Math.ceil(width / 8);
  const dots = new Uint8Array(stride * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * stride + (x >> 3);
      if (isBlack(x, y)) dots[at] = (dots[at] ?? 0) | (0x80 >> (x & 7));
    }
  }
  return { width: stride * 8, height, dots };
};

/** Whether a dot within the picture is black. */
export const isBlackAt = ({ width, dots }: Bitmap, x: number, y: number): boolean =>
  (((dots[y * (width / 8) + (x >> 3)] ?? 0) >> (7 - (x & 7))) & 1) === 1;

/** Cuts a picture into pictures of at most `rows` rows, from the top. */
export const bandsOf = ({ width, height, dots }: Bitmap, rows: number): readonly Bitmap[] => {
  const stride = width / 8;
  return Array.from({ length: Math.ceil(height / rows) }, (_, index) => {
    const top = index * rows;
    const bottom = Math.min(height, top + rows);
    return { width, height: bottom - top, dots: dots.subarray(top * stride, bottom * stride) };
  });
};

/**
 * Pictures below each other on a white sheet.
 * @param width dots of the sheet, a whole number of bytes, no less than any picture
 * @param leftOf how far from the left edge a picture stands, a whole number of bytes in dots
 */
export const stacked = (
  pictures: readonly Bitmap[],
  width: number,
  leftOf: (picture: Bitmap) => number = () => 0,
): Bitmap => {
  const height = pictures.reduce((sum, picture) => sum + picture.height, 0);
  const dots = new Uint8Array((width / 8) * height);
  let top = 0;
  for (const picture of pictures) {
    const left = leftOf(picture) / 8;
    for (const { dots: row } of bandsOf(picture, 1)) {
      dots.set(row, top * (width / 8) + left);
      top += 1;
    }
  }
  return { width, height, dots };
};

/** The picture in the middle of a sheet of `width` dots, as near as whole bytes allow. */
export const inTheMiddle = (picture: Bitmap, width: number): Bitmap =>
  stacked([picture], width, () => Math.floor((width - picture.width) / 16) * 8);
