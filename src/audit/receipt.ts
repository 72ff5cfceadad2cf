import type { TillEvent } from '../domain/event.js';
import { type Marked, markOf } from '../domain/paper.js';
import { type ReceiptDocument, receiptDocument } from '../domain/receipt.js';
import { Refusal } from '../domain/refusal.js';
import { checkEvent } from '../events/chain.js';
import {
  headingOf,
  type KnownShop,
  learnShop,
  paperRecord,
  rendererVersion,
  shopOf,
  unknownShop,
} from '../events/paper.js';
import { pathToPosition } from './path.js';
import { type LogRow, type LogSource, refuseArchived, terminalIn, type TerminalLog, UnusableSource } from './source.js';

/** Which receipt a person wants to see. */
export interface ReceiptOptions {
  /** As it is printed. */
  readonly number: string;
  /** The paper of the void that took the sale back, instead of that of the sale. */
  readonly isVoid?: boolean | undefined;
  /** Where the number stands several times: which one. */
  readonly terminal?: string | undefined;
  readonly epoch?: number | undefined;
  readonly seq?: number | undefined;
}

/** A place in the log of a terminal. */
export interface ReceiptPlace {
  readonly terminal_id: string;
  readonly epoch: number;
  readonly seq: number;
  readonly local_id: string;
}

/** What the log says of a receipt. */
export interface ReceiptReport extends ReceiptPlace {
  readonly receipt_number: string;
  readonly type: PaperEvent['type'];
  readonly occurred_at: string;
  /** Of the event, as it is kept beside it. */
  readonly hash: string;
  readonly renderer: number;
  /** SHA-256 of the document, as it was recorded when it was printed, and as the log makes it now. */
  readonly recorded_document: string;
  readonly made_document: string;
  /** Null where the source is a part of a log that does not tell what the shop was called then. */
  readonly is_as_printed: boolean | null;
  /** Whether the event itself is what was recorded. */
  readonly is_event_whole: boolean;
  /** Which voids took it back; more than one only where something is wrong. */
  readonly voids: readonly ReceiptPlace[];
  /** When it was printed again. */
  readonly reprints: readonly (ReceiptPlace & { readonly copy_no: number })[];
}

/** A receipt as a document, with what the log says of it. */
export interface FoundReceipt {
  readonly report: ReceiptReport;
  readonly paper: Marked<ReceiptDocument>;
}

type PaperEvent = TillEvent<'SaleRecorded' | 'RefundRecorded' | 'SaleVoided'>;

interface Candidate {
  readonly log: TerminalLog;
  readonly row: LogRow;
  readonly event: PaperEvent;
}

/** What names a receipt in a log. */
interface Named {
  readonly papers: Candidate[];
  readonly voids: ReceiptPlace[];
  readonly reprints: (ReceiptPlace & { readonly copy_no: number })[];
  readonly unread: string[];
}

/**
 * Makes a receipt again from the log alone, as it was printed first: with what the shop was called at that moment.
 * @throws UnusableSource when there is no such receipt, there are several, or this program cannot make it
 */
export const findReceipt = async (source: LogSource, options: ReceiptOptions): Promise<FoundReceipt> => {
  const { number, terminal } = options;
  const logs = terminal === undefined ? await source.terminals() : [await terminalIn(source, terminal)];
  logs.forEach(refuseArchived);
  const named: Named = { papers: [], voids: [], reprints: [], unread: [] };
  for (const log of logs) {
    for await (const rows of log.rows()) {
      for (const row of rows) if (row.event.includes(number)) note(named, { log, row }, number);
    }
  }
  const chosen = oneOf(named, source, options);
  const { log, row, event } = chosen;
  const { renderer, document_hash } = event.data.paper;
  if (renderer !== rendererVersion) {
    throw new UnusableSource(
      `Receipt ${number} was printed by version ${String(renderer)} of the renderer, which this program does not know: ` +
        'use the tillog that printed it, or a newer one.',
    );
  }
  const document = await documentOf(chosen);
  const made_document = paperRecord(document).document_hash;
  const isAsPrinted = made_document === document_hash;
  const { receipt_number } = event.data;
  const report = {
    ...placeOf(event),
    ...{ receipt_number, type: event.type, occurred_at: event.occurred_at, hash: row.hash },
    ...{ renderer, recorded_document: document_hash, made_document },
    is_as_printed: isAsPrinted || !log.before ? isAsPrinted : null,
    is_event_whole: checkEvent(row, null).problems.every(
      ({ code }) => code !== 'HASH_WRONG' && code !== 'NOT_CANONICAL',
    ),
    voids: named.voids,
    reprints: named.reprints,
  };
  return { report, paper: { ...document, mark: markOf(event, row.hash) } };
};

const placeOf = ({ terminal_id, epoch, seq, local_id }: TillEvent): ReceiptPlace => ({
  terminal_id,
  epoch,
  seq,
  local_id,
});

const note = (named: Named, { log, row }: Pick<Candidate, 'log' | 'row'>, number: string): void => {
  const { event } = checkEvent(row, null);
  if (!event) named.unread.push(`event ${String(row.seq)} of terminal ${log.terminal_id}`);
  else if (!('receipt_number' in event.data) || event.data.receipt_number !== number) return;
  else if (event.type === 'ReceiptReprinted') named.reprints.push({ ...placeOf(event), copy_no: event.data.copy_no });
  else {
    const paper = event as PaperEvent;
    named.papers.push({ log, row, event: paper });
    if (paper.type === 'SaleVoided') named.voids.push(placeOf(paper));
  }
};

const oneOf = (named: Named, source: LogSource, { number, isVoid = false, epoch, seq }: ReceiptOptions): Candidate => {
  const wanted = named.papers.filter(
    ({ event }) =>
      (event.type === 'SaleVoided') === isVoid &&
      (epoch === undefined || event.epoch === epoch) &&
      (seq === undefined || event.seq === seq),
  );
  const [one, another] = wanted;
  if (one && !another) return one;
  if (another) {
    const places = wanted.map(
      ({ event }) => `event ${String(event.seq)} in epoch ${String(event.epoch)} of terminal ${event.terminal_id}`,
    );
    throw new UnusableSource(
      `Receipt ${number} stands ${String(wanted.length)} times in ${source.name}: ${places.join('; ')}. Say which one ` +
        'with --terminal, --epoch or --seq; a number that one epoch has twice is a finding of tillog audit verify.',
    );
  }
  const unread = named.unread.length === 0 ? '' : ` What may be it cannot be read: ${named.unread.join(', ')}.`;
  const what = isVoid ? `no void of receipt ${number}` : `no receipt ${number}`;
  throw new UnusableSource(
    `${source.name} holds ${what}.${unread} Give the number as it is printed, for example 3F2A-000012.`,
  );
};

/** What tells how the shop is called. */
const isOfShop = ({ event }: LogRow): boolean =>
  event.includes('"type":"CatalogApplied"') || event.includes('"type":"TerminalEnrolled"');

const documentOf = async ({ log, event }: Candidate): Promise<ReceiptDocument> => {
  const path = await pathToPosition(log, event);
  let known: KnownShop = unknownShop;
  for await (const row of path.rows()) {
    const said = isOfShop(row) ? checkEvent(row, null).event : undefined;
    if (said) known = learnShop(known, said);
  }
  try {
    return receiptDocument(event, headingOf(event, shopOf(known)));
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    throw new UnusableSource(`No till could have printed this: ${cause.message}`, { cause });
  }
};
