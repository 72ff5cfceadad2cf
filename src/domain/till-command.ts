import type { CountedMoney } from './cash-amounts.js';
import type { CashMovementKind, Head } from './event.js';
import type { Minor } from './money.js';
import type { Authority } from './permission.js';
import type { DiscountRequest, RungLine } from './pricing.js';
import type { OriginalSale, RefundedPart } from './refund.js';
import type { PaymentRequest, TenderRequest, TenderTerms } from './settlement.js';

/** What a cashier can ask a till for. Names, prices and rates are looked up before and arrive in the command. */
export type TillCommand =
  | {
      readonly type: 'OpenSession';
      readonly session_id: string;
      readonly business_date: string;
      readonly float: readonly CountedMoney[];
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
      readonly counted: readonly CountedMoney[];
      readonly closed_at: string;
      /** The last event before the closing. */
      readonly head: Head;
      readonly unsynced_events: number;
      readonly terms: TenderTerms;
      readonly authority: Authority;
    };

/** One command by its name. */
export type CommandOf<T extends TillCommand['type']> = Extract<TillCommand, { type: T }>;
