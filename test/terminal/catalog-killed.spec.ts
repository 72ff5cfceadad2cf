import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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
/** Lines that are read before the kill: at once, in the middle of writing, near the swap, and when all is said. */
const moments = [1, 2, 3, 4, 5, 7, 11, 30, 51, 52] as const;

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
  it('ten times, has the old catalog or the new one, whole, and takes the next', async () => {
    const data = join(folder, 'data');
    const [path, apply] = [join(folder, 'next.json'), join(dirname(selling.path), 'apply.js')];
    writeFileSync(apply, program);
    const open = () => Terminal.open({ dataDir: data, ports: machinePorts, onCommitUnknown: () => undefined });
    let inUse = largeCatalog(1, products);
    const other = largeCatalog(2, products);
    const first = open();
    first.start();
    await new ApplyCatalogHandler(first.recorder).execute(new ApplyCatalog(inUse));
    first.close();
    const found: string[] = [];
    writeFileSync(path, JSON.stringify(other));
    for (const [index, lines] of moments.entries()) {
      const next = { ...other, catalog_version: index + 2 };
      const run = new SellingRun([process.execPath, apply, data, path, String(next.catalog_version)]);
      runs.push(run);
      await run.until(lines);
      await run.kill();
      expect(run.said[0]).toBe('started');
      const wasAnswered = run.said.some((line) => line.startsWith('applied'));
      const terminal = open();
      try {
        const { catalog } = terminal.recorder;
        const isNew = catalog.version === next.catalog_version;
        if (wasAnswered) expect(isNew).toBe(true);
        if (isNew) inUse = next;
        const { content } = catalog;
        expect([catalog.version, content && checksumOf(content)]).toEqual([inUse.catalog_version, inUse.checksum]);
        expect(catalog.findProduct('6000000149999', '2026-01-01')).toMatchObject({ code: 'P49999' });
        expect(catalog.search({ text: 'قهوة', limit: 1000 }, '2026-01-01')).toHaveLength(1000);
        const applied = eventsIn(terminal.db).findLast(({ type }) => type === 'CatalogApplied');
        expect(applied?.data).toMatchObject({ catalog_version: inUse.catalog_version, checksum: inUse.checksum });
        found.push(isNew ? 'new' : 'old');
        expectWhole(terminal.db);
      } finally {
        terminal.close();
      }
    }
    expect(found.slice(0, 7)).toEqual(Array.from({ length: 7 }, () => 'old'));
    expect(found.at(-1)).toBe('new');
  });
});
