import { adoptFork } from '../../src/central/back-office.js';
import type { CentralDatabase } from '../../src/central/database.js';
import type { KnownTerminal } from '../../src/central/enrolment.js';
import { Ingest } from '../../src/central/ingest.js';
import type { SealedEvent } from '../../src/events/envelope.js';
import type { SyncAnswer } from '../../src/outbox/protocol.js';
import { machinePorts, silentLog } from '../../src/ports.js';
import { Cluster, enrolAt } from './database.js';
import { Fleet, idOf, type TillTerminal } from './fleet.js';
import { expectFolded, keptRows } from './kept-rows.js';

let cluster: Cluster;
let db: CentralDatabase;
let ingest: Ingest;
const fleet = new Fleet();

beforeAll(async () => {
  cluster = await Cluster.start();
  ({ db } = await cluster.database());
  ingest = new Ingest({ db, ports: machinePorts, log: silentLog });
}, 60_000);

afterAll(async () => {
  fleet.close();
  await cluster.stop();
});

interface Shop {
  readonly terminal: TillTerminal;
  readonly known: KnownTerminal;
}

let tenants = 0;

/** A terminal that sold before it was enrolled; each in a tenant of its own. */
const enrolledTerminal = (): Promise<Shop> => {
  tenants += 1;
  return enrolAt(db, fleet.add().openSession().sell(1), `Tenant ${String(tenants)}`);
};

const send = ({ terminal, known }: Shop, events: readonly unknown[]): Promise<SyncAnswer> =>
  ingest.receive(known, terminal.request(events), machinePorts.randomness.uuid());

const codesOf = (answer: SyncAnswer): string[] => answer.rejected.map(({ code }) => code);

describe('two machines with the same disk', () => {
  it('are told apart; no sale of either is lost, and the second goes on in a new epoch', async () => {
    const shop = await enrolledTerminal();
    await send(shop, shop.terminal.sell(2).events());
    const common = shop.terminal.log.head?.seq ?? 0;
    const copy = { terminal: fleet.clone(shop.terminal), known: shop.known };
    shop.terminal.sell(2);
    expect(codesOf(await send(shop, shop.terminal.sealed(common + 1)))).toEqual([]);
    const disputed = copy.terminal.sell(3).sealed(common + 1);
    const answer = await send(copy, disputed);
    expect(codesOf(answer)).toEqual(Array.from({ length: 6 }, () => 'CONFLICT'));
    expect(answer.new_epoch_required).toBe(true);
    expect(await keptRows(db, 'forks', shop)).toHaveLength(6);

    copy.terminal.startEpoch().sell(1);
    const next = await send(copy, copy.terminal.sealed(common + 7));
    const seq = copy.terminal.log.head?.seq;
    expect(next).toMatchObject({ rejected: [], missing: [], contiguous_seq: seq });
    expect(next.new_epoch_required).toBeUndefined();
    expect((await send(copy, disputed)).new_epoch_required).toBeUndefined();

    shop.terminal.sell(1);
    const original = await send(shop, shop.terminal.sealed(common + 5));
    expect(original).toMatchObject({ rejected: [], contiguous_seq: shop.terminal.log.head?.seq });
    expect(original.new_epoch_required).toBeUndefined();
  });

  it('have their disputed events accepted once a person adopts them', async () => {
    const shop = await enrolledTerminal();
    await send(shop, shop.terminal.events());
    const copy = { terminal: fleet.clone(shop.terminal), known: shop.known };
    const common = shop.terminal.log.head?.seq ?? 0;
    await send(shop, shop.terminal.sell(1).sealed(common + 1));
    const [sale] = copy.terminal.sell(1).sealed(common + 1);
    expect(codesOf(await send(copy, [sale]))).toEqual(['CONFLICT']);
    const name = { terminal_id: shop.known.terminal_id, hash: sale?.hash ?? '' };
    await adoptFork(db, { ...shop.known, actor: 'test' }, name, machinePorts);
    await adoptFork(db, { ...shop.known, actor: 'test' }, name, machinePorts);
    expect(await send(copy, [sale])).toMatchObject({ rejected: [], accepted: [{ local_id: idOf(sale) }] });
    await expectFolded(db, shop, [...shop.terminal.events(), sale as SealedEvent]);
  });

  it('are noticed by an empty batch of the one whose log is shorter', async () => {
    const shop = await enrolledTerminal();
    const backup = { terminal: fleet.clone(shop.terminal), known: shop.known };
    await send(shop, shop.terminal.sell(2).events());
    const answer = await send(backup, []);
    expect(answer).toMatchObject({ new_epoch_required: true, contiguous_seq: shop.terminal.log.head?.seq });
    backup.terminal.startEpoch();
    const next = await send(backup, backup.terminal.sealed(backup.terminal.log.head?.seq));
    expect(next).toMatchObject({ rejected: [], missing: [], contiguous_seq: backup.terminal.log.head?.seq });
  });
});
