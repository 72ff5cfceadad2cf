// What central costs: batches of a busy till against a raw INSERT of the same bytes, and a backlog that a relay drains.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import console from 'node:console';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath, URL } from 'node:url';
import pg from 'pg';
import { CentralDatabase } from '../dist/central/database.js';
import { openEmbeddedPostgres } from '../dist/central/embedded-postgres.js';
import { Ingest } from '../dist/central/ingest.js';
import { centralCode } from '../dist/central/program.js';
import { machinePorts, silentLog } from '../dist/ports.js';
import { linkOf } from '../dist/terminal/enrolment.js';
import { relayOf } from '../dist/terminal/terminal-relay.js';
import { busyTill } from './busy-till.mjs';
import { median, rounds, row } from './measure.mjs';

const batchEvents = 100;
const batchesPerRound = 20;
/** Rounds that only warm up: a central runs for weeks, and the compiler takes some thousand events until it is done. */
const warmUp = 5;
const backlogEvents = 100_000;

/**
 * Measures on an embedded PostgreSQL in `folder`.
 * @returns lines of the table
 */
export const measureIngest = async (folder) => {
  const { bytes } = machinePorts.randomness;
  const { sleep } = machinePorts.clock;
  const postgres = await openEmbeddedPostgres({
    dataDir: join(folder, 'central'),
    role: 'owner',
    randomBytes: bytes,
    sleep,
  });
  try {
    return await measureOn(folder, postgres.url);
  } finally {
    await postgres.stop();
  }
};

const measureOn = async (folder, databaseUrl) => {
  const code = await centralCode({ databaseUrl, ports: machinePorts });
  const terminal = await soldOffline(folder, { code, databaseUrl });
  try {
    const ingest = await measureBatches(terminal, await copyOf(databaseUrl));
    const raw = median(ingest.map(({ limit }) => limit.perSecond));
    const drained = await measureBacklog(terminal, databaseUrl);
    return {
      'ingest, 100 events a batch': { ...row(ingest, 'raw INSERT of the same bytes'), processor: processorOf(ingest) },
      'backlog of 100 000 over HTTP': row(
        [{ ours: drained, limit: { perSecond: raw } }],
        'raw INSERT of the same bytes',
      ),
    };
  } finally {
    terminal.close();
  }
};

const soldOffline = async (folder, { code, databaseUrl }) => {
  const central = await startCentral(databaseUrl);
  try {
    return await busyTill(folder, { code, url: central.url, events: backlogEvents });
  } finally {
    await central.stop();
  }
};

/** Another database with the same tenant and terminal in it. */
const copyOf = async (databaseUrl) => {
  const url = new URL(databaseUrl);
  const name = url.pathname.slice(1);
  url.pathname = '/postgres';
  await withClient(url.href, (client) => client.query(`CREATE DATABASE ${name}_batches TEMPLATE ${name}`));
  url.pathname = `/${name}_batches`;
  return url.href;
};

const withClient = async (connectionString, work) => {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

/** Rounds of ours and of the raw INSERT, each over the same batches, one connection each, one batch a transaction. */
const measureBatches = async (terminal, databaseUrl) =>
  withClient(databaseUrl, async (client) => {
    await client.query(rawTable);
    console.log((await client.query('SELECT version()')).rows[0].version);
    const db = new CentralDatabase(databaseUrl, silentLog, { connectionsMax: 1 });
    try {
      const ingest = new Ingest({ db, ports: machinePorts, log: silentLog });
      const found = [];
      for (let round = 0; round < warmUp + rounds; round += 1) {
        const batches = Array.from({ length: batchesPerRound }, (_, index) =>
          terminal.recorder.log.read((round * batchesPerRound + index) * batchEvents, batchEvents),
        );
        const limit = await measured(client, batches, (rows) => insertRaw(client, rows));
        const ours = await measured(client, batches.map(requestOf(terminal)), async (request) => {
          const { accepted } = await ingest.receive(knownAs(terminal), request, machinePorts.randomness.uuid());
          if (accepted.length !== batchEvents) throw new Error('Central did not accept the whole batch.');
        });
        if (round >= warmUp) found.push({ ours, limit });
      }
      return found;
    } finally {
      await db.close();
    }
  });

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

/** The same in words: of a batch, beside raw, as a ratio. */
const processorOf = (rounds) => {
  const [ours, limit] = ['ours', 'limit'].map((of) => median(rounds.map((round) => round[of].batchMs)));
  return `${ours.toFixed(1)} ms a batch, raw ${limit.toFixed(1)} ms: ${(limit / ours).toFixed(2)}`;
};

const knownAs = ({ recorder: { identity }, publicKey }) => ({
  tenant_id: identity.tenant_id,
  terminal_id: identity.terminal_id,
  public_key: publicKey,
});

const requestOf = (terminal) => {
  const { tenant_id, terminal_id } = knownAs(terminal);
  const { epoch, ...head } = terminal.recorder.signHead();
  return (rows) => ({
    ...{ tenant_id, terminal_id, epoch, head, catalog_version: -1 },
    events: rows.map(({ envelope, hash }) => ({ event: envelope, hash })),
  });
};

/** What any store of these events must hold at the least: the texts under their ids. */
const rawTable =
  'CREATE TABLE raw (local_id uuid PRIMARY KEY, seq bigint NOT NULL, hash text NOT NULL, event text NOT NULL)';

const insertRaw = (client, rows) =>
  client.query({
    name: 'raw',
    text: `INSERT INTO raw SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], string_to_array($4, E'\\n'))`,
    values: [
      rows.map(({ local_id }) => local_id),
      rows.map(({ seq }) => seq),
      rows.map(({ hash }) => hash),
      rows.map(({ envelope }) => envelope).join('\n'),
    ],
  });

/** Central in a process of its own, a relay in this one, one request in flight. */
const measureBacklog = async (terminal, databaseUrl) => {
  const central = await startCentral(databaseUrl);
  let broken;
  const relay = relayOf(terminal, {
    ports: machinePorts,
    link: linkOf(terminal, central.url),
    intervalMs: 30_000,
    takesCatalog: false,
    onBroken: (cause) => (broken = cause),
  });
  const { pendingCount } = terminal.recorder.outbox;
  const from = performance.now();
  relay.start();
  try {
    while (terminal.recorder.outbox.hasUnsent) {
      if (broken) throw broken;
      await machinePorts.clock.sleep(20);
    }
    const seconds = (performance.now() - from) / 1000;
    const { pending, problem } = relay.status();
    if (pending > 0) throw new Error(`${pending} events were not accepted: ${problem}`);
    return { perSecond: pendingCount / seconds };
  } finally {
    await relay.stop();
    await central.stop();
  }
};

const startCentral = async (databaseUrl) => {
  const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
  const child = fork(program, ['central', '--port', '0'], {
    env: { ...process.env, DATABASE_URL: databaseUrl },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const url = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`Central ended with code ${code} while it started.`)));
    createInterface(child.stdout).on('line', (line) => {
      const ready = / ready at (\S+)/u.exec(line);
      if (ready) resolve(ready[1]);
    });
  });
  const stop = async () => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  return { url, stop };
};
