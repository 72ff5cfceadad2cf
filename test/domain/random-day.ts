import fc from 'fast-check';
import type { CashMovementKind, TillEvent } from '../../src/domain/event.js';
import { multiplyDivide } from '../../src/domain/money.js';
import { type DiscountRequest, priceLines, type RungLine } from '../../src/domain/pricing.js';
import { leftOf, type OriginalSale, shareOf } from '../../src/domain/refund.js';
import type { PaymentRequest, TenderRequest, TenderTerms } from '../../src/domain/settlement.js';
import { priceGoods, type Ticket } from '../../src/domain/ticket.js';
import type { TillState } from '../../src/domain/till.js';
import type { TillCommand } from '../../src/domain/till-command.js';
import { salesIn, tendersBack } from './original-sales.js';
import { ticketsIn, waitingIn } from './parked-tickets.js';
import { apples, book, coffee, dinars, dollars, manager, nickels, yen } from './specification.js';
import { headBefore, idOf } from './till-log.js';

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

const authority = { by: manager };
const percent = (rate_ppm: number): DiscountRequest => ({ kind: 'percent', rate_ppm, reason: 'x' });
const share = fc.nat(1_000_000);

const line: fc.Arbitrary<RungLine> = fc
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
const lines = fc.array(line, { minLength: 1, maxLength: 5 });

/** How a total is paid: a part by card, a part in pounds, the rest in cash and some more. */
interface Purse {
  readonly card: number;
  readonly pounds: number;
  readonly more: number;
  readonly change: boolean;
}

const accepts = (terms: TenderTerms, currency: string): boolean =>
  terms.currencies.some((one) => one.currency === currency);

const pay = (due: number, { card, pounds, more, change }: Purse, terms: TenderTerms): PaymentRequest => {
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

const purse: fc.Arbitrary<Purse> = fc.record({
  card: fc.oneof(fc.constantFrom(0, 1_000_000), share),
  pounds: fc.oneof(fc.constantFrom(0, 1_000_000), share),
  more: fc.integer({ min: 5, max: 5000 }),
  change: fc.boolean(),
});

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
  .map(({ lines: rung, purse: paying, discount, tip }) => ({ terms, newId }) => {
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
  });

const refund: fc.Arbitrary<Move> = fc.tuple(lines, fc.boolean()).map(([rung, byCard]) => ({ terms, newId }) => {
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
});

const lookInside: TillCommand = { type: 'OpenDrawer', reason: 'nothing to correct', authority };

/** One of the newest, whatever has happened to it since. */
const oneOf = <Item>(items: readonly Item[], which: number): Item | undefined =>
  items.slice(-5)[which % Math.min(5, items.length)];

/** Gives back a part of what is left of a sale, now and then a gram more. */
const linkedRefund: fc.Arbitrary<Move> = fc
  .record({
    which: fc.nat(4),
    cut: fc.oneof(fc.constant(1000), fc.integer({ min: 1, max: 1000 })),
    beyond: fc.constantFrom(0, 0, 0, 1),
    byCard: fc.boolean(),
  })
  .map(({ which, cut, beyond, byCard }) => ({ terms, newId, events }) => {
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
  });

const voidIt = (newId: () => string, original: OriginalSale) =>
  ({ type: 'VoidSale', local_id: newId(), sale: original, reason: 'wrong table', authority }) as const;

const voiding: fc.Arbitrary<Move> = fc.nat(4).map((which) => ({ newId, events }) => {
  const original = oneOf(salesIn(events()), which);
  return original ? voidIt(newId, original) : lookInside;
});

/** Prints one of the newest receipts again, whether or not a session is open. */
const reprint: fc.Arbitrary<Move> = fc.nat(4).map((which) => ({ events }) => {
  const original = oneOf(salesIn(events()), which);
  if (!original) return lookInside;
  const { receipt_number, training } = original.data;
  const receipt = { receipt_local_id: original.local_id, receipt_number, training, reprints: which };
  return { type: 'ReprintReceipt', ...receipt, reason: null, authority };
});

const movement: fc.Arbitrary<Move> = fc
  .tuple(
    fc.constantFrom<CashMovementKind>('paid_in', 'paid_out', 'drop'),
    fc.nat(2),
    fc.oneof(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 2 ** 31, max: 2 ** 40 })),
  )
  .map(([kind, which, amount_minor]) => ({ terms, newId }) => ({
    type: 'MoveCash',
    local_id: newId(),
    kind,
    currency: terms.currencies[which % terms.currencies.length]?.currency ?? terms.currency,
    amount_minor,
    reason: 'petty cash',
    terms,
    authority,
  }));

const drawer: fc.Arbitrary<Move> = fc
  .constantFrom('look', 'change', 'test')
  .map((reason) => () => ({ type: 'OpenDrawer', reason, authority }));

const open: fc.Arbitrary<Move> = fc
  .record({
    amounts: fc.array(fc.nat(10 ** 9), { maxLength: 3 }),
    training: fc.constantFrom(false, false, false, true),
  })
  .map(({ amounts, training }) => ({ terms, newId, state, events }) => ({
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
  }));

const close: fc.Arbitrary<Move> = fc.integer({ min: -5000, max: 5000 }).map((over) => ({ terms, state, events }) => ({
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
}));

const discounts: fc.Arbitrary<DiscountRequest | null> = fc.option(
  fc.oneof(
    share.map(percent),
    fc.nat(900).map((amount_minor): DiscountRequest => ({ kind: 'amount', amount_minor, reason: 'x' })),
  ),
  { nil: null, freq: 3 },
);

/** Parks goods: as a new ticket, or on one of the newest, whatever has happened to it since. */
const parking: fc.Arbitrary<Move> = fc
  .record({ which: fc.option(fc.nat(4), { nil: null, freq: 1 }), more: fc.array(line, { maxLength: 3 }), discounts })
  .chain((asked) => fc.tuple(fc.constant(asked), fc.array(discounts, { minLength: 3, maxLength: 3 })))
  .map(([{ which, more, discounts: whole }, off]) => ({ terms, newId, events }) => {
    const ticket = which === null ? undefined : oneOf(ticketsIn(events()), which);
    return {
      type: 'ParkTicket',
      ticket_id: ticket?.ticket_id ?? newId(),
      ...(ticket ? { ticket } : {}),
      lines: more.map(({ discount: _percent, ...rung }, at) => ({ ...rung, ...offered(off[at]) })),
      ...offered(whole),
      open_tickets: waitingIn(events()),
      terms,
      authority,
    };
  });

const offered = (discount: DiscountRequest | null | undefined) => (discount ? { discount } : {});

/** Does something with one of the newest tickets. */
const onTicket = (act: (ticket: Ticket, moment: Moment) => TillCommand) =>
  fc.nat(4).map((which): Move => (moment) => {
    const ticket = oneOf(ticketsIn(moment.events()), which);
    return ticket ? act(ticket, moment) : lookInside;
  });

const lineVoid = fc
  .record({ at: fc.nat(5), cut: fc.oneof(fc.constant(1000), fc.integer({ min: 1, max: 1001 })) })
  .chain(({ at, cut }) =>
    onTicket((ticket) => {
      const taken = ticket.lines[at % Math.max(1, ticket.lines.length)];
      const quantity_milli = Math.ceil(((taken?.quantity_milli ?? 0) * cut) / 1000);
      return { type: 'VoidLine', ticket, line_no: taken?.line_no ?? 1, quantity_milli, reason: 'sent back', authority };
    }),
  );

const ticketSale = fc
  .record({ more: fc.array(line, { maxLength: 2 }), purse, discounts })
  .chain(({ more, purse: paying, discounts: whole }) =>
    onTicket((ticket, { terms, newId }) => {
      const due = priceGoods(ticket, more, whole ?? undefined).priced.gross_minor;
      const payment = pay(due, paying, terms);
      return {
        type: 'RecordSale',
        local_id: newId(),
        ticket,
        lines: more,
        ...offered(whole),
        payment,
        terms,
        authority,
      };
    }),
  );

const ticketing: fc.Arbitrary<Move> = fc.oneof(
  { arbitrary: parking, weight: 4 },
  { arbitrary: onTicket((ticket) => ({ type: 'ResumeTicket', ticket, authority })), weight: 1 },
  { arbitrary: lineVoid, weight: 2 },
  { arbitrary: ticketSale, weight: 2 },
  { arbitrary: onTicket((ticket) => ({ type: 'DiscardTicket', ticket, reason: 'left', authority })), weight: 1 },
);

/** Goods come in, go away or are counted; what the till believes of them is of no matter here. */
const stock: fc.Arbitrary<Move> = fc
  .record({
    product: fc.constantFrom(coffee, book, apples),
    quantity_milli: fc.integer({ min: -20_000, max: 20_000 }),
    level_milli: fc.integer({ min: -20_000, max: 20_000 }),
    isCount: fc.boolean(),
  })
  .map(({ product: { code, name }, quantity_milli, level_milli, isCount }) => ({ newId }) => {
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
  });

/** What a rule must refuse in any state. */
const nonsense: fc.Arbitrary<Move> = fc.constantFrom<Move>(
  ({ terms, newId }) => ({
    type: 'RecordSale',
    local_id: newId(),
    lines: [],
    payment: { tenders: [] },
    terms,
    authority,
  }),
  ({ terms, newId }) => ({
    type: 'RecordSale',
    local_id: newId(),
    lines: [book],
    payment: { tenders: [{ method: 'cash', amount_minor: 1 }] },
    terms,
    authority,
  }),
  () => ({ type: 'OpenDrawer', reason: ' ', authority }),
);

const inside = fc.oneof(
  { arbitrary: sale, weight: 6 },
  { arbitrary: refund, weight: 1 },
  { arbitrary: linkedRefund, weight: 2 },
  { arbitrary: voiding, weight: 2 },
  { arbitrary: reprint, weight: 1 },
  { arbitrary: movement, weight: 2 },
  { arbitrary: drawer, weight: 1 },
  { arbitrary: ticketing, weight: 6 },
  { arbitrary: stock, weight: 2 },
  { arbitrary: nonsense, weight: 1 },
);

/** Some days at one till: sessions that open and close, and what happens in them. Nothing, too, happens out of order. */
export const days = (sessionsMax: number, movesMax: number): fc.Arbitrary<readonly Move[]> =>
  fc
    .array(
      fc
        .record({ opening: open, moves: fc.array(inside, { maxLength: movesMax }), closing: close, stray: inside })
        .map(({ opening, moves, closing, stray }) => [opening, ...moves, closing, stray]),
      { minLength: 1, maxLength: sessionsMax },
    )
    .map((sessions) => sessions.flat());

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
