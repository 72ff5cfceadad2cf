import type { Head } from '../domain/event.js';
import type { PerpetualTotals } from '../domain/report.js';
import { receiptPrefixOf, till, type TillMemory } from '../domain/till.js';
import type { Sqlite } from '../events/sqlite.js';

type Recalled = Pick<TillMemory, 'receipts' | 'training_receipts' | 'z_reports' | 'currency'> &
  PerpetualTotals & { readonly session_id: string | null; readonly business_date: string | null };

const first = (expression: string, rest: string): string =>
  `(SELECT ${expression} FROM session_totals WHERE ${rest} LIMIT 1)`;

const lastReceipt = (rest: string): string => {
  const index = "report ->> '$.last_receipt.receipt_index'";
  return `coalesce(${first(index, `${index} IS NOT NULL AND ${rest}`)}, 0)`;
};

const ofOpen = "z_number IS NULL AND status = 'open'";
const newestZ = 'z_number IS NOT NULL ORDER BY z_number DESC';
const newestTraining = "z_number IS NULL AND report ->> 'training' ORDER BY rowid DESC";

/** Sessions with a Z lie in the order of their numbers; training and the open session have none. */
const question = `SELECT
  max(${lastReceipt(newestZ)}, ${lastReceipt(`${ofOpen} AND NOT report ->> 'training'`)}) AS receipts,
  ${lastReceipt(newestTraining)} AS training_receipts,
  coalesce(${first('z_number', newestZ)}, 0) AS z_reports,
  coalesce(${first("z_report ->> '$.perpetual.turnover_minor'", newestZ)}, 0) AS turnover_minor,
  coalesce(${first("z_report ->> '$.perpetual.absolute_minor'", newestZ)}, 0) AS absolute_minor,
  ${first("report ->> 'currency'", 'true ORDER BY rowid')} AS currency,
  ${first('session_id', ofOpen)} AS session_id,
  ${first('business_date', ofOpen)} AS business_date`;

/**
 * What the rules must know of the log so far, as its sessions tell it: asked once after the start and after a rollback,
 * and then moved on with every event.
 * @param db holds the read model of the sessions, up to the head of the log
 */
export const recall = (db: Sqlite, head: Head | null, terminal_id: string): TillMemory => {
  const recalled = db.prepare<[], Recalled>(question).get();
  if (!head || !recalled) return till.initial;
  const { receipts, training_receipts, z_reports, currency, session_id, business_date } = recalled;
  const { turnover_minor, absolute_minor } = recalled;
  return {
    seq: head.seq,
    epoch: head.epoch,
    receipt_prefix: receiptPrefixOf(terminal_id),
    receipts,
    training_receipts,
    z_reports,
    perpetual: { turnover_minor, absolute_minor },
    currency,
    session:
      session_id === null || business_date === null
        ? { status: 'closed' }
        : { status: 'open', session_id, business_date },
  };
};
