import type { TillEvent } from '../domain/event.js';
import { emptyReport, type SessionReport } from '../domain/report.js';
import { addToReport } from '../domain/session-sums.js';
import { checkEvent } from '../events/chain.js';
import { canonical } from '../events/envelope.js';
import type { BundledTerminal } from './bundle.js';
import type { LogRow } from './source.js';

/** What a manifest says of the events of one terminal, so that it is known without reading them. */
export type Contents = Pick<BundledTerminal, 'counts' | 'unread_count' | 'catalog_versions' | 'days'>;

/** Adds up what a manifest says, in memory that grows with days and catalogs only. Training counts in no day. */
export class ContentsFold {
  private readonly counts = new Map<string, number>();
  private unread_count = 0;
  private readonly catalogs = new Set<number>();
  private readonly days = new Map<string, { report: SessionReport; readonly z_numbers: number[] }>();

  /** Takes one stored event; one that cannot be read is only counted. */
  take(row: LogRow): void {
    const { envelope, event } = checkEvent(row, null);
    const type = envelope?.type ?? 'unreadable';
    this.counts.set(type, (this.counts.get(type) ?? 0) + 1);
    if (!event) this.unread_count += 1;
    else this.takeEvent(event);
  }

  private takeEvent(event: TillEvent): void {
    if (event.type === 'CatalogApplied') this.catalogs.add(event.data.catalog_version);
    if (isTrade(event) && event.business_date !== null) this.addToDay(event.business_date, event);
  }

  /** All that was taken, in an order that does not depend on anything else. */
  contents(): Contents {
    return {
      counts: Object.fromEntries([...this.counts].sort(([a], [b]) => (a < b ? -1 : 1))),
      unread_count: this.unread_count,
      catalog_versions: [...this.catalogs].sort((a, b) => a - b),
      days: [...this.days]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([business_date, { report, z_numbers }]) => dayOf(business_date, report, z_numbers)),
    };
  }

  private addToDay(business_date: string, event: TillEvent): void {
    const day = this.days.get(business_date) ?? { report: emptyReport('', business_date), z_numbers: [] };
    this.days.set(business_date, day);
    day.report = addToReport(day.report, event);
    const number = event.type === 'SessionClosed' ? event.data.z_report.z_number : null;
    if (number !== null) day.z_numbers.push(number);
  }
}

const dayOf = (
  business_date: string,
  report: SessionReport,
  z_numbers: readonly number[],
): Contents['days'][number] => {
  const { currency, sales_count, refunds_count, gross_minor, refunds_minor, voids_minor } = report;
  const { turnover_minor, net_minor, tax_minor } = report;
  const sums = { gross_minor, refunds_minor, voids_minor, turnover_minor, net_minor, tax_minor };
  return { business_date, z_numbers: [...z_numbers], currency, sales_count, refunds_count, ...sums };
};

const isTrade = (event: TillEvent): boolean => {
  switch (event.type) {
    case 'SaleRecorded':
    case 'RefundRecorded':
    case 'SaleVoided':
      return !event.data.training;
    case 'SessionClosed':
      return !event.data.z_report.training;
    default:
      return false;
  }
};

/**
 * Whether a manifest says what its events add up to. Where whoever made it could not read every event, only the counts
 * are compared: a newer program may read more of them.
 */
export const isSaid = (said: Contents, found: Contents): boolean => {
  const part = ({ counts, unread_count, catalog_versions, days }: Contents): unknown =>
    said.unread_count === 0 ? { counts, unread_count, catalog_versions, days } : counts;
  return canonical(part(said)) === canonical(part(found));
};
