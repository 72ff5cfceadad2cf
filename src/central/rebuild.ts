import type { TillEvent } from '../domain/event.js';
import { readText } from '../events/envelope.js';
import type { Log, Ports } from '../ports.js';
import { mergeUnmerged, postgresTables } from '../projections/postgres-tables.js';
import type { AnyProjection } from '../projections/projection.js';
import { centralReadModels } from '../projections/read-models.js';
import type { CentralDatabase, Transaction } from './database.js';
import { project } from './projector.js';
import { noFoldLock, shadowModels } from './shadow-tables.js';

/** What a rebuild of one read model found. */
export interface RebuiltReadModel {
  readonly table: string;
  readonly rows: number;
  /** Rows that differed from the live ones, were missing among them or too many; 0 when all was right. */
  readonly differing: number;
  /** Keys of such rows, a few. */
  readonly keys: readonly string[];
}

/** What a rebuild works with. */
export interface RebuildParts {
  readonly db: CentralDatabase;
  readonly ports: Ports;
  readonly log: Log;
  /** Told how many events are folded so far, and waited for. */
  readonly onProgress?: (events: number) => Promise<void>;
}

/** A rebuild gave up; the live read models are as they were. */
export class RebuildFault extends Error {
  override readonly name = 'RebuildFault';
}

/** So many events are folded in one transaction, during which their terminal waits. */
const eventsAtOnce = 500;

/** So many rows that differed are named of each table. */
const keysNamed = 5;

interface Rebuild {
  readonly tenant_id: string;
  readonly rebuild_id: string;
}

/**
 * Rebuilds the read models of a tenant from the raw events, in tables beside the live ones, while central goes on taking
 * events in; compares them and puts right what differs.
 *
 * What was there when it begins is read as it was at one moment, at which nobody carried anything forward; what comes
 * afterwards is folded into both by whoever takes it in. So nothing is missed and nothing counted twice.
 *
 * @throws RebuildFault when another rebuild of the tenant began meanwhile, or texts are archived
 */
export const rebuildReadModels = async (
  parts: RebuildParts,
  tenant_id: string,
): Promise<readonly RebuiltReadModel[]> => {
  const rebuild = { tenant_id, rebuild_id: parts.ports.randomness.uuid() };
  await parts.db.inTenant(
    tenant_id,
    async (reader) => {
      await begin(parts, rebuild, reader);
      await refill(parts, rebuild, reader);
    },
    ['SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY'],
  );
  const tables = await swap(parts.db, rebuild);
  const wrong = tables.filter(({ differing }) => differing > 0);
  if (wrong.length > 0) parts.log.error({ tenant_id, tables: wrong }, 'read models differed from the raw events');
  return tables;
};

/** Empties the tables and has everything that comes from now on folded into them. @param reader sees what came before */
const begin = (parts: RebuildParts, { tenant_id, rebuild_id }: Rebuild, reader: Transaction): Promise<void> =>
  parts.db.inTenant(
    tenant_id,
    async (transaction) => {
      await refuseArchived(transaction, tenant_id);
      for (const table of shadowModels.flatMap(postgresTables))
        await transaction.query(`DELETE FROM ${table} WHERE tenant_id = $1`, [tenant_id]);
      await transaction.query(
        `INSERT INTO rebuilds (tenant_id, rebuild_id, started_at) VALUES ($1, $2, $3)
         ON CONFLICT (tenant_id) DO UPDATE SET rebuild_id = excluded.rebuild_id, started_at = excluded.started_at`,
        [tenant_id, rebuild_id, new Date(parts.ports.clock.wall())],
      );
      // Its first query fixes what the reader sees: everything up to here, and nothing that comes later.
      await reader.query('SELECT 1');
    },
    [noFoldLock(tenant_id)],
  );

/** What is archived cannot be folded again: the sums would lose it. */
const refuseArchived = async (transaction: Transaction, tenant_id: string): Promise<void> => {
  const { rows } = await transaction.query<{ file_name: string }>(
    'SELECT file_name FROM archives WHERE tenant_id = $1 ORDER BY to_seq DESC LIMIT 1',
    [tenant_id],
  );
  const [archive] = rows;
  if (!archive) return;
  throw new RebuildFault(
    `REBUILD_ARCHIVED: the texts of old events lie in ${archive.file_name}, and a rebuild would lose them. Put what is ` +
      'archived back first (tillog central unarchive FILE), for each terminal. Nothing was changed.',
  );
};

interface Place {
  readonly terminal_id: string;
  readonly epoch: number;
  readonly seq: number;
  readonly hash: string;
}

interface CountedEvent extends Place {
  readonly event: string;
}

/* What counts: what was accepted, what a person adopted; not what no read model could take in. */
const countedSql = `
SELECT * FROM (
  SELECT e.terminal_id, e.epoch, e.seq, e.hash, e.event FROM events e WHERE e.tenant_id = $1 AND NOT EXISTS (
    SELECT 1 FROM unprojected u WHERE u.tenant_id = e.tenant_id AND u.local_id = e.local_id)
  UNION ALL SELECT terminal_id, epoch, seq, hash, event FROM forks WHERE tenant_id = $1 AND adopted_at IS NOT NULL
) AS counted
WHERE (terminal_id, epoch, seq, hash) > ($2, $3, $4, $5)
ORDER BY terminal_id, epoch, seq, hash LIMIT ${String(eventsAtOnce)}`;

const refill = async ({ db, onProgress }: RebuildParts, rebuild: Rebuild, reader: Transaction): Promise<void> => {
  const { tenant_id } = rebuild;
  let after: Place = { terminal_id: '00000000-0000-0000-0000-000000000000', epoch: 0, seq: 0, hash: '' };
  for (let folded = 0; ;) {
    const { terminal_id, epoch, seq, hash } = after;
    const { rows } = await reader.query<CountedEvent>(countedSql, [tenant_id, terminal_id, epoch, seq, hash]);
    const last = rows.at(-1);
    if (!last) return;
    for (const [terminal, events] of byTerminal(rows)) {
      await db.inTenant(
        tenant_id,
        async (transaction) => {
          await checkCurrent(transaction, rebuild);
          await project(transaction, tenant_id, shadowModels, events);
        },
        [`SELECT pg_advisory_xact_lock(hashtextextended('${tenant_id}/${terminal}', 42))`],
      );
    }
    after = last;
    folded += rows.length;
    await onProgress?.(folded);
  }
};

const byTerminal = (rows: readonly CountedEvent[]): ReadonlyMap<string, readonly TillEvent[]> => {
  const events = new Map<string, TillEvent[]>();
  for (const { terminal_id, event } of rows) {
    events.set(terminal_id, [...(events.get(terminal_id) ?? []), readText(event)]);
  }
  return events;
};

const checkCurrent = async (transaction: Transaction, { tenant_id, rebuild_id }: Rebuild): Promise<void> => {
  const { rows } = await transaction.query('SELECT 1 FROM rebuilds WHERE tenant_id = $1 AND rebuild_id = $2', [
    tenant_id,
    rebuild_id,
  ]);
  if (rows.length === 0)
    throw new RebuildFault('Another rebuild of this company began meanwhile. Nothing was changed.');
};

const swap = (db: CentralDatabase, rebuild: Rebuild): Promise<readonly RebuiltReadModel[]> =>
  db.inTenant(
    rebuild.tenant_id,
    async (transaction) => {
      await checkCurrent(transaction, rebuild);
      // Comparing may take long, and half of it is of no use.
      await transaction.query('SET LOCAL statement_timeout = 0');
      for (const model of [...centralReadModels, ...shadowModels]) {
        if (model.merges) await mergeUnmerged(transaction, rebuild.tenant_id, model, null);
      }
      const tables: RebuiltReadModel[] = [];
      for (const model of centralReadModels) tables.push(await replaceRows(transaction, rebuild.tenant_id, model));
      await transaction.query('DELETE FROM rebuilds WHERE tenant_id = $1', [rebuild.tenant_id]);
      return tables;
    },
    [noFoldLock(rebuild.tenant_id)],
  );

/** Puts the rebuilt rows in the place of those that differ. Both tables have the same columns, so rows compare as text. */
const replaceRows = async (
  transaction: Transaction,
  tenant_id: string,
  { table, key }: AnyProjection,
): Promise<RebuiltReadModel> => {
  const rebuilt = `${table}_rebuilt`;
  const same = `live.tenant_id = fresh.tenant_id AND live.${key} = fresh.${key} AND live::text = fresh::text`;
  const { rows: extra } = await transaction.query<{ key: string }>(
    `DELETE FROM ${table} AS live WHERE tenant_id = $1 AND NOT EXISTS (SELECT 1 FROM ${rebuilt} AS fresh WHERE ${same})
     RETURNING ${key} AS key`,
    [tenant_id],
  );
  const { rows: missing } = await transaction.query<{ key: string }>(
    `INSERT INTO ${table} SELECT * FROM ${rebuilt} AS fresh
     WHERE tenant_id = $1 AND NOT EXISTS (SELECT 1 FROM ${table} AS live WHERE ${same}) RETURNING ${key} AS key`,
    [tenant_id],
  );
  const { rowCount: rows } = await transaction.query(`DELETE FROM ${rebuilt} WHERE tenant_id = $1`, [tenant_id]);
  const differing = new Set([...extra, ...missing].map((row) => row.key));
  return { table, rows: rows ?? 0, differing: differing.size, keys: [...differing].slice(0, keysNamed) };
};
