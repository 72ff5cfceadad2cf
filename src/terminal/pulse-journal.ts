import type { TillEvent } from '../domain/event.js';
import type { Sqlite } from '../events/sqlite.js';

/** What the drawer did. It lies beside the log, where the opening itself is recorded. */
export const drawerTables = `
CREATE TABLE IF NOT EXISTS drawer_pulses (
  seq        INTEGER PRIMARY KEY,  -- the recorded opening
  state      TEXT NOT NULL,        -- waiting, sent, missed, unknown
  changed_at TEXT NOT NULL,        -- UTC, when the state was last changed
  problem    TEXT                  -- why the drawer may be shut, for a person; null while nothing is wrong
) STRICT;
CREATE INDEX IF NOT EXISTS drawer_pulses_open ON drawer_pulses (seq) WHERE state <> 'sent';
`;

/**
 * What became of a pulse. `sent`: the printer took it whole. `missed`: it never went out and never will. `unknown`: the
 * till or the line stopped in the middle.
 */
export type PulseState = 'waiting' | 'sent' | 'missed' | 'unknown';

/** One opening of the drawer, as its hardware took it. */
export interface DrawerPulse {
  readonly seq: number;
  readonly state: PulseState;
  readonly changed_at: string;
  readonly problem: string | null;
}

/** The openings of a drawer that has a wire, each a row from the transaction that records it. */
export class PulseJournal {
  private readonly insert;
  private readonly update;

  /** @param db holds {@link drawerTables} */
  constructor(private readonly db: Sqlite) {
    this.insert = db.prepare<[number, string]>(
      "INSERT INTO drawer_pulses (seq, state, changed_at) VALUES (?, 'waiting', ?)",
    );
    this.update = db.prepare<[PulseState, string, string | null, number]>(
      'UPDATE drawer_pulses SET state = ?, changed_at = ?, problem = ? WHERE seq = ?',
    );
  }

  /** Must be inside the transaction that appends the events. */
  enqueue(events: readonly TillEvent[]): void {
    for (const { type, seq, occurred_at } of events) if (type === 'DrawerOpened') this.insert.run(seq, occurred_at);
  }

  /** Says what became of one. */
  mark(seq: number, state: PulseState, at: string, problem: string | null = null): void {
    this.update.run(state, at, problem, seq);
  }

  /** What waited when the till stopped is never sent any more. */
  giveUpWhatWaited(at: string): void {
    const problem =
      'The till stopped at that moment: look whether the drawer is open. It is not opened again by itself.';
    this.db
      .prepare<[string, string]>(
        "UPDATE drawer_pulses SET state = 'unknown', changed_at = ?, problem = ? WHERE state <> 'sent' AND state = 'waiting'",
      )
      .run(at, problem);
  }

  /** What became of one; undefined when the drawer has no wire. */
  stateOf(seq: number): PulseState | undefined {
    return this.db.prepare<[number], PulseState>('SELECT state FROM drawer_pulses WHERE seq = ?').pluck().get(seq);
  }

  /** The openings of which the drawer may be shut, the newest first. */
  open(limit: number): readonly DrawerPulse[] {
    return this.db
      .prepare<[number], DrawerPulse>("SELECT * FROM drawer_pulses WHERE state <> 'sent' ORDER BY seq DESC LIMIT ?")
      .all(limit);
  }
}
