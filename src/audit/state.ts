import type { TillEvent } from '../domain/event.js';
import type { Money } from '../domain/money.js';
import type { PerpetualTotals, SessionReport } from '../domain/report.js';
import { invariant } from '../domain/refusal.js';
import { ticketIdOf } from '../domain/ticket.js';
import { till, type TillState } from '../domain/till.js';
import { checkEvent } from '../events/chain.js';
import { levelIn, stockMovements, type StockRow, type StockSums } from '../projections/stock-movements.js';
import { type TicketRow, tickets } from '../projections/tickets.js';
import { type Problem, ProblemList } from './finding.js';
import { type LogPosition, pathToPosition } from './path.js';
import { DamagedStore, type LogRow, type LogSource, terminalIn } from './source.js';

/** What was moved of one product in one store so far. */
export interface StockMoved extends StockSums {
  readonly code: string;
  /** Null for what was moved before the terminal was enrolled. */
  readonly store_id: string | null;
  /** received − removed − sold + returned + counted difference. */
  readonly moved_milli: number;
}

/** Who signed in last, and whether they signed out since. A screen that locked by itself says nothing in the log. */
export interface LastSignIn {
  readonly staff_id: string | null;
  readonly staff_code: string;
  readonly name: string;
  readonly role: string;
  readonly seq: number;
  readonly occurred_at: string;
  readonly signed_out: boolean;
}

/** What a terminal knew when its log ended at one event. */
export interface KnownState {
  readonly terminal_id: string;
  readonly epoch: number;
  readonly at_seq: number;
  /** The event there; null when it is missing or cannot be read. */
  readonly event: { readonly local_id: string; readonly type: string; readonly occurred_at: string } | null;
  /** Of that event, as the source has it; null when it is missing. */
  readonly hash: string | null;
  readonly session:
    | { readonly status: 'closed' }
    | {
        readonly status: 'open';
        readonly session_id: string;
        readonly business_date: string;
        readonly x_report: SessionReport;
      };
  /** Cash per currency: what must be there while a session is open, what was counted at the last close after that. */
  readonly drawer: { readonly basis: 'expected' | 'counted' | 'unknown'; readonly amounts: readonly Money[] };
  /** Oldest first, each with what is left of its lines. */
  readonly open_tickets: readonly TicketRow[];
  /** By code. */
  readonly stock_moved: readonly StockMoved[];
  /** Null until a catalog was applied. */
  readonly catalog: TillEvent<'CatalogApplied'>['data'] | null;
  readonly last_receipt_number: string | null;
  readonly last_training_receipt_number: string | null;
  /** 0 when there was none. */
  readonly last_z_number: number;
  readonly perpetual: PerpetualTotals;
  readonly last_sign_in: LastSignIn | null;
  /** Null until the terminal was enrolled. */
  readonly enrolled: TillEvent<'TerminalEnrolled'>['data'] | null;
  /** Events up to there that are missing or could not be read, and are in no figure. */
  readonly findings: readonly Problem[];
}

/** Which moment a person asks for. */
export interface StateOptions {
  readonly terminal: string;
  readonly at: LogPosition;
}

/** Several moments on one branch. */
export interface MomentsOptions {
  readonly terminal: string;
  /** The branch; the newest one when left out. */
  readonly epoch?: number | undefined;
  /** The positions, each greater than the one before it; at least one. */
  readonly seqs: readonly number[];
}

/**
 * What one terminal knew at a position.
 * @throws UnusableSource as {@link statesAt}
 */
export const stateAt = async (source: LogSource, { terminal, at }: StateOptions): Promise<KnownState> => {
  let known: KnownState | undefined;
  for await (const state of statesAt(source, { terminal, epoch: at.epoch, seqs: [at.seq] })) known = state;
  invariant(known !== undefined, 'something is known at every position of a log');
  return known;
};

/**
 * Folds the events of one terminal into what it knew at each of the positions, with the reducers that the terminal
 * itself uses, and reads the log once for all of them. Takes memory for one state only: open tickets, and the products
 * that were ever moved.
 *
 * @throws UnusableSource for a terminal, an epoch or a position that the source does not have
 */
export async function* statesAt(
  source: LogSource,
  { terminal, epoch, seqs }: MomentsOptions,
): AsyncGenerator<KnownState> {
  const log = await terminalIn(source, terminal);
  const { terminal_id } = log;
  const path = await pathToPosition(log, { seq: seqs.at(-1) ?? 0, epoch });
  const found = new ProblemList();
  const fold = new StateFold(terminal_id, found);
  const waiting = [...seqs];
  /** The events before this position are folded. */
  function* whenBefore(seq: number): Generator<KnownState> {
    for (let [at_seq] = waiting; at_seq !== undefined && at_seq < seq; [at_seq] = waiting) {
      waiting.shift();
      fold.missingTo(at_seq + 1);
      yield { ...fold.state(), epoch: path.epoch, at_seq, findings: found.all() };
    }
  }
  try {
    for await (const row of path.rows()) {
      yield* whenBefore(row.seq);
      fold.take(row);
    }
  } catch (cause) {
    if (!(cause instanceof DamagedStore)) throw cause;
    found.add({ terminal_id, seq: fold.seq + 1, local_id: null, code: 'STORE_DAMAGED', detail: cause.message });
  }
  yield* whenBefore(Infinity);
}

class StateFold {
  seq = 0;
  private till: TillState = till.initial;
  private readonly tickets = new Map<string, TicketRow>();
  private readonly stock = new Map<string, StockRow>();
  private last: Pick<KnownState, 'event' | 'hash'> = { event: null, hash: null };
  private counted: readonly Money[] | null = null;
  private catalog: KnownState['catalog'] = null;
  private enrolled: KnownState['enrolled'] = null;
  private readonly numbers = { trade: null as string | null, training: null as string | null };
  private signIn: LastSignIn | null = null;

  constructor(
    private readonly terminal_id: string,
    private readonly found: ProblemList,
  ) {}

  take(row: LogRow): void {
    this.missingTo(row.seq);
    this.seq = row.seq;
    const { terminal_id } = this;
    const { event, problems } = checkEvent(row, null);
    this.last = { event: null, hash: row.hash };
    if (!event) {
      const { seq, local_id = null } = row;
      const unread = problems.filter(({ code }) => code === 'INVALID' || code === 'UNKNOWN_TYPE');
      for (const { code, detail } of unread) this.found.add({ terminal_id, seq, local_id, code, detail });
      return;
    }
    const { local_id, type, occurred_at } = event;
    this.last = { event: { local_id, type, occurred_at }, hash: row.hash };
    this.till = till.evolve(this.till, event);
    this.takeTicket(event);
    for (const key of stockMovements.keys(event)) {
      this.stock.set(key, stockMovements.reduce(this.stock.get(key), event, key));
    }
    this.remember(event);
  }

  /** Says that the events between the last one and a position are missing. */
  missingTo(seq: number): void {
    const [from, to] = [this.seq + 1, seq - 1];
    if (from > to) return;
    const { terminal_id } = this;
    const detail = from === to ? `seq ${String(from)} is missing` : `seq ${String(from)} to ${String(to)} are missing`;
    this.found.add({ terminal_id, seq: from, local_id: null, code: 'GAP', detail });
    this.seq = to;
    this.last = { event: null, hash: null };
  }

  private takeTicket(event: TillEvent): void {
    const ticket_id = ticketIdOf(event);
    if (ticket_id === null) return;
    const before = this.tickets.get(ticket_id);
    // Of a ticket whose parking is missing from the log, nothing can be said.
    if (!before && event.type !== 'TicketParked') return;
    const row = tickets.reduce(before, event, ticket_id);
    if (row.status === 'sold' || row.status === 'discarded') this.tickets.delete(ticket_id);
    else this.tickets.set(ticket_id, row);
  }

  private remember(event: TillEvent): void {
    switch (event.type) {
      case 'CatalogApplied':
        this.catalog = event.data;
        break;
      case 'TerminalEnrolled':
        this.enrolled = event.data;
        break;
      case 'SaleRecorded':
      case 'RefundRecorded':
        this.numbers[event.data.training ? 'training' : 'trade'] = event.data.receipt_number;
        break;
      case 'SessionClosed':
        this.counted = event.data.z_report.counted;
        break;
      case 'StaffSignedIn': {
        const { staff_id, seq, occurred_at, data } = event;
        this.signIn = { staff_id, ...data, seq, occurred_at, signed_out: false };
        break;
      }
      case 'StaffSignedOut':
        if (this.signIn?.staff_code === event.data.staff_code) this.signIn = { ...this.signIn, signed_out: true };
        break;
      default:
    }
  }

  state(): Omit<KnownState, 'epoch' | 'at_seq' | 'findings'> {
    const { session, z_reports, perpetual } = this.till;
    return {
      terminal_id: this.terminal_id,
      ...this.last,
      session: session.status === 'closed' ? session : openSession(session),
      drawer: this.drawer(),
      open_tickets: [...this.tickets.values()].sort((a, b) => a.parked_seq - b.parked_seq),
      stock_moved: [...this.stock.values()].map(stockMoved).sort(byProduct),
      catalog: this.catalog,
      last_receipt_number: this.numbers.trade,
      last_training_receipt_number: this.numbers.training,
      last_z_number: z_reports,
      perpetual,
      last_sign_in: this.signIn,
      enrolled: this.enrolled,
    };
  }

  private drawer(): KnownState['drawer'] {
    const { session } = this.till;
    if (session.status === 'open') return { basis: 'expected', amounts: session.report.expected };
    return this.counted ? { basis: 'counted', amounts: this.counted } : { basis: 'unknown', amounts: [] };
  }
}

const openSession = ({
  session_id,
  business_date,
  report,
}: Extract<TillState['session'], { status: 'open' }>): KnownState['session'] => ({
  status: 'open',
  session_id,
  business_date,
  x_report: report,
});

const stockMoved = (row: StockRow): StockMoved => {
  const { code, store_id, received_milli, removed_milli, sold_milli, returned_milli, counted_difference_milli } = row;
  const sums = { received_milli, removed_milli, sold_milli, returned_milli, counted_difference_milli };
  return { code, store_id, ...sums, moved_milli: levelIn(row) };
};

const byProduct = (a: StockMoved, b: StockMoved): number =>
  a.code === b.code ? ((a.store_id ?? '') < (b.store_id ?? '') ? -1 : 1) : a.code < b.code ? -1 : 1;
