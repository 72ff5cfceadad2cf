import { listRejected, listTerminals, rejectedSchema } from '../../src/central/back-office.js';
import type { CentralDatabase } from '../../src/central/database.js';
import { Ingest } from '../../src/central/ingest.js';
import type { SealedEvent } from '../../src/events/envelope.js';
import { machinePorts, silentLog } from '../../src/ports.js';
import { Cluster, enrolAt } from './database.js';
import { changed, Fleet, idOf } from './fleet.js';

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

describe('a refused event', () => {
  it('leaves the open list when people settle it at the terminal, and stays as evidence', async () => {
    const { terminal, known } = await enrolAt(db, fleet.add().openSession(), 'Settling');
    const send = (events: readonly unknown[]) =>
      ingest.receive(known, terminal.request(events), machinePorts.randomness.uuid());
    const list = (settled: 'true' | 'false') => listRejected(db, known.tenant_id, rejectedSchema.parse({ settled }));
    const from = terminal.log.head?.seq ?? 0;
    await send(terminal.events());
    const [sale, drawer] = terminal.sell(1).sealed(from + 1) as [SealedEvent, SealedEvent];
    const newer = { ...changed(sale, { type: 'SaleSung' }), hash: sale.hash };
    expect((await send([newer, drawer])).rejected).toMatchObject([{ code: 'INVALID' }]);
    expect(await list('false')).toMatchObject([{ local_id: idOf(sale), code: 'INVALID', resolution: null }]);
    expect(await listTerminals(db, known.tenant_id)).toMatchObject([{ refused_count: 1 }]);

    const data = { rejected_local_id: idOf(sale), resolution: 'Rung up again', replaced_by: null };
    const settled = terminal.append({ type: 'RejectionSettled', data, approved_by: 'boss' });
    expect((await send(terminal.sealed(settled.seq))).rejected).toEqual([]);
    expect(await list('false')).toEqual([]);
    expect(await list('true')).toMatchObject([
      { local_id: idOf(sale), code: 'INVALID', resolution: 'Rung up again', settled_by: 'samir', approved_by: 'boss' },
    ]);
    expect(await listTerminals(db, known.tenant_id)).toMatchObject([{ refused_count: 0 }]);

    // The right text after all: it counts, and nothing of it is open or refused any more.
    expect(await send([sale])).toMatchObject({ rejected: [], accepted: [{ local_id: idOf(sale) }] });
    expect([await list('false'), await list('true')]).toEqual([[], []]);
  });

  it('decides its place by the event behind it, also where its text is none and both come in one batch', async () => {
    const { terminal, known } = await enrolAt(db, fleet.add().openSession(), 'Illegible');
    const send = (events: readonly unknown[]) =>
      ingest.receive(known, terminal.request(events), machinePorts.randomness.uuid());
    const events = terminal.sell(2).events();
    const illegible = { event: 'no event', hash: events[2]?.hash };
    const decided = { missing: [], contiguous_seq: events.length, rejected: [{ code: 'INVALID' }] };
    expect(await send([...events.slice(0, 2), illegible, ...events.slice(3)])).toMatchObject(decided);
    expect(await send([illegible])).toMatchObject(decided);
  });
});
