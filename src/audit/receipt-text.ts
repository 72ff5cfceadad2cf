import type { ReceiptReport } from './receipt.js';
import { lines } from './report-text.js';

const kinds = { SaleRecorded: 'sale', RefundRecorded: 'refund', SaleVoided: 'void' } as const;

/** A receipt with what the log says of it, as a person reads it. @param text the receipt as it was printed */
export const receiptReportText = (report: ReceiptReport, text: string): string =>
  [
    lines([
      `Receipt ${report.receipt_number}: a ${kinds[report.type]}, event ${String(report.seq)} in epoch ${String(report.epoch)} of terminal ${report.terminal_id}`,
      `  event                ${report.hash}${report.is_event_whole ? '' : '  NOT what was recorded'}`,
      `  document, recorded   ${report.recorded_document}  renderer ${String(report.renderer)}`,
      `  document, made again ${report.made_document}`,
      ...report.voids.map(({ seq, epoch }) => `  voided by event ${String(seq)} in epoch ${String(epoch)}`),
      ...report.reprints.map(({ seq, copy_no }) => `  printed again as copy ${String(copy_no)}, event ${String(seq)}`),
      '',
    ]),
    text,
    lines(['', verdictOf(report)]),
  ].join('');

const verdictOf = ({ is_as_printed, is_event_whole }: ReceiptReport): string => {
  if (!is_event_whole) return 'NOT as it was printed: the event was changed after it was recorded.';
  if (is_as_printed === true) return 'As it was printed.';
  return is_as_printed === false
    ? 'NOT as it was printed: the log makes another document than the one that was recorded.'
    : 'This part of the log does not tell what the shop was called then, so the head of the paper may have been another.';
};
