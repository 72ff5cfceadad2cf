import type { TillEvent } from '../../src/domain/event.js';
import type { Draft } from '../../src/events/log.js';
import { learnShop, shopOf, type UnplacedEvent, unknownShop, withPaperRecord } from '../../src/events/paper.js';

/** Says of each event what was printed, as a terminal does, in a log that is made without one. */
export class PrintedLog {
  private shop = unknownShop;
  private opening: TillEvent<'SessionOpened'> | null = null;

  /** The event with what its paper is. */
  draft(event: UnplacedEvent): Draft {
    const { opening } = this;
    return withPaperRecord(event, () => ({
      shop: shopOf(this.shop),
      opening: opening?.session_id === event.session_id ? opening : null,
    }));
  }

  /** Remembers what later papers show of an event that is recorded. */
  learn(event: TillEvent): void {
    this.shop = learnShop(this.shop, event);
    if (event.type === 'SessionOpened') this.opening = event;
  }
}
