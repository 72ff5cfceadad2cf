import type { TillEvent } from '../domain/event.js';

/** What was rung up in one hour of the shop's clock, over all days that were looked at, in one base currency. */
export interface HourSum {
  readonly currency: string;
  /** 0 to 23. */
  readonly hour: number;
  readonly sales_count: number;
  /** Sales with tax, also those that were voided or refunded later. */
  readonly gross_minor: number;
}

/** Adds up sales by the hour. Training counts nowhere. */
export class HourSums {
  private readonly sums = new Map<string, HourSum>();

  /** Takes one event, of whatever type. */
  add(event: TillEvent): void {
    if (event.type !== 'SaleRecorded' || event.data.training) return;
    const { currency, gross_minor } = event.data;
    const hour = Number(shopTime(event).slice(11, 13));
    const key = `${currency} ${String(hour)}`;
    const before = this.sums.get(key) ?? { currency, hour, sales_count: 0, gross_minor: 0 };
    this.sums.set(key, {
      ...before,
      sales_count: before.sales_count + 1,
      gross_minor: before.gross_minor + gross_minor,
    });
  }

  /** By currency and hour; an hour without a sale is not there. */
  all(): readonly HourSum[] {
    const order = ({ currency, hour }: HourSum): string => `${currency} ${String(hour).padStart(2, '0')}`;
    return [...this.sums.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
  }
}

/** What the clock on the wall of the shop showed: `YYYY-MM-DD HH:MM:SS`. */
export const shopTime = ({
  occurred_at,
  utc_offset_minutes,
}: Pick<TillEvent, 'occurred_at' | 'utc_offset_minutes'>): string =>
  new Date(Date.parse(occurred_at) + utc_offset_minutes * 60_000).toISOString().slice(0, 19).replace('T', ' ');
