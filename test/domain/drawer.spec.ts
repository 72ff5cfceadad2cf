import { alone, approved, did, given, manager, sessionOpened, supervisor } from './specification.js';
import { idOf } from './till-log.js';

describe('The drawer', () => {
  it('opens without a sale for a supervisor, who says why', () => {
    given(sessionOpened)
      .when({ type: 'OpenDrawer', reason: '  change for the bus ', authority: { by: supervisor } })
      .then({
        type: 'DrawerOpened',
        data: { reason: 'change for the bus', cause_local_id: null },
        approved_by: null,
      });
  });

  it('opens for a cashier when a manager approves, and remembers who', () => {
    given(sessionOpened)
      .when({ type: 'OpenDrawer', reason: 'look', authority: approved })
      .then({ type: 'DrawerOpened', approved_by: 'manager-1' });
  });

  it('stays shut for a cashier alone, and without a reason', () => {
    given(sessionOpened)
      .when({ type: 'OpenDrawer', reason: 'look', authority: alone })
      .thenRefuses('APPROVAL_REQUIRED', { permission: 'no_sale', role: 'supervisor' });
    given(sessionOpened).when({ type: 'OpenDrawer', reason: ' \n', authority: approved }).thenRefuses('REASON_MISSING');
  });
});

describe('Cash that moves without a sale', () => {
  const move = {
    type: 'MoveCash',
    kind: 'paid_out',
    currency: 'USD',
    amount_minor: 700,
    reason: 'milk',
    authority: { by: manager },
  } as const;

  it('is recorded together with the opening of the drawer', () => {
    given(sessionOpened)
      .when({ ...move, local_id: idOf(9) })
      .then(
        {
          type: 'CashMoved',
          local_id: idOf(9),
          data: { kind: 'paid_out', currency: 'USD', amount_minor: 700, reason: 'milk' },
        },
        { type: 'DrawerOpened', data: { reason: 'paid_out', cause_local_id: idOf(9) } },
      );
  });

  it.each([
    ['paid_in', 10_700],
    ['paid_out', 9300],
    ['drop', 9300],
  ] as const)('counts as %s', (kind, left) => {
    const { report } = given(sessionOpened).when({ ...move, kind });
    expect(report.expected).toEqual([{ currency: 'USD', amount_minor: left }]);
    expect(report.turnover_minor).toBe(0);
  });

  it('adds up per kind and currency', () => {
    const { report } = given(sessionOpened, did(move), did(move)).when({ ...move, currency: 'LBP' });
    expect(report.cash_movements).toEqual([
      { kind: 'paid_out', currency: 'LBP', count: 1, amount_minor: 700 },
      { kind: 'paid_out', currency: 'USD', count: 2, amount_minor: 1400 },
    ]);
  });

  it.each([
    ['APPROVAL_REQUIRED', { authority: alone }],
    ['UNKNOWN_CURRENCY', { currency: 'KWD' }],
    ['AMOUNT_INVALID', { amount_minor: 0 }],
    ['AMOUNT_INVALID', { amount_minor: 1.5 }],
    ['AMOUNT_TOO_LARGE', { amount_minor: 9_000_000_000_001 }],
    ['REASON_MISSING', { reason: '' }],
  ] as const)('is refused with %s for %o', (code, change) => {
    given(sessionOpened)
      .when({ ...move, ...change })
      .thenRefuses(code);
  });
});
