import qrcode from 'qrcode-generator';
import { type Bitmap, bitmapOf } from './bitmap.js';
import { PaperFault } from './paper-fault.js';

/** What the tax authorities allow; it fits a code that 58 mm paper holds with 3 dots a module. */
const contentMax = 700;

/** Printers hold their ink best up to this size; larger wastes paper. Dots a module. */
const moduleDotsMax = 6;

/** White around the code, in modules (ISO/IEC 18004). Readers that miss it may not find the code. */
const quietModules = 4;

/** A QR code of error correction level M. */
export interface QrCode {
  readonly content: string;
  /** Dots that one module is wide and high. */
  readonly moduleDots: number;
  /** Dots of white above and below. */
  readonly quietDots: number;
  /** The code with white all around it. */
  readonly picture: Bitmap;
}

/**
 * The code for a text, as large as fits between `dots` dots.
 * @throws PaperFault QR_UNFIT when it is empty, longer than 700 characters, or holds more than printable ASCII
 */
export const qrCodeOf = (content: string, dots: number): QrCode => {
  if (!/^[ -~]+$/u.test(content) || content.length > contentMax) {
    throw new PaperFault(
      'QR_UNFIT',
      `A QR code holds 1 to ${String(contentMax)} letters, digits and signs of ASCII; this one has ${String(content.length)}. ` +
        'Nothing was printed. What was sold is recorded; correct what the code says in the settings, and print again.',
    );
  }
  const code = qrcode(0, 'M');
  code.addData(content, 'Byte');
  code.make();
  const modules = code.getModuleCount();
  const all = modules + 2 * quietModules;
  const moduleDots = Math.min(moduleDotsMax, Math.floor(dots / all));
  const isBlack = (x: number, y: number): boolean => {
    const column = Math.floor(x / moduleDots) - quietModules;
    const row = Math.floor(y / moduleDots) - quietModules;
    return column >= 0 && row >= 0 && column < modules && row < modules && code.isDark(row, column);
  };
  const picture = bitmapOf(all * moduleDots, all * moduleDots, isBlack);
  return { content, moduleDots, quietDots: quietModules * moduleDots, picture };
};
