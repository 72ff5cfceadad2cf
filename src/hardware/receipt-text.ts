import type { ReceiptDocument } from '../domain/receipt.js';
import { layoutText } from './layout-text.js';
import { receiptLayout } from './receipt-layout.js';

/** What 80 mm paper holds in the ordinary font. */
export const receiptColumns = 42;

/**
 * A receipt in English as plain text: lines of at most {@link receiptColumns} columns, each ended by a line feed.
 * Whatever a name or a reason holds, no other control character is in it.
 */
export const receiptText = (receipt: ReceiptDocument): string =>
  layoutText(receiptLayout(receipt, { language: 'en', numerals: 'latin' }), receiptColumns);
