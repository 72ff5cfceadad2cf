import { z } from 'zod';
import type { EventData } from '../domain/event.js';
import type { Corrections } from '../domain/refund.js';
import { correctionJournal, type CorrectionRow } from '../projections/correction-journal.js';
import { drawerJournal } from '../projections/drawer-journal.js';
import { receiptCorrections } from '../projections/receipt-corrections.js';
import { receipts } from '../projections/receipts.js';
import { integerText, type Page, type Row } from './back-office.js';
import type { CentralDatabase, Transaction } from './database.js';

/** By what sales are added up. */
const salesDimensions = ['hour', 'product', 'category', 'staff', 'tender'] as const;

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

/**
 * The store of a receipt `r` of a terminal `t`: what a terminal recorded before it was enrolled belongs to the store where it
 * was enrolled.
 */
export const storeSql = 'coalesce(r.store_id, t.store_id::text)';

/** The receipts that are asked for. */
const askedFor = `
  SELECT r.* FROM ${receipts.table} r LEFT JOIN terminals t ON t.tenant_id = r.tenant_id
    AND t.terminal_id = r.terminal_id::uuid
  WHERE r.tenant_id = $1 AND r.training = 0 AND r.business_date BETWEEN $2 AND $3
    AND ($4::text IS NULL OR r.terminal_id = $4) AND ($5::text IS NULL OR ${storeSql} = $5)`;

/** What a receipt as a whole adds. */
const wholes = (member: string, name: string): string =>
  `SELECT local_id, kind, ${member} AS member, ${name} AS name, occurred_at, currency, 0 AS quantity_milli, gross_minor, net_minor,
     tax_minor FROM asked_for`;

/** What was taken in its own currency, without tax. */
const tenders = `
  SELECT local_id, kind, t.method || ' ' || t.currency AS member, NULL AS name, occurred_at, t.currency, 0 AS quantity_milli,
    t.amount_minor AS gross_minor, 0 AS net_minor, 0 AS tax_minor
  FROM asked_for CROSS JOIN LATERAL json_to_recordset(tenders) AS t (method text, currency text, amount_minor bigint)`;

const lines = (kind: string, member: string, name: string): string => `
  SELECT a.local_id, ${kind} AS kind, ${member} AS member, ${name} AS name, occurred_at, currency, l.quantity_milli,
    l.gross_minor, l.net_minor, l.tax_minor
  FROM asked_for a CROSS JOIN LATERAL json_to_recordset(a.lines) AS l (code text, name text, category text,
    quantity_milli bigint, gross_minor bigint, net_minor bigint, tax_minor bigint)`;

/** A void takes back the lines of its sale, and is of the session of its sale, so of its business date. */
const linesAndVoids = (member: string, name: string): string => `${lines('a.kind', member, name)}
  UNION ALL ${lines(`'void'`, member, 'NULL')}
  JOIN ${receiptCorrections.table} c ON c.tenant_id = $1 AND c.local_id = a.local_id AND c.voided_by IS NOT NULL`;

const parts: Readonly<Record<SalesQuery['by'], string>> = {
  hour: wholes('hour', 'NULL'),
  staff: wholes('staff_id', 'staff_name'),
  tender: tenders,
  product: linesAndVoids('l.code', 'l.name'),
  category: linesAndVoids(`nullif(l.category, '')`, 'NULL'),
};

const ofKind = (sum: string, kind: string): string => `coalesce(${sum} FILTER (WHERE kind = '${kind}'), 0)::bigint`;

/** A receipt may have several lines of one product or category; an hour, a person or a tender it has once. */
const count = (by: SalesQuery['by'], kind: string): string =>
  ofKind(by === 'product' || by === 'category' ? 'count(DISTINCT local_id)' : 'count(*)', kind);

const left = (sum: string): string => ['sale', 'refund', 'void'].map((kind) => ofKind(`sum(${sum})`, kind)).join(' - ');

/*
 * Not materialized, so that the few voids are found by themselves. A product or a person is called what it was called
 * last, of two names at one moment the greater one; moments have 24 characters.
 */
const salesSql = (by: SalesQuery['by']): string => `
WITH asked_for AS NOT MATERIALIZED (${askedFor}), parts AS (${parts[by]})
SELECT member, substr(max((occurred_at || name) COLLATE "C"), 25) AS name, currency,
  ${count(by, 'sale')} AS sales_count, ${count(by, 'refund')} AS refunds_count, ${count(by, 'void')} AS voids_count,
  ${left('quantity_milli')} AS quantity_milli, ${ofKind('sum(gross_minor)', 'sale')} AS gross_minor,
  ${ofKind('sum(gross_minor)', 'refund')} AS refunds_minor, ${ofKind('sum(gross_minor)', 'void')} AS voids_minor,
  ${left('net_minor')} AS net_minor, ${left('tax_minor')} AS tax_minor, ${left('gross_minor')} AS turnover_minor
FROM parts GROUP BY member, currency ORDER BY member COLLATE "C" NULLS LAST, currency LIMIT $6 OFFSET $7`;

/** Sales by hour, product, category, person or tender; what was voided or refunded is in sums of its own. */
export const listSales = (
  db: CentralDatabase,
  tenant_id: string,
  { by, from, to, terminal_id, store_id, limit, offset }: SalesQuery,
): Promise<readonly Row[]> =>
  db.inTenant(tenant_id, async (transaction) => {
    const which = [from, to, terminal_id ?? null, store_id ?? null, limit, offset];
    const { rows } = await transaction.query<Row>(salesSql(by), [tenant_id, ...which]);
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
