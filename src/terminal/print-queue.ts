import type { EventType, TillEvent } from '../domain/event.js';
import type { Sqlite } from '../events/sqlite.js';
import type { Printer } from '../hardware/printer.js';
import { isOrderFor } from './kitchen-orders.js';
import type { Records } from './records.js';

/** What is to be printed. It lies beside the log: what a device does is no fact of the shop. */
export const printTables = `
CREATE TABLE IF NOT EXISTS print_jobs (
  seq         INTEGER NOT NULL,  -- the event whose paper it is
  destination TEXT NOT NULL,     -- 'receipts', or the categories of a kitchen printer with ', ' between them
  state       TEXT NOT NULL,     -- queued, sending, sent, confirmed, unknown, failed, expired, reprinted, settled
  queued_at   TEXT NOT NULL,     -- UTC, when the event was recorded
  changed_at  TEXT NOT NULL,     -- UTC, when the state was last changed
  problem     TEXT,              -- why it is not on paper, for a person; null while nothing is wrong
  settled_by  TEXT,              -- staff_id of whoever looked and settled it; null for every other state
  PRIMARY KEY (seq, destination)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS print_jobs_open ON print_jobs (destination, state, seq) WHERE state NOT IN ('sent', 'confirmed', 'reprinted', 'settled');
`;

const isOpen = "state NOT IN ('sent', 'confirmed', 'reprinted', 'settled')";

/** The states in which a paper waits for a person. */
const isDoubtful = "state IN ('unknown', 'failed', 'expired')";

/**
 * Where a job is. `sent`: the printer took it all. `confirmed`: and said afterwards that all is well with it. `unknown`:
 * it was under way when the power, the cable or the paper was lost, so a part of it may be on paper; it is not printed
 * again by itself. `failed`: it can never be printed. `expired`: the printer was away for too long.
 * `reprinted`: after one of the last three, somebody had a duplicate printed instead. `settled`: somebody looked, and
 * it is whole after all, or nobody wants it any more.
 */
export type PrintState =
  'queued' | 'sending' | 'sent' | 'confirmed' | 'unknown' | 'failed' | 'expired' | 'reprinted' | 'settled';

/** One paper. */
export interface PrintJob {
  readonly seq: number;
  readonly destination: string;
  readonly state: PrintState;
  readonly queued_at: string;
  readonly changed_at: string;
  readonly problem: string | null;
  readonly settled_by: string | null;
}

/** Names one paper. */
export type PrintPlace = Pick<PrintJob, 'seq' | 'destination'>;

/** Which lines a printer of the kitchen prints. */
export interface Kitchen {
  readonly categories: readonly string[];
}

/** A printer of the kitchen. */
export interface KitchenPrinter extends Kitchen {
  readonly printer: Printer;
}

/** Where the papers of customers and of the drawer go. */
export const receiptsDestination = 'receipts';

/** Where the orders of these categories go. It is kept with each job, so that a job finds its printer after a restart. */
export const kitchenDestination = ({ categories }: Kitchen): string => categories.join(', ');

/** The events that always become paper for customers and for the drawer. */
const printed: ReadonlySet<EventType> = new Set<EventType>([
  'SaleRecorded',
  'RefundRecorded',
  'SaleVoided',
  'ReceiptReprinted',
  'SessionClosed',
  'CashMoved',
]);

/** Which papers a terminal prints. */
export interface PaperRoutes {
  /** Whether there is a printer for receipts. */
  readonly hasPrinter: boolean;
  readonly kitchens: readonly Kitchen[];
}

/** A terminal that prints nothing. */
export const noPapers: PaperRoutes = { hasPrinter: false, kitchens: [] };
/** Whether an event becomes paper: of drawers that opened, those that opened for nothing else. */
const isPrinted = (event: TillEvent): boolean =>
  printed.has(event.type) || (event.type === 'DrawerOpened' && event.data.cause_local_id === null);

/** The papers of a terminal, each a row from the transaction that records its event until it is on paper or given up. */
export class PrintQueue {
  private readonly insert;
  private readonly update;
  private readonly replace;

  /**
   * @param db holds {@link printTables}
   * @param records tells what of a ticket the kitchen has already
   */
  constructor(
    private readonly db: Sqlite,
    private readonly routes: PaperRoutes,
    private readonly records: Pick<Records, 'ticket'>,
  ) {
    this.insert = db.prepare<[number, string, string, string]>(
      "INSERT INTO print_jobs (seq, destination, state, queued_at, changed_at) VALUES (?, ?, 'queued', ?, ?)",
    );
    this.update = db.prepare<[PrintState, string, string | null, number, string]>(
      'UPDATE print_jobs SET state = ?, changed_at = ?, problem = ? WHERE seq = ? AND destination = ?',
    );
    this.replace = db.prepare<[string, string]>(
      `UPDATE print_jobs SET state = 'reprinted', changed_at = ?
        WHERE destination = '${receiptsDestination}' AND ${isDoubtful}
          AND seq = (SELECT seq FROM events WHERE local_id = ?)`,
    );
  }

  /** Queues the papers of events. Must be inside the transaction that appends them, after the read models took them. */
  enqueue(events: readonly TillEvent[]): void {
    const { hasPrinter, kitchens } = this.routes;
    for (const event of events) {
      const { seq, occurred_at } = event;
      const destinations = [
        ...(hasPrinter && isPrinted(event) ? [receiptsDestination] : []),
        ...kitchens.filter((kitchen) => isOrderFor(event, kitchen, this.records)).map(kitchenDestination),
      ];
      for (const destination of destinations) this.insert.run(seq, destination, occurred_at, occurred_at);
      if (event.type === 'ReceiptReprinted') this.replace.run(occurred_at, event.data.receipt_local_id);
      if (event.type === 'EpochStarted') this.doubtWhatWaits(occurred_at);
    }
  }

  /** The log went back to a backup, or lives twice: what waits here may be on paper already. */
  private doubtWhatWaits(at: string): void {
    const problem =
      'The till went on from a backup or a copy of its disk: it may have been printed before. Look, or print it again.';
    this.db
      .prepare<[string, string]>(
        `UPDATE print_jobs SET state = 'unknown', changed_at = ?, problem = ?
          WHERE ${isOpen} AND state IN ('queued', 'sending')`,
      )
      .run(at, problem);
  }

  /** The oldest paper that waits there. */
  next(destination: string): PrintJob | undefined {
    return this.db
      .prepare<[string], PrintJob>(
        `SELECT * FROM print_jobs WHERE ${isOpen} AND destination = ? AND state = 'queued' ORDER BY seq LIMIT 1`,
      )
      .get(destination);
  }

  /** Says where a job is now. */
  mark({ seq, destination }: PrintPlace, state: PrintState, at: string, problem: string | null = null): void {
    this.update.run(state, at, problem, seq, destination);
  }

  /**
   * Takes a paper off the list that somebody looked at, without printing it again; one that is off it stays as it is.
   * @returns where it is after that; undefined when there is none
   */
  settle({ seq, destination }: PrintPlace, staff_id: string, at: string): PrintJob | undefined {
    this.db
      .prepare<[string, string, number, string]>(
        `UPDATE print_jobs SET state = 'settled', changed_at = ?, settled_by = ?
          WHERE seq = ? AND destination = ? AND ${isDoubtful}`,
      )
      .run(at, staff_id, seq, destination);
    return this.db
      .prepare<[number, string], PrintJob>('SELECT * FROM print_jobs WHERE seq = ? AND destination = ?')
      .get(seq, destination);
  }

  /** What was under way, and of which nobody noted the end, may be on paper or not. */
  giveUpWhatWasSent(destination: string, at: string): void {
    this.giveUp('sending', destination, {
      state: 'unknown',
      at,
      problem: 'It was being printed when the till stopped: look whether the paper is whole, or print it again.',
    });
  }

  /** Gives up what no printer is set for any more, and says of what was under way there that nobody knows. */
  giveUpUnserved(served: readonly string[], at: string): void {
    const destinations = this.db
      .prepare<[], string>(`SELECT DISTINCT destination FROM print_jobs WHERE ${isOpen}`)
      .pluck()
      .all();
    const problem = 'No printer is set for it any more. Print it again if somebody still wants it.';
    for (const destination of destinations.filter((one) => !served.includes(one))) {
      this.giveUpWhatWasSent(destination, at);
      this.giveUp('queued', destination, { state: 'expired', at, problem });
    }
  }

  private giveUp(
    from: PrintState,
    destination: string,
    to: { readonly state: PrintState; readonly at: string; readonly problem: string },
  ): void {
    this.db
      .prepare(
        `UPDATE print_jobs SET state = :state, changed_at = :at, problem = :problem
          WHERE ${isOpen} AND destination = :destination AND state = :from`,
      )
      .run({ ...to, from, destination });
  }

  /** Where the receipt of an event is; undefined when none was queued. */
  stateOf(seq: number): PrintState | undefined {
    return this.db
      .prepare<[number, string], PrintState>('SELECT state FROM print_jobs WHERE seq = ? AND destination = ?')
      .pluck()
      .get(seq, receiptsDestination);
  }

  /** The papers that are not on paper for sure, the newest first. */
  open(limit: number): readonly PrintJob[] {
    return this.db
      .prepare<[number], PrintJob>(`SELECT * FROM print_jobs WHERE ${isOpen} ORDER BY seq DESC, destination LIMIT ?`)
      .all(limit);
  }

  /** How many papers are in each state that is not done; a state of none is left out. */
  openCounts(): Readonly<Partial<Record<PrintState, number>>> {
    const rows = this.db
      .prepare<[], [PrintState, number]>(`SELECT state, count(*) FROM print_jobs WHERE ${isOpen} GROUP BY state`)
      .raw()
      .all();
    return Object.fromEntries(rows);
  }
}
