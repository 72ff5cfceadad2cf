import fc from 'fast-check';
import type { TillEvent } from '../../src/domain/event.js';
import { readReceiptNumber, receiptNumber } from '../../src/domain/receipt-number.js';
import { positionOfReceipt } from '../../src/terminal/receipts-in-log.js';
import { days } from '../domain/random-day.js';
import { passingFolder } from '../temporary-folder.js';
import { PlayedShop } from './played-shop.js';

type Receipt = TillEvent<'SaleRecorded' | 'RefundRecorded'>;

const isReceipt = (event: TillEvent): event is Receipt =>
  event.type === 'SaleRecorded' || event.type === 'RefundRecorded';

describe('A receipt number', () => {
  const part = fc.nat({ max: 99_999_999 }).map((number) => number + 1);
  const number = fc.record({
    prefix: fc.constantFrom('7E57', '0000', 'ABCD'),
    epoch: part,
    training: fc.boolean(),
    index: part,
  });

  it('says what it was made of', () => {
    fc.assert(fc.property(number, (parts) => expect(readReceiptNumber(receiptNumber(parts))).toEqual(parts)));
    expect(receiptNumber({ prefix: '7E57', epoch: 1, training: false, index: 12 })).toBe('7E57-000012');
    expect(receiptNumber({ prefix: '7E57', epoch: 3, training: true, index: 12 })).toBe('7E57-3-T-000012');
  });

  it.each(['', '7E57', '7E57-', '7E57-12', '000012', '7E57-T-', '7E57-x-000012', '7E57-1-2-000012', '7E57-000012 '])(
    'is not “%s”',
    (text) => expect(readReceiptNumber(text)).toBeUndefined(),
  );
});

describe('A receipt', () => {
  it('is found by its number in any log, of training too, and no other is taken for it', () => {
    const played = new PlayedShop(undefined, passingFolder());
    const { shop } = played;
    try {
      for (let seed = 1; seed <= 20; seed += 1) {
        played.play(fc.sample(days(3, 10), { numRuns: 1, seed }).flat());
        if (seed % 10 === 0)
          played.record((head) => [{ type: 'EpochStarted', data: { previous: head, reason: 'restore' } }]);
      }
      const receipts = shop.events.filter(isReceipt);
      const kinds = new Set(receipts.map(({ epoch, data }) => `${String(epoch > 1)} ${String(data.training)}`));
      expect(kinds.size).toBe(4);
      const { db } = shop.terminal;
      const found = receipts.map(({ data }) => positionOfReceipt(db, data.receipt_number));
      expect(found).toEqual(receipts.map(({ seq }) => seq));
      const numbers = new Set(receipts.map(({ data }) => data.receipt_number));
      for (const text of numbers) {
        const parts = readReceiptNumber(text);
        if (!parts) throw new Error(`${text} is no number`);
        const others = [
          { ...parts, index: parts.index + 1 },
          { ...parts, epoch: parts.epoch + 1 },
          { ...parts, training: !parts.training },
          { ...parts, prefix: 'ABCD' },
        ].map(receiptNumber);
        for (const other of others) {
          if (!numbers.has(other)) expect(positionOfReceipt(db, other)).toBeUndefined();
        }
      }
    } finally {
      shop.remove();
    }
  });
});
