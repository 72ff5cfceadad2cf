import fc from 'fast-check';
import type { Decided, Head, TillEvent } from '../../src/domain/event.js';
import { Refusal } from '../../src/domain/refusal.js';
import type { SessionReport, ZReport } from '../../src/domain/report.js';
import { till } from '../../src/domain/till.js';
import type { TillCommand } from '../../src/domain/till-command.js';
import type { KnownState } from '../../src/audit/state.js';
import { anyProjection } from '../../src/projections/projection.js';
import { readCells } from '../../src/projections/sqlite-tables.js';
import { stockId, stockMovements } from '../../src/projections/stock-movements.js';
import { tickets } from '../../src/projections/tickets.js';
import { days, type Move } from '../domain/random-day.js';
import { dollars } from '../domain/specification.js';
import { Shop } from '../terminal/shop.js';

/** What the live terminal's own tables said when its log ended at one event. */
export interface Lived {
  readonly seq: number;
  readonly hash: string;
  readonly session: unknown;
  readonly expected: unknown;
  readonly open_tickets: unknown;
  readonly stock: unknown;
  readonly catalog_version: number;
  readonly last_z_number: number;
  readonly receipts: readonly [unknown, unknown];
  readonly perpetual: unknown;
  readonly identity: unknown;
}

/** Some days, the same in every run. */
export const movesOf = (seed: number): readonly Move[] => fc.sample(days(3, 40), { seed, numRuns: 8 }).flat();

/** A real terminal on which random days are played: it writes down what it knows after every command. */
export class PlayedShop {
  readonly shop = new Shop();
  readonly lived: Lived[] = [];
  private readonly known: TillEvent[] = [];
  private ids = 0;

  constructor() {
    this.begin();
  }

  /** Starts the terminal that was opened last. */
  begin(): void {
    this.shop.recorder.commits$.subscribe(({ recorded }) => {
      this.known.push(...recorded.map(({ event }) => event));
      this.note();
    });
    this.shop.terminal.start();
  }

  /** Stops the terminal in order and starts it again. */
  restart(): void {
    this.shop.terminal.stop('test');
    this.shop.open();
    this.begin();
  }

  private readonly newId = (): string => {
    this.ids += 1;
    return `aaaaaaaa-0000-4000-8000-${String(this.ids).padStart(12, '0')}`;
  };

  /** Plays the moves; what a rule refuses is not recorded. */
  play(moves: readonly Move[]): void {
    for (const move of moves) {
      const { state } = this.shop.recorder;
      const moment = { state, terms: dollars, newId: this.newId, events: () => this.known };
      try {
        const command = move(moment);
        this.record((head) => till.decide(closing(command, head), state));
      } catch (cause) {
        if (!(cause instanceof Refusal)) throw cause;
      }
      this.shop.clock.pass(30_000);
    }
  }

  /** Records what was decided elsewhere. */
  record(decide: (head: Head) => readonly Decided[], staff_id = 'cashier-1'): void {
    const request = { key: null, body: null, staff_id };
    this.shop.recorder.record(request, ({ head }) => ({
      decided: decide(head ?? { seq: 0, epoch: 1, hash: '' }),
      answer: () => null,
    }));
  }

  private note(): void {
    const { recorder } = this.shop;
    const { log, state, catalog, identity } = recorder;
    if (!log.head) throw new Error('nothing was recorded');
    const { seq, hash } = log.head;
    this.lived.push({
      ...{ seq, hash, ...this.cash() },
      open_tickets: this.rows("SELECT * FROM tickets WHERE status IN ('open', 'resumed') ORDER BY parked_seq").map(
        (row) => readCells(anyProjection(tickets), row),
      ),
      stock: this.rows('SELECT * FROM stock_movements ORDER BY code, store_id').map((row) =>
        readCells(anyProjection(stockMovements), row),
      ),
      catalog_version: catalog.version,
      last_z_number: Number(this.one('SELECT max(z_number) FROM session_totals') ?? 0),
      receipts: [this.receipt(0), this.receipt(1)],
      perpetual: state.perpetual,
      identity,
    });
  }

  /** The open session with its X report, and what is or was in the drawer. */
  private cash(): Pick<Lived, 'session' | 'expected'> {
    const { session } = this.shop.recorder.state;
    if (session.status === 'closed') {
      const z = this.one(
        "SELECT z_report FROM session_totals WHERE status = 'closed' ORDER BY report ->> 'last_seq' DESC",
      );
      return { session, expected: z === null ? [] : (JSON.parse(String(z)) as ZReport).counted };
    }
    const { session_id, business_date } = session;
    const stored = this.one(`SELECT report FROM session_totals WHERE session_id = '${session_id}'`);
    const x_report = JSON.parse(String(stored)) as SessionReport;
    return { session: { status: 'open', session_id, business_date, x_report }, expected: x_report.expected };
  }

  private receipt(training: 0 | 1): unknown {
    return this.one(`SELECT receipt_number FROM receipts WHERE training = ${String(training)} ORDER BY seq DESC`);
  }

  private rows(sql: string): Record<string, string | number | null>[] {
    return this.shop.terminal.db.prepare(sql).all() as Record<string, string | number | null>[];
  }

  /** The one value of the first row; null when there is none. */
  private one(sql: string): string | number | null {
    return (this.shop.terminal.db.prepare(`${sql} LIMIT 1`).pluck().get() ?? null) as string | number | null;
  }
}

const closing = (command: TillCommand, head: Head): TillCommand =>
  command.type === 'CloseSession' ? { ...command, head } : command;

/** The state in the words of the terminal's own tables. */
export const asLived = (state: KnownState, { identity, ...rest }: Lived): Lived => {
  const { terminal_id, enrolled, catalog, stock_moved, session, drawer } = state;
  const place = { tenant_id: enrolled?.tenant_id ?? null, store_id: enrolled?.store_id ?? null };
  return {
    seq: state.at_seq,
    hash: state.hash ?? '',
    session,
    expected: drawer.amounts,
    open_tickets: state.open_tickets,
    stock: stock_moved.map(({ code, store_id, moved_milli: _sum, ...sums }, index) => ({
      ...{ stock_id: stockId({ terminal_id, store_id }, code), terminal_id, store_id, code, ...sums },
      // A label that the state does not tell.
      last_moved_at: (rest.stock as readonly { readonly last_moved_at: string }[])[index]?.last_moved_at,
    })),
    catalog_version: catalog?.catalog_version ?? 0,
    last_z_number: state.last_z_number,
    receipts: [state.last_receipt_number, state.last_training_receipt_number],
    perpetual: state.perpetual,
    identity: { terminal_id, ...place },
  };
};
