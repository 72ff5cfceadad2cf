// Programs of their own, as a shop and an auditor run them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { clearInterval, setInterval } from 'node:timers';

/** A program that ran to its end is looked at so often: what it took in its last moment is not seen. */
const lookEveryMs = 50;

/** Starts a terminal on a data folder. @returns its address, how long it took to be ready, and how to look at and end it */
export const startProgram = async (dataDir) => {
  const from = performance.now();
  const program = spawned(['terminal', '--data', dataDir, '--port', '0']);
  const ended = once(program, 'exit');
  const url = await Promise.race([readyAt(program), ended.then(([code]) => failed(code))]);
  return {
    url,
    readyMs: performance.now() - from,
    memoryMib: () => memoryMib(program),
    stop: async () => {
      program.kill('SIGTERM');
      await ended;
    },
  };
};

/** Verifies the log in a data folder. @returns how long it took and the most memory that it took, in MiB */
export const verifyInProgram = async (dataDir) => {
  const from = performance.now();
  const program = spawned(['audit', 'verify', dataDir]);
  let most = 0;
  const looking = setInterval(() => {
    if (program.exitCode === null) most = Math.max(most, memoryMib(program));
  }, lookEveryMs);
  program.stdout.resume();
  const [code] = await once(program, 'exit');
  clearInterval(looking);
  if (code !== 0) throw new Error(`The log was not found clean: the auditor ended with code ${code}.`);
  return { ms: performance.now() - from, memoryMib: most };
};

const spawned = (words) =>
  spawn(process.execPath, ['dist/main.js', ...words], { stdio: ['ignore', 'pipe', 'inherit'] });

/** The most memory that the program ever took, in MiB; 0 once it ended. */
const memoryMib = ({ pid }) =>
  Number(/VmHWM:\s+(\d+)/u.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

const readyAt = (program) =>
  new Promise((resolve) => {
    createInterface(program.stdout).on('line', (line) => {
      const url = / ready at (\S+)/u.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
  });

const failed = (code) => {
  throw new Error(`The terminal ended with code ${code} instead of starting.`);
};
