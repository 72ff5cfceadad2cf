import { layoutText } from '../../src/hardware/layout-text.js';
import { ParkTicket, ParkTicketHandler } from '../../src/terminal/commands/park-ticket.js';
import { OpenSession, OpenSessionHandler } from '../../src/terminal/commands/open-session.js';
import type { Kitchen } from '../../src/terminal/print-queue.js';
import { RecordedPapers } from '../../src/terminal/recorded-papers.js';
import { byManager, Shop } from './shop.js';

const drinks: Kitchen = { categories: ['Drinks', 'Hot'] };
const kitchens = [drinks, { categories: ['Cold'] }];

describe('an order for the kitchen', () => {
  let shop: Shop;

  const orders = () =>
    shop.terminal.db
      .prepare("SELECT seq, destination FROM print_jobs WHERE destination <> 'receipts' ORDER BY seq")
      .all() as {
      readonly seq: number;
      readonly destination: string;
    }[];
  const slip = (index: number): string => {
    const papers = new RecordedPapers(shop.terminal);
    return layoutText(papers.order(orders()[index]?.seq ?? 0, drinks, 'en'), 48);
  };
  const park = (key: string, ticket_id?: string) => {
    const request = { label: 'Table 7', lines: [{ code: 'coffee', quantity_milli: 2000 }, { code: 'book' }] };
    const parking = new ParkTicket(key, { ...request, ...(ticket_id === undefined ? {} : { ticket_id }) }, byManager);
    return new ParkTicketHandler(shop.recorder).execute(parking);
  };

  beforeEach(async () => {
    shop = await Shop.trading({ kitchens });
  });
  afterEach(() => shop.remove());

  it('is queued by a sale, for the printer of its categories only, and has no prices', async () => {
    const { receipt_number } = await shop.commands.sell('sale', {
      lines: [{ code: 'coffee', quantity_milli: 3000 }, { code: 'book' }],
      tenders: [{ method: 'cash', amount_minor: 5000 }],
    });
    expect(orders()).toMatchObject([{ destination: 'Drinks, Hot' }]);
    expect(slip(0)).toContain('3 x Coffee');
    expect(slip(0)).toContain(receipt_number);
    expect(slip(0)).toContain('2026-03-01 10:00');
    expect(slip(0)).not.toMatch(/\d\.\d\d|xxxx/u);
  });

  it('is none where nothing of these categories is sold', async () => {
    await shop.commands.sell('sale', { lines: [{ code: 'book' }], tenders: [{ method: 'cash', amount_minor: 1200 }] });
    expect(orders()).toEqual([]);
  });

  it('is queued when a ticket is parked, names its table, and is not repeated when it is sold', async () => {
    const { ticket_id } = await park('park');
    expect(slip(0)).toContain('Table 7');
    expect(slip(0)).toContain('2 x Coffee');
    expect(slip(0)).toContain(ticket_id.slice(0, 8));
    await shop.commands.sell('sale', { ticket_id, tenders: [{ method: 'cash', amount_minor: 5000 }] });
    expect(orders()).toHaveLength(1);
  });

  it('holds what was added when the ticket was sold', async () => {
    const { ticket_id } = await park('park');
    const lines = [{ code: 'coffee' }];
    await shop.commands.sell('sale', { ticket_id, lines, tenders: [{ method: 'cash', amount_minor: 5000 }] });
    expect(orders()).toHaveLength(2);
    expect(slip(1)).toContain('1 x Coffee');
    expect(slip(1)).toContain('Table 7');
    expect(slip(1)).not.toContain('2 x Coffee');
  });

  it('is none in training', async () => {
    await shop.commands.closeSession('close');
    const { recorder } = shop;
    await new OpenSessionHandler(recorder).execute(new OpenSession('train', { float: [], training: true }, byManager));
    await shop.commands.sell('sale');
    await park('park');
    expect(orders()).toEqual([]);
  });
});
