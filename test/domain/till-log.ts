import type { Decided, EventType, TillEvent } from '../../src/domain/event.js';
import { till, type TillState } from '../../src/domain/till.js';
import type { TillCommand } from '../../src/domain/till-command.js';

/** The same UUID for the same number, in every run. */
export const idOf = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** The terminal of the domain's specs; its receipts start with 7E57. */
export const terminalId = '7e57a000-0000-4000-8000-000000000000';

/** What stands before a closing in these logs, which are not hashed. */
export const headBefore = (seq: number) => ({ epoch: 1, seq, hash: seq.toString(16).padStart(64, '0') });

const sessionFor = ({ session }: Decided, state: TillState) => {
  const open = session ?? (state.session.status === 'open' ? state.session : null);
  return { session_id: open?.session_id ?? null, business_date: open?.business_date ?? null };
};

/** A log in memory: what a terminal records, without the terminal. */
export class TillLog {
  readonly events: TillEvent[] = [];
  state: TillState = till.initial;

  /** Gives decided events their place, and lets the till know them. */
  append(decided: readonly Decided[]): void {
    const before = this.state;
    for (const one of decided) {
      const seq = this.events.length + 1;
      const event = {
        local_id: one.local_id ?? idOf(1_000_000 + seq),
        tenant_id: null,
        store_id: null,
        terminal_id: terminalId,
        epoch: one.type === 'EpochStarted' ? one.data.previous.epoch + 1 : this.state.epoch,
        seq,
        ...sessionFor(one, before),
        occurred_at: new Date(Date.UTC(2026, 2, 1, 8) + seq * 1000).toISOString(),
        utc_offset_minutes: 120,
        staff_id: 'cashier-1',
        approved_by: one.approved_by ?? null,
        catalog_version: 1,
        type: one.type,
        data: one.data,
      } as TillEvent;
      this.events.push(event);
      this.state = till.evolve(this.state, event);
    }
  }

  /** The same past, to try something on. */
  copy(): TillLog {
    const copy = new TillLog();
    copy.events.push(...this.events);
    copy.state = this.state;
    return copy;
  }

  /** Decides a command and keeps what follows from it. */
  command(command: TillCommand): readonly Decided[] {
    const decided = till.decide(command, this.state);
    this.append(decided);
    return decided;
  }

  /** Every event of one type, oldest first. */
  of<T extends EventType>(type: T): readonly TillEvent<T>[] {
    return this.events.filter((event) => event.type === type) as readonly TillEvent[] as readonly TillEvent<T>[];
  }
}
