import type { Decider } from './decider.js';
import type { CashMovementKind, Decided, EventData, Head, RecordedReceipt, TillEvent } from './event.js';
import { type Minor, type Money, withinLimit } from './money.js';
import { approverOf, type Authority, isOverDiscountLimit } from './permission.js';
import { type DiscountRequest, priceLines, type RungLine } from './pricing.js';
import { Refusal } from './refusal.js';
import {
  addToPerpetual,
  differenceOf,
  emptyReport,
  fitsReport,
  type PerpetualTotals,
  type SessionReport,
  sumMax,
} from './report.js';
import { addToReport } from './session-sums.js';
import {
  acceptedCurrency,
  type PaymentRequest,
  type Settlement,
  settleRefund,
  settleSale,
  type TenderRequest,
  type TenderTerms,
} from './settlement.js';

/** What a till must remember to decide the next command. Built from the log alone. */
export interface TillState {
  /** The last event that went into this state. */
  readonly seq: number;
  readonly epoch: number;
  /** Starts every receipt number; the terminal's own, so that two terminals never share a number. */
  readonly receipt_prefix: string;
  readonly receipts: number;
  readonly training_receipts: number;
  readonly z_reports: number;
  readonly perpetual: PerpetualTotals;
  /** The base currency of this log, fixed by the first session. */
  readonly currency: string | null;
  readonly session:
    | { readonly status: 'closed' }
    | {
        readonly status: 'open';
        readonly session_id: string;
        readonly business_date: string;
        readonly report: SessionReport;
      };
}

/** What a cashier can ask a till for. Names, prices and rates are looked up before and arrive in the command. */
export type TillCommand =
  | {
      readonly type: 'OpenSession';
      readonly session_id: string;
      readonly business_date: string;
      readonly float: readonly Money[];
      readonly training: boolean;
      readonly terms: TenderTerms;
      readonly authority: Authority;
    }
  | {
      readonly type: 'RecordSale';
      readonly local_id: string;
      readonly lines: readonly RungLine[];
      readonly discount?: DiscountRequest;
      readonly payment: PaymentRequest;
      readonly terms: TenderTerms;
      readonly authority: Authority;
    }
  | {
      readonly type: 'RecordRefundWithoutReceipt';
      readonly local_id: string;
      readonly lines: readonly RungLine[];
      readonly tenders: readonly TenderRequest[];
      readonly reason: string;
      readonly terms: TenderTerms;
      readonly authority: Authority;
    }
  | { readonly type: 'OpenDrawer'; readonly reason: string; readonly authority: Authority }
  | {
      readonly type: 'MoveCash';
      readonly local_id: string;
      readonly kind: CashMovementKind;
      readonly currency: string;
      readonly amount_minor: Minor;
      readonly reason: string;
      readonly terms: TenderTerms;
      readonly authority: Authority;
    }
  | {
      readonly type: 'CloseSession';
      readonly counted: readonly Money[];
      readonly closed_at: string;
      /** The last event before the closing. */
      readonly head: Head;
      readonly unsynced_events: number;
      readonly terms: TenderTerms;
      readonly authority: Authority;
    };

/** One command by its name. */
export type CommandOf<T extends TillCommand['type']> = Extract<TillCommand, { type: T }>;

type OpenState = TillState & { readonly session: Extract<TillState['session'], { status: 'open' }> };

const initial: TillState = {
  seq: 0,
  epoch: 1,
  receipt_prefix: '',
  receipts: 0,
  training_receipts: 0,
  z_reports: 0,
  perpetual: { turnover_minor: 0, absolute_minor: 0 },
  currency: null,
  session: { status: 'closed' },
};

const decide = (command: TillCommand, state: TillState): readonly Decided[] => {
  if (command.type === 'OpenSession') return openSession(command, state);
  const open = sessionOpen(state);
  switch (command.type) {
    case 'RecordSale':
      return withinSums(recordSale(command, open), open);
    case 'RecordRefundWithoutReceipt':
      return withinSums(recordRefund(command, open), open);
    case 'OpenDrawer':
      return openDrawer(command);
    case 'MoveCash':
      return withinSums(moveCash(command), open);
    case 'CloseSession':
      return closeSession(command, open);
  }
};

const sessionOpen = (state: TillState): OpenState => {
  const { session } = state;
  if (session.status === 'open') return { ...state, session };
  throw new Refusal('SESSION_NOT_OPEN', 'No session is open. Open one with its float first; nothing was recorded.');
};

/** Refuses what the session's Z report could not add up exactly, so that a session can always be closed. */
const withinSums = (decided: readonly Decided[], { perpetual, session }: OpenState): readonly Decided[] => {
  const report = decided.reduce(
    (sums, event) => addToReport(sums, { ...event, seq: sums.last_seq + 1, occurred_at: '', staff_id: null }),
    session.report,
  );
  if (!fitsReport(report, addToPerpetual(perpetual, report))) {
    throw new Refusal('AMOUNT_TOO_LARGE', 'The totals of this till can hold no more. Nothing was recorded.', {
      limit_minor: sumMax,
    });
  }
  return decided;
};

const openSession = (command: CommandOf<'OpenSession'>, state: TillState): readonly Decided[] => {
  if (state.session.status === 'open') {
    throw new Refusal('SESSION_ALREADY_OPEN', 'A session is already open. Close it before opening the next.', {
      session_id: state.session.session_id,
    });
  }
  const { session_id, business_date, float, training, terms, authority } = command;
  const approved_by = approverOf('open_session', authority);
  if (state.currency !== null && state.currency !== terms.currency) {
    throw new Refusal(
      'CURRENCY_CHANGED',
      `This till counts in ${state.currency}; the catalog is in ${terms.currency}.`,
      {
        currency: state.currency,
      },
    );
  }
  checkFloat(float, terms);
  return [
    {
      type: 'SessionOpened',
      data: { currency: terms.currency, float, training },
      session: { session_id, business_date },
      approved_by,
    },
  ];
};

const checkFloat = (float: readonly Money[], terms: TenderTerms): void => {
  checkAmounts(float, (currency) => void acceptedCurrency(currency, terms));
  const below = float.find(({ amount_minor }) => amount_minor < 0);
  if (!below) return;
  const { currency } = below;
  throw new Refusal('AMOUNT_INVALID', `The float in ${currency} must be zero or more.`, { currency });
};

/**
 * Amounts of a float or a count, one for each currency. A count may be below zero, which no drawer can hold: it says
 * that more cash was paid back than was ever in the drawer, so that the till owes somebody that much.
 */
const checkAmounts = (amounts: readonly Money[], checkCurrency: (currency: string) => void): void => {
  const seen = new Set<string>();
  for (const { currency, amount_minor } of amounts) {
    checkCurrency(currency);
    if (!Number.isSafeInteger(amount_minor)) {
      throw new Refusal('AMOUNT_INVALID', `The amount in ${currency} must be a whole number.`, { currency });
    }
    withinLimit(amount_minor);
    if (seen.has(currency)) {
      throw new Refusal('COUNT_REPEATED', `${currency} is given twice. Give one amount for each currency.`, {
        currency,
      });
    }
    seen.add(currency);
  }
};

const recordSale = (command: CommandOf<'RecordSale'>, state: OpenState): readonly Decided[] => {
  const { local_id, lines, discount, payment, terms, authority } = command;
  const overridden = lines.some((line) => line.unit_price_minor !== line.list_price_minor);
  const discounted = discount !== undefined || lines.some((line) => line.discount !== undefined);
  const priced = priceLines(lines, discount);
  const approvals = [
    overridden ? approverOf('price_override', authority) : null,
    discounted ? approverOf('discount', authority) : null,
    isOverDiscountLimit(priced.lines, authority) ? approverOf('discount_over_limit', authority) : null,
  ];
  const settled = settleSale(priced.gross_minor, payment, terms);
  const { tip, ...paid } = settled;
  const sale: EventData['SaleRecorded'] = { ...numbered(state, terms), ...priced, ...paid, tip };
  return [
    {
      type: 'SaleRecorded',
      local_id,
      data: sale,
      approved_by: approvals.find((approver) => approver !== null) ?? null,
    },
    ...drawerFor('sale', local_id, settled),
  ];
};

const recordRefund = (command: CommandOf<'RecordRefundWithoutReceipt'>, state: OpenState): readonly Decided[] => {
  const { local_id, lines, tenders, terms, authority } = command;
  const approved_by = approverOf('refund_without_receipt', authority);
  const reason = given(command.reason);
  const priced = priceLines(lines);
  const settled = settleRefund(priced.gross_minor, tenders, terms);
  const { tip: _none, ...paid } = settled;
  const original = { original_local_id: null, original_receipt_number: null };
  return [
    {
      type: 'RefundRecorded',
      local_id,
      data: { ...numbered(state, terms), ...priced, ...paid, reason, ...original },
      approved_by,
    },
    ...drawerFor('refund', local_id, settled),
  ];
};

type Numbered = Pick<RecordedReceipt, 'receipt_number' | 'receipt_index' | 'training' | 'currency'>;

const numbered = (state: OpenState, terms: TenderTerms): Numbered => {
  const { training } = state.session.report;
  const receipt_index = (training ? state.training_receipts : state.receipts) + 1;
  const epoch = state.epoch === 1 ? [] : [String(state.epoch)];
  const parts = [state.receipt_prefix, ...epoch, ...(training ? ['T'] : []), String(receipt_index).padStart(6, '0')];
  return { receipt_number: parts.join('-'), receipt_index, training, currency: terms.currency };
};

const drawerFor = (reason: string, cause_local_id: string, { tenders, change }: Settlement): readonly Decided[] =>
  change.length > 0 || tenders.some(({ method }) => method === 'cash')
    ? [{ type: 'DrawerOpened', data: { reason, cause_local_id } }]
    : [];

const openDrawer = (command: CommandOf<'OpenDrawer'>): readonly Decided[] => {
  const approved_by = approverOf('no_sale', command.authority);
  return [{ type: 'DrawerOpened', data: { reason: given(command.reason), cause_local_id: null }, approved_by }];
};

const moveCash = (command: CommandOf<'MoveCash'>): readonly Decided[] => {
  const { local_id, kind, currency, amount_minor, terms, authority } = command;
  const approved_by = approverOf('cash_movement', authority);
  acceptedCurrency(currency, terms);
  if (!Number.isSafeInteger(amount_minor) || amount_minor <= 0) {
    throw new Refusal('AMOUNT_INVALID', 'The amount must be above zero.', { currency });
  }
  const reason = given(command.reason);
  return [
    {
      type: 'CashMoved',
      local_id,
      data: { kind, currency, amount_minor: withinLimit(amount_minor), reason },
      approved_by,
    },
    { type: 'DrawerOpened', data: { reason: kind, cause_local_id: local_id }, approved_by },
  ];
};

const given = (reason: string): string => {
  const text = reason.trim();
  if (text === '') throw new Refusal('REASON_MISSING', 'Say why: a reason is recorded with it.');
  return text;
};

const closeSession = (command: CommandOf<'CloseSession'>, state: OpenState): readonly Decided[] => {
  const { counted, closed_at, head, unsynced_events, terms, authority } = command;
  const approved_by = approverOf('close_session', authority);
  const { report } = state.session;
  checkAmounts(counted, (currency) => {
    // A catalog of today may no longer take a currency that lies in the drawer since this morning.
    if (!report.expected.some((sum) => sum.currency === currency)) acceptedCurrency(currency, terms);
  });
  const z_report = {
    ...report,
    z_number: report.training ? null : state.z_reports + 1,
    closed_at,
    closed_by: authority.by.staff_id,
    counted,
    difference: differenceOf(counted, report.expected),
    perpetual: addToPerpetual(state.perpetual, report),
    unsynced_events,
    prev_hash: head.hash,
  };
  return [{ type: 'SessionClosed', data: { z_report }, approved_by }];
};

const evolve = (before: TillState, event: TillEvent): TillState => {
  const state = { ...withReport(before, event), seq: event.seq, epoch: event.epoch };
  switch (event.type) {
    case 'TerminalStarted':
      return { ...state, receipt_prefix: event.terminal_id.slice(0, 4).toUpperCase() };
    case 'SessionOpened':
      return openedState(state, event);
    case 'SaleRecorded':
    case 'RefundRecorded':
      return event.data.training
        ? { ...state, training_receipts: event.data.receipt_index }
        : { ...state, receipts: event.data.receipt_index };
    case 'SessionClosed':
      return {
        ...state,
        z_reports: event.data.z_report.z_number ?? state.z_reports,
        perpetual: event.data.z_report.perpetual,
        session: { status: 'closed' },
      };
    case 'TerminalRecovered':
    case 'TerminalStopped':
    case 'TerminalEnrolled':
    case 'EpochStarted':
    case 'CatalogApplied':
    case 'ClockJumped':
    case 'StaffSignedIn':
    case 'StaffSignedOut':
    case 'SignInFailed':
    case 'StaffUnlocked':
    case 'DrawerOpened':
    case 'CashMoved':
      return state;
  }
};

const openedState = (state: TillState, event: TillEvent<'SessionOpened'>): TillState => {
  const { session_id, business_date } = event;
  if (session_id === null || business_date === null) return state;
  const report = addToReport(emptyReport(session_id, business_date), event);
  return { ...state, currency: event.data.currency, session: { status: 'open', session_id, business_date, report } };
};

const withReport = (state: TillState, event: TillEvent): TillState =>
  state.session.status === 'open' && event.session_id === state.session.session_id
    ? { ...state, session: { ...state.session, report: addToReport(state.session.report, event) } }
    : state;

/** The rules of a till: sessions, sales, refunds, cash and the Z report. */
export const till: Decider<TillState, TillCommand, Decided, TillEvent> = { initial, decide, evolve };
