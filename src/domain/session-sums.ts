import type { DecidedData, EventType, TillEvent } from './event.js';
import { addMoney, type Minor, negateMoney } from './money.js';
import { addTaxes } from './pricing.js';
import type { ReasonCount, SessionReport, TenderSum } from './report.js';
import { cashOf, type Settlement, type Tender, type Tip } from './settlement.js';

/** What a report takes from an event of its session. */
export type ReportedEvent<T extends EventType = EventType> = {
  [K in T]: Pick<TillEvent<K>, 'type' | 'seq' | 'occurred_at' | 'staff_id'> & { readonly data: DecidedData[K] };
}[T];

/** A report of its own, to which is added in place: it has many fields, and copying them costs more than the sums. */
type Sums = { -readonly [Field in keyof SessionReport]: SessionReport[Field] };

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
  add(report, event);
  return report;
};

const add = (report: Sums, event: Exclude<ReportedEvent, { readonly type: 'SessionClosed' }>): void => {
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
    case 'DrawerOpened':
      report.drawer_opens = addReason(report.drawer_opens, event.data.reason);
      return;
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

/** What the sale added is taken off again, except that the sale and its gross amount were rung up. */
const addVoid = (report: Sums, voided: DecidedData['SaleVoided']): void => {
  report.voids_count += 1;
  report.voids_minor += voided.gross_minor;
  takeOff(report, voided);
  report.tips_staff_minor -= tipFor('staff', voided);
  report.tips_house_minor -= tipFor('house', voided);
};

const addLineVoid = (report: Sums, { gross_minor }: DecidedData['LineVoided']): void => {
  report.line_voids_count += 1;
  report.line_voids_minor += gross_minor;
};

const addDiscarded = (report: Sums, { gross_minor }: DecidedData['TicketDiscarded']): void => {
  report.tickets_discarded_count += 1;
  report.tickets_discarded_minor += gross_minor;
};

const tipFor = (beneficiary: Tip['beneficiary'], { tip }: { readonly tip: Tip | null }): Minor =>
  tip?.beneficiary === beneficiary ? tip.amount_minor : 0;

const addSale = (report: Sums, sale: DecidedData['SaleRecorded']): void => {
  addReceipt(report, sale);
  report.currency = sale.currency;
  report.sales_count += 1;
  report.gross_minor += sale.gross_minor;
  report.turnover_minor += sale.gross_minor;
  report.net_minor += sale.net_minor;
  report.tax_minor += sale.tax_minor;
  report.taxes = addTaxes(report.taxes, sale.taxes);
  report.discounts_minor += discountsOf(sale);
  report.overrides_count += overridesOf(sale);
  report.rounding_minor += sale.rounding_minor;
  report.tips_staff_minor += tipFor('staff', sale);
  report.tips_house_minor += tipFor('house', sale);
  report.tenders = addTenders(report.tenders, sale, 1);
  report.expected = addMoney(report.expected, cashOf(sale));
};

const addRefund = (report: Sums, refund: DecidedData['RefundRecorded']): void => {
  addReceipt(report, refund);
  report.refunds_count += 1;
  report.refunds_minor += refund.gross_minor;
  takeOff(report, refund);
};

const addReceipt = (report: Sums, receipt: ReceiptMark & { readonly lines: readonly unknown[] }): void => {
  report.lines_count += receipt.lines.length;
  report.first_receipt = firstOf(report.first_receipt, receipt);
  report.last_receipt = lastOf(report.last_receipt, receipt);
};

/** The turnover, its taxes and its money of a sale that is refunded or voided. */
const takeOff = (report: Sums, back: DecidedData['RefundRecorded' | 'SaleVoided']): void => {
  report.currency = back.currency;
  report.turnover_minor -= back.gross_minor;
  report.net_minor -= back.net_minor;
  report.tax_minor -= back.tax_minor;
  report.taxes = addTaxes(report.taxes, back.taxes, -1);
  report.rounding_minor -= back.rounding_minor;
  report.tenders = addTenders(report.tenders, back, -1);
  report.expected = addMoney(report.expected, negateMoney(cashOf(back)));
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

const addMovement = (report: Sums, moved: DecidedData['CashMoved']): void => {
  const { kind, currency, amount_minor } = moved;
  const known = report.cash_movements.find((sum) => sum.kind === kind && sum.currency === currency);
  const sum = {
    kind,
    currency,
    count: (known?.count ?? 0) + 1,
    amount_minor: (known?.amount_minor ?? 0) + amount_minor,
  };
  report.cash_movements = sorted(
    [...report.cash_movements.filter((other) => other !== known), sum],
    (of) => of.kind + of.currency,
  );
  report.expected = addMoney(report.expected, [
    { currency, amount_minor: kind === 'paid_in' ? amount_minor : -amount_minor },
  ]);
};

const addReason = (counts: readonly ReasonCount[], reason: string): readonly ReasonCount[] => {
  const known = counts.find((other) => other.reason === reason);
  return sorted(
    [...counts.filter((other) => other !== known), { reason, count: (known?.count ?? 0) + 1 }],
    (of) => of.reason,
  );
};

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
  more.reduce((all, part) => {
    const known = all.find((other) => other.method === part.method && other.currency === part.currency);
    return sorted(
      [...all.filter((other) => other !== known), known ? addTender(known, part) : part],
      (of) => of.method + of.currency,
    );
  }, sums);

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

const sorted = <Item>(items: readonly Item[], by: (item: Item) => string): readonly Item[] =>
  [...items].sort((a, b) => (by(a) < by(b) ? -1 : 1));
