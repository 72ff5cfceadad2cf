import type { Block, Layout } from './layout.js';
import { decimal, isolated, printable } from './plain-text.js';
import type { ReceiptLanguage } from './receipt-words.js';

/** What the kitchen is told to make. No price, no amount. */
export interface KitchenOrder {
  /** Of the receipt, or a short one of the ticket. */
  readonly number: string;
  /** What the ticket is called, such as a table; empty when nobody gave it a name. */
  readonly label: string;
  /** YYYY-MM-DD HH:MM on the shop's wall. */
  readonly local_time: string;
  readonly lines: readonly { readonly name: string; readonly quantity_milli: number }[];
}

const orderWord = { en: 'ORDER', fr: 'COMMANDE', ar: 'طلب' } as const satisfies Record<ReceiptLanguage, string>;

/** An order slip: large, because it is read from a wall. */
export const kitchenSlip = (order: KitchenOrder, language: ReceiptLanguage): Layout => ({
  direction: language === 'ar' ? 'rtl' : 'ltr',
  blocks: [
    { kind: 'centred', text: orderWord[language], large: true },
    ...(printable(order.label) === '' ? [] : [{ kind: 'centred', text: isolated(order.label), large: true } as const]),
    { kind: 'row', start: isolated(order.number), end: order.local_time },
    { kind: 'rule' },
    ...order.lines.map(({ name, quantity_milli }): Block => ({
      kind: 'row',
      start: `${decimal(quantity_milli, 3)} x ${isolated(name)}`,
      large: true,
    })),
    { kind: 'cut' },
  ],
});
