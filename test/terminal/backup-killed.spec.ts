import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machinePorts } from '../../src/ports.js';
import { backUp, restore } from '../../src/terminal/backup.js';
import { Terminal } from '../../src/terminal/terminal.js';
import { temporaryFolder } from '../temporary-folder.js';
import { compileSource } from './compiled-source.js';
import { SellingRun } from './selling-program.js';
import { eventsIn, expectWhole, Shop } from './shop.js';

/** Backs a folder up and restores it again and again, naming each step before it. */
const program = `
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { machinePorts } from './ports.js';
import { backUp, restore } from './terminal/backup.js';

const [source, place, run] = process.argv.slice(2);
for (let round = 1; ; round += 1) {
  const name = run + '-' + round;
  process.stdout.write('backup ' + name + '\\n');
  backUp(source, join(place, name + '.backup'));
  mkdirSync(join(place, name));
  copyFileSync(join(source, 'terminal.key'), join(place, name, 'terminal.key'));
  process.stdout.write('restore ' + name + '\\n');
  restore(join(place, name + '.backup'), join(place, name), machinePorts);
  process.stdout.write('restored ' + name + '\\n');
  await new Promise((resolve) => setImmediate(resolve));
}
`;

describe('A backup or restore that is killed', () => {
  let shop: Shop;
  let compiled: string;
  let place: string;
  const runs: SellingRun[] = [];

  beforeAll(async () => {
    compiled = temporaryFolder();
    writeFileSync(join(compileSource(compiled), 'rounds.js'), program);
    place = temporaryFolder();
    shop = await Shop.trading();
    for (let sale = 0; sale < 50; sale += 1) await shop.commands.sell(String(sale));
  });
  afterAll(async () => {
    for (const run of runs) await run.kill();
    shop.remove();
    for (const folder of [compiled, place]) rmSync(folder, { recursive: true });
  });

  it('leaves whole files under their names, or nothing, and can be done again', async () => {
    const said: string[] = [];
    for (let kill = 0; kill < 10; kill += 1) {
      const run = new SellingRun([
        process.execPath,
        join(compiled, 'dist', 'rounds.js'),
        shop.folder,
        place,
        String(kill),
      ]);
      runs.push(run);
      await run.until(4 + (kill % 5));
      // At whatever line of its work the program is after so many milliseconds.
      await machinePorts.clock.sleep(kill * 3);
      await run.kill();
      said.push(...run.said);
    }
    const whole = (name: string) => said.includes(`restored ${name}`);
    const names = said.filter((line) => line.startsWith('backup ')).map((line) => line.slice('backup '.length));
    expect(names.length).toBeGreaterThan(20);
    for (const name of names) {
      const [file, folder] = [join(place, `${name}.backup`), join(place, name)];
      if (!existsSync(file)) {
        expect(whole(name)).toBe(false);
        backUp(shop.folder, file);
      }
      const isThere = existsSync(join(folder, 'tillog.db'));
      if (whole(name)) expect(isThere).toBe(true);
      mkdirSync(folder, { recursive: true });
      copyFileSync(join(shop.folder, 'terminal.key'), join(folder, 'terminal.key'));
      if (!isThere) restore(file, folder, machinePorts);
      const terminal = Terminal.open({ dataDir: folder, ports: machinePorts, onCommitUnknown: () => undefined });
      const events = eventsIn(terminal.db);
      expect(events.map(({ local_id }) => local_id).slice(0, -1)).toEqual(shop.events.map(({ local_id }) => local_id));
      expect(events.at(-1)).toMatchObject({ type: 'EpochStarted', data: { reason: 'restore' } });
      expectWhole(terminal.db);
      terminal.close();
    }
  });
});
