// What a sale costs while its paper is printed, against a till without a printer: the ratio says whether the cashier
// waits for a printer that never reads, that is switched off, or that is slow.
import { createServer } from 'node:net';
import { join } from 'node:path';
import { lastValueFrom, merge } from 'rxjs';
import { paperLayout } from '../dist/hardware/paper-layout.js';
import { printerAt } from '../dist/hardware/printer-address.js';
import { machinePorts, silentLog } from '../dist/ports.js';
import { RecordSale, RecordSaleHandler } from '../dist/terminal/commands/record-sale.js';
import { pulseAfter } from '../dist/terminal/drawer-pulses.js';
import { receiptsDestination } from '../dist/terminal/print-queue.js';
import { printQueued } from '../dist/terminal/printing.js';
import { RecordedPapers } from '../dist/terminal/recorded-papers.js';
import { rounds, row, timed } from './measure.mjs';
import { authority, openTill, saleOf, smallCatalog } from './till.mjs';

const salesPerRound = 20;

/** A customer is followed by the next one after so long: printing has its turn between two sales, as in a shop. */
const betweenSalesMs = 20;

const wait = (ms) => machinePorts.clock.sleep(ms);

/** Servers that are wrong in one way each. */
const printers = {
  'that never reads': (socket) => socket.pause(),
  'that answers after 30 s': (socket) => socket.on('data', () => undefined),
  'that answers at once': (socket) =>
    socket.on('data', (bytes) => bytes.length === 3 && bytes[0] === 0x10 && socket.write(Uint8Array.of(0x12))),
};

/**
 * Measures in a folder of its own below `folder`.
 * @returns lines of the table
 */
export const measurePrinting = async (folder) => {
  const without = await tillIn(join(folder, 'no-printer'), false);
  const table = {};
  for (const [kind, serve] of [...Object.entries(printers), ['that is switched off', undefined]]) {
    const printer = await serverFor(serve);
    const till = await tillIn(join(folder, kind.replaceAll(' ', '-')), true);
    const stop = startPrinting(till, printer.place);
    const measured = [];
    for (let round = 0; round < rounds; round += 1) {
      const ours = await sell(till, `${kind}-${round}`);
      measured.push({ ours, limit: await sell(without, `${kind}-${round}`) });
    }
    table[`sale of 6 lines, printer ${kind}`] = row(measured, 'without a printer');
    await stop();
    till.stop('bench');
    printer.close();
  }
  without.stop('bench');
  return table;
};

const tillIn = (folder, hasPrinter) => openTill(folder, 'till', { hasPrinter, content: smallCatalog });

const sell = async ({ recorder }, name) => {
  const sales = new RecordSaleHandler(recorder);
  const request = saleOf(6);
  return timed(
    salesPerRound,
    (index) => sales.execute(new RecordSale(`${name}-${index}`, request, authority)),
    () => wait(betweenSalesMs),
  );
};

/** Where a printer is; nobody listens there when it is not served. */
const serverFor = async (serve) => {
  const sockets = new Set();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const place = `tcp:127.0.0.1:${server.address().port}`;
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  if (serve === undefined) close();
  return { place, close };
};

const startPrinting = (terminal, place) => {
  const { clock, network } = machinePorts;
  const printer = printerAt(place, { clock, network, virtualFolder: '', allowLoopback: true });
  const stopping = new globalThis.AbortController();
  const papers = new RecordedPapers(terminal);
  const { recorder } = terminal;
  const shared = { recorder, clock, log: silentLog, stopping: stopping.signal };
  const printing = {
    ...shared,
    printer,
    destination: receiptsDestination,
    layoutOf: (seq) => paperLayout(papers.at(seq)),
    paper: '80mm',
    retryMs: 5000,
  };
  const ended = lastValueFrom(merge(pulseAfter({ ...shared, drawer: printer }), printQueued(printing)), {
    defaultValue: undefined,
  });
  return () => {
    stopping.abort();
    return ended;
  };
};
