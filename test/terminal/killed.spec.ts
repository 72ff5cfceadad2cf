import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openDurably } from '../../src/events/sqlite.js';
import { temporaryFolder } from '../temporary-folder.js';
import { makeSellingProgram, SellingRun } from './selling-program.js';
import { eventsIn, expectWhole, Shop, shopContent } from './shop.js';

const runs: SellingRun[] = [];
let program: ReturnType<typeof makeSellingProgram>;
let folder: string;

beforeAll(() => {
  program = makeSellingProgram();
});
afterAll(() => program.remove());
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  for (const run of runs.splice(0)) await run.kill();
  rmSync(folder, { recursive: true });
});

const sell = (dataDir: string, salesMax = 'Infinity', before: readonly string[] = []): SellingRun => {
  const command = [process.execPath, program.path, dataDir, JSON.stringify(shopContent), salesMax];
  const run = new SellingRun([...before, ...command]);
  runs.push(run);
  return run;
};

describe('A terminal that is killed', () => {
  it('in the middle of anything, a dozen times, has every sale that it answered, and is whole', async () => {
    const answered: string[] = [];
    for (let kill = 0; kill < 12; kill += 1) {
      const run = sell(folder);
      // After an odd number of lines, and then whatever the moment is: between two answers or in the middle of a commit.
      await run.until(2 + ((kill * 7) % 19));
      await run.kill();
      expect(run.said[0]).toBe('open');
      answered.push(...run.said.slice(1).filter((line) => line.length === 36));
    }
    const db = openDurably(join(folder, 'tillog.db'));
    try {
      const events = eventsIn(db);
      const sales = events.filter(({ type }) => type === 'SaleRecorded').map(({ local_id }) => local_id);
      expect(answered.length).toBeGreaterThanOrEqual(60);
      expect(answered.filter((id) => !sales.includes(id))).toEqual([]);
      expect(sales.length - answered.length).toBeLessThanOrEqual(12);
      expect(events.filter(({ type }) => type === 'TerminalRecovered').length).toBe(11);
      expect(db.prepare('SELECT count(*) FROM commands').pluck().get()).toBeGreaterThanOrEqual(sales.length);
      expectWhole(db);
    } finally {
      db.close();
    }
  });

  it('gives its folder free, and until then nobody else gets it', async () => {
    const first = sell(folder);
    await first.until(3);
    const second = sell(folder);
    expect(await second.ended()).toBe(1);
    expect(second.said).toEqual(['refused FOLDER_IN_USE']);
    const sold = first.said.length;
    await first.until(sold + 3);
    await first.kill();
    const third = sell(folder, '2');
    expect(await third.ended()).toBe(0);
    expect(third.said).toHaveLength(3);
  });

  it('leaves a terminal of the same folder in another process alone', async () => {
    const shop = await Shop.trading();
    try {
      const other = sell(shop.folder);
      expect(await other.ended()).toBe(1);
      expect(other.said).toEqual(['refused FOLDER_IN_USE']);
      await shop.commands.sell('a');
      expectWhole(shop.terminal.db);
    } finally {
      shop.remove();
    }
  });
});

const tracer = 'strace';
const hasStrace = spawnSync(tracer, ['-V']).status === 0;
const maybe = hasStrace ? it : it.skip;
if (!hasStrace) console.warn('strace is not installed: nobody counted that every commit was forced to the disk.');

describe('Every commit', () => {
  maybe('is forced to the disk before it is answered', async () => {
    const trace = join(folder, 'trace');
    const data = join(folder, 'data');
    const run = sell(data, '20', [tracer, '-f', '-qq', '-c', '-e', 'trace=fsync,fdatasync', '-o', trace]);
    expect(await run.ended()).toBe(0);
    expect(run.said).toHaveLength(21);
    const rows = readFileSync(trace, 'utf8')
      .split('\n')
      .filter((row) => /fsync|fdatasync/u.test(row));
    const forced = rows.reduce((calls, row) => calls + Number(row.trim().split(/\s+/u)[3]), 0);
    // Start, catalog, session, 20 sales, two closings and openings, stop: each a commit.
    expect(forced).toBeGreaterThanOrEqual(28);
  });
});
