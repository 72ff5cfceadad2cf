import type { CatalogContent } from '../../src/catalog/catalog.js';
import { makeCatalog } from '../../src/catalog/catalog.js';
import { ApplyCatalog, ApplyCatalogHandler } from '../../src/terminal/commands/apply-catalog.js';
import { OpenDrawer, OpenDrawerHandler } from '../../src/terminal/commands/open-drawer.js';
import { ParkTicket, ParkTicketHandler, type ParkTicketRequest } from '../../src/terminal/commands/park-ticket.js';
import { DiscardTicket, DiscardTicketHandler } from '../../src/terminal/commands/discard-ticket.js';
import { eventBytesMax } from '../../src/events/envelope.js';
import { errorWith } from '../errors.js';
import { byManager, expectWhole, Shop, shopContent } from './shop.js';

let shop: Shop;
let keys = 0;
beforeEach(async () => {
  shop = await Shop.trading();
});
afterEach(() => shop.remove());

const park = (request: ParkTicketRequest) =>
  new ParkTicketHandler(shop.recorder).execute(new ParkTicket(`p-${String((keys += 1))}`, request, byManager));

describe('As many tickets as a till holds', () => {
  it('fit into one Z with the longest names and reasons, and into the next session', async () => {
    const label = '桌'.repeat(100);
    for (let table = 0; table < 500; table += 1) await park({ label, lines: [{ code: 'coffee' }] });
    const head = shop.recorder.log.head;
    await expect(Promise.resolve().then(() => park({ lines: [{ code: 'coffee' }] }))).rejects.toThrow(
      errorWith({ code: 'TICKETS_FULL', details: { limit: 500 } }),
    );
    expect(shop.recorder.log.head).toEqual(head);
    for (let opened = 100; opened < 200; opened += 1) {
      const reason = '開'.repeat(197) + String(opened);
      await new OpenDrawerHandler(shop.recorder).execute(new OpenDrawer(`o-${String(opened)}`, { reason }, byManager));
    }
    const { z_report } = await shop.commands.closeSession('close');
    expect(z_report.open_tickets).toHaveLength(500);
    const [closed] = shop.recorder.log.read((shop.recorder.log.head?.seq ?? 0) - 1, 1);
    expect(Buffer.byteLength(closed?.envelope ?? '')).toBeLessThan(eventBytesMax - 128 * 1024);
    await shop.commands.openSession('again');
    expect(shop.events.filter(({ type }) => type === 'TicketCarriedOver')).toHaveLength(500);
    const [first] = shop.recorder.records.openTickets();
    const gone = { ticket_id: first?.ticket_id ?? '', reason: 'left' };
    await new DiscardTicketHandler(shop.recorder).execute(new DiscardTicket('d', gone, byManager));
    await park({ lines: [{ code: 'coffee' }] });
    expect(shop.recorder.records.openTickets()).toHaveLength(500);
    expectWhole(shop.terminal.db);
  });
});

describe('A ticket that would be too large to sell at once', () => {
  it('is not parked, bit by bit either', async () => {
    const name = '茶'.repeat(500);
    const products = shopContent.products.map((product) => ({ ...product, name }));
    const content: CatalogContent = { ...shopContent, products };
    await new ApplyCatalogHandler(shop.recorder).execute(new ApplyCatalog(makeCatalog(2, content)));
    const lines = Array.from({ length: 200 }, () => ({ code: 'coffee' }));
    const { ticket_id } = await park({ lines });
    const head = shop.recorder.log.head;
    await expect(Promise.resolve().then(() => park({ ticket_id, lines }))).rejects.toThrow(
      errorWith({ code: 'EVENT_TOO_LARGE', details: errorWith({ limit: eventBytesMax }) }),
    );
    expect(shop.recorder.log.head).toEqual(head);
    const sold = await shop.commands.sell('sell', { ticket_id, tenders: [{ method: 'cash', amount_minor: 70_000 }] });
    expect(sold.total_minor).toBe(70_000);
    expectWhole(shop.terminal.db);
  });
});
