import { Refusal } from './refusal.js';
/** Steps that not everybody may take alone, and the lowest role that may. */
const lowestRole = {
    refund_without_receipt: 'manager',
    price_override: 'supervisor',
    discount: 'cashier',
    no_sale: 'supervisor',
    cash_movement: 'supervisor',
    close_session: 'cashier',
};
const rank = { cashier: 0, supervisor: 1, manager: 2 };
/**
 * Who approved the step: null when the one who asks may take it alone.
 * @throws Refusal APPROVAL_REQUIRED
 */
export const approverOf = (permission, { by, approver }) => {
    const needed = lowestRole[permission];
    if (rank[by.role] >= rank[needed])
        return null;
    if (approver && rank[approver.role] >= rank[needed])
        return approver.staff_id;
    throw new Refusal('APPROVAL_REQUIRED', `This needs a ${needed}: let one approve it with a PIN. Nothing was recorded.`, {
        permission,
        role: needed,
    });
};
