import { statesAt } from '../../src/audit/state.js';
import type { CentralDatabase } from '../../src/central/database.js';
import { enrol } from '../../src/central/enrolment.js';
import { Ingest } from '../../src/central/ingest.js';
import { openCentralSource } from '../../src/central/source.js';
import { createCode } from '../../src/central/tenants.js';
import { sealedOf } from '../../src/events/log.js';
import { machinePorts as ports, silentLog } from '../../src/ports.js';
import { asLived, type Lived, livedNow, movesOf } from '../audit/lived.js';
import { PlayedShop } from '../terminal/played-shop.js';
import { Cluster } from './database.js';

let cluster: Cluster;
let databaseUrl: string;
let db: CentralDatabase;
beforeAll(async () => {
  cluster = await Cluster.start();
  ({ url: databaseUrl, db } = await cluster.database());
}, 60_000);
afterAll(() => cluster.stop());

/** A till that sold before it was enrolled and after, and sent it all. */
const sentShop = async (lived: Lived[]): Promise<PlayedShop> => {
  const played = new PlayedShop((shop) => lived.push(livedNow(shop)));
  const { shop } = played;
  await shop.commands.applyCatalog(-1);
  played.play(movesOf(11));
  const { terminal_id } = shop.recorder.identity;
  const { publicKey: public_key } = shop.terminal;
  const code = await createCode(db, { tenant: 'Played', store: 'Main store' }, ports);
  const { tenant_id, store_id, tenant_name, store_name } = await enrol(db, { code, terminal_id, public_key }, ports);
  const place = { tenant_id, store_id, tenant_name, store_name };
  played.record(() => [{ type: 'TerminalEnrolled', data: place }]);
  played.play(movesOf(12));
  const ingest = new Ingest({ db, ports, log: silentLog });
  const { log, catalog } = shop.recorder;
  const signed = shop.recorder.signHead();
  if (!signed) throw new Error('nothing was recorded');
  const { epoch: _epoch, ...head } = signed;
  for (let after = 0; after < head.seq; after += 100) {
    const request = {
      ...{ tenant_id, terminal_id, epoch: 1, catalog_version: catalog.version, head },
      events: log.read(after, 100).map(sealedOf),
    };
    const answer = await ingest.receive({ tenant_id, terminal_id, public_key }, request, ports.randomness.uuid());
    expect(answer.rejected).toEqual([]);
  }
  return played;
};

it('Central tells what a till knew at any event, as the till itself knew it', async () => {
  const lived: Lived[] = [];
  const { shop } = await sentShop(lived);
  expect(lived.length).toBeGreaterThan(200);
  const source = await openCentralSource({ databaseUrl, ports });
  const left = [...lived];
  const { terminal_id: terminal } = shop.recorder.identity;
  for await (const state of statesAt(source, { terminal, seqs: lived.map(({ seq }) => seq) })) {
    const [moment] = left.splice(0, 1);
    expect(state.findings).toEqual([]);
    expect(moment && asLived(state, moment)).toEqual(moment);
  }
  expect(left).toEqual([]);
  await source.close();
  shop.remove();
}, 120_000);
