import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { centralCode, centralPublish } from './central/program.js';
import { demoCatalog, demoStaff } from './demo-shop.js';
import type { Ports } from './ports.js';
import { readEnrolment } from './terminal/enrolment.js';
import { enrollTerminal } from './terminal/program.js';

/** How the demo is started. */
export interface DemoSettings {
  /** Folder that holds a folder for central and one for the terminal. */
  readonly data: string;
  readonly port: number;
  readonly centralPort: number;
  /** PostgreSQL of central; an embedded one when left out. */
  readonly databaseUrl?: string;
  readonly say: (text: string) => void;
  readonly ports: Ports;
}

/** A running demo. */
export interface RunningDemo {
  /** Ends both programs in order. */
  stop(): Promise<void>;
}

/** A program of the demo, in a process of its own, so that each can be stopped and started alone. */
interface Part {
  readonly child: ChildProcess;
  readonly url: string;
}

/** The terminal's exit code that asks for a restart: the disk failed during a commit. */
const restartCode = 75;

/** Starts a whole shop: central, one enrolled terminal and a sample catalog. Resolves once both take requests. */
export const startDemo = async (settings: DemoSettings): Promise<RunningDemo> => {
  const central = join(settings.data, 'central');
  const terminal = join(settings.data, 'terminal');
  const parts = new Map<string, Part>();
  const stop = async (): Promise<void> => {
    for (const name of ['terminal', 'central']) await stopPart(parts.get(name));
  };
  try {
    const centralPart = await startPart(['central', '--data', central, '--port', String(settings.centralPort)]);
    parts.set('central', centralPart);
    await enrolOnce(settings, { central, terminal }, centralPart.url);
    const startTerminal = async (): Promise<void> => {
      const address = ['--port', String(settings.port), '--central', centralPart.url];
      const part = await startPart(['terminal', '--data', terminal, ...address]);
      parts.set('terminal', part);
      part.child.once('exit', (code) => {
        if (code === restartCode) startTerminal().catch((cause: unknown) => settings.say(`${String(cause)}\n`));
      });
    };
    await startTerminal();
    await catalogApplied(settings.ports, parts);
    settings.say(welcome(settings, parts));
    return { stop };
  } catch (cause) {
    await stop();
    throw cause;
  }
};

const enrolOnce = async (
  { ports, databaseUrl }: DemoSettings,
  folders: { readonly central: string; readonly terminal: string },
  centralUrl: string,
): Promise<void> => {
  const central = { ...(databaseUrl === undefined ? { dataDir: folders.central } : { databaseUrl }), ports };
  const { tenant_id, token } =
    readEnrolment(join(folders.terminal, 'enrolment.json')) ??
    (await enrollTerminal(
      folders.terminal,
      centralUrl,
      await centralCode(central, { tenant: 'Demo', store: 'Corner shop' }),
      ports,
    ));
  const published = await ports.network.send({
    method: 'GET',
    url: `${centralUrl}/v1/catalog?since=0`,
    headers: { authorization: `Bearer ${token}` },
    timeoutMs: 10_000,
    bytesMax: 64 * 1024 * 1024,
  });
  if (published.status === 304) await centralPublish(central, tenant_id, await demoCatalog());
};

/** The till can sell once the catalog came down from central. */
const catalogApplied = async ({ network, clock }: Ports, parts: ReadonlyMap<string, Part>): Promise<void> => {
  const url = `${parts.get('terminal')?.url ?? ''}/health/ready`;
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const { body } = await network.send({ method: 'GET', url, headers: {}, timeoutMs: 5000, bytesMax: 65_536 });
    const { catalog_version } = JSON.parse(body.toString('utf8')) as { readonly catalog_version?: number };
    if (catalog_version !== undefined && catalog_version !== 0) return;
    await clock.sleep(100);
  }
  throw new Error('The terminal of the demo got no catalog from central within half a minute.');
};

const startPart = async (args: readonly string[]): Promise<Part> => {
  const program = process.argv[1];
  if (program === undefined) throw new Error('The demo does not know where its own program is.');
  // The channel tells the part that the demo is gone, also when it was killed.
  const child = fork(program, [...args], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], detached: true });
  const url = await Promise.race([readyAt(child), failedStart(child, args[0] ?? '')]);
  return { child, url };
};

const readyAt = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    if (!child.stdout) return;
    createInterface(child.stdout).on('line', (line) => {
      const url = / ready at (\S+)/u.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
  });

const failedStart = async (child: ChildProcess, name: string): Promise<never> => {
  const [code] = (await once(child, 'exit')) as [number | null];
  throw new Error(`The ${name} of the demo ended with code ${code ?? 'none'} while it started; its message is above.`);
};

const stopPart = async (part: Part | undefined): Promise<void> => {
  if (part?.child.exitCode !== null || part.child.signalCode !== null) return;
  const ended = once(part.child, 'exit');
  part.child.kill('SIGTERM');
  await ended;
};

const welcome = ({ data }: DemoSettings, parts: ReadonlyMap<string, Part>): string => {
  const address = (name: string): string => {
    const part = parts.get(name);
    return `${name.padEnd(9)} ${part?.url ?? ''}  (pid ${part?.child.pid ?? ''})`;
  };
  const central = parts.get('central');
  const port = new URL(central?.url ?? 'http://127.0.0.1').port;
  const people = demoStaff.map(
    ({ name, role, staff_code, pin }) => `  ${role}: ${name}, code ${staff_code}, PIN ${pin}`,
  );
  return [
    '',
    address('terminal'),
    address('central'),
    '',
    'Sign in at the terminal (this demo only):',
    ...people,
    '',
    `Stop central alone:   kill -INT ${central?.child.pid ?? ''}`,
    `Start it again:       npx tillog central --data ${join(data, 'central')} --port ${port}`,
    'Stop everything:      Ctrl-C',
    '',
    '',
  ].join('\n');
};
