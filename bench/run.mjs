// What tillog costs, as ratios against a raw limit that is measured in the same run: medians of interleaved rounds.
// npm run bench            everything
// npm run bench -- sale verify   only those; verify looks at the log that sale leaves
import console from 'node:console';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { measureIngest } from './ingest.mjs';
import { measureSales } from './sale.mjs';
import { measureVerify } from './verify.mjs';

const measurements = { sale: measureSales, verify: measureVerify, ingest: measureIngest };

const named = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'tillog-bench-'));
try {
  console.log(
    `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? '?'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
  );
  const table = {};
  for (const [name, measure] of Object.entries(measurements)) {
    if (named.length === 0 || named.includes(name)) Object.assign(table, await measure(folder));
  }
  console.table(table);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
