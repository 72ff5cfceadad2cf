import type { Relay } from '../../src/outbox/relay.js';
import type { StockAnswer } from '../../src/outbox/protocol.js';
import { relayOf } from '../../src/terminal/terminal-relay.js';
import { Shop } from '../terminal/shop.js';
import { type Arrived, type Reply, ScriptedCentral, settled, SteppedClock } from './scripted-central.js';

const relays: Relay[] = [];
const shops: Shop[] = [];

afterEach(async () => {
  for (const relay of relays.splice(0)) await relay.stop();
  for (const shop of shops.splice(0)) shop.remove();
});

/** A shop whose relay talks to a central that follows a script. */
export const enrolledShop = async (
  script: (Reply | ((batch: Arrived) => Reply))[] = [],
  keepStock?: (stock: StockAnswer, downloaded_at: string) => string | null,
  url = 'http://central',
) => {
  const shop = await Shop.trading();
  shops.push(shop);
  const clock = new SteppedClock();
  const central = new ScriptedCentral(clock, script);
  const broken: unknown[] = [];
  const { recorder } = shop;
  const { terminal_id } = recorder.identity;
  if (keepStock) recorder.stock.keep = keepStock;
  const relay = relayOf(shop.terminal, {
    ports: { clock, network: central, randomness: shop.randomness },
    link: { url, token: 'token', tenant_id: terminal_id, terminal_id },
    intervalMs: 30_000,
    takesCatalog: true,
    onBroken: (cause) => broken.push(cause),
  });
  relays.push(relay);
  const sell = async (count: number): Promise<void> => {
    const from = recorder.log.head?.seq ?? 0;
    for (let index = 0; index < count; index += 1) await shop.commands.sell(`${String(from)}-${String(index)}`);
  };
  const start = async (): Promise<void> => {
    relay.start();
    await settled();
  };
  return { shop, clock, central, relay, broken, sell, start };
};
