import { randomUUID } from 'node:crypto';
import type { RungLine } from '../../src/domain/pricing.js';
import type { TillEvent } from '../../src/domain/event.js';
import { readText } from '../../src/events/envelope.js';
import { salesIn } from '../domain/original-sales.js';
import { cashier, coffee, terms, type TillTerminal } from './fleet.js';

/** Goods beside coffee, in no category. */
export const bread: RungLine = {
  ...coffee,
  code: 'brown bread',
  name: 'Bread',
  category: null,
  unit_price_minor: 100,
  list_price_minor: 100,
};

/** The whole log of a terminal. */
export const eventsOf = (terminal: TillTerminal): readonly TillEvent[] =>
  terminal.log.read(0, 10_000).map(({ envelope }) => readText(envelope));

/** Sells lines, paid with 50 too much where in cash. @returns the sale */
export const sell = (terminal: TillTerminal, lines: readonly RungLine[], method = 'cash'): string => {
  const local_id = randomUUID();
  const total = lines.reduce((sum, line) => sum + (line.unit_price_minor * line.quantity_milli) / 1000, 0);
  const payment = { tenders: [{ method, amount_minor: method === 'cash' ? total + 50 : total }] };
  terminal.do({ type: 'RecordSale', local_id, lines, payment, terms, authority: cashier });
  return local_id;
};

/** A sale as a refund needs it. */
export const saleOf = (seller: TillTerminal, local_id: string) => {
  const sale = salesIn(eventsOf(seller)).find((one) => one.local_id === local_id);
  if (!sale) throw new Error('There is no such sale.');
  return sale;
};

/** Refunds one piece of a line of a sale that the terminal made itself. */
export const refund = (
  terminal: TillTerminal,
  sale: ReturnType<typeof saleOf>,
  line_no: number,
  amount_minor: number,
): void => {
  const request = {
    lines: [{ line_no, quantity_milli: 1000 }],
    tenders: [{ method: 'cash', amount_minor }],
    reason: 'cold',
  };
  terminal.do({ type: 'RecordRefund', local_id: randomUUID(), sale, ...request, terms, authority: cashier });
};

/** Refunds a receipt that another terminal printed, whose sale this one does not have. */
export const refundUnseen = (
  terminal: TillTerminal,
  sale: ReturnType<typeof saleOf>,
  lines: readonly RungLine[],
  typedNumber?: string,
) => {
  const original =
    typedNumber === undefined
      ? { receipt_number: sale.data.receipt_number, local_id: sale.local_id }
      : { receipt_number: typedNumber, local_id: null };
  const amount_minor = lines.reduce((sum, line) => sum + line.unit_price_minor, 0);
  const request = { lines, original, tenders: [{ method: 'cash', amount_minor }], reason: 'cold' };
  terminal.do({ type: 'RecordRefundWithoutReceipt', local_id: randomUUID(), ...request, terms, authority: cashier });
};
