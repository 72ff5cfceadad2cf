import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileSource } from '../terminal/compiled-source.js';

/** What a program said until it ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs until it is told to stop. */
export interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  /** All that it printed so far. */
  printed(): string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** The programs of tillog as processes of their own, with a temporary folder for their data. */
export class Programs {
  readonly folder = mkdtempSync(join(tmpdir(), 'tillog-system-'));
  private readonly main = join(compileSource(this.folder), 'main.js');
  private readonly children: ChildProcess[] = [];

  /** A place below the temporary folder. */
  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  /** Runs a program to its end. */
  run(...args: readonly string[]): Promise<Ended> {
    return this.runWith('', ...args);
  }

  /** Runs a program to its end with that standard input. */
  async runWith(input: string, ...args: readonly string[]): Promise<Ended> {
    const child = this.spawn(args, 'pipe');
    child.stdin?.end(input);
    const said = collect(child);
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, ...said };
  }

  /** Starts a program and waits until it says where it listens. */
  async start(...args: readonly string[]): Promise<Running> {
    const child = this.spawn(args);
    const said = collect(child);
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout?.on('data', () => {
        const found = /(?:ready at|terminal) +(http:\/\/\S+)/u.exec(said.stdout)?.[1];
        if (found !== undefined && said.stdout.endsWith('\n')) resolve(found);
      });
      child.once('close', () => reject(new Error(`It ended: ${said.stdout}${said.stderr}`)));
    });
    return { child, url, printed: () => said.stdout, stop: (signal = 'SIGTERM') => end(child, signal) };
  }

  /** Starts a program without waiting for anything. */
  spawn(args: readonly string[], input: 'ignore' | 'pipe' = 'ignore'): ChildProcess {
    const child = spawn(process.execPath, [this.main, ...args], { stdio: [input, 'pipe', 'pipe'], env: quietEnv() });
    this.children.push(child);
    return child;
  }

  /** Ends what still runs and removes the folder. */
  async clear(): Promise<void> {
    for (const child of this.children) await end(child, 'SIGTERM');
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const quietEnv = (): NodeJS.ProcessEnv => {
  const { DATABASE_URL: _database, TILLOG_DATA_DIR: _data, ...env } = process.env;
  return env;
};

const collect = (child: ChildProcess): { stdout: string; stderr: string } => {
  const said = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
  return said;
};

const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
};

/** Asks again and again until the answer is there; fails after a minute. */
export const eventually = async <Answer>(ask: () => Promise<Answer | undefined>): Promise<Answer> => {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error('It did not happen within a minute.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
