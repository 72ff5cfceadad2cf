import { z } from 'zod';
import type { EventData } from '../domain/event.js';
import type { Corrections } from '../domain/refund.js';
import { correctionJournal, type CorrectionRow } from '../projections/correction-journal.js';
import { drawerJournal } from '../projections/drawer-journal.js';
import { receiptCorrections } from '../projections/receipt-corrections.js';
import { receipts } from '../projections/receipts.js';
import { salesDimensions, salesKeySql, salesSums } from '../projections/sales-sums.js';
import { integerText, type Page, type Row } from './back-office.js';
import type { CentralDatabase, Transaction } from './database.js';

/** Which sales a report adds up, and by what. */
export const salesQuerySchema = z.strictObject({
  by: z.enum(salesDimensions),
  from: z.iso.date().default('0000-01-01'),
  to: z.iso.date().default('9999-12-31'),
  terminal_id: z.guid().toLowerCase().exactOptional(),
  store_id: z.guid().toLowerCase().exactOptional(),
  limit: integerText(1, 500).default(100),
  offset: integerText(0, 1_000_000).default(0),
});

/** What {@link salesQuerySchema} reads. */
export type SalesQuery = z.infer<typeof salesQuerySchema>;

/** Every event of the company $1 that counts, also one that a person adopted. Its text is null once it is archived. */
export const countedEvents = `(SELECT tenant_id, local_id, event FROM events WHERE tenant_id = $1
  UNION ALL SELECT tenant_id, local_id, event FROM forks WHERE tenant_id = $1 AND adopted_at IS NOT NULL)`;

/*
 * A void names no lines, so by product and category the lines of voided sales come from the sales themselves. There are
 * few, and a void is of the session of its sale, so of its business date.
 */
const voidedLines = `
  SELECT 'void' AS kind, CASE $2 WHEN 'product' THEN line ->> 'code' ELSE nullif(line ->> 'category', '') END AS member, NULL AS name,
    '' AS named_at, r.currency, r.terminal_id, '-' AS store_id, 1 AS receipts_count,
    (line ->> 'quantity_milli')::bigint AS quantity_milli, (line ->> 'gross_minor')::bigint AS gross_minor,
    (line ->> 'net_minor')::bigint AS net_minor, (line ->> 'tax_minor')::bigint AS tax_minor
  FROM receipts r
  JOIN ${receiptCorrections.table} c ON c.tenant_id = r.tenant_id AND c.local_id = r.local_id AND c.voided_by IS NOT NULL
  JOIN ${countedEvents} e ON e.tenant_id = r.tenant_id AND e.local_id = r.local_id::uuid
  CROSS JOIN LATERAL json_array_elements(e.event::json -> 'data' -> 'lines') AS line
  WHERE r.tenant_id = $1 AND $2 IN ('product', 'category') AND r.training = 0 AND r.business_date BETWEEN $3 AND $4`;

/** Every column that adds up, of the rows of one kind. */
const ofKind = (sum: string, kind: string): string =>
  `coalesce(sum(p.${sum}) FILTER (WHERE p.kind = '${kind}'), 0)::bigint`;

const plus = (sum: string): string => `${ofKind(sum, 'sale')} - ${ofKind(sum, 'refund')} - ${ofKind(sum, 'void')}`;

// A blank comes before an exclamation mark: the keys of a date lie between the date and the date with such a mark.
const salesSql = `
WITH parts AS (
  SELECT k.kind, k.member, s.name, s.named_at, k.currency, k.terminal_id, k.store_id, s.receipts_count, s.quantity_milli,
    s.gross_minor, s.net_minor, s.tax_minor
  FROM ${salesSums.table} s CROSS JOIN LATERAL (SELECT ${salesKeySql}) AS k
  WHERE s.tenant_id = $1 AND s.sum_id >= $3 AND s.sum_id < $4 || '!' AND k.dimension = $2
  UNION ALL ${voidedLines})
SELECT p.member, (array_agg(p.name ORDER BY p.named_at DESC, p.name DESC))[1] AS name, p.currency,
  ${ofKind('receipts_count', 'sale')} AS sales_count, ${ofKind('receipts_count', 'refund')} AS refunds_count,
  ${ofKind('receipts_count', 'void')} AS voids_count, ${plus('quantity_milli')} AS quantity_milli,
  ${ofKind('gross_minor', 'sale')} AS gross_minor, ${ofKind('gross_minor', 'refund')} AS refunds_minor,
  ${ofKind('gross_minor', 'void')} AS voids_minor, ${plus('net_minor')} AS net_minor, ${plus('tax_minor')} AS tax_minor,
  ${plus('gross_minor')} AS turnover_minor
FROM parts p LEFT JOIN terminals t ON t.tenant_id = $1 AND t.terminal_id = p.terminal_id::uuid
WHERE ($5::text IS NULL OR p.terminal_id = $5)
  AND ($6::text IS NULL OR CASE p.store_id WHEN '-' THEN t.store_id::text ELSE p.store_id END = $6)
GROUP BY p.member, p.currency ORDER BY p.member NULLS LAST, p.currency LIMIT $7 OFFSET $8`;

/** Sales by hour, product, category, person or tender; what was voided or refunded is in sums of its own. */
export const listSales = (
  db: CentralDatabase,
  tenant_id: string,
  { by, from, to, terminal_id, store_id, limit, offset }: SalesQuery,
): Promise<readonly Row[]> =>
  db.inTenant(tenant_id, async (transaction) => {
    const which = [by, from, to, terminal_id ?? null, store_id ?? null, limit, offset];
    const { rows } = await transaction.query<Row>(salesSql, [tenant_id, ...which]);
    return rows;
  });

const journalSql = (table: string): string =>
  `SELECT * FROM ${table} WHERE tenant_id = $1 AND ($2::text IS NULL OR terminal_id = $2)
     AND ($3::text IS NULL OR business_date = $3)
   ORDER BY business_date DESC NULLS LAST, terminal_id, epoch DESC, seq DESC LIMIT $4 OFFSET $5`;

const listJournal = (db: CentralDatabase, tenant_id: string, page: Page, table: string): Promise<readonly Row[]> =>
  db.inTenant(tenant_id, async (transaction) => {
    const { terminal_id = null, business_date = null, limit, offset } = page;
    const { rows } = await transaction.query<Row>(journalSql(table), [
      tenant_id,
      terminal_id,
      business_date,
      limit,
      offset,
    ]);
    return rows.map(({ tenant_id: _own, ...row }) => row);
  });

/** Every opening of a drawer and every cash movement, newest first. */
export const listDrawer = (db: CentralDatabase, tenant_id: string, page: Page): Promise<readonly Row[]> =>
  listJournal(db, tenant_id, page, drawerJournal.table);

/** Every refund and void, newest first. */
export const listCorrections = (db: CentralDatabase, tenant_id: string, page: Page): Promise<readonly Row[]> =>
  listJournal(db, tenant_id, page, correctionJournal.table);

/** A sale of which more came back than was sold. */
export interface RefundConflict {
  readonly sale_local_id: string;
  readonly receipt_number: string;
  readonly terminal_id: string;
  readonly business_date: string | null;
  readonly currency: string;
  readonly sold_minor: number;
  /** Refunded and voided, with tax. */
  readonly returned_minor: number;
  /** What was given back too much, with tax. */
  readonly excess_minor: number;
  /**
   * Everything that took back of the sale, with who did it where, also by the number on its paper alone (then without a
   * `sale_local_id`); oldest first by the clocks of the terminals.
   */
  readonly corrections: readonly CorrectionRow[];
}

interface Suspect extends Omit<RefundConflict, 'excess_minor'> {
  /** Null when the text of the sale lies in an archive. */
  readonly event: string | null;
  /** Null when every refund names the sale by its number alone. */
  readonly lines: Corrections['lines'] | null;
}

/** A row of the journal of corrections, named `j`, as JSON. */
export const correctionJson = `json_build_object(${Object.keys(correctionJournal.columns)
  .map((name) => `'${name}', j.${name}`)
  .join(', ')})`;

/**
 * Every correction beside the sale `of_sale` that it corrects. A till that did not make a sale often knows the number on
 * its paper and nothing else. Where one sale alone has the number, the refund is one of that sale.
 */
export const correctionsOfSales = `
  SELECT j.*, j.sale_local_id AS of_sale FROM ${correctionJournal.table} j
  WHERE j.tenant_id = $1 AND j.sale_local_id IS NOT NULL
  UNION ALL SELECT j.*, n.local_id FROM ${correctionJournal.table} j
  JOIN LATERAL (SELECT min(r.local_id) AS local_id FROM ${receipts.table} r WHERE r.tenant_id = j.tenant_id
    AND r.receipt_number = upper(trim(j.original_receipt_number)) AND r.kind = 'sale' AND r.training = 0
    HAVING count(*) = 1) n ON true
  WHERE j.tenant_id = $1 AND j.sale_local_id IS NULL AND j.original_receipt_number IS NOT NULL`;

/*
 * A terminal never gives back more than was sold as far as it knows, so only a sale that another one corrected, or of
 * which more came back than its whole amount, can be one.
 */
const suspectsSql = `
SELECT j.of_sale AS sale_local_id, r.receipt_number, r.terminal_id, r.business_date, r.currency, r.gross_minor AS sold_minor,
  j.returned_minor, j.corrections, e.event, c.lines
FROM (
  SELECT j.of_sale, json_agg(${correctionJson} ORDER BY j.occurred_at, j.local_id) AS corrections,
    max(j.occurred_at) AS last_at,
    (coalesce(sum(j.gross_minor) FILTER (WHERE j.kind = 'refund'), 0)
      + coalesce(max(j.gross_minor) FILTER (WHERE j.kind = 'void'), 0))::bigint AS returned_minor
  FROM (${correctionsOfSales}) j JOIN ${receipts.table} r ON r.tenant_id = $1 AND r.local_id = j.of_sale
  GROUP BY j.of_sale HAVING bool_or(j.terminal_id <> r.terminal_id)
    OR count(*) > 1 AND (count(DISTINCT (j.terminal_id, j.epoch)) > 1 OR bool_or(j.kind = 'void'))
) j
JOIN ${receipts.table} r ON r.tenant_id = $1 AND r.local_id = j.of_sale
JOIN ${countedEvents} e ON e.tenant_id = $1 AND e.local_id = j.of_sale::uuid
LEFT JOIN ${receiptCorrections.table} c ON c.tenant_id = $1 AND c.local_id = j.of_sale
ORDER BY j.last_at DESC, j.of_sale`;

/** Sales of which more came back than was sold, as when two terminals refund one receipt while both are offline. */
export const listConflicts = (
  db: CentralDatabase,
  tenant_id: string,
  { limit, offset }: Pick<Page, 'limit' | 'offset'>,
): Promise<readonly RefundConflict[]> =>
  db.inTenant(tenant_id, async (transaction) => {
    const conflicts = (await suspects(transaction, tenant_id)).map(conflictOf);
    return conflicts.filter(({ excess_minor }) => excess_minor > 0).slice(offset, offset + limit);
  });

const suspects = async (transaction: Transaction, tenant_id: string): Promise<readonly Suspect[]> =>
  (await transaction.query<Suspect>(suspectsSql, [tenant_id])).rows;

const conflictOf = ({ event, lines, ...conflict }: Suspect): RefundConflict => {
  const { sold_minor, returned_minor } = conflict;
  const overLines = event === null ? 0 : overLinesOf(JSON.parse(event) as SoldEvent, lines ?? []);
  return { ...conflict, excess_minor: Math.max(returned_minor - sold_minor, overLines) };
};

interface SoldEvent {
  readonly data: EventData['SaleRecorded'];
}

/** What was given back of single lines beyond what they were sold for. */
const overLinesOf = ({ data }: SoldEvent, lines: Corrections['lines']): number =>
  lines.reduce((sum, back) => {
    const of = data.lines.find(({ line_no }) => line_no === back.line_no)?.gross_minor ?? 0;
    return sum + Math.max(0, back.gross_minor - of);
  }, 0);
