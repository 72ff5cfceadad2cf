import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** What a program left behind when it ended. */
export interface Outcome {
  /** Its exit code; undefined when a signal ended it or it could not be started. */
  readonly code: number | undefined;
  readonly output: string;
}

/** The user and group to give to a child process; its parent's where left out. */
export interface Ids {
  readonly uid?: number;
  readonly gid?: number;
}

/** The environment of every PostgreSQL process: nothing of the caller's (a stray PGDATA or LANG) reaches the cluster. */
export const postgresEnvironment = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
});

/** Runs a program to its end with nothing on its standard input. Never throws: what went wrong is in the outcome. */
export const runToEnd = (words: readonly string[], ids: Ids = {}): Promise<Outcome> =>
  new Promise((resolve) => {
    const [command = '', ...args] = words;
    const child = spawn(command, args, {
      cwd: '/',
      env: postgresEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      ...ids,
    });
    let output = '';
    const keep = (text: Buffer): void => {
      output = (output + text.toString()).slice(-outputCharsMax);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => {
      resolve({ code: undefined, output: error.message });
    });
    child.once('close', (code) => {
      resolve({ code: code ?? undefined, output: output.trim() });
    });
  });

/** How much of a program's output is kept, in characters, for the error message; the end says what went wrong. */
const outputCharsMax = 4000;

/** Names this process for as long as it runs: its id and, since ids are used again, when it began, as `id-beginning`. */
export const processLabel = async (): Promise<string> =>
  `${String(process.pid)}-${(await lookAt(process.pid)).beginning}`;

/** True while the process of a {@link processLabel} runs, as far as can be seen from here. */
export const isAlive = async (label: string): Promise<boolean> => {
  const [id = '', beginning] = label.split('-');
  return (await isRunning(Number(id))) && (await lookAt(Number(id))).beginning === beginning;
};

/** True while a process with this id runs, no matter whose it is. One that ended and waits to be buried does not run. */
export const isRunning = async (pid: number): Promise<boolean> =>
  pid > 0 && isKnown(pid) && (await lookAt(pid)).state !== 'Z';

const isKnown = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Being refused means that there is somebody to refuse.
    return hasCode(error, 'EPERM');
  }
};

/** What the system says about a process: its state, and its beginning in the kernel's ticks since boot. */
const lookAt = async (pid: number): Promise<{ readonly state: string; readonly beginning: string }> => {
  try {
    const text = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
    // The second field is the program's name in parentheses, and may hold blanks and parentheses of its own.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', beginning: fields[beginningField] ?? '0' };
  } catch (error) {
    // Not every system says, and the process may just have ended.
    if (hasCode(error, 'ENOENT', 'ESRCH', 'EACCES')) return { state: '', beginning: '0' };
    throw error;
  }
};

/** The place of the beginning (field 22 of proc(5)) among the fields that follow the name. */
const beginningField = 19;

/**
 * True for an error of the operating system or of PostgreSQL that carries one of these codes. Looks at the code alone: an
 * error need not come from the same realm as this module.
 */
export const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));

/** What an error says, for use inside another message. */
export const reasonOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
