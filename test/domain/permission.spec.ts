import type { Role } from '../../src/domain/event.js';
import { approverOf, type Permission, permissionNames } from '../../src/domain/permission.js';
import type { DiscountRequest, RungLine } from '../../src/domain/pricing.js';
import { errorWith } from '../errors.js';
import { alone, cashier, coffee, given, manager, sessionOpened, supervisor } from './specification.js';

const roles: readonly Role[] = ['cashier', 'supervisor', 'manager'];
const lowest: Readonly<Record<Permission, Role>> = {
  open_session: 'cashier',
  close_session: 'cashier',
  refund: 'supervisor',
  refund_without_receipt: 'manager',
  void: 'supervisor',
  line_void: 'supervisor',
  ticket_discard: 'supervisor',
  price_override: 'supervisor',
  discount: 'cashier',
  discount_over_limit: 'supervisor',
  no_sale: 'supervisor',
  cash_movement: 'supervisor',
  reprint: 'cashier',
  see_expected: 'supervisor',
  stock_count: 'supervisor',
  stock_receive: 'supervisor',
  unlock_staff: 'manager',
  catalog_import: 'manager',
  settle_rejection: 'manager',
  log_export: 'manager',
};
const actor = (role: Role) => ({ staff_id: role, role });
const may = (role: Role, needed: Role): boolean => roles.indexOf(role) >= roles.indexOf(needed);

const tables = permissionNames.flatMap((permission) => [
  { permission, needed: lowest[permission], says: 'where the catalog says nothing', permissions: {} },
  ...roles.map((needed) => ({
    permission,
    needed,
    says: `kept for a ${needed}`,
    permissions: { [permission]: needed },
  })),
]);

describe.each(tables)('The step $permission, $says', ({ permission, needed, permissions }) => {
  it.each(roles)('is taken alone by a %s with the right to it, and refused to one without', (role) => {
    const asked = () => approverOf(permission, { by: actor(role), permissions });
    if (may(role, needed)) expect(asked()).toBeNull();
    else expect(asked).toThrow(errorWith({ code: 'APPROVAL_REQUIRED', details: { permission, role: needed } }));
  });

  it.each(roles)('is approved by a %s only where the right is theirs', (role) => {
    const asked = () => approverOf(permission, { by: actor('cashier'), approver: actor(role), permissions });
    if (may('cashier', needed)) expect(asked()).toBeNull();
    else if (may(role, needed)) expect(asked()).toBe(role);
    else expect(asked).toThrow(errorWith({ code: 'APPROVAL_REQUIRED' }));
  });
});

describe('A session', () => {
  const open = { type: 'OpenSession', session_id: '7', business_date: '2026-03-02', float: [] } as const;
  const permissions = { open_session: 'supervisor' } as const;

  it('is opened by anybody, unless the shop keeps it for others', () => {
    given().when(open).then({ type: 'SessionOpened', approved_by: null });
    given()
      .when({ ...open, authority: { by: cashier, permissions } })
      .thenRefuses('APPROVAL_REQUIRED', { permission: 'open_session' });
    given()
      .when({ ...open, authority: { by: cashier, approver: supervisor, permissions } })
      .then({ type: 'SessionOpened', approved_by: supervisor.staff_id });
  });
});

describe('A discount', () => {
  const till = given(sessionOpened);
  const permissions = { discount_over_ppm: 100_000 };
  const off = (discount: DiscountRequest, more: Partial<RungLine>) =>
    till.when({
      type: 'RecordSale',
      lines: [{ ...coffee, ...more }],
      discount,
      authority: { by: cashier, permissions },
    });
  const percent = (rate_ppm: number): DiscountRequest => ({ kind: 'percent', rate_ppm, reason: 'x' });
  const amount = (amount_minor: number): DiscountRequest => ({ kind: 'amount', amount_minor, reason: 'x' });
  const priced = (unit_price_minor: number) => ({ unit_price_minor, list_price_minor: unit_price_minor });

  it('of any size is within the limit where the catalog names none', () => {
    const whole = percent(1_000_000);
    const paid = { tenders: [] };
    till
      .when({ type: 'RecordSale', lines: [coffee], discount: whole, authority: alone, payment: paid })
      .then({ type: 'SaleRecorded', approved_by: null });
  });

  it.each<readonly [string, DiscountRequest, Partial<RungLine>]>([
    ['of exactly the limit', percent(100_000), {}],
    ['of the limit that rounding makes larger', percent(100_000), priced(35)],
    ['of an amount up to the limit', amount(35), {}],
    ['of nothing', amount(0), {}],
  ])('%s is given by a cashier alone', (_says, discount, more) => {
    expect(off(discount, more).decided[0]).toMatchObject({ type: 'SaleRecorded', approved_by: null });
  });

  it.each<readonly [string, DiscountRequest, Partial<RungLine>]>([
    ['by a percent', percent(110_000), {}],
    ['by a percent that rounding makes smaller', percent(140_000), priced(10)],
    ['by an amount', amount(36), {}],
    ['with two discounts', percent(60_000), { discount: percent(60_000) }],
  ])('over the limit %s needs somebody who may give more', (_says, discount, more) => {
    off(discount, more).thenRefuses('APPROVAL_REQUIRED', { permission: 'discount_over_limit', role: 'supervisor' });
  });

  it('over the limit names who approved it', () => {
    const discount = percent(500_000);
    const authority = { by: cashier, approver: manager, permissions };
    expect(till.when({ type: 'RecordSale', lines: [coffee], discount, authority }).decided[0]).toMatchObject({
      type: 'SaleRecorded',
      approved_by: manager.staff_id,
    });
  });

  it('is refused to everybody below the role that the shop keeps it for', () => {
    const authority = { by: cashier, permissions: { discount: 'supervisor' } } as const;
    const discount = percent(1);
    till
      .when({ type: 'RecordSale', lines: [coffee], discount, authority })
      .thenRefuses('APPROVAL_REQUIRED', { permission: 'discount' });
  });
});
