/** As much of the package, which has no types of its own, as is used here. */
declare module 'escpos' {
  /** Gathers commands. Nothing leaves it before somebody takes the buffer. */
  class Printer {
    constructor(adapter: null, options: { readonly encoding: string });
    readonly buffer: { flush(): Buffer };
    /** `ESC @`. */
    hardware(what: 'init'): this;
    /** `ESC t n`. */
    setCharacterCodeTable(n: number): this;
    /** `ESC a n`. */
    align(where: 'lt' | 'ct'): this;
    /** `GS ! n`: 0 is the ordinary size, 1 twice of it. */
    size(width: 0 | 1, height: 0 | 1): this;
    /** The text in the encoding, and a line feed. */
    text(line: string): this;
    /** Bytes as they are. */
    raw(bytes: Buffer): this;
  }
}
