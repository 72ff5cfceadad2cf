import fc from 'fast-check';
import type { TillEvent } from '../../src/domain/event.js';
import { multiplyDivide } from '../../src/domain/money.js';
import type { DiscountRequest, RungLine } from '../../src/domain/pricing.js';
import type { PaymentRequest, TenderRequest, TenderTerms } from '../../src/domain/settlement.js';
import type { TillState } from '../../src/domain/till.js';
import type { TillCommand } from '../../src/domain/till-command.js';
import { apples, book, coffee, manager } from './specification.js';

/** What a command needs besides the cashier's wish. */
export interface Moment {
  readonly state: TillState;
  readonly terms: TenderTerms;
  readonly newId: () => string;
  /** Every event so far, oldest first. */
  readonly events: () => readonly TillEvent[];
}

/** What a cashier does: a command as soon as it is known what the till knows. */
export type Move = (moment: Moment) => TillCommand;

/** Makes a move of what was drawn, which it tells when a law does not hold. */
export const named =
  <Drawn>(name: string, move: (drawn: Drawn) => Move) =>
  (drawn: Drawn): Move =>
    Object.assign(move(drawn), { [fc.toStringMethod]: () => `${name} ${fc.stringify(drawn)}` });

/** Everything is done by somebody who may. */
export const authority = { by: manager };
/** A discount of so many millionths. */
export const percent = (rate_ppm: number): DiscountRequest => ({ kind: 'percent', rate_ppm, reason: 'x' });
/** Millionths of a whole. */
export const share = fc.nat(1_000_000);

/** Goods as they are rung up. */
export const line: fc.Arbitrary<RungLine> = fc
  .record({
    product: fc.constantFrom(coffee, book, apples),
    quantity_milli: fc.oneof(fc.constant(1000), fc.integer({ min: 1, max: 20_000 })),
    override: fc.option(fc.nat(2000), { nil: null, freq: 4 }),
    discount: fc.option(share.map(percent), { nil: null, freq: 4 }),
  })
  .map(({ product, quantity_milli, override, discount }) => ({
    ...product,
    quantity_milli,
    unit_price_minor: override ?? product.unit_price_minor,
    ...(discount ? { discount } : {}),
  }));
/** What one customer takes. */
export const lines = fc.array(line, { minLength: 1, maxLength: 5 });

/** How a total is paid: a part by card, a part in pounds, the rest in cash and some more. */
export interface Purse {
  readonly card: number;
  readonly pounds: number;
  readonly more: number;
  readonly change: boolean;
}

const accepts = (terms: TenderTerms, currency: string): boolean =>
  terms.currencies.some((one) => one.currency === currency);

/** Pays a total out of a purse. */
export const pay = (due: number, { card, pounds, more, change }: Purse, terms: TenderTerms): PaymentRequest => {
  const byCard = multiplyDivide(due, card, 1_000_000);
  const inPounds = accepts(terms, 'LBP') ? multiplyDivide(due - byCard, pounds, 1_000_000) : 0;
  const rest = due - byCard - inPounds;
  const base = terms.currency;
  const tenders: readonly TenderRequest[] = [
    { method: 'card', amount_minor: byCard },
    { method: 'cash', currency: 'LBP', amount_minor: inPounds * 89_500 },
    { method: 'cash', currency: base, amount_minor: rest === 0 ? 0 : rest + more },
  ];
  return {
    tenders: tenders.filter(({ amount_minor }) => amount_minor > 0),
    ...(change && accepts(terms, 'LBP') ? { change_currency: 'LBP' } : {}),
  };
};

/** Any purse that can pay. */
export const purse: fc.Arbitrary<Purse> = fc.record({
  card: fc.oneof(fc.constantFrom(0, 1_000_000), share),
  pounds: fc.oneof(fc.constantFrom(0, 1_000_000), share),
  more: fc.integer({ min: 5, max: 5000 }),
  change: fc.boolean(),
});

/** What is done where there is nothing to do the drawn thing to. */
export const lookInside: TillCommand = { type: 'OpenDrawer', reason: 'nothing to correct', authority };

/** One of the newest, whatever has happened to it since. */
export const oneOf = <Item>(items: readonly Item[], which: number): Item | undefined =>
  items.slice(-5)[which % Math.min(5, items.length)];

/** A discount of either kind, or none. */
export const discounts: fc.Arbitrary<DiscountRequest | null> = fc.option(
  fc.oneof(
    share.map(percent),
    fc.nat(900).map((amount_minor): DiscountRequest => ({ kind: 'amount', amount_minor, reason: 'x' })),
  ),
  { nil: null, freq: 3 },
);

/** The discount of a command, where one was drawn. */
export const offered = (discount: DiscountRequest | null | undefined) => (discount ? { discount } : {});
