import { drawerJournal } from './drawer-journal.js';
import { anyProjection } from './projection.js';
import { receipts } from './receipts.js';
import { sessions } from './sessions.js';
import { tillState } from './till-state.js';
/** The read models that terminal, central and auditor share. They may be filled in any order of delivery. */
export const sharedReadModels = [
    anyProjection(receipts),
    anyProjection(sessions),
    anyProjection(drawerJournal),
];
/** The read models of a terminal. */
export const terminalReadModels = [...sharedReadModels, anyProjection(tillState)];
