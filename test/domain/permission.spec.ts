import type { Role } from '../../src/domain/event.js';
import { approverOf, type Permission } from '../../src/domain/permission.js';
import { errorWith } from '../errors.js';

const roles: readonly Role[] = ['cashier', 'supervisor', 'manager'];
const lowest: Readonly<Record<Permission, Role>> = {
  refund: 'supervisor',
  refund_without_receipt: 'manager',
  void_sale: 'supervisor',
  price_override: 'supervisor',
  discount: 'cashier',
  no_sale: 'supervisor',
  cash_movement: 'supervisor',
  close_session: 'cashier',
};
const actor = (role: Role) => ({ staff_id: role, role });
const may = (role: Role, permission: Permission): boolean => roles.indexOf(role) >= roles.indexOf(lowest[permission]);

describe.each(Object.keys(lowest) as Permission[])('The step %s', (permission) => {
  it.each(roles)('is taken alone by a %s with the right to it, and refused to one without', (role) => {
    const alone = () => approverOf(permission, { by: actor(role) });
    if (may(role, permission)) expect(alone()).toBeNull();
    else {
      expect(alone).toThrow(
        errorWith({ code: 'APPROVAL_REQUIRED', details: { permission, role: lowest[permission] } }),
      );
    }
  });

  it.each(roles)('is approved by a %s only where the right is theirs', (role) => {
    const asked = () => approverOf(permission, { by: actor('cashier'), approver: actor(role) });
    if (may('cashier', permission)) expect(asked()).toBeNull();
    else if (may(role, permission)) expect(asked()).toBe(role);
    else expect(asked).toThrow(errorWith({ code: 'APPROVAL_REQUIRED' }));
  });
});
