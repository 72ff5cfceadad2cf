import type { EventMeta, RecordedReceipt } from '../domain/event.js';
import type { Marked } from '../domain/paper.js';
import type { ReceiptDocument } from '../domain/receipt.js';
import { leftOf, noCorrections } from '../domain/refund.js';
import { invariant } from '../domain/refusal.js';
import { readText } from '../events/envelope.js';
import type { ReceiptRow } from '../projections/receipts.js';
import { paperText } from '../hardware/paper-layout.js';
import type { ReprintAnswer } from './commands/reprint-receipt.js';
import { RecordedPapers, type RecordedSale } from './recorded-papers.js';
import { positionOfReceipt } from './receipts-in-log.js';
import type { Terminal } from './terminal.js';

/** A receipt as it was recorded, with where and when, and what has happened to it since. */
export type StoredReceipt = EventMeta &
  RecordedReceipt & {
    readonly kind: ReceiptRow['kind'];
    readonly hash: string;
    /** The event that voided the sale; null while it stands. */
    readonly voided_by: string | null;
    /** What was given back of the sale so far. */
    readonly refunded_minor: number;
    /** How often it was printed again. */
    readonly reprints_count: number;
    /** What may still be given back of the sale, per line and in money; null for a refund. */
    readonly left_to_refund: ReturnType<typeof leftOf> | null;
  };

/** A receipt in a list, with what has happened to it since. */
export type ListedReceipt = Omit<ReceiptRow, 'training'> &
  Pick<StoredReceipt, 'training' | 'voided_by' | 'refunded_minor' | 'reprints_count'>;

type ListedRow = Omit<ListedReceipt, 'training'> & Pick<ReceiptRow, 'training'>;

/** Which receipts are asked for, newest first. */
export interface ReceiptFilter {
  readonly limit: number;
  readonly before_seq?: number;
  readonly session_id?: string;
}

const sinceColumns =
  'c.voided_by, coalesce(c.total_minor, 0) AS refunded_minor, coalesce(c.reprints_count, 0) AS reprints_count';
const sinceJoin = 'LEFT JOIN receipt_corrections c ON c.local_id = r.local_id';

/** Reads recorded receipts back. Each comes from its own event, never from what is in the catalog now. */
export class RecordedReceipts {
  private readonly papers: RecordedPapers;

  /** @param terminal the one that recorded them */
  constructor(private readonly terminal: Terminal) {
    this.papers = new RecordedPapers(terminal);
  }

  /** The newest receipts first. Costs the same however many there are. */
  list({ limit, before_seq = Number.MAX_SAFE_INTEGER, session_id }: ReceiptFilter): readonly ListedReceipt[] {
    const { first, last } = this.eventsOf(session_id);
    return this.terminal.db
      .prepare<[number, number, string | undefined, number], ListedRow>(
        `SELECT r.*, ${sinceColumns} FROM receipts r ${sinceJoin}
          WHERE r.seq BETWEEN ? AND ? AND r.session_id IS coalesce(?, r.session_id) ORDER BY r.seq DESC LIMIT ?`,
      )
      .all(first, Math.min(last, before_seq - 1), session_id, limit)
      .map((row) => ({ ...row, training: row.training === 1 }));
  }

  /** Between which positions the events of a session lie; all positions when none is named, none when it is unknown. */
  private eventsOf(session_id: string | undefined): { readonly first: number; readonly last: number } {
    if (session_id === undefined) return { first: 1, last: Number.MAX_SAFE_INTEGER };
    const row = this.terminal.db
      .prepare<[string], { first: number; last: number }>(
        `SELECT report ->> 'first_seq' AS first, report ->> 'last_seq' AS last FROM session_totals WHERE session_id = ?`,
      )
      .get(session_id);
    return row ?? { first: 1, last: 0 };
  }

  /** One receipt by its number; undefined when there is none. */
  find(receiptNumber: string): StoredReceipt | undefined {
    const found = this.read(receiptNumber);
    if (!found) return undefined;
    const { event, hash } = found;
    const { type: _type, data, ...meta } = event;
    const known = this.terminal.recorder.records.corrections(event.local_id);
    const corrections = known ?? noCorrections;
    const since = {
      voided_by: corrections.voided_by,
      refunded_minor: corrections.total_minor,
      reprints_count: known?.reprints_count ?? 0,
    };
    if (event.type === 'RefundRecorded')
      return { ...meta, ...data, kind: 'refund', hash, ...since, left_to_refund: null };
    return {
      ...meta,
      ...data,
      kind: 'sale',
      hash,
      ...since,
      left_to_refund: leftOf({ data: event.data, corrections }),
    };
  }

  /** One receipt as it was printed, or that its sale was voided; undefined when there is none. */
  paperOf(receiptNumber: string): Marked<ReceiptDocument> | undefined {
    const found = this.read(receiptNumber);
    return found && this.papers.receipt(found);
  }

  /** The receipt as the reprint put it on paper, marked as a duplicate. */
  reprint({ receipt_number, copy_no, seq }: ReprintAnswer): string {
    const found = this.read(receipt_number);
    invariant(found !== undefined, 'what was printed again is in the log');
    return paperText(this.papers.receipt(found, { copy_no, seq }));
  }

  private read(receiptNumber: string): RecordedSale | undefined {
    const { db, recorder } = this.terminal;
    const seq = positionOfReceipt(db, receiptNumber);
    const row = seq === undefined ? undefined : recorder.log.read(seq - 1, 1)[0];
    if (!row) return undefined;
    const event = readText(row.envelope);
    invariant(event.type === 'SaleRecorded' || event.type === 'RefundRecorded', 'only they are receipts');
    return { event, hash: row.hash };
  }
}
