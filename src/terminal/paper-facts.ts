import type { TillEvent } from '../domain/event.js';
import type { ShopPaper } from '../domain/paper.js';
import { invariant } from '../domain/refusal.js';
import { readText } from '../events/envelope.js';
import { learnShop, type PaperContext, shopOf, unknownShop } from '../events/paper.js';
import type { EventLog } from '../events/log.js';
import type { Sqlite } from '../events/sqlite.js';

/** What says something of the shop. */
const shopTypes = ['TerminalEnrolled', 'CatalogApplied'] as const;

/** What a paper shows besides its own event, from the log alone and as of any position of it. */
export class PaperFacts {
  private readonly text;
  private readonly start;
  /** By the positions of the two events that say it. */
  private readonly shops = new Map<string, ShopPaper>();

  /** @param db holds the log and its sessions */
  constructor(
    db: Sqlite,
    private readonly log: EventLog,
  ) {
    this.text = db.prepare<[number], string>('SELECT envelope FROM events WHERE seq = ?').pluck();
    this.start = db
      .prepare<[string], number>("SELECT report ->> 'first_seq' FROM session_totals WHERE session_id = ?")
      .pluck();
  }

  /** What holds for the paper of an event at that position, or of something that happens right after it. */
  at(seq: number, session_id: string | null): PaperContext {
    return new FactsAt(this, seq, session_id);
  }

  /** How papers are after the event at that position. */
  shopAt(seq: number): ShopPaper {
    const said = shopTypes.map((type) => this.log.lastSeqOf(type, seq));
    const key = said.join();
    const before = this.shops.get(key);
    if (before) return before;
    const shop = shopOf(said.reduce((known, at) => (at === 0 ? known : learnShop(known, this.read(at))), unknownShop));
    this.shops.set(key, shop);
    return shop;
  }

  /** What opened a session; null for none. */
  openingOf(session_id: string | null): TillEvent<'SessionOpened'> | null {
    const seq = session_id === null ? undefined : this.start.get(session_id);
    const event = seq === undefined ? undefined : this.read(seq);
    return event?.type === 'SessionOpened' ? event : null;
  }

  private read(seq: number): TillEvent {
    const text = this.text.get(seq);
    invariant(text !== undefined, 'what is said of the shop is in the log');
    return readText(text);
  }
}

/** Read only where they are on a paper: a sale need not wait for them. */
class FactsAt implements PaperContext {
  constructor(
    private readonly facts: PaperFacts,
    private readonly seq: number,
    private readonly session_id: string | null,
  ) {}

  get shop(): ShopPaper {
    return this.facts.shopAt(this.seq);
  }

  get opening(): PaperContext['opening'] {
    return this.facts.openingOf(this.session_id);
  }
}
