// What central costs: batches of a busy till against a raw INSERT of the same bytes, and a backlog that a relay drains.
import { execFile, fork } from 'node:child_process';
import console from 'node:console';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath, URL } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { openEmbeddedPostgres } from '../dist/central/embedded-postgres.js';
import { centralCode } from '../dist/central/program.js';
import { machinePorts } from '../dist/ports.js';
import { linkOf } from '../dist/terminal/enrolment.js';
import { relayOf } from '../dist/terminal/terminal-relay.js';
import { busyTill } from './busy-till.mjs';
import { median, row } from './measure.mjs';

const backlogEvents = 100_000;
/** So many of them are taken in beside the raw INSERT, those included with which it warms up. */
const batchedEvents = 68_000;

const run = promisify(execFile);

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
    const ingest = await measureBatches(folder, terminal, await copyOf(databaseUrl));
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
  await withClient(url.href, async (client) => {
    console.log((await client.query('SELECT version()')).rows[0].version);
    await client.query(`CREATE DATABASE ${name}_batches TEMPLATE ${name}`);
  });
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

/** Has another process take in a good half of what the till recorded. */
const measureBatches = async (folder, { recorder, publicKey }, databaseUrl) => {
  const { tenant_id, terminal_id } = recorder.identity;
  const file = join(folder, 'batches.json');
  const events = recorder.log
    .read(0, batchedEvents)
    .map(({ local_id, seq, hash, envelope }) => ({ local_id, seq, hash, event: envelope }));
  const terminal = { tenant_id, terminal_id, public_key: publicKey };
  writeFileSync(file, JSON.stringify({ terminal, head: recorder.signHead(), events }));
  const program = fileURLToPath(new URL('batches.mjs', import.meta.url));
  // What was written until now is not to be put on the disk while something is measured.
  await run('sync');
  const { stdout } = await run(process.execPath, [program, file], {
    env: { ...process.env, DATABASE_URL: databaseUrl },
  });
  return JSON.parse(stdout);
};

/** The same in words: of a batch, beside raw, as a ratio. */
const processorOf = (rounds) => {
  const [ours, limit] = ['ours', 'limit'].map((of) => median(rounds.map((round) => round[of].batchMs)));
  return `${ours.toFixed(1)} ms a batch, raw ${limit.toFixed(1)} ms: ${(limit / ours).toFixed(2)}`;
};

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
