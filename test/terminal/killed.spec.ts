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
  for (const one of runs.splice(0)) await one.kill();
  rmSync(folder, { recursive: true });
});

const run = (path: string, dataDir: string, salesMax = 'Infinity', before: readonly string[] = []): SellingRun => {
  const started = new SellingRun([...before, process.execPath, path, dataDir, JSON.stringify(shopContent), salesMax]);
  runs.push(started);
  return started;
};
const sell = (dataDir: string, salesMax?: string, before?: readonly string[]): SellingRun =>
  run(program.path, dataDir, salesMax, before);

describe('A terminal that is killed', () => {
  it('in the middle of anything, a dozen times, has every sale that it answered, and is whole', async () => {
    const answered: string[] = [];
    for (let kill = 0; kill < 12; kill += 1) {
      const selling = sell(folder);
      // After an odd number of lines, and then whatever the moment is: between two answers or in the middle of a commit.
      await selling.until(2 + ((kill * 7) % 19));
      await selling.kill();
      expect(selling.said[0]).toBe('open');
      answered.push(...selling.said.slice(1).filter((line) => line.length === 36));
    }
    const db = openDurably(join(folder, 'tillog.db'));
    try {
      const events = eventsIn(db);
      const sales = events.filter(({ type }) => type === 'SaleRecorded').map(({ local_id }) => local_id);
      expect(answered.length).toBeGreaterThanOrEqual(60);
      expect(answered.filter((id) => !sales.includes(id))).toEqual([]);
      expect(sales.length - answered.length).toBeLessThanOrEqual(12);
      expect(events.filter(({ type }) => type === 'TerminalRecovered').length).toBe(11);
      const commands = db.prepare('SELECT count(*) FROM events WHERE command IS NOT NULL').pluck().get();
      expect(commands).toBeGreaterThanOrEqual(sales.length);
      expectWhole(db);
    } finally {
      db.close();
    }
  });

  it('has every ticket that it answered, as it answered it or one step further', async () => {
    const answered = new Map<string, string>();
    for (let kill = 0; kill < 6; kill += 1) {
      const parking = run(program.parking, folder);
      await parking.until(3 + ((kill * 5) % 13));
      await parking.kill();
      for (const line of parking.said.slice(1)) {
        const [status = '', ticket_id = ''] = line.split(' ');
        if (ticket_id.length === 36) answered.set(ticket_id, status);
      }
    }
    const db = openDurably(join(folder, 'tillog.db'));
    try {
      const rows = db.prepare('SELECT ticket_id, status, lines_count, gross_minor FROM tickets').all() as {
        readonly ticket_id: string;
        readonly status: string;
      }[];
      const found = new Map(rows.map(({ ticket_id, status }) => [ticket_id, status]));
      const steps = ['open', 'resumed', 'sold'];
      const lost = [...answered].filter(([id, said]) => steps.indexOf(found.get(id) ?? '') < steps.indexOf(said));
      expect(lost).toEqual([]);
      expect(new Set(answered.values())).toEqual(new Set(steps));
      expect(found.size - answered.size).toBeLessThanOrEqual(6);
      expect(new Set(rows.map((row) => JSON.stringify({ ...row, ticket_id: '', status: '' })))).toEqual(
        new Set([JSON.stringify({ ticket_id: '', status: '', lines_count: 1, gross_minor: 350 })]),
      );
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
    const selling = sell(data, '20', [tracer, '-f', '-qq', '-c', '-e', 'trace=fsync,fdatasync', '-o', trace]);
    expect(await selling.ended()).toBe(0);
    expect(selling.said).toHaveLength(21);
    const rows = readFileSync(trace, 'utf8')
      .split('\n')
      .filter((row) => /fsync|fdatasync/u.test(row));
    const forced = rows.reduce((calls, row) => calls + Number(row.trim().split(/\s+/u)[3]), 0);
    // Start, catalog, session, 20 sales, two closings and openings, stop: each a commit.
    expect(forced).toBeGreaterThanOrEqual(28);
  });
});
