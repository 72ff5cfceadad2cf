import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Subscription } from 'rxjs';
import { EventLog } from '../events/log.js';
import { giveWay, type Log, type Ports } from '../ports.js';
import { terminalReadModels } from '../projections/read-models.js';
import { rebuild, type RebuiltTable } from '../projections/rebuild.js';
import type { Printer } from '../hardware/printer.js';
import { DataFolder, DataFolderFault } from './data-folder.js';
import { enroll, type Enrolment, linkOf, recordEnrolment } from './enrolment.js';
import { Terminal } from './terminal.js';
import { pulseAfter } from './drawer-pulses.js';
import { type PaperStyle, printQueued } from './printing.js';
import { RecordedPapers } from './recorded-papers.js';
import { openTerminalDatabase } from './terminal-database.js';
import { relayOf } from './terminal-relay.js';
import { startTerminalServer } from './http/terminal-server.js';
import { Outbox } from '../outbox/outbox.js';
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
  /** What it holds; 80 mm when left out. */
  readonly paperStyle?: PaperStyle;
  readonly log: Log;
  /** Something happened after which only a restart helps: the process must end at once, without an answer to anybody. */
  readonly onFatal: (cause: unknown) => void;
}

/** A running terminal. */
export interface RunningTerminal {
  readonly url: string;
  /** Ends the relay and the server after what is under way, and records that the terminal stopped. */
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
  const devices = settings.printer && runDevices(terminal, settings.printer, settings);
  const checked = checkOlder(terminal, log).catch(onFatal);
  return { url: server.url, stop: (reason) => stopAll({ terminal, relay, server, checked, devices }, reason) };
};

/** How soon a printer that took nothing is tried again. */
const printerRetryMs = 5000;

/** The drawer first: its pulse goes out before the paper of the same sale. */
const runDevices = (terminal: Terminal, printer: Printer, settings: TerminalSettings): Subscription => {
  const { ports, log, onFatal, paperStyle: style = { paper: '80mm' } } = settings;
  const { recorder } = terminal;
  const devices = pulseAfter(recorder.commits$, printer, { clock: ports.clock, log }).subscribe({ error: onFatal });
  const printing = { recorder, printer, style, log, clock: ports.clock, papers: new RecordedPapers(terminal) };
  devices.add(printQueued({ ...printing, retryMs: printerRetryMs }).subscribe({ error: onFatal }));
  return devices;
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
  readonly devices: Subscription | undefined;
}

const stopAll = async ({ terminal, relay, server, checked, devices }: Running, reason: string): Promise<void> => {
  terminal.stopChecking();
  await Promise.all([relay.stop(), server.stop(), checked]);
  devices?.unsubscribe();
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
 * Rebuilds the read models of a terminal that is not running, from its log alone, and notes events in the outbox that
 * are missing there: central drops what it has already.
 * @throws DataFolderFault, NewerDatabase, UnsafeDatabase
 */
export const rebuildProjections = (dataDir: string): readonly RebuiltTable[] => {
  if (!existsSync(join(dataDir, 'tillog.db'))) {
    throw new DataFolderFault('FOLDER_UNUSABLE', `${dataDir} holds no log of a terminal. Nothing was made or changed.`);
  }
  const folder = DataFolder.take(dataDir);
  try {
    const db = openTerminalDatabase(folder.database);
    try {
      new Outbox(db).refill();
      return rebuild(db, new EventLog(db), terminalReadModels);
    } finally {
      db.close();
    }
  } finally {
    folder.release();
  }
};
