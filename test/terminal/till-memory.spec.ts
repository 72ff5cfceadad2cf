import fc from 'fast-check';
import { till } from '../../src/domain/till.js';
import { recall } from '../../src/terminal/till-memory.js';
import { days } from '../domain/random-day.js';
import { passingFolder } from '../temporary-folder.js';
import { PlayedShop } from './played-shop.js';

describe('What a till remembers', () => {
  it('is the same from its sessions as from all of its log, after any days', () => {
    const trained = new Set<boolean>();
    const one = (seed: number): void => {
      const played = new PlayedShop(undefined, passingFolder());
      const { shop } = played;
      try {
        played.play(fc.sample(days(4, 8), { numRuns: 1, seed }).flat());
        const { session: _session, ...folded } = shop.events.reduce(till.evolve, till.initial);
        const { log, identity, state } = shop.recorder;
        const { session, ...recalled } = recall(shop.terminal.db, log.head, identity.terminal_id);
        expect(recalled).toEqual(folded);
        expect(state).toEqual({ ...folded, session: _session });
        expect(_session).toMatchObject(session);
        trained.add(folded.training_receipts > 0 && folded.z_reports > 0);
      } finally {
        shop.remove();
      }
    };
    for (let seed = 1; seed <= 25; seed += 1) one(seed);
    expect(trained.size).toBe(2);
  });
});
