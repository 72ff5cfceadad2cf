import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { z } from 'zod';
import { isSignedWith, type SignedHead, readPublicKey } from '../events/signature.js';
import {
  archiveEnd,
  type BundledTerminal,
  headerBytes,
  type LinesName,
  type Manifest,
  memberNames,
  type MemberName,
  memberSize,
  paddingAfter,
  readManifest,
  readSeal,
  type Seal,
  sealText,
} from './bundle.js';
import { ContentsFold, isSaid } from './contents.js';
import type { Problem } from './finding.js';
import { DamagedStore, type LogRow, type LogSource, type TerminalLog, UnusableSource } from './source.js';

const readBytes = 1024 * 1024;

/** No manifest is longer: it has a few lines for each terminal and epoch. */
const manifestBytesMax = 64 * 1024 * 1024;

interface Member {
  readonly start: number;
  readonly bytes: number;
}

/** Whether the file starts as a bundle does. */
export const isBundle = (path: string): boolean => {
  const file = openSync(path, 'r');
  try {
    return memberSize(memberNames[0], readAt(file, 0, headerBytes)) !== undefined;
  } finally {
    closeSync(file);
  }
};

/**
 * Opens a bundle for reading.
 * @throws UnusableSource when it is not whole: something was cut off, or it is no bundle
 */
export const openBundle = (path: string): LogSource => {
  const file = openSync(path, 'r');
  try {
    return new BundleSource(path, file);
  } catch (cause) {
    closeSync(file);
    throw cause;
  }
};

class BundleSource implements LogSource {
  private readonly members: ReadonlyMap<MemberName, Member>;
  private readonly manifestText: string;
  private readonly manifest: Manifest;
  private readonly seal: Seal | undefined;

  constructor(
    readonly name: string,
    private readonly file: number,
  ) {
    this.members = findMembers(name, file);
    this.manifestText = this.text('manifest.json');
    const manifest = readManifest(this.manifestText);
    if (!manifest)
      throw new UnusableSource(
        `${name} has a manifest that this tillog cannot read: use a newer one, or ask for the file again.`,
      );
    this.manifest = manifest;
    this.seal = readSeal(this.text('signature.json'));
  }

  get sealed_by(): string | null {
    return this.sealFaults().length === 0 ? (this.seal?.public_key ?? null) : null;
  }

  terminals(): Promise<readonly TerminalLog[]> {
    return Promise.resolve(this.manifest.terminals.map((terminal) => this.logOf(terminal)));
  }

  defects(): Promise<readonly Problem[]> {
    const faults = [...this.changedMembers(), ...this.blockFaults(), ...this.sealFaults()];
    return Promise.resolve([...faults, ...(faults.length === 0 ? this.contentsFaults() : [])].map(altered));
  }

  close(): Promise<void> {
    closeSync(this.file);
    return Promise.resolve();
  }

  private logOf(terminal: BundledTerminal): TerminalLog {
    const { terminal_id, tenant_id, public_key, anchors, before } = terminal;
    return {
      terminal_id,
      tenant_id,
      public_key,
      anchors,
      before,
      events_count: terminal.events.lines,
      rows: () => this.items('events.jsonl', terminal.events, rowSchema),
      forks: () => this.items('forks.jsonl', terminal.forks, rowSchema),
      heads: () => this.items('heads.jsonl', terminal.heads, headSchema),
    };
  }

  private *items<Item>(
    name: LinesName,
    { offset, bytes }: BundledTerminal['events'],
    schema: z.ZodType<Item>,
  ): Generator<readonly Item[]> {
    const { start } = this.member(name);
    for (const lines of linesIn(this.file, { start: start + offset, bytes })) {
      yield lines.map((line) => readLine(line, schema, name));
    }
  }

  private changedMembers(): readonly string[] {
    return Object.entries(this.manifest.members).flatMap(([name, said]) => {
      const { start, bytes } = this.member(name as LinesName);
      const hash = createHash('sha256');
      for (let at = 0; at < bytes; at += readBytes) {
        hash.update(readAt(this.file, start + at, Math.min(readBytes, bytes - at)));
      }
      return bytes === said.bytes && hash.digest('hex') === said.sha256
        ? []
        : [`${name} is not what the manifest says: it was changed after the bundle was made`];
    });
  }

  /** The blocks of the terminals follow each other without a gap, so that every line belongs to one of them. */
  private blockFaults(): readonly string[] {
    const { terminals, members } = this.manifest;
    return (['events', 'forks', 'heads'] as const).flatMap((kind) => {
      let end = 0;
      const whole = terminals.every((terminal) => {
        const fits = terminal[kind].offset === end;
        end += terminal[kind].bytes;
        return fits;
      });
      return whole && end === members[`${kind}.jsonl`].bytes
        ? []
        : [`the manifest leaves a part of ${kind}.jsonl to no terminal`];
    });
  }

  /** Whoever signs a manifest also signs its figures: they must be those of the events. */
  private contentsFaults(): readonly string[] {
    return this.manifest.terminals.flatMap((terminal) => {
      const fold = new ContentsFold();
      for (const rows of this.items('events.jsonl', terminal.events, rowSchema)) for (const row of rows) fold.take(row);
      const detail = `the manifest says other figures of terminal ${terminal.terminal_id} than its events`;
      return isSaid(terminal, fold.contents()) ? [] : [detail];
    });
  }

  private sealFaults(): readonly string[] {
    if (!this.seal) return ['its signature cannot be read'];
    const { public_key, signature } = this.seal;
    if (public_key === null && signature === null) return [];
    const key = public_key === null ? undefined : readPublicKey(public_key);
    const isSigned =
      key !== undefined && signature !== null && isSignedWith(key, sealText(this.manifestText), signature);
    return isSigned ? [] : ['its signature is not over this manifest: it was changed after it was sealed'];
  }

  private member(name: MemberName): Member {
    return this.members.get(name) ?? { start: 0, bytes: 0 };
  }

  private text(name: MemberName): string {
    const { start, bytes } = this.member(name);
    if (bytes > manifestBytesMax) throw new UnusableSource(`${this.name} has a ${name} that is too large to be one.`);
    return readAt(this.file, start, bytes).toString('utf8');
  }
}

const altered = (detail: string): Problem => ({
  terminal_id: null,
  seq: null,
  local_id: null,
  code: 'BUNDLE_ALTERED',
  detail,
});

const findMembers = (path: string, file: number): ReadonlyMap<MemberName, Member> => {
  const members = new Map<MemberName, Member>();
  let at = 0;
  for (const name of memberNames) {
    const bytes = memberSize(name, readAt(file, at, headerBytes));
    if (bytes === undefined) throw notWhole(path, `there is no ${name} at byte ${String(at)}`);
    const start = at + headerBytes;
    members.set(name, { start, bytes });
    const padding = paddingAfter(bytes);
    if (!isZero(readAt(file, start + bytes, padding), padding))
      throw notWhole(path, `${name} does not end where it says`);
    at = start + bytes + padding;
  }
  const end = readAt(file, at, archiveEnd.length);
  if (!end.equals(archiveEnd) || fstatSync(file).size !== at + archiveEnd.length) {
    throw notWhole(path, 'something stands behind its last member, or its end is missing');
  }
  return members;
};

const notWhole = (path: string, why: string): UnusableSource =>
  new UnusableSource(`${path} is not a whole bundle: ${why}. Ask for the file again.`);

const isZero = (bytes: Buffer, length: number): boolean => bytes.length === length && bytes.every((byte) => byte === 0);

/** Fewer bytes than asked for where the file ends. */
const readAt = (file: number, at: number, length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const more = readSync(file, bytes, read, length - read, at + read);
    if (more === 0) break;
    read += more;
  }
  return bytes.subarray(0, read);
};

function* linesIn(file: number, { start, bytes }: Member): Generator<readonly string[]> {
  let rest = Buffer.alloc(0);
  for (let at = 0; at < bytes; at += readBytes) {
    const chunk = Buffer.concat([rest, readAt(file, start + at, Math.min(readBytes, bytes - at))]);
    const end = chunk.lastIndexOf(0x0a) + 1;
    if (end > 0) yield chunk.toString('utf8', 0, end - 1).split('\n');
    rest = chunk.subarray(end);
  }
  if (rest.length > 0) throw new DamagedStore('a line of the bundle has no end');
}

const rowSchema: z.ZodType<LogRow> = z.strictObject({
  seq: z.int(),
  epoch: z.int(),
  event: z.string(),
  hash: z.string(),
});

const headSchema: z.ZodType<SignedHead> = z.strictObject({
  epoch: z.int(),
  seq: z.int(),
  hash: z.string(),
  signature: z.string(),
});

const readLine = <Item>(line: string, schema: z.ZodType<Item>, name: LinesName): Item => {
  try {
    return schema.parse(JSON.parse(line));
  } catch (cause) {
    throw new DamagedStore(`a line of ${name} cannot be read`, { cause });
  }
};
