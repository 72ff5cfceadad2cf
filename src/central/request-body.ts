import type { z } from 'zod';
import { presentable } from './inspection.js';
import { Problem } from './problem.js';

/**
 * What a request says, once its shape is right.
 * @throws Problem REQUEST_INVALID 422 that names the place
 */
export const readBody = <Read>(schema: z.ZodType<Read>, body: unknown): Read => {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = presentable(issue?.path.join('.') ?? '', 200);
  throw new Problem(
    422,
    'REQUEST_INVALID',
    `At “${where}”: ${presentable(issue?.message ?? '')}. Nothing was changed.`,
  );
};

/**
 * What stands behind the question mark, once its shape is right.
 * @param takes what the address takes, for a person
 * @throws Problem QUERY_INVALID 400
 */
export const readQuery = <Read>(schema: z.ZodType<Read>, query: unknown, takes: string): Read => {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  throw new Problem(400, 'QUERY_INVALID', takes);
};
