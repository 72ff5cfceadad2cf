import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import type { Printer } from '../../src/hardware/printer.js';
import { OpenDrawer, OpenDrawerHandler } from '../../src/terminal/commands/open-drawer.js';
import { MoveCash, MoveCashHandler } from '../../src/terminal/commands/move-cash.js';
import { pulseAfter } from '../../src/terminal/drawer-pulses.js';
import { keepingWire, printerOn, testPrinter } from '../hardware/printers.js';
import { settled } from '../outbox/scripted-central.js';
import { temporaryFolder } from '../temporary-folder.js';
import { SqliteFault } from './failing-database.js';
import { byManager, Shop } from './shop.js';

/** A pulse between a reset and a command that does nothing. */
const pulseJob = Buffer.from('1b401b700019fa1b5200', 'hex');

describe('the cash drawer', () => {
  let shop: Shop;
  let devices: string;
  let stopping: AbortController;
  const ended: Promise<void>[] = [];
  const told: string[] = [];
  const log = {
    info: () => undefined,
    warn: (_: object, message: string) => told.push(message),
    error: () => undefined,
  };
  const device = (): string => join(devices, 'drawer');
  const pulses = (): number => (existsSync(device()) ? readFileSync(device()).length / pulseJob.length : 0);
  const watch = (drawer: Printer = testPrinter(`file:${device()}`)) =>
    void ended.push(
      lastValueFrom(
        pulseAfter({ recorder: shop.recorder, drawer, clock: shop.clock, log, stopping: stopping.signal }),
        {
          defaultValue: undefined,
        },
      ),
    );
  const states = (): unknown[] =>
    shop.terminal.db.prepare('SELECT state FROM drawer_pulses ORDER BY seq').pluck().all();

  beforeEach(async () => {
    told.length = 0;
    stopping = new AbortController();
    devices = temporaryFolder();
    shop = await Shop.trading({ hasPrinter: true });
  });
  afterEach(async () => {
    stopping.abort();
    await Promise.all(ended.splice(0));
    shop.remove();
    rmSync(devices, { recursive: true });
  });

  it('gets the whole pulse once for a cash sale, after the commit, and none for a card', async () => {
    watch();
    await shop.commands.sell('cash');
    await shop.commands.sell('card', { lines: [{ code: 'coffee' }], tenders: [{ method: 'card', amount_minor: 350 }] });
    await shop.commands.sell('cash');
    await eventuallyEqual(pulses, 1);
    expect(readFileSync(device())).toEqual(pulseJob);
    await eventuallyEqual(() => states().filter((state) => state === 'sent').length, 1);
    expect(shop.recorder.pulses.open(10)).toEqual([]);
  });

  it('opens for money that comes in or goes out, and when somebody only wants it open', async () => {
    const { recorder } = shop;
    watch();
    await new OpenDrawerHandler(recorder).execute(new OpenDrawer('no-sale', { reason: 'change' }, byManager));
    for (const kind of ['paid_in', 'paid_out'] as const) {
      const movement = { kind, currency: 'USD', amount_minor: 100, reason: 'milk' };
      await new MoveCashHandler(recorder).execute(new MoveCash(kind, movement, byManager));
    }
    await eventuallyEqual(pulses, 3);
  });

  it('is not opened again for what happened before the program started', async () => {
    await shop.commands.sell('before');
    shop.terminal.close();
    shop.open({ hasPrinter: true });
    shop.terminal.start();
    watch();
    await shop.commands.sell('after');
    await eventuallyEqual(pulses, 1);
    await eventuallyEqual(() => states().filter((state) => state === 'sent').length, 1);
    expect(states()).toEqual(['unknown', 'sent']);
    expect(shop.recorder.pulses.open(10)).toMatchObject([
      { state: 'unknown', problem: expect.stringMatching(/look whether the drawer is open/u) as string },
    ]);
  });

  it('is not opened late, when what stood in the way is gone', async () => {
    const kept: Uint8Array[] = [];
    let free = (): void => undefined;
    const busy = new Promise<void>((resolve) => (free = resolve));
    watch(printerOn(() => busy.then(() => keepingWire(kept))));
    await shop.commands.sell('first');
    await shop.commands.sell('second');
    shop.clock.pass(10_000);
    await shop.commands.sell('in time');
    free();
    await eventuallyEqual(() => states().filter((state) => state !== 'waiting').length, 3);
    expect(Buffer.concat(kept)).toEqual(pulseJob);
    expect(told[0]).toMatch(/stayed shut/u);
    expect(states()).toEqual(['missed', 'missed', 'sent']);
  });

  it('that is missing keeps nobody from selling, and is said', async () => {
    watch(testPrinter(`file:${join(devices, 'nowhere', 'lp0')}`));
    await shop.commands.sell('first');
    await shop.commands.sell('second');
    await eventuallyEqual(() => told.length, 2);
    expect(told[0]).toMatch(/check its cable/u);
    expect(shop.recorder.state.receipts).toBe(2);
    expect(shop.recorder.pulses.open(10)).toMatchObject([
      { state: 'missed', problem: told[1] },
      { state: 'missed', problem: told[0] },
    ]);
  });

  it('whose line was lost in the middle may be open or shut, and is not tried again', async () => {
    let opened = 0;
    const torn = { ...keepingWire([]), write: () => Promise.reject(new Error('It was pulled.')) };
    watch(printerOn(() => ((opened += 1), Promise.resolve(torn))));
    await shop.commands.sell('torn');
    await eventuallyEqual(() => told.length, 1);
    expect([opened, states()]).toEqual([1, ['unknown']]);
  });

  it('opens while the disk is full, and nobody is kept from selling', async () => {
    shop.recorder.pulses.mark = () => {
      throw new SqliteFault('SQLITE_FULL');
    };
    watch();
    await shop.commands.sell('first');
    await shop.commands.sell('second');
    await eventuallyEqual(pulses, 2);
    await eventuallyEqual(() => told.length, 2);
  });
});

const eventuallyEqual = async (figure: () => number, wanted: number): Promise<void> => {
  for (let attempt = 0; attempt < 200 && figure() < wanted; attempt += 1) await settled();
  await settled();
  expect(figure()).toBe(wanted);
};
