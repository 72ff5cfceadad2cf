import { createCanvas, loadImage } from '@napi-rs/canvas';
import type { Logo } from '../domain/paper.js';
import { bitmapOf } from './bitmap.js';

/** What the narrowest paper holds. */
const widthMax = 384;
/** More would waste paper with every receipt. */
const heightMax = 384;
/** A dot is black when it is darker than this, of 255. */
const blackBelow = 128;

/**
 * A picture file as a logo: black and white, as wide as asked, on white where it was transparent.
 * @param image PNG, JPEG or whatever else the canvas reads
 * @param asked dots; it is made smaller than that where it would not fit, and no picture is made larger
 * @throws Error when the image cannot be read
 */
export const logoOf = async (image: Uint8Array, asked: number): Promise<Logo> => {
  const picture = await loadImage(image);
  const scale = Math.min(1, asked / picture.width, widthMax / picture.width, heightMax / picture.height);
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const context = createCanvas(width, height).getContext('2d');
  context.fillStyle = 'white';
  context.fillRect(0, 0, width, height);
  context.drawImage(picture, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const bitmap = bitmapOf(width, height, (x, y) => {
    const [red = 0, green = 0, blue = 0] = data.subarray(4 * (y * width + x));
    return 0.299 * red + 0.587 * green + 0.114 * blue < blackBelow;
  });
  return { width: bitmap.width, height: bitmap.height, dots: Buffer.from(bitmap.dots).toString('base64') };
};
