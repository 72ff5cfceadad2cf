import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { drawerPulse } from '../../src/hardware/drawer.js';
import { filePrinter } from '../../src/hardware/printer.js';
import { pulseAfter } from '../../src/terminal/drawer-pulses.js';
import { settled } from '../outbox/scripted-central.js';
import { Shop } from './shop.js';

describe('the cash drawer', () => {
  let shop: Shop;
  const told: string[] = [];
  const log = {
    info: () => undefined,
    warn: (_: object, message: string) => told.push(message),
    error: () => undefined,
  };
  const device = (): string => join(shop.folder, 'drawer');
  const pulses = (): number => (existsSync(device()) ? readFileSync(device()).length / drawerPulse.length : 0);
  const watch = (path = device()) =>
    pulseAfter(shop.recorder.commits$, filePrinter(path), { clock: shop.clock, log }).subscribe();

  beforeEach(async () => {
    told.length = 0;
    shop = await Shop.trading();
  });
  afterEach(() => shop.remove());

  it('gets the whole pulse once for a cash sale, after the commit, and none for a card', async () => {
    const watching = watch();
    await shop.commands.sell('cash');
    await shop.commands.sell('card', { lines: [{ code: 'coffee' }], tenders: [{ method: 'card', amount_minor: 350 }] });
    await shop.commands.sell('cash');
    await eventuallyEqual(pulses, 1);
    expect([...readFileSync(device())]).toEqual([0x1b, 0x70, 0x00, 0x19, 0xfa]);
    watching.unsubscribe();
  });

  it('is not opened again for what happened before the program started', async () => {
    await shop.commands.sell('before');
    const watching = watch();
    await shop.commands.sell('after');
    await eventuallyEqual(pulses, 1);
    watching.unsubscribe();
  });

  it('is not opened late, when what stood in the way is gone', async () => {
    const path = join(shop.folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const watching = watch(path);
    // A pipe that nobody reads takes nothing, like a printer without paper. (Read and write: it has no end between pulses.)
    await shop.commands.sell('first');
    await shop.commands.sell('second');
    shop.clock.pass(10_000);
    await shop.commands.sell('in time');
    const reader = await open(path, 'r+');
    await eventuallyEqual(() => told.length, 2);
    const { bytesRead } = await reader.read(Buffer.alloc(100), 0, 100);
    expect(bytesRead).toBe(drawerPulse.length);
    expect(told[0]).toMatch(/stayed shut/u);
    await reader.close();
    watching.unsubscribe();
  });

  it('that is missing keeps nobody from selling, and is said', async () => {
    const watching = watch(join(shop.folder, 'nowhere', 'lp0'));
    await shop.commands.sell('first');
    await shop.commands.sell('second');
    await eventuallyEqual(() => told.length, 2);
    expect(told[0]).toMatch(/check its cable/u);
    expect(shop.recorder.state.receipts).toBe(2);
    watching.unsubscribe();
  });
});

const eventuallyEqual = async (figure: () => number, wanted: number): Promise<void> => {
  for (let attempt = 0; attempt < 100 && figure() < wanted; attempt += 1) await settled();
  await settled();
  expect(figure()).toBe(wanted);
};
