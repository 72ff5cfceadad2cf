import { z } from 'zod';
import type { StockAnswer } from '../outbox/protocol.js';
import type { Ports } from '../ports.js';
import { rowsWithUnmerged } from '../projections/postgres-tables.js';
import { anyProjection } from '../projections/projection.js';
import { levelSql, stockMovements, type StockSums } from '../projections/stock-movements.js';
import { integerText } from './back-office.js';
import { viewDraft } from './catalog-draft.js';
import { containing } from './catalog-views.js';
import type { CentralDatabase } from './database.js';
import { checkStore, type StoreName } from './draft-overrides.js';
import type { KnownTerminal } from './enrolment.js';

const moved = rowsWithUnmerged(anyProjection(stockMovements));

/*
 * What any terminal recorded for a store. What one recorded before it was enrolled counts where the terminal belongs.
 */
const movedIn = (store: string): string => `(m.store_id = ${store}::text
  OR m.store_id IS NULL AND m.terminal_id IN (
    SELECT t.terminal_id::text FROM terminals t WHERE t.tenant_id = $1 AND t.store_id = ${store}))`;

const storeOfTerminal = '(SELECT store_id FROM terminals WHERE tenant_id = $1 AND terminal_id = $2)';

/** The stock of the store to which a terminal belongs now, over everything that any terminal recorded for it. */
export const stockOfStore = (
  db: CentralDatabase,
  { tenant_id, terminal_id }: KnownTerminal,
): Promise<StockAnswer['levels']> =>
  db.inTenant(tenant_id, async (transaction) => {
    const { rows } = await transaction.query<StockAnswer['levels'][number]>(
      `SELECT m.code, sum(${levelSql})::bigint AS level_milli FROM ${moved} m
       WHERE ${movedIn(storeOfTerminal)} GROUP BY m.code ORDER BY m.code`,
      [tenant_id, terminal_id],
    );
    return rows;
  });

/** What a list of stock can be narrowed to. */
export const stockQuerySchema = z.strictObject({
  /** A part of the name or the code. */
  search: z.string().max(200).default(''),
  /** Only what comes behind this code. */
  after: z.string().max(200).default(''),
  limit: integerText(1, 500).default(100),
});

/** What there is of a product in a store, and what moved it, over all its terminals. */
export interface StockLevel extends StockSums {
  readonly code: string;
  /** As the draft of the catalog calls it; null when it is no longer there. */
  readonly name: string | null;
  readonly category: string | null;
  /** Received and returned, less removed and sold, and what counts found. Below zero more left than came in. */
  readonly level_milli: number;
  readonly last_moved_at: string;
}

const sums = ['received_milli', 'removed_milli', 'sold_milli', 'returned_milli', 'counted_difference_milli'] as const;

/** The stock of a store: every product that ever moved there, by code. @throws Problem STORE_UNKNOWN 404 */
export const listStock = (
  db: CentralDatabase,
  store: StoreName,
  { search, after, limit }: z.infer<typeof stockQuerySchema>,
  ports: Ports,
): Promise<readonly StockLevel[]> =>
  viewDraft(db, store.tenant_id, ports, async (transaction) => {
    await checkStore(transaction, store);
    const { rows } = await transaction.query<StockLevel>(
      `SELECT m.code, p.label AS name, p.category, sum(${levelSql})::bigint AS level_milli,
         ${sums.map((sum) => `sum(m.${sum})::bigint AS ${sum}`).join(', ')}, max(m.last_moved_at) AS last_moved_at
       FROM ${moved} m LEFT JOIN catalog_draft_items p
         ON p.tenant_id = $1 AND p.list = 'products' AND p.item_key = m.code
       WHERE ${movedIn('$2::uuid')} AND m.code > $3 AND ($4 = '%%' OR m.code ILIKE $4 OR p.label ILIKE $4)
       GROUP BY m.code, p.label, p.category ORDER BY m.code LIMIT $5`,
      [store.tenant_id, store.store_id, after, containing(search), limit],
    );
    return rows;
  });
