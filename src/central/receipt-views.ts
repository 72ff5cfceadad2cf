import { z } from 'zod';
import type { CorrectionRow } from '../projections/correction-journal.js';
import { receiptCorrections } from '../projections/receipt-corrections.js';
import { receipts } from '../projections/receipts.js';
import { isSessionOf, list, pageSchema, type Row } from './back-office.js';
import type { CentralDatabase } from './database.js';
import { Problem } from './problem.js';
import { correctionJson, correctionsOfSales, countedEvents, storeSql } from './reports.js';

/** What a list of receipts can be narrowed to. */
export const receiptsSchema = pageSchema.extend({
  store_id: z.guid().toLowerCase().optional(),
  /** As it is printed. */
  receipt_number: z.string().max(50).optional(),
});

const receiptSql = `SELECT r.local_id, r.terminal_id, ${storeSql} AS store_id, r.epoch, r.seq, r.session_id, r.business_date, r.kind,
    r.training = 1 AS training, r.receipt_number, r.occurred_at, r.staff_id, r.currency, r.gross_minor, r.tax_minor,
    r.total_minor, c.voided_by, coalesce(c.gross_minor, 0) AS refunded_minor, coalesce(c.reprints_count, 0) AS reprints_count
  FROM ${receipts.table} r
  LEFT JOIN ${receiptCorrections.table} c ON c.tenant_id = r.tenant_id AND c.local_id = r.local_id
  LEFT JOIN terminals t ON t.tenant_id = r.tenant_id AND t.terminal_id = r.terminal_id::uuid
  WHERE r.tenant_id = $1 AND r.kind <> 'void'`;

/** The receipts, newest first, with what was taken back of each. */
export const listReceipts = (
  db: CentralDatabase,
  tenant_id: string,
  page: z.infer<typeof receiptsSchema>,
): Promise<readonly Row[]> =>
  list(
    db,
    tenant_id,
    `${receiptSql} AND ($2::text IS NULL OR r.terminal_id = $2) AND ($3::text IS NULL OR r.business_date = $3)
       AND ($6::text IS NULL OR ${storeSql} = $6) AND ($7::text IS NULL OR r.receipt_number = upper(trim($7)))
     ORDER BY r.business_date DESC, r.terminal_id, r.epoch DESC, r.seq DESC LIMIT $4 OFFSET $5`,
    [...isSessionOf(page), page.store_id ?? null, page.receipt_number ?? null],
  );

/** A receipt with everything on it, and everything that took back of it. */
export interface WholeReceipt extends Row {
  /** What was recorded: lines, taxes, tenders, change. Null when it lies in an archive. */
  readonly data: unknown;
  readonly corrections: readonly CorrectionRow[];
}

/** One receipt, line by line. @throws Problem RECEIPT_UNKNOWN 404 */
export const wholeReceipt = (db: CentralDatabase, tenant_id: string, local_id: string): Promise<WholeReceipt> =>
  db.inTenant(tenant_id, async (transaction) => {
    const { rows } = await transaction.query<Row & { readonly data: unknown; readonly corrections: CorrectionRow[] }>(
      `SELECT receipt.*, (SELECT e.event::json -> 'data' FROM ${countedEvents} e
           WHERE e.tenant_id = $1 AND e.local_id = $2::uuid LIMIT 1) AS data,
         (SELECT coalesce(json_agg(${correctionJson} ORDER BY j.occurred_at, j.local_id), '[]')
           FROM (${correctionsOfSales}) j WHERE j.of_sale = $2) AS corrections
       FROM (${receiptSql} AND r.local_id = $2) AS receipt`,
      [tenant_id, local_id],
    );
    if (rows[0]) return rows[0];
    throw new Problem(404, 'RECEIPT_UNKNOWN', 'Central has no such receipt. It may still wait at its till.');
  });
