import type { EventMeta, TillEvent } from '../domain/event.js';
import { type ReceiptDocument, receiptDocument, voidDocument } from '../domain/receipt.js';
import { invariant } from '../domain/refusal.js';
import { readText } from '../events/envelope.js';
import type { EventRow } from '../events/log.js';
import type { Layout } from '../hardware/layout.js';
import { kitchenSlip } from '../hardware/kitchen-slip.js';
import { receiptLayout } from '../hardware/receipt-layout.js';
import type { ReceiptLanguage } from '../hardware/receipt-words.js';
import { reportLayout } from '../hardware/report-text.js';
import { orderedLines } from './kitchen-orders.js';
import { PaperHeading } from './paper-heading.js';
import type { Kitchen } from './print-queue.js';
import type { Terminal } from './terminal.js';

/** A recorded sale or refund. */
export interface RecordedSale {
  readonly event: TillEvent<'SaleRecorded' | 'RefundRecorded'>;
  readonly hash: string;
}

/** So many digits of a ticket's id tell it apart in a kitchen. */
const ticketDigits = 8;

/** The paper of recorded events. Each comes from its own event, never from what is in the catalog now. */
export class RecordedPapers {
  private readonly heading: PaperHeading;

  /** @param terminal the one that recorded them */
  constructor(private readonly terminal: Terminal) {
    this.heading = new PaperHeading(terminal);
  }

  /** The paper that the event at this position put into somebody's hand; what came after it is not on it. */
  at(seq: number): ReceiptDocument | Layout {
    const { event, hash } = this.read(this.terminal.recorder.log.read(seq - 1, 1)[0]);
    switch (event.type) {
      case 'SaleRecorded':
      case 'RefundRecorded':
        return receiptDocument(event, hash, this.heading.of(event));
      case 'SaleVoided':
        return this.voided(this.sale(event.data.sale_local_id), event, hash, this.heading.of(event));
      case 'ReceiptReprinted':
        return this.receipt(this.sale(event.data.receipt_local_id), { copy_no: event.data.copy_no, seq });
      case 'SessionClosed': {
        const { z_report } = event.data;
        return reportLayout(z_report, this.heading.ofReport(z_report, event));
      }
      default:
        throw new Error(`Invariant broken: ${event.type} has a paper`);
    }
  }

  /** The same as it is laid out on paper. */
  layout(seq: number, language: ReceiptLanguage): Layout {
    const paper = this.at(seq);
    return 'blocks' in paper ? paper : receiptLayout(paper, { language, numerals: 'latin' });
  }

  /** The slip of what the event at this position orders from a kitchen. */
  order(seq: number, kitchen: Kitchen, language: ReceiptLanguage): Layout {
    const { recorder } = this.terminal;
    const { event } = this.read(recorder.log.read(seq - 1, 1)[0]);
    invariant(event.type === 'SaleRecorded' || event.type === 'TicketParked', 'only they order');
    const { local_time } = this.heading.of(event);
    const lines = orderedLines(event, kitchen, recorder.records);
    const slip =
      event.type === 'SaleRecorded'
        ? { number: event.data.receipt_number, label: this.ticketLabel(event.data.ticket_id) }
        : { number: event.data.ticket_id.slice(0, ticketDigits), label: event.data.label };
    return kitchenSlip({ ...slip, local_time, lines }, language);
  }

  private ticketLabel(ticket_id: string | null): string {
    return (ticket_id === null ? undefined : this.terminal.recorder.records.ticket(ticket_id))?.label ?? '';
  }

  /**
   * The paper of a sale or refund, or that the sale was voided.
   * @param reprint which copy; a void that came after it is not on it, so that the same key gets the same paper
   */
  receipt(
    { event, hash }: RecordedSale,
    reprint?: { readonly copy_no: number; readonly seq: number },
  ): ReceiptDocument {
    const copy = reprint ? { copy_no: reprint.copy_no } : {};
    const heading = (of: EventMeta) => ({ ...this.heading.of(of), ...copy });
    const { log, records } = this.terminal.recorder;
    const voided_by = records.corrections(event.local_id)?.voided_by ?? null;
    if (event.type === 'RefundRecorded' || voided_by === null) return receiptDocument(event, hash, heading(event));
    const row = log.find(voided_by);
    if (reprint && row && row.seq > reprint.seq) return receiptDocument(event, hash, heading(event));
    const { event: voided, hash: voidedHash } = this.read(row);
    invariant(voided.type === 'SaleVoided', 'only a void voids');
    return this.voided({ event, hash }, voided, voidedHash, heading(voided));
  }

  private voided(
    { event }: RecordedSale,
    voided: TillEvent<'SaleVoided'>,
    hash: string,
    heading: ReturnType<PaperHeading['of']>,
  ): ReceiptDocument {
    invariant(event.type === 'SaleRecorded', 'only a sale is voided');
    return voidDocument(event, voided, hash, heading);
  }

  private sale(local_id: string): RecordedSale {
    const { event, hash } = this.read(this.terminal.recorder.log.find(local_id));
    invariant(event.type === 'SaleRecorded' || event.type === 'RefundRecorded', 'only they are receipts');
    return { event, hash };
  }

  private read(row: EventRow | undefined): { readonly event: TillEvent; readonly hash: string } {
    invariant(row !== undefined, 'what is on paper is in the log');
    return { event: readText(row.envelope), hash: row.hash };
  }
}
