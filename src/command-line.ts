import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { addArchiveTasks } from './archive-commands.js';
import { addAudit } from './audit-commands.js';
import { addCentralTasks, type CentralPlace, placeOf } from './central-commands.js';
import { addCatalog } from './catalog-commands.js';
import { centralOption, databaseOption, dataOption, WrongUsage } from './command-options.js';
import { addDoctor } from './doctor-command.js';
import type { Role } from './domain/event.js';
import { roles } from './domain/permission.js';
import { errorCode } from './events/error-code.js';
import { type Log, machinePorts } from './ports.js';
import {
  drawerPulseOption,
  kitchenPrinterOption,
  paperOption,
  printerOption,
  type PrinterSettings,
  printersOf,
} from './printer-options.js';
import { addRecovery } from './recovery-commands.js';
import type { PaperStyle } from './terminal/printing.js';
import { version } from './terminal/version.js';

/**
 * How a program ends; scripts and supervisors rely on these numbers. ok: all is well. failed: it ran, and what it found
 * is not right, or it could not finish. unusable: wrong usage or an unusable input, nothing was changed. folder: the
 * data folder is in use or its log is damaged, nothing was changed. restart: the disk failed during a commit.
 */
const exits = { ok: 0, failed: 1, unusable: 2, folder: 3, restart: 75 } as const;

const folderFaults = ['DataFolderFault', 'DamagedLog', 'NewerDatabase', 'UnsafeDatabase'];
const inputFaults = [
  'WrongUsage',
  'Refusal',
  'OrdersFileFault',
  'UnusableSource',
  'BadCatalog',
  'StaffFault',
  'Problem',
  'NoTenant',
  'ArchiveRefused',
  'ImportFault',
  'BackupFault',
  'PrinterPlaceFault',
];

const say = (text: string): void => void process.stdout.write(text);
const complain = (text: string): void => void process.stderr.write(text);

/** Reads the command line and runs the program it names. Sets the exit code; the process ends by itself. */
export const runCommandLine = async (argv: readonly string[]): Promise<void> => {
  const program = new Command('tillog')
    .description('Offline-first point of sale: a terminal with its own log, a central, an auditor.')
    .version(version)
    .showHelpAfterError()
    .exitOverride();
  for (const add of [addDemo, addTerminal, addCentral, addEnroll, addStaff, addSimulate, addProjections]) add(program);
  addAudit(program, { write: say, complain });
  addCatalog(program, say);
  addRecovery(program, say);
  addDoctor(program, say);
  try {
    await program.parseAsync(argv);
  } catch (cause) {
    process.exitCode = report(cause);
  }
};

const report = (cause: unknown): number => {
  if (isUsage(cause)) return cause.exitCode === 0 ? exits.ok : exits.unusable;
  const name = cause instanceof Error ? cause.name : '';
  const hint = errorCode(cause) === 'EADDRINUSE' ? ' Another program uses this port: choose one with --port.' : '';
  complain(`tillog: ${messageOf(cause)}${hint}\n`);
  if (process.env['TILLOG_LOG_LEVEL'] === 'debug' && cause instanceof Error) complain(`${String(cause.stack)}\n`);
  if (folderFaults.includes(name)) return exits.folder;
  return inputFaults.includes(name) ? exits.unusable : exits.failed;
};

/** What went wrong, and below it each thing that was wrong, where there were several. */
const messageOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause);
  const { problems = [] } = cause as { readonly problems?: readonly string[] };
  return [cause.message, ...problems].join('\n  ');
};

const isUsage = (cause: unknown): cause is { readonly exitCode: number } => errorCode(cause).startsWith('commander.');

const hostOption = () => new Option('--host <address>', 'address to listen on').env('TILLOG_HOST').default('127.0.0.1');
const portOption = (port: number) =>
  new Option('--port <port>', 'port to listen on, 0 for a free one')
    .env('TILLOG_PORT')
    .argParser(portNumber)
    .default(port);
const intervalOption = () =>
  new Option('--sync-interval-ms <ms>', 'pause between two exchanges with central')
    .env('TILLOG_SYNC_INTERVAL_MS')
    .argParser(interval)
    .default(30_000);

const portNumber = (text: string): number => {
  if (/^\d{1,5}$/u.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('It must be a port from 0 to 65535.');
};

const interval = (text: string): number => {
  if (/^\d{1,9}$/u.test(text) && Number(text) >= 10) return Number(text);
  throw new InvalidArgumentError('It must be at least 10 ms.');
};

const openLog = async (): Promise<Log> => {
  const { default: pino } = await import('pino');
  const level = process.env['TILLOG_LOG_LEVEL'] ?? 'warn';
  if (!['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'].includes(level)) {
    throw new WrongUsage('TILLOG_LOG_LEVEL must be silent, error, warn, info or debug.');
  }
  const logger: Log = pino({ name: 'tillog', level }, pino.destination(2));
  return logger;
};

/** What tells a program to stop: SIGINT, SIGTERM, or the end of the program that started it. Listens from now on. */
const stopSignal = (): Promise<string> =>
  new Promise((done) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, done);
    process.once('disconnect', () => done('the program that started it ended'));
  });

/** Runs until the signal comes or the program breaks by itself, then stops in order. */
const runUntil = async (
  signal: Promise<string>,
  stop: (reason: string) => Promise<void>,
  broken: Promise<Error | undefined> = new Promise(() => undefined),
): Promise<void> => {
  const ended = await Promise.race([signal, broken]);
  await stop(typeof ended === 'string' ? ended : 'it broke');
  if (process.connected) process.disconnect();
  if (ended instanceof Error) throw ended;
  process.exitCode = exits.ok;
};

const dieAfter = (cause: unknown): void => {
  complain(`tillog: ${cause instanceof Error ? cause.message : String(cause)}\n`);
  process.exit(exits.restart);
};

const addDemo = (program: Command): void => {
  program
    .command('demo')
    .description('a whole shop on this machine: central, one enrolled terminal, a sample catalog')
    .addOption(dataOption('folder of the demo').makeOptionMandatory(false).default('tillog-data'))
    .addOption(portOption(4100))
    .addOption(new Option('--central-port <port>', 'port of central').argParser(portNumber).default(4200))
    .addOption(databaseOption())
    .action(async (options: { data: string; port: number; centralPort: number; databaseUrl?: string }) => {
      const signal = stopSignal();
      const { startDemo } = await import('./demo.js');
      const demo = await startDemo({ ...options, data: resolve(options.data), say, ports: machinePorts });
      await runUntil(signal, () => demo.stop());
    });
};

const addTerminal = (program: Command): void => {
  program
    .command('terminal')
    .description('a till: sells, prints and reports from its own log, with or without a network')
    .addOption(dataOption('data folder of the terminal; made when it is not there'))
    .addOption(portOption(4100))
    .addOption(hostOption())
    .addOption(centralOption())
    .addOption(intervalOption())
    .addOption(printerOption())
    .addOption(kitchenPrinterOption())
    .addOption(drawerPulseOption())
    .addOption(paperOption())
    .option(
      '--new-epoch <reason>',
      'sell on in a new epoch where the newest events are gone from this disk; unused elsewhere',
    )
    .action(async (options: TerminalOptions) => {
      const signal = stopSignal();
      const { runTerminal } = await import('./terminal/program.js');
      const running = await runTerminal({
        dataDir: resolve(options.data),
        host: options.host,
        port: options.port,
        syncIntervalMs: options.syncIntervalMs,
        ...(options.central === undefined ? {} : { centralUrl: options.central }),
        ...(options.newEpoch === undefined ? {} : { newEpochReason: options.newEpoch }),
        ...(await printersOf(options, resolve(options.data))),
        paperStyle: { paper: options.paper },
        ports: machinePorts,
        log: await openLog(),
        onFatal: dieAfter,
      });
      say(`terminal ready at ${running.url} (pid ${process.pid})\n`);
      await runUntil(signal, (reason) => running.stop(reason));
    });
};

interface TerminalOptions extends PrinterSettings {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly central?: string;
  readonly syncIntervalMs: number;
  readonly newEpoch?: string;
  readonly paper: PaperStyle['paper'];
}

const proxyOption = () =>
  new Option('--trusted-proxy <addresses>', 'proxies in front of it whose X-Forwarded-For is believed, with commas')
    .env('TILLOG_TRUSTED_PROXY')
    .default([], 'none')
    .argParser((text) => text.split(',').map(addressOf));

const addressOf = (text: string): string => {
  if (isIP(text.trim()) !== 0) return text.trim();
  throw new InvalidArgumentError('It is the IP address of the proxy, not a name.');
};

const addCentral = (program: Command): void => {
  const central = program
    .command('central')
    .description('keeps the events of all terminals exactly once, on PostgreSQL')
    .addOption(dataOption('data folder, with an embedded PostgreSQL in it').makeOptionMandatory(false))
    .addOption(databaseOption())
    .addOption(portOption(4200))
    .addOption(hostOption())
    .addOption(proxyOption())
    .action(async (options: CentralPlace & { port: number; host: string; trustedProxy: readonly string[] }) => {
      const signal = stopSignal();
      const { runCentral } = await import('./central/program.js');
      const { port, host, trustedProxy: trustedProxies } = options;
      const running = await runCentral({
        ...placeOf(options),
        port,
        host,
        trustedProxies,
        version,
        ports: machinePorts,
        log: await openLog(),
      });
      say(`central ready at ${running.url} (pid ${process.pid})\n`);
      await runUntil(signal, () => running.stop(), running.stopped);
    });
  addCentralTasks(central, say);
  addArchiveTasks(central, say);
};

const addEnroll = (program: Command): void => {
  program
    .command('enroll')
    .description('joins a terminal to central with a one-time code; what it sold before is kept and sent')
    .argument('<code>', 'made by “tillog central code”')
    .addOption(dataOption('data folder of the terminal'))
    .addOption(centralOption().makeOptionMandatory())
    .action(async (code: string, options: { data: string; central: string }) => {
      const { enrollTerminal } = await import('./terminal/program.js');
      const enrolment = await enrollTerminal(resolve(options.data), options.central, code, machinePorts);
      say(`enrolled at ${enrolment.tenant_name}, ${enrolment.store_name}\n`);
    });
};

const addStaff = (program: Command): void => {
  program
    .command('staff')
    .description('who may sign in at a terminal that is not enrolled; afterwards central says so')
    .command('add')
    .description('adds somebody; the PIN is asked for, or is one line of the standard input')
    .addOption(dataOption('data folder of the terminal'))
    .requiredOption('--code <code>', 'what is typed to sign in')
    .requiredOption('--name <name>', 'the name on receipts and reports')
    .addOption(new Option('--role <role>', 'what may be done').choices(roles).makeOptionMandatory())
    .option('--currency <code>', 'ISO 4217 currency of the till, while it has no catalog yet', 'USD')
    .action(async (options: { data: string; code: string; name: string; role: Role; currency: string }) => {
      const { addStaffMember } = await import('./terminal/staff-program.js');
      const { readPin: prompt } = await import('./terminal/pin-prompt.js');
      const { data, code, name, role, currency } = options;
      const member = { staff_code: code, name, role };
      const readPin = () => prompt(process.stdin, process.stderr);
      const version = await addStaffMember({ dataDir: resolve(data), member, currency, ports: machinePorts, readPin });
      say(`${name} can sign in with code ${code}; catalog version ${version}\n`);
    });
};

const addSimulate = (program: Command): void => {
  program
    .command('simulate')
    .description('rings up the orders of a file through the real commands of a terminal')
    .argument('<orders>', 'CSV: order_id, ordered_at, code, name, category, quantity, unit_price')
    .addOption(dataOption('data folder of the terminal'))
    .option('--currency <code>', 'ISO 4217 currency of the prices', 'USD')
    .addOption(centralOption())
    .option('--code <code>', 'enrolment code; ignored on an enrolled folder')
    .action(async (orders: string, options: { data: string; currency: string; central?: string; code?: string }) => {
      const { runSimulation } = await import('./terminal/simulation-program.js');
      const { data, currency, central, code } = options;
      const interrupted = new AbortController();
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort());
      const finished = await runSimulation({
        ordersPath: resolve(orders),
        dataDir: resolve(data),
        currency,
        ...(central === undefined ? {} : { centralUrl: central }),
        ...(code === undefined ? {} : { code }),
        signal: interrupted.signal,
        ports: machinePorts,
        progressOutput: process.stderr,
        say,
      });
      process.exitCode = finished ? exits.ok : exits.failed;
    });
};

const addProjections = (program: Command): void => {
  program
    .command('projections')
    .description('the read models of a terminal')
    .command('rebuild')
    .description('rebuilds them from the log, says what differed, and puts them in place')
    .addOption(dataOption('data folder of the terminal'))
    .action(async (options: { data: string }) => {
      const { rebuildProjections } = await import('./terminal/program.js');
      const tables = rebuildProjections(resolve(options.data));
      for (const { table, rows, differing } of tables) say(`${table}: ${rows} rows, ${differing} differed\n`);
      process.exitCode = tables.every(({ differing }) => differing === 0) ? exits.ok : exits.failed;
    });
};
