import fc from 'fast-check';
import type { CashMovementKind } from '../../src/domain/event.js';
import { priceLines } from '../../src/domain/pricing.js';
import { leftOf, type OriginalSale, shareOf } from '../../src/domain/refund.js';
import type { TenderTerms } from '../../src/domain/settlement.js';
import { salesIn, tendersBack } from './original-sales.js';
import { waitingIn } from './parked-tickets.js';
import { authority, lines, lookInside, type Move, named, oneOf, pay, percent, purse, share } from './random-move.js';
import { ticketing } from './random-tickets.js';
import { apples, book, coffee, dinars, dollars, nickels, yen } from './specification.js';
import { headBefore, idOf } from './till-log.js';

const sale: fc.Arbitrary<Move> = fc
  .record({
    lines,
    purse,
    discount: fc.option(share.map(percent), { nil: null, freq: 3 }),
    tip: fc.option(
      fc.record({ amount_minor: fc.integer({ min: 1, max: 500 }), beneficiary: fc.constantFrom('staff', 'house') }),
      { nil: null, freq: 3 },
    ),
  })
  .map(
    named('sale', ({ lines: rung, purse: paying, discount, tip }) => ({ terms, newId }) => {
      const order = discount ?? undefined;
      const due = priceLines(rung, order).gross_minor + (tip?.amount_minor ?? 0);
      return {
        type: 'RecordSale',
        local_id: newId(),
        lines: rung,
        ...(order ? { discount: order } : {}),
        payment: { ...pay(due, paying, terms), ...(tip ? { tip } : {}) },
        terms,
        authority,
      };
    }),
  );

const refund: fc.Arbitrary<Move> = fc.tuple(lines, fc.boolean()).map(
  named('refund without receipt', ([rung, byCard]) => ({ terms, newId }) => {
    const due_minor = priceLines(rung).gross_minor;
    const tenders = tendersBack({ due_minor, most_minor: Infinity }, byCard ? 'card' : 'cash', terms);
    return {
      type: 'RecordRefundWithoutReceipt',
      local_id: newId(),
      lines: rung,
      tenders,
      reason: 'brought back',
      terms,
      authority,
    };
  }),
);

/** Gives back a part of what is left of a sale, now and then a gram more. */
const linkedRefund: fc.Arbitrary<Move> = fc
  .record({
    which: fc.nat(4),
    cut: fc.oneof(fc.constant(1000), fc.integer({ min: 1, max: 1000 })),
    beyond: fc.constantFrom(0, 0, 0, 1),
    byCard: fc.boolean(),
  })
  .map(
    named('refund', ({ which, cut, beyond, byCard }) => ({ terms, newId, events }) => {
      const original = oneOf(salesIn(events()), which);
      if (!original) return lookInside;
      const parts = leftOf(original)
        .lines.map(({ line_no, quantity_milli }) => ({
          line_no,
          quantity_milli: Math.ceil((quantity_milli * cut) / 1000),
        }))
        .filter(({ quantity_milli }) => quantity_milli > 0);
      if (parts.length === 0) return { ...voidIt(newId, original), reason: '' };
      const { due } = shareOf(original, parts);
      return {
        type: 'RecordRefund',
        local_id: newId(),
        sale: original,
        lines: parts.map((one) => ({ ...one, quantity_milli: one.quantity_milli + beyond * 1_000_000 })),
        tenders: tendersBack(due, byCard ? 'card' : 'cash', terms),
        reason: 'brought back',
        terms,
        authority,
      };
    }),
  );

const voidIt = (newId: () => string, original: OriginalSale) =>
  ({ type: 'VoidSale', local_id: newId(), sale: original, reason: 'wrong table', authority }) as const;

const voiding: fc.Arbitrary<Move> = fc.nat(4).map(
  named('void', (which) => ({ newId, events }) => {
    const original = oneOf(salesIn(events()), which);
    return original ? voidIt(newId, original) : lookInside;
  }),
);

/** Prints one of the newest receipts again, whether or not a session is open. */
const reprint: fc.Arbitrary<Move> = fc.nat(4).map(
  named('reprint', (which) => ({ events }) => {
    const original = oneOf(salesIn(events()), which);
    if (!original) return lookInside;
    const { receipt_number, training } = original.data;
    const receipt = { receipt_local_id: original.local_id, receipt_number, training, reprints: which };
    return { type: 'ReprintReceipt', ...receipt, reason: null, authority };
  }),
);

const movement: fc.Arbitrary<Move> = fc
  .tuple(
    fc.constantFrom<CashMovementKind>('paid_in', 'paid_out', 'drop'),
    fc.nat(2),
    fc.oneof(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 2 ** 31, max: 2 ** 40 })),
  )
  .map(
    named('cash', ([kind, which, amount_minor]) => ({ terms, newId }) => ({
      type: 'MoveCash',
      local_id: newId(),
      kind,
      currency: terms.currencies[which % terms.currencies.length]?.currency ?? terms.currency,
      amount_minor,
      reason: 'petty cash',
      terms,
      authority,
    })),
  );

const drawer: fc.Arbitrary<Move> = fc
  .constantFrom('look', 'change', 'test')
  .map(named('drawer', (reason) => () => ({ type: 'OpenDrawer', reason, authority })));

const open: fc.Arbitrary<Move> = fc
  .record({
    amounts: fc.array(fc.nat(10 ** 9), { maxLength: 3 }),
    training: fc.constantFrom(false, false, false, true),
  })
  .map(
    named('open', ({ amounts, training }) => ({ terms, newId, state, events }) => ({
      type: 'OpenSession',
      session_id: newId(),
      business_date: `2026-03-${String((state.z_reports % 28) + 1).padStart(2, '0')}`,
      float: terms.currencies
        .slice(0, amounts.length)
        .map(({ currency }, index) => ({ currency, amount_minor: amounts[index] ?? 0 })),
      training,
      open_tickets: waitingIn(events()),
      terms,
      authority,
    })),
  );

const close: fc.Arbitrary<Move> = fc.integer({ min: -5000, max: 5000 }).map(
  named('close', (over) => ({ terms, state, events }) => ({
    type: 'CloseSession',
    counted:
      state.session.status === 'closed'
        ? []
        : state.session.report.expected.map(({ currency, amount_minor }) => ({
            currency,
            amount_minor: amount_minor + over,
          })),
    closed_at: '2026-03-01T20:00:00.000Z',
    head: headBefore(state.seq),
    open_tickets: waitingIn(events()),
    unsynced_events: 0,
    terms,
    authority,
  })),
);

/** Goods come in, go away or are counted; what the till believes of them is of no matter here. */
const stock: fc.Arbitrary<Move> = fc
  .record({
    product: fc.constantFrom(coffee, book, apples),
    quantity_milli: fc.integer({ min: -20_000, max: 20_000 }),
    level_milli: fc.integer({ min: -20_000, max: 20_000 }),
    isCount: fc.boolean(),
  })
  .map(
    named('stock', ({ product: { code, name }, quantity_milli, level_milli, isCount }) => ({ newId }) => {
      const counted = { code, name, counted_milli: quantity_milli, level_milli };
      const common = { local_id: newId(), reason: 'stock', authority };
      if (isCount) return { type: 'CountStock', lines: [counted], ...common };
      return {
        type: 'ReceiveStock',
        lines: [{ code, name, quantity_milli }],
        supplier: null,
        reference: null,
        ...common,
      };
    }),
  );

/** What a rule must refuse in any state. */
const refused: Readonly<Record<string, Move>> = {
  'nothing sold': ({ terms, newId }) => ({
    type: 'RecordSale',
    local_id: newId(),
    lines: [],
    payment: { tenders: [] },
    terms,
    authority,
  }),
  'paid a cent': ({ terms, newId }) => ({
    type: 'RecordSale',
    local_id: newId(),
    lines: [book],
    payment: { tenders: [{ method: 'cash', amount_minor: 1 }] },
    terms,
    authority,
  }),
  'drawer without reason': () => ({ type: 'OpenDrawer', reason: ' ', authority }),
};

const nonsense: fc.Arbitrary<Move> = fc
  .constantFrom(...Object.keys(refused))
  .map(named('nonsense', (which) => refused[which] ?? (() => lookInside)));

/** A counterexample looks into the drawer wherever it does not matter what is done. */
const inside = fc.oneof(
  { withCrossShrink: true },
  { arbitrary: drawer, weight: 1 },
  { arbitrary: sale, weight: 6 },
  { arbitrary: refund, weight: 1 },
  { arbitrary: linkedRefund, weight: 2 },
  { arbitrary: voiding, weight: 2 },
  { arbitrary: reprint, weight: 1 },
  { arbitrary: movement, weight: 2 },
  { arbitrary: ticketing, weight: 6 },
  { arbitrary: stock, weight: 2 },
  { arbitrary: nonsense, weight: 1 },
);

/** A day at one till: a session that opens and closes, and what happens in it. Nothing, too, happens out of order. */
export const day = (movesMax: number): fc.Arbitrary<readonly Move[]> =>
  fc
    .record({ opening: open, moves: fc.array(inside, { maxLength: movesMax }), closing: close, stray: inside })
    .map(({ opening, moves, closing, stray }) => [opening, ...moves, closing, stray]);

/** Some days at one till. */
export const days = (daysMax: number, movesMax: number): fc.Arbitrary<readonly Move[]> =>
  fc.array(day(movesMax), { minLength: 1, maxLength: daysMax }).map((all) => all.flat());

/** A shop that rounds no cash, or one that does. */
export const anyTerms: fc.Arbitrary<TenderTerms> = fc.constantFrom(dollars, nickels, dinars, yen);

/** Ids in a row, the same in every run. */
export const idsFrom = (first: number): (() => string) => {
  let next = first;
  return () => {
    next += 1;
    return idOf(next);
  };
};
