import type { TillEvent } from '../../src/domain/event.js';
import { noCorrections, type OriginalSale } from '../../src/domain/refund.js';
import { Refusal } from '../../src/domain/refusal.js';
import { type RefundDue, settleRefund, type TenderRequest, type TenderTerms } from '../../src/domain/settlement.js';
import { receiptCorrections } from '../../src/projections/receipt-corrections.js';
import { grownRows } from './grown-rows.js';

const correctionsIn = grownRows(receiptCorrections);

/** Every sale of a log, oldest first, with what has happened to it since: what a correction is decided on. */
export const salesIn = (events: readonly TillEvent[]): readonly OriginalSale[] => {
  const rows = correctionsIn(events);
  return events.flatMap((event) => {
    if (event.type !== 'SaleRecorded') return [];
    const { local_id, session_id, data } = event;
    const corrections = rows.get(local_id) ?? noCorrections;
    return [{ local_id, session_id, data, corrections }];
  });
};

/** The one tender that gives back exactly what is due. */
export const tendersBack = (due: RefundDue, method: 'cash' | 'card', terms: TenderTerms): readonly TenderRequest[] => {
  if (due.due_minor === 0) return [];
  const amount_minor = method === 'card' ? due.due_minor : cashBack(due, terms);
  return [{ method, amount_minor }];
};

/** What is due in cash, or what is refused then tells how much it is. */
const cashBack = (due: RefundDue, terms: TenderTerms): number => {
  try {
    return settleRefund(due.due_minor, [{ method: 'cash', amount_minor: 0 }], terms, due).total_minor;
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    return Number(cause.details['total_minor']);
  }
};
