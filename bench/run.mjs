// What the till and the auditor cost, as ratios against a raw limit that is measured in the same run.
// npm run bench          five interleaved rounds; medians
import console from 'node:console';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { makeCatalog } from '../dist/catalog/catalog.js';
import { openDurably } from '../dist/events/sqlite.js';
import { machinePorts } from '../dist/ports.js';
import { ApplyCatalog, ApplyCatalogHandler } from '../dist/terminal/commands/apply-catalog.js';
import { OpenSession, OpenSessionHandler } from '../dist/terminal/commands/open-session.js';
import { RecordSale, RecordSaleHandler } from '../dist/terminal/commands/record-sale.js';
import { Terminal } from '../dist/terminal/terminal.js';
import { openSource } from '../dist/audit/sqlite-file.js';
import { runVerify } from '../dist/audit/program.js';

const rounds = 5;
const salesPerRound = 400;
const folder = mkdtempSync(join(tmpdir(), 'tillog-bench-'));
const authority = { by: { staff_id: 'bench', role: 'manager' } };

const productsCount = 50_000;
const barcodesEach = 3;
const lookupsPerRound = 20_000;
const linesPerSale = [6, 20];
const barcodeAt = (index) => String(6_000_000_000_000 + (index % (productsCount * barcodesEach)));
const codes = Array.from({ length: productsCount }, (_, index) => `product-${index}`);
const catalog = makeCatalog(-1, {
  currency: 'USD',
  currencies: [{ currency: 'USD', rate: { numerator: 1, denominator: 1 }, cash_step_minor: 1 }],
  methods: [],
  taxes: [{ tax_code: 'standard', name: 'VAT', rate_ppm: 110_000, mode: 'inclusive' }],
  products: codes.map((code, index) => ({
    code,
    name: `The ${code}`,
    category: 'Bench',
    price_minor: 325,
    tax_code: 'standard',
    barcodes: Array.from({ length: barcodesEach }, (_, place) => barcodeAt(index * barcodesEach + place)),
  })),
  staff: [],
});

const terminal = Terminal.open({
  dataDir: join(folder, 'till'),
  ports: machinePorts,
  onCommitUnknown: (fault) => {
    throw fault;
  },
});
terminal.start();
await new ApplyCatalogHandler(terminal.recorder).execute(new ApplyCatalog(catalog));
await new OpenSessionHandler(terminal.recorder).execute(
  new OpenSession('open', { float: [{ currency: 'USD', amount_minor: 0 }] }, authority),
);

const sales = new RecordSaleHandler(terminal.recorder);
const requestOf = (lines) => ({
  lines: codes.slice(0, lines).map((code) => ({ code })),
  tenders: [{ method: 'cash', amount_minor: lines * 325 }],
});

const raw = openDurably(join(folder, 'raw.db'));
raw.exec('CREATE TABLE raw (seq INTEGER PRIMARY KEY, local_id TEXT NOT NULL, text TEXT NOT NULL) STRICT');
const insert = raw.prepare('INSERT INTO raw (local_id, text) VALUES (?, ?)');

const timed = async (count, work) => {
  const times = [];
  const from = performance.now();
  for (let index = 0; index < count; index += 1) {
    const start = performance.now();
    await work(index);
    times.push(performance.now() - start);
  }
  const seconds = (performance.now() - from) / 1000;
  times.sort((a, b) => a - b);
  return { perSecond: count / seconds, p99: times[Math.floor(count * 0.99)] };
};
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

const appended = new Map(linesPerSale.map((lines) => [lines, []]));
for (let round = 0; round < rounds; round += 1) {
  for (const lines of linesPerSale) {
    const before = terminal.recorder.log.head.seq;
    const request = requestOf(lines);
    const ours = await timed(salesPerRound, (index) =>
      sales.execute(new RecordSale(`${round}-${lines}-${index}`, request, authority)),
    );
    const rows = terminal.recorder.log.read(before, salesPerRound * 2).filter(({ type }) => type === 'SaleRecorded');
    const limit = await timed(salesPerRound, (index) => insert.run(rows[index].local_id, rows[index].envelope));
    appended.get(lines).push({ ours, limit });
  }
}

raw.exec('CREATE TABLE goods (barcode TEXT PRIMARY KEY, code TEXT, name TEXT, price_minor INTEGER) STRICT');
const addGoods = raw.prepare('INSERT INTO goods VALUES (?, ?, ?, ?)');
raw.transaction(() => {
  for (const { code, name, price_minor, barcodes } of catalog.content.products) {
    for (const barcode of barcodes) addGoods.run(barcode, code, name, price_minor);
  }
})();
const goods = raw.prepare('SELECT * FROM goods WHERE barcode = ?');
const lookedUp = [];
for (let round = 0; round < rounds; round += 1) {
  // A step that is prime to their number leads through all barcodes without any order.
  const barcode = (index) => barcodeAt((round * lookupsPerRound + index) * 7919);
  const { businessDate } = terminal.recorder;
  const ours = await timed(lookupsPerRound, (index) => {
    terminal.recorder.catalog.findProduct(barcode(index), businessDate);
  });
  const limit = await timed(lookupsPerRound, (index) => {
    goods.get(barcode(index));
  });
  lookedUp.push({ ours, limit });
}
raw.close();
terminal.stop('bench');

const source = openSource(join(folder, 'till'));
const verified = [];
for (let round = 0; round < rounds; round += 1) {
  const start = performance.now();
  const { report } = await runVerify(source, {});
  const ours = report.events / ((performance.now() - start) / 1000);
  const from = performance.now();
  for (const log of await source.terminals()) {
    for await (const chunk of log.rows()) {
      for (const { event } of chunk) {
        createHash('sha256').update(event).digest('hex');
        JSON.parse(event);
      }
    }
  }
  verified.push({ ours, limit: report.events / ((performance.now() - from) / 1000) });
}
await source.close();
rmSync(folder, { recursive: true, force: true });

const ratio = (rows, of) => median(rows.map(({ ours, limit }) => of(ours) / of(limit))).toFixed(2);
console.log(
  `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? '?'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
);
const row = (measured, what) => ({
  ours: `${median(measured.map(({ ours }) => ours.perSecond)).toFixed(0)}/s`,
  limit: `${median(measured.map(({ limit }) => limit.perSecond)).toFixed(0)}/s ${what}`,
  ratio: ratio(measured, ({ perSecond }) => perSecond),
  p99: `${median(measured.map(({ ours }) => ours.p99)).toFixed(2)} ms`,
});
console.table({
  'sale of 6 lines, durable': row(appended.get(6), 'raw INSERT of the same bytes'),
  'sale of 20 lines, durable': row(appended.get(20), 'raw INSERT of the same bytes'),
  'lookup by barcode in 50 000 products': row(lookedUp, 'raw SELECT by an indexed barcode'),
  'verify a log': {
    ours: `${median(verified.map(({ ours }) => ours)).toFixed(0)} events/s`,
    limit: `${median(verified.map(({ limit }) => limit)).toFixed(0)} events/s SHA-256 and JSON.parse`,
    ratio: ratio(verified, (perSecond) => perSecond),
    p99: '',
  },
});
