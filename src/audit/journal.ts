import type { TillEvent } from '../domain/event.js';
import type { LineDiscount, SaleLine } from '../domain/pricing.js';
import { isChosen } from './day.js';
import { ProblemList } from './finding.js';
import { type ChosenLog, type DayOptions, readEvents } from './selection.js';

/** A sale or a refund, with the hash that it has in the log. */
export interface JournalReceipt {
  readonly event: TillEvent<'SaleRecorded' | 'RefundRecorded'>;
  readonly hash: string;
}

/** A line of a receipt on which something other than the price of the catalog was asked. */
export interface JournalLine<Detail = null> {
  readonly event: TillEvent<'SaleRecorded'>;
  readonly line: SaleLine;
  readonly detail: Detail;
}

/** What a log says about its terminal up to a moment: names as they were then. */
export interface KnownPlace {
  /** Null before the terminal was enrolled. */
  readonly shop: Pick<TillEvent<'TerminalEnrolled'>['data'], 'tenant_name' | 'store_name' | 'store_id'> | null;
  readonly software_version: string;
  /** Who ever signed in, by staff_id. */
  readonly staff: ReadonlyMap<string, TillEvent<'StaffSignedIn'>['data']>;
}

/** What happened in one session, event by event, each list in the order of the log. */
export interface Journal {
  readonly terminal_id: string;
  readonly epoch: number;
  readonly session_id: string;
  readonly business_date: string;
  readonly receipts: JournalReceipt[];
  readonly voids: TillEvent<'SaleVoided'>[];
  readonly overrides: JournalLine[];
  readonly discounts: JournalLine<LineDiscount>[];
  /** The drawer was opened for no sale and no movement. */
  readonly no_sales: TillEvent<'DrawerOpened'>[];
  readonly reprints: TillEvent<'ReceiptReprinted'>[];
  readonly movements: TillEvent<'CashMoved'>[];
  readonly line_voids: TillEvent<'LineVoided'>[];
  readonly discarded: TillEvent<'TicketDiscarded'>[];
  readonly exports: TillEvent<'LogExported'>[];
  readonly clock_jumps: TillEvent<'ClockJumped'>[];
  /** As of the last event of the session in this epoch. */
  known: KnownPlace;
  /** Null in an epoch that the session only goes on in. */
  opened: TillEvent<'SessionOpened'> | null;
  /** Null while it is open. */
  closed: TillEvent<'SessionClosed'> | null;
}

/**
 * The sessions of a log with all that happened in them, in the order of the log; one that goes on in another epoch comes
 * once for each. Holds one session at a time. What cannot be read is in none of them: the sums name it.
 */
export async function* journalsOf(log: ChosenLog, options: Pick<DayOptions, 'date'>): AsyncGenerator<Journal> {
  let known: KnownPlace = { shop: null, software_version: '', staff: new Map() };
  let journal: Journal | undefined;
  for await (const { event, hash } of readEvents(log, new ProblemList())) {
    known = learn(known, event);
    const { session_id, epoch } = event;
    if (session_id === null || !isChosen(event, options)) continue;
    if (journal && (journal.session_id !== session_id || journal.epoch !== epoch)) {
      yield journal;
      journal = undefined;
    }
    journal ??= emptyJournal(event, session_id, known);
    journal.known = known;
    note(journal, event, hash);
  }
  if (journal) yield journal;
}

const learn = (known: KnownPlace, event: TillEvent): KnownPlace => {
  switch (event.type) {
    case 'TerminalStarted':
      return { ...known, software_version: event.data.software_version };
    case 'TerminalEnrolled':
      return { ...known, shop: event.data };
    case 'StaffSignedIn':
      return event.staff_id === null
        ? known
        : { ...known, staff: new Map(known.staff).set(event.staff_id, event.data) };
    default:
      return known;
  }
};

const emptyJournal = (
  { terminal_id, epoch, business_date }: TillEvent,
  session_id: string,
  known: KnownPlace,
): Journal => ({
  known,
  opened: null,
  ...{ terminal_id, epoch, session_id, business_date: business_date ?? '' },
  receipts: [],
  voids: [],
  overrides: [],
  discounts: [],
  no_sales: [],
  reprints: [],
  movements: [],
  line_voids: [],
  discarded: [],
  exports: [],
  clock_jumps: [],
  closed: null,
});

const note = (journal: Journal, event: TillEvent, hash: string): void => {
  switch (event.type) {
    case 'SaleRecorded':
      noteLines(journal, event);
      journal.receipts.push({ event, hash });
      break;
    case 'RefundRecorded':
      journal.receipts.push({ event, hash });
      break;
    case 'SessionOpened':
      journal.opened = event;
      break;
    case 'SessionClosed':
      journal.closed = event;
      break;
    default:
      noteIncident(journal, event);
  }
};

const noteIncident = (journal: Journal, event: TillEvent): void => {
  switch (event.type) {
    case 'SaleVoided':
      journal.voids.push(event);
      break;
    case 'DrawerOpened':
      if (event.data.cause_local_id === null) journal.no_sales.push(event);
      break;
    case 'ReceiptReprinted':
      journal.reprints.push(event);
      break;
    case 'CashMoved':
      journal.movements.push(event);
      break;
    case 'LineVoided':
      journal.line_voids.push(event);
      break;
    case 'TicketDiscarded':
      journal.discarded.push(event);
      break;
    case 'LogExported':
      journal.exports.push(event);
      break;
    case 'ClockJumped':
      journal.clock_jumps.push(event);
      break;
    default:
  }
};

const noteLines = (journal: Journal, event: TillEvent<'SaleRecorded'>): void => {
  for (const line of event.data.lines) {
    if (line.unit_price_minor !== line.list_price_minor) journal.overrides.push({ event, line, detail: null });
    for (const detail of line.discounts) journal.discounts.push({ event, line, detail });
  }
};
