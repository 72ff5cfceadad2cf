import type { TillEvent } from '../domain/event.js';
import { readText } from '../events/envelope.js';
import type { Ports } from '../ports.js';
import type { AnyProjection } from '../projections/projection.js';
import { centralReadModels } from '../projections/read-models.js';
import type { CentralDatabase, Transaction } from './database.js';
import { FoldMarks } from './fold-marks.js';
import { updateUnprojected } from './journal.js';
import { project } from './projector.js';
import { shadowModels, terminalLock } from './shadow-tables.js';

/** What a retry came to. */
export interface Retried {
  /** Ids of events that count now. */
  readonly counted: readonly string[];
  /** Events that still cannot be evaluated, and why. */
  readonly failing: readonly { readonly local_id: string; readonly reason: string }[];
}

/** So many events are tried again at once; what is left waits for the next time. */
const eventsMax = 500;

/** What a retry works with. */
export interface RetryParts {
  readonly db: CentralDatabase;
  readonly ports: Ports;
  /** The shared ones unless a test says otherwise. */
  readonly readModels?: readonly AnyProjection[];
  /** The version of this program. */
  readonly version?: string;
}

/**
 * Tries again to count the events that are kept but that no read model could take in, as after an upgrade; those that
 * waited longest first. Terminals send them again by themselves too, but one that is gone does not.
 */
export const retryUnprojected = async (
  { db, ports, readModels = centralReadModels, version = '' }: RetryParts,
  tenant_id: string,
): Promise<Retried> => {
  const terminals = await db.inTenant(tenant_id, async (transaction) => {
    const { rows } = await transaction.query<{ terminal_id: string }>(
      `SELECT DISTINCT e.terminal_id FROM unprojected u
       JOIN events e ON e.tenant_id = u.tenant_id AND e.local_id = u.local_id WHERE u.tenant_id = $1`,
      [tenant_id],
    );
    return rows.map(({ terminal_id }) => terminal_id);
  });
  const marks = new FoldMarks(db);
  const parts: Retried[] = [];
  for (const terminal_id of terminals) {
    const part = await db.inTenant(
      tenant_id,
      (transaction) =>
        retryTerminal(
          transaction,
          { tenant_id, terminal_id, readModels, marks, version },
          new Date(ports.clock.wall()),
        ),
      [terminalLock({ tenant_id, terminal_id })],
    );
    parts.push(part);
  }
  return { counted: parts.flatMap(({ counted }) => counted), failing: parts.flatMap(({ failing }) => failing) };
};

interface Retry {
  readonly tenant_id: string;
  readonly terminal_id: string;
  readonly readModels: readonly AnyProjection[];
  readonly marks: FoldMarks;
  readonly version: string;
}

const retryTerminal = async (transaction: Transaction, retry: Retry, at: Date): Promise<Retried> => {
  const { tenant_id, marks, version } = retry;
  const { rows: rebuilding } = await transaction.query('SELECT 1 FROM rebuilds WHERE tenant_id = $1', [tenant_id]);
  const readModels = rebuilding.length > 0 ? [...retry.readModels, ...shadowModels] : retry.readModels;
  const { rows } = await transaction.query<{ event: string }>(
    `SELECT e.event FROM unprojected u JOIN events e ON e.tenant_id = u.tenant_id AND e.local_id = u.local_id
     WHERE u.tenant_id = $1 AND e.terminal_id = $2 ORDER BY u.last_at, e.epoch, e.seq LIMIT ${String(eventsMax)}`,
    [tenant_id, retry.terminal_id],
  );
  const events = rows.map(({ event }) => readText(event));
  const work = (some: readonly TillEvent[]): Promise<void> => project(transaction, tenant_id, readModels, some);
  const failed = await marks.foldAlone(transaction, retry, events, work);
  const tried = events.map(({ local_id }) => local_id);
  await updateUnprojected(transaction, tenant_id, { failed, tried, version }, at);
  const failing = failed.map(({ event, reason }) => ({ local_id: event.local_id, reason }));
  const lost = new Set(failing.map(({ local_id }) => local_id));
  return { counted: tried.filter((local_id) => !lost.has(local_id)), failing };
};
