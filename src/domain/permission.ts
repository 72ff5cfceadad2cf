import type { Role, Signatories } from './event.js';
import type { DiscountRequest, RungLine, SaleLine } from './pricing.js';
import { Refusal } from './refusal.js';

/** Somebody whom the till knows. */
export interface Actor {
  readonly staff_id: string;
  readonly role: Role;
  /** As papers show it; left out where nobody knows it. */
  readonly name?: string;
}

/** Who asks for something, who stands beside and approves it with a PIN, and what the shop lets each role do. */
export interface Authority {
  readonly by: Actor;
  readonly approver?: Actor;
  /** What the catalog says at this moment; the usual rights when left out. */
  readonly permissions?: Partial<Permissions>;
}

/** Steps that not everybody may take alone, and the lowest role that may where the catalog says nothing else. */
const usualRoles = {
  open_session: 'cashier',
  close_session: 'cashier',
  refund: 'supervisor',
  refund_without_receipt: 'manager',
  void: 'supervisor',
  /** Taking goods off an order that was parked is how a sale is hidden: whoever rang it up does not do it alone. */
  line_void: 'supervisor',
  ticket_discard: 'supervisor',
  price_override: 'supervisor',
  discount: 'cashier',
  /** A discount above `discount_over_ppm`. */
  discount_over_limit: 'supervisor',
  no_sale: 'supervisor',
  cash_movement: 'supervisor',
  reprint: 'cashier',
  /** Sees what must be in the drawer before it is counted; asked only in a shop that counts blind. */
  see_expected: 'supervisor',
  stock_count: 'supervisor',
  stock_receive: 'supervisor',
  /** Lets somebody try again who was locked out after wrong PINs. */
  unlock_staff: 'manager',
  /** Replaces the products of a till that central does not supply. */
  catalog_import: 'manager',
  /** Decides about an event that central refused. */
  settle_rejection: 'manager',
  /** Takes the log, with all its amounts and names, out of the till. */
  log_export: 'manager',
} as const satisfies Record<string, Role>;

/** A step that a role gates. */
export type Permission = keyof typeof usualRoles;

/** Every step that a role gates. */
export const permissionNames = Object.keys(usualRoles) as readonly Permission[];

/** The lowest role that may take each step alone, and the discount that needs no more than the right to give one. */
export interface Permissions extends Readonly<Record<Permission, Role>> {
  /** Parts per million of a line's price: 10 % = 100000. A line that gets more off needs `discount_over_limit`. */
  readonly discount_over_ppm: number;
}

/** What holds where the catalog says nothing: any discount is within the limit. */
export const usualPermissions: Permissions = { ...usualRoles, discount_over_ppm: 1_000_000 };

const rank: Readonly<Record<Role, number>> = { cashier: 0, supervisor: 1, manager: 2 };

/** Every role, the lowest first. */
export const roles = Object.keys(rank) as readonly Role[];

const neededFor = (permission: Permission, permissions: Authority['permissions']): Role =>
  permissions?.[permission] ?? usualPermissions[permission];

/** Whether somebody with that role may take the step alone. */
export const mayAlone = (permission: Permission, role: Role, permissions: Authority['permissions']): boolean =>
  rank[role] >= rank[neededFor(permission, permissions)];

/**
 * Who approved the step: null when the one who asks may take it alone.
 * @throws Refusal APPROVAL_REQUIRED
 */
export const approverOf = (permission: Permission, authority: Authority): string | null => {
  const { by, approver, permissions } = authority;
  const needed = neededFor(permission, permissions);
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

/**
 * The names that belong to a step.
 * @param approved_by who approved it; null when nobody had to
 */
export const namesOf = ({ by, approver }: Authority, approved_by: string | null): Signatories => ({
  staff_name: by.name ?? null,
  approver_name: approved_by === null ? null : (approver?.name ?? null),
});

/** What is rung up, and what all goods come to with it. */
export interface RungUp {
  readonly lines: readonly RungLine[];
  readonly discount?: DiscountRequest | undefined;
  /** The goods before it, as they were approved then; none of a sale without a ticket. */
  readonly before: readonly SaleLine[];
  /** Those goods, and behind them what is added. */
  readonly after: readonly SaleLine[];
}

/**
 * Who approved the prices and discounts of what is rung up: null when nobody had to. What was approved before is not
 * asked for again, unless it is a larger discount now or one on more goods.
 * @throws Refusal APPROVAL_REQUIRED
 */
export const approverOfPrices = ({ lines, discount, before, after }: RungUp, authority: Authority): string | null => {
  const overridden = lines.some((line) => line.unit_price_minor !== line.list_price_minor);
  const discounted = discount !== undefined || lines.some((line) => line.discount !== undefined);
  const isOver = (checked: readonly SaleLine[]): boolean => isOverDiscountLimit(checked, authority);
  const kept = after.slice(0, before.length);
  const moreOff = isOver(after.slice(before.length)) || (isOver(kept) && (discount !== undefined || !isOver(before)));
  const approvals = [
    overridden ? approverOf('price_override', authority) : null,
    discounted ? approverOf('discount', authority) : null,
    moreOff ? approverOf('discount_over_limit', authority) : null,
  ];
  return approvals.find((approver) => approver !== null) ?? null;
};

/**
 * Whether a line of a sale gets more off than the shop lets everybody give, all its discounts together. A discount is
 * rounded to the minor unit; what rounding adds is within the limit.
 */
const isOverDiscountLimit = (lines: readonly SaleLine[], { permissions }: Authority): boolean => {
  const limit_ppm = permissions?.discount_over_ppm ?? usualPermissions.discount_over_ppm;
  return lines.some(({ discounts, extended_minor }) => {
    if (discounts.length === 0) return false;
    if (discounts.some(({ rate_ppm }) => rate_ppm !== null && rate_ppm > limit_ppm)) return true;
    const off_minor = discounts.reduce((sum, { amount_minor }) => sum + amount_minor, 0);
    const limit = BigInt(limit_ppm) * BigInt(extended_minor);
    return BigInt(off_minor - discounts.length) * 1_000_000n >= limit;
  });
};
