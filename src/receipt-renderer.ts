import type { ReceiptRenderer } from './audit/receipt-files.js';
import { escposJobs } from './hardware/escpos-job.js';
import { layoutPng } from './hardware/layout-png.js';
import { layoutText } from './hardware/layout-text.js';
import { papers } from './hardware/paper.js';
import { paperLayout } from './hardware/paper-layout.js';
import { type PaperStyle, printerOf } from './terminal/printing.js';

/** Receipts as a till prints them on such a roll. @throws PaperFault for what no font has */
export const receiptRenderer = (roll: PaperStyle['paper']): ReceiptRenderer => ({
  txt: (paper) => layoutText(paperLayout(paper), papers[roll].columns),
  png: (paper) => layoutPng(paperLayout(paper), papers[roll]),
  escpos: (paper) => Buffer.concat(escposJobs(paperLayout(paper), printerOf(roll))),
});
