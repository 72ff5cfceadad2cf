import type { TillEvent } from '../domain/event.js';
import type { Corrections } from '../domain/refund.js';
import { readText } from '../events/envelope.js';
import type { EventLog } from '../events/log.js';
import type { Sqlite } from '../events/sqlite.js';
import { anyProjection } from '../projections/projection.js';
import { type CorrectionsRow, receiptCorrections } from '../projections/receipt-corrections.js';
import { SqliteTable } from '../projections/sqlite-tables.js';

/** What was recorded before, as a command that corrects it needs it. */
export interface Records {
  /** One event of this terminal's log. */
  find(local_id: string): TillEvent | undefined;
  /** What happened to a sale since; undefined when nothing did. */
  corrections(sale_local_id: string): Corrections | undefined;
  /** Whether this terminal printed a receipt with this number. */
  hasReceipt(receipt_number: string): boolean;
}

/** What the database of a terminal says of it. */
export const recordsIn = (db: Sqlite, log: EventLog): Records => {
  const corrections = new SqliteTable(db, anyProjection(receiptCorrections));
  const receipt = db.prepare<[string]>('SELECT 1 FROM receipts WHERE receipt_number = ? LIMIT 1');
  return {
    find(local_id) {
      const row = log.find(local_id);
      return row && readText(row.envelope);
    },
    corrections: (sale_local_id) => corrections.find(sale_local_id) as CorrectionsRow | undefined,
    hasReceipt: (receipt_number) => receipt.get(receipt_number) !== undefined,
  };
};
