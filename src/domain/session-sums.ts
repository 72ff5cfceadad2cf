import type { Decided, DecidedData, EventType, TillEvent } from './event.js';
import { addMoney, addSorted, compareText, type Minor, negateMoney } from './money.js';
import { addTaxes } from './pricing.js';
import { Refusal } from './refusal.js';
import {
  addToPerpetual,
  type CashMovementSum,
  fitsReport,
  type PerpetualTotals,
  type ReasonCount,
  type SessionReport,
  sumMax,
  type TenderSum,
} from './report.js';
import { cashOf, type Settlement, type Tender, type Tip } from './settlement.js';

/** What a report takes from an event of its session. */
export type ReportedEvent<T extends EventType = EventType> = {
  [K in T]: Pick<TillEvent<K>, 'type' | 'seq' | 'occurred_at' | 'staff_id'> & { readonly data: DecidedData[K] };
}[T];

/** A report that is being added to: one copy of it is changed, where a copy for each step would cost every sale. */
type Sums = { -readonly [K in keyof SessionReport]: SessionReport[K] };

/** Field by field: V8 knows the copy of a copy of a copy by ever new shapes, and is slow with what has many. */
const copyOf = (report: SessionReport): Sums => ({
  session_id: report.session_id,
  business_date: report.business_date,
  training: report.training,
  currency: report.currency,
  opened_at: report.opened_at,
  opened_by: report.opened_by,
  first_seq: report.first_seq,
  last_seq: report.last_seq,
  first_receipt: report.first_receipt,
  last_receipt: report.last_receipt,
  sales_count: report.sales_count,
  refunds_count: report.refunds_count,
  lines_count: report.lines_count,
  overrides_count: report.overrides_count,
  gross_minor: report.gross_minor,
  refunds_minor: report.refunds_minor,
  voids_count: report.voids_count,
  voids_minor: report.voids_minor,
  line_voids_count: report.line_voids_count,
  line_voids_minor: report.line_voids_minor,
  tickets_discarded_count: report.tickets_discarded_count,
  tickets_discarded_minor: report.tickets_discarded_minor,
  turnover_minor: report.turnover_minor,
  net_minor: report.net_minor,
  tax_minor: report.tax_minor,
  taxes: report.taxes,
  discounts_minor: report.discounts_minor,
  rounding_minor: report.rounding_minor,
  tips_staff_minor: report.tips_staff_minor,
  tips_house_minor: report.tips_house_minor,
  tenders: report.tenders,
  cash_movements: report.cash_movements,
  drawer_opens: report.drawer_opens,
  reprints_count: report.reprints_count,
  float: report.float,
  expected: report.expected,
});

/**
 * Adds one event of the session to its report. The event that closes the session adds nothing.
 * @param event is of the report's session
 */
export const addToReport = (before: SessionReport, event: ReportedEvent): SessionReport => {
  if (event.type === 'SessionClosed') return before;
  const report = copyOf(before);
  report.first_seq = before.first_seq === 0 ? event.seq : Math.min(before.first_seq, event.seq);
  report.last_seq = Math.max(before.last_seq, event.seq);
  addEvent(report, event);
  return report;
};

const addEvent = (report: Sums, event: Exclude<ReportedEvent, { readonly type: 'SessionClosed' }>): void => {
  switch (event.type) {
    case 'SessionOpened': {
      addOpening(report, event);
      return;
    }
    case 'SaleRecorded': {
      addSale(report, event.data);
      return;
    }
    case 'RefundRecorded': {
      addRefund(report, event.data);
      return;
    }
    case 'SaleVoided': {
      addVoid(report, event.data);
      return;
    }
    case 'LineVoided': {
      addLineVoid(report, event.data);
      return;
    }
    case 'TicketDiscarded': {
      addDiscarded(report, event.data);
      return;
    }
    case 'CashMoved': {
      addMovement(report, event.data);
      return;
    }
    case 'DrawerOpened': {
      addOpened(report, event.data);
      return;
    }
    case 'ReceiptReprinted':
      report.reprints_count += 1;
      return;
    case 'TerminalStarted':
    case 'TerminalRecovered':
    case 'TerminalStopped':
    case 'TerminalEnrolled':
    case 'EpochStarted':
    case 'CatalogApplied':
    case 'ClockJumped':
    case 'TicketParked':
    case 'TicketResumed':
    case 'TicketCarriedOver':
    case 'StaffSignedIn':
    case 'StaffSignedOut':
    case 'SignInFailed':
    case 'StaffUnlocked':
    case 'StockReceived':
    case 'StockCounted':
    case 'RejectionSettled':
    case 'LogExported':
      return;
  }
};

const addOpening = (report: Sums, { data, occurred_at, staff_id }: ReportedEvent<'SessionOpened'>): void => {
  report.training = data.training;
  report.currency = data.currency;
  report.opened_at = occurred_at;
  report.opened_by = staff_id;
  report.float = addMoney(report.float, data.float);
  report.expected = addMoney(report.expected, data.float);
};

const addSale = (report: Sums, sale: DecidedData['SaleRecorded']): void => {
  addReceipt(report, sale);
  addTurnover(report, sale, 1);
  addTip(report, sale, 1);
  report.sales_count += 1;
  report.gross_minor += sale.gross_minor;
  report.discounts_minor += discountsOf(sale);
  report.overrides_count += overridesOf(sale);
};

const addRefund = (report: Sums, refund: DecidedData['RefundRecorded']): void => {
  addReceipt(report, refund);
  addTurnover(report, refund, -1);
  report.refunds_count += 1;
  report.refunds_minor += refund.gross_minor;
};

/** What the sale added is taken off again, except that the sale and its gross amount were rung up. */
const addVoid = (report: Sums, voided: DecidedData['SaleVoided']): void => {
  addTurnover(report, voided, -1);
  addTip(report, voided, -1);
  report.voids_count += 1;
  report.voids_minor += voided.gross_minor;
};

const addLineVoid = (report: Sums, { gross_minor }: DecidedData['LineVoided']): void => {
  report.line_voids_count += 1;
  report.line_voids_minor += gross_minor;
};

const addDiscarded = (report: Sums, { gross_minor }: DecidedData['TicketDiscarded']): void => {
  report.tickets_discarded_count += 1;
  report.tickets_discarded_minor += gross_minor;
};

/** That a receipt was printed, and what is on it besides amounts. */
const addReceipt = (report: Sums, receipt: DecidedData['SaleRecorded' | 'RefundRecorded']): void => {
  report.lines_count += receipt.lines.length;
  report.first_receipt = firstOf(report.first_receipt, receipt);
  report.last_receipt = lastOf(report.last_receipt, receipt);
};

/** What was taken in, or with −1 paid back. */
const addTurnover = (
  report: Sums,
  receipt: DecidedData['SaleRecorded' | 'RefundRecorded' | 'SaleVoided'],
  sign: 1 | -1,
): void => {
  const cash = cashOf(receipt);
  report.currency = receipt.currency;
  report.turnover_minor += sign * receipt.gross_minor;
  report.net_minor += sign * receipt.net_minor;
  report.tax_minor += sign * receipt.tax_minor;
  report.taxes = addTaxes(report.taxes, receipt.taxes, sign);
  report.rounding_minor += sign * receipt.rounding_minor;
  report.tenders = addTenders(report.tenders, receipt, sign);
  report.expected = addMoney(report.expected, sign === 1 ? cash : negateMoney(cash));
};

const addTip = (report: Sums, { tip }: { readonly tip: Tip | null }, sign: 1 | -1): void => {
  if (tip?.beneficiary === 'staff') report.tips_staff_minor += sign * tip.amount_minor;
  if (tip?.beneficiary === 'house') report.tips_house_minor += sign * tip.amount_minor;
};

/** The first receipt of a report, once this one is in it too. */
const firstOf = (first: ReceiptMark | null, { receipt_index, receipt_number }: ReceiptMark): ReceiptMark =>
  first && isBefore(first, { receipt_index, receipt_number }) ? first : { receipt_index, receipt_number };

/** The last receipt of a report, once this one is in it too. */
const lastOf = (last: ReceiptMark | null, { receipt_index, receipt_number }: ReceiptMark): ReceiptMark =>
  last && isBefore({ receipt_index, receipt_number }, last) ? last : { receipt_index, receipt_number };

/** Two branches of a log may both hold an index; their numbers, which show the epoch, keep the order of adding out. */
const isBefore = (a: ReceiptMark, b: ReceiptMark): boolean =>
  a.receipt_index === b.receipt_index ? a.receipt_number < b.receipt_number : a.receipt_index < b.receipt_index;

type ReceiptMark = NonNullable<SessionReport['first_receipt']>;

const discountsOf = (sale: DecidedData['SaleRecorded']): Minor =>
  sale.lines.reduce((sum, line) => line.discounts.reduce((all, { amount_minor }) => all + amount_minor, sum), 0);

const overridesOf = (sale: DecidedData['SaleRecorded']): number =>
  sale.lines.filter((line) => line.unit_price_minor !== line.list_price_minor).length;

const addMovement = (report: Sums, { kind, currency, amount_minor }: DecidedData['CashMoved']): void => {
  report.cash_movements = addSorted(
    report.cash_movements,
    { kind, currency, count: 1, amount_minor },
    byKind,
    addMovements,
  );
  const moved = kind === 'paid_in' ? amount_minor : 0 - amount_minor;
  report.expected = addMoney(report.expected, [{ currency, amount_minor: moved }]);
};

const byKind = (a: CashMovementSum, b: CashMovementSum): number =>
  compareText(a.kind + a.currency, b.kind + b.currency);

const addMovements = ({ kind, currency, count, amount_minor }: CashMovementSum, more: CashMovementSum) => ({
  kind,
  currency,
  count: count + more.count,
  amount_minor: amount_minor + more.amount_minor,
});

const addOpened = (report: Sums, { reason }: DecidedData['DrawerOpened']): void => {
  report.drawer_opens = addSorted(report.drawer_opens, { reason, count: 1 }, byReason, addReasons);
};

const byReason = (a: ReasonCount, b: ReasonCount): number => compareText(a.reason, b.reason);

const addReasons = ({ reason, count }: ReasonCount, more: ReasonCount) => ({ reason, count: count + more.count });

/** What was taken in, or with −1 paid back; change that a customer brings back makes what is paid back less. */
const addTenders = (
  sums: readonly TenderSum[],
  receipt: Pick<Settlement, 'tenders' | 'change'>,
  sign: 1 | -1,
): readonly TenderSum[] => {
  const parts = [
    ...receipt.tenders.map((tender) =>
      partOf(tender, sign === 1 ? { received_minor: tender.amount_minor } : { refunded_minor: tender.amount_minor }),
    ),
    ...receipt.change.map((change) => ({
      ...partOf(
        { ...change, method: 'cash' },
        sign === 1 ? { change_minor: change.amount_minor } : { refunded_minor: 0 - change.amount_minor },
      ),
      count: 0,
    })),
  ];
  return addTenderSums(sums, parts);
};

/** Adds `more` to `sums` per method and currency, in alphabetical order. */
export const addTenderSums = (sums: readonly TenderSum[], more: readonly TenderSum[]): readonly TenderSum[] =>
  more.reduce((all, part) => addSorted(all, part, byMethod, addTender), sums);

const byMethod = (a: TenderSum, b: TenderSum): number => compareText(a.method + a.currency, b.method + b.currency);

const partOf = (
  { method, currency }: Pick<Tender, 'method' | 'currency'>,
  amounts: Partial<Pick<TenderSum, 'received_minor' | 'change_minor' | 'refunded_minor'>>,
): TenderSum => {
  const { received_minor = 0, change_minor = 0, refunded_minor = 0 } = amounts;
  const amount_minor = received_minor - change_minor - refunded_minor;
  return { method, currency, count: 1, received_minor, change_minor, refunded_minor, amount_minor };
};

const addTender = (a: TenderSum, b: TenderSum): TenderSum => ({
  method: a.method,
  currency: a.currency,
  count: a.count + b.count,
  received_minor: a.received_minor + b.received_minor,
  change_minor: a.change_minor + b.change_minor,
  refunded_minor: a.refunded_minor + b.refunded_minor,
  amount_minor: a.amount_minor + b.amount_minor,
});

/** What a till has added up so far. */
interface TillTotals {
  readonly perpetual: PerpetualTotals;
  readonly session: { readonly report: SessionReport };
}

/**
 * Refuses what the session's Z report could not add up exactly, so that a session can always be closed. No command adds
 * half of what a sum can hold: only where one is half full does it matter what it comes to.
 * @throws Refusal AMOUNT_TOO_LARGE
 */
export const withinSums = (decided: readonly Decided[], { perpetual, session }: TillTotals): readonly Decided[] => {
  const { report } = session;
  if (fitsReport(report, addToPerpetual(perpetual, report), sumMax / 2)) return decided;
  const after = decided.reduce(
    (sums, event) => addToReport(sums, { ...event, seq: sums.last_seq + 1, occurred_at: '', staff_id: null }),
    report,
  );
  if (fitsReport(after, addToPerpetual(perpetual, after))) return decided;
  throw new Refusal('AMOUNT_TOO_LARGE', 'The totals of this till can hold no more. Nothing was recorded.', {
    limit_minor: sumMax,
  });
};
