import { readReceiptNumber } from '../domain/receipt-number.js';
import type { Sqlite } from '../events/sqlite.js';

/** The receipts as the log has them, one row each. A table of them would cost every sale two pages. */
export const receiptsView = `
CREATE VIEW IF NOT EXISTS receipts AS
  SELECT local_id,
         envelope ->> 'terminal_id' AS terminal_id,
         epoch,
         seq,
         session_id,
         envelope ->> 'business_date' AS business_date,
         iif(type = 'SaleRecorded', 'sale', 'refund') AS kind,
         envelope ->> '$.data.training' AS training,
         envelope ->> '$.data.receipt_number' AS receipt_number,
         envelope ->> 'occurred_at' AS occurred_at,
         envelope ->> 'staff_id' AS staff_id,
         envelope ->> '$.data.currency' AS currency,
         envelope ->> '$.data.gross_minor' AS gross_minor,
         envelope ->> '$.data.tax_minor' AS tax_minor,
         envelope ->> '$.data.total_minor' AS total_minor
    FROM events WHERE type IN ('SaleRecorded', 'RefundRecorded');
`;

interface Stretch {
  readonly first: number;
  readonly last: number;
}

interface Place {
  readonly seq: number;
  readonly receipt_number: string;
  readonly receipt_index: number;
}

/**
 * Where the receipt with this number stands in the log; undefined when there is none. Numbers grow with the log: the
 * sessions tell between which events it must be, and what lies there is halved until it is found.
 * @param db holds the log and the read model of its sessions
 */
export const positionOfReceipt = (db: Sqlite, receiptNumber: string): number | undefined => {
  const wanted = readReceiptNumber(receiptNumber);
  if (!wanted) return undefined;
  const session = db.prepare<[number, number, number], Stretch>(
    `SELECT report ->> 'first_seq' AS first, report ->> 'last_seq' AS last FROM session_totals
      WHERE report ->> 'training' = ? AND report ->> '$.first_receipt.receipt_index' <= ?
        AND report ->> '$.last_receipt.receipt_index' >= ?`,
  );
  const next = db.prepare<[number, number], Place>(
    `SELECT seq, envelope ->> '$.data.receipt_number' AS receipt_number, envelope ->> '$.data.receipt_index' AS receipt_index
      FROM events WHERE seq BETWEEN ? AND ? AND type IN ('SaleRecorded', 'RefundRecorded') ORDER BY seq LIMIT 1`,
  );
  let { first, last } = session.get(wanted.training ? 1 : 0, wanted.index, wanted.index) ?? { first: 1, last: 0 };
  while (first <= last) {
    const middle = Math.floor((first + last) / 2);
    const found = next.get(middle, last);
    if (found?.receipt_index === wanted.index) return found.receipt_number === receiptNumber ? found.seq : undefined;
    if (found && found.receipt_index < wanted.index) first = found.seq + 1;
    else last = middle - 1;
  }
  return undefined;
};
