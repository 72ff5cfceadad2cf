import type { StockAnswer } from '../outbox/protocol.js';
import { levelSql, stockMovements } from '../projections/stock-movements.js';
import type { CentralDatabase } from './database.js';
import type { KnownTerminal } from './enrolment.js';

/**
 * The stock of the store to which a terminal belongs now, over everything that any terminal recorded for it. What a
 * terminal recorded before it was enrolled counts where the terminal belongs.
 */
export const stockOfStore = (
  db: CentralDatabase,
  { tenant_id, terminal_id }: KnownTerminal,
): Promise<StockAnswer['levels']> =>
  db.inTenant(tenant_id, async (transaction) => {
    const { rows } = await transaction.query<StockAnswer['levels'][number]>(
      `WITH store AS (SELECT store_id FROM terminals WHERE tenant_id = $1 AND terminal_id = $2),
         members AS (SELECT terminal_id::text FROM terminals
           WHERE tenant_id = $1 AND store_id = (SELECT store_id FROM store))
       SELECT code, sum(${levelSql})::bigint AS level_milli FROM ${stockMovements.table}
       WHERE tenant_id = $1 AND (store_id = (SELECT store_id::text FROM store)
         OR store_id IS NULL AND terminal_id IN (SELECT terminal_id FROM members))
       GROUP BY code ORDER BY code`,
      [tenant_id, terminal_id],
    );
    return rows;
  });
