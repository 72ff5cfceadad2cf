import type { TillEvent } from '../domain/event.js';
import type { RungLine } from '../domain/pricing.js';
import type { Records } from './records.js';

/**
 * What the kitchen is told to make: the lines of these categories that were parked, or sold without having been parked
 * before. In training it is told nothing.
 */
export const orderedLines = (
  event: TillEvent,
  { categories }: { readonly categories: readonly string[] },
  records: Pick<Records, 'ticket'>,
): readonly Pick<RungLine, 'name' | 'quantity_milli'>[] =>
  newLines(event, records).filter(({ category }) => category !== null && categories.includes(category));

/** Whether the event puts something on the order slip of these categories. */
export const isOrderFor = (...order: Parameters<typeof orderedLines>): boolean => orderedLines(...order).length > 0;

const newLines = (
  event: TillEvent,
  records: Pick<Records, 'ticket'>,
): readonly Pick<RungLine, 'name' | 'quantity_milli' | 'category'>[] => {
  if (event.type !== 'TicketParked' && event.type !== 'SaleRecorded') return [];
  if (event.data.training) return [];
  if (event.type === 'TicketParked' || event.data.ticket_id === null) return event.data.lines;
  // A sale names the lines of its ticket first. What is left of a ticket changes no more once it is sold.
  return event.data.lines.slice(records.ticket(event.data.ticket_id)?.lines.length ?? 0);
};
