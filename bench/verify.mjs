// What the auditor costs, against bare hashing and parsing of the same rows.
import { hash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { join } from 'node:path';
import { openSource } from '../dist/audit/sqlite-file.js';
import { runVerify } from '../dist/audit/program.js';
import { rounds, row } from './measure.mjs';

/**
 * Measures on the log of the data folder `till` in `folder`.
 * @returns lines of the table
 */
export const measureVerify = async (folder) => {
  const source = openSource(join(folder, 'till'));
  const verified = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    const { report } = await runVerify(source, {});
    const ours = { perSecond: report.events / ((performance.now() - start) / 1000) };
    const from = performance.now();
    for (const log of await source.terminals()) {
      for await (const chunk of log.rows()) {
        for (const { event } of chunk) {
          hash('sha256', event, 'hex');
          JSON.parse(event);
        }
      }
    }
    verified.push({ ours, limit: { perSecond: report.events / ((performance.now() - from) / 1000) } });
  }
  await source.close();
  return { 'verify a log, by event': row(verified, 'SHA-256 and JSON.parse') };
};
