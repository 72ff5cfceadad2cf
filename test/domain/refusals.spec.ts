import { amountMax } from '../../src/domain/money.js';
import { noCorrections, type OriginalSale, type RefundedPart } from '../../src/domain/refund.js';
import { type RefusalCode, refusalCodes } from '../../src/domain/refusal.js';
import type { Ticket } from '../../src/domain/ticket.js';
import {
  type Asked,
  book,
  cash,
  coffee,
  dollars,
  given,
  saleOf,
  sessionOpened,
  did,
  manager,
  type When,
} from './specification.js';
import { salesIn } from './original-sales.js';
import { idOf } from './till-log.js';
import { errorWith } from '../errors.js';

/** Refused by the log, the catalog or the till's commands, which have specs of their own. */
type Elsewhere =
  | 'REJECTION_UNKNOWN'
  | 'REJECTION_SETTLED'
  | 'REPLACEMENT_UNKNOWN'
  | 'EVENT_TOO_LARGE'
  | 'UNKNOWN_CODE'
  | 'BARCODE_INVALID'
  | 'CATALOG_MISSING'
  | 'SALE_UNKNOWN'
  | 'SALE_KNOWN'
  | 'NOT_A_SALE'
  | 'TICKET_UNKNOWN'
  | 'TAX_QR_UNFIT';

const till = given(sessionOpened);
const open = { type: 'OpenSession', session_id: idOf(2), business_date: '2026-03-02', float: [] } as const;
const boss = { by: { staff_id: 'm', role: 'manager' } } as const;
const sell = (more: object): Asked => till.when({ type: 'RecordSale', lines: [book], ...more });

const sold = given(sessionOpened, saleOf(book));
const [sale] = salesIn(sold.log.events) as [OriginalSale];
const voided = { ...noCorrections, voided_by: idOf(3) };
const correct = (more: object): Asked =>
  sold.when({ type: 'VoidSale', sale, reason: 'x', authority: { by: manager }, tenders: [], ...more } as When);
const refund = (...lines: readonly RefundedPart[]): Asked => correct({ type: 'RecordRefund', lines });

const ticket: Ticket = {
  ...{ ticket_id: idOf(9), status: 'open', label: '', training: false, currency: 'USD', session_id: idOf(1) },
  ...{ lines: [{ ...book, line_no: 1 }], last_line_no: 1, discount: null, gross_minor: 1200 },
};

/** For every code a command that meets it. The compiler notices a code that has none. */
const meeting: Readonly<Record<Exclude<RefusalCode, Elsewhere>, Asked>> = {
  SESSION_NOT_OPEN: given().when({ type: 'RecordSale', lines: [book] }),
  SESSION_ALREADY_OPEN: till.when(open),
  SALE_EMPTY: sell({ lines: [] }),
  SALE_TOO_LONG: sell({ lines: Array.from({ length: 1001 }, () => coffee) }),
  UNKNOWN_CURRENCY: sell({ payment: { tenders: [cash(1200, 'XXX')] } }),
  UNKNOWN_METHOD: sell({ payment: { tenders: [{ method: 'cheque', amount_minor: 1200 }] } }),
  QUANTITY_INVALID: sell({ lines: [{ ...book, quantity_milli: 0 }] }),
  AMOUNT_INVALID: sell({ payment: { tenders: [cash(-1)] } }),
  AMOUNT_TOO_LARGE: sell({ payment: { tenders: [cash(Number.MAX_SAFE_INTEGER)] } }),
  DISCOUNT_TOO_LARGE: sell({ discount: { kind: 'amount', amount_minor: 1201, reason: 'x' } }),
  TENDER_MISSING: sell({ payment: { tenders: [] } }),
  TENDER_TOO_SMALL: sell({ payment: { tenders: [cash(1)] } }),
  TENDER_TOO_LARGE: sell({ payment: { tenders: [{ method: 'card', amount_minor: 1201 }] } }),
  REASON_MISSING: sell({ type: 'OpenDrawer', reason: '', authority: { by: { staff_id: 'm', role: 'manager' } } }),
  REASONS_EXHAUSTED: given(
    sessionOpened,
    ...Array.from({ length: 100 }, (_, index) =>
      did({ type: 'OpenDrawer', reason: `reason ${index}`, authority: boss }),
    ),
  ).when({ type: 'OpenDrawer', reason: 'one more', authority: boss }),
  APPROVAL_REQUIRED: sell({ type: 'OpenDrawer', reason: 'look' }),
  SALE_VOIDED: correct({ sale: { ...sale, corrections: voided } }),
  SALE_REFUNDED: correct({ sale: { ...sale, corrections: { ...noCorrections, refunds_count: 1 } } }),
  SALE_NOT_OF_SESSION: correct({ sale: { ...sale, session_id: idOf(2) } }),
  TRAINING_MISMATCH: correct({ type: 'RecordRefund', sale: { ...sale, data: { ...sale.data, training: true } } }),
  LINE_UNKNOWN: refund({ line_no: 2, quantity_milli: 1 }),
  LINE_REPEATED: refund({ line_no: 1, quantity_milli: 1 }, { line_no: 1, quantity_milli: 1 }),
  REFUND_EXCEEDS_SOLD: refund({ line_no: 1, quantity_milli: 1001 }),
  TICKET_CLOSED: sell({ ticket: { ...ticket, status: 'sold' } }),
  TICKET_EMPTY: sell({ ticket: { ...ticket, lines: [] }, lines: [] }),
  TICKETS_FULL: till.when({
    ...{ type: 'ParkTicket', ticket_id: idOf(7), lines: [book] },
    open_tickets: Array.from({ length: 500 }, () => ({ ...ticket, session_id: idOf(1), lines_count: 1 })),
  }),
  CURRENCY_CHANGED: given(sessionOpened, did({ type: 'CloseSession', counted: [] })).when({
    ...open,
    terms: { ...dollars, currency: 'LBP' },
  }),
  COUNT_REPEATED: till.when({
    type: 'CloseSession',
    counted: [
      { currency: 'USD', amount_minor: 1 },
      { currency: 'USD', amount_minor: 1 },
    ],
  }),
  COUNT_MISMATCH: till.when({
    type: 'CloseSession',
    counted: [{ currency: 'USD', amount_minor: 1, denominations: [] }],
  }),
  UNKNOWN_DENOMINATION: till.when({
    type: 'CloseSession',
    counted: [{ currency: 'USD', amount_minor: 3, denominations: [{ value_minor: 3, count: 1 }] }],
    terms: { ...dollars, denominations: { USD: [1, 5] } },
  }),
};

describe('Every refusal', () => {
  it.each(Object.entries(meeting))('%s is met, and leaves the till as it was', (code, asked) => {
    asked.thenRefuses(code as RefusalCode);
  });

  it('is listed here or has its spec elsewhere', () => {
    const elsewhere: readonly Elsewhere[] = [
      'EVENT_TOO_LARGE',
      'UNKNOWN_CODE',
      'BARCODE_INVALID',
      'CATALOG_MISSING',
      'SALE_UNKNOWN',
      'SALE_KNOWN',
      'NOT_A_SALE',
      'TICKET_UNKNOWN',
      'REJECTION_UNKNOWN',
      'REJECTION_SETTLED',
      'REPLACEMENT_UNKNOWN',
      'TAX_QR_UNFIT',
    ];
    const met: readonly string[] = [...Object.keys(meeting), ...elsewhere];
    expect(refusalCodes.filter((code) => !met.includes(code))).toEqual([]);
  });

  it('tells a person in a sentence what happened', () => {
    for (const asked of Object.values(meeting)) {
      expect(() => asked.decided).toThrow(/^[\p{Lu}“].{10,}\.$/u);
    }
  });
});

describe('Sums that a Z report could not hold', () => {
  const most = { ...book, unit_price_minor: amountMax, list_price_minor: amountMax };
  const richest = saleOf(most);
  const paid = { tenders: [cash(amountMax)] };
  const sold = did({ type: 'RecordSale', lines: [most], payment: paid });
  const full = given(sessionOpened, ...Array.from({ length: 999 }, () => sold));

  it('are refused before they are recorded, so that the session can always be closed', () => {
    expect(() => given(sessionOpened, richest)).toThrow(errorWith({ code: 'TENDER_TOO_SMALL' }));
    full.when({ type: 'RecordSale', lines: [most, coffee], payment: paid }).thenRefuses('AMOUNT_TOO_LARGE');
    const next = full.when({ type: 'RecordSale', lines: [most], payment: paid });
    next.thenRefuses('AMOUNT_TOO_LARGE', { limit_minor: Number.MAX_SAFE_INTEGER - amountMax });
    const { z } = full.when({ type: 'CloseSession', counted: [{ currency: 'USD', amount_minor: -amountMax }] });
    expect([z.turnover_minor, z.perpetual.absolute_minor, z.expected[0]?.amount_minor]).toEqual([
      999 * amountMax,
      999 * amountMax,
      999 * amountMax + 10_000,
    ]);
    expect(Number.isSafeInteger(z.difference[0]?.amount_minor)).toBe(true);
  });

  it('are refused for the perpetual totals too, over any number of sessions', () => {
    const closed = did({ type: 'CloseSession', counted: [] });
    const again = given(...[sessionOpened, ...Array.from({ length: 999 }, () => sold)], closed, sessionOpened);
    again.when({ type: 'RecordSale', lines: [most], payment: paid }).thenRefuses('AMOUNT_TOO_LARGE');
    again.when({ type: 'OpenDrawer', reason: 'x', authority: { by: { staff_id: 'm', role: 'manager' } } }).then({
      type: 'DrawerOpened',
    });
  });

  it('are refused for cash that is moved', () => {
    const move = {
      type: 'MoveCash',
      kind: 'paid_in',
      currency: 'LBP',
      amount_minor: amountMax,
      reason: 'x',
      authority: { by: { staff_id: 'm', role: 'manager' } },
    } as const;
    given(sessionOpened, ...Array.from({ length: 999 }, () => did(move)))
      .when(move)
      .thenRefuses('AMOUNT_TOO_LARGE');
  });
});
