import type { DenominationSum } from './cash-amounts.js';
import type { Minor, Money } from './money.js';
import type { PaperSettings } from './paper.js';
import type { DiscountRequest, PricedLines, RefundLine, SaleLine, TaxSum, TicketLine } from './pricing.js';
import type { ZReport } from './report.js';
import type { Change, SecondTotal, Tender, Tip } from './settlement.js';

/** A position in a log: which event, and what everything up to it hashes to. */
export interface Head {
  readonly epoch: number;
  readonly seq: number;
  /** Lower-case hex SHA-256 of the event at `seq`. */
  readonly hash: string;
}

/** Who did something, with the right that the catalog gave at that moment. */
export type Role = 'cashier' | 'supervisor' | 'manager';

/** Whose names stand on a paper: snapshots, because the catalog forgets who has left. */
export interface Signatories {
  /** Null when nobody knows it. */
  readonly staff_name: string | null;
  readonly approver_name: string | null;
}

/** What was printed: whoever makes the document again from the log gets the same. */
export interface PaperRecord {
  /** The version of the program's part that makes documents of events. */
  readonly renderer: number;
  /** Lower-case hex SHA-256 of the document. */
  readonly document_hash: string;
}

/** A sale or refund exactly as it was printed. All amounts are positive and in the base currency unless they say so. */
export interface RecordedReceipt extends PricedLines, Signatories {
  readonly receipt_number: string;
  /** Gapless per terminal; training receipts count on their own. */
  readonly receipt_index: number;
  readonly training: boolean;
  /** The base currency. */
  readonly currency: string;
  readonly rounding_minor: Minor;
  /** What the customer paid or got back: gross + tip + rounding. */
  readonly total_minor: Minor;
  /** Null where the shop shows no second currency. */
  readonly second_total: SecondTotal | null;
  readonly tenders: readonly Tender[];
  readonly change: readonly Change[];
}

/** Goods that came in. */
export interface StockedGoods {
  /** Of the product, also where a barcode was read. */
  readonly code: string;
  readonly name: string;
  /** Thousandths; below zero it went back to the supplier, or away. Never zero. */
  readonly quantity_milli: number;
}

/** Goods that were counted. All in thousandths. */
export interface CountedGoods {
  /** Of the product, also where a barcode was read. */
  readonly code: string;
  readonly name: string;
  /** What lay there. */
  readonly counted_milli: number;
  /** What the till believed at that moment; may be below zero. */
  readonly level_milli: number;
  /** counted − level: what the stock of the store moves by. */
  readonly difference_milli: number;
}

/** What a rule decides that each type of event says. One sale is one event. Field names are the stored names. */
export interface DecidedData {
  TerminalStarted: { readonly software_version: string; readonly zone: string; readonly public_key: string };
  /** The terminal found that it had not been stopped in order. */
  TerminalRecovered: {
    readonly last_receipt_number: string | null;
    readonly last_receipt_local_id: string | null;
    /** Whether that receipt is on paper: `unknown` when it was being printed; null when there was no printer. */
    readonly last_receipt_printed: 'printed' | 'not_printed' | 'unknown' | null;
  };
  TerminalStopped: { readonly reason: string };
  TerminalEnrolled: {
    readonly tenant_id: string;
    readonly store_id: string;
    readonly tenant_name: string;
    readonly store_name: string;
  };
  EpochStarted: { readonly previous: Head; readonly reason: string };
  CatalogApplied: {
    readonly catalog_version: number;
    readonly previous_version: number;
    readonly checksum: string;
    readonly currency: string;
    readonly products: number;
    /** What every paper shows from then on; here once, so that no sale has to repeat it. */
    readonly paper: PaperSettings;
  };
  ClockJumped: { readonly expected_at: string; readonly found_at: string; readonly jump_ms: number };
  SessionOpened: Signatories & {
    readonly currency: string;
    readonly float: readonly Money[];
    /** Which notes and coins the float is; none of a currency that was given as one amount. */
    readonly float_denominations: readonly DenominationSum[];
    readonly training: boolean;
  };
  SaleRecorded: RecordedReceipt & {
    readonly tip: Tip | null;
    /** The ticket that it sold, with all lines that were left of it, and ended; null when it was none. */
    readonly ticket_id: string | null;
  };
  RefundRecorded: Omit<RecordedReceipt, 'lines'> & {
    readonly lines: readonly RefundLine[];
    readonly reason: string;
    /** The sale that is refunded; null without receipt, and when another terminal's receipt does not tell it. */
    readonly original_local_id: string | null;
    readonly original_receipt_number: string | null;
    /** Whether this terminal found the sale in its own log, so that prices and what is left come from there. */
    readonly verified: boolean;
  };
  /** A sale of the same session is taken back whole. All amounts are those of the sale, as it was recorded. */
  SaleVoided: Signatories & {
    readonly sale_local_id: string;
    /** Of the sale; a void has no number of its own. */
    readonly receipt_number: string;
    readonly training: boolean;
    /** What goes back on the shelf, as it was printed. */
    readonly lines: readonly VoidedLine[];
    readonly reason: string;
    readonly currency: string;
    readonly net_minor: Minor;
    readonly tax_minor: Minor;
    readonly gross_minor: Minor;
    readonly taxes: readonly TaxSum[];
    readonly rounding_minor: Minor;
    readonly tip: Tip | null;
    readonly total_minor: Minor;
    readonly second_total: SecondTotal | null;
    readonly tenders: readonly Tender[];
    readonly change: readonly Change[];
  };
  /** A receipt was printed again, marked as a duplicate. */
  ReceiptReprinted: Signatories & {
    readonly receipt_local_id: string;
    readonly receipt_number: string;
    /** Counts from 1 for each receipt. */
    readonly copy_no: number;
    /** Null when none was given. */
    readonly reason: string | null;
  };
  /** Lines are kept for later. The first one makes the ticket; a later one adds lines and says what holds from now on. */
  TicketParked: {
    readonly ticket_id: string;
    /** Of the whole ticket, like the discount; empty when nobody gave it one. */
    readonly label: string;
    readonly training: boolean;
    readonly currency: string;
    /** Only what was added; their numbers count on. */
    readonly lines: readonly TicketLine[];
    readonly discount: DiscountRequest | null;
    /** What the whole ticket comes to now, with tax and all discounts. */
    readonly ticket_gross_minor: Minor;
  };
  /** Somebody took the ticket in hand at the screen. It stays listed until it is sold or discarded. */
  TicketResumed: { readonly ticket_id: string };
  /** A line of a ticket, or a part of it, is taken off and will not be sold. */
  LineVoided: {
    readonly ticket_id: string;
    readonly line_no: number;
    readonly code: string;
    readonly name: string;
    readonly quantity_milli: number;
    /** The line from now on; null when nothing is left of it. */
    readonly left: TicketLine | null;
    /** What that quantity was worth: with tax and the line's own discount, before one on the whole ticket. */
    readonly gross_minor: Minor;
    /** What is left of the whole ticket, with tax and all discounts. */
    readonly ticket_gross_minor: Minor;
    readonly reason: string;
  };
  TicketDiscarded: {
    readonly ticket_id: string;
    readonly label: string;
    readonly lines_count: number;
    /** What the ticket came to, with tax and all discounts. */
    readonly gross_minor: Minor;
    readonly reason: string;
  };
  /** A ticket that was open when its session was closed belongs to the one that is opened with this. */
  TicketCarriedOver: {
    readonly ticket_id: string;
    readonly label: string;
    readonly from_session_id: string;
    readonly gross_minor: Minor;
  };
  /** Names only where it has no cause: else they stand there. */
  DrawerOpened: Signatories & { readonly reason: string; readonly cause_local_id: string | null };
  CashMoved: Signatories & {
    readonly kind: CashMovementKind;
    readonly currency: string;
    readonly amount_minor: Minor;
    readonly reason: string;
  };
  SessionClosed: Signatories & { readonly z_report: ZReport };
  /** Goods came in, or went back or away. */
  StockReceived: {
    readonly lines: readonly StockedGoods[];
    readonly supplier: string | null;
    /** A delivery note, an invoice. */
    readonly reference: string | null;
    /** Why; never null when something went back or away. */
    readonly reason: string | null;
  };
  /** Goods were counted; each product once. */
  StockCounted: { readonly lines: readonly CountedGoods[]; readonly reason: string };
  /** Somebody signed in with a PIN; who, stands in the envelope too. */
  StaffSignedIn: { readonly staff_code: string; readonly name: string; readonly role: Role };
  StaffSignedOut: { readonly staff_code: string };
  /** Somebody tried and was not let in. The PIN is nowhere. */
  SignInFailed: SignInFailure;
  /** A manager lets somebody try again who was locked out after wrong PINs. */
  StaffUnlocked: { readonly staff_code: string; readonly unlocked_staff_id: string };
  /** People decided about an event that central refused; it stays in the log and in its Z. */
  RejectionSettled: {
    readonly rejected_local_id: string;
    /** Why nothing more needs to happen, for whoever asks later. */
    readonly resolution: string;
    /** The event of this log that puts it right; null when none had to. */
    readonly replaced_by: string | null;
  };
  /** The log, or a part of it, was written into a sealed bundle at the till. */
  LogExported: Signatories & {
    /** The first event that is in it. */
    readonly first_seq: number;
    /** The last one. */
    readonly head: Head;
    /** Lower-case hex SHA-256 of the manifest, which names everything that is in the bundle. */
    readonly manifest_sha256: string;
  };
}

/** A line of a sale that was taken back. */
export type VoidedLine = Omit<
  SaleLine,
  'category' | 'catalog_version' | 'tax_code' | 'tax_mode' | 'rate_ppm' | 'net_minor' | 'tax_minor' | 'gross_minor'
>;

/** The events that always have a paper, of which the log says what was printed. */
type Printed = 'SaleRecorded' | 'RefundRecorded' | 'SaleVoided' | 'CashMoved' | 'SessionClosed';

/** Says of each type what was printed; null for a drawer that something else opened, which has its own paper. */
type PaperOf<K> = K extends Printed
  ? { readonly paper: PaperRecord }
  : K extends 'DrawerOpened'
    ? { readonly paper: PaperRecord | null }
    : unknown;

/** What each type of event says once it is recorded. */
export type EventData = {
  [K in keyof DecidedData]: DecidedData[K] & PaperOf<K>;
};

/** An attempt at a PIN that failed. */
export interface SignInFailure {
  /**
   * What was typed; of a code that nobody has at most 20 characters, without control characters. Null for one that could
   * be somebody's PIN in the wrong field.
   */
  readonly staff_code: string | null;
  /** Whose code it is; null when nobody has it. */
  readonly claimed_staff_id: string | null;
  /** `locked_out`: it was not looked at, because too many before it were wrong; said once for each pause. */
  readonly reason: 'wrong_pin' | 'unknown_code' | 'no_pin' | 'locked_out';
  readonly for: PinPurpose;
}

/** What a PIN was typed for. */
export type PinPurpose = 'sign_in' | 'approval';

/** Cash that goes in or out without a sale: `drop` goes to the safe. */
export type CashMovementKind = 'paid_in' | 'paid_out' | 'drop';

/** The name of a type of event. */
export type EventType = keyof EventData;

/** What every event carries besides its data. Names and meaning are those of the stored envelope. */
export interface EventMeta {
  readonly local_id: string;
  readonly tenant_id: string | null;
  readonly store_id: string | null;
  readonly terminal_id: string;
  readonly epoch: number;
  readonly seq: number;
  readonly session_id: string | null;
  readonly business_date: string | null;
  readonly occurred_at: string;
  readonly utc_offset_minutes: number;
  readonly staff_id: string | null;
  readonly approved_by: string | null;
  readonly catalog_version: number;
}

/** A recorded event. A union over all types: a `switch` on `type` narrows `data`. */
export type TillEvent<T extends EventType = EventType> = {
  [K in T]: EventMeta & { readonly type: K; readonly data: EventData[K] };
}[T];

/** An event that a rule decided on and that is not recorded yet. `local_id` only where another event names it. */
export type Decided<T extends EventType = EventType> = {
  [K in T]: {
    readonly type: K;
    readonly data: DecidedData[K];
    readonly local_id?: string;
    readonly approved_by?: string | null;
    /** Set by the events that open a session, whose id and date they then carry themselves. */
    readonly session?: { readonly session_id: string; readonly business_date: string };
  };
}[T];
