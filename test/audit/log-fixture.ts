import { createPrivateKey, type KeyObject } from 'node:crypto';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Decided, Head, TillEvent } from '../../src/domain/event.js';
import type { DiscountRequest, RungLine } from '../../src/domain/pricing.js';
import type { OriginalSale } from '../../src/domain/refund.js';
import type { TenderRequest, TenderTerms } from '../../src/domain/settlement.js';
import { till, type TillState } from '../../src/domain/till.js';
import type { TillCommand } from '../../src/domain/till-command.js';
import { canonical, hashOf, readText } from '../../src/events/envelope.js';
import { EventLog, type EventRow, logTables, type Recorded } from '../../src/events/log.js';
import type { UnplacedEvent } from '../../src/events/paper.js';
import { publicKeyOf, type SignedHead, signHead } from '../../src/events/signature.js';
import { openDurably, type Sqlite } from '../../src/events/sqlite.js';
import { WitnessFile } from '../../src/events/witness.js';
import { outboxTables } from '../../src/outbox/outbox.js';
import { salesIn } from '../domain/original-sales.js';
import { waitingIn } from '../domain/parked-tickets.js';
import { PrintedLog } from '../events/printed-log.js';
import { idOf, keyOf } from './steady-id.js';

export const terms: TenderTerms = {
  currency: 'USD',
  currencies: [
    { currency: 'USD', rate: { numerator: 1, denominator: 1 }, cash_step_minor: 5 },
    { currency: 'LBP', rate: { numerator: 1, denominator: 89500 }, cash_step_minor: 100 },
  ],
  methods: ['card'],
};

const line = (code: string, unit_price_minor: number, more: Partial<RungLine> = {}): RungLine => ({
  code,
  name: `Product ${code}`,
  category: null,
  catalog_version: 1,
  quantity_milli: 1000,
  unit_price_minor,
  list_price_minor: unit_price_minor,
  tax_code: 'VAT',
  tax_mode: 'inclusive',
  rate_ppm: 110_000,
  ...more,
});

export const coffee = line('COFFEE', 450);
export const cheese = line('CHEESE', 1999, { quantity_milli: 355 });
export const service = line('SERVICE', 1000, { tax_mode: 'exclusive', tax_code: 'LOW', rate_ppm: 50_000 });

export const manager = { by: { staff_id: 'manager', role: 'manager' } } as const;

/** A terminal's data folder with a log that real rules decided on, at a time that moves a minute an event. */
export class LogFixture {
  readonly db: Sqlite;
  readonly log: EventLog;
  readonly terminal_id: string;
  readonly publicKey: string;
  state: TillState = till.initial;
  private readonly printed = new PrintedLog();
  /** Who does what is recorded next. */
  staff_id = 'cashier';
  /** The clock, in ms; null for a minute an event. */
  now_ms: number | null = null;
  private session: { readonly session_id: string; readonly business_date: string } | null = null;
  private signed: SignedHead | null = null;
  private epoch = 1;
  private names = 0;

  constructor(
    readonly dir: string,
    readonly name = 'terminal',
    private readonly currency = 'USD',
    private readonly pem = keyOf(name),
  ) {
    mkdirSync(dir, { recursive: true });
    this.publicKey = publicKeyOf(pem);
    this.terminal_id = idOf(name);
    this.db = openDurably(join(dir, 'tillog.db'));
    // Hundreds of logs are made here, and no power cut is tried.
    this.db.pragma('synchronous = OFF');
    this.db.exec(logTables + outboxTables);
    this.log = new EventLog(this.db);
  }

  private get privateKey(): KeyObject {
    return createPrivateKey(this.pem);
  }

  /** The same terminal on a backup of its database: it has forgotten everything since, and makes other ids. */
  restoredFrom(dir: string, backup: string): LogFixture {
    mkdirSync(dir);
    copyFileSync(backup, join(dir, 'tillog.db'));
    const again = new LogFixture(dir, this.name, this.currency, this.pem);
    again.names = 1_000_000;
    for (const event of again.events) {
      again.state = till.evolve(again.state, event);
      again.printed.learn(event);
    }
    return again;
  }

  get path(): string {
    return join(this.dir, 'tillog.db');
  }

  /** Starts the terminal: the first event of every log. */
  start(): this {
    const data = { software_version: '0.1.0', zone: 'Asia/Beirut', public_key: this.publicKey };
    this.append({ type: 'TerminalStarted', data });
    return this;
  }

  newId(): string {
    this.names += 1;
    return idOf(`${this.name} ${String(this.names)}`);
  }

  append(decided: Decided): Recorded {
    const { type, local_id = this.newId(), session } = decided;
    if (session) this.session = session;
    if (type === 'EpochStarted') this.epoch += 1;
    const draft = this.printed.draft(this.unplaced({ ...decided, local_id }));
    const recorded = this.db.transaction(() => this.log.append(draft))();
    this.printed.learn(recorded.event);
    this.state = till.evolve(this.state, recorded.event);
    if (type === 'SessionClosed') this.session = null;
    return recorded;
  }

  private unplaced({ type, data, local_id, approved_by = null }: Decided): UnplacedEvent {
    const minutes = this.log.head?.seq ?? 0;
    return {
      ...{ local_id, tenant_id: null, store_id: null, terminal_id: this.terminal_id, epoch: this.epoch },
      ...(this.session ?? { session_id: null, business_date: null }),
      occurred_at: new Date(this.now_ms ?? Date.UTC(2026, 0, 1) + minutes * 60_000).toISOString(),
      ...{ utc_offset_minutes: 120, staff_id: this.staff_id, approved_by, catalog_version: 1, type, data },
    } as UnplacedEvent;
  }

  run(command: TillCommand): readonly TillEvent[] {
    return till.decide(command, this.state).map((decided) => this.append(decided).event);
  }

  private get terms(): TenderTerms {
    const { currency } = this;
    if (currency === 'USD') return terms;
    const own = { currency, rate: { numerator: 1, denominator: 1 }, cash_step_minor: 1 };
    return { currency, currencies: [own], methods: ['card'] };
  }

  open(business_date: string, training = false): string {
    const session_id = this.newId();
    const float = [{ currency: this.currency, amount_minor: 10_000 }];
    const asked = { session_id, business_date, float, training };
    const known = { open_tickets: waitingIn(this.events), terms: this.terms };
    this.run({ type: 'OpenSession', ...asked, ...known, authority: manager });
    return session_id;
  }

  sale(lines: readonly RungLine[], tenders: readonly TenderRequest[], discount?: DiscountRequest): void {
    const asked = discount ? { discount } : {};
    this.run({
      type: 'RecordSale',
      local_id: this.newId(),
      lines,
      ...asked,
      payment: { tenders },
      terms: this.terms,
      authority: manager,
    });
  }

  refund(lines: readonly RungLine[], tenders: readonly TenderRequest[]): void {
    const asked = { local_id: this.newId(), lines, tenders, reason: 'stale' };
    this.run({ type: 'RecordRefundWithoutReceipt', ...asked, terms: this.terms, authority: manager });
  }

  /** Every event, read back. */
  get events(): readonly TillEvent[] {
    return this.log.read(0, 1000).map(({ envelope }) => readText(envelope));
  }

  /** The sale that was recorded last, with what has happened to it since. */
  private get lastSale(): OriginalSale {
    const sale = salesIn(this.events).at(-1);
    if (!sale) throw new Error('nothing was sold');
    return sale;
  }

  /** Gives a part of the first line of the last sale back. */
  refundLast(quantity_milli: number, tenders: readonly TenderRequest[]): void {
    const asked = { local_id: this.newId(), sale: this.lastSale, tenders, reason: 'stale' };
    const lines = [{ line_no: 1, quantity_milli }];
    this.run({ type: 'RecordRefund', ...asked, lines, terms: this.terms, authority: manager });
  }

  voidLast(): void {
    const { lastSale: sale } = this;
    this.run({ type: 'VoidSale', local_id: this.newId(), sale, reason: 'wrong table', authority: manager });
  }

  move(kind: 'paid_in' | 'paid_out' | 'drop', currency: string, amount_minor: number): void {
    const asked = { local_id: this.newId(), kind, currency, amount_minor, reason: 'milk' };
    this.run({ type: 'MoveCash', ...asked, terms: this.terms, authority: manager });
  }

  noSale(): void {
    this.run({ type: 'OpenDrawer', reason: 'no_sale', authority: manager });
  }

  /** Closes the session and signs the head, as a terminal does. */
  close(counted: readonly { readonly currency: string; readonly amount_minor: number }[]): void {
    const head = this.log.head;
    if (!head) throw new Error('nothing was recorded');
    this.run({
      type: 'CloseSession',
      counted,
      closed_at: '2026-01-01T20:00:00.000Z',
      head,
      open_tickets: waitingIn(this.events),
      unsynced_events: 0,
      terms: this.terms,
      authority: manager,
    });
    this.sign();
  }

  sign(): void {
    this.signed = this.log.signHead(this.terminal_id, this.privateKey);
  }

  /** Signs every head again, as somebody with the terminal's key could after rewriting its log. */
  signAgain(path = this.path): void {
    tamper(path, (db) => {
      const heads = db.prepare<[], Head>('SELECT h.seq, e.epoch, e.hash FROM heads h JOIN events e USING (seq)').all();
      for (const head of heads) {
        const { epoch, hash, signature, seq } = signHead(this.terminal_id, head, this.privateKey);
        db.prepare('UPDATE heads SET epoch = ?, hash = ?, signature = ? WHERE seq = ?').run(
          epoch,
          hash,
          signature,
          seq,
        );
      }
    });
  }

  /** Signs the present head and writes it beside the database. */
  witness(): void {
    this.sign();
    this.witnessAt(this.dir);
  }

  /** Writes the head file for the last signed head of this log into a folder. */
  witnessAt(folder: string): void {
    const head = this.signed;
    if (head) new WitnessFile(join(folder, 'head.json')).write({ terminal_id: this.terminal_id, ...head });
  }

  /** Central acknowledges everything up to a position. */
  acknowledge(seq: number): void {
    this.db
      .prepare(
        `INSERT INTO verdicts (seq, local_id, remote_id, synced_at)
           SELECT seq, local_id, local_id, '2026-01-02T00:00:00.000Z' FROM events WHERE seq <= ?`,
      )
      .run(seq);
  }

  /** Everything in it, once the log was stopped. */
  stored: readonly EventRow[] = [];
  signedHeads: readonly SignedHead[] = [];

  /** Closes the database in order: no write-ahead log is left. */
  stop(): void {
    this.stored = this.log.read(0, 10_000);
    this.signedHeads = this.log.heads();
    this.db.close();
  }
}

/** Cash sales, a card sale, two currencies, discounts, a refund, cash movements, a no-sale: one session of a day. */
export const tradeOn = (fixture: LogFixture, business_date: string): void => {
  fixture.open(business_date);
  fixture.sale([coffee, cheese], [{ method: 'cash', amount_minor: 2000 }]);
  fixture.sale([{ ...coffee, quantity_milli: 3000 }], [{ method: 'card', amount_minor: 1350 }]);
  fixture.sale([service], [{ method: 'cash', currency: 'LBP', amount_minor: 100_000_000 }]);
  fixture.sale([coffee, coffee, cheese], [{ method: 'cash', amount_minor: 5000 }], {
    kind: 'percent',
    rate_ppm: 100_000,
    reason: 'regular',
  });
  fixture.refund([coffee], [{ method: 'cash', amount_minor: 450 }]);
  fixture.move('paid_in', 'USD', 1500);
  fixture.move('drop', 'USD', 300);
  fixture.noSale();
  fixture.close([
    { currency: 'LBP', amount_minor: 100_000_000 },
    { currency: 'USD', amount_minor: 11_000 },
  ]);
};

/** Three days of trade and a training session in between; stopped in order, everything anchored. */
export const threeDays = (dir: string, name = 'terminal'): LogFixture => {
  const fixture = new LogFixture(dir, name).start();
  tradeOn(fixture, '2026-01-01');
  fixture.open('2026-01-02', true);
  fixture.sale([coffee], [{ method: 'cash', amount_minor: 450 }]);
  fixture.close([{ currency: 'USD', amount_minor: 10_450 }]);
  tradeOn(fixture, '2026-01-02');
  tradeOn(fixture, '2026-01-03');
  return fixture;
};

/** Lets a test change a log as somebody with the file would: takes the guards away, and puts them back afterwards. */
export const tamper = (path: string, change: (db: Database.Database) => void): void => {
  const db = new Database(path);
  try {
    db.pragma('synchronous = OFF');
    const guards = db
      .prepare<[], { name: string; sql: string }>("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
      .all();
    for (const { name } of guards) db.exec(`DROP TRIGGER ${name}`);
    change(db);
    for (const { sql } of guards) db.exec(sql);
  } finally {
    db.close();
  }
};

/** An event as a forger sees it. */
export interface Forged {
  type: string;
  tenant_id: string | null;
  terminal_id: string;
  epoch: number;
  session_id: string | null;
  prev_hash: string;
  data: {
    receipt_index: number;
    receipt_number: string;
    total_minor: number;
    training: boolean;
    public_key: string;
    paper: object;
    lines: { name: string; net_minor: number; difference_milli?: number }[];
    taxes: { tax_minor: number }[];
    previous: { seq: number };
    z_report?: {
      turnover_minor: number;
      z_number: number;
      sales_count: number;
      perpetual: { absolute_minor: number };
      difference: object[];
      prev_hash: string;
    };
  };
}

/**
 * Rewrites one stored event and everything after it, as an insider would: hashes, links and a Z's hash are made anew.
 * @param papers whether the insider also says that something else was printed
 */
export const forge = (
  path: string,
  seq: number,
  change: (event: Forged) => unknown,
  papers: 'anew' | 'kept' = 'anew',
): void =>
  tamper(path, (db) => {
    const printed = new PrintedLog();
    let prev_hash: string | undefined;
    for (const row of db.prepare<[], EventRow>('SELECT * FROM events ORDER BY seq').all()) {
      const envelope = JSON.parse(row.envelope) as Forged;
      if (row.seq === seq) change(envelope);
      if (prev_hash !== undefined) envelope.prev_hash = prev_hash;
      if (prev_hash !== undefined && envelope.data.z_report) envelope.data.z_report.prev_hash = prev_hash;
      const isPrinted = papers === 'anew' && 'paper' in envelope.data;
      if (isPrinted) Object.assign(envelope, printed.draft(envelope as unknown as UnplacedEvent));
      printed.learn(envelope as unknown as TillEvent);
      if (row.seq < seq) continue;
      const text = canonical(envelope);
      prev_hash = hashOf(text);
      const update = db.prepare('UPDATE events SET envelope = ?, hash = ?, type = ?, epoch = ? WHERE seq = ?');
      update.run(text, prev_hash, envelope.type, envelope.epoch, row.seq);
    }
  });
