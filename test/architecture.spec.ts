import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const home = process.cwd();
const cruiser = join(home, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const rules = join(home, '.dependency-cruiser.cjs');

/** Every rule that the files under `folder`/src break, as "rule: from → to", sorted. */
const violationsIn = (folder: string): readonly string[] => {
  const run = spawnSync(process.execPath, [cruiser, '--config', rules, '--output-type', 'json', 'src'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (run.stdout === '') throw new Error(`dependency-cruiser said nothing: ${run.stderr}`);
  const found = JSON.parse(run.stdout) as {
    summary: { totalCruised: number; violations: { rule: { name: string }; from: string; to: string }[] };
  };
  if (found.summary.totalCruised === 0) throw new Error(`dependency-cruiser found no files in ${folder}/src`);
  return found.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`).sort();
};

/** Writes `files` (path → text) into a folder of their own and says which rules they break. */
const violationsOf = (files: Readonly<Record<string, string>>): readonly string[] => {
  const folder = mkdtempSync(join(tmpdir(), 'tillog-architecture-'));
  try {
    for (const [path, text] of Object.entries({ 'package.json': '{"type":"module"}', ...files })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return violationsIn(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const packageNamed = (name: string): Record<string, string> => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, version: '1.0.0', main: 'index.js' }),
  [`node_modules/${name}/index.js`]: 'module.exports = {};',
});

describe('the architecture', () => {
  it('is the one that was drawn', () => {
    expect(violationsIn(home)).toEqual([]);
  });

  it('notices a folder that imports against the arrows, even if only a type', () => {
    expect(
      violationsOf({
        'src/events/chain.ts': "import type { Relay } from '../outbox/relay.js';\nexport type Chain = Relay;\n",
        'src/outbox/relay.ts': 'export type Relay = string;\n',
      }),
    ).toEqual(['events-imports-only-its-own-row: src/events/chain.ts → src/outbox/relay.ts']);
  });

  it('notices a terminal that reaches PostgreSQL through others', () => {
    expect(
      violationsOf({
        ...packageNamed('pg'),
        'src/terminal/sale.ts': "import { rows } from '../projections/rows.js';\nexport const sale = rows;\n",
        'src/projections/rows.ts': "import { table } from './table.js';\nexport const rows = table;\n",
        'src/projections/table.ts': "import pg from 'pg';\nexport const table = pg;\n",
      }),
    ).toEqual(['terminal-never-reaches-pg: src/terminal/sale.ts → node_modules/pg/index.js']);
  });

  it('notices a central that reaches SQLite through others', () => {
    expect(
      violationsOf({
        ...packageNamed('better-sqlite3'),
        'src/central/feed.ts': "import { log } from '../events/log.js';\nexport const feed = log;\n",
        'src/events/log.ts': "import Database from 'better-sqlite3';\nexport const log = Database;\n",
      }),
    ).toEqual(['central-never-reaches-better-sqlite3: src/central/feed.ts → node_modules/better-sqlite3/index.js']);
  });

  it('notices a rule of the shop that imports anything at all', () => {
    expect(
      violationsOf({
        ...packageNamed('zod'),
        'src/domain/tax.ts':
          "import 'node:fs';\nimport 'zod';\nimport { clock } from '../ports.js';\nexport const tax = clock;\n",
        'src/ports.ts': 'export const clock = 1;\n',
      }),
    ).toEqual([
      'domain-imports-no-package: src/domain/tax.ts → fs',
      'domain-imports-no-package: src/domain/tax.ts → node_modules/zod/index.js',
      'domain-imports-nothing: src/domain/tax.ts → src/ports.ts',
    ]);
  });

  it('notices Nest away from the edge, a circle, and a folder nobody placed', () => {
    expect(
      violationsOf({
        ...packageNamed('@nestjs/common'),
        'src/hardware/printer.ts': "import '@nestjs/common';\n",
        'src/catalog/item.ts': "import { shelf } from './shelf.js';\nexport const item = shelf;\n",
        'src/catalog/shelf.ts': "import { item } from './item.js';\nexport const shelf = (): unknown => item;\n",
        'src/helpers/misc.ts': "import '../catalog/item.js';\n",
      }),
    ).toEqual([
      '@nestjs-stays-in-terminal-and-central-and-openapi: src/hardware/printer.ts → node_modules/@nestjs/common/index.js',
      'no-circle: src/catalog/item.ts → src/catalog/shelf.ts',
      'no-file-without-a-row: src/helpers/misc.ts → src/catalog/item.ts',
    ]);
  });
});
