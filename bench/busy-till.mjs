// An enrolled till that sold for months and was never online: what central is sent in the measurements.
import { join } from 'node:path';
import { makeCatalog } from '../dist/catalog/catalog.js';
import { machinePorts } from '../dist/ports.js';
import { ApplyCatalog, ApplyCatalogHandler } from '../dist/terminal/commands/apply-catalog.js';
import { CloseSession, CloseSessionHandler } from '../dist/terminal/commands/close-session.js';
import { OpenDrawer, OpenDrawerHandler } from '../dist/terminal/commands/open-drawer.js';
import { OpenSession, OpenSessionHandler } from '../dist/terminal/commands/open-session.js';
import { RecordSale, RecordSaleHandler } from '../dist/terminal/commands/record-sale.js';
import { enroll } from '../dist/terminal/enrolment.js';
import { SimulatedClock } from '../dist/terminal/simulated-clock.js';
import { Terminal } from '../dist/terminal/terminal.js';

const productsCount = 500;
const linesMax = 8;
const salesADay = 200;
/** Of ten sales so many are paid in cash, which opens the drawer. */
const cashOfTen = 6;
const dayMs = 86_400_000;
const firstDay = Date.UTC(2026, 0, 5, 8);
const float = [{ currency: 'USD', amount_minor: 10_000 }];
const authority = { by: { staff_id: 'cashier-1', role: 'manager' } };

const priceOf = (product) => 95 + ((product * 37) % 2000);

const catalog = makeCatalog(-1, {
  currency: 'USD',
  currencies: [{ currency: 'USD', rate: { numerator: 1, denominator: 1 }, cash_step_minor: 1 }],
  methods: ['card'],
  taxes: [
    { tax_code: 'standard', name: 'VAT', rate_ppm: 110_000, mode: 'inclusive' },
    { tax_code: 'food', name: 'VAT on food', rate_ppm: 30_000, mode: 'inclusive' },
  ],
  products: Array.from({ length: productsCount }, (_, index) => ({
    code: `product-${index}`,
    name: `Product number ${index}`,
    category: `Category ${index % 20}`,
    price_minor: priceOf(index),
    tax_code: index % 3 === 0 ? 'standard' : 'food',
    barcodes: [],
  })),
  staff: [],
});

/** Some products are sold far more often than others: a fifth of them make nearly three fifths of the sales. */
const popular = (draw) => Math.floor((draw(1000) / 1000) ** 3 * productsCount);

/** Numbers from 0 to `below`, the same ones in every run. */
const draws = (seed) => {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
};

/**
 * Makes the till in `folder`: enrolled, then `events` events of sales of one to eight lines, drawers and sessions.
 * @returns the open terminal
 */
export const busyTill = async (folder, { code, url, events }) => {
  const clock = new SimulatedClock(firstDay);
  const ports = { ...machinePorts, clock };
  const terminal = Terminal.open({
    dataDir: join(folder, 'busy-till'),
    ports,
    onCommitUnknown: (fault) => {
      throw fault;
    },
  });
  // Nothing is measured while the log is made.
  terminal.db.pragma('synchronous = OFF');
  terminal.start();
  await enroll(terminal, machinePorts, code, url);
  const { recorder } = terminal;
  await new ApplyCatalogHandler(recorder).execute(new ApplyCatalog(catalog));
  const sellOn = dayOf(recorder, clock);
  for (let day = 0; recorder.log.head.seq < events; day += 1) await sellOn(day, events);
  terminal.db.pragma('synchronous = FULL');
  return terminal;
};

/** One day from opening to Z, or until there are enough events. */
const dayOf = (recorder, clock) => {
  const draw = draws(42);
  const [opening, sales] = [new OpenSessionHandler(recorder), new RecordSaleHandler(recorder)];
  const [drawers, closing] = [new OpenDrawerHandler(recorder), new CloseSessionHandler(recorder)];
  return async (day, events) => {
    clock.moveTo(firstDay + day * dayMs);
    await opening.execute(new OpenSession(`open ${day}`, { float }, authority));
    for (let sale = 0; sale < salesADay && recorder.log.head.seq < events - 1; sale += 1) {
      clock.moveTo(clock.wall() + 150_000);
      const rung = Array.from({ length: 1 + draw(linesMax) }, () => ({
        product: popular(draw),
        units: 1 + draw(2),
      }));
      const lines = rung.map(({ product, units }) => ({ code: `product-${product}`, quantity_milli: units * 1000 }));
      const amount_minor = rung.reduce((sum, { product, units }) => sum + units * priceOf(product), 0);
      const tenders =
        draw(10) < cashOfTen ? [{ method: 'cash', amount_minor: 100_000 }] : [{ method: 'card', amount_minor }];
      await sales.execute(new RecordSale(`sale ${day} ${sale}`, { lines, tenders }, authority));
    }
    await drawers.execute(new OpenDrawer(`look ${day}`, { reason: 'change of shift' }, authority));
    await closing.execute(new CloseSession(`close ${day}`, { counted: float }, authority));
  };
};
