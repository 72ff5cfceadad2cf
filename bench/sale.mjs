// What a sale and a lookup cost on a till, against the bare database.
import { join } from 'node:path';
import { openDurably } from '../dist/events/sqlite.js';
import { RecordSale, RecordSaleHandler } from '../dist/terminal/commands/record-sale.js';
import { rounds, row, timed } from './measure.mjs';
import { authority, barcodeAt, catalog, openTill, saleOf } from './till.mjs';

const salesPerRound = 400;
const lookupsPerRound = 20_000;
const linesPerSale = [6, 20];

/**
 * Measures in an empty folder; leaves the till's data folder in `till` there.
 * @returns lines of the table
 */
export const measureSales = async (folder) => {
  const terminal = await openTill(folder);
  const raw = openDurably(join(folder, 'raw.db'));
  const appended = await sell(terminal, raw);
  const lookedUp = await lookUp(terminal, raw);
  raw.close();
  terminal.stop('bench');
  return {
    ...Object.fromEntries(
      linesPerSale.map((lines) => [
        `sale of ${lines} lines, durable`,
        row(appended.get(lines), 'raw INSERT of the same bytes'),
      ]),
    ),
    'lookup by barcode in 50 000 products': row(lookedUp, 'raw SELECT by an indexed barcode'),
  };
};

const sell = async (terminal, raw) => {
  raw.exec('CREATE TABLE raw (seq INTEGER PRIMARY KEY, local_id TEXT NOT NULL, text TEXT NOT NULL) STRICT');
  const insert = raw.prepare('INSERT INTO raw (local_id, text) VALUES (?, ?)');
  const sales = new RecordSaleHandler(terminal.recorder);
  const appended = new Map(linesPerSale.map((lines) => [lines, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const lines of linesPerSale) {
      const before = terminal.recorder.log.head.seq;
      const request = saleOf(lines);
      const ours = await timed(salesPerRound, (index) =>
        sales.execute(new RecordSale(`${round}-${lines}-${index}`, request, authority)),
      );
      const rows = terminal.recorder.log.read(before, salesPerRound * 2).filter(({ type }) => type === 'SaleRecorded');
      const limit = await timed(salesPerRound, (index) => insert.run(rows[index].local_id, rows[index].envelope));
      appended.get(lines).push({ ours, limit });
    }
  }
  return appended;
};

const lookUp = async (terminal, raw) => {
  raw.exec('CREATE TABLE goods (barcode TEXT PRIMARY KEY, code TEXT, name TEXT, price_minor INTEGER) STRICT');
  const addGoods = raw.prepare('INSERT INTO goods VALUES (?, ?, ?, ?)');
  raw.transaction(() => {
    for (const { code, name, price_minor, barcodes } of catalog.content.products) {
      for (const barcode of barcodes) addGoods.run(barcode, code, name, price_minor);
    }
  })();
  const goods = raw.prepare('SELECT * FROM goods WHERE barcode = ?');
  const { businessDate } = terminal.recorder;
  const lookedUp = [];
  for (let round = 0; round < rounds; round += 1) {
    // A step that is prime to their number leads through all barcodes without any order.
    const barcode = (index) => barcodeAt((round * lookupsPerRound + index) * 7919);
    const ours = await timed(lookupsPerRound, (index) => {
      terminal.recorder.catalog.findProduct(barcode(index), businessDate);
    });
    const limit = await timed(lookupsPerRound, (index) => {
      goods.get(barcode(index));
    });
    lookedUp.push({ ours, limit });
  }
  return lookedUp;
};
