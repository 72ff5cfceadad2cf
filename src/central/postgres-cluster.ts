import { chown, lstat, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PostgresBinaries, Runner } from './postgres-binaries.js';
import { hasCode, isAlive, processLabel, reasonOf, runToEnd } from './postgres-process.js';

/** Where a cluster keeps what, all of it under one folder that only its owner may enter. */
export interface Cluster {
  readonly folder: string;
  /** PostgreSQL's own data folder. */
  readonly data: string;
  /** What the server said, in plain text. */
  readonly log: string;
  /** One file for each process that uses the server just now. */
  readonly users: string;
  readonly password: string;
}

/** Who makes the database and its user, and nothing else; with the same password as that user. */
export const superuser = 'postgres';

const folderName = 'postgres';
const unfinishedPrefix = 'postgres.new-';

/** Who runs PostgreSQL, with which binaries. */
export interface Machine {
  readonly binaries: PostgresBinaries;
  readonly runner: Runner;
}

/**
 * Opens the cluster under `dataDir`, which must exist, and makes it first where there is none.
 *
 * A new cluster is made beside its place and moved there as a whole, so that there is either a complete cluster with its
 * password or none, whenever the machine stops. What a killed start left behind is removed. Two at once are safe: one
 * cluster wins and both use it.
 *
 * @param random an unguessable name and password, as hexadecimal digits; at least 48
 */
export const openCluster = async (dataDir: string, machine: Machine, random: string): Promise<Cluster> => {
  const folder = join(dataDir, folderName);
  await removeUnfinished(dataDir);
  if (!(await exists(folder))) await makeCluster(folder, machine, random);
  const password = await readPassword(join(folder, 'password'));
  await giveTo(join(folder, 'data'), machine.runner);
  await mkdir(join(folder, 'users'), { recursive: true, mode: 0o700 });
  return {
    folder,
    data: join(folder, 'data'),
    log: join(folder, 'server.log'),
    users: join(folder, 'users'),
    password,
  };
};

const readPassword = async (path: string): Promise<string> => {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw new Error(
      `The password of central's database could not be read from ${path}, so nothing in it can be reached. If the folder ` +
        'belongs to another user, run this program as that user; if the file was lost, restore it from a backup.',
      { cause },
    );
  }
};

const makeCluster = async (folder: string, machine: Machine, random: string): Promise<void> => {
  const { binaries, runner } = machine;
  const unfinished = join(dirname(folder), `${unfinishedPrefix}${await processLabel()}-${random.slice(0, 8)}`);
  try {
    await mkdir(unfinished, { mode: 0o700 });
    await writeFile(join(unfinished, 'password'), `${random.slice(8)}\n`, { mode: 0o600, flush: true });
    await giveTo(unfinished, runner);
    const words = [binaries.initdb, '-D', join(unfinished, 'data'), `--username=${superuser}`];
    const outcome = await runToEnd(
      [...runner.prefix, ...words, `--pwfile=${join(unfinished, 'password')}`, ...initdbFlags],
      runner.ids,
    );
    if (outcome.code !== 0) throw new Error(outcome.output);
    await syncFolder(unfinished);
    await moveUnlessThere(unfinished, folder);
    await syncFolder(dirname(folder));
  } catch (cause) {
    throw new Error(
      `The database of central could not be made in ${folder}: ${reasonOf(cause)}\nNothing was ` +
        'kept. Check that the folder is writable and its disk is not full, and start again, or set DATABASE_URL.',
      { cause },
    );
  } finally {
    await rm(unfinished, { recursive: true, force: true, maxRetries: 5 });
  }
};

/** Text is UTF-8 and sorted by code point, on every machine alike; initdb itself makes everything durable. */
const initdbFlags = [
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C',
];

/** A folder that is there wins: rename(2) refuses to replace one that is not empty. */
const moveUnlessThere = async (from: string, to: string): Promise<void> => {
  try {
    await rename(from, to);
  } catch (error) {
    if (!(await exists(to))) throw error;
  }
};

const removeUnfinished = async (dataDir: string): Promise<void> => {
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith(unfinishedPrefix)) continue;
    const label = name.slice(unfinishedPrefix.length).split('-').slice(0, 2).join('-');
    if (!(await isAlive(label))) await rm(join(dataDir, name), { recursive: true, force: true, maxRetries: 5 });
  }
};

/** Hands a tree to the user whom PostgreSQL runs as; it refuses a data folder that is not its own. */
const giveTo = async (path: string, runner: Runner): Promise<void> => {
  const owner = runner.fileOwner;
  if (owner === undefined || (await stat(path)).uid === owner.uid) return;
  await giveTree(path, owner);
};

const giveTree = async (path: string, owner: { readonly uid: number; readonly gid: number }): Promise<void> => {
  const found = await lstat(path);
  if (found.isSymbolicLink()) return;
  // The folder itself comes last, so that a tree which was handed over half way is done again by the next start.
  if (found.isDirectory()) for (const name of await readdir(path)) await giveTree(join(path, name), owner);
  await chown(path, owner.uid, owner.gid);
};

const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};

const exists = async (path: string): Promise<boolean> => {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
};
