import { cpSync, existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { checksumOf } from '../../src/catalog/catalog.js';
import { machinePorts } from '../../src/ports.js';
import { ApplyCatalog, ApplyCatalogHandler } from '../../src/terminal/commands/apply-catalog.js';
import { Terminal } from '../../src/terminal/terminal.js';
import { largeCatalog } from './large-catalog.js';
import { makeSellingProgram, SellingRun } from './selling-program.js';
import { eventsIn, expectWhole } from './shop.js';

/** Puts the catalog of a file in use, and then says its version. */
const program = `
import { readFileSync } from 'node:fs';
import { ApplyCatalog, ApplyCatalogHandler } from './terminal/commands/apply-catalog.js';
import { machinePorts } from './ports.js';
import { Terminal } from './terminal/terminal.js';

const [dataDir, path, version] = process.argv.slice(2);
const catalog = { ...JSON.parse(readFileSync(path, 'utf8')), catalog_version: Number(version) };
const terminal = Terminal.open({ dataDir, ports: machinePorts, onCommitUnknown: () => process.exit(3) });
terminal.start();
process.stdout.write('started\\n');
const { recorder } = terminal;
const write = recorder.writeAside.bind(recorder);
let written = 0;
recorder.writeAside = (work) => {
  write(work);
  written += 1;
  if (written % 20 === 0) process.stdout.write(written + '\\n');
};
const { catalog_version } = await new ApplyCatalogHandler(recorder).execute(new ApplyCatalog(catalog));
process.stdout.write('applied ' + catalog_version + '\\n');
setInterval(() => undefined, 1000);
`;

const products = 50_000;
/** Lines that are read before the disk is looked at: at once, in the middle of writing, and near the swap. */
const looks = [1, 2, 9, 17, 25, 33, 41, 48] as const;
/** Lines that are read before the process is killed: right before the swap, and when all is said. */
const kills = [51, 52] as const;

const roomIn = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
};
/** In memory where there is room: a kill leaves the same files there, and a thousand commits wait for no disk. */
const place = existsSync('/dev/shm') && roomIn('/dev/shm') > 512 * 1024 * 1024 ? '/dev/shm' : tmpdir();

let selling: ReturnType<typeof makeSellingProgram>;
let folder: string;
const runs: SellingRun[] = [];
beforeAll(() => {
  selling = makeSellingProgram();
  folder = mkdtempSync(join(place, 'tillog-'));
});
afterAll(async () => {
  for (const run of runs) await run.kill();
  selling.remove();
  rmSync(folder, { recursive: true });
});

describe('A terminal that is killed while it applies 50 000 products', () => {
  it('at ten moments, has the old catalog or the new one, whole, and takes the next', async () => {
    const data = join(folder, 'data');
    const [path, apply] = [join(folder, 'next.json'), join(dirname(selling.path), 'apply.js')];
    writeFileSync(apply, program);
    const open = (dataDir: string) => Terminal.open({ dataDir, ports: machinePorts, onCommitUnknown: () => undefined });
    const [old, other] = [largeCatalog(1, products), largeCatalog(2, products)];
    const first = open(data);
    first.start();
    await new ApplyCatalogHandler(first.recorder).execute(new ApplyCatalog(old));
    const asRead = first.recorder.catalog.content;
    expect(asRead && checksumOf(asRead)).toBe(old.checksum);
    first.close();

    /** Opens a folder as it was left, and tells which catalog is in use there; the old one is one of these. */
    const versionIn = (dataDir: string, known: readonly number[]): number => {
      const terminal = open(dataDir);
      try {
        const { catalog } = terminal.recorder;
        const { version, content } = catalog;
        const isFirst = version === old.catalog_version;
        if (isFirst) expect(isDeepStrictEqual(content, asRead)).toBe(true);
        else expect(content && checksumOf(content)).toBe(other.checksum);
        expect(known).toContain(version);
        expect(catalog.findProduct('6000000149999', '2026-01-01')).toMatchObject({ code: 'P49999' });
        expect(catalog.search({ text: 'قهوة', limit: 1000 }, '2026-01-01')).toHaveLength(1000);
        const applied = eventsIn(terminal.db).findLast(({ type }) => type === 'CatalogApplied');
        const { checksum } = isFirst ? old : other;
        expect(applied?.data).toMatchObject({ catalog_version: version, checksum });
        expectWhole(terminal.db);
        return version;
      } finally {
        terminal.close();
      }
    };

    writeFileSync(path, JSON.stringify(other));
    const start = (version: number): SellingRun => {
      const run = new SellingRun([process.execPath, apply, data, path, String(version)]);
      runs.push(run);
      return run;
    };
    const interrupted = start(2);
    for (const lines of looks) {
      await interrupted.until(lines);
      // While it stands still, the folder holds what a kill would leave there.
      await interrupted.pause();
      cpSync(data, join(folder, 'left'), { recursive: true });
      expect(versionIn(join(folder, 'left'), [1])).toBe(1);
      rmSync(join(folder, 'left'), { recursive: true });
      interrupted.goOn();
    }
    await interrupted.until(kills[0]);
    await interrupted.kill();
    expect(interrupted.said[0]).toBe('started');
    const between = versionIn(data, [1, 2]);
    if (interrupted.said.some((line) => line.startsWith('applied'))) expect(between).toBe(2);
    const answered = start(3);
    await answered.until(kills[1]);
    await answered.kill();
    expect(answered.said.at(-1)).toBe('applied 3');
    expect(versionIn(data, [3])).toBe(3);
  });
});
