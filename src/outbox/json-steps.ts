import type { Steps } from '../ports.js';

/** So many bytes are looked at, or read as JSON, before it gives way: about a millisecond's work. */
const stepBytes = 64 * 1024;
/** Lists inside so many others are read piece by piece: those of `{content: {products: [ … ]}}`. */
const listDepth = 3;

const quote = 0x22;
const comma = 0x2c;
const backslash = 0x5c;
const opening: readonly number[] = [0x5b, 0x7b];
const closing: readonly number[] = [0x5d, 0x7d];

/**
 * Reads a JSON text as JSON.parse does, without holding up anything else: the long lists inside it are read in pieces.
 * @param bytes UTF-8
 * @throws SyntaxError
 */
export function* parseInSteps(bytes: Buffer): Steps<unknown> {
  const cutter = new Cutter(bytes);
  for (let from = 0; from < bytes.length; from += stepBytes) {
    cutter.scan(from, Math.min(from + stepBytes, bytes.length));
    yield undefined;
  }
  return withLists(JSON.parse(cutter.outline()), cutter.lists, 1);
}

/** Goes over the bytes once, takes the items out of the long lists, and leaves the place of each list in the outline. */
class Cutter {
  readonly lists: unknown[][] = [];
  private readonly kept: string[] = [];
  /** Where the piece begins that was not taken yet. */
  private start = 0;
  private depth = 0;
  private inString = false;
  private escaped = false;
  /** Whether what opened at {@link listDepth} is a list. */
  private isList = false;
  /** How many items the last piece had. */
  private taken = 0;

  constructor(private readonly bytes: Buffer) {}

  /** The text without the items: each long list holds its number in `lists` instead. */
  outline(): string {
    this.keep(this.bytes.length);
    return this.kept.join('');
  }

  scan(from: number, to: number): void {
    for (let at = from; at < to; at += 1) {
      const byte = this.bytes[at] ?? 0;
      if (!this.inString) this.mark(byte, at);
      else if (this.escaped) this.escaped = false;
      else if (byte === backslash) this.escaped = true;
      else if (byte === quote) this.inString = false;
    }
  }

  private mark(byte: number, at: number): void {
    if (byte === quote) this.inString = true;
    else if (byte === comma) this.separate(at);
    else if (opening.includes(byte)) {
      this.depth += 1;
      if (this.depth === listDepth) this.open(byte, at + 1);
    } else if (closing.includes(byte)) {
      if (this.depth === listDepth && this.isList) this.close(at);
      this.depth -= 1;
    }
  }

  private separate(at: number): void {
    if (this.depth === listDepth && this.isList && at - this.start >= stepBytes) this.take(at, at + 1);
  }

  private open(byte: number, start: number): void {
    this.isList = byte === opening[0];
    if (!this.isList) return;
    this.keep(start);
    this.kept.push(String(this.lists.push([]) - 1));
  }

  private close(at: number): void {
    const list = this.lists.at(-1) ?? [];
    const isAfterComma = list.length > 0;
    this.take(at, at);
    // A comma with nothing behind it is no JSON.
    if (isAfterComma && this.taken === 0) throw new SyntaxError('A list ends with a comma.');
  }

  private take(end: number, next: number): void {
    const items = JSON.parse(`[${this.bytes.toString('utf8', this.start, end)}]`) as unknown[];
    const list = this.lists.at(-1) ?? [];
    for (const item of items) list.push(item);
    this.taken = items.length;
    this.start = next;
  }

  private keep(end: number): void {
    this.kept.push(this.bytes.toString('utf8', this.start, end));
    this.start = end;
  }
}

const withLists = (value: unknown, lists: readonly unknown[][], depth: number): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    if (depth === listDepth) return lists[Number(value[0])];
    return value.map((item) => withLists(item, lists, depth + 1));
  }
  if (depth === listDepth) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withLists(item, lists, depth + 1)]));
};
