import type { TillEvent } from '../domain/event.js';
import { type Corrections, type LineShare, noCorrections } from '../domain/refund.js';
import { column, type Projection } from './projection.js';

/** What happened to one receipt after it was recorded; there is no row while nothing did. */
export interface CorrectionsRow extends Corrections {
  /** Of the sale, or of a refund that was printed again. */
  readonly local_id: string;
  /** How often it was printed again. */
  readonly reprints_count: number;
}

/** Refunds, voids and reprints, one row for each receipt that they name. What is refunded more than was sold shows in its sums. */
export const receiptCorrections: Projection<CorrectionsRow> = {
  table: 'receipt_corrections',
  key: 'local_id',
  columns: {
    local_id: column('text', 'the sale, which may be of another terminal; or a refund that was printed again'),
    refunds_count: column('integer', 'refunds that name the sale'),
    lines: column('json', 'refunded so far per line of the sale: quantity, net, tax, gross'),
    gross_minor: column('integer', 'refunded so far, with tax, unverified refunds too'),
    total_minor: column('integer', 'given back so far: gross + rounding'),
    voided_by: column('text', 'the event that voided the sale; null while it stands'),
    reprints_count: column('integer', 'how often the receipt was printed again'),
  },
  indexes: [],
  spansTerminals: true,
  keys(event) {
    if (event.type === 'SaleVoided') return [event.data.sale_local_id];
    if (event.type === 'ReceiptReprinted') return [event.data.receipt_local_id];
    if (event.type !== 'RefundRecorded' || event.data.original_local_id === null) return [];
    return [event.data.original_local_id];
  },
  reduce(row, event, local_id) {
    const before = row ?? { local_id, ...noCorrections, reprints_count: 0 };
    if (event.type === 'ReceiptReprinted') return { ...before, reprints_count: before.reprints_count + 1 };
    if (event.type === 'SaleVoided') return { ...before, voided_by: firstOf(before.voided_by, event.local_id) };
    if (event.type !== 'RefundRecorded') return before;
    const { data } = event;
    return {
      ...before,
      refunds_count: before.refunds_count + 1,
      lines: data.lines.reduce(addShare, before.lines),
      gross_minor: before.gross_minor + data.gross_minor,
      total_minor: before.total_minor + data.total_minor,
    };
  },
};

/** Two branches of a log may both void a sale: the same one of the two is named in whatever order they come. */
const firstOf = (known: string | null, other: string): string => (known !== null && known < other ? known : other);

type Refunded = TillEvent<'RefundRecorded'>['data']['lines'][number];

const addShare = (shares: readonly LineShare[], line: Refunded): readonly LineShare[] => {
  const { original_line_no: line_no, quantity_milli, net_minor, tax_minor, gross_minor } = line;
  if (line_no === null) return shares;
  const known = shares.find((share) => share.line_no === line_no);
  const sum: LineShare = {
    line_no,
    quantity_milli: (known?.quantity_milli ?? 0) + quantity_milli,
    net_minor: (known?.net_minor ?? 0) + net_minor,
    tax_minor: (known?.tax_minor ?? 0) + tax_minor,
    gross_minor: (known?.gross_minor ?? 0) + gross_minor,
  };
  return [...shares.filter((share) => share !== known), sum].sort((a, b) => a.line_no - b.line_no);
};
