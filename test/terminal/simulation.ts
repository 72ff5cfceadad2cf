import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { EventType, TillEvent } from '../../src/domain/event.js';
import { checkEvent } from '../../src/events/chain.js';
import { machinePorts } from '../../src/ports.js';
import { simulate, type SimulationOptions } from '../../src/terminal/simulate.js';
import { temporaryFolder } from '../temporary-folder.js';

/** The header of every file of orders. */
export const header = 'order_id,ordered_at,code,name,category,quantity,unit_price';

/** A folder with a file of orders and a data folder that is not made yet. */
export class SimulationFolder {
  readonly path = temporaryFolder();
  readonly dataDir = join(this.path, 'till');
  readonly orders = join(this.path, 'orders.csv');
  /** How many orders were done, as the progress said, over all runs. */
  readonly updates: number[] = [];

  /** @param rows of the file below the header, or the whole text */
  constructor(rows: readonly string[] | string) {
    writeFileSync(this.orders, typeof rows === 'string' ? rows : [header, ...rows, ''].join('\n'));
  }

  /** Rings the file up. */
  run(options: Partial<SimulationOptions> = {}) {
    return simulate({
      ordersPath: this.orders,
      dataDir: this.dataDir,
      currency: 'USD',
      ports: machinePorts,
      progress: { update: (done) => void this.updates.push(done) },
      ...options,
    });
  }

  /** Whether anything was ever recorded here. */
  get hasLog(): boolean {
    return existsSync(this.dataDir);
  }

  /** Every event of the log, each checked against the one before. */
  events(): readonly TillEvent[] {
    const db = new Database(join(this.dataDir, 'tillog.db'), { readonly: true });
    try {
      const rows = db
        .prepare<[], { seq: number; epoch: number; hash: string; envelope: string }>(
          'SELECT * FROM events ORDER BY seq',
        )
        .all();
      return rows.map(({ hash, envelope }, index) => {
        const { event, problems } = checkEvent({ event: envelope, hash }, rows[index - 1] ?? null);
        if (!event || problems.length > 0) throw new Error(JSON.stringify(problems));
        return event;
      });
    } finally {
      db.close();
    }
  }

  /** The events of one type. */
  eventsOf<T extends EventType>(type: T): readonly TillEvent<T>[] {
    return this.events().filter((event) => event.type === type) as unknown as readonly TillEvent<T>[];
  }

  /** What was traded, in order, without what differs from run to run. */
  trade(): readonly string[] {
    return this.events().flatMap((event) => {
      const { type, occurred_at, business_date } = event;
      const figures = figuresOf(event);
      return figures ? [JSON.stringify({ type, occurred_at, business_date, ...figures })] : [];
    });
  }
}

const figuresOf = (event: TillEvent): object | undefined => {
  switch (event.type) {
    case 'SaleRecorded':
    case 'RefundRecorded': {
      const { receipt_index, lines, tenders, total_minor } = event.data;
      return { receipt_index, lines, tenders, total_minor };
    }
    case 'SessionOpened':
      return { float: event.data.float };
    case 'SessionClosed': {
      const { z_number, counted, difference, turnover_minor, perpetual } = event.data.z_report;
      return { z_number, counted, difference, turnover_minor, perpetual };
    }
    default:
      return undefined;
  }
};
