import {
  alone,
  approved,
  book,
  cash,
  cashier,
  coffee,
  did,
  given,
  manager,
  saleOf,
  sessionOpened,
} from './specification.js';
import {
  ticketOf,
  park,
  parked,
  parkMore,
  voidLine,
  discard,
  sell,
  resume,
  after,
  asked,
  closed,
  nextDay,
  percent,
  off,
} from './ticket-steps.js';
import { idOf } from './till-log.js';
import { ticketsIn } from './parked-tickets.js';

describe('A discarded ticket', () => {
  it('is recorded with what it came to, and counts in the report', () => {
    const { when } = asked(sessionOpened, parked([coffee, book], { label: 'Table 4', discount: off(50) }));
    const asking = when(discard());
    asking.then({
      type: 'TicketDiscarded',
      approved_by: null,
      data: { ticket_id: idOf(70), label: 'Table 4', lines_count: 2, gross_minor: 1500, reason: 'they left' },
    });
    expect(asking.report).toMatchObject({
      tickets_discarded_count: 1,
      tickets_discarded_minor: 1500,
      line_voids_count: 0,
      gross_minor: 0,
    });
  });

  it('needs a supervisor and a reason', () => {
    const { when } = asked(sessionOpened, parked([coffee]));
    when(discard({ authority: alone })).thenRefuses('APPROVAL_REQUIRED', { permission: 'ticket_discard' });
    when(discard({ authority: approved })).then({ type: 'TicketDiscarded', approved_by: 'manager-1' });
    when(discard({ reason: '' })).thenRefuses('REASON_MISSING');
  });

  it('needs nobody when every line was taken off before, each with its approval', () => {
    const { when } = asked(sessionOpened, parked([coffee]), after(voidLine(1)));
    when(discard({ authority: alone })).then({
      type: 'TicketDiscarded',
      approved_by: null,
      data: { lines_count: 0, gross_minor: 0 },
    });
    when(sell()).thenRefuses('TICKET_EMPTY');
    when(sell({ lines: [book] })).then(
      { type: 'SaleRecorded', data: { ticket_id: idOf(70) } },
      { type: 'DrawerOpened' },
    );
  });
});

describe('Selling a ticket', () => {
  const dearer = { ...coffee, unit_price_minor: 400, list_price_minor: 400, catalog_version: 2 };

  it('sells every line that is left at its own price, and then the new ones', () => {
    const { till, when } = asked(
      sessionOpened,
      parked([coffee, book]),
      after(voidLine(1)),
      after(parkMore([coffee], { label: 'Table 4' })),
    );
    when(sell({ lines: [dearer] })).then(
      {
        type: 'SaleRecorded',
        data: {
          ticket_id: idOf(70),
          lines: [
            { line_no: 1, code: 'book', gross_minor: 1200, catalog_version: 1 },
            { line_no: 2, code: 'coffee', gross_minor: 350, catalog_version: 1 },
            { line_no: 3, code: 'coffee', gross_minor: 400, catalog_version: 2 },
          ],
          gross_minor: 1950,
        },
      },
      { type: 'DrawerOpened' },
    );
    after(sell({ lines: [dearer] }))(till.log);
    expect(ticketOf(till.log).status).toBe('sold');
    when(sell()).thenRefuses('TICKET_CLOSED', { ticket_id: idOf(70), status: 'sold' });
  });

  it('takes the discount of the ticket, unless another is given', () => {
    const { when } = asked(sessionOpened, parked([book], { discount: percent(250_000) }));
    when(sell()).then({ type: 'SaleRecorded', data: { gross_minor: 900 } }, { type: 'DrawerOpened' });
    when(sell({ discount: off(0) })).then(
      { type: 'SaleRecorded', data: { gross_minor: 1200 } },
      { type: 'DrawerOpened' },
    );
  });

  it('asks nobody again for what was approved when it was parked', () => {
    const permissions = { discount_over_ppm: 100_000 };
    const cheap = { ...coffee, unit_price_minor: 100 };
    const authority = { by: cashier, approver: manager, permissions };
    const { when } = asked(sessionOpened, parked([cheap, book], { discount: percent(250_000), authority }));
    const alone = { authority: { by: cashier, permissions } };
    when(sell(alone)).then({ type: 'SaleRecorded', approved_by: null }, { type: 'DrawerOpened' });
    when(sell({ ...alone, lines: [cheap] })).thenRefuses('APPROVAL_REQUIRED', { permission: 'price_override' });
    // The discount on the whole ticket would fall on it too.
    const overLimit = { permission: 'discount_over_limit' };
    when(sell({ ...alone, lines: [coffee] })).thenRefuses('APPROVAL_REQUIRED', overLimit);
    when(parkMore([coffee], alone)).thenRefuses('APPROVAL_REQUIRED', overLimit);
    when(sell({ ...alone, discount: percent(250_001) })).thenRefuses('APPROVAL_REQUIRED', overLimit);
    when(parkMore([], alone)).then({ type: 'TicketParked', approved_by: null });
  });

  it('that is refused leaves it open', () => {
    const { till, when } = asked(sessionOpened, parked([book]));
    when(sell({ payment: { tenders: [cash(1199)] } })).thenRefuses('TENDER_TOO_SMALL', { missing_minor: 1 });
    when(sell({ lines: Array.from({ length: 1000 }, () => coffee) })).thenRefuses('SALE_TOO_LONG');
    expect(ticketOf(till.log).status).toBe('open');
  });

  it.each([
    ['sold', sell()],
    ['discarded', discard()],
  ])('or anything else is refused once it was %s', (status, ending) => {
    const { when } = asked(sessionOpened, parked([coffee]), after(ending));
    for (const command of [sell(), discard(), resume, voidLine(1), parkMore([coffee])]) {
      when(command).thenRefuses('TICKET_CLOSED', { ticket_id: idOf(70), status });
    }
  });

  it('says of any other sale that it sold none', () => {
    given(sessionOpened)
      .when({ type: 'RecordSale', lines: [coffee] })
      .then({ type: 'SaleRecorded', data: { ticket_id: null } }, { type: 'DrawerOpened' });
  });
});

describe('An open ticket', () => {
  it('blocks no Z: the Z lists it, and the next session takes it over, twice if need be', () => {
    const first = given(
      sessionOpened,
      parked([coffee], { label: 'Table 4' }),
      did(park([book], { ticket_id: idOf(71) })),
      after(resume),
      saleOf(coffee),
    );
    const open_tickets = [
      { ticket_id: idOf(70), label: 'Table 4', lines_count: 1, gross_minor: 350 },
      { ticket_id: idOf(71), label: '', lines_count: 1, gross_minor: 1200 },
    ];
    expect(first.when({ type: 'CloseSession', counted: [] }).z).toMatchObject({ open_tickets, turnover_minor: 350 });
    closed(first.log);
    const opening = { type: 'OpenSession', session_id: idOf(2), business_date: '2026-03-02', float: [] } as const;
    const session = { session_id: idOf(2), business_date: '2026-03-02' };
    const carried = (ticket_id: string, label: string, gross_minor: number, from = idOf(1)) =>
      ({ type: 'TicketCarriedOver', data: { ticket_id, label, from_session_id: from, gross_minor }, session }) as const;
    first.when(opening).then({ type: 'SessionOpened' }, carried(idOf(70), 'Table 4', 350), carried(idOf(71), '', 1200));
    nextDay(2)(first.log);
    expect(ticketsIn(first.log.events)).toMatchObject([
      { status: 'open', session_id: idOf(2) },
      { status: 'resumed', session_id: idOf(2) },
    ]);
    after(sell())(first.log);
    expect(first.when({ type: 'CloseSession', counted: [] }).z).toMatchObject({
      open_tickets: open_tickets.slice(0, 1),
      turnover_minor: 1200,
    });
    closed(first.log);
    nextDay(3)(first.log);
    expect(first.log.of('TicketCarriedOver').at(-1)).toMatchObject({
      session_id: idOf(3),
      data: { ticket_id: idOf(70), from_session_id: idOf(2) },
    });
  });

  it('of training belongs to training, and none of trade does', () => {
    const { till, when } = asked(sessionOpened, parked([coffee]), closed, nextDay(2, { training: true }));
    expect(till.log.of('TicketCarriedOver')).toEqual([]);
    for (const command of [sell(), discard(), resume, voidLine(1), parkMore([coffee])]) {
      when(command).thenRefuses('TRAINING_MISMATCH', { ticket_id: idOf(70) });
    }
    did(park([book], { ticket_id: idOf(71) }))(till.log);
    expect(till.when({ type: 'CloseSession', counted: [] }).z.open_tickets).toMatchObject([{ ticket_id: idOf(71) }]);
    closed(till.log);
    nextDay(3)(till.log);
    expect(till.log.of('TicketCarriedOver').map(({ data }) => data)).toMatchObject([
      { ticket_id: idOf(70), from_session_id: idOf(1) },
    ]);
    when(sell()).thenRefuses('TRAINING_MISMATCH', { ticket_id: idOf(71) });
    expect(till.when({ type: 'CloseSession', counted: [] }).z.open_tickets).toMatchObject([{ ticket_id: idOf(70) }]);
  });

  it('waits while no session is open', () => {
    const { when } = asked(sessionOpened, parked([coffee]), closed);
    for (const command of [sell(), discard(), resume, voidLine(1), parkMore([coffee])]) {
      when(command).thenRefuses('SESSION_NOT_OPEN');
    }
  });
});
