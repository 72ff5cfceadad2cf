import { randomUUID } from 'node:crypto';
import { readText } from '../../src/events/envelope.js';
import { salesIn } from '../domain/original-sales.js';
import { Desk } from './desk.js';
import { cashier, coffee, terms } from './fleet.js';
import type { EnrolledTill, Office } from './office.js';

/** A company with a little of everything that a back office sees. */
export interface CornerShop {
  readonly desk: Desk;
  /** Sold, took a sale back and closed its session; its day is whole. */
  readonly seller: EnrolledTill;
  /** Its disk was copied: central holds an event of the copy that it disputes. */
  readonly copied: EnrolledTill;
}

const cash = [{ method: 'cash', amount_minor: 350 }];

/** Opens the company “Corner Shop” with its store “Main Street”, and lets its terminals send what they recorded. */
export const openCornerShop = async (office: Office): Promise<CornerShop> => {
  const desk = await Desk.open(office, 'Corner Shop');
  const add = () => office.enrol('Corner Shop', office.fleet.add(), 'Main Street');
  const [seller, other, copied] = [await add(), await add(), await add()];
  const { terminal } = seller;
  terminal.openSession().sell(2);
  const [sale] = salesIn(terminal.log.read(0, 100).map(({ envelope }) => readText(envelope)));
  if (!sale) throw new Error('Nothing was sold.');
  terminal.do({ type: 'VoidSale', local_id: randomUUID(), sale, reason: 'Wrong table', authority: cashier });
  terminal.closeSession();
  other.terminal.openSession().do({
    type: 'RecordRefundWithoutReceipt',
    local_id: randomUUID(),
    lines: [coffee],
    original: { receipt_number: sale.data.receipt_number, local_id: sale.local_id },
    tenders: cash,
    reason: 'Cold coffee',
    terms,
    authority: cashier,
  });
  const copy = { ...copied, terminal: office.fleet.clone(copied.terminal) };
  copied.terminal.openSession();
  copy.terminal.openSession();
  for (const till of [other, seller, copied, copy]) await office.send(till);
  return { desk, seller, copied };
};
