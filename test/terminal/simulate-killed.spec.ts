import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { compileSource } from './compiled-source.js';
import { SimulationFolder } from './simulation.js';

/** Runs a simulation as a process of its own; one character on its output for every order. */
const program = `
import { writeSync } from 'node:fs';
import { machinePorts } from './dist/ports.js';
import { simulate } from './dist/terminal/simulate.js';
const [ordersPath, dataDir] = process.argv.slice(2);
writeSync(1, 'r');
const progress = { update: () => void writeSync(1, '.') };
await simulate({ ordersPath, dataDir, currency: 'USD', ports: machinePorts, progress });
`;

/** Mulberry32: the same numbers for the same seed, at least 0 and below 1. */
const randomFrom = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const ordersOf = (random: () => number): readonly string[] =>
  Array.from({ length: 300 }, (_, index) => {
    const at = new Date(Date.UTC(2024, 0, 1, 8) + index * 1_800_000).toISOString().slice(0, 19);
    const quantity = random() < 0.1 ? '-1' : String(1 + Math.floor(random() * 4));
    const price = random() < 0.1 ? '2.10' : '2.50';
    return Array.from({ length: 1 + Math.floor(random() * 3) }, (_line, nth) => `p${nth}`)
      .map((code) => `${index},${at},${code},Product ${code},,${quantity},${price}`)
      .join('\n');
  });

const seed = Number(process.env['TILLOG_SEED'] ?? Date.now() % 1_000_000);

describe(`a simulation that is killed (TILLOG_SEED=${seed})`, () => {
  const random = randomFrom(seed);
  const folder = new SimulationFolder(ordersOf(random));
  const whole = new SimulationFolder(ordersOf(randomFrom(seed)));
  const script = join(folder.path, 'program.js');

  beforeAll(() => {
    compileSource(folder.path);
    writeFileSync(script, program);
  });
  afterAll(() => {
    for (const { path } of [folder, whole]) rmSync(path, { recursive: true, force: true });
  });

  /** Runs until so many characters came, waits a moment, and kills; says whether it was still running. */
  const runAndKill = async (characters: number, ms: number): Promise<boolean> => {
    const child = spawn(process.execPath, [script, folder.orders, folder.dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<NodeJS.Signals | null>((resolve) =>
      child.once('exit', (_code, signal) => resolve(signal)),
    );
    let seen = 0;
    const reached = new Promise<void>((resolve) => {
      child.stdout.on('data', (text: Buffer) => {
        seen += text.length;
        if (seen >= characters) resolve();
      });
    });
    await Promise.race([reached, ended]);
    await pause(ms);
    child.kill('SIGKILL');
    return (await ended) === 'SIGKILL';
  };

  it('goes on where it was, and rings up every order once', async () => {
    let killed = 0;
    for (let run = 0; run < 10; run += 1) {
      // Every run gets a little further than those before, so that kills fall before, between and behind the orders.
      const characters = Math.floor(random() * 300 * ((run + 1) / 10));
      if (await runAndKill(characters, Math.floor(random() * 30))) killed += 1;
    }
    expect(killed).toBeGreaterThan(0);
    const resumed = await folder.run();
    const uninterrupted = await whole.run();
    expect(resumed).toEqual(uninterrupted);
    expect(folder.trade()).toEqual(whole.trade());
    expect(folder.eventsOf('ClockJumped')).toEqual([]);
    const before = folder.events();
    expect(await folder.run()).toEqual(uninterrupted);
    expect(folder.events()).toEqual(before);
  });
});
