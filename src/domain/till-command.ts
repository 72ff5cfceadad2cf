import type { CountedMoney } from './cash-amounts.js';
import type { CashMovementKind, CountedGoods, Head, StockedGoods } from './event.js';
import type { Minor } from './money.js';
import type { Authority } from './permission.js';
import type { DiscountRequest, RungLine } from './pricing.js';
import type { OriginalSale, RefundedPart } from './refund.js';
import type { PaymentRequest, TenderRequest, TenderTerms } from './settlement.js';
import type { Ticket, WaitingTicket } from './ticket.js';

/** What a cashier can ask a till for. Names, prices and rates are looked up before and arrive in the command. */
export type TillCommand =
  | {
      readonly type: 'OpenSession';
      readonly session_id: string;
      readonly business_date: string;
      readonly float: readonly CountedMoney[];
      readonly training: boolean;
      /** Every ticket that is open, oldest first. */
      readonly open_tickets: readonly WaitingTicket[];
      readonly terms: TenderTerms;
      readonly authority: Authority;
    }
  | {
      readonly type: 'RecordSale';
      readonly local_id: string;
      /** Sold whole, before the lines. */
      readonly ticket?: Ticket;
      readonly lines: readonly RungLine[];
      readonly discount?: DiscountRequest;
      readonly payment: PaymentRequest;
      readonly terms: TenderTerms;
      readonly authority: Authority;
    }
  | {
      readonly type: 'RecordRefund';
      readonly local_id: string;
      readonly sale: OriginalSale;
      readonly lines: readonly RefundedPart[];
      readonly tenders: readonly TenderRequest[];
      readonly reason: string;
      readonly terms: TenderTerms;
      readonly authority: Authority;
    }
  | {
      readonly type: 'VoidSale';
      readonly local_id: string;
      readonly sale: OriginalSale;
      readonly reason: string;
      readonly authority: Authority;
    }
  | {
      readonly type: 'RecordRefundWithoutReceipt';
      readonly local_id: string;
      readonly lines: readonly RungLine[];
      /** A receipt of another terminal; its sale is not in this log, so nothing of it can be checked. */
      readonly original?: { readonly receipt_number: string; readonly local_id: string | null };
      readonly tenders: readonly TenderRequest[];
      readonly reason: string;
      readonly terms: TenderTerms;
      readonly authority: Authority;
    }
  | {
      readonly type: 'ReprintReceipt';
      readonly receipt_local_id: string;
      readonly receipt_number: string;
      readonly training: boolean;
      /** How often it was printed again before. */
      readonly reprints: number;
      readonly reason: string | null;
      readonly authority: Authority;
    }
  | TicketCommand
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
      readonly type: 'ReceiveStock';
      readonly local_id: string;
      readonly lines: readonly StockedGoods[];
      readonly supplier: string | null;
      readonly reference: string | null;
      readonly reason: string | null;
      readonly authority: Authority;
    }
  | {
      readonly type: 'CountStock';
      readonly local_id: string;
      readonly lines: readonly Omit<CountedGoods, 'difference_milli'>[];
      readonly reason: string;
      readonly authority: Authority;
    }
  | {
      readonly type: 'CloseSession';
      readonly counted: readonly CountedMoney[];
      readonly closed_at: string;
      /** The last event before the closing. */
      readonly head: Head;
      /** Every ticket that is open, oldest first. */
      readonly open_tickets: readonly WaitingTicket[];
      readonly unsynced_events: number;
      readonly terms: TenderTerms;
      readonly authority: Authority;
    };

/** What a cashier can ask for with goods that are not sold yet. */
export type TicketCommand =
  | {
      readonly type: 'ParkTicket';
      readonly ticket_id: string;
      /** Left out for a new one. */
      readonly ticket?: Ticket;
      /** Left as it is when left out, like the discount. */
      readonly label?: string;
      readonly lines: readonly RungLine[];
      readonly discount?: DiscountRequest;
      /** Every ticket that is open; asked for a new one only. */
      readonly open_tickets: readonly WaitingTicket[];
      readonly terms: TenderTerms;
      readonly authority: Authority;
    }
  | { readonly type: 'ResumeTicket'; readonly ticket: Ticket; readonly authority: Authority }
  | {
      readonly type: 'VoidLine';
      readonly ticket: Ticket;
      readonly line_no: number;
      /** Thousandths; all that is left of the line when left out. */
      readonly quantity_milli?: number;
      readonly reason: string;
      readonly authority: Authority;
    }
  | {
      readonly type: 'DiscardTicket';
      readonly ticket: Ticket;
      readonly reason: string;
      readonly authority: Authority;
    };

/** One command by its name. */
export type CommandOf<T extends TillCommand['type']> = Extract<TillCommand, { type: T }>;
