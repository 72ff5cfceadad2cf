import fc from 'fast-check';
import {
  alone,
  apples,
  approved,
  book,
  cashier,
  coffee,
  given,
  manager,
  sessionOpened,
  supervisor,
  trainingOpened,
} from './specification.js';
import {
  ticketOf,
  park,
  parked,
  parkMore,
  voidLine,
  sell,
  resume,
  after,
  asked,
  percent,
  off,
} from './ticket-steps.js';
import { idOf } from './till-log.js';

describe('Parking', () => {
  it('keeps the lines with the price, tax and catalog of that moment, and says what they come to', () => {
    given(sessionOpened)
      .when(park([coffee, apples], { label: 'Table 4', discount: percent(100_000) }))
      .then({
        type: 'TicketParked',
        approved_by: null,
        data: {
          ticket_id: idOf(70),
          label: 'Table 4',
          training: false,
          currency: 'USD',
          lines: [
            { ...coffee, line_no: 1 },
            { ...apples, line_no: 2 },
          ],
          discount: percent(100_000),
          // 3.15 + (4.49 + 5 % = 4.71): the ten per cent of 8.49 are 0.85, 0.35 and 0.50 of it.
          ticket_gross_minor: 315 + 471,
        },
      });
  });

  it('again adds lines, whose numbers count on also after a line was taken off', () => {
    const { till, when } = asked(
      sessionOpened,
      parked([coffee, book]),
      after(voidLine(2)),
      after(parkMore([], { label: 'Table 4' })),
    );
    when(parkMore([apples])).then({
      type: 'TicketParked',
      data: { lines: [{ ...apples, line_no: 3 }], ticket_gross_minor: 350 + 524 },
    });
    after(parkMore([apples]))(till.log);
    expect(ticketOf(till.log).lines.map(({ line_no, code }) => [line_no, code])).toEqual([
      [1, 'coffee'],
      [3, 'apples'],
    ]);
  });

  it('again keeps label and discount unless others are given', () => {
    const { when } = asked(sessionOpened, parked([coffee], { label: 'Table 4', discount: percent(100_000) }));
    when(parkMore([])).then({
      type: 'TicketParked',
      data: { label: 'Table 4', lines: [], discount: percent(100_000), ticket_gross_minor: 315 },
    });
    when(parkMore([], { label: 'Garden', discount: off(50) })).then({
      type: 'TicketParked',
      data: { label: 'Garden', discount: off(50), ticket_gross_minor: 300 },
    });
  });

  it('puts a ticket back that was in hand', () => {
    const { till } = asked(sessionOpened, parked([coffee]), after(resume));
    expect(ticketOf(till.log).status).toBe('resumed');
    after(parkMore([]))(till.log);
    expect(ticketOf(till.log).status).toBe('open');
  });

  it('touches neither the sums of the session nor the drawer', () => {
    const before = given(sessionOpened).log.state;
    const { report } = given(sessionOpened).when(park([coffee]));
    expect({ ...report, last_seq: 2 }).toEqual(before.session.status === 'open' ? before.session.report : undefined);
  });

  it('is refused without a session, without a line and beyond what a sale holds', () => {
    given()
      .when(park([coffee]))
      .thenRefuses('SESSION_NOT_OPEN');
    given(sessionOpened).when(park([])).thenRefuses('TICKET_EMPTY');
    const many = (count: number) => Array.from({ length: count }, () => coffee);
    given(sessionOpened)
      .when(park(many(1001)))
      .thenRefuses('SALE_TOO_LONG', { lines: 1001 });
    const { when } = asked(sessionOpened, parked(many(999)));
    when(parkMore([coffee])).then({ type: 'TicketParked', data: { lines: [{ line_no: 1000 }] } });
    when(parkMore([coffee, coffee])).thenRefuses('SALE_TOO_LONG');
  });

  it('is refused for what could not be sold', () => {
    const till = given(sessionOpened);
    till.when(park([{ ...coffee, quantity_milli: 0 }])).thenRefuses('QUANTITY_INVALID');
    till.when(park([coffee], { discount: off(351) })).thenRefuses('DISCOUNT_TOO_LARGE');
    till
      .when(park([{ ...coffee, unit_price_minor: -1 }], { authority: { by: manager } }))
      .thenRefuses('AMOUNT_INVALID');
  });

  it('holds 500 tickets of each kind, and there is room again when one is over', () => {
    const full = Array.from({ length: 500 }, (_, index) => ({
      ticket_id: idOf(index),
      label: '',
      training: false,
      lines_count: 1,
      gross_minor: 350,
      session_id: idOf(1),
    }));
    const till = given(sessionOpened);
    till.when(park([coffee], { open_tickets: full })).thenRefuses('TICKETS_FULL', { limit: 500 });
    till.when(park([coffee], { open_tickets: full.slice(1) })).then({ type: 'TicketParked' });
    given(trainingOpened)
      .when(park([coffee], { open_tickets: full }))
      .then({ type: 'TicketParked' });
    const { when } = asked(sessionOpened, parked([coffee]));
    when(parkMore([coffee], { open_tickets: full })).then({ type: 'TicketParked' });
  });

  it('asks for the rights that a sale would ask for, for what is added', () => {
    const cheap = { ...coffee, unit_price_minor: 100 };
    const till = given(sessionOpened);
    till.when(park([cheap])).thenRefuses('APPROVAL_REQUIRED', { permission: 'price_override' });
    till.when(park([cheap], { authority: approved })).then({ type: 'TicketParked', approved_by: 'manager-1' });
    const kept = { authority: { by: cashier, permissions: { discount: 'supervisor' } } };
    till.when(park([coffee], { discount: percent(1), ...kept })).thenRefuses('APPROVAL_REQUIRED');
  });
});

describe('A ticket in hand', () => {
  it('is still there, and may be taken in hand again', () => {
    const { till, when } = asked(sessionOpened, parked([coffee]), after(resume));
    when(resume).then({ type: 'TicketResumed', data: { ticket_id: idOf(70) } });
    expect(ticketOf(till.log)).toMatchObject({ status: 'resumed', lines: [{ line_no: 1 }] });
    when(sell()).then({ type: 'SaleRecorded' }, { type: 'DrawerOpened' });
  });
});

describe('A line of a ticket', () => {
  const three = { ...coffee, quantity_milli: 3000 };

  it('is taken off in part or whole, and it is said what that was worth', () => {
    const { till, when } = asked(sessionOpened, parked([book, three], { discount: percent(100_000) }));
    when(voidLine(2, { quantity_milli: 1000 })).then({
      type: 'LineVoided',
      approved_by: null,
      data: {
        ticket_id: idOf(70),
        line_no: 2,
        code: 'coffee',
        name: 'Coffee',
        quantity_milli: 1000,
        left: { ...coffee, line_no: 2, quantity_milli: 2000 },
        gross_minor: 350,
        // 12.00 + 7.00 less a tenth.
        ticket_gross_minor: 1710,
        reason: 'sent back',
      },
    });
    when(voidLine(2)).then({
      type: 'LineVoided',
      data: { quantity_milli: 3000, left: null, gross_minor: 1050, ticket_gross_minor: 1080 },
    });
    after(voidLine(2))(till.log);
    when(voidLine(2)).thenRefuses('LINE_UNKNOWN', { line_no: 2 });
    expect(ticketOf(till.log)).toMatchObject({ lines: [{ code: 'book' }], gross_minor: 1080 });
  });

  it('counts in the report of the session that took it off', () => {
    const { when } = asked(sessionOpened, parked([book, three]), after(voidLine(2, { quantity_milli: 1000 })));
    expect(when(voidLine(1)).report).toMatchObject({
      line_voids_count: 2,
      line_voids_minor: 350 + 1200,
      voids_count: 0,
      gross_minor: 0,
      turnover_minor: 0,
    });
  });

  it('takes its share of an amount off with it', () => {
    // 10.50 less 1.00; a third off: 7.00 less 0.67.
    const { when } = asked(sessionOpened, parked([{ ...three, discount: off(100) }]));
    when(voidLine(1, { quantity_milli: 1000 })).then({
      type: 'LineVoided',
      data: { left: { quantity_milli: 2000, discount: off(67) }, gross_minor: 950 - 633, ticket_gross_minor: 633 },
    });
  });

  it('may be taken off bit by bit, whatever its discount: each bit is worth something or nothing, all of it the line', () => {
    const bits = fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(bits, fc.nat(1200), fc.integer({ min: 0, max: 1000 }), (parts, unit_price_minor, share) => {
        const quantity_milli = parts.reduce((sum, part) => sum + part, 0);
        const price = { unit_price_minor, list_price_minor: unit_price_minor, quantity_milli };
        const extended = Math.round((unit_price_minor * quantity_milli) / 1000);
        const discount = off(Math.floor((extended * share) / 1000));
        const { log } = given(sessionOpened, parked([{ ...coffee, ...price, discount }]));
        const worth = ticketOf(log).gross_minor;
        for (const part of parts) after(voidLine(1, { quantity_milli: part }))(log);
        const voided = log.of('LineVoided').map(({ data }) => data);
        expect(voided.every(({ gross_minor, ticket_gross_minor }) => gross_minor >= 0 && ticket_gross_minor >= 0)).toBe(
          true,
        );
        expect(voided.reduce((sum, { gross_minor }) => sum + gross_minor, 0)).toBe(worth);
        const discounts = voided.flatMap(({ left }) => (left?.discount?.kind === 'amount' ? [left.discount] : []));
        const amounts = [
          discount.kind === 'amount' ? discount.amount_minor : 0,
          ...discounts.map((one) => one.amount_minor),
        ];
        expect(amounts).toEqual([...amounts].sort((a, b) => b - a));
        expect(ticketOf(log).lines).toEqual([]);
      }),
    );
  });

  it('is never left with more off than it is worth', () => {
    // Half a cent is a cent, all of it off; a little less is nothing, and nothing is off.
    const crumb = { ...coffee, unit_price_minor: 1, list_price_minor: 1, quantity_milli: 500, discount: off(1) };
    const { when } = asked(sessionOpened, parked([crumb]));
    when(voidLine(1, { quantity_milli: 1 })).then({
      type: 'LineVoided',
      data: { left: { quantity_milli: 499, discount: off(0) }, gross_minor: 0, ticket_gross_minor: 0 },
    });
  });

  it('needs a supervisor, a reason and a quantity that is there', () => {
    const { when } = asked(sessionOpened, parked([three]));
    when(voidLine(1, { authority: alone })).thenRefuses('APPROVAL_REQUIRED', { permission: 'line_void' });
    when(voidLine(1, { authority: approved })).then({ type: 'LineVoided', approved_by: 'manager-1' });
    when(voidLine(1, { reason: ' ' })).thenRefuses('REASON_MISSING');
    for (const quantity_milli of [0, -1, 0.5, 3001, NaN]) {
      when(voidLine(1, { quantity_milli })).thenRefuses('QUANTITY_INVALID', { line_no: 1, left_milli: 3000 });
    }
    for (const line_no of [0, 2, -1, 1.5]) when(voidLine(line_no)).thenRefuses('LINE_UNKNOWN', { line_no });
  });

  it('is not taken off while an amount off the whole ticket would be more than the rest', () => {
    const { till, when } = asked(sessionOpened, parked([coffee, book], { discount: off(500) }));
    when(voidLine(2)).thenRefuses('DISCOUNT_TOO_LARGE');
    after(parkMore([], { discount: off(300) }))(till.log);
    when(voidLine(2)).then({ type: 'LineVoided', data: { ticket_gross_minor: 50 } });
    after(voidLine(2))(till.log);
    when(voidLine(1)).then({ type: 'LineVoided', data: { ticket_gross_minor: 0 } });
  });

  it('is not taken off to make a discount larger than the shop lets everybody give', () => {
    const permissions = { line_void: 'cashier', discount_over_ppm: 300_000 } as const;
    const { when } = asked(sessionOpened, parked([coffee, book], { discount: off(310) }));
    const by = (more: object) => ({ authority: { by: cashier, permissions, ...more } });
    when(voidLine(2, by({}))).thenRefuses('APPROVAL_REQUIRED', { permission: 'discount_over_limit' });
    when(voidLine(2, by({ approver: supervisor }))).then({ type: 'LineVoided', approved_by: 'supervisor-1' });
    when(voidLine(1, by({}))).then({ type: 'LineVoided', approved_by: null });
  });
});
