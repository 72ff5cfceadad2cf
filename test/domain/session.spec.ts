import {
  apples,
  approved,
  book,
  cash,
  coffee,
  did,
  dollars,
  given,
  saleOf,
  sessionOpened,
  trainingOpened,
} from './specification.js';
import { headBefore, idOf } from './till-log.js';

const float = [
  { currency: 'USD', amount_minor: 5000 },
  { currency: 'LBP', amount_minor: 300_000_000 },
];
const open = { type: 'OpenSession', session_id: idOf(7), business_date: '2026-03-02', float } as const;
const closed = did({ type: 'CloseSession', counted: [] });

describe('Opening a session', () => {
  it('records the float and gives the session its id and business date', () => {
    given()
      .when(open)
      .then({
        type: 'SessionOpened',
        data: { currency: 'USD', float, training: false },
        session: { session_id: idOf(7), business_date: '2026-03-02' },
      });
  });

  it('expects the float in the drawer, per currency in alphabetical order', () => {
    expect(given().when(open).report).toMatchObject({
      session_id: idOf(7),
      business_date: '2026-03-02',
      currency: 'USD',
      opened_by: 'cashier-1',
      training: false,
      expected: [float[1], float[0]],
      first_seq: 2,
      last_seq: 2,
    });
  });

  it('takes an empty float', () => {
    given()
      .when({ ...open, float: [] })
      .then({ type: 'SessionOpened', data: { float: [] } });
  });

  it('refuses while another is open', () => {
    given(sessionOpened)
      .when(open)
      .thenRefuses('SESSION_ALREADY_OPEN', { session_id: idOf(1) });
  });

  it('refuses a currency that the shop does not take', () => {
    given()
      .when({ ...open, float: [{ currency: 'KWD', amount_minor: 1 }] })
      .thenRefuses('UNKNOWN_CURRENCY', { currency: 'KWD' });
  });

  it('refuses a currency that is given twice', () => {
    given()
      .when({ ...open, float: [...float, { currency: 'USD', amount_minor: 1 }] })
      .thenRefuses('COUNT_REPEATED', { currency: 'USD' });
  });

  it.each([-1, 0.5, Number.NaN])('refuses a float of %p', (amount_minor) => {
    given()
      .when({ ...open, float: [{ currency: 'USD', amount_minor }] })
      .thenRefuses('AMOUNT_INVALID');
  });

  it('refuses a float that no till can hold', () => {
    given()
      .when({ ...open, float: [{ currency: 'USD', amount_minor: 9_000_000_000_001 }] })
      .thenRefuses('AMOUNT_TOO_LARGE');
  });

  it('refuses to count in another currency than every session before', () => {
    given(sessionOpened, closed)
      .when({ ...open, float: [], terms: { ...dollars, currency: 'EUR' } })
      .thenRefuses('CURRENCY_CHANGED', { currency: 'USD' });
  });

  it('numbers the next Z report and the next receipt on from the session before', () => {
    const next = given(sessionOpened, saleOf(coffee), closed, did(open), saleOf(book)).when({
      type: 'CloseSession',
      counted: [],
    });
    expect(next.z).toMatchObject({
      z_number: 2,
      first_receipt: { receipt_index: 2, receipt_number: '7E57-000002' },
      last_receipt: { receipt_index: 2, receipt_number: '7E57-000002' },
      gross_minor: 1200,
      perpetual: { turnover_minor: 1550, absolute_minor: 1550 },
    });
  });
});

describe('Closing a session', () => {
  it.each(['RecordSale', 'RecordRefundWithoutReceipt', 'OpenDrawer', 'MoveCash', 'CloseSession'] as const)(
    'comes after opening one: without a session %s is refused',
    (type) => {
      const commands = {
        RecordSale: { type: 'RecordSale', lines: [coffee] },
        RecordRefundWithoutReceipt: { type: 'RecordRefundWithoutReceipt', lines: [coffee], tenders: [], reason: 'x' },
        OpenDrawer: { type: 'OpenDrawer', reason: 'x' },
        MoveCash: { type: 'MoveCash', kind: 'drop', currency: 'USD', amount_minor: 1, reason: 'x' },
        CloseSession: { type: 'CloseSession', counted: [] },
      } as const;
      given().when(commands[type]).thenRefuses('SESSION_NOT_OPEN');
      given(sessionOpened, closed).when(commands[type]).thenRefuses('SESSION_NOT_OPEN');
    },
  );

  it('adds up everything that happened in it', () => {
    const { z } = given(
      sessionOpened,
      did({
        type: 'RecordSale',
        lines: [coffee, { ...apples, quantity_milli: 1500 }],
        payment: { tenders: [cash(2000)], tip: { amount_minor: 50, beneficiary: 'staff' } },
      }),
      did({
        type: 'RecordSale',
        lines: [{ ...book, unit_price_minor: 1000, discount: { kind: 'percent', rate_ppm: 100_000, reason: 'worn' } }],
        payment: {
          tenders: [{ method: 'card', amount_minor: 920 }],
          tip: { amount_minor: 20, beneficiary: 'house' },
        },
        authority: approved,
      }),
      did({
        type: 'RecordRefundWithoutReceipt',
        lines: [coffee],
        tenders: [cash(350)],
        reason: 'cold',
        authority: approved,
      }),
      did({
        type: 'MoveCash',
        kind: 'paid_in',
        currency: 'LBP',
        amount_minor: 100_000,
        reason: 'coins',
        authority: approved,
      }),
      did({ type: 'MoveCash', kind: 'drop', currency: 'USD', amount_minor: 500, reason: 'safe', authority: approved }),
      did({ type: 'OpenDrawer', reason: 'look', authority: approved }),
    ).when({ type: 'CloseSession', counted: [{ currency: 'USD', amount_minor: 10_290 }] });
    expect(z).toEqual({
      session_id: idOf(1),
      business_date: '2026-03-01',
      training: false,
      currency: 'USD',
      opened_at: '2026-03-01T08:00:02.000Z',
      opened_by: 'cashier-1',
      first_seq: 2,
      last_seq: 12,
      first_receipt: { receipt_index: 1, receipt_number: '7E57-000001' },
      last_receipt: { receipt_index: 3, receipt_number: '7E57-000003' },
      sales_count: 2,
      refunds_count: 1,
      lines_count: 4,
      overrides_count: 1,
      gross_minor: 350 + 786 + 900,
      refunds_minor: 350,
      voids_count: 0,
      voids_minor: 0,
      turnover_minor: 786 + 900,
      net_minor: 749 + 900,
      tax_minor: 37,
      taxes: [
        { tax_code: 'FOOD', rate_ppm: 50_000, net_minor: 749, tax_minor: 37, gross_minor: 786 },
        { tax_code: 'VAT', rate_ppm: 110_000, net_minor: 0, tax_minor: 0, gross_minor: 0 },
        { tax_code: 'ZERO', rate_ppm: 0, net_minor: 900, tax_minor: 0, gross_minor: 900 },
      ],
      discounts_minor: 100,
      rounding_minor: 0,
      tips_staff_minor: 50,
      tips_house_minor: 20,
      tenders: [
        tenders('card', { count: 1, received_minor: 920, amount_minor: 920 }),
        tenders('cash', {
          count: 2,
          received_minor: 2000,
          change_minor: 814,
          refunded_minor: 350,
          amount_minor: 836,
        }),
      ],
      cash_movements: [
        { kind: 'drop', currency: 'USD', count: 1, amount_minor: 500 },
        { kind: 'paid_in', currency: 'LBP', count: 1, amount_minor: 100_000 },
      ],
      drawer_opens: ['drop', 'look', 'paid_in', 'refund', 'sale'].map((reason) => ({ reason, count: 1 })),
      reprints_count: 0,
      float: [{ currency: 'USD', amount_minor: 10_000 }],
      expected: [
        { currency: 'LBP', amount_minor: 100_000 },
        { currency: 'USD', amount_minor: 10_336 },
      ],
      z_number: 1,
      closed_at: '2026-03-01T20:00:00.000Z',
      closed_by: 'cashier-1',
      counted: [{ currency: 'USD', amount_minor: 10_290 }],
      counted_denominations: [],
      difference: [
        { currency: 'LBP', amount_minor: -100_000 },
        { currency: 'USD', amount_minor: -46 },
      ],
      perpetual: { turnover_minor: 1686, absolute_minor: 2386 },
      line_voids_count: 0,
      line_voids_minor: 0,
      tickets_discarded_count: 0,
      tickets_discarded_minor: 0,
      open_tickets: [],
      unsynced_events: 12,
      prev_hash: headBefore(12).hash,
    });
  });

  it('leaves the till closed and moves the perpetual totals', () => {
    const { state } = given(sessionOpened, saleOf(coffee)).when({ type: 'CloseSession', counted: [] });
    expect(state).toMatchObject({
      session: { status: 'closed' },
      z_reports: 1,
      receipts: 1,
      currency: 'USD',
      perpetual: { turnover_minor: 350, absolute_minor: 350 },
    });
  });

  it('records a surplus as well as a loss, also of a currency that was never expected', () => {
    const { z } = given(sessionOpened).when({
      type: 'CloseSession',
      counted: [
        { currency: 'USD', amount_minor: 10_001 },
        { currency: 'EUR', amount_minor: 500 },
      ],
    });
    expect(z.difference).toEqual([
      { currency: 'EUR', amount_minor: 500 },
      { currency: 'USD', amount_minor: 1 },
    ]);
  });

  it.each([
    ['COUNT_REPEATED', [cash(1), cash(2)]],
    ['UNKNOWN_CURRENCY', [cash(1, 'KWD')]],
    ['AMOUNT_INVALID', [cash(0.5)]],
    ['AMOUNT_TOO_LARGE', [cash(9_000_000_000_001)]],
  ] as const)('refuses a count with %s', (code, counts) => {
    const counted = counts.map(({ currency, amount_minor }) => ({ currency, amount_minor }));
    given(sessionOpened).when({ type: 'CloseSession', counted }).thenRefuses(code);
  });

  it('takes a count below zero: more was paid back than there was', () => {
    const { z } = given(sessionOpened).when({
      type: 'CloseSession',
      counted: [{ currency: 'USD', amount_minor: -300 }],
    });
    expect(z.difference).toEqual([{ currency: 'USD', amount_minor: -10_300 }]);
  });

  it('counts a currency that is in the drawer although a new catalog no longer takes it', () => {
    const withoutPounds = { ...dollars, currencies: dollars.currencies.filter(({ currency }) => currency !== 'LBP') };
    const { z } = given(did(open)).when({ type: 'CloseSession', counted: float, terms: withoutPounds });
    expect(z.difference.map(({ amount_minor }) => amount_minor)).toEqual([0, 0]);
  });
});

describe('A training session', () => {
  it('has receipt numbers of its own, no Z number, and moves no total', () => {
    const training = given(sessionOpened, saleOf(coffee), closed, trainingOpened, saleOf(book));
    training.when({ type: 'RecordSale', lines: [coffee] }).then(
      { type: 'SaleRecorded', data: { receipt_number: '7E57-T-000002', receipt_index: 2, training: true } },
      {
        type: 'DrawerOpened',
      },
    );
    const closing = training.when({ type: 'CloseSession', counted: [] });
    expect(closing.z).toMatchObject({
      z_number: null,
      training: true,
      gross_minor: 1200,
      perpetual: { turnover_minor: 350, absolute_minor: 350 },
    });
    expect(closing.state).toMatchObject({ z_reports: 1, receipts: 1, training_receipts: 1 });
  });
});

describe('What concerns the terminal and no session', () => {
  it('leaves the till as it is, apart from its place in the log', () => {
    const before = given(sessionOpened, saleOf(coffee));
    const { state } = before.log;
    before.log.append([
      { type: 'TerminalStopped', data: { reason: 'evening' } },
      { type: 'ClockJumped', data: { expected_at: 'a', found_at: 'b', jump_ms: 1 } },
      {
        type: 'TerminalRecovered',
        data: { last_receipt_number: null, last_receipt_local_id: null, last_receipt_printed: null },
      },
    ]);
    const report = { last_seq: state.seq + 3, gross_minor: 350, sales_count: 1 };
    const { session: _session, ...rest } = state;
    expect(before.log.state).toMatchObject({ ...rest, seq: state.seq + 3, session: { status: 'open', report } });
  });

  it('shows the epoch in receipt numbers from the second epoch on, and counts on', () => {
    given(sessionOpened, saleOf(coffee), {
      type: 'EpochStarted',
      data: { previous: headBefore(4), reason: 'restored' },
    })
      .when({ type: 'RecordSale', lines: [coffee] })
      .then(
        { type: 'SaleRecorded', data: { receipt_number: '7E57-2-000002', receipt_index: 2 } },
        {
          type: 'DrawerOpened',
        },
      );
  });
});

const tenders = (method: string, sums: object) => ({
  method,
  currency: 'USD',
  change_minor: 0,
  refunded_minor: 0,
  ...sums,
});
