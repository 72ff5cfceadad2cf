import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { lastValueFrom, merge } from 'rxjs';
import { EventLog } from '../events/log.js';
import { giveWay, type Log, type Ports } from '../ports.js';
import { terminalReadModels } from '../projections/read-models.js';
import { rebuild, type RebuiltTable } from '../projections/rebuild.js';
import { paperLayout } from '../hardware/paper-layout.js';
import type { Printer } from '../hardware/printer.js';
import { DataFolder, DataFolderFault } from './data-folder.js';
import { enroll, type Enrolment, linkOf, recordEnrolment } from './enrolment.js';
import { Terminal } from './terminal.js';
import { pulseAfter } from './drawer-pulses.js';
import { kitchenDestination, type KitchenPrinter, receiptsDestination } from './print-queue.js';
import { type PaperStyle, printQueued } from './printing.js';
import { RecordedPapers } from './recorded-papers.js';
import { openTerminalDatabase } from './terminal-database.js';
import { relayOf } from './terminal-relay.js';
import { startTerminalServer } from './http/terminal-server.js';
import type { Relay } from '../outbox/relay.js';

/** How the terminal program is started. */
export interface TerminalSettings {
  readonly dataDir: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Another address of central than the one of the enrolment. */
  readonly centralUrl?: string;
  readonly syncIntervalMs: number;
  /** See {@link Terminal.open}. */
  readonly newEpochReason?: string;
  readonly ports: Ports;
  /** The receipt printer, with the cash drawer behind it; left out: the till has none. */
  readonly printer?: Printer;
  /** Where the orders go; nowhere when left out. */
  readonly kitchenPrinters?: readonly KitchenPrinter[];
  /** What the printer holds; 80 mm when left out. */
  readonly paperStyle?: PaperStyle;
  readonly log: Log;
  /** Something happened after which only a restart helps: the process must end at once, without an answer to anybody. */
  readonly onFatal: (cause: unknown) => void;
}

/** A running terminal. */
export interface RunningTerminal {
  readonly url: string;
  /** Ends relay, server and printing after what is under way, and records that the terminal stopped. */
  stop(reason: string): Promise<void>;
}

/**
 * Runs a terminal: the till over HTTP, the relay, and the check of the older part of the log in the background.
 * @throws DataFolderFault, DamagedLog, NewerDatabase, UnsafeDatabase
 */
export const runTerminal = async (settings: TerminalSettings): Promise<RunningTerminal> => {
  const { ports, onFatal } = settings;
  const terminal = Terminal.open({
    dataDir: settings.dataDir,
    ports,
    onCommitUnknown: onFatal,
    hasPrinter: settings.printer !== undefined,
    kitchens: settings.kitchenPrinters ?? [],
    ...(settings.newEpochReason === undefined ? {} : { newEpochReason: settings.newEpochReason }),
  });
  try {
    terminal.start();
    recordEnrolment(terminal);
    return await serve(terminal, settings);
  } catch (cause) {
    terminal.stop('it could not be started');
    throw cause;
  }
};

const serve = async (terminal: Terminal, settings: TerminalSettings): Promise<RunningTerminal> => {
  const { host, port, ports, log, onFatal } = settings;
  const link = linkOf(terminal, settings.centralUrl);
  const relay = relayOf(terminal, {
    ports,
    link,
    intervalMs: settings.syncIntervalMs,
    takesCatalog: true,
    onBroken: onFatal,
  });
  const server = await startTerminalServer({ terminal, relay, host, port, ports, log });
  relay.start();
  const devices = runDevices(terminal, settings);
  const checked = checkOlder(terminal, log).catch(onFatal);
  return { url: server.url, stop: (reason) => stopAll({ terminal, relay, server, checked, devices }, reason) };
};

/** How papers look unless something else is wanted. */
const usualPaperStyle: PaperStyle = { paper: '80mm' };

/** How soon a printer that took nothing is tried again. */
const printerRetryMs = 5000;

/** What prints and opens the drawer, until it is told to stop. */
interface Devices {
  /** Resolves once nothing is under way any more: at the latest after the time limit of a job. */
  stop(): Promise<void>;
}

/** The drawer first: its pulse goes out before the paper of the same sale. */
const runDevices = (terminal: Terminal, settings: TerminalSettings): Devices => {
  const { ports, log, onFatal, printer, kitchenPrinters = [], paperStyle = usualPaperStyle } = settings;
  const { recorder } = terminal;
  const { paper } = paperStyle;
  const papers = new RecordedPapers(terminal);
  const stopping = new AbortController();
  const shared = { recorder, paper, log, clock: ports.clock, retryMs: printerRetryMs, stopping: stopping.signal };
  const receipts = printer && {
    ...{ ...shared, printer, destination: receiptsDestination },
    layoutOf: (seq: number) => paperLayout(papers.at(seq)),
  };
  const orders = kitchenPrinters.map((kitchen) => ({
    ...{ ...shared, printer: kitchen.printer, destination: kitchenDestination(kitchen) },
    layoutOf: (seq: number) => papers.order(seq, kitchen),
  }));
  const printings = [...(receipts ? [receipts] : []), ...orders];
  recorder.prints.giveUpUnserved(
    printings.map(({ destination }) => destination),
    new Date(ports.clock.wall()).toISOString(),
  );
  const drawer = printer ? [pulseAfter({ ...shared, drawer: printer })] : [];
  const ended = lastValueFrom(merge(...drawer, ...printings.map(printQueued)), { defaultValue: undefined });
  ended.catch(onFatal);
  return {
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
};

const checkOlder = async (terminal: Terminal, log: Log): Promise<void> => {
  await terminal.checkOlderEvents(giveWay);
  if (terminal.damage) log.error({ code: terminal.damage.code, seq: terminal.damage.seq }, terminal.damage.message);
};

interface Running {
  readonly terminal: Terminal;
  readonly relay: Relay;
  readonly server: { stop(): Promise<void> };
  readonly checked: Promise<void>;
  readonly devices: Devices;
}

const stopAll = async ({ terminal, relay, server, checked, devices }: Running, reason: string): Promise<void> => {
  terminal.endLongTasks();
  await Promise.all([relay.stop(), server.stop(), checked]);
  // After the server, so that the drawer opens for the last sale. Papers that wait are printed at the next start.
  await devices.stop();
  terminal.stop(reason);
};

/**
 * Enrols the terminal of a data folder that no other program has open.
 * @throws EnrolmentFault, DataFolderFault, DamagedLog
 */
export const enrollTerminal = async (
  dataDir: string,
  centralUrl: string,
  code: string,
  ports: Ports,
): Promise<Enrolment> => {
  const terminal = Terminal.open({
    dataDir,
    ports,
    onCommitUnknown: (fault) => {
      throw fault;
    },
  });
  try {
    const first = terminal.recorder.log.head === null;
    if (first) terminal.start();
    try {
      return await enroll(terminal, ports, code, centralUrl);
    } finally {
      if (first) terminal.recordStop('enrolment finished');
    }
  } finally {
    terminal.close();
  }
};

/**
 * Rebuilds the read models of a terminal that is not running, from its log alone.
 * @throws DataFolderFault, NewerDatabase, UnsafeDatabase
 */
export const rebuildProjections = (dataDir: string): readonly RebuiltTable[] => {
  if (!existsSync(join(dataDir, 'tillog.db'))) {
    const hint = 'For central, use “tillog central rebuild”.';
    const message = `${dataDir} holds no log of a terminal. Nothing was made or changed. ${hint}`;
    throw new DataFolderFault('FOLDER_UNUSABLE', message);
  }
  const folder = DataFolder.take(dataDir);
  try {
    const db = openTerminalDatabase(folder.database);
    try {
      return rebuild(db, new EventLog(db), terminalReadModels);
    } finally {
      db.close();
    }
  } finally {
    folder.release();
  }
};
