import type { Relay, SyncStatus } from '../outbox/relay.js';
import type { Clock, Ports } from '../ports.js';
import { enroll, EnrolmentFault, linkOf, recordEnrolment } from './enrolment.js';
import { type ProgressOutput, showProgress } from './progress-bar.js';
import { type Companion, simulate, type SimulationOptions } from './simulate.js';
import { printSummary } from './simulation-summary.js';
import type { Terminal } from './terminal.js';
import { relayOf } from './terminal-relay.js';

/** How `tillog simulate` was called. */
export interface SimulationSettings extends Pick<SimulationOptions, 'ordersPath' | 'dataDir' | 'currency' | 'signal'> {
  /** Central to enrol at and to send everything to; nothing is sent when it is left out. */
  readonly centralUrl?: string;
  /** Enrolment code; not needed on an enrolled folder. */
  readonly code?: string;
  readonly ports: Ports;
  readonly progressOutput: ProgressOutput;
  readonly say: (text: string) => void;
}

/** What was rung up did not all reach central. It is in the log; the same call again goes on. */
export class Undelivered extends Error {
  override readonly name = 'Undelivered';
}

/** The simulation gives up when central did not answer for so long. */
const silenceMsMax = 300_000;
/** The pause between two attempts while central does not answer. */
const attemptPauseMs = 1000;

/**
 * Rings up a file, prints the summary, and with a central waits until everything is acknowledged.
 * @returns whether it came to its end; false when it was interrupted
 * @throws what simulate throws, EnrolmentFault, Undelivered
 */
export const runSimulation = async (settings: SimulationSettings): Promise<boolean> => {
  const { ordersPath, dataDir, currency, ports, centralUrl, signal, say } = settings;
  const progress = showProgress(settings.progressOutput);
  const summary = await simulate({
    ordersPath,
    dataDir,
    currency,
    ports,
    progress,
    ...(signal ? { signal } : {}),
    ...(centralUrl === undefined
      ? {}
      : { onOpen: (terminal) => sendBeside(terminal, { ports, centralUrl, code: settings.code }) }),
  }).finally(() => progress.stop());
  printSummary(summary, say);
  return summary.finished;
};

interface Sending {
  readonly ports: Ports;
  readonly centralUrl: string;
  readonly code: string | undefined;
}

const sendBeside = async (terminal: Terminal, { ports, centralUrl, code }: Sending): Promise<Companion> => {
  if (!linkOf(terminal)) {
    if (code === undefined) {
      const hint = 'Make a code with “tillog central code” and give it with --code.';
      throw new EnrolmentFault('CODE_MISSING', `This folder is not enrolled at ${centralUrl}. ${hint}`);
    }
    if (!terminal.started) terminal.start();
    await enroll(terminal, ports, code, centralUrl);
  }
  if (terminal.started) recordEnrolment(terminal);
  let broken = false;
  const relay = relayOf(terminal, {
    ports,
    link: linkOf(terminal, centralUrl),
    intervalMs: 30_000,
    takesCatalog: false,
    onBroken: () => (broken = true),
  });
  relay.start();
  return {
    drained: () => drain(relay, ports.clock, () => broken),
    detach: () => relay.stop(),
  };
};

/** Sends until everything is acknowledged. @throws Undelivered when that cannot be, or takes too long without progress */
const drain = async (relay: Relay, clock: Clock, isBroken: () => boolean): Promise<void> => {
  let best = { pending: Number.MAX_SAFE_INTEGER, at: clock.monotonic() };
  for (;;) {
    const status = await relay.syncNow();
    const { pending, problem } = status;
    if (pending === 0) return;
    if (pending < best.pending) best = { pending, at: clock.monotonic() };
    const reason = isBroken() ? 'the relay ended' : whyHopeless(status, clock.monotonic() - best.at);
    if (reason !== null) throw new Undelivered(`${pending} events are not at central: ${reason}`);
    if (problem !== null) await clock.sleep(attemptPauseMs);
  }
};

const whyHopeless = ({ pending, rejected, problem, problem_code }: SyncStatus, silenceMs: number): string | null => {
  const [first] = rejected;
  if (first && pending === rejected.length) return `central refused them, the first is ${first.seq}: ${first.reason}`;
  const waiting = problem_code === 'unreachable' || problem_code === 'busy' || problem_code === 'too_large';
  if (problem !== null && !waiting) return problem;
  return silenceMs > silenceMsMax ? (problem ?? 'central took none of them for too long') : null;
};
