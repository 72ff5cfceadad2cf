import type { Marked, SlipDocument } from '../domain/paper.js';
import type { Block, Layout } from './layout.js';
import { amountRow, centred, markBlock, row, ruled, shopBlocks, writingOf } from './paper-blocks.js';
import { isolated } from './plain-text.js';

/** What is on the paper for cash that went in or out without a sale, or for a drawer that was opened without one. */
export const slipLayout = (slip: Marked<SlipDocument>): Layout => {
  const writing = writingOf(slip);
  const { words, figures } = writing;
  const { kind, training, staff, approver, amount, reason } = slip;
  const notice = centred(...(training ? [words.training] : []));
  const parts: readonly (readonly Block[])[] = [
    [
      ...shopBlocks(slip, writing),
      ...notice,
      { kind: 'centred', text: words[kind], large: true },
      row(`${words.terminal} ${isolated(slip.terminal)}`, figures(slip.local_time)),
      row(`${words.staff} ${isolated(staff ?? '-')}`, figures(slip.business_date ?? '')),
      ...(approver === null ? [] : [row(`${words.approved_by} ${isolated(approver)}`)]),
    ],
    [
      ...(amount
        ? [{ ...amountRow(amount.currency, amount.amount_minor, amount.currency, writing), large: true }]
        : []),
      row(`${words.reason} ${isolated(reason)}`),
    ],
    [...notice, ...markBlock(slip, writing)],
  ];
  return { direction: words.direction, blocks: [...ruled(parts), { kind: 'cut' }] };
};
