import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import type { EventType, TillEvent } from '../../src/domain/event.js';
import { addMoney, type Money } from '../../src/domain/money.js';
import type { TicketLine } from '../../src/domain/pricing.js';
import { Refusal } from '../../src/domain/refusal.js';
import { emptyReport, recomputablePart, type ZReport } from '../../src/domain/report.js';
import { addTenderSums, addToReport } from '../../src/domain/session-sums.js';
import type { TenderTerms } from '../../src/domain/settlement.js';
import { priceTicket } from '../../src/domain/ticket.js';
import { till } from '../../src/domain/till.js';
import { missingNumbers, zTotals } from '../../src/domain/z-totals.js';
import { anyTerms, days, idsFrom } from './random-day.js';
import type { Move } from './random-move.js';
import { salesIn } from './original-sales.js';
import { ticketsIn, waitingIn } from './parked-tickets.js';
import { terminalStarted } from './specification.js';
import { TillLog } from './till-log.js';
import { tries } from './tries.js';

/** Rings up the moves; what a rule refuses leaves no trace. Says how many were refused. */
const play = (moves: readonly Move[], terms: TenderTerms): { readonly log: TillLog; readonly refused: number } => {
  const log = new TillLog();
  log.append([terminalStarted]);
  const newId = idsFrom(0);
  let refused = 0;
  for (const move of moves) {
    const before = JSON.stringify(log.state);
    const count = log.events.length;
    try {
      log.command(move({ state: log.state, terms, newId, events: () => log.events }));
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause;
      refused += 1;
      deepEqual([JSON.stringify(log.state), log.events.length], [before, count]);
    }
  }
  return { log, refused };
};

const days3 = days(3, 10);

/** What holds on any days. All laws are tried on the same days: to make up the days takes most of the time. */
const laws: [name: string, holds: (log: TillLog) => void][] = [];
const law = (...one: (typeof laws)[number]): void => void laws.push(one);

const within = (amount: number, most: number): void => ok(amount >= 0 && amount <= most, `${amount} of ${most}`);

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
const baseSum = (amounts: readonly { readonly base_minor: number }[]): number =>
  sum(amounts.map(({ base_minor }) => base_minor));

/** What is handed over, how much of it, and for what. */
const goodsIn = (lines: readonly Pick<TicketLine, 'code' | 'quantity_milli' | 'unit_price_minor'>[]) =>
  lines.map(({ code, quantity_milli, unit_price_minor }) => ({ code, quantity_milli, unit_price_minor }));

/** The Z reports with the events of their sessions. */
const sessionsOf = (log: TillLog): readonly { readonly z: ZReport; readonly events: readonly TillEvent[] }[] =>
  log.of('SessionClosed').map(({ session_id, data }) => ({
    z: data.z_report,
    events: log.events.filter((event) => event.session_id === session_id),
  }));

const typed = <T extends EventType>(events: readonly TillEvent[], type: T): readonly TillEvent<T>[] =>
  events.filter((event) => event.type === type) as readonly TillEvent[] as readonly TillEvent<T>[];

/** Never −0, which a strict comparison tells from 0: the change of a sale may be nothing. */
const signed = (amounts: readonly Money[], sign: 1 | -1): readonly Money[] =>
  amounts.map(({ currency, amount_minor }) => ({ currency, amount_minor: 0 + sign * amount_minor }));

/** The cash of the drawer, counted from the events alone. */
const drawerOf = (events: readonly TillEvent[]): readonly Money[] => {
  const receipts = [...typed(events, 'SaleRecorded'), ...typed(events, 'RefundRecorded')];
  const parts = [
    ...typed(events, 'SessionOpened').map(({ data }) => data.float),
    ...receipts.map(({ type, data }) =>
      signed(
        data.tenders.filter(({ method }) => method === 'cash'),
        type === 'SaleRecorded' ? 1 : -1,
      ),
    ),
    ...receipts.map(({ data }) => signed(data.change, -1)),
    ...typed(events, 'SaleVoided').flatMap(({ data }) => [
      signed(
        data.tenders.filter(({ method }) => method === 'cash'),
        -1,
      ),
      signed(data.change, 1),
    ]),
    ...typed(events, 'CashMoved').map(({ data }) => signed([data], data.kind === 'paid_in' ? 1 : -1)),
  ];
  return parts.reduce<readonly Money[]>((all, part) => addMoney(all, part), []);
};

describe('On any days', () => {
  law('what was paid less the change is gross + tip + rounding', (log) => {
    for (const { data } of log.of('SaleRecorded')) {
      equal(baseSum(data.tenders) - baseSum(data.change), data.total_minor);
      equal(data.gross_minor + (data.tip?.amount_minor ?? 0) + data.rounding_minor, data.total_minor);
    }
    for (const { data } of log.of('SaleVoided')) {
      equal(baseSum(data.tenders) - baseSum(data.change), data.total_minor);
      equal(data.gross_minor + (data.tip?.amount_minor ?? 0) + data.rounding_minor, data.total_minor);
    }
    for (const { data } of log.of('RefundRecorded')) {
      equal(baseSum(data.tenders), data.total_minor);
      equal(data.gross_minor + data.rounding_minor, data.total_minor);
    }
  });

  law('net and tax are the gross, in every line, receipt and report', (log) => {
    const receipts = [...log.of('SaleRecorded'), ...log.of('RefundRecorded')].map(({ data }) => data);
    const sums = [...receipts.flatMap((data) => [data, ...data.lines, ...data.taxes])];
    for (const { net_minor, tax_minor, gross_minor } of sums) equal(net_minor + tax_minor, gross_minor);
    for (const { z } of sessionsOf(log)) {
      equal(z.net_minor + z.tax_minor, z.turnover_minor);
      equal(z.gross_minor - z.refunds_minor - z.voids_minor, z.turnover_minor);
      equal(sum(z.taxes.map((tax) => tax.gross_minor)), z.turnover_minor);
    }
  });

  law('float and cash in less cash out is what the drawer is expected to hold, per currency', (log) => {
    for (const { z, events } of sessionsOf(log)) {
      deepEqual(z.expected, drawerOf(events));
      for (const { currency, amount_minor } of z.difference) {
        const of = (amounts: readonly Money[]) => amounts.find((one) => one.currency === currency)?.amount_minor ?? 0;
        equal(amount_minor, of(z.counted) - of(z.expected));
      }
    }
  });

  law('the tenders of a Z are its turnover, tips and rounding', (log) => {
    for (const { z, events } of sessionsOf(log)) {
      const taken = typed(events, 'SaleRecorded').map(({ data }) => baseSum(data.tenders) - baseSum(data.change));
      const paidBack = [
        ...typed(events, 'RefundRecorded').map(({ data }) => baseSum(data.tenders)),
        ...typed(events, 'SaleVoided').map(({ data }) => data.total_minor),
      ];
      const tips = z.tips_staff_minor + z.tips_house_minor;
      equal(sum(taken) - sum(paidBack), z.turnover_minor + tips + z.rounding_minor);
    }
  });

  law('the perpetual totals move by exactly the session, and by nothing for training', (log) => {
    let before = { turnover_minor: 0, absolute_minor: 0 };
    for (const { z, events } of sessionsOf(log)) {
      const grossOf = (type: 'SaleRecorded' | 'RefundRecorded' | 'SaleVoided') =>
        z.training ? 0 : sum(typed(events, type).map(({ data }) => data.gross_minor));
      const sold = grossOf('SaleRecorded');
      const refunded = grossOf('RefundRecorded') + grossOf('SaleVoided');
      before = {
        turnover_minor: before.turnover_minor + sold - refunded,
        absolute_minor: before.absolute_minor + sold + refunded,
      };
      deepEqual(z.perpetual, before);
    }
    deepEqual(log.state.perpetual, before);
  });

  law('no sale is given back beyond what was paid, in any line, and none that was voided', (log) => {
    for (const { data, corrections } of salesIn(log.events)) {
      within(corrections.total_minor, Math.max(0, data.gross_minor + data.rounding_minor));
      for (const back of corrections.lines) {
        const line = data.lines.find(({ line_no }) => line_no === back.line_no);
        for (const figure of ['quantity_milli', 'net_minor', 'tax_minor', 'gross_minor'] as const) {
          within(back[figure], line?.[figure] ?? -1);
        }
      }
      ok(corrections.voided_by === null || corrections.refunds_count === 0);
    }
    const voided = log.of('SaleVoided').map(({ data }) => data.sale_local_id);
    equal(new Set(voided).size, voided.length);
  });

  law('the totals of any periods are the sums of their Zs, none of them counted twice, none of training', (log) => {
    const zs = sessionsOf(log).map(({ z }) => z);
    const trade = zs.filter(({ training }) => !training);
    const figures = [
      ...(['gross_minor', 'refunds_minor', 'voids_minor', 'turnover_minor', 'net_minor'] as const),
      ...(['tax_minor', 'rounding_minor', 'tips_staff_minor', 'sales_count', 'refunds_count'] as const),
    ];
    for (const by of ['day', 'month', 'year'] as const) {
      const rows = zTotals(by, [...zs].reverse());
      for (const figure of figures) {
        equal(sum(rows.map((row) => row[figure])), sum(trade.map((z) => z[figure])));
      }
      for (const row of rows) {
        equal(sum(row.taxes.map(({ tax_minor }) => tax_minor)), row.tax_minor);
        equal(row.gross_minor - row.refunds_minor - row.voids_minor, row.turnover_minor);
      }
      const paid = (of: readonly { readonly tenders: ZReport['tenders'] }[]) =>
        addTenderSums(
          [],
          of.flatMap(({ tenders }) => tenders),
        );
      deepEqual(paid(rows), paid(trade));
      equal(sum(rows.map(({ z_count }) => z_count)), trade.length);
      deepEqual(rows.at(-1)?.perpetual, trade.at(-1)?.perpetual);
      deepEqual(zTotals(by, zs), rows);
    }
  });

  law('every reprint is counted by the Z of its session, and without a session by none', (log) => {
    for (const { z, events } of sessionsOf(log)) {
      equal(z.reprints_count, typed(events, 'ReceiptReprinted').length);
    }
  });

  law('a Z counts its voids, each once and as it was sold', (log) => {
    for (const { z, events } of sessionsOf(log)) {
      const voids = typed(events, 'SaleVoided').map(({ data }) => data.gross_minor);
      deepEqual([z.voids_count, z.voids_minor], [voids.length, sum(voids)]);
    }
  });

  law(
    'a Z counts the lines that were taken off and the tickets that were discarded, and turnover is without them',
    (log) => {
      for (const { z, events } of sessionsOf(log)) {
        const of = (type: 'LineVoided' | 'TicketDiscarded') => typed(events, type).map(({ data }) => data.gross_minor);
        const [lines, discarded] = [of('LineVoided'), of('TicketDiscarded')];
        deepEqual([z.line_voids_count, z.line_voids_minor], [lines.length, sum(lines)]);
        deepEqual([z.tickets_discarded_count, z.tickets_discarded_minor], [discarded.length, sum(discarded)]);
        ok(lines.every((gross) => gross >= 0));
      }
    },
  );

  law('what was parked was sold, taken off, discarded, or is still there', (log) => {
    for (const ticket of ticketsIn(log.events)) {
      const { ticket_id, status } = ticket;
      const own = <T extends EventType>(type: T) =>
        log.of(type).filter(({ data }) => (data as { readonly ticket_id?: string | null }).ticket_id === ticket_id);
      const parked = own('TicketParked').flatMap(({ data }) => data.lines);
      deepEqual(
        parked.map(({ line_no }) => line_no),
        parked.map((_line, index) => index + 1),
      );
      const left = parked
        .map((line) => {
          const gone = own('LineVoided').filter(({ data }) => data.line_no === line.line_no);
          return { ...line, quantity_milli: line.quantity_milli - sum(gone.map(({ data }) => data.quantity_milli)) };
        })
        .filter(({ quantity_milli }) => quantity_milli > 0);
      deepEqual(goodsIn(ticket.lines), goodsIn(left));
      const sales = own('SaleRecorded');
      equal(sales.length, status === 'sold' ? 1 : 0);
      equal(own('TicketDiscarded').length, status === 'discarded' ? 1 : 0);
      for (const { data } of sales) deepEqual(goodsIn(data.lines.slice(0, left.length)), goodsIn(left));
      equal(priceTicket(ticket.lines, ticket.discount).gross_minor, ticket.gross_minor);
    }
  });

  law('a ticket is left by every Z of its kind, and taken over by the next session, until it is over', (log) => {
    log.of('SessionClosed').forEach(({ seq, data: { z_report } }) => {
      const waiting = waitingIn(log.events.slice(0, seq)).filter(({ training }) => training === z_report.training);
      const ids = waiting.map(({ ticket_id }) => ticket_id);
      deepEqual(
        z_report.open_tickets.map(({ ticket_id }) => ticket_id),
        ids,
      );
      const next = log
        .of('SessionOpened')
        .find((opened) => opened.seq > seq && opened.data.training === z_report.training);
      const taken = log.of('TicketCarriedOver').filter(({ session_id }) => session_id === next?.session_id);
      const takenOver = taken.map(({ data }) => data.ticket_id);
      if (next) deepEqual(takenOver, ids);
    });
  });

  law('Z and receipt numbers have no gap and no double, training counting on its own', (log) => {
    const gapless = (numbers: readonly number[]) =>
      deepEqual(
        numbers,
        Array.from({ length: numbers.length }, (_none, index) => index + 1),
      );
    gapless(sessionsOf(log).flatMap(({ z }) => (z.z_number === null ? [] : [z.z_number])));
    ok(sessionsOf(log).every(({ z }) => (z.z_number === null) === z.training));
    const receipts = log.events.filter(({ type }) => type === 'SaleRecorded' || type === 'RefundRecorded');
    for (const training of [true, false]) {
      const data = receipts.map((event) => (event as TillEvent<'SaleRecorded'>).data);
      gapless(data.filter((one) => one.training === training).map(({ receipt_index }) => receipt_index));
      equal(new Set(data.map(({ receipt_number }) => receipt_number)).size, data.length);
    }
  });

  law('the state is the fold of the log, wherever the fold is broken off and taken up from JSON', (log) => {
    const folded = log.events.reduce(
      (state, event) => JSON.parse(JSON.stringify(till.evolve(state, event))) as typeof state,
      till.initial,
    );
    deepEqual(folded, log.state);
  });

  it('every law holds, and commands of every kind are obeyed and refused', () => {
    const seen = { refused: 0, days: 0, types: new Set<string>() };
    const holds = (log: TillLog): void => {
      for (const [name, check] of laws) {
        try {
          check(log);
        } catch (cause) {
          throw new Error(`This does not hold: ${name}.`, { cause });
        }
      }
    };
    fc.assert(
      fc.property(days3, anyTerms, (moves, terms) => {
        const { log, refused } = play(moves, terms);
        seen.refused += refused;
        seen.days += log.of('SessionClosed').length;
        for (const { type } of log.events) seen.types.add(type);
        holds(log);
      }),
      tries(2000),
    );
    expect(seen.refused).toBeGreaterThan(1000);
    expect(seen.days).toBeGreaterThan(3000);
    expect([...seen.types].sort()).toEqual([
      'CashMoved',
      'DrawerOpened',
      'LineVoided',
      'ReceiptReprinted',
      'RefundRecorded',
      'SaleRecorded',
      'SaleVoided',
      'SessionClosed',
      'SessionOpened',
      'StockCounted',
      'StockReceived',
      'TerminalStarted',
      'TicketCarriedOver',
      'TicketDiscarded',
      'TicketParked',
      'TicketResumed',
    ]);
  });

  it('a Z is the sum of its events in whatever order they are added', () => {
    let seen = 0;
    fc.assert(
      fc.property(days3, anyTerms, fc.infiniteStream(fc.nat()), (moves, terms, chance) => {
        for (const { z, events } of sessionsOf(play(moves, terms).log)) {
          const shuffled = events
            .map((event) => ({ event, at: Number(chance.next().value) }))
            .sort((a, b) => a.at - b.at)
            .map(({ event }) => event);
          const report = shuffled.reduce(addToReport, emptyReport(z.session_id, z.business_date));
          seen += 1;
          deepEqual(report, recomputablePart(z));
          equal(JSON.stringify(report.expected), JSON.stringify(z.expected));
        }
      }),
      tries(1200),
    );
    expect(seen).toBeGreaterThan(2000);
  });
});

describe('Missing numbers', () => {
  it.each([
    [[], 0, []],
    [[1, 2, 3], 3, []],
    [[], 2, [[1, 2]]],
    [
      [2, 3, 7],
      9,
      [
        [1, 1],
        [4, 6],
        [8, 9],
      ],
    ],
  ] as const)('of %j up to %i are %j', (numbers, last, missing) => {
    expect(missingNumbers(numbers, last)).toEqual(missing);
  });
});
