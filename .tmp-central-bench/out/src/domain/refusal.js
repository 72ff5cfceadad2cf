/**
 * Every reason for which a rule may say no. Clients depend on them: a released code is never renamed.
 * Each has a spec that meets it.
 */
export const refusalCodes = [
    'SESSION_NOT_OPEN',
    'SESSION_ALREADY_OPEN',
    'SALE_EMPTY',
    'SALE_TOO_LONG',
    'UNKNOWN_CODE',
    'UNKNOWN_CURRENCY',
    'UNKNOWN_METHOD',
    'UNKNOWN_TAX',
    'QUANTITY_INVALID',
    'AMOUNT_INVALID',
    'AMOUNT_TOO_LARGE',
    'DISCOUNT_TOO_LARGE',
    'TENDER_MISSING',
    'TENDER_TOO_SMALL',
    'TENDER_TOO_LARGE',
    'REASON_MISSING',
    'APPROVAL_REQUIRED',
    'CATALOG_MISSING',
    'CATALOG_INVALID',
    'CURRENCY_CHANGED',
    'COUNT_REPEATED',
    'EVENT_TOO_LARGE',
];
/**
 * A rule said no. Expected and harmless: nothing was recorded, and the same command on the same state is refused
 * again.
 */
export class Refusal extends Error {
    code;
    details;
    /**
     * @param code what a program may rely on
     * @param message what happened, what it means for the money, and what to do: one or two sentences for a person
     * @param details figures and names for a program, none secret
     */
    constructor(code, message, details = {}) {
        super(message);
        this.code = code;
        this.details = details;
        this.name = 'Refusal';
    }
}
/** Claims what must be so unless the program itself is wrong; then it throws, and nobody catches it. */
export function invariant(condition, claim) {
    if (!condition)
        throw new Error(`Invariant broken: ${claim}`);
}
