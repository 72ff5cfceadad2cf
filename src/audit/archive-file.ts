import { openBundle } from './bundle-source.js';
import { checkpointAt } from './checkpoint.js';
import { type LogRow, type TerminalLog, UnusableSource } from './source.js';
import { verifyLogs } from './verify.js';

/** A bundle of one terminal without anything wrong in it. */
export interface VerifiedLog {
  readonly tenant_id: string | null;
  readonly terminal_id: string;
  /** Up to here the terminal's signature vouches for it. */
  readonly anchored_to_seq: number;
  rows(): AsyncIterable<readonly LogRow[]>;
  checkpointAt(seq: number): Promise<string>;
  close(): Promise<void>;
}

/**
 * Opens a bundle of one terminal and verifies all of it.
 * @throws UnusableSource that names the first thing that is wrong, and the event
 */
export const openVerified = async (file: string): Promise<VerifiedLog> => {
  const source = openBundle(file);
  try {
    const { problems, terminals } = await verifyLogs(source, {});
    const [problem] = problems;
    if (problem) {
      const where = problem.seq === null ? '' : ` at event ${String(problem.seq)}`;
      throw new UnusableSource(`${file} cannot be verified: ${problem.code}${where}: ${problem.detail}.`);
    }
    const [log, another] = await source.terminals();
    if (!log || another) throw new UnusableSource(`${file} is not the archive of one terminal.`);
    return {
      tenant_id: log.tenant_id,
      terminal_id: log.terminal_id,
      anchored_to_seq: terminals[0]?.anchored_to_seq ?? 0,
      rows: () => chunksOf(log),
      checkpointAt: (seq) => checkpointAt(log, seq),
      close: () => source.close(),
    };
  } catch (cause) {
    await source.close();
    throw cause;
  }
};

async function* chunksOf(log: TerminalLog): AsyncGenerator<readonly LogRow[]> {
  for await (const rows of log.rows()) yield rows;
}
