// What a large log costs: the slowest sales against those of a till with an empty log, what is pending, start
// and memory of the till, and speed and memory of the auditor.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { RecordSale, RecordSaleHandler } from '../dist/terminal/commands/record-sale.js';
import { openLargeTill } from './large-till.mjs';
import { median, rounds, timed } from './measure.mjs';
import { startProgram, verifyInProgram } from './program.mjs';
import { authority, credentials, openTill, saleOf } from './till.mjs';

const eventsInLargeLog = 1_000_000;
const salesPerRound = 400;
const salesOverHttp = 500;
const pendingLookups = 200;

/**
 * Measures in an empty folder.
 * @returns lines of the table
 */
export const measureGrowth = async (folder) => {
  const large = await openLargeTill(folder, 'large', eventsInLargeLog);
  const grown = await compare(await openTill(folder, 'empty'), large);
  const pending = await timed(pendingLookups, () => lookAtPending(large.recorder.outbox));
  large.stop('bench');
  const started = [];
  for (let round = 0; round < rounds; round += 1) started.push(await startAndSell(join(folder, 'large')));
  const middle = (of) => median(started.map(of));
  const verified = await verifyInProgram(join(folder, 'large'));
  const events = eventsInLargeLog.toLocaleString('en').replaceAll(',', ' ');
  return {
    [`p99 of a sale, ${events} events in the log`]: grown,
    [`what is pending, of ${events} events`]: {
      ours: `${pending.p50.toFixed(2)} ms`,
      limit: '1 ms',
      p99: `${pending.p99.toFixed(2)} ms`,
    },
    [`start on ${events} events, until ready`]: {
      ours: `${middle((one) => one.readyMs).toFixed(0)} ms`,
      limit: '1500 ms',
    },
    [`memory at most, ${events} events`]: {
      ours: `${middle((one) => one.memoryMib).toFixed(0)} MiB`,
      limit: '150 MiB',
    },
    [`verify ${events} events`]: {
      ours: `${(eventsInLargeLog / (verified.ms / 1000)).toFixed(0)}/s`,
      limit: '80000/s',
    },
    [`memory at most, verify ${events} events`]: {
      ours: `${verified.memoryMib.toFixed(0)} MiB`,
      limit: '150 MiB',
    },
    'sale of 6 lines over HTTP': {
      ours: `${middle((one) => one.http.perSecond).toFixed(0)}/s`,
      limit: 'p99 5 ms',
      p99: `${middle((one) => one.http.p99).toFixed(2)} ms`,
    },
  };
};

/** Sells on both in turn, so that both meet the same machine. */
const compare = async (empty, large) => {
  const sell = ({ recorder }) => {
    const sales = new RecordSaleHandler(recorder);
    const request = saleOf(6);
    return timed(salesPerRound, () => sales.execute(new RecordSale(randomUUID(), request, authority)));
  };
  await sell(empty);
  await sell(large);
  const measured = [];
  for (let round = 0; round < rounds; round += 1) measured.push({ empty: await sell(empty), large: await sell(large) });
  empty.stop('bench');
  const middle = (of) => median(measured.map(of));
  return {
    ours: `${middle((one) => one.large.p99).toFixed(2)} ms`,
    limit: `${middle((one) => one.empty.p99).toFixed(2)} ms with an empty log`,
    ratio: middle((one) => one.large.p99 / one.empty.p99).toFixed(2),
  };
};

/** Everything that the relay asks before it sends. */
const lookAtPending = (outbox) => [outbox.pendingCount, outbox.contiguousSeq, outbox.nextBatch()];

const startAndSell = async (dataDir) => {
  const program = await startProgram(dataDir);
  try {
    const { token } = await post(program.url, '/v1/login', credentials);
    const headers = { authorization: `Bearer ${token}` };
    const http = await timed(salesOverHttp, () =>
      post(program.url, '/v1/sales', saleOf(6), { ...headers, 'idempotency-key': randomUUID() }),
    );
    return { readyMs: program.readyMs, memoryMib: program.memoryMib(), http };
  } finally {
    await program.stop();
  }
};

const post = async (url, path, body, headers = {}) => {
  const answer = await globalThis.fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
};
