import { invariant } from '../domain/refusal.js';
import type { Bitmap } from './bitmap.js';

/*
 * The commands that the package escpos has not, or sends wrongly, byte by byte after Epson's ESC/POS command reference.
 * Each is whole: it holds all the bytes that its head promises.
 */

/** Which drawer opens, and for how long its magnet is on. Some drawers need a longer pulse than others. */
export interface Pulse {
  /** 0 for pin 2 of the connector, 1 for pin 5. */
  readonly connector: 0 | 1;
  /** 2 to 510 ms, even. */
  readonly on_ms: number;
  readonly off_ms: number;
}

/** `ESC p m t1 t2`: the whole pulse, times in steps of 2 ms. */
export const pulseBytes = ({ connector, on_ms, off_ms }: Pulse): Uint8Array => {
  const steps = [on_ms / 2, off_ms / 2];
  invariant(
    steps.every((step) => Number.isInteger(step) && step >= 1 && step <= 255),
    'a pulse takes an even number of milliseconds up to 510',
  );
  return Uint8Array.of(0x1b, 0x70, connector, ...steps);
};

/** `ESC @`: whatever was set or half received before is forgotten. */
export const resetBytes = Uint8Array.of(0x1b, 0x40);

/** `ESC R 0`: bytes below 128 mean ASCII, whatever country the printer was set to. */
export const selectAscii = Uint8Array.of(0x1b, 0x52, 0);

/** `FS .`: no byte is the first half of a Chinese character. */
export const leaveChineseMode = Uint8Array.of(0x1c, 0x2e);

/** `GS W`: how many dots from the left margin are printed on. */
export const lineWidthBytes = (dots: number): Uint8Array => Uint8Array.of(0x1d, 0x57, dots & 0xff, dots >> 8);

/** `ESC J`: the paper moves on by so many dots, at most 255. */
export const feedBytes = (dots: number): Uint8Array => Uint8Array.of(0x1b, 0x4a, Math.min(255, dots));

/** `GS V 66 0`: the paper moves to the knife and is cut, but for one point that holds it. */
export const cutBytes: Uint8Array = Uint8Array.of(0x1d, 0x56, 66, 0);

/** `GS v 0`: a picture dot for dot. Its width and height are each less than 65 536. */
export const rasterBytes = ({ width, height, dots }: Bitmap): Uint8Array => {
  const stride = width / 8;
  invariant(dots.length === stride * height, 'a picture has as many dots as it says');
  return Uint8Array.of(0x1d, 0x76, 0x30, 0, stride & 0xff, stride >> 8, height & 0xff, height >> 8, ...dots);
};

/**
 * `GS ( k` four times: model 2, so many dots a module, error correction M, the content stored and printed.
 * @param content printable ASCII
 */
export const qrBytes = (content: string, moduleDots: number): Uint8Array => {
  const code = (parameters: readonly number[]): readonly number[] => {
    const length = parameters.length + 1;
    return [0x1d, 0x28, 0x6b, length & 0xff, length >> 8, 49, ...parameters];
  };
  return Uint8Array.from([
    ...code([65, 50, 0]),
    ...code([67, moduleDots]),
    ...code([69, 49]),
    ...code([80, 48, ...Buffer.from(content, 'ascii')]),
    ...code([81, 48]),
  ]);
};
