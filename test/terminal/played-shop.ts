import type { Decided, Head, TillEvent } from '../../src/domain/event.js';
import { Refusal } from '../../src/domain/refusal.js';
import { till } from '../../src/domain/till.js';
import type { TillCommand } from '../../src/domain/till-command.js';
import type { Move } from '../domain/random-move.js';
import { dollars } from '../domain/specification.js';
import { Shop } from './shop.js';

/** A real terminal on which random days are played. */
export class PlayedShop {
  readonly shop: Shop;
  /** Everything that was recorded since it began. */
  readonly known: TillEvent[] = [];
  /** How many commands a rule refused. */
  refused = 0;
  private ids = 0;

  /**
   * @param onCommit called after every commit
   * @param folder where its data lies; a fresh one when left out
   */
  constructor(
    private readonly onCommit: (shop: Shop) => void = () => undefined,
    folder?: string,
  ) {
    this.shop = new Shop({}, folder);
    this.begin();
  }

  /** Starts the terminal that was opened last. */
  begin(): void {
    this.shop.recorder.commits$.subscribe(({ recorded }) => {
      this.known.push(...recorded.map(({ event }) => event));
      this.onCommit(this.shop);
    });
    this.shop.terminal.start();
  }

  /** Stops the terminal in order and starts it again. */
  restart(): void {
    this.shop.terminal.stop('test');
    this.shop.open();
    this.begin();
  }

  /** Plays the moves one after the other; what a rule refuses is not recorded. */
  play(moves: readonly Move[]): void {
    for (const move of moves) this.playOne(move);
  }

  /** @param answer called when all of the command is written and nothing is committed */
  playOne(move: Move, answer: () => null = noAnswer): void {
    const { state } = this.shop.recorder;
    const moment = { state, terms: dollars, newId: this.newId, events: () => this.known };
    try {
      const command = move(moment);
      this.record((head) => till.decide(closing(command, head), state), { answer });
    } catch (cause) {
      if (!(cause instanceof Refusal)) throw cause;
      this.refused += 1;
    }
    this.shop.clock.pass(30_000);
  }

  /** Records what was decided elsewhere. */
  record(decide: (head: Head) => readonly Decided[], { staff_id = 'cashier-1', answer = noAnswer } = {}): void {
    this.shop.recorder.record({ key: null, body: null, staff_id }, ({ head }) => ({
      decided: decide(head ?? { seq: 0, epoch: 1, hash: '' }),
      answer,
    }));
  }

  private readonly newId = (): string => {
    this.ids += 1;
    return `aaaaaaaa-0000-4000-8000-${String(this.ids).padStart(12, '0')}`;
  };
}

const noAnswer = (): null => null;

const closing = (command: TillCommand, head: Head): TillCommand =>
  command.type === 'CloseSession' ? { ...command, head } : command;
