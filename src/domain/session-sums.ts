import type { DecidedData, EventType, TillEvent } from './event.js';
import { addMoney, type Minor, negateMoney } from './money.js';
import { addTaxes } from './pricing.js';
import type { ReasonCount, SessionReport, TenderSum } from './report.js';
import { cashOf, type Settlement, type Tender, type Tip } from './settlement.js';

/** What a report takes from an event of its session. */
export type ReportedEvent<T extends EventType = EventType> = {
  [K in T]: Pick<TillEvent<K>, 'type' | 'seq' | 'occurred_at' | 'staff_id'> & { readonly data: DecidedData[K] };
}[T];

/**
 * Adds one event of the session to its report. The event that closes the session adds nothing.
 * @param event is of the report's session
 */
export const addToReport = (before: SessionReport, event: ReportedEvent): SessionReport => {
  if (event.type === 'SessionClosed') return before;
  const report = {
    ...before,
    first_seq: before.first_seq === 0 ? event.seq : Math.min(before.first_seq, event.seq),
    last_seq: Math.max(before.last_seq, event.seq),
  };
  switch (event.type) {
    case 'SessionOpened':
      return addOpening(report, event);
    case 'SaleRecorded':
      return addSale(report, event.data);
    case 'RefundRecorded':
      return addRefund(report, event.data);
    case 'SaleVoided':
      return addVoid(report, event.data);
    case 'LineVoided':
      return addLineVoid(report, event.data);
    case 'TicketDiscarded':
      return addDiscarded(report, event.data);
    case 'CashMoved':
      return addMovement(report, event.data);
    case 'DrawerOpened':
      return { ...report, drawer_opens: addReason(report.drawer_opens, event.data.reason) };
    case 'ReceiptReprinted':
      return { ...report, reprints_count: report.reprints_count + 1 };
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
      return report;
  }
};

const addOpening = (report: SessionReport, event: ReportedEvent<'SessionOpened'>): SessionReport => ({
  ...report,
  training: event.data.training,
  currency: event.data.currency,
  opened_at: event.occurred_at,
  opened_by: event.staff_id,
  float: addMoney(report.float, event.data.float),
  expected: addMoney(report.expected, event.data.float),
});

/** What the sale added is taken off again, except that the sale and its gross amount were rung up. */
const addVoid = (report: SessionReport, voided: DecidedData['SaleVoided']): SessionReport => ({
  ...report,
  currency: voided.currency,
  voids_count: report.voids_count + 1,
  voids_minor: report.voids_minor + voided.gross_minor,
  turnover_minor: report.turnover_minor - voided.gross_minor,
  net_minor: report.net_minor - voided.net_minor,
  tax_minor: report.tax_minor - voided.tax_minor,
  taxes: addTaxes(report.taxes, voided.taxes, -1),
  rounding_minor: report.rounding_minor - voided.rounding_minor,
  tips_staff_minor: report.tips_staff_minor - tipFor('staff', voided),
  tips_house_minor: report.tips_house_minor - tipFor('house', voided),
  tenders: addTenders(report.tenders, voided, -1),
  expected: addMoney(report.expected, negateMoney(cashOf(voided))),
});

const addLineVoid = (report: SessionReport, { gross_minor }: DecidedData['LineVoided']): SessionReport => ({
  ...report,
  line_voids_count: report.line_voids_count + 1,
  line_voids_minor: report.line_voids_minor + gross_minor,
});

const addDiscarded = (report: SessionReport, { gross_minor }: DecidedData['TicketDiscarded']): SessionReport => ({
  ...report,
  tickets_discarded_count: report.tickets_discarded_count + 1,
  tickets_discarded_minor: report.tickets_discarded_minor + gross_minor,
});

const tipFor = (beneficiary: Tip['beneficiary'], { tip }: { readonly tip: Tip | null }): Minor =>
  tip?.beneficiary === beneficiary ? tip.amount_minor : 0;

const addSale = (report: SessionReport, sale: DecidedData['SaleRecorded']): SessionReport => ({
  ...report,
  currency: sale.currency,
  lines_count: report.lines_count + sale.lines.length,
  first_receipt: firstOf(report.first_receipt, sale),
  last_receipt: lastOf(report.last_receipt, sale),
  sales_count: report.sales_count + 1,
  gross_minor: report.gross_minor + sale.gross_minor,
  turnover_minor: report.turnover_minor + sale.gross_minor,
  net_minor: report.net_minor + sale.net_minor,
  tax_minor: report.tax_minor + sale.tax_minor,
  taxes: addTaxes(report.taxes, sale.taxes),
  discounts_minor: report.discounts_minor + discountsOf(sale),
  overrides_count: report.overrides_count + overridesOf(sale),
  rounding_minor: report.rounding_minor + sale.rounding_minor,
  tips_staff_minor: report.tips_staff_minor + tipFor('staff', sale),
  tips_house_minor: report.tips_house_minor + tipFor('house', sale),
  tenders: addTenders(report.tenders, sale, 1),
  expected: addMoney(report.expected, cashOf(sale)),
});

const addRefund = (report: SessionReport, refund: DecidedData['RefundRecorded']): SessionReport => ({
  ...report,
  currency: refund.currency,
  lines_count: report.lines_count + refund.lines.length,
  first_receipt: firstOf(report.first_receipt, refund),
  last_receipt: lastOf(report.last_receipt, refund),
  refunds_count: report.refunds_count + 1,
  refunds_minor: report.refunds_minor + refund.gross_minor,
  turnover_minor: report.turnover_minor - refund.gross_minor,
  net_minor: report.net_minor - refund.net_minor,
  tax_minor: report.tax_minor - refund.tax_minor,
  taxes: addTaxes(report.taxes, refund.taxes, -1),
  rounding_minor: report.rounding_minor - refund.rounding_minor,
  tenders: addTenders(report.tenders, refund, -1),
  expected: addMoney(report.expected, negateMoney(cashOf(refund))),
});

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

const addMovement = (report: SessionReport, moved: DecidedData['CashMoved']): SessionReport => {
  const { kind, currency, amount_minor } = moved;
  const known = report.cash_movements.find((sum) => sum.kind === kind && sum.currency === currency);
  const sum = {
    kind,
    currency,
    count: (known?.count ?? 0) + 1,
    amount_minor: (known?.amount_minor ?? 0) + amount_minor,
  };
  return {
    ...report,
    cash_movements: sorted(
      [...report.cash_movements.filter((other) => other !== known), sum],
      (of) => of.kind + of.currency,
    ),
    expected: addMoney(report.expected, [
      { currency, amount_minor: kind === 'paid_in' ? amount_minor : -amount_minor },
    ]),
  };
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
