import { correctionJournal } from './correction-journal.js';
import { drawerJournal } from './drawer-journal.js';
import { type AnyProjection, anyProjection } from './projection.js';
import { receiptCorrections } from './receipt-corrections.js';
import { receipts } from './receipts.js';
import { terminalFacts } from './terminal-facts.js';
import { rejectionSettlements } from './rejection-settlements.js';
import { sessions } from './sessions.js';
import { tickets } from './tickets.js';
import { stockMovements } from './stock-movements.js';
import { wrongPins } from './wrong-pins.js';

/** The read models that terminal, central and auditor share. They may be filled in any order of delivery. */
export const sharedReadModels: readonly AnyProjection[] = [
  anyProjection(receiptCorrections),
  anyProjection(sessions),
  anyProjection(stockMovements),
  anyProjection(rejectionSettlements),
];

/**
 * The read models of central: those that it shares, and what only the back office looks at. In any order of delivery too.
 */
export const centralReadModels: readonly AnyProjection[] = [
  anyProjection(receipts),
  ...sharedReadModels,
  anyProjection(correctionJournal),
  anyProjection(drawerJournal),
  anyProjection(terminalFacts),
];

/** The read models of a terminal. */
export const terminalReadModels: readonly AnyProjection[] = [
  ...sharedReadModels,
  anyProjection(wrongPins),
  anyProjection(tickets),
];
