import type { Examples } from '../../../openapi/examples.js';
import type { ProblemCode } from '../problem.js';
import { closing } from './closing.js';
import { opening } from './opening.js';
import { selling } from './selling.js';
import { shelves } from './shelves.js';
import { tickets } from './tickets.js';

/** A day at the till, request by request: every route once. */
export const examples: Examples<ProblemCode> = { ...opening, ...selling, ...tickets, ...shelves, ...closing };

/** How the till refuses. */
export const refused = {
  type: 'about:blank',
  title: 'Conflict',
  status: 409,
  detail: 'No session is open. Open one with its float first.',
  code: 'SESSION_NOT_OPEN',
} as const;
