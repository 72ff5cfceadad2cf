import { createHash } from 'node:crypto';
import { closeSync, fsync, openSync, rmSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { errorCode } from '../events/error-code.js';
import { canonical } from '../events/envelope.js';
import {
  archiveEnd,
  type BundledTerminal,
  headerBytes,
  type LinesName,
  type Manifest,
  memberBytesMax,
  memberHeader,
  type MemberName,
  paddingAfter,
  sealText,
} from './bundle.js';
import { ContentsFold } from './contents.js';
import { unwritable } from './new-file.js';
import {
  type Chunks,
  type LogRow,
  type LogSource,
  refuseArchived,
  type Sealer,
  type TerminalLog,
  UnusableSource,
} from './source.js';

/** What was exported. */
export interface ExportReport {
  readonly file: string;
  readonly events: number;
  readonly terminals: readonly BundledTerminal[];
  /** Lower-case hex SHA-256 of the manifest: what a person writes down to recognise the bundle again. */
  readonly manifest_sha256: string;
  /** Whose signature seals it; null when it was made without a key. */
  readonly sealed_by: string | null;
}

/**
 * Writes every log of a source into one sealed file, in memory that does not grow with the logs. The same source gives
 * the same bytes. What is wrong with a log is exported as it is: a bundle is evidence.
 *
 * @param file is made, and must not exist; a bundle that could not be finished is removed again
 * @param sealer null to leave the bundle without a signature
 * @throws UnusableSource when the file cannot be written
 */
export const exportBundle = async (source: LogSource, file: string, sealer: Sealer | null): Promise<ExportReport> => {
  const archive = Archive.create(file);
  try {
    const report = await writeBundle(source, archive, sealer);
    await archive.finish();
    return { file, ...report };
  } catch (cause) {
    archive.discard();
    throw faultAt(file, cause);
  }
};

const faultAt = (file: string, cause: unknown): unknown =>
  errorCode(cause) === 'EEXIST'
    ? new UnusableSource(`${file} is there already: give another name, or move it away.`, { cause })
    : unwritable(file, cause);

const writeBundle = async (
  source: LogSource,
  archive: Archive,
  sealer: Sealer | null,
): Promise<Omit<ExportReport, 'file'>> => {
  const logs = await source.terminals();
  logs.forEach(refuseArchived);
  const seen: Pick<BundledTerminal, 'epochs'>[] = logs.map(() => ({ epochs: [] }));
  const folds = logs.map(() => new ContentsFold());
  const rowLines = async function* (rows: Chunks<LogRow>, at: number | null): AsyncGenerator<readonly string[]> {
    for await (const spoiled of rows) {
      const chunk = spoiled.map(whole);
      if (at !== null) for (const row of chunk) folds[at]?.take(row);
      if (at !== null) seen[at] = { epochs: chunk.reduce(withRow, seen[at]?.epochs ?? []) };
      yield chunk.map(rowLine);
    }
  };
  const headLines = async function* (log: TerminalLog): AsyncGenerator<readonly string[]> {
    for await (const chunk of log.heads()) yield chunk.map((head) => canonical(head));
  };
  const events = await archive.lines(
    'events.jsonl',
    logs.map((log, at) => rowLines(log.rows(), at)),
  );
  const forks = await archive.lines(
    'forks.jsonl',
    logs.map((log) => rowLines(log.forks(), null)),
  );
  const heads = await archive.lines(
    'heads.jsonl',
    logs.map((log) => headLines(log)),
  );
  const nothing = { offset: 0, bytes: 0, lines: 0 };
  const terminals = logs.map(({ terminal_id, tenant_id, public_key, anchors, before = null }, at): BundledTerminal => ({
    terminal_id,
    tenant_id,
    public_key,
    before,
    ...(folds[at] ?? new ContentsFold()).contents(),
    epochs: [...(seen[at]?.epochs ?? [])],
    anchors: anchors.map(({ kind, epoch, seq, hash, local_id, signature }) => ({
      kind,
      epoch,
      seq,
      hash,
      local_id,
      signature,
    })),
    events: events.blocks[at] ?? nothing,
    forks: forks.blocks[at] ?? nothing,
    heads: heads.blocks[at] ?? nothing,
  }));
  const members = { 'events.jsonl': events.member, 'forks.jsonl': forks.member, 'heads.jsonl': heads.member };
  const manifest = canonical({ format: 'tillog-bundle', version: 1, members, terminals } satisfies Manifest);
  const signature = sealer?.sign(sealText(manifest)) ?? null;
  archive.text('manifest.json', manifest);
  archive.text('signature.json', canonical({ public_key: sealer?.publicKey ?? null, signature }));
  return {
    events: terminals.reduce((sum, one) => sum + one.events.lines, 0),
    terminals,
    manifest_sha256: createHash('sha256').update(manifest).digest('hex'),
    sealed_by: sealer?.publicKey ?? null,
  };
};

/** A table that was built anew may hold anything as an epoch; 0 is none. */
const whole = (row: LogRow): LogRow => (Number.isSafeInteger(row.epoch) ? row : { ...row, epoch: 0 });

const rowLine = ({ seq, epoch, event, hash }: LogRow): string => JSON.stringify({ seq, epoch, event, hash });

const withRow = (epochs: BundledTerminal['epochs'], { epoch, seq, hash }: LogRow): BundledTerminal['epochs'] => {
  const last = epochs.at(-1);
  if (last?.epoch !== epoch) return [...epochs, { epoch, first_seq: seq, last_seq: seq, head_hash: hash }];
  last.last_seq = seq;
  last.head_hash = hash;
  return epochs;
};

type Block = BundledTerminal['events'];

/** A tar archive that is being written, member after member. */
class Archive {
  private at = 0;

  private constructor(
    private readonly path: string,
    private readonly file: number,
  ) {}

  static create(path: string): Archive {
    try {
      return new Archive(path, openSync(path, 'wx', 0o600));
    } catch (cause) {
      throw faultAt(path, cause);
    }
  }

  /** Writes a member of lines, one block for each of `parts`. Its header is written last, when its length is known. */
  async lines(
    name: LinesName,
    parts: readonly AsyncIterable<readonly string[]>[],
  ): Promise<{ readonly member: Manifest['members'][LinesName]; readonly blocks: readonly Block[] }> {
    const start = this.at;
    const hash = createHash('sha256');
    const blocks: Block[] = [];
    this.at += headerBytes;
    const offset = (): number => this.at - start - headerBytes;
    for (const part of parts) {
      const block = { offset: offset(), bytes: 0, lines: 0 };
      for await (const texts of part) {
        if (texts.length === 0) continue;
        const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
        hash.update(bytes);
        this.append(bytes);
        block.lines += texts.length;
      }
      blocks.push({ ...block, bytes: offset() - block.offset });
    }
    const bytes = offset();
    this.close(name, start, bytes);
    return { member: { bytes, sha256: hash.digest('hex') }, blocks };
  }

  text(name: MemberName, text: string): void {
    const start = this.at;
    const bytes = Buffer.from(text);
    this.at += headerBytes;
    this.append(bytes);
    this.close(name, start, bytes.length);
  }

  private close(name: MemberName, start: number, bytes: number): void {
    if (bytes > memberBytesMax) throw new UnusableSource(`${name} would be larger than 8 GiB: export fewer terminals.`);
    this.write(memberHeader(name, bytes), start);
    this.append(Buffer.alloc(paddingAfter(bytes)));
  }

  private append(bytes: Buffer): void {
    this.write(bytes, this.at);
    this.at += bytes.length;
  }

  private write(bytes: Buffer, at: number): void {
    let written = 0;
    while (written < bytes.length) {
      written += writeSync(this.file, bytes, written, bytes.length - written, at + written);
    }
  }

  /** A large file takes seconds to be on the disk: a till that exports its log must sell meanwhile. */
  async finish(): Promise<void> {
    this.append(archiveEnd);
    await promisify(fsync)(this.file);
    closeSync(this.file);
  }

  discard(): void {
    closeSync(this.file);
    rmSync(this.path, { force: true });
  }
}
