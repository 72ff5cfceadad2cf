import { type Minor, type Money, multiplyDivide, type Ratio, roundToStep, withinLimit } from './money.js';
import { Refusal } from './refusal.js';

/** A currency that the till takes, as the catalog has it at this moment. */
export interface AcceptedCurrency {
  readonly currency: string;
  /** Base minor units per minor unit of this currency, exact: base = amount × numerator ÷ denominator. */
  readonly rate: Ratio;
  /** The smallest coin in minor units; cash is rounded to it. 1 means no rounding. */
  readonly cash_step_minor: Minor;
}

/** A total in the shop's second currency, at the rate that held. */
export interface SecondTotal {
  readonly currency: string;
  /** Base minor units per minor unit of this currency, exact. */
  readonly rate: Ratio;
  readonly total_minor: Minor;
  readonly tax_minor: Minor;
}

/** What the till may be paid with. */
export interface TenderTerms {
  /** The base currency, in which prices and totals are. */
  readonly currency: string;
  readonly currencies: readonly AcceptedCurrency[];
  /** Methods other than `cash`; `cash` is always taken. */
  readonly methods: readonly string[];
  /** One of `currencies`, in which receipts show their total too; none when left out. */
  readonly second_currency?: string | undefined;
  /** The notes and coins of a currency, in its minor unit; any when a currency is left out. They matter in counts only. */
  readonly denominations?: Readonly<Record<string, readonly Minor[]>> | undefined;
}

/** One way of paying, as the cashier entered it. */
export interface TenderRequest {
  readonly method: string;
  /** The base currency when left out. */
  readonly currency?: string;
  readonly amount_minor: Minor;
  /** What the card machine printed, for example. */
  readonly reference?: string;
}

/** One tender as recorded, with the rate it was taken at. */
export interface Tender extends Money {
  readonly method: string;
  /** The same in the base currency. */
  readonly base_minor: Minor;
  readonly rate: Ratio;
  readonly reference: string | null;
}

/** Cash given back, with the rate it was given at. `base_minor` is exactly what was due back. */
export interface Change extends Money {
  readonly base_minor: Minor;
  readonly rate: Ratio;
}

/** A tip: never turnover. `staff` says that it belongs to the staff, `house` to the shop. */
export interface Tip {
  readonly amount_minor: Minor;
  readonly beneficiary: 'staff' | 'house';
}

/** How a sale was paid: Σ tenders.base − Σ change.base = gross + tip + rounding = total. */
export interface Settlement {
  readonly tip: Tip | null;
  /** Signed: what cash rounding added to (or took off) the amount to pay. */
  readonly rounding_minor: Minor;
  readonly total_minor: Minor;
  readonly tenders: readonly Tender[];
  readonly change: readonly Change[];
}

/** What a payment is asked for. */
export interface PaymentRequest {
  readonly tenders: readonly TenderRequest[];
  /** The base currency when left out. */
  readonly change_currency?: string;
  readonly tip?: Tip;
}

/** The most tenders that one sale may be split over. */
export const tendersMax = 100;

/**
 * Settles a sale: converts each tender once, rounds the cash part to the smallest coin, and gives change in cash.
 *
 * @throws Refusal TENDER_MISSING, TENDER_TOO_SMALL, TENDER_TOO_LARGE, UNKNOWN_CURRENCY, UNKNOWN_METHOD, AMOUNT_INVALID
 */
export const settleSale = (gross: Minor, request: PaymentRequest, terms: TenderTerms): Settlement => {
  const { tip, due, tenders, rounding_minor, total_minor } = priceCash(gross, request, terms);
  const paid = withinLimit(tenders.reduce((sum, tender) => sum + tender.base_minor, 0));
  const over = paid - total_minor;
  if (over < 0) {
    throw new Refusal(
      'TENDER_TOO_SMALL',
      'The tenders do not cover the total. Nothing was recorded: ask for the rest.',
      {
        total_minor,
        tendered_minor: paid,
        missing_minor: -over,
      },
    );
  }
  if (otherThanCash(tenders) > due) {
    throw new Refusal('TENDER_TOO_LARGE', 'Only cash gives change: enter no more than the total on other tenders.', {
      total_minor: due,
      tendered_minor: paid,
    });
  }
  const change = over === 0 ? [] : [changeIn(over, request.change_currency ?? terms.currency, terms)];
  return { tip, rounding_minor, total_minor, tenders, change };
};

/** What a refund is to give back, in the base currency. */
export interface RefundDue {
  /** What is due before the cash in it is rounded to the smallest coin. */
  readonly due_minor: Minor;
  /** What may be given back at most: cash that would be rounded to more is rounded down. */
  readonly most_minor: Minor;
}

/**
 * Settles a refund: the tenders are what is paid back and must be the total exactly.
 *
 * @param due what is given back of a recorded sale; the gross amount, however it is rounded, when left out
 * @throws Refusal TENDER_MISSING, TENDER_TOO_SMALL, TENDER_TOO_LARGE, UNKNOWN_CURRENCY, UNKNOWN_METHOD, AMOUNT_INVALID
 */
export const settleRefund = (
  gross: Minor,
  requests: readonly TenderRequest[],
  terms: TenderTerms,
  due: RefundDue = { due_minor: gross, most_minor: Number.MAX_SAFE_INTEGER },
): Settlement => {
  const { due_minor, most_minor } = due;
  const { tenders, total_minor: nearest } = priceCash(due_minor, { tenders: requests }, terms);
  const paid = tenders.reduce((sum, tender) => sum + tender.base_minor, 0);
  if (otherThanCash(tenders) > due_minor) {
    throw new Refusal('TENDER_TOO_LARGE', 'A refund pays back exactly its total. Nothing was recorded.', {
      total_minor: due_minor,
      tendered_minor: paid,
    });
  }
  const step = acceptedCurrency(terms.currency, terms).cash_step_minor;
  const total_minor = nearest > most_minor ? nearest - step : nearest;
  const rounding_minor = total_minor - gross;
  if (paid !== total_minor) {
    throw new Refusal(
      paid < total_minor ? 'TENDER_TOO_SMALL' : 'TENDER_TOO_LARGE',
      'A refund pays back exactly its total. Nothing was recorded.',
      { total_minor, tendered_minor: paid },
    );
  }
  return { tip: null, rounding_minor, total_minor, tenders, change: [] };
};

const priceCash = (gross: Minor, request: PaymentRequest, terms: TenderTerms) => {
  const tip = checkedTip(request.tip);
  const due = withinLimit(gross + (tip?.amount_minor ?? 0));
  if (request.tenders.length > tendersMax) {
    throw new Refusal('TENDER_TOO_LARGE', `At most ${String(tendersMax)} tenders pay one sale.`);
  }
  if (request.tenders.length === 0 && due !== 0) {
    throw new Refusal('TENDER_MISSING', 'Nothing was tendered. Nothing was recorded.', { total_minor: due });
  }
  const tenders = request.tenders.map((tender) => takeTender(tender, terms, due));
  const cashDue = due - otherThanCash(tenders);
  const rounding_minor = tenders.some(({ method }) => method === 'cash') ? roundingOf(cashDue, terms) : 0;
  return { tip, due, tenders, rounding_minor, total_minor: due + rounding_minor };
};

const otherThanCash = (tenders: readonly Tender[]): Minor =>
  tenders.reduce((sum, { method, base_minor }) => sum + (method === 'cash' ? 0 : base_minor), 0);

const checkedTip = (tip: Tip | undefined): Tip | null => {
  if (!tip) return null;
  if (!Number.isSafeInteger(tip.amount_minor) || tip.amount_minor <= 0) {
    throw new Refusal('AMOUNT_INVALID', 'A tip must be above zero.');
  }
  return tip;
};

const roundingOf = (cashDue: Minor, terms: TenderTerms): Minor => {
  const step = acceptedCurrency(terms.currency, terms).cash_step_minor;
  return step === 1 ? 0 : roundToStep(cashDue, step) - cashDue;
};

const takeTender = (request: TenderRequest, terms: TenderTerms, due: Minor): Tender => {
  const { method, amount_minor } = request;
  if (method !== 'cash' && !terms.methods.includes(method)) {
    throw new Refusal('UNKNOWN_METHOD', `This shop does not take “${method}”.`, { method });
  }
  // Cash may be zero: what is due may round to nothing, and is then paid, or paid back, with no coin at all.
  const least = due === 0 || method === 'cash' ? 0 : 1;
  if (!Number.isSafeInteger(amount_minor) || amount_minor < least) {
    throw new Refusal('AMOUNT_INVALID', 'A tender must be above zero.', { method });
  }
  const { currency, rate } = acceptedCurrency(request.currency ?? terms.currency, terms);
  const base_minor = withinLimit(multiplyDivide(withinLimit(amount_minor), rate.numerator, rate.denominator));
  return { method, currency, amount_minor, base_minor, rate, reference: request.reference ?? null };
};

const changeIn = (over: Minor, wanted: string, terms: TenderTerms): Change => {
  const { currency, rate, cash_step_minor } = acceptedCurrency(wanted, terms);
  const exact = multiplyDivide(over, rate.denominator, rate.numerator);
  return { currency, amount_minor: withinLimit(roundToStep(exact, cash_step_minor)), base_minor: over, rate };
};

/**
 * Total and tax of a receipt in the shop's second currency, each rounded once; null where it shows none.
 * @throws Refusal UNKNOWN_CURRENCY, AMOUNT_TOO_LARGE
 */
export const secondTotal = (total: Minor, tax: Minor, terms: TenderTerms): SecondTotal | null => {
  if (terms.second_currency === undefined) return null;
  const { currency, rate } = acceptedCurrency(terms.second_currency, terms);
  const converted = (amount: Minor): Minor => multiplyDivide(amount, rate.denominator, rate.numerator);
  return { currency, rate, total_minor: converted(total), tax_minor: converted(tax) };
};

/**
 * The currency as the till takes it.
 * @throws Refusal UNKNOWN_CURRENCY
 */
export const acceptedCurrency = (currency: string, terms: TenderTerms): AcceptedCurrency => {
  const accepted = terms.currencies.find((candidate) => candidate.currency === currency);
  if (accepted) return accepted;
  throw new Refusal('UNKNOWN_CURRENCY', `This shop does not take “${currency}”.`, { currency });
};

/** What the tenders and the change did to the drawer, per currency: cash in is positive. */
export const cashOf = (settlement: Pick<Settlement, 'tenders' | 'change'>): readonly Money[] => [
  ...settlement.tenders
    .filter(({ method }) => method === 'cash')
    .map(({ currency, amount_minor }) => ({ currency, amount_minor })),
  ...settlement.change.map(({ currency, amount_minor }) => ({ currency, amount_minor: 0 - amount_minor })),
];
