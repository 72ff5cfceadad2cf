import { rmSync } from 'node:fs';
import { type CatalogContent, makeCatalog } from '../../src/catalog/catalog.js';
import type { Authority } from '../../src/domain/permission.js';
import { readText } from '../../src/events/envelope.js';
import { type EventRow, sealedOf } from '../../src/events/log.js';
import { checkEvent } from '../../src/events/chain.js';
import type { TillEvent } from '../../src/domain/event.js';
import type { Sqlite } from '../../src/events/sqlite.js';
import { foldRows } from '../../src/projections/projection.js';
import { terminalReadModels } from '../../src/projections/read-models.js';
import { readCells } from '../../src/projections/sqlite-tables.js';
import { ApplyCatalog, ApplyCatalogHandler } from '../../src/terminal/commands/apply-catalog.js';
import { CloseSession, CloseSessionHandler } from '../../src/terminal/commands/close-session.js';
import { OpenSession, OpenSessionHandler } from '../../src/terminal/commands/open-session.js';
import { RecordSale, RecordSaleHandler, type SaleRequest } from '../../src/terminal/commands/record-sale.js';
import type { Recorder } from '../../src/terminal/recorder.js';
import { Terminal, type TerminalOptions } from '../../src/terminal/terminal.js';
import { temporaryFolder } from '../temporary-folder.js';
import { countingIds, VirtualClock, virtualPorts } from './virtual-ports.js';

const one = { numerator: 1, denominator: 1 };

/** What the shop of these specs sells, and for what. */
export const shopContent: CatalogContent = {
  currency: 'USD',
  currencies: [
    { currency: 'USD', rate: one, cash_step_minor: 1 },
    { currency: 'LBP', rate: { numerator: 1, denominator: 89_500 }, cash_step_minor: 100_000 },
    { currency: 'EUR', rate: { numerator: 1_087_431, denominator: 1_000_000 }, cash_step_minor: 1 },
  ],
  methods: ['card', 'voucher'],
  taxes: [{ tax_code: 'VAT', name: 'VAT', rate_ppm: 110_000, mode: 'inclusive' }],
  products: [
    { code: 'coffee', name: 'Coffee', category: 'Drinks', price_minor: 350, tax_code: 'VAT', barcodes: ['528'] },
    { code: 'book', name: 'x'.repeat(500), category: null, price_minor: 1200, tax_code: 'VAT', barcodes: [] },
  ],
  staff: [],
};

/** Who does everything in these specs. */
export const byManager: Authority = { by: { staff_id: 'manager-1', role: 'manager' } };

/** One coffee, paid with a dollar bill too many. */
export const coffeeSale: SaleRequest = {
  lines: [{ code: 'coffee' }],
  tenders: [{ method: 'cash', amount_minor: 500 }],
};

/** Commands given to a recorder, as the till's handlers give them. */
export const commandsOn = (recorder: Recorder) => ({
  applyCatalog: async (version = 1) =>
    new ApplyCatalogHandler(recorder).execute(new ApplyCatalog(makeCatalog(version, shopContent))),
  openSession: async (key: string) =>
    new OpenSessionHandler(recorder).execute(
      new OpenSession(key, { float: [{ currency: 'USD', amount_minor: 10_000 }] }, byManager),
    ),
  sell: async (key: string, request: SaleRequest = coffeeSale) =>
    new RecordSaleHandler(recorder).execute(new RecordSale(key, request, byManager)),
  closeSession: async (key: string) =>
    new CloseSessionHandler(recorder).execute(new CloseSession(key, { counted: [] }, byManager)),
});

/** A terminal on a real folder, which may be closed, crash and be opened again. */
export class Shop {
  readonly clock = new VirtualClock();
  readonly randomness = countingIds();
  readonly faults: unknown[] = [];
  terminal: Terminal;

  constructor(
    more: Partial<TerminalOptions> = {},
    readonly folder = temporaryFolder(),
  ) {
    this.terminal = this.open(more);
  }

  /** A shop that has a catalog and an open session. */
  static async trading(more: Partial<TerminalOptions> = {}): Promise<Shop> {
    const shop = new Shop(more);
    shop.terminal.start();
    await shop.commands.applyCatalog();
    await shop.commands.openSession('open');
    return shop;
  }

  /** Opens the folder again; the one before must be closed. */
  open(more: Partial<TerminalOptions> = {}): Terminal {
    this.terminal = Terminal.open({
      dataDir: this.folder,
      ports: virtualPorts(this.clock, this.randomness),
      onCommitUnknown: (fault) => this.faults.push(fault),
      ...more,
    });
    return this.terminal;
  }

  get recorder(): Recorder {
    return this.terminal.recorder;
  }

  get commands() {
    return commandsOn(this.recorder);
  }

  get events(): readonly TillEvent[] {
    return eventsIn(this.terminal.db);
  }

  /** Closes what is open and takes the folder away. */
  remove(): void {
    if (this.terminal.db.open) this.terminal.close();
    rmSync(this.folder, { recursive: true });
  }
}

const storedIn = (db: Sqlite): readonly EventRow[] =>
  db.prepare<[], EventRow>('SELECT * FROM events ORDER BY seq').all();

/** Every event of a database, read from its stored text. */
export const eventsIn = (db: Sqlite): readonly TillEvent[] => storedIn(db).map(({ envelope }) => readText(envelope));

/** Everything that a database holds, table by table, to see that nothing changed. */
export const contentOf = (db: Sqlite): Readonly<Record<string, unknown[]>> => {
  // The index of the words keeps what it holds in tables beside it.
  const tables = db.prepare("SELECT name FROM pragma_table_list WHERE type IN ('table', 'shadow') ORDER BY name");
  return Object.fromEntries(
    (tables.pluck().all() as string[]).map((table) => [table, db.prepare(`SELECT * FROM ${table} ORDER BY 1`).all()]),
  );
};

/** Expects the chain whole, every event in the outbox, and every read model equal to the fold of the log. */
export const expectWhole = (db: Sqlite): void => {
  const stored = storedIn(db);
  let head = null;
  for (const row of stored) {
    expect(checkEvent(sealedOf(row), head).problems).toEqual([]);
    head = { epoch: row.epoch, seq: row.seq, hash: row.hash };
  }
  const outbox = db.prepare('SELECT seq, local_id FROM outbox ORDER BY seq').all();
  expect(outbox).toEqual(stored.map(({ seq, local_id }) => ({ seq, local_id })));
  const events = eventsIn(db);
  for (const model of terminalReadModels) {
    const live = db.prepare(`SELECT * FROM ${model.table}`).all() as Record<string, string | number | null>[];
    const rows = new Map(live.map((row) => [String(row[model.key]), readCells(model, row)]));
    expect(rows).toEqual(new Map(foldRows(model, events)));
  }
};
