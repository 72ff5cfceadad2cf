import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { centralCode, centralPublish, type RunningCentral, runCentral } from '../../src/central/program.js';
import { readText } from '../../src/events/envelope.js';
import type { Relay } from '../../src/outbox/relay.js';
import { machinePorts as ports } from '../../src/ports.js';
import { linkOf } from '../../src/terminal/enrolment.js';
import { enrollTerminal } from '../../src/terminal/program.js';
import { Terminal } from '../../src/terminal/terminal.js';
import { relayOf } from '../../src/terminal/terminal-relay.js';
import { Cluster } from '../central/database.js';
import { commandsOn, shopContent } from '../terminal/shop.js';
import { eventually } from './programs.js';

const place = mkdtempSync(join(tmpdir(), 'tillog-price-'));
let cluster: Cluster;
let databaseUrl: string;
let central: RunningCentral;
let terminal: Terminal;
let relay: Relay;

beforeAll(async () => {
  cluster = await Cluster.start();
  databaseUrl = await cluster.emptyDatabase();
  central = await runCentral({ databaseUrl, port: 0, ports });
  await enrollTerminal(place, central.url, await centralCode({ databaseUrl, ports }), ports);
  const onBroken = (cause: unknown): void => {
    throw cause;
  };
  terminal = Terminal.open({ dataDir: place, ports, onCommitUnknown: onBroken });
  terminal.start();
  const link = linkOf(terminal);
  relay = relayOf(terminal, { ports, link, intervalMs: 60_000, takesCatalog: true, onBroken });
}, 60_000);

afterAll(async () => {
  await relay.stop();
  terminal.close();
  await central.stop();
  await cluster.stop();
  rmSync(place, { recursive: true, force: true });
});

/** Publishes what a coffee costs from now on. */
const publish = (price_minor: number): Promise<number> => {
  const products = shopContent.products.map((one) => (one.code === 'coffee' ? { ...one, price_minor } : one));
  const { tenant_id } = terminal.recorder.identity;
  return centralPublish({ databaseUrl, ports }, tenant_id ?? '', { ...shopContent, products });
};

/** What each sale says of its price, oldest first. */
const pricesIn = (texts: readonly string[]) =>
  texts.map((text) => {
    const event = readText(text);
    if (event.type !== 'SaleRecorded') throw new Error(event.type);
    const [line] = event.data.lines;
    return [line?.unit_price_minor, line?.catalog_version, event.data.total_minor, event.catalog_version];
  });

const salesHere = (): readonly string[] =>
  terminal.db.prepare("SELECT envelope FROM events WHERE type = 'SaleRecorded' ORDER BY seq").pluck().all() as string[];

const salesAtCentral = async (): Promise<readonly string[]> =>
  (await cluster.asOwner("SELECT event FROM events WHERE type = 'SaleRecorded' ORDER BY seq", databaseUrl)).map(
    ({ event }) => String(event),
  );

describe('a price that is published while five hundred sales wait', () => {
  it('changes none of the five hundred, here or at central, and the next sale has it', async () => {
    const { recorder } = terminal;
    const till = commandsOn(recorder);
    await till.applyCatalog(await publish(350));
    await till.openSession('open');
    for (let sale = 1; sale <= 500; sale += 1) await till.sell(`sale ${String(sale)}`);
    const before = salesHere();
    const quoted = Array.from({ length: 500 }, () => [350, 1, 350, 1]);
    expect(pricesIn(before)).toEqual(quoted);
    expect(relay.status().pending).toBeGreaterThanOrEqual(1000);

    expect(await publish(400)).toBe(2);
    relay.start();
    // The catalog comes down behind the five hundred.
    await eventually(() => Promise.resolve(recorder.catalog.version === 2 || undefined));
    expect(salesHere()).toEqual(before);
    expect(await till.sell('sale 501')).toMatchObject({ total_minor: 400 });
    await eventually(() => Promise.resolve(relay.status().pending === 0 || undefined));

    const after = salesHere();
    expect(after.slice(0, 500)).toEqual(before);
    expect(pricesIn(after)).toEqual([...quoted, [400, 2, 400, 2]]);
    expect(await salesAtCentral()).toEqual(after);
    await till.closeSession('close');
    expect((await relay.syncNow()).rejected).toEqual([]);
    await eventually(() => Promise.resolve(relay.status().pending === 0 || undefined));
    const totals = "SELECT sum(total_minor) AS total FROM receipts WHERE kind = 'sale'";
    expect(await cluster.asOwner(totals, databaseUrl)).toMatchObject([{ total: String(500 * 350 + 400) }]);
  }, 60_000);
});
