import type { Examples } from '../../openapi/examples.js';
import type { ProblemCode } from '../problem.js';
import { accounts } from './accounts.js';
import { catalogs } from './catalogs.js';
import { figures } from './figures.js';
import { proofs } from './proofs.js';
import { sessions } from './sessions.js';
import { stores } from './stores.js';
import { terminals } from './terminals.js';

/** A day at the back office and of its terminals, request by request: every route once. */
export const examples: Examples<ProblemCode> = {
  ...accounts,
  ...catalogs,
  ...stores,
  ...terminals,
  ...sessions,
  ...figures,
  ...proofs,
};

/** How central refuses. */
export const refused = {
  type: 'about:blank',
  title: 'draft changed',
  status: 412,
  code: 'DRAFT_CHANGED',
  detail: 'Rania Khoury changed the draft meanwhile. Nothing was changed now: look at it again, then repeat.',
  request_id: '5f1c2b7e-6d0a-4f3b-9a53-0c4f8f1d2a77',
} as const;
