import type { EventMeta } from '../domain/event.js';
import type { ReceiptHeading } from '../domain/receipt.js';
import { invariant } from '../domain/refusal.js';
import type { SessionReport } from '../domain/report.js';
import { openEnvelope, readText } from '../events/envelope.js';
import type { ReportHeading } from '../hardware/report-text.js';
import type { Terminal } from './terminal.js';

/** What stands at the head of every paper: the shop, and the time by the clock on its wall. */
export class PaperHeading {
  private shop: { readonly store_id: string | null; readonly name: string } = { store_id: null, name: '' };

  /** @param terminal the one that prints */
  constructor(private readonly terminal: Terminal) {}

  /** The heading for something that happened then; the offset is the one that was recorded with it. */
  of({ occurred_at, utc_offset_minutes }: Pick<EventMeta, 'occurred_at' | 'utc_offset_minutes'>): ReceiptHeading {
    const local = new Date(Date.parse(occurred_at) + utc_offset_minutes * 60_000).toISOString();
    return { shop_name: this.shopName(), local_time: local.slice(0, 16).replace('T', ' ') };
  }

  /** The heading of a report that was made then. */
  ofReport(
    { first_seq }: Pick<SessionReport, 'first_seq'>,
    moment: Pick<EventMeta, 'occurred_at' | 'utc_offset_minutes'>,
  ): ReportHeading {
    const [row] = this.terminal.recorder.log.read(first_seq - 1, 1);
    invariant(row !== undefined, 'what opened a session is in the log');
    const { shop_name, local_time } = this.of(moment);
    return { shop_name, local_time, opened_time: this.of(openEnvelope(row.envelope)).local_time };
  }

  /** The name that the shop was enrolled with; looked up once, because the log has no index on the type. */
  private shopName(): string {
    const { store_id } = this.terminal.recorder.identity;
    if (store_id === this.shop.store_id) return this.shop.name;
    const row = this.terminal.db
      .prepare<[], { envelope: string }>(
        "SELECT envelope FROM events WHERE type = 'TerminalEnrolled' ORDER BY seq LIMIT 1",
      )
      .get();
    const enrolled = row && readText(row.envelope);
    this.shop = { store_id, name: enrolled?.type === 'TerminalEnrolled' ? enrolled.data.store_name : '' };
    return this.shop.name;
  }
}
