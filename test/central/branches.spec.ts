import { adoptFork } from '../../src/central/back-office.js';
import type { CentralDatabase } from '../../src/central/database.js';
import type { KnownTerminal } from '../../src/central/enrolment.js';
import { Ingest } from '../../src/central/ingest.js';
import type { SealedEvent } from '../../src/events/envelope.js';
import type { SyncAnswer } from '../../src/outbox/protocol.js';
import { machinePorts, silentLog } from '../../src/ports.js';
import { Cluster, enrolAt } from './database.js';
import { changed, Fleet, type TillTerminal } from './fleet.js';

let cluster: Cluster;
let url: string;
let db: CentralDatabase;
let ingest: Ingest;
const fleet = new Fleet();

beforeAll(async () => {
  cluster = await Cluster.start();
  ({ url, db } = await cluster.database());
  ingest = new Ingest({ db, ports: machinePorts, log: silentLog });
}, 60_000);

afterAll(async () => {
  fleet.close();
  await cluster.stop();
});

interface Sold {
  readonly terminal: TillTerminal;
  readonly known: KnownTerminal;
}

let tenants = 0;

/** A terminal all of whose events central has. */
const synced = async (): Promise<Sold> => {
  tenants += 1;
  const shop = await enrolAt(db, fleet.add().openSession().sell(2), `Tenant ${String(tenants)}`);
  await send(shop, shop.terminal.events());
  return shop;
};

const copyOf = ({ terminal, known }: Sold): Sold => ({ terminal: fleet.clone(terminal), known });

const send = ({ terminal, known }: Sold, events: readonly unknown[]): Promise<SyncAnswer> =>
  ingest.receive(known, terminal.request(events), machinePorts.randomness.uuid());

const headOf = ({ terminal }: Sold): number => terminal.log.head?.seq ?? 0;

describe('the copies of one disk', () => {
  it('are each told another epoch, and the same one again when the answer was lost', async () => {
    const original = await synced();
    const common = headOf(original);
    const [first, second] = [copyOf(original), copyOf(original)];
    await send(original, original.terminal.sell(1).sealed(common + 1));
    const toFirst = await send(first, first.terminal.sell(1).sealed(common + 1));
    const toSecond = await send(second, second.terminal.sell(1).sealed(common + 1));
    expect([toFirst, toSecond]).toMatchObject([
      { new_epoch_required: true, next_epoch: 2 },
      { new_epoch_required: true, next_epoch: 3 },
    ]);
    expect(await send(second, [])).toMatchObject({ next_epoch: 3 });
    expect(await send(original, [])).not.toHaveProperty('next_epoch');
  });

  it('are told so again at the next contact, where the longer one heard its verdicts and then died', async () => {
    const original = await synced();
    const common = headOf(original);
    const copy = copyOf(original);
    await send(original, original.terminal.sell(1).sealed(common + 1));
    const told = { new_epoch_required: true, next_epoch: 2 };
    expect(await send(copy, copy.terminal.sell(5).sealed(common + 1))).toMatchObject(told);
    expect(await send(copy, [])).toMatchObject(told);
    const { hash = '' } = copy.terminal.log.head ?? {};
    await adoptFork(db, { ...copy.known, actor: 'Rania' }, { ...copy.known, hash }, machinePorts);
    expect(await send(copy, [])).not.toHaveProperty('next_epoch');
  });

  it('are never told an epoch that one of them began by itself, or whose beginning is disputed', async () => {
    const original = await synced();
    const common = headOf(original);
    const [first, second] = [copyOf(original), copyOf(original)];
    await send(
      first,
      first.terminal
        .startEpoch()
        .sell(1)
        .sealed(common + 1),
    );
    const answer = await send(
      second,
      second.terminal
        .startEpoch()
        .sell(1)
        .sealed(common + 1),
    );
    expect(answer).toMatchObject({ new_epoch_required: true, next_epoch: 3 });
    expect(answer.rejected.map(({ code }) => code)).toEqual(['CONFLICT', 'CONFLICT', 'CONFLICT']);
    second.terminal.epoch = 2;
    const next = await send(
      second,
      second.terminal
        .startEpoch()
        .sell(1)
        .sealed(common + 4),
    );
    expect(next).toMatchObject({ rejected: [], missing: [], contiguous_seq: headOf(second) });
  });

  it('do not let the longer disputed branch push the undisputed one into a new epoch', async () => {
    const original = await synced();
    const common = headOf(original);
    const copy = copyOf(original);
    await send(original, original.terminal.sell(1).sealed(common + 1));
    await send(copy, copy.terminal.sell(5).sealed(common + 1));
    const answer = await send(original, []);
    expect(answer).toMatchObject({ missing: [], contiguous_seq: headOf(original) });
    expect(answer).not.toHaveProperty('new_epoch_required');
  });

  it('do not hide from central what it lost of the undisputed one', async () => {
    const original = await synced();
    const common = headOf(original);
    const copy = copyOf(original);
    await send(original, original.terminal.sell(1).sealed(common + 1));
    await send(copy, copy.terminal.sell(5).sealed(common + 1));
    await send(original, original.terminal.sell(3).sealed(common + 3));
    const lost = `terminal_id = '${original.known.terminal_id}' AND seq > ${String(common + 2)}`;
    await cluster.asOwner(`DELETE FROM events WHERE ${lost}; DELETE FROM heads`, url);
    const answer = await send(original, []);
    expect(answer).toMatchObject({ contiguous_seq: common + 2, missing: [[common + 3, headOf(original)]] });
    expect(await send(original, original.terminal.sealed(common + 3))).toMatchObject({ rejected: [], missing: [] });
  });

  it('are asked for an epoch that central lost whole, back to where it fits, though all of it was acknowledged', async () => {
    const original = await synced();
    const common = headOf(original);
    const copy = copyOf(original);
    await send(original, original.terminal.sell(1).sealed(common + 1));
    await send(copy, copy.terminal.sell(5).sealed(common + 1));
    copy.terminal.startEpoch().sell(150);
    for (let from = common + 1; from <= headOf(copy); from += 100) {
      await send(copy, copy.terminal.sealed(from, from + 99));
    }
    expect(await send(copy, [])).toMatchObject({ missing: [], contiguous_seq: headOf(copy) });
    const ours = `terminal_id = '${original.known.terminal_id}'`;
    const kept = await cluster.asOwner(`SELECT hash FROM events WHERE ${ours}`, url);
    await cluster.asOwner(
      `DELETE FROM events WHERE ${ours} AND epoch > 1; DELETE FROM heads WHERE ${ours};
       DELETE FROM forks WHERE ${ours} AND seq > ${String(common + 4)}; DELETE FROM progress WHERE ${ours}`,
      url,
    );
    let { missing } = await send(copy, []);
    for (let exchange = 0; missing[0] !== undefined && exchange < 20; exchange += 1) {
      const [from, to] = missing[0];
      ({ missing } = await send(copy, copy.terminal.sealed(from, Math.min(to, from + 99))));
    }
    expect(await send(copy, [])).toMatchObject({ missing: [], contiguous_seq: headOf(copy) });
    expect(await cluster.asOwner(`SELECT hash FROM events WHERE ${ours}`, url)).toHaveLength(kept.length);
  });

  it('count no receipt twice, whichever of its versions a person adopts', async () => {
    const original = await synced();
    const copy = copyOf(original);
    const common = headOf(original);
    const adopt = ({ hash }: SealedEvent): Promise<void> =>
      adoptFork(db, { ...copy.known, actor: 'Rania' }, { ...copy.known, hash }, machinePorts);
    const [counted] = original.terminal.sell(1).sealed(common + 1) as [SealedEvent];
    await send(original, [counted]);
    const [sale] = copy.terminal.sell(1).sealed(common + 1) as [SealedEvent];
    const versions = [counted, sale, sale].map((event, index) => changed(event, { staff_id: `nr-${String(index)}` }));
    await send(copy, versions);
    const [ofCounted, first, second] = versions as [SealedEvent, SealedEvent, SealedEvent];
    await expect(adopt(ofCounted)).rejects.toMatchObject({ status: 409, code: 'FORK_DOUBLES' });
    await adopt(first);
    await expect(adopt(second)).rejects.toMatchObject({ status: 409, code: 'FORK_DOUBLES' });
  });
});
