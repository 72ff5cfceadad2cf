import { createPrivateKey, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Decided, DecidedData, TillEvent } from '../../src/domain/event.js';
import { till, type TillState } from '../../src/domain/till.js';
import type { TillCommand } from '../../src/domain/till-command.js';
import { canonical, hashOf, openEnvelope, readText, type SealedEvent } from '../../src/events/envelope.js';
import { EventLog, logTables, sealedOf } from '../../src/events/log.js';
import type { UnplacedEvent } from '../../src/events/paper.js';
import { newPrivateKey, publicKeyOf, signHead } from '../../src/events/signature.js';
import { openDurably, type Sqlite } from '../../src/events/sqlite.js';
import type { SyncRequest } from '../../src/outbox/protocol.js';
import { PrintedLog } from '../events/printed-log.js';

/** Who sells. */
export const cashier = { by: { staff_id: 'samir', role: 'manager' } } as const;
/** What the tills take. */
export const terms = {
  currency: 'USD',
  currencies: [{ currency: 'USD', rate: { numerator: 1, denominator: 1 }, cash_step_minor: 1 }],
  methods: ['card'],
};

/** What is sold. */
export const coffee = {
  code: 'coffee',
  name: 'Coffee قهوة',
  category: 'drinks',
  catalog_version: 0,
  quantity_milli: 1000,
  unit_price_minor: 350,
  list_price_minor: 350,
  tax_code: 'vat',
  tax_mode: 'inclusive',
  rate_ppm: 110_000,
} as const;

/** Terminals that ring up real sales into real logs, without a network. */
export class Fleet {
  private readonly folder = mkdtempSync(join(tmpdir(), 'tillog-fleet-'));
  private readonly open: Sqlite[] = [];

  /** A terminal at its first start: its log holds TerminalStarted. */
  add(): TillTerminal {
    const terminal = new TillTerminal(this.database(), randomUUID(), newPrivateKey());
    terminal.append({
      type: 'TerminalStarted',
      data: { software_version: '0', zone: 'Asia/Beirut', public_key: terminal.publicKey },
    });
    return terminal;
  }

  /** The same disk in a second machine. */
  clone(original: TillTerminal): TillTerminal {
    const path = join(this.folder, `${randomUUID()}.db`);
    original.db.prepare('VACUUM INTO ?').run(path);
    return new TillTerminal(this.database(path), original.terminal_id, original.privateKey, original);
  }

  /** Removes every log. */
  close(): void {
    for (const db of this.open) db.close();
    rmSync(this.folder, { recursive: true });
  }

  private database(path = join(this.folder, `${randomUUID()}.db`)): Sqlite {
    const db = openDurably(path);
    db.exec(logTables);
    this.open.push(db);
    return db;
  }
}

/** One terminal: the real log, the real rules, a real key. */
export class TillTerminal {
  readonly log: EventLog;
  readonly publicKey: string;
  epoch = 1;
  /** What its clock says. */
  now = '2026-11-23T09:00:00.000Z';
  tenant: { readonly tenant_id: string; readonly store_id: string } | null = null;
  private state: TillState = till.initial;
  private session: { session_id: string; business_date: string } | null = null;
  private readonly printed = new PrintedLog();

  constructor(
    readonly db: Sqlite,
    readonly terminal_id: string,
    readonly privateKey: string,
    original?: TillTerminal,
  ) {
    this.log = new EventLog(db);
    this.publicKey = publicKeyOf(privateKey);
    if (original) [this.epoch, this.tenant, this.state, this.session] = original.memory;
    for (const { envelope } of this.log.read(0, 10_000)) this.printed.learn(readText(envelope));
  }

  get memory(): [number, TillTerminal['tenant'], TillState, TillTerminal['session']] {
    return [this.epoch, this.tenant, this.state, this.session];
  }

  /** Records an event as it stands. */
  append(decided: Decided): TillEvent {
    this.session = decided.session ?? this.session;
    const { type, data } = decided;
    const draft = this.printed.draft({
      ...(this.tenant ?? { tenant_id: null, store_id: null }),
      ...(this.session ?? { session_id: null, business_date: null }),
      type,
      data,
      local_id: decided.local_id ?? randomUUID(),
      terminal_id: this.terminal_id,
      epoch: this.epoch,
      occurred_at: this.now,
      utc_offset_minutes: 120,
      staff_id: 'samir',
      approved_by: decided.approved_by ?? null,
      catalog_version: 0,
    } as UnplacedEvent);
    const { event } = this.log.append(draft);
    this.printed.learn(event);
    this.state = till.evolve(this.state, event);
    if (type === 'SessionClosed') this.session = null;
    return event;
  }

  /** Asks the till for something, and records what follows. */
  do(command: TillCommand): readonly TillEvent[] {
    return till.decide(command, this.state).map((decided) => this.append(decided));
  }

  /** Puts into the log what central answered to the enrolment. */
  enrolled({ tenant_id, store_id }: { tenant_id: string; store_id: string }): this {
    this.append({ type: 'TerminalEnrolled', data: { tenant_id, store_id, tenant_name: 'Shop', store_name: 'Main' } });
    this.tenant = { tenant_id, store_id };
    return this;
  }

  /** Goes on in a new epoch, as after a restored disk. */
  startEpoch(): this {
    const previous = this.log.head;
    if (!previous) throw new Error('The log is empty.');
    this.epoch += 1;
    this.append({ type: 'EpochStarted', data: { previous, reason: 'the disk was restored' } });
    return this;
  }

  openSession(business_date = '2026-11-23'): this {
    const session = { session_id: randomUUID(), business_date };
    const float = [{ currency: 'USD', amount_minor: 10_000 }];
    this.do({ type: 'OpenSession', ...session, float, training: false, open_tickets: [], terms, authority: cashier });
    return this;
  }

  /** Sells so many coffees, one sale each: two events a sale, the drawer with it. */
  sell(sales = 1): this {
    for (let sale = 0; sale < sales; sale += 1) {
      this.do({
        type: 'RecordSale',
        local_id: randomUUID(),
        lines: [coffee],
        payment: { tenders: [{ method: 'cash', amount_minor: 500 }] },
        terms,
        authority: cashier,
      });
    }
    return this;
  }

  /** Closes the session, counting what is expected. @param doctor changes the Z before it is recorded */
  closeSession(doctor: (z: DecidedData['SessionClosed']) => DecidedData['SessionClosed'] = (z) => z): this {
    const { session } = this.state;
    const { head } = this.log;
    if (session.status !== 'open' || !head) throw new Error('No session is open.');
    const closed_at = '2026-11-23T20:00:00.000Z';
    const counted = session.report.expected;
    const close = { counted, closed_at, head, open_tickets: [], unsynced_events: 0, terms, authority: cashier };
    for (const decided of till.decide({ type: 'CloseSession', ...close }, this.state)) {
      this.append(decided.type === 'SessionClosed' ? { ...decided, data: doctor(decided.data) } : decided);
    }
    return this;
  }

  /** The stored events from one position to another, both included. */
  sealed(from = 1, to = Number.MAX_SAFE_INTEGER): SealedEvent[] {
    const limit = Math.min(to, this.log.head?.seq ?? 0) - from + 1;
    return this.log.read(from - 1, Math.max(0, limit)).map(sealedOf);
  }

  /** Every event of the log, read back. */
  events(): SealedEvent[] {
    return this.sealed();
  }

  /** What the terminal posts, its head signed. */
  request(events: readonly unknown[]): Omit<SyncRequest, 'events'> & { events: readonly unknown[] } {
    const { head } = this.log;
    if (!head || !this.tenant) throw new Error('The terminal is not enrolled.');
    const { seq, hash, signature } = signHead(this.terminal_id, head, createPrivateKey(this.privateKey));
    const { tenant_id } = this.tenant;
    const { terminal_id, epoch } = this;
    return { tenant_id, terminal_id, epoch, catalog_version: 0, head: { seq, hash, signature }, events };
  }
}

/** The same event with something else in it, sealed as if it had always been so. */
export const changed = (sealed: SealedEvent, change: Record<string, unknown>): SealedEvent => {
  const event = canonical({ ...openEnvelope(sealed.event), ...change });
  return { event, hash: hashOf(event) };
};

/** The id of a stored event. */
export const idOf = (sealed: SealedEvent | undefined): string => openEnvelope(sealed?.event ?? '').local_id;
