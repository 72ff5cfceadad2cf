import type { TillEvent } from '../domain/event.js';
import { type PreparedStatement, prepared } from '../projections/prepared-statement.js';
import type { CentralDatabase, Transaction } from './database.js';
import type { Sender } from './inspection.js';
import { isolate, type Unprojected } from './projector.js';
import { presentable } from './inspection.js';

/** The tables of {@link FoldMarks}. */
export const foldMarkTables = `
CREATE TABLE fold_marks (
  tenant_id   uuid NOT NULL,            -- whose terminal it is
  terminal_id uuid NOT NULL,            -- the terminal whose events are being counted
  what        text NOT NULL,            -- the event that is counted alone, or batch
  begun_count bigint NOT NULL,          -- how often that began without coming to an end, this time included
  PRIMARY KEY (tenant_id, terminal_id, what)
);
`;

/** What the application may do with {@link foldMarkTables}. */
export const foldMarkRights = { fold_marks: 'SELECT, INSERT, UPDATE, DELETE' } as const;

/** After so many batches of a terminal that never came to an end its events are counted one by one. */
const batchesMax = 2;
/** After so many times that counting one event alone never came to an end it is not tried again by this version. */
const deathsMax = 2;

/** So many terminals are remembered as sound; beyond, all are forgotten and marked again once. */
const soundMax = 100_000;

/**
 * Remembers what is being counted in a place that outlives the program, because an event may end it: a read model that
 * takes all memory or never returns leaves no other trace. What came to an end is forgotten with the batch's own commit.
 *
 * Only the first batch of a terminal since this program started is marked: one that ends the program later leaves no mark,
 * but it comes again, and then it is the first one.
 */
export class FoldMarks {
  /** Terminals of which a batch came to an end since this program started. */
  private readonly sound = new Set<string>();

  /** @param db each mark is committed on its own, before the work that it is about */
  constructor(private readonly db: CentralDatabase) {}

  /** Notes that a batch begins. @returns whether its events must be counted one by one */
  async begin(sender: Sender): Promise<boolean> {
    return !this.sound.has(sender.terminal_id) && (await this.mark(sender, 'batch')) > batchesMax;
  }

  /** Notes that a batch came to an end, once it is committed. */
  end({ terminal_id }: Sender): void {
    if (this.sound.size >= soundMax) this.sound.clear();
    this.sound.add(terminal_id);
  }

  /**
   * Counts events one by one, each marked as it begins.
   * @returns those that failed, and those that ended the program so often that they are left out
   */
  async foldAlone(
    transaction: Transaction,
    sender: Sender,
    events: readonly TillEvent[],
    work: (events: readonly TillEvent[]) => Promise<void>,
  ): Promise<readonly Unprojected[]> {
    const failed: Unprojected[] = [];
    for (const event of events) {
      const deaths = (await this.mark(sender, event.local_id)) - 1;
      if (deaths >= deathsMax) {
        failed.push({ event, reason: 'Evaluating it ended the program again and again.', deaths });
        await this.forget(sender, event.local_id);
        continue;
      }
      const failures = await isolate(transaction, [event], work);
      failed.push(...failures.map(({ item, error }) => ({ event: item, reason: presentable(error.message) })));
      await this.forget(sender, event.local_id);
    }
    return failed;
  }

  /** Forgets a mark: the work came to an end, whatever its outcome. */
  async forget(sender: Sender, what: string): Promise<void> {
    await this.alone(sender, forgetMark, what);
  }

  private async mark(sender: Sender, what: string): Promise<number> {
    const [row] = await this.alone(sender, addMark, what);
    return row?.begun_count ?? 1;
  }

  private alone(
    { tenant_id, terminal_id }: Sender,
    statement: PreparedStatement,
    what: string,
  ): Promise<readonly { readonly begun_count: number }[]> {
    return this.db.inTenantAside(tenant_id, { ...statement, values: [tenant_id, terminal_id, what] });
  }
}

const addMark = prepared(
  `INSERT INTO fold_marks (tenant_id, terminal_id, what, begun_count) VALUES ($1, $2, $3, 1)
   ON CONFLICT (tenant_id, terminal_id, what) DO UPDATE SET begun_count = fold_marks.begun_count + 1
   RETURNING begun_count`,
);

const forgetMark = prepared('DELETE FROM fold_marks WHERE tenant_id = $1 AND terminal_id = $2 AND what = $3');

/** Of these events, those that ended this very version of the program: it does not try them again by itself. */
export const deadlyAmong = async (
  transaction: Transaction,
  tenant_id: string,
  local_ids: readonly string[],
  version: string,
): Promise<ReadonlyMap<string, string>> => {
  if (local_ids.length === 0) return new Map();
  const { rows } = await transaction.query<{ local_id: string; reason: string }>(
    'SELECT local_id, reason FROM unprojected WHERE tenant_id = $1 AND local_id = ANY($2::uuid[]) AND deadly_version = $3',
    [tenant_id, local_ids, version],
  );
  return new Map(rows.map(({ local_id, reason }) => [local_id, reason]));
};
