import { giveWay, type Ports } from '../../src/ports.js';
import type { Relay, SyncStatus } from '../../src/outbox/relay.js';
import { CountStock, CountStockHandler } from '../../src/terminal/commands/count-stock.js';
import { MoveCash, MoveCashHandler } from '../../src/terminal/commands/move-cash.js';
import { OpenDrawer, OpenDrawerHandler } from '../../src/terminal/commands/open-drawer.js';
import { ReceiveStock, ReceiveStockHandler } from '../../src/terminal/commands/receive-stock.js';
import { RefundSale, RefundSaleHandler } from '../../src/terminal/commands/refund-sale.js';
import { VoidSale, VoidSaleHandler } from '../../src/terminal/commands/void-sale.js';
import { linkOf, recordEnrolment } from '../../src/terminal/enrolment.js';
import { Terminal } from '../../src/terminal/terminal.js';
import { relayOf } from '../../src/terminal/terminal-relay.js';
import { byManager, commandsOn } from '../terminal/shop.js';
import { eventually } from './programs.js';

/** What a till of the fleet needs. */
export interface FleetTillParts {
  /** An enrolled data folder. */
  readonly folder: string;
  /** Where it reaches central. */
  readonly url: string;
  readonly ports: Ports;
  readonly draw: () => number;
}

/** So many events may wait before a till gives its relay time. */
const pendingMax = 500;

/** A real terminal with a real relay, at which somebody does everything that is done at a till. */
export class FleetTill {
  terminal: Terminal;
  relay: Relay;
  closedHard = 0;
  readonly broken: unknown[] = [];
  private keys = 0;
  private lastSale: { readonly local_id: string; readonly total_minor: number } | undefined;

  constructor(private readonly parts: FleetTillParts) {
    [this.terminal, this.relay] = this.open();
  }

  /** How many events it recorded. */
  get recorded(): number {
    return this.terminal.recorder.log.head?.seq ?? 0;
  }

  get status(): SyncStatus {
    return this.relay.status();
  }

  /** Opens the first session once the catalog came down. */
  async begin(): Promise<void> {
    await this.until(() => this.terminal.recorder.catalog.version > 0);
    await this.commands.openSession(this.key());
  }

  /** Does this and that until so many events are recorded. */
  async work(events: number): Promise<void> {
    while (this.recorded < events) {
      await this.doSomething();
      await giveWay();
      if (this.terminal.recorder.outbox.pendingCount > pendingMax) {
        await this.drain(pendingMax / 2);
      }
    }
  }

  /** Waits until no more than that wait to be sent. However slow the machine is, something must arrive. */
  async drain(most: number): Promise<void> {
    const pending = (): number => this.terminal.recorder.outbox.pendingCount;
    for (let left = pending(); left > most; left = pending()) await this.until(() => pending() < left);
  }

  /** Waits until it took this catalog and all that it recorded has arrived: from then on it records nothing by itself. */
  async settle(catalogVersion: number): Promise<void> {
    await this.until(() => this.terminal.recorder.catalog.version === catalogVersion);
    await this.drain(0);
  }

  /** Closes the session and records that the day is over; the relay goes on. */
  async end(): Promise<void> {
    await this.commands.closeSession(this.key());
    this.terminal.recordStop('the day is over');
  }

  async stop(): Promise<void> {
    await this.relay.stop();
    this.terminal.close();
  }

  /** Waits until something is so; fails at once when the relay broke. */
  async until(isSo: () => boolean): Promise<void> {
    await eventually(() => {
      if (this.broken.length > 0) throw new Error('The till broke.', { cause: this.broken[0] });
      return Promise.resolve(isSo() || undefined);
    });
  }

  private open(): [Terminal, Relay] {
    const { folder, url, ports } = this.parts;
    const onBroken = (cause: unknown): void => void this.broken.push(cause);
    const terminal = Terminal.open({ dataDir: folder, ports, onCommitUnknown: onBroken });
    terminal.start();
    recordEnrolment(terminal);
    const link = linkOf(terminal, url);
    const relay = relayOf(terminal, { ports, link, intervalMs: 30_000, takesCatalog: true, onBroken });
    relay.start();
    return [terminal, relay];
  }

  private get commands() {
    return commandsOn(this.terminal.recorder);
  }

  private key(): string {
    return `key ${String((this.keys += 1))}`;
  }

  private async doSomething(): Promise<void> {
    const chance = this.parts.draw();
    const found = deeds.find(([below]) => chance < below) ?? deeds[0];
    await found?.[1].call(this);
  }

  async sell(): Promise<void> {
    const { draw } = this.parts;
    const lines = Array.from({ length: 1 + Math.floor(draw() * 3) }, () => ({
      code: draw() < 0.7 ? 'coffee' : 'book',
      quantity_milli: 1000 * (1 + Math.floor(draw() * 4)),
    }));
    const tenders = [{ method: 'cash', amount_minor: 20_000 }];
    this.lastSale = await this.commands.sell(this.key(), { lines, tenders });
  }

  async refund(): Promise<void> {
    const { local_id: sale_local_id, total_minor } = await this.commands.sell(this.key());
    const tenders = [{ method: 'cash', amount_minor: total_minor }];
    const request = { sale_local_id, lines: [{ line_no: 1, quantity_milli: 1000 }], tenders, reason: 'cold' };
    const { recorder } = this.terminal;
    await new RefundSaleHandler(recorder).execute(new RefundSale(this.key(), request, byManager));
  }

  async takeBack(): Promise<void> {
    const { lastSale } = this;
    if (!lastSale) return this.sell();
    this.lastSale = undefined;
    const request = { sale_local_id: lastSale.local_id, reason: 'wrong table' };
    await new VoidSaleHandler(this.terminal.recorder).execute(new VoidSale(this.key(), request, byManager));
  }

  async moveCash(): Promise<void> {
    const kind = this.parts.draw() < 0.5 ? 'paid_in' : 'drop';
    const request = { kind, currency: 'USD', amount_minor: 500, reason: 'change' } as const;
    await new MoveCashHandler(this.terminal.recorder).execute(new MoveCash(this.key(), request, byManager));
  }

  async openDrawer(): Promise<void> {
    const request = { reason: 'a customer wants change' };
    await new OpenDrawerHandler(this.terminal.recorder).execute(new OpenDrawer(this.key(), request, byManager));
  }

  async receive(): Promise<void> {
    const request = { lines: [{ code: 'coffee', quantity_milli: 24_000 }], supplier: 'Roaster' };
    await new ReceiveStockHandler(this.terminal.recorder).execute(new ReceiveStock(this.key(), request, byManager));
  }

  async count(): Promise<void> {
    const request = { lines: [{ code: 'book', counted_milli: 7000 }], reason: 'inventory' };
    await new CountStockHandler(this.terminal.recorder).execute(new CountStock(this.key(), request, byManager));
  }

  async nextSession(): Promise<void> {
    await this.commands.closeSession(this.key());
    this.lastSale = undefined;
    await this.commands.openSession(this.key());
  }

  /** As if somebody pulled the plug in the middle of an exchange, and put it in again. */
  async pullPlug(): Promise<void> {
    await this.relay.stop();
    this.terminal.close();
    this.closedHard += 1;
    [this.terminal, this.relay] = this.open();
  }
}

/** What is done at a till, and below which chance. */
const deeds: readonly (readonly [below: number, deed: (this: FleetTill) => Promise<void>])[] = [
  [0.6, FleetTill.prototype.sell],
  [0.72, FleetTill.prototype.refund],
  [0.8, FleetTill.prototype.takeBack],
  [0.86, FleetTill.prototype.moveCash],
  [0.9, FleetTill.prototype.openDrawer],
  [0.93, FleetTill.prototype.receive],
  [0.96, FleetTill.prototype.count],
  [0.985, FleetTill.prototype.nextSession],
  [1, FleetTill.prototype.pullPlug],
];
