// The terminal as its own program, as a shop runs it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { createInterface } from 'node:readline';

/** Starts a terminal on a data folder. @returns its address, how long it took to be ready, and how to look at and end it */
export const startProgram = async (dataDir) => {
  const from = performance.now();
  const program = spawn(process.execPath, ['dist/main.js', 'terminal', '--data', dataDir, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(program, 'exit');
  const url = await Promise.race([readyAt(program), ended.then(([code]) => failed(code))]);
  return {
    url,
    readyMs: performance.now() - from,
    /** The most memory that it ever took, in MiB. */
    memoryMib: () => Number(/VmHWM:\s+(\d+)/u.exec(readFileSync(`/proc/${program.pid}/status`, 'utf8'))[1]) / 1024,
    stop: async () => {
      program.kill('SIGTERM');
      await ended;
    },
  };
};

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
