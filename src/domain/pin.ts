import type { Role } from './event.js';

/** A PIN of fewer digits is found out by trying; a manager's opens more, so it is longer. */
const digitsMin: Readonly<Record<Role, number>> = { cashier: 4, supervisor: 4, manager: 6 };
/** More is not remembered, and is written down beside the till. */
const digitsMax = 12;

/**
 * Why a PIN is too easy to guess for that role, as the end of the sentence “The PIN …”; null when it is not.
 * Refused are the ones that people choose first (Bonneau, Preibusch and Anderson, “A birthday present every eleven
 * wallets?”, 2012): one digit or one group again and again, digits in a row, and years of birth.
 */
export const weaknessOf = (pin: string, role: Role): string | null => {
  if (!/^\d+$/u.test(pin)) return 'must be digits only';
  const least = digitsMin[role];
  if (pin.length < least) return `of a ${role} must have at least ${String(least)} digits`;
  if (pin.length > digitsMax) return `must have at most ${String(digitsMax)} digits`;
  if (/^(\d{1,4})\1+$/u.test(pin)) return 'repeats the same digits';
  if (isRow(pin, 1) || isRow(pin, -1)) return 'is a row of digits';
  return /^(19|20)\d\d$/u.test(pin) ? 'looks like a year of birth' : null;
};

const isRow = (pin: string, step: 1 | -1): boolean =>
  Array.from(pin).every((digit, index) => index === 0 || (Number(digit) - Number(pin[index - 1]) - step) % 10 === 0);
