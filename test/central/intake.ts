import type { CentralDatabase } from '../../src/central/database.js';
import type { KnownTerminal } from '../../src/central/enrolment.js';
import { Ingest } from '../../src/central/ingest.js';
import { readText, type SealedEvent } from '../../src/events/envelope.js';
import type { SyncAnswer } from '../../src/outbox/protocol.js';
import { machinePorts, silentLog } from '../../src/ports.js';
import { mergeUnmerged, readPostgresCells } from '../../src/projections/postgres-tables.js';
import { anyProjection, foldRows } from '../../src/projections/projection.js';
import { centralReadModels } from '../../src/projections/read-models.js';
import { stockMovements } from '../../src/projections/stock-movements.js';
import { Cluster, enrolAt } from './database.js';
import { Fleet, type TillTerminal } from './fleet.js';

/** A terminal, and its key as central knows it. */
export interface EnrolledTill {
  readonly terminal: TillTerminal;
  readonly known: KnownTerminal;
}

/** What takes events in, over a database of its own, and terminals that send them. */
export class Intake {
  readonly fleet = new Fleet();
  readonly ingest: Ingest;
  private tenants = 0;

  private constructor(
    readonly cluster: Cluster,
    readonly url: string,
    readonly db: CentralDatabase,
  ) {
    this.ingest = new Ingest({ db, ports: machinePorts, log: silentLog });
  }

  static async start(): Promise<Intake> {
    const cluster = await Cluster.start();
    const { url, db } = await cluster.database();
    return new Intake(cluster, url, db);
  }

  async stop(): Promise<void> {
    this.fleet.close();
    await this.cluster.stop();
  }

  /** A terminal that sold before it was enrolled; each in a tenant of its own. */
  enrolledTerminal(): Promise<EnrolledTill> {
    this.tenants += 1;
    return this.neighbour();
  }

  /** A terminal in the tenant of the one before. */
  neighbour(): Promise<EnrolledTill> {
    return enrolAt(this.db, this.fleet.add().openSession().sell(1), `Tenant ${String(this.tenants)}`);
  }

  send({ terminal, known }: EnrolledTill, events: readonly unknown[], to = this.ingest): Promise<SyncAnswer> {
    return to.receive(known, terminal.request(events), machinePorts.randomness.uuid());
  }

  rowsOf(table: string, { known }: Pick<EnrolledTill, 'known'>): Promise<Record<string, unknown>[]> {
    return this.db.inTenant(known.tenant_id, async (transaction) => {
      const { rows } = await transaction.query<Record<string, unknown>>(`SELECT * FROM ${table} WHERE tenant_id = $1`, [
        known.tenant_id,
      ]);
      return rows;
    });
  }
}

/** Puts what waits to be added to the sums of the stock there, so that its table alone tells all of it. */
export const mergeStock = (db: CentralDatabase, tenant_id: string): Promise<unknown> =>
  db.inTenant(tenant_id, (transaction) => mergeUnmerged(transaction, tenant_id, anyProjection(stockMovements), null));

/** What the events of a log come to when they are folded in memory, beside what stands in central's tables. */
export const expectProjected = async (
  intake: Intake,
  shop: Pick<EnrolledTill, 'known'>,
  events: readonly SealedEvent[],
): Promise<void> => {
  const folded = events.map(({ event }) => readText(event));
  await mergeStock(intake.db, shop.known.tenant_id);
  for (const model of centralReadModels) {
    const stored = (await intake.rowsOf(model.table, shop)).map((row) => [
      String(row[model.key]),
      readPostgresCells(model, row),
    ]);
    expect(Object.fromEntries(stored)).toEqual(Object.fromEntries(foldRows(model, folded)));
  }
};

/** Why events were refused, in their order. */
export const codesOf = (answer: SyncAnswer): string[] => answer.rejected.map(({ code }) => code);
