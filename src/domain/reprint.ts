import type { Decided } from './event.js';
import { approverOf, namesOf } from './permission.js';
import { Refusal } from './refusal.js';
import type { CommandOf } from './till-command.js';

/**
 * A receipt is printed again. A customer may ask for it before a session is open or after it was closed; then it belongs
 * to none and no Z counts it.
 *
 * @param isTrainingOpen whether the session that is open is one for training
 * @throws Refusal APPROVAL_REQUIRED, REASON_MISSING, TRAINING_MISMATCH
 */
export const reprintOf = (
  { receipt_local_id, receipt_number, training, reprints, reason, authority }: CommandOf<'ReprintReceipt'>,
  isTrainingOpen: boolean,
): Decided<'ReceiptReprinted'> => {
  const approved_by = approverOf('reprint', authority);
  // Else what is done in training, which counts nowhere, would put real paper into the world.
  if (training !== isTrainingOpen) {
    throw new Refusal(
      'TRAINING_MISMATCH',
      training
        ? `Receipt ${receipt_number} was made in training, so it is only printed again there.`
        : `Receipt ${receipt_number} was sold to somebody: close the training session before you print it again.`,
      { receipt_number },
    );
  }
  const why = reason?.trim() ?? null;
  if (why === '') throw new Refusal('REASON_MISSING', 'Say why it is printed again, or leave the reason out.');
  return {
    type: 'ReceiptReprinted',
    data: { receipt_local_id, receipt_number, copy_no: reprints + 1, reason: why, ...namesOf(authority, approved_by) },
    approved_by,
  };
};
