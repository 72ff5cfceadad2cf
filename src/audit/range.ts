import type { Head } from '../domain/event.js';
import { checkEvent } from '../events/chain.js';
import { type Chunks, type LogRow, type LogSource, type TerminalLog, UnusableSource } from './source.js';

/** Which part of the logs a person wants; what is left out is no limit. Both ends are included. */
export interface RangeOptions {
  readonly terminal?: string | undefined;
  /** The terminals of this company alone. */
  readonly tenant?: string | undefined;
  readonly fromSeq?: number | undefined;
  readonly toSeq?: number | undefined;
  /** Business dates, YYYY-MM-DD: from the first event of the first one to the last event of the last one. */
  readonly fromDate?: string | undefined;
  readonly toDate?: string | undefined;
}

/**
 * The same source with a part of its logs. A part carries the event before its first one, so that it is bound to the
 * log that it was taken from. A terminal of which nothing is left is left out. Without limits the logs are whole.
 *
 * @throws UnusableSource while its terminals are read, when there is no such part or it cannot be one piece
 */
export const partOf = (source: LogSource, options: RangeOptions): LogSource => ({
  name: source.name,
  defects: () => source.defects(),
  close: () => source.close(),
  terminals: async () => {
    const all = await source.terminals();
    const logs = all.filter(
      (log) => isNamed(log.terminal_id, options.terminal) && isNamed(log.tenant_id, options.tenant),
    );
    const { fromSeq, toSeq, fromDate, toDate } = options;
    if (fromSeq !== undefined || toSeq !== undefined) checkSeqs(options, logs.length);
    const isWhole = [fromSeq, toSeq, fromDate, toDate].every((limit) => limit === undefined);
    const parts: TerminalLog[] = isWhole ? [...logs] : [];
    if (!isWhole) for (const log of logs) parts.push(...(await partOfLog(log, options)));
    if (parts.length > 0) return parts;
    throw new UnusableSource(`${source.name} has no such events: there is nothing to export.`);
  },
});

const isNamed = (id: string | null, wanted: string | undefined): boolean => wanted === undefined || id === wanted;

const checkSeqs = ({ fromSeq = 1, toSeq = fromSeq }: RangeOptions, logs: number): void => {
  if (logs > 1) throw new UnusableSource('Several terminals are in it: give --terminal with --from-seq and --to-seq.');
  if (Number.isSafeInteger(fromSeq) && Number.isSafeInteger(toSeq) && fromSeq >= 1 && fromSeq <= toSeq) return;
  throw new UnusableSource('Give --from-seq and --to-seq as whole numbers from 1 on, the smaller one first.');
};

/** What one reading of a log tells about the part that is wanted. */
interface Found {
  from: number;
  to: number;
  before: Head | null;
  public_key: string | null;
}

const partOfLog = async (log: TerminalLog, options: RangeOptions): Promise<readonly TerminalLog[]> => {
  const { from, to, before, public_key } = await findPart(log, options);
  if (to === 0) return [];
  const isIn = ({ seq }: { readonly seq: number }): boolean => seq >= from && seq <= to;
  return [
    {
      ...log,
      public_key,
      before,
      anchors: log.anchors.filter(isIn),
      events_count: to - from + 1,
      rows: () => only(log.rows(), isIn),
      forks: () => only(log.forks(), isIn),
      heads: () => only(log.heads(), isIn),
    },
  ];
};

const findPart = async (log: TerminalLog, options: RangeOptions): Promise<Found> => {
  const found: Found = { from: 0, to: 0, before: null, public_key: log.public_key };
  let last: LogRow | undefined;
  for await (const rows of log.rows()) {
    for (const row of rows) {
      lookAt(row, last, { found, options, terminal_id: log.terminal_id });
      last = row;
    }
  }
  return found;
};

interface Search {
  readonly found: Found;
  readonly options: RangeOptions;
  readonly terminal_id: string;
}

const lookAt = (row: LogRow, last: LogRow | undefined, { found, options, terminal_id }: Search): void => {
  if (last && row.epoch !== last.epoch && row.seq !== last.seq + 1) {
    throw new UnusableSource(`The log of terminal ${terminal_id} has several branches: export it whole.`);
  }
  const { event, envelope } = checkEvent(row, null);
  if (event?.type === 'TerminalStarted') found.public_key ??= event.data.public_key;
  const isWanted = isBetween(row.seq, options.fromSeq, options.toSeq) && isOn(envelope?.business_date, options);
  if (isWanted) extend(found, row, last);
};

const extend = (found: Found, { seq }: LogRow, last: LogRow | undefined): void => {
  if (found.to === 0) {
    found.from = seq;
    found.before = last ? { epoch: last.epoch, seq: last.seq, hash: last.hash } : null;
  }
  found.to = seq;
};

const isOn = (date: string | null | undefined, { fromDate, toDate }: RangeOptions): boolean =>
  (fromDate === undefined && toDate === undefined) || (typeof date === 'string' && isBetween(date, fromDate, toDate));

const isBetween = <Value extends string | number>(value: Value, from = value, to = value): boolean =>
  value >= from && value <= to;

async function* only<Item>(chunks: Chunks<Item>, isIn: (item: Item) => boolean): AsyncGenerator<readonly Item[]> {
  for await (const items of chunks) yield items.filter(isIn);
}
