/*
 * A printer made of code, written after the ESC/POS command reference alone: it knows nothing of what encodes the jobs
 * that are sent to it, so it shows what a real one would make of them. A byte that it does not know is an error, because
 * a real printer would print it or swallow what follows.
 */

/** One thing on the paper, from the top. */
export type Printed =
  | { readonly kind: 'line'; readonly text: string; readonly size: number; readonly align: number }
  /** Rows of bytes, the leftmost dot in the highest bit; 1 is black. */
  | { readonly kind: 'picture'; readonly rows: readonly Uint8Array[] }
  /** `area` is how many dots from the left it is aligned in; 0 for the whole paper. */
  | {
      readonly kind: 'code';
      readonly content: string;
      readonly dots: number;
      readonly align: number;
      readonly area: number;
    }
  | { readonly kind: 'feed'; readonly dots: number }
  | { readonly kind: 'cut' };

/** What a printer did with what it was sent. */
export interface Print {
  readonly items: readonly Printed[];
  readonly pulses: readonly { readonly pin: number; readonly on_ms: number; readonly off_ms: number }[];
  /** Bytes that ask for the state, by their number. */
  readonly questions: readonly number[];
  /** How often it was reset. */
  readonly resets: number;
}

const upperHalves: Readonly<Record<number, string>> = {
  0:
    'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀' +
    'αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0',
  2:
    'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀' +
    'ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0',
  18:
    'ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀' +
    'ÓßÔŃńňŠšŔÚŕŰýÝţ´\u00ad˝˛ˇ˘§÷¸°¨˙űŘř■\u00a0',
  19:
    'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀' +
    'ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00ad±‗¾¶§÷¸°¨·¹³²■\u00a0',
  // What no character has is a line feed here, which a name may not have either.
  16:
    '€\n‚ƒ„…†‡ˆ‰Š‹Œ\nŽ\n\n‘’“”•–—˜™š›œ\nžŸ' +
    String.fromCharCode(...Array.from({ length: 96 }, (_, index) => 0xa0 + index)),
  17: new TextDecoder('ibm866').decode(Uint8Array.from({ length: 128 }, (_, index) => 128 + index)),
};

/** Prints a job. Throws at the first byte that no command explains, and when the job ends within a command or a line. */
export const print = (job: Uint8Array): Print => new VirtualPrinter(job).run();

class VirtualPrinter {
  private at = 0;
  private line = '';
  private page = 0;
  private size = 0;
  private align = 0;
  private area = 0;
  private code = { dots: 3, content: '' };
  private readonly items: Printed[] = [];
  private readonly pulses: { pin: number; on_ms: number; off_ms: number }[] = [];
  private readonly questions: number[] = [];
  private resets = 0;

  constructor(private readonly job: Uint8Array) {}

  run(): Print {
    while (this.at < this.job.length) this.command();
    if (this.line !== '') throw new Error(`The job ends within the line “${this.line}”.`);
    return { items: this.items, pulses: this.pulses, questions: this.questions, resets: this.resets };
  }

  private byte(): number {
    const byte = this.job[this.at];
    if (byte === undefined) throw new Error('The job ends within a command.');
    this.at += 1;
    return byte;
  }

  private bytes(count: number): readonly number[] {
    return Array.from({ length: count }, () => this.byte());
  }

  private runOf(count: number): Uint8Array {
    if (this.at + count > this.job.length) throw new Error('The job ends within a picture.');
    this.at += count;
    return this.job.subarray(this.at - count, this.at);
  }

  private unknown(what: string): never {
    const around = Buffer.from(this.job.subarray(Math.max(0, this.at - 4), this.at + 8)).toString('hex');
    throw new Error(`Unknown ${what} before offset ${String(this.at)}: …${around}…`);
  }

  private only<T extends number>(allowed: readonly T[], what: string): T {
    const byte = this.byte();
    return allowed.find((one) => one === byte) ?? this.unknown(`${what} ${String(byte)}`);
  }

  private atLineStart(what: string): void {
    if (this.line !== '') this.unknown(`${what} within the line “${this.line}”`);
  }

  private command(): void {
    const byte = this.byte();
    switch (byte) {
      case 0x0a:
        this.lineFeed();
        return;
      case 0x10:
        this.realTime();
        return;
      case 0x1b:
        this.escape();
        return;
      case 0x1c:
        this.fieldSeparator();
        return;
      case 0x1d:
        this.groupSeparator();
        return;
      default:
        this.character(byte);
    }
  }

  private character(byte: number): void {
    if (byte < 0x20 || byte === 0x7f) this.unknown(`byte ${byte.toString(16)}`);
    if (byte < 0x80) {
      this.line += String.fromCharCode(byte);
      return;
    }
    const character = Array.from(upperHalves[this.page] ?? this.unknown(`code page ${String(this.page)}`))[byte - 0x80];
    this.line += character ?? this.unknown(`byte ${byte.toString(16)} of page ${String(this.page)}`);
  }

  private lineFeed(): void {
    this.items.push({ kind: 'line', text: this.line, size: this.size, align: this.align });
    this.line = '';
  }

  private realTime(): void {
    this.only([0x04], 'DLE');
    this.questions.push(this.only([1, 2, 3, 4], 'DLE EOT'));
  }

  private escape(): void {
    const command = this.byte();
    switch (command) {
      case 0x40: // ESC @ initialize
        Object.assign(this, { line: '', page: 0, size: 0, align: 0, area: 0 });
        this.resets += 1;
        return;
      case 0x4a: // ESC J print and feed
        this.atLineStart('ESC J');
        this.items.push({ kind: 'feed', dots: this.byte() });
        return;
      case 0x52: // ESC R international character set
        this.only([0], 'ESC R');
        return;
      case 0x61: // ESC a justification
        this.atLineStart('ESC a');
        this.align = this.only([0, 1, 2], 'ESC a');
        return;
      case 0x70: {
        // ESC p pulse
        const pin = this.only([0, 1], 'ESC p');
        this.pulses.push({ pin, on_ms: this.byte() * 2, off_ms: this.byte() * 2 });
        return;
      }
      case 0x74: // ESC t code table
        this.page = this.byte();
        return;
      default:
        this.unknown(`ESC ${command.toString(16)}`);
    }
  }

  private fieldSeparator(): void {
    this.only([0x2e], 'FS'); // FS . cancel Kanji mode
  }

  private groupSeparator(): void {
    const command = this.byte();
    switch (command) {
      case 0x21: // GS ! size
        this.size = this.byte();
        return;
      case 0x28: // GS ( k
        this.only([0x6b], 'GS (');
        this.symbol();
        return;
      case 0x56: // GS V feed and cut
        this.only([65, 66], 'GS V');
        this.byte();
        this.atLineStart('GS V');
        this.items.push({ kind: 'cut' });
        return;
      case 0x57: // GS W print area width
        this.area = this.bytes(2).reduceRight((sum, byte) => sum * 256 + byte);
        return;
      case 0x76: // GS v 0 raster
        this.only([0x30], 'GS v');
        this.raster();
        return;
      default:
        this.unknown(`GS ${command.toString(16)}`);
    }
  }

  private raster(): void {
    this.atLineStart('GS v 0');
    this.only([0], 'GS v 0');
    const [xL = 0, xH = 0, yL = 0, yH = 0] = this.bytes(4);
    const rows = Array.from({ length: yL + yH * 256 }, () => this.runOf(xL + xH * 256));
    this.items.push({ kind: 'picture', rows });
  }

  private symbol(): void {
    const [pL = 0, pH = 0] = this.bytes(2);
    const [kind, command, ...parameters] = this.bytes(pL + pH * 256);
    if (kind !== 49) this.unknown('symbol');
    switch (command) {
      case 65:
        if (parameters.join() !== '50,0') this.unknown('model');
        return;
      case 67:
        [this.code.dots = 0] = parameters;
        return;
      case 69:
        if (parameters.join() !== '49') this.unknown('error correction');
        return;
      case 80:
        this.code.content = String.fromCharCode(...parameters.slice(1));
        return;
      case 81:
        this.atLineStart('GS ( k');
        this.items.push({ kind: 'code', ...this.code, align: this.align, area: this.area });
        return;
      default:
        this.unknown('GS ( k');
    }
  }
}
