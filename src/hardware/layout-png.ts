import { type Bitmap, inTheMiddle, isBlackAt, stacked } from './bitmap.js';
import { canvasLibrary } from './canvas.js';
import { type Layout, linesOf, type PaperLine } from './layout.js';
import { drawnLine } from './line-drawing.js';
import { centredPicture, lineDots, type Paper } from './paper.js';
import { qrCodeOf } from './qr-code.js';

/**
 * A layout as a picture in PNG, black and white, as wide as the paper has dots: for a screen, and for what a printer
 * would have made of it. The cut leaves no trace.
 * @throws PaperFault when something in it cannot be drawn
 */
export const layoutPng = (layout: Layout, paper: Paper): Buffer => {
  const lines = linesOf(layout, { columns: paper.columns, largeScale: 2 });
  const pictures = lines.flatMap((line) => pictureOf(line, layout, paper));
  const sheet = inTheMiddle(stacked(pictures, lineDots(paper)), paper.dots);
  const height = Math.max(1, sheet.height);
  const canvas = canvasLibrary().createCanvas(sheet.width, height);
  const context = canvas.getContext('2d');
  const image = context.createImageData(sheet.width, height);
  image.data.fill(0xff);
  for (let y = 0; y < sheet.height; y += 1) {
    for (let x = 0; x < sheet.width; x += 1) {
      if (isBlackAt(sheet, x, y)) image.data.fill(0, 4 * (y * sheet.width + x), 4 * (y * sheet.width + x) + 3);
    }
  }
  context.putImageData(image, 0, 0);
  return canvas.toBuffer('image/png');
};

const pictureOf = (line: PaperLine, { direction }: Layout, paper: Paper): readonly Bitmap[] => {
  switch (line.kind) {
    case 'text':
      return [drawnLine(line, direction, paper.columns)];
    case 'qr':
      return [centredPicture(qrCodeOf(line.content, lineDots(paper)).picture, paper)];
    case 'picture':
      return [centredPicture(line.picture, paper)];
    case 'cut':
      return [];
  }
};
