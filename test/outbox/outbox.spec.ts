import fc from 'fast-check';
import type { EventRow } from '../../src/events/log.js';
import { Shop } from '../terminal/shop.js';

const at = '2026-03-02T08:00:00.000Z';

interface Verdict {
  readonly seq: number;
  readonly accepted: boolean;
}

let shop: Shop;
let rows: readonly EventRow[];
beforeAll(async () => {
  shop = await Shop.trading();
  for (let sale = 0; sale < 6; sale += 1) await shop.commands.sell(`s${String(sale)}`);
  rows = shop.recorder.log.read(0, 100);
});
beforeEach(() => shop.terminal.db.exec('DELETE FROM verdicts; UPDATE outbox_frontier SET seq = 0'));
afterAll(() => shop.remove());

const store = (batch: readonly Verdict[]): void => {
  const accepted = batch.flatMap(({ seq, accepted: ok }) => (ok ? [{ seq, remote_id: `r-${String(seq)}` }] : []));
  const refused = batch.flatMap(({ seq, accepted: ok }) =>
    ok ? [] : [{ seq, local_id: 'as the log has it', code: 'INVALID', reason: 'broken', permanent: true }],
  );
  shop.recorder.outbox.store(accepted, refused, at);
};

/** Batches as they could come: of any events, in any order, also of those that have a verdict already. */
const batches = fc.array(
  fc.uniqueArray(fc.record({ seq: fc.integer({ min: 1, max: 14 }), accepted: fc.boolean() }), {
    selector: ({ seq }) => seq,
    maxLength: 6,
  }),
  { maxLength: 8 },
);

describe('The outbox', () => {
  it('knows what waits and what was refused, whatever verdicts come in whatever order', () => {
    const { outbox } = shop.recorder;
    const seqs = rows.map(({ seq }) => seq);
    expect(seqs.length).toBeGreaterThanOrEqual(14);
    fc.assert(
      fc.property(batches, (came) => {
        shop.terminal.db.exec('DELETE FROM verdicts; UPDATE outbox_frontier SET seq = 0');
        const known = new Map<number, boolean>();
        for (const batch of came) {
          store(batch);
          for (const { seq, accepted } of batch) known.set(seq, accepted || known.get(seq) === true);
        }
        const waiting = seqs.filter((seq) => !known.has(seq));
        const refused = seqs.filter((seq) => known.get(seq) === false);
        const open = [...waiting, ...refused].sort((a, b) => a - b);
        expect(outbox.nextBatch().map(({ seq }) => seq)).toEqual(waiting);
        expect(outbox.parkedEvents().map(({ seq }) => seq)).toEqual(refused);
        expect(outbox.pendingCount).toBe(open.length);
        expect(outbox.hasUnsent).toBe(waiting.length > 0);
        expect(outbox.contiguousSeq).toBe((open[0] ?? seqs.length + 1) - 1);
        const view = 'SELECT seq FROM outbox WHERE synced_at IS NULL ORDER BY seq';
        expect(shop.terminal.db.prepare(view).pluck().all()).toEqual(open);
      }),
      { numRuns: 60 },
    );
  });

  it('takes no verdict on an event that is not in the log', () => {
    store([
      { seq: rows.length + 1, accepted: true },
      { seq: rows.length + 2, accepted: false },
    ]);
    expect(shop.terminal.db.prepare('SELECT count(*) FROM verdicts').pluck().get()).toBe(0);
    expect(shop.recorder.outbox.pendingCount).toBe(rows.length);
  });
});
