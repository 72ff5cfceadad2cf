import type { Role } from './event.js';
import { Refusal } from './refusal.js';

/** Somebody whom the till knows. */
export interface Actor {
  readonly staff_id: string;
  readonly role: Role;
}

/** Who asks for something, and who stands beside and approves it with a PIN. */
export interface Authority {
  readonly by: Actor;
  readonly approver?: Actor;
}

/** Steps that not everybody may take alone, and the lowest role that may. */
const lowestRole = {
  refund: 'supervisor',
  refund_without_receipt: 'manager',
  void_sale: 'supervisor',
  price_override: 'supervisor',
  discount: 'cashier',
  no_sale: 'supervisor',
  cash_movement: 'supervisor',
  close_session: 'cashier',
} as const satisfies Record<string, Role>;

/** A step that a role gates. */
export type Permission = keyof typeof lowestRole;

const rank: Readonly<Record<Role, number>> = { cashier: 0, supervisor: 1, manager: 2 };

/**
 * Who approved the step: null when the one who asks may take it alone.
 * @throws Refusal APPROVAL_REQUIRED
 */
export const approverOf = (permission: Permission, { by, approver }: Authority): string | null => {
  const needed = lowestRole[permission];
  if (rank[by.role] >= rank[needed]) return null;
  if (approver && rank[approver.role] >= rank[needed]) return approver.staff_id;
  throw new Refusal(
    'APPROVAL_REQUIRED',
    `This needs a ${needed}: let one approve it with a PIN. Nothing was recorded.`,
    {
      permission,
      role: needed,
    },
  );
};
