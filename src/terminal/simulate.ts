import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { giveWay, type Ports } from '../ports.js';
import { ApplyCatalog } from './commands/apply-catalog.js';
import { CloseSession } from './commands/close-session.js';
import { OpenSession } from './commands/open-session.js';
import { RecordSale } from './commands/record-sale.js';
import { RefundWithoutReceipt } from './commands/refund-without-receipt.js';
import { CommandModule } from './command-module.js';
import { BrokenOrders, type Order, readOrders } from './orders-file.js';
import type { Recorder } from './recorder.js';
import { CommitUnknown, DiskFull } from './recording-fault.js';
import {
  checkShop,
  receiptsOf,
  simulatedAuthority,
  type SimulatedReceipt,
  type SimulatedShop,
} from './simulated-shop.js';
import { SimulatedClock } from './simulated-clock.js';
import { type SimulationSummary, summaryOf } from './simulation-summary.js';
import { Terminal } from './terminal.js';

/** Who is told how far a simulation is. */
export interface SimulationProgress {
  /** @param day YYYY-MM-DD of the order that was done last */
  update(done: number, total: number, day: string): void;
}

/** What runs beside a simulated till, such as a relay. */
export interface Companion {
  /** Resolves when central has acknowledged the whole log; rejects with the reason when that cannot be. */
  drained(): Promise<void>;
  /** Ends it. Called once and always, before the data folder is given free. */
  detach(): Promise<void>;
}

/** How a file of orders is rung up. */
export interface SimulationOptions {
  readonly ordersPath: string;
  /** Made when it is not there. */
  readonly dataDir: string;
  /** ISO 4217, of the prices in the file. */
  readonly currency: string;
  /** Its clock is not used by the till, which goes by the times in the file. */
  readonly ports: Ports;
  readonly progress: SimulationProgress;
  /**
   * Starts what runs beside the till: after the terminal recorded its start, before the first order that is not rung up
   * yet. When all is rung up already, the terminal is not started; whoever has to record something starts it.
   */
  readonly onOpen?: (terminal: Terminal) => Promise<Companion>;
  /** Aborted: the simulation stops in order after the order that it is at. */
  readonly signal?: AbortSignal;
}

/** The data folder is in a state in which the file cannot be rung up. Nothing was recorded in this run. */
export class SimulationFault extends Error {
  override readonly name = 'SimulationFault';

  /** @param code stable, for programs */
  constructor(
    readonly code: 'CURRENCY_CHANGED' | 'SESSION_OPEN' | 'SESSION_CLOSED',
    message: string,
  ) {
    super(message);
  }
}

/**
 * Rings up a file of orders through the commands of a terminal, by the clock of the file: one session a calendar day,
 * one sale or refund an order, paid in exact cash.
 *
 * Every command has a key that is made of the file's content and its place in it, so that a run that was killed goes
 * on where it was, and a run on a finished folder records nothing.
 *
 * @throws OrdersFileFault before anything is made or recorded; SimulationFault before anything is recorded;
 *   DataFolderFault, DamagedLog, NewerDatabase, UnsafeDatabase, DiskFull, CommitUnknown, and what the companion throws
 */
export const simulate = async (options: SimulationOptions): Promise<SimulationSummary> => {
  const { ordersPath, dataDir, currency, ports } = options;
  const shop = await checkShop(ordersPath, currency);
  const clock = new SimulatedClock(0);
  const terminal = Terminal.open({
    dataDir,
    ports: { ...ports, clock },
    // The command that met it throws it too, and nothing is recorded after it.
    onCommitUnknown: () => undefined,
  });
  try {
    checkCurrency(terminal.recorder, currency);
    const module = CommandModule.on(terminal.recorder);
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest's options are a class that nobody makes
    const app = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
    try {
      return await new Simulation({ shop, terminal, clock, bus: app.get(CommandBus) }, options).run();
    } finally {
      await app.close();
    }
  } finally {
    terminal.close();
  }
};

const checkCurrency = ({ state }: Recorder, currency: string): void => {
  if (state.currency === null || state.currency === currency) return;
  throw new SimulationFault(
    'CURRENCY_CHANGED',
    `The till in this folder counts in ${state.currency} and never changes that; ` +
      `these orders are in ${currency}. Nothing was recorded: use another folder.`,
  );
};

interface SimulationParts {
  readonly shop: SimulatedShop;
  readonly terminal: Terminal;
  readonly clock: SimulatedClock;
  readonly bus: CommandBus;
}

interface OpenDay {
  readonly date: string;
  readonly session_id: string;
  /** The time of its last order so far. */
  lastOrderAt: number;
}

/** Keys of one length lie in the database in the order in which they are made, so that each one is cheap to add. */
const ordinalDigits = 9;

/** One run over a file that was checked. */
class Simulation {
  private readonly sessionIds: string[] = [];
  private companion: Companion | undefined;
  private begun = false;
  private day: OpenDay | undefined;
  private orders = 0;

  constructor(
    private readonly parts: SimulationParts,
    private readonly options: SimulationOptions,
  ) {}

  async run(): Promise<SimulationSummary> {
    const { shop, terminal } = this.parts;
    try {
      const finished = await this.ringUpAll();
      this.recordStop(finished ? 'simulation finished' : 'simulation interrupted');
      if (finished) await this.companion?.drained();
      return summaryOf(terminal.db, this.sessionIds, { finished, currency: shop.currency, orders: this.orders });
    } catch (cause) {
      if (!(cause instanceof DiskFull || cause instanceof CommitUnknown)) this.recordStop('simulation failed');
      throw cause;
    } finally {
      await this.companion?.detach();
    }
  }

  private recordStop(reason: string): void {
    const { terminal } = this.parts;
    if (terminal.started) terminal.recordStop(reason);
  }

  /** @returns false when it was interrupted */
  private async ringUpAll(): Promise<boolean> {
    const { path, currency, orders } = this.parts.shop;
    const broken = new BrokenOrders();
    for await (const order of readOrders({ path, currency, broken })) {
      if (this.options.signal?.aborted) return false;
      // It was whole when it was checked: somebody is writing to it.
      broken.throwIfAny(path);
      const day = order.date === this.day?.date ? this.day : await this.nextDay(order);
      await this.ringUp(order);
      day.lastOrderAt = order.ordered_at;
      this.orders += 1;
      this.options.progress.update(this.orders, orders, order.date);
      // A companion, the progress and a signal have their turn.
      await giveWay();
    }
    await this.closeDay();
    if (!this.begun) await this.attach(this.parts.terminal.recorder.lastOccurredAt());
    return true;
  }

  private async nextDay(order: Order): Promise<OpenDay> {
    await this.closeDay();
    const { date, ordered_at: lastOrderAt } = order;
    const { bus, shop } = this.parts;
    const key = this.key('open', this.sessionIds.length + 1);
    await this.prepare(key, lastOrderAt);
    const float = [{ currency: shop.currency, amount_minor: 0 }];
    const { session_id } = await bus.execute(new OpenSession(key, { float }, simulatedAuthority));
    this.sessionIds.push(session_id);
    this.day = { date, session_id, lastOrderAt };
    return this.day;
  }

  private async ringUp(order: Order): Promise<void> {
    const { bus, shop } = this.parts;
    for (const receipt of receiptsOf(order, shop.prices)) {
      const key = this.key(receipt.kind, order.ordinal);
      if (await this.prepare(key, order.ordered_at)) await bus.execute(commandFor(key, receipt));
    }
  }

  private async closeDay(): Promise<void> {
    const { bus, terminal } = this.parts;
    if (!this.day) return;
    const key = this.key('close', this.sessionIds.length);
    if (await this.prepare(key, this.day.lastOrderAt)) {
      const { session } = terminal.recorder.state;
      const counted = session.status === 'open' ? session.report.expected : [];
      await bus.execute(new CloseSession(key, { counted }, simulatedAuthority));
    }
    this.day = undefined;
  }

  private key(what: SimulatedReceipt['kind'] | 'open' | 'close', ordinal: number): string {
    return `simulate:${this.parts.shop.sha256}:${what}:${String(ordinal).padStart(ordinalDigits, '0')}`;
  }

  /**
   * Makes ready for the command with that key at that time.
   * @returns false when it was recorded before and there is nothing to do
   */
  private async prepare(key: string, at: number): Promise<boolean> {
    const { clock, terminal } = this.parts;
    if (terminal.recorder.hasRecorded(key)) return false;
    if (!this.begun) await this.begin(at);
    clock.moveTo(at);
    await this.applyCatalog();
    return true;
  }

  private async begin(at: number): Promise<void> {
    const { clock, terminal } = this.parts;
    checkSession(terminal.recorder, this.day);
    clock.moveTo(at);
    terminal.start();
    await this.attach(at);
  }

  private async attach(at: number): Promise<void> {
    this.begun = true;
    this.parts.clock.moveTo(at);
    this.companion = await this.options.onOpen?.(this.parts.terminal);
  }

  /** The file's own prices are what the orders were sold at, whatever catalog the folder came with. */
  private async applyCatalog(): Promise<void> {
    const { shop, terminal, bus } = this.parts;
    if (terminal.recorder.catalog.checksum === shop.catalog.checksum) return;
    const catalog_version = lowestVersion(terminal) - 1;
    await bus.execute(new ApplyCatalog({ ...shop.catalog, catalog_version }));
  }
}

const checkSession = ({ state: { session } }: Recorder, day: OpenDay | undefined): void => {
  const open = session.status === 'open' ? session.session_id : undefined;
  if (open === day?.session_id) return;
  throw open === undefined
    ? new SimulationFault(
        'SESSION_CLOSED',
        `The session of ${day?.date ?? ''} was closed by hand before its last order. Nothing was recorded.`,
      )
    : new SimulationFault(
        'SESSION_OPEN',
        'A session that is not of these orders is open in this folder. Nothing was recorded: close it first.',
      );
};

const commandFor = (key: string, { kind, lines, total_minor }: SimulatedReceipt) => {
  const tenders = total_minor === 0 ? [] : [{ method: 'cash', amount_minor: total_minor }];
  return kind === 'sale'
    ? new RecordSale(key, { lines, tenders }, simulatedAuthority)
    : new RefundWithoutReceipt(key, { lines, tenders, reason: 'refund in the file' }, simulatedAuthority);
};

/** The lowest version that a catalog of this log ever had, 0 when all came from central: imported ones count down. */
const lowestVersion = ({ db }: Terminal): number => {
  const lowest = db.prepare<[], { version: number | null }>(
    "SELECT min(envelope ->> '$.data.catalog_version') AS version FROM events WHERE type = 'CatalogApplied'",
  );
  return Math.min(0, lowest.get()?.version ?? 0);
};
