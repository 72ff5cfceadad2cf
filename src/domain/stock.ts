import type { CountedGoods, Decided, StockedGoods } from './event.js';
import { approverOf } from './permission.js';
import { linesMax, quantityMax } from './pricing.js';
import { given } from './reason.js';
import { Refusal } from './refusal.js';
import type { CommandOf } from './till-command.js';

/**
 * Goods that came in, or with a quantity below zero went back to the supplier or away; for that a reason is asked.
 * No session is needed: goods come before the shop opens. Training moves no stock.
 *
 * @param training whether a training session is open
 * @throws Refusal TRAINING_MISMATCH, APPROVAL_REQUIRED, SALE_EMPTY, SALE_TOO_LONG, QUANTITY_INVALID, REASON_MISSING
 */
export const receiveStock = (command: CommandOf<'ReceiveStock'>, training: boolean): readonly Decided[] => {
  const { local_id, lines, supplier, reference, authority } = command;
  const approved_by = approverOf('stock_receive', authority);
  checkOccasion(lines, training);
  for (const line of lines) checkQuantity(line, line.quantity_milli, line.quantity_milli !== 0);
  const goesAway = lines.some(({ quantity_milli }) => quantity_milli < 0);
  const reason = goesAway || command.reason !== null ? given(command.reason ?? '') : null;
  return [{ type: 'StockReceived', local_id, data: { lines, supplier, reference, reason }, approved_by }];
};

/**
 * What lies on the shelf. The difference to what the till believed is recorded with it: it is what stock moves by, so
 * that what happens elsewhere before this count is known there is neither lost nor counted twice.
 *
 * No session is needed: shelves are counted after hours. Training moves no stock.
 *
 * @param training whether a training session is open
 * @throws Refusal TRAINING_MISMATCH, APPROVAL_REQUIRED, SALE_EMPTY, SALE_TOO_LONG, QUANTITY_INVALID, LINE_REPEATED,
 *   REASON_MISSING
 */
export const countStock = (command: CommandOf<'CountStock'>, training: boolean): readonly Decided[] => {
  const { local_id, authority } = command;
  const approved_by = approverOf('stock_count', authority);
  checkOccasion(command.lines, training);
  const seen = new Set<string>();
  const lines = command.lines.map((line): CountedGoods => {
    const { code, name, counted_milli, level_milli } = line;
    checkQuantity(line, counted_milli, counted_milli >= 0);
    if (seen.has(code)) {
      const message = `“${name}” is counted twice. Add the counts up and give it once; nothing was recorded.`;
      throw new Refusal('LINE_REPEATED', message, { code });
    }
    seen.add(code);
    return { code, name, counted_milli, level_milli, difference_milli: counted_milli - level_milli };
  });
  return [{ type: 'StockCounted', local_id, data: { lines, reason: given(command.reason) }, approved_by }];
};

const checkOccasion = (lines: readonly unknown[], training: boolean): void => {
  if (training) {
    throw new Refusal(
      'TRAINING_MISMATCH',
      'A training session is open, and training moves no stock. Close it first; nothing was recorded.',
    );
  }
  if (lines.length === 0) throw new Refusal('SALE_EMPTY', 'There are no goods in it. Nothing was recorded.');
  if (lines.length > linesMax) {
    throw new Refusal(
      'SALE_TOO_LONG',
      `At most ${String(linesMax)} lines go into one. Record it in parts; nothing was recorded.`,
      { limit: linesMax },
    );
  }
};

const checkQuantity = ({ code, name }: Pick<StockedGoods, 'code' | 'name'>, milli: number, fits: boolean): void => {
  if (fits && Number.isSafeInteger(milli) && Math.abs(milli) <= quantityMax) return;
  throw new Refusal('QUANTITY_INVALID', `“${name}” has a quantity that no shelf can hold. Nothing was recorded.`, {
    code,
  });
};
