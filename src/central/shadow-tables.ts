import { postgresTable, postgresTables } from '../projections/postgres-tables.js';
import type { AnyProjection } from '../projections/projection.js';
import { centralReadModels } from '../projections/read-models.js';
import type { Sender } from './inspection.js';
import { quotedUuid } from './tenant.js';

/** The same read models over tables of their own, which a rebuild fills beside the live ones. */
export const shadowModels: readonly AnyProjection[] = centralReadModels.map((model) => ({
  ...model,
  table: `${model.table}_rebuilt`,
  indexes: [],
}));

/** The tables of a rebuild. */
export const shadowTables = `
CREATE TABLE rebuilds (
  tenant_id  uuid NOT NULL,             -- whose read models are being rebuilt: while a row is there, both are carried forward
  rebuild_id uuid NOT NULL,             -- of the rebuild that fills the tables; one that lost its row gives up
  started_at timestamptz NOT NULL,      -- central's clock
  PRIMARY KEY (tenant_id)
);
${shadowModels.map((model) => postgresTable(model)).join('\n')}`;

/** What the application may do with {@link shadowTables}. */
export const shadowRights: Readonly<Record<string, string>> = Object.fromEntries(
  ['rebuilds', ...shadowModels.flatMap(postgresTables)].map((table) => [table, 'SELECT, INSERT, UPDATE, DELETE']),
);

const foldKey = (tenant: string): string => `hashtextextended('folding of ' || ${tenant}, 42)`;

/**
 * SQL of what whoever carries read models forward calls first: a rebuild begins and ends only while nobody does.
 * @param tenant SQL of its id as text
 */
export const foldLock = (tenant: string): string => `pg_advisory_xact_lock_shared(${foldKey(tenant)})`;

/**
 * SQL after which this transaction alone takes in and folds events of the terminal, in whichever copy of central, and no
 * rebuild begins or ends, until it is over.
 */
export const terminalLock = ({ tenant_id, terminal_id }: Sender): string => {
  const [tenant, terminal] = [quotedUuid(tenant_id), quotedUuid(terminal_id)];
  return `SELECT ${foldLock(tenant)}, pg_advisory_xact_lock(hashtextextended(${tenant} || '/' || ${terminal}, 42))`;
};

/** SQL after which nobody carries read models of the tenant forward until the transaction ends. */
export const noFoldLock = (tenant_id: string): string =>
  `SELECT pg_advisory_xact_lock(${foldKey(quotedUuid(tenant_id))})`;
