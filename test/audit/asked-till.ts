import { hashSync } from '@node-rs/argon2';
import { makeCatalog } from '../../src/catalog/catalog.js';
import type { SessionReport } from '../../src/domain/report.js';
import type { KnownState } from '../../src/audit/state.js';
import { machinePorts, type Ports, silentLog } from '../../src/ports.js';
import { ApplyCatalog, ApplyCatalogHandler } from '../../src/terminal/commands/apply-catalog.js';
import { startTerminalServer, type TerminalServer } from '../../src/terminal/http/terminal-server.js';
import type { ListedReceipt } from '../../src/terminal/recorded-receipts.js';
import type { ListedTicket } from '../../src/terminal/recorded-tickets.js';
import type { StockList } from '../../src/terminal/stock-levels.js';
import { relayOf } from '../../src/terminal/terminal-relay.js';
import { nothingMoved } from '../../src/projections/stock-movements.js';
import type { Shop } from '../terminal/shop.js';
import { shopContent } from '../terminal/shop.js';

const pin_hash = hashSync('pin-9999', { memoryCost: 8, timeCost: 1, parallelism: 1 });

/** What a running terminal answered over HTTP when its log ended at one event. */
export interface Answers {
  readonly seq: number;
  /** Null while no session is open. */
  readonly x_report: SessionReport | null;
  readonly tickets: readonly object[];
  /** Of what was ever moved, by code. */
  readonly stock: readonly object[];
  /** Of the receipts, trade and training. */
  readonly newest_receipt: Pick<ListedReceipt, 'receipt_number' | 'training'> | null;
}

/** A terminal that is asked over HTTP, as its screens do, what it knows. */
export class AskedTill {
  readonly answers: Answers[] = [];
  private token = '';

  private constructor(
    private readonly shop: Shop,
    private readonly server: TerminalServer,
  ) {}

  /** Serves the terminal that a shop has open. */
  static async on(shop: Shop): Promise<AskedTill> {
    const { terminal, clock } = shop;
    const ports: Ports = {
      ...machinePorts,
      clock: {
        zone: clock.zone,
        wall: () => clock.wall(),
        monotonic: () => clock.monotonic(),
        utcOffsetMinutes: () => clock.utcOffsetMinutes(),
        sleep: machinePorts.clock.sleep,
      },
    };
    const relay = relayOf(terminal, { ports, link: null, intervalMs: 30_000, takesCatalog: false, onBroken: fail });
    const server = await startTerminalServer({ terminal, relay, ports, host: '127.0.0.1', port: 0, log: silentLog });
    return new AskedTill(shop, server);
  }

  /** Asks what the terminal knows, if anything was recorded since it was asked last. */
  async ask(): Promise<void> {
    const { log } = this.shop.recorder;
    if (this.answers.at(-1)?.seq === log.head?.seq) return;
    const x_report = await this.get<SessionReport & { readonly code?: string }>('sessions/current/x-report');
    const { tickets } = await this.get<{ readonly tickets: readonly ListedTicket[] }>('tickets');
    const { levels } = await this.get<StockList>('stock');
    const { receipts } = await this.get<{ readonly receipts: readonly ListedReceipt[] }>('receipts?limit=1');
    const [newest] = receipts;
    this.answers.push({
      seq: log.head?.seq ?? 0,
      x_report: x_report.code === 'SESSION_NOT_OPEN' ? null : x_report,
      tickets: tickets.map(({ cash_total_minor: _rounded, ...ticket }) => ticket),
      stock: levels
        .filter(({ last_moved_at }) => last_moved_at !== null)
        .map(({ name: _name, others_milli: _others, last_moved_at: _label, ...level }) => level)
        .sort((a, b) => (a.code < b.code ? -1 : 1)),
      newest_receipt: newest ? { receipt_number: newest.receipt_number, training: newest.training } : null,
    });
  }

  async close(): Promise<void> {
    await this.server.stop();
  }

  private async get<Answer>(path: string): Promise<Answer> {
    const ask = () => fetch(`${this.server.url}/v1/${path}`, { headers: { authorization: `Bearer ${this.token}` } });
    let answer = await ask();
    if (answer.status === 401) {
      await answer.text();
      await this.signIn();
      answer = await ask();
    }
    return JSON.parse(await answer.text()) as Answer;
  }

  private async signIn(): Promise<void> {
    const answer = await fetch(`${this.server.url}/v1/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ staff_code: '9', pin: 'pin-9999' }),
    });
    ({ token: this.token } = (await answer.json()) as { readonly token: string });
  }
}

const fail = (cause: unknown): never => {
  throw new Error('The relay broke.', { cause });
};

/** Gives a shop a catalog with somebody who may ask for everything. */
export const applyStaffedCatalog = async ({ recorder }: Shop, version: number): Promise<void> => {
  const staff = [{ staff_id: 's-9', staff_code: '9', name: 'Maha', role: 'manager', pin_hash } as const];
  await new ApplyCatalogHandler(recorder).execute(new ApplyCatalog(makeCatalog(version, { ...shopContent, staff })));
};

/** What the terminal would answer that knew this state. */
export const asAnswered = (state: KnownState, { newest_receipt }: Answers): Answers => {
  const { session, open_tickets, stock_moved, last_receipt_number, last_training_receipt_number } = state;
  const training = newest_receipt?.training ?? false;
  const receipt_number = training ? last_training_receipt_number : last_receipt_number;
  return {
    seq: state.at_seq,
    x_report: session.status === 'open' ? session.x_report : null,
    tickets: open_tickets.map(({ lines: _l, discount: _d, last_line_no: _n, parked_seq: _p, seq: _s, ...ticket }) => ({
      ...ticket,
      training: ticket.training === 1,
    })),
    stock: levelsOf(stock_moved),
    newest_receipt: receipt_number === null ? null : { receipt_number, training },
  };
};

/** A screen shows what was moved before the terminal had a store and after as one. */
const levelsOf = (moved: KnownState['stock_moved']): readonly object[] =>
  [...new Set(moved.map(({ code }) => code))].map((code) => {
    const own = moved.filter((row) => row.code === code);
    const sum = (name: 'moved_milli' | keyof typeof nothingMoved): number =>
      own.reduce((all, row) => all + row[name], 0);
    const sums = Object.keys(nothingMoved).map((name) => [name, sum(name as keyof typeof nothingMoved)]);
    return { code, level_milli: sum('moved_milli'), ...(Object.fromEntries(sums) as object) };
  });
