import { Refusal } from './refusal.js';

/**
 * A reason as it is recorded: without the space around it.
 * @throws Refusal REASON_MISSING
 */
export const given = (reason: string): string => {
  const text = reason.trim();
  if (text === '') throw new Refusal('REASON_MISSING', 'Say why: a reason is recorded with it.');
  return text;
};
