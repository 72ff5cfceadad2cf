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
/** What is sent at once, in another measurement than that of one till alone. */
const tillsAtOnce = 2;
/** Of each till that only sends batches: enough for all rounds of both measurements. */
const batchesEvents = (warmUp + rounds) * batchesPerRound * batchEvents;

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
  const tills = await soldOffline(folder, databaseUrl);
  const [backlog, ...senders] = tills;
  try {
    const raw = 'raw INSERT of the same bytes';
    const alone = await measureBatches(senders.slice(0, 1), await copyOf(databaseUrl, 'alone'));
    const together = await measureBatches(senders, await copyOf(databaseUrl, 'together'));
    const drained = await measureBacklog(backlog, databaseUrl);
    const limit = { perSecond: median(alone.map((round) => round.limit.perSecond)) };
    return {
      'ingest of one till, one connection': { ...row(alone, raw), processor: processorOf(alone) },
      [`ingest of ${tillsAtOnce} tills, one connection`]: { ...row(together, raw), processor: processorOf(together) },
      'backlog of 100 000 over HTTP': row([{ ours: drained, limit }], raw),
    };
  } finally {
    for (const till of tills) till.close();
  }
};

/** A till with the backlog, and those that only send batches. */
const soldOffline = async (folder, databaseUrl) => {
  const central = await startCentral(databaseUrl);
  try {
    const tills = [];
    for (const events of [backlogEvents, ...Array.from({ length: tillsAtOnce }, () => batchesEvents)]) {
      const code = await centralCode({ databaseUrl, ports: machinePorts });
      tills.push(await busyTill(join(folder, `till-${tills.length}`), { code, url: central.url, events }));
    }
    return tills;
  } finally {
    await central.stop();
  }
};

/** Another database with the same tenant and terminals in it. */
const copyOf = async (databaseUrl, suffix) => {
  const url = new URL(databaseUrl);
  const name = url.pathname.slice(1);
  url.pathname = '/postgres';
  await withClient(url.href, (client) => client.query(`CREATE DATABASE ${name}_${suffix} TEMPLATE ${name}`));
  url.pathname = `/${name}_${suffix}`;
  return url.href;
};

const withClient = async (connectionString, work) => {
  // As central's own connections: what is asked for is sent without waiting for the answers of what was asked before.
  const client = new pg.Client({ connectionString, pipeline: true });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

/**
 * Rounds of ours and of the raw INSERT, each over the same batches, one connection each, one batch a transaction. Of each
 * till one batch is on its way at any time, through ours as through raw.
 */
const measureBatches = async (tills, databaseUrl) =>
  withClient(databaseUrl, async (client) => {
    await client.query(rawTable);
    console.log((await client.query('SELECT version()')).rows[0].version);
    const db = new CentralDatabase(databaseUrl, silentLog, { connectionsMax: 1 });
    try {
      const ingest = new Ingest({ db, ports: machinePorts, log: silentLog });
      const found = [];
      for (let round = 0; round < warmUp + rounds; round += 1) {
        const batches = tills.map((till) => batchesOf(till, round, batchesPerRound / tills.length));
        const limit = await measured(client, batches, (rows) => insertRaw(client, rows));
        const requests = batches.map((some, at) => some.map(requestOf(tills[at])));
        const ours = await measured(client, requests, async (request, at) => {
          const { accepted } = await ingest.receive(knownAs(tills[at]), request, machinePorts.randomness.uuid());
          if (accepted.length !== batchEvents) throw new Error('Central did not accept the whole batch.');
        });
        if (round >= warmUp) found.push({ ours, limit });
      }
      return found;
    } finally {
      await db.close();
    }
  });

const batchesOf = ({ recorder }, round, count) =>
  Array.from({ length: count }, (_, index) => recorder.log.read((round * count + index) * batchEvents, batchEvents));

/** @param batches of each till those that follow one another */
const measured = async (client, batches, take) => {
  const before = await processorMs(client);
  const from = performance.now();
  await Promise.all(
    batches.map(async (some, at) => {
      for (const batch of some) await take(batch, at);
    }),
  );
  const seconds = (performance.now() - from) / 1000;
  const batchMs = ((await processorMs(client)) - before) / batchesPerRound;
  return { perSecond: (batchesPerRound * batchEvents) / seconds, batchMs };
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
