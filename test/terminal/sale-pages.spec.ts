import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Shop } from './shop.js';

const frameHeaderBytes = 24;
const logHeaderBytes = 32;

describe('A sale', () => {
  it('changes so few pages of the database that a till on a slow disk keeps up', async () => {
    const shop = await Shop.trading();
    const sales = 60;
    try {
      const { db } = shop.terminal;
      db.pragma('wal_autocheckpoint = 0');
      db.pragma('wal_checkpoint(TRUNCATE)');
      for (let sale = 0; sale < sales; sale += 1) await shop.commands.sell(`s${String(sale)}`);
      const bytes = readFileSync(join(shop.folder, 'tillog.db-wal')).length - logHeaderBytes;
      const pageBytes = db.pragma('page_size', { simple: true }) as number;
      // The log with its two indexes, the totals of the session and the stock of one product; the head every 20 sales.
      expect(bytes / (pageBytes + frameHeaderBytes) / sales).toBeLessThan(8);
    } finally {
      shop.remove();
    }
  });
});
