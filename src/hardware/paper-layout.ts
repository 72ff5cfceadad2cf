import type { Marked, ReportDocument, SlipDocument } from '../domain/paper.js';
import type { ReceiptDocument } from '../domain/receipt.js';
import type { Layout } from './layout.js';
import { layoutText } from './layout-text.js';
import { receiptLayout } from './receipt-layout.js';
import { reportLayout } from './report-layout.js';
import { slipLayout } from './slip-layout.js';

/** Everything that is printed. */
export type Paper = Marked<ReceiptDocument> | Marked<ReportDocument> | Marked<SlipDocument>;

/** What is on a paper, from the top, in the language and with the figures that it asks for. */
export const paperLayout = (paper: Paper): Layout => {
  switch (paper.kind) {
    case 'sale':
    case 'refund':
    case 'void':
      return receiptLayout(paper);
    case 'x':
    case 'z':
      return reportLayout(paper);
    case 'paid_in':
    case 'paid_out':
    case 'drop':
    case 'no_sale':
      return slipLayout(paper);
  }
};

/** What 80 mm paper holds in the ordinary font. */
export const textColumns = 42;

/** A paper as plain text: lines of at most {@link textColumns} columns, each ended by a line feed. */
export const paperText = (paper: Paper): string => layoutText(paperLayout(paper), textColumns);
