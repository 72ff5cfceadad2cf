/**
 * Every reason for which a rule may say no. Clients depend on them: a released code is never renamed.
 * Each has a spec that meets it.
 */
export const refusalCodes = [
  'SESSION_NOT_OPEN',
  'SESSION_ALREADY_OPEN',
  'BARCODE_INVALID',
  'SALE_EMPTY',
  'SALE_TOO_LONG',
  'UNKNOWN_CODE',
  'UNKNOWN_CURRENCY',
  'UNKNOWN_METHOD',
  'QUANTITY_INVALID',
  'AMOUNT_INVALID',
  'AMOUNT_TOO_LARGE',
  'DISCOUNT_TOO_LARGE',
  'TENDER_MISSING',
  'TENDER_TOO_SMALL',
  'TENDER_TOO_LARGE',
  'REASON_MISSING',
  'REASONS_EXHAUSTED',
  'SALE_UNKNOWN',
  'NOT_A_SALE',
  'SALE_KNOWN',
  'SALE_VOIDED',
  'SALE_REFUNDED',
  'SALE_NOT_OF_SESSION',
  'TRAINING_MISMATCH',
  'LINE_UNKNOWN',
  'LINE_REPEATED',
  'REFUND_EXCEEDS_SOLD',
  'TICKET_UNKNOWN',
  'TICKET_CLOSED',
  'TICKET_EMPTY',
  'TICKETS_FULL',
  'APPROVAL_REQUIRED',
  'CATALOG_MISSING',
  'CURRENCY_CHANGED',
  'COUNT_REPEATED',
  'COUNT_MISMATCH',
  'UNKNOWN_DENOMINATION',
  'EVENT_TOO_LARGE',
  'REJECTION_UNKNOWN',
  'REJECTION_SETTLED',
  'REPLACEMENT_UNKNOWN',
  'TAX_QR_UNFIT',
] as const;

/** One of {@link refusalCodes}. */
export type RefusalCode = (typeof refusalCodes)[number];

/**
 * A rule said no. Expected and harmless: nothing was recorded, and the same command on the same state is refused
 * again.
 */
export class Refusal extends Error {
  /**
   * @param code what a program may rely on
   * @param message what happened, what it means for the money, and what to do: one or two sentences for a person
   * @param details figures and names for a program, none secret
   */
  constructor(
    readonly code: RefusalCode,
    message: string,
    readonly details: Readonly<Record<string, string | number>> = {},
  ) {
    super(message);
    this.name = 'Refusal';
  }
}

/** Claims what must be so unless the program itself is wrong; then it throws, and nobody catches it. */
export function invariant(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new Error(`Invariant broken: ${claim}`);
}
