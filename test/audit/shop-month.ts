import type { TillEvent } from '../../src/domain/event.js';
import { noCorrections } from '../../src/domain/refund.js';
import type { PatternName } from '../../src/audit/pattern-rules.js';
import { coffee, LogFixture, manager, terms } from './log-fixture.js';

const days = 26;
const salesADay = 40;
const second = 1000;
const minute = 60 * second;

/** What somebody did who should not have, and on which day of the month. */
export interface Planted {
  readonly pattern: PatternName;
  readonly day: number;
}

/** Twenty of them, each on a day of its own as far as that goes. */
export const planted: readonly Planted[] = [
  ...[1, 4, 7].map((day) => ({ pattern: 'void_after_print', day }) as const),
  ...[2, 5, 8].map((day) => ({ pattern: 'no_sale_near_void', day }) as const),
  ...[3, 6, 9].map((day) => ({ pattern: 'refunds_without_receipt', day }) as const),
  ...[10, 13, 16].map((day) => ({ pattern: 'discounts_near_limit', day }) as const),
  ...[11, 14, 17].map((day) => ({ pattern: 'reprints', day }) as const),
  ...[12, 15, 18].map((day) => ({ pattern: 'late_close', day }) as const),
  ...[21, 24].map((day) => ({ pattern: 'repeated_shortage', day }) as const),
];

/** The days on which the drawer is short: each third one completes a pattern. */
const shortDays = new Set([19, 20, 21, 22, 23, 24]);

type Sale = TillEvent<'SaleRecorded'>;

/** Numbers that look random and are the same in every run. */
const dice = (seed: number): ((sides: number) => number) => {
  let state = seed;
  return (sides) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % sides;
  };
};

/** A month of a small shop under the real rules, with what honest people do, and with what was planted. */
export class ShopMonth {
  readonly fixture: LogFixture;
  private readonly roll: (sides: number) => number;
  private staff = '';

  constructor(dir: string, seed: number) {
    this.fixture = new LogFixture(dir, `month ${String(seed)}`).start();
    this.roll = dice(seed);
  }

  play(evil: readonly Planted[]): this {
    for (let day = 1; day <= days; day += 1) {
      this.day(
        day,
        new Set(evil.filter((one) => one.day === day).map(({ pattern }) => pattern)),
        evil.length > 0 && shortDays.has(day),
      );
    }
    this.fixture.stop();
    return this;
  }

  private day(day: number, evil: ReadonlySet<PatternName>, isShort: boolean): void {
    const date = `2026-03-${String(day).padStart(2, '0')}`;
    this.fixture.now_ms = Date.parse(`${date}T07:00:00Z`);
    this.staff = ['rima', 'samir', 'nour'][day % 3] ?? '';
    this.fixture.staff_id = this.staff;
    const float = [{ currency: 'USD', amount_minor: 10_000 }];
    const session = { session_id: this.fixture.newId(), business_date: date, float, training: false };
    this.fixture.run({ type: 'OpenSession', ...session, open_tickets: [], terms, authority: manager });
    for (let sale = 0; sale < salesADay; sale += 1) this.honestSale();
    this.wait(10 * minute);
    for (const pattern of evil) this.evil(pattern);
    this.wait(evil.has('late_close') ? 240 * minute : 30 * minute);
    this.close(isShort);
  }

  /** A sale, and now and then what honest people do too. */
  private honestSale(): void {
    this.wait((1 + this.roll(12)) * minute);
    const sale = this.sell();
    const chance = this.roll(100);
    if (chance < 2) this.voidSale(sale, (20 + this.roll(60)) * second);
    if (chance === 2) this.refundWithoutReceipt();
    if (chance === 3 || chance === 4) this.sell(50_000);
    if (chance === 5) this.reprint(sale, 1);
    if (chance === 6) {
      this.wait(10 * minute);
      this.noSale();
      this.wait(10 * minute);
    }
  }

  private evil(pattern: PatternName): void {
    switch (pattern) {
      case 'void_after_print':
        this.voidSale(this.sell(), 9 * minute);
        break;
      case 'no_sale_near_void':
        this.voidSale(this.sell(), 40 * second);
        this.wait(50 * second);
        this.noSale();
        break;
      case 'refunds_without_receipt':
        for (let time = 0; time < 4; time += 1) this.refundWithoutReceipt();
        break;
      case 'discounts_near_limit':
        for (let time = 0; time < 6; time += 1) this.sell(95_000);
        break;
      case 'reprints': {
        const sale = this.sell();
        for (let copy = 1; copy <= 3; copy += 1) this.reprint(sale, copy);
        break;
      }
      case 'late_close':
      case 'repeated_shortage':
    }
    this.wait(5 * minute);
  }

  private wait(ms: number): void {
    this.fixture.now_ms = (this.fixture.now_ms ?? 0) + ms;
  }

  private sell(discount_ppm = 0): Sale {
    const price = 1000 * (1 + this.roll(9));
    const line = { ...coffee, unit_price_minor: price, list_price_minor: price };
    const discount = { kind: 'percent', rate_ppm: discount_ppm, reason: 'regular' } as const;
    const [sale] = this.fixture.run({
      type: 'RecordSale',
      local_id: this.fixture.newId(),
      lines: [line],
      ...(discount_ppm === 0 ? {} : { discount }),
      payment: { tenders: [{ method: 'cash', amount_minor: price }] },
      terms,
      authority: manager,
    });
    if (sale?.type !== 'SaleRecorded') throw new Error('a sale was expected');
    return sale;
  }

  private voidSale({ local_id, session_id, data }: Sale, after_ms: number): void {
    this.wait(after_ms);
    const sale = { local_id, session_id, data, corrections: noCorrections };
    this.fixture.run({ type: 'VoidSale', local_id: this.fixture.newId(), sale, reason: 'mistake', authority: manager });
  }

  private refundWithoutReceipt(): void {
    this.wait(3 * minute);
    this.fixture.refund([coffee], [{ method: 'cash', amount_minor: 450 }]);
  }

  private noSale(): void {
    this.fixture.run({ type: 'OpenDrawer', reason: 'no_sale', authority: manager });
  }

  private reprint({ local_id, data }: Sale, copy_no: number): void {
    this.wait(minute);
    const { receipt_number } = data;
    this.fixture.append({
      type: 'ReceiptReprinted',
      data: {
        ...{ receipt_local_id: local_id, receipt_number, copy_no },
        ...{ reason: null, staff_name: null, approver_name: null },
      },
    });
  }

  /** Honest people miscount by a few cents, more often over than under. */
  private close(isShort: boolean): void {
    const { session } = this.fixture.state;
    if (session.status !== 'open') throw new Error('no session is open');
    this.fixture.staff_id = isShort ? 'samir' : this.staff;
    const off = isShort ? -5000 : this.roll(20) - 8;
    const { head } = this.fixture.log;
    if (!head) throw new Error('nothing was recorded');
    const counted = session.report.expected.map(({ currency, amount_minor }) => ({
      ...{ currency, amount_minor: amount_minor + off },
    }));
    const closing = { counted, closed_at: new Date(this.fixture.now_ms ?? 0).toISOString(), head, unsynced_events: 0 };
    this.fixture.run({ type: 'CloseSession', ...closing, open_tickets: [], terms, authority: manager });
  }
}
