import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PrintFault } from './printer.js';
import type { Wire, WirePlace } from './wire.js';

/** So many papers are kept in the folder; the oldest make room. */
const papersMax = 1000;

/** The paper is as wide as that of most shops. */
const paperDots = 576;

/**
 * A printer that is a folder: of each job that it receives it leaves the paper there as a picture and as text, numbered.
 * It reads the bytes as a printer does, and a job that it cannot read is left as it came.
 */
export const virtualPlace = (folder: string): WirePlace => ({
  name: `virtual:${folder}`,
  hears: true,
  open: async () => {
    try {
      await mkdir(folder, { recursive: true });
    } catch (cause) {
      throw new PrintFault('nothing_sent', `The papers cannot be put into ${folder}: check its rights.`, { cause });
    }
    return new VirtualWire(folder);
  },
});

/** What a printer answers that is ready and has paper. */
const allIsWell = 0b0001_0010;

class VirtualWire implements Wire {
  private readonly job: Uint8Array[] = [];
  private questions = 0;

  constructor(private readonly folder: string) {}

  write(bytes: Uint8Array): Promise<void> {
    const [first, second] = bytes;
    if (bytes.length === 3 && first === 0x10 && second === 0x04) this.questions += 1;
    else this.job.push(bytes);
    return Promise.resolve();
  }

  read(): Promise<number | undefined> {
    if (this.questions === 0) return Promise.resolve(undefined);
    this.questions -= 1;
    return Promise.resolve(allIsWell);
  }

  async close(): Promise<void> {
    const bytes = Buffer.concat(this.job);
    if (bytes.length === 0) return;
    const name = await this.nextName();
    try {
      await this.leave(name, bytes);
    } catch (cause) {
      await writeFile(join(this.folder, `${name}.escpos`), bytes);
      throw cause;
    }
  }

  private async leave(name: string, bytes: Buffer): Promise<void> {
    const { print } = await import('./escpos-interpreter.js');
    const { paperOf, paperTextOf } = await import('./interpreted-paper.js');
    const paper = print(bytes);
    await writeFile(join(this.folder, `${name}.txt`), paperTextOf(paper));
    if (paper.items.length > 0) {
      await writeFile(join(this.folder, `${name}.png`), paperOf(paper, paperDots).toBuffer('image/png'));
    }
  }

  /** One more than the highest. The oldest paper makes room for it. */
  private async nextName(): Promise<string> {
    const papers = (await readdir(this.folder)).flatMap((file) => {
      const [, number] = /^(\d{6,})\.(?:txt|png|escpos)$/u.exec(file) ?? [];
      return number === undefined ? [] : [{ file, number: Number(number) }];
    });
    const next = Math.max(0, ...papers.map(({ number }) => number)) + 1;
    for (const { file, number } of papers) if (number <= next - papersMax) await rm(join(this.folder, file));
    return String(next).padStart(6, '0');
  }

  destroy(): void {
    this.job.length = 0;
  }
}
