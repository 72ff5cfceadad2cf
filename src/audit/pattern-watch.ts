import type { TillEvent } from '../domain/event.js';
import type { SaleLine } from '../domain/pricing.js';
import type { PatternName, Thresholds } from './pattern-rules.js';

/** An event that belongs to a hint. */
export interface HintEvent {
  readonly epoch: number;
  readonly seq: number;
  readonly local_id: string;
  readonly type: TillEvent['type'];
}

/** A pattern that was found: a reason to ask, and no verdict. */
export interface Hint {
  readonly pattern: PatternName;
  readonly terminal_id: string;
  readonly session_id: string | null;
  readonly business_date: string | null;
  /** Who did it; null where nobody is named. */
  readonly staff_id: string | null;
  /** The events that make it, in the order of the log. */
  readonly events: readonly HintEvent[];
}

interface Seen extends HintEvent {
  readonly at_ms: number;
}

type VoidEvent = TillEvent<'SaleVoided' | 'LineVoided' | 'TicketDiscarded'>;

/** What one session showed so far. */
interface SessionWatch {
  readonly sales: Map<string, Seen>;
  /** The first time that each receipt was printed again, and every time after it. */
  readonly reprints: Map<string, Seen[]>;
  /** Per person. */
  readonly refunds: Map<string, Seen[]>;
  readonly discounts: Map<string, Seen[]>;
  readonly voids: Seen[];
  readonly no_sales: Seen[];
  last_receipt: Seen | null;
}

/**
 * Looks for patterns in the events of one log, one after the other. It remembers the session that is open and, of each
 * person, the last few that were closed. Training is never looked at.
 */
export class PatternWatch {
  private session = emptyWatch();
  private opening: TillEvent | null = null;
  private isTraining = false;
  private readonly closed = new Map<string, readonly { readonly seen: Seen; readonly isShort: boolean }[]>();

  /** @param limits what the rules are measured against */
  constructor(private readonly limits: Thresholds) {}

  /** Takes the next event. @returns what it completes */
  take(event: TillEvent): readonly Hint[] {
    if (event.type === 'SessionOpened') {
      // A log that lost the end of a session still shows what was in it.
      const left = this.endSession();
      this.opening = event;
      this.isTraining = event.data.training;
      return left;
    }
    return this.isTraining ? [] : this.look(event);
  }

  /** The log is over. @returns what the session that is still open shows */
  end(): readonly Hint[] {
    return this.endSession();
  }

  private look(event: TillEvent): readonly Hint[] {
    switch (event.type) {
      case 'SaleRecorded':
        this.noteSale(event);
        return [];
      case 'RefundRecorded':
        this.session.last_receipt = seenOf(event);
        if (event.data.original_receipt_number === null)
          note(this.session.refunds, event.staff_id ?? '', seenOf(event));
        return [];
      case 'SaleVoided':
        return [...this.lateVoid(event), ...this.nearVoid(event)];
      case 'LineVoided':
      case 'TicketDiscarded':
        return this.nearVoid(event);
      case 'DrawerOpened':
        return event.data.cause_local_id === null ? this.noSale(event) : [];
      case 'ReceiptReprinted':
        note(this.session.reprints, event.data.receipt_local_id, seenOf(event));
        return [];
      case 'SessionClosed':
        return [...this.lateClose(event), ...this.shortage(event), ...this.endSession()];
      default:
        return [];
    }
  }

  private noteSale(event: TillEvent<'SaleRecorded'>): void {
    const seen = seenOf(event);
    this.session.sales.set(event.local_id, seen);
    this.session.last_receipt = seen;
    if (event.approved_by === null && event.data.lines.some((line) => isNearLimit(line, this.limits))) {
      note(this.session.discounts, event.staff_id ?? '', seen);
    }
  }

  private lateVoid(event: TillEvent<'SaleVoided'>): readonly Hint[] {
    const { sale_local_id } = event.data;
    const sale = this.session.sales.get(sale_local_id);
    const copies = this.session.reprints.get(sale_local_id) ?? [];
    const voided = seenOf(event);
    const isLate = sale !== undefined && voided.at_ms - sale.at_ms >= this.limits.void_after_seconds * 1000;
    if (!isLate && copies.length === 0) return [];
    return [hintOf('void_after_print', event, [...(sale ? [sale] : []), ...copies, voided])];
  }

  private nearVoid(event: VoidEvent): readonly Hint[] {
    const voided = seenOf(event);
    this.session.voids.push(voided);
    const near = this.session.no_sales.filter((seen) => this.isNear(seen, voided));
    // One opening is one hint, however many voids lie around it.
    for (const seen of near) this.session.no_sales.splice(this.session.no_sales.indexOf(seen), 1);
    return near.map((seen) => hintOf('no_sale_near_void', event, [seen, voided]));
  }

  private noSale(event: TillEvent<'DrawerOpened'>): readonly Hint[] {
    const opened = seenOf(event);
    const voided = this.session.voids.find((seen) => this.isNear(seen, opened));
    if (voided) return [hintOf('no_sale_near_void', event, [voided, opened])];
    this.session.no_sales.push(opened);
    return [];
  }

  private isNear(a: Seen, b: Seen): boolean {
    return Math.abs(a.at_ms - b.at_ms) <= this.limits.no_sale_near_seconds * 1000;
  }

  private lateClose(event: TillEvent<'SessionClosed'>): readonly Hint[] {
    const last = this.session.last_receipt;
    const closed = seenOf(event);
    if (last === null || closed.at_ms - last.at_ms < this.limits.close_gap_minutes * 60_000) return [];
    return [hintOf('late_close', event, [last, closed])];
  }

  private shortage(event: TillEvent<'SessionClosed'>): readonly Hint[] {
    const { expected, difference } = event.data.z_report;
    const { shortage_ppm, shortages, shortage_sessions } = this.limits;
    const isShort = difference.some(({ currency, amount_minor }) => {
      const had = expected.find((money) => money.currency === currency)?.amount_minor ?? 0;
      return amount_minor < 0 && isShare(-amount_minor, Math.abs(had), shortage_ppm);
    });
    const person = event.staff_id ?? '';
    const row = [...(this.closed.get(person) ?? []), { seen: seenOf(event), isShort }].slice(-shortage_sessions);
    const short = row.filter((one) => one.isShort);
    const isHint = isShort && short.length >= shortages;
    // What was said once is not said again for every session that follows.
    this.closed.set(person, isHint ? [] : row);
    return isHint
      ? [
          hintOf(
            'repeated_shortage',
            event,
            short.map(({ seen }) => seen),
          ),
        ]
      : [];
  }

  /** What only the whole session shows. */
  private endSession(): readonly Hint[] {
    const { refunds, discounts, reprints } = this.session;
    const { opening, limits } = this;
    this.session = emptyWatch();
    this.opening = null;
    this.isTraining = false;
    if (!opening) return [];
    const crowds = (pattern: PatternName, groups: ReadonlyMap<string, readonly Seen[]>, least: number) =>
      [...groups]
        .filter(([, seen]) => seen.length >= least)
        .map(([person, seen]) => ({ ...hintOf(pattern, opening, seen), staff_id: person === '' ? null : person }));
    return [
      ...crowds('refunds_without_receipt', refunds, limits.refunds_without_receipt),
      ...crowds('discounts_near_limit', discounts, limits.discounts_near_limit),
      ...crowds('reprints', reprints, limits.copies).map((hint) => ({ ...hint, staff_id: null })),
    ];
  }
}

const emptyWatch = (): SessionWatch => ({
  sales: new Map(),
  reprints: new Map(),
  refunds: new Map(),
  discounts: new Map(),
  voids: [],
  no_sales: [],
  last_receipt: null,
});

const seenOf = ({ epoch, seq, local_id, type, occurred_at }: TillEvent): Seen => ({
  ...{ epoch, seq, local_id, type },
  at_ms: Date.parse(occurred_at),
});

const note = (groups: Map<string, Seen[]>, key: string, seen: Seen): void => {
  const known = groups.get(key);
  if (known) known.push(seen);
  else groups.set(key, [seen]);
};

const hintOf = (pattern: PatternName, about: TillEvent, events: readonly Seen[]): Hint => ({
  pattern,
  terminal_id: about.terminal_id,
  session_id: about.session_id,
  business_date: about.business_date,
  staff_id: about.staff_id,
  events: events
    .map(({ epoch, seq, local_id, type }) => ({ epoch, seq, local_id, type }))
    .sort((a, b) => a.epoch - b.epoch || a.seq - b.seq),
});

/** Whether all discounts of a line come to a share just under the limit, or at it. */
const isNearLimit = (
  { discounts, extended_minor }: SaleLine,
  { discount_limit_ppm, discount_margin_ppm }: Thresholds,
): boolean => {
  const off = discounts.reduce((sum, { amount_minor }) => sum + amount_minor, 0);
  if (off === 0) return false;
  const isOver = isShare(off, extended_minor, discount_limit_ppm + 1);
  return isShare(off, extended_minor, discount_limit_ppm - discount_margin_ppm) && !isOver;
};

/** Whether `part` is at least that share of `whole`, exactly. */
const isShare = (part: number, whole: number, ppm: number): boolean =>
  BigInt(part) * 1_000_000n >= BigInt(whole) * BigInt(ppm);
