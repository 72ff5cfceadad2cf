import type { TillEvent } from '../domain/event.js';
import { type Marked, markOf } from '../domain/paper.js';
import { type ReceiptDocument, receiptDocument } from '../domain/receipt.js';
import { invariant } from '../domain/refusal.js';
import type { SessionReport } from '../domain/report.js';
import { readText } from '../events/envelope.js';
import type { EventRow } from '../events/log.js';
import { headingOf, localTime, type PaperDocument, paperOf, reportHeading } from '../events/paper.js';
import { kitchenSlip } from '../hardware/kitchen-slip.js';
import type { Layout } from '../hardware/layout.js';
import type { Paper } from '../hardware/paper-layout.js';
import type { Clock } from '../ports.js';
import { orderedLines } from './kitchen-orders.js';
import type { Kitchen } from './print-queue.js';
import type { Terminal } from './terminal.js';

/** A recorded sale or refund. */
export interface RecordedSale {
  readonly event: TillEvent<'SaleRecorded' | 'RefundRecorded'>;
  readonly hash: string;
}

/** So many digits of a ticket's id tell it apart in a kitchen. */
const ticketDigits = 8;

type Placed = TillEvent<'SaleRecorded' | 'RefundRecorded' | 'SaleVoided'>;

/** The paper of recorded events. Each comes from the log alone, never from what is in the catalog now. */
export class RecordedPapers {
  /** @param terminal the one that recorded them */
  constructor(private readonly terminal: Terminal) {}

  /** The paper that the event at this position put into somebody's hand; what came after it is not on it. */
  at(seq: number): Paper {
    const { event, hash } = this.read(this.log.read(seq - 1, 1)[0]);
    if (event.type === 'ReceiptReprinted') {
      return this.receipt(this.sale(event.data.receipt_local_id), { copy_no: event.data.copy_no, seq });
    }
    const document = paperOf(event, this.factsAt(event));
    invariant(document !== undefined, `${event.type} has a paper`);
    return withMark(document, event, hash);
  }

  /** The slip of what the event at this position orders from a kitchen. */
  order(seq: number, kitchen: Kitchen): Layout {
    const { records } = this.terminal.recorder;
    const { event } = this.read(this.log.read(seq - 1, 1)[0]);
    invariant(event.type === 'SaleRecorded' || event.type === 'TicketParked', 'only they order');
    const slip =
      event.type === 'SaleRecorded'
        ? { number: event.data.receipt_number, label: this.ticketLabel(event.data.ticket_id) }
        : { number: event.data.ticket_id.slice(0, ticketDigits), label: event.data.label };
    const lines = orderedLines(event, kitchen, records);
    return kitchenSlip({ ...slip, shop: this.factsAt(event).shop, local_time: localTime(event), lines });
  }

  private ticketLabel(ticket_id: string | null): string {
    return (ticket_id === null ? undefined : this.terminal.recorder.records.ticket(ticket_id))?.label ?? '';
  }

  /**
   * The paper of a sale or refund, or that the sale was voided.
   * @param sold the sale or refund
   * @param reprint which copy; a void that came after it is not on it, so that the same key gets the same paper
   */
  receipt(sold: RecordedSale, reprint?: { readonly copy_no: number; readonly seq: number }): Marked<ReceiptDocument> {
    const { event, hash } = this.lastOf(sold, reprint?.seq ?? Number.MAX_SAFE_INTEGER);
    const document = receiptDocument(event, headingOf(event, this.factsAt(event).shop));
    return { ...document, copy_no: reprint?.copy_no ?? null, mark: markOf(event, hash) };
  }

  /** The X report of the session that is open, as it would be printed at this moment. */
  xReport(report: SessionReport, clock: Clock): Paper {
    const { recorder } = this.terminal;
    const now = clock.wall();
    const moment = {
      terminal_id: recorder.identity.terminal_id,
      occurred_at: new Date(now).toISOString(),
      utc_offset_minutes: clock.utcOffsetMinutes(now),
    };
    const facts = recorder.paperFacts.at(this.log.head?.seq ?? 0, report.session_id);
    return { ...reportHeading(moment, facts), kind: 'x', closer: null, report, mark: null };
  }

  private get log() {
    return this.terminal.recorder.log;
  }

  private factsAt({ seq, session_id }: TillEvent) {
    return this.terminal.recorder.paperFacts.at(seq, session_id);
  }

  /** The event whose paper it is by then: the sale itself, or the void that took it back. */
  private lastOf(sold: RecordedSale, seq: number): { readonly event: Placed; readonly hash: string } {
    const voided_by = this.terminal.recorder.records.corrections(sold.event.local_id)?.voided_by ?? null;
    const row = voided_by === null ? undefined : this.log.find(voided_by);
    if (!row || row.seq > seq) return sold;
    const { event, hash } = this.read(row);
    invariant(event.type === 'SaleVoided', 'only a void voids');
    return { event, hash };
  }

  private sale(local_id: string): RecordedSale {
    const { event, hash } = this.read(this.log.find(local_id));
    invariant(event.type === 'SaleRecorded' || event.type === 'RefundRecorded', 'only they are receipts');
    return { event, hash };
  }

  private read(row: EventRow | undefined): { readonly event: TillEvent; readonly hash: string } {
    invariant(row !== undefined, 'what is on paper is in the log');
    return { event: readText(row.envelope), hash: row.hash };
  }
}

const withMark = (document: PaperDocument, event: TillEvent, hash: string): Paper => ({
  ...document,
  mark: markOf(event, hash),
});
