// What a batch costs central beside a raw INSERT of the same bytes, one connection each, one batch a transaction. Runs in a
// process of its own, as central does: what else a program did before changes how its code is compiled.
// DATABASE_URL=<a database that knows the till> node bench/batches.mjs <file that bench/ingest.mjs made>
import console from 'node:console';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import pg from 'pg';
import { CentralDatabase } from '../dist/central/database.js';
import { Ingest } from '../dist/central/ingest.js';
import { machinePorts, silentLog } from '../dist/ports.js';

const batchEvents = 100;
const batchesPerRound = 40;
/** Rounds that only warm up: a central runs for weeks, and the compiler takes some ten thousand events until it is done. */
const warmUp = 8;
/** More than elsewhere: PostgreSQL tidies its tables up in some of them. */
const rounds = 9;

/** Rounds of ours and of the raw INSERT, each over the same batches. */
const measureBatches = async ({ terminal, head, events }, databaseUrl) => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const db = new CentralDatabase(databaseUrl, silentLog, { connectionsMax: 1 });
  try {
    await client.query(rawTable);
    const ingest = new Ingest({ db, ports: machinePorts, log: silentLog });
    const found = [];
    for (let round = 0; round < warmUp + rounds; round += 1) {
      const batches = Array.from({ length: batchesPerRound }, (_, index) => {
        const from = (round * batchesPerRound + index) * batchEvents;
        return events.slice(from, from + batchEvents);
      });
      const limit = await measured(client, batches, (batch) => insertRaw(client, batch));
      const ours = await measured(client, batches.map(requestOf(terminal, head)), async (request) => {
        const { accepted } = await ingest.receive(terminal, request, machinePorts.randomness.uuid());
        if (accepted.length !== batchEvents) throw new Error('Central did not accept the whole batch.');
      });
      if (round >= warmUp) found.push({ ours, limit });
    }
    return found;
  } finally {
    await db.close();
    await client.end();
  }
};

const measured = async (client, batches, take) => {
  const before = await processorMs(client);
  const from = performance.now();
  for (const batch of batches) await take(batch);
  const seconds = (performance.now() - from) / 1000;
  const batchMs = ((await processorMs(client)) - before) / batches.length;
  return { perSecond: (batches.length * batchEvents) / seconds, batchMs };
};

/** The processor time that this program and the server's processes for this database have used: no other load changes it much. */
const processorMs = async (client) => {
  const { rows } = await client.query('SELECT pid FROM pg_stat_activity WHERE datname = current_database()');
  const server = rows.map(({ pid }) => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6);
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 + server.reduce((sum, ms) => sum + ms, 0);
};

const requestOf =
  ({ tenant_id, terminal_id }, { epoch, ...head }) =>
  (batch) => ({
    ...{ tenant_id, terminal_id, epoch, head, catalog_version: -1 },
    events: batch.map(({ event, hash }) => ({ event, hash })),
  });

/** What any store of these events must hold at the least: the texts under their ids. */
const rawTable =
  'CREATE TABLE raw (local_id uuid PRIMARY KEY, seq bigint NOT NULL, hash text NOT NULL, event text NOT NULL)';

const insertRaw = (client, batch) =>
  client.query({
    name: 'raw',
    text: `INSERT INTO raw SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], string_to_array($4, E'\\n'))`,
    values: [
      batch.map(({ local_id }) => local_id),
      batch.map(({ seq }) => seq),
      batch.map(({ hash }) => hash),
      batch.map(({ event }) => event).join('\n'),
    ],
  });

const [file] = process.argv.slice(2);
console.log(JSON.stringify(await measureBatches(JSON.parse(readFileSync(file, 'utf8')), process.env.DATABASE_URL)));
