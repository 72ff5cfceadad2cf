import type { Head, TillEvent } from '../domain/event.js';
import { till, type TillState } from '../domain/till.js';
import type { CheckedEvent } from '../events/chain.js';
import { hashOf } from '../events/envelope.js';
import { type KnownShop, learnShop, shopOf, unknownShop } from '../events/paper.js';
import { type Fault, named, type ProblemCode, type Said } from './finding.js';
import { paperFaults } from './paper-faults.js';
import { countFaults, receiptFaults, voidFaults } from './receipt-sums.js';
import type { LogRow } from './source.js';
import { followTickets, openTicketFaults, ticketFaults, type WaitingTickets } from './ticket-faults.js';
import { zContinuityFaults, zFaults } from './z-report.js';

/** What must be remembered along one branch of a log to check the next event. Its size does not grow with the log. */
export interface BranchState {
  /** The last event, with the hash that the store declares for it; null before the first. */
  readonly head: Head | null;
  /** What the text of the last event really hashes to. */
  readonly text_hash: string | null;
  readonly till: TillState;
  /** At most a thousand. */
  readonly tickets: WaitingTickets;
  /** The key that the terminal last named at its start. */
  readonly public_key: string | null;
  /** Null until the terminal was enrolled. */
  readonly enrolled: { readonly tenant_id: string; readonly store_id: string } | null;
  /** What every paper shows. */
  readonly shop: KnownShop;
  /** What opened the last session; null before the first. */
  readonly opening: TillEvent<'SessionOpened'> | null;
  /** Since the session was opened a newer program wrote an event, so its Z cannot be recomputed here. */
  readonly unknown_in_session: boolean;
  /** A newer program wrote an event of a kind that is not known here, so tickets can no longer be followed. */
  readonly unknown_before: boolean;
  /** What a part of a log does not tell before it is said in it; empty for a whole log. */
  readonly unknown: ReadonlySet<Unknown>;
  /** What the last event says of its time; null before the first. */
  readonly occurred_at: string | null;
}

/** Before the first event of a log. */
export const branchStart: BranchState = {
  head: null,
  text_hash: null,
  till: till.initial,
  tickets: new Map(),
  public_key: null,
  enrolled: null,
  shop: unknownShop,
  opening: null,
  unknown_in_session: false,
  unknown_before: false,
  unknown: new Set(),
  occurred_at: null,
};

/** Figures that go on from what was before. */
type Unknown = 'place' | 'session' | 'receipts' | 'training_receipts' | 'z_reports';

/** Before the first event of a part of a log. */
export const partStart = (before: Head): BranchState => ({
  ...branchStart,
  head: before,
  text_hash: before.hash,
  unknown_before: true,
  unknown: new Set<Unknown>(['place', 'session', 'receipts', 'training_receipts', 'z_reports']),
});

/** The branch after one more stored event, whatever is wrong with it: what comes next is checked on its own. */
export const follow = (before: BranchState, row: LogRow, { envelope, event, problems }: CheckedEvent): BranchState => {
  const has = (wanted: ProblemCode): boolean => problems.some(({ code }) => code === wanted);
  const unknown = has('UNKNOWN_TYPE');
  const after = copyOf(before);
  if (event) remember(after, event);
  after.head = { epoch: (envelope ?? row).epoch, seq: row.seq, hash: row.hash };
  after.text_hash = has('HASH_WRONG') ? hashOf(row.event) : row.hash;
  after.unknown_in_session = unknown || (before.unknown_in_session && event?.type !== 'SessionOpened');
  after.unknown_before = before.unknown_before || unknown;
  after.occurred_at = envelope?.occurred_at ?? before.occurred_at;
  return after;
};

/** A branch of its own, into which an event is written: copying it for each change costs more than all changes. */
type OpenState = { -readonly [Field in keyof BranchState]: BranchState[Field] };

/** Field by field: V8 knows the copy of a copy of a copy by ever new shapes, and is slow with what has many. */
const copyOf = (branch: BranchState): OpenState => ({
  head: branch.head,
  text_hash: branch.text_hash,
  till: branch.till,
  tickets: branch.tickets,
  public_key: branch.public_key,
  enrolled: branch.enrolled,
  shop: branch.shop,
  opening: branch.opening,
  unknown_in_session: branch.unknown_in_session,
  unknown_before: branch.unknown_before,
  unknown: branch.unknown,
  occurred_at: branch.occurred_at,
});

const remember = (after: OpenState, event: TillEvent): void => {
  if (after.unknown.size > 0) Object.assign(after, learned(after, event));
  after.till = till.evolve(after.till, event);
  after.tickets = followTickets(after.tickets, event);
  after.shop = learnShop(after.shop, event);
  if (event.type === 'TerminalStarted') after.public_key = event.data.public_key;
  if (event.type === 'SessionOpened') after.opening = event;
  if (event.type !== 'TerminalEnrolled') return;
  const { tenant_id, store_id } = event.data;
  after.enrolled = { tenant_id, store_id };
};

/** What one event of a part of a log tells of what was before it. */
const learned = (before: BranchState, event: TillEvent): Pick<BranchState, 'unknown' | 'enrolled'> => {
  const { tenant_id, store_id } = event;
  const isPlaced = !before.unknown.has('place') || tenant_id === null || store_id === null;
  const told = new Set<Unknown>(['place']);
  if (event.type === 'SessionOpened' || event.type === 'SessionClosed') told.add('session');
  if (event.type === 'SessionClosed' && event.data.z_report.z_number !== null) told.add('z_reports');
  if (event.type === 'SaleRecorded' || event.type === 'RefundRecorded') told.add(seriesOf(event));
  return {
    enrolled: isPlaced ? before.enrolled : { tenant_id, store_id },
    unknown: new Set([...before.unknown].filter((one) => !told.has(one))),
  };
};

const seriesOf = ({ data }: Receipt): 'receipts' | 'training_receipts' =>
  data.training ? 'training_receipts' : 'receipts';

/** What is wrong with what an event says, after everything that came before it on its branch. */
export const eventFaults = (event: TillEvent, state: BranchState): readonly Fault[] => [
  ...(state.unknown.has('place') ? [] : membershipFaults(event, state)),
  ...(state.unknown.has('session') ? [] : sessionFaults(event, state.till)),
  ...dataFaults(event, state),
  ...named('TICKET_WRONG', state.unknown_before ? [] : ticketFaults(event, state.tickets)),
  ...named('PAPER_WRONG', state.unknown_before ? [] : paperFaults(event, printedWith(event, state))),
];

const printedWith = ({ session_id }: TillEvent, { shop, opening }: BranchState) => ({
  shop: shopOf(shop),
  opening: opening?.session_id === session_id ? opening : null,
});

/** What is strange about the time that an event gives, and wrong with nothing: the order is that of the log. */
export const clockRemarks = (event: TillEvent, { occurred_at }: BranchState): readonly Fault[] => {
  if (event.type === 'ClockJumped') {
    const { expected_at: expected, found_at: found, jump_ms } = event.data;
    const detail = `the clock jumped by ${String(Math.round(jump_ms / 1000))} s, from ${expected} to ${found}`;
    return [{ code: 'CLOCK_JUMPED', detail, expected, found }];
  }
  if (occurred_at === null || event.occurred_at >= occurred_at) return [];
  const detail = `it is dated ${event.occurred_at}, the event before it ${occurred_at}`;
  return [{ code: 'CLOCK_BACK', detail, expected: occurred_at, found: event.occurred_at }];
};

const dataFaults = (event: TillEvent, state: BranchState): readonly Fault[] => {
  switch (event.type) {
    case 'SaleRecorded':
    case 'RefundRecorded':
      return [...numberFaults(event, state), ...named('SUM_WRONG', receiptFaults(event))];
    case 'SaleVoided':
      return named('SUM_WRONG', voidFaults(event.data));
    case 'StockCounted':
      return named('SUM_WRONG', countFaults(event.data));
    case 'SessionClosed':
      return closingFaults(event, state);
    case 'EpochStarted':
      return epochFaults(event, state.head);
    default:
      return [];
  }
};

const membershipFaults = (event: TillEvent, { enrolled }: BranchState): readonly Fault[] => {
  // The enrolment itself may already stand under its new tenant.
  if (event.type === 'TerminalEnrolled') {
    const other = enrolled !== null && enrolled.tenant_id !== event.data.tenant_id ? enrolled.tenant_id : null;
    const detail = `a log of tenant ${String(other)} was enrolled in another`;
    return named('TENANT_WRONG', other === null ? [] : [{ detail, expected: other, found: event.data.tenant_id }]);
  }
  const { tenant_id, store_id } = enrolled ?? nowhere;
  if (event.tenant_id === tenant_id && event.store_id === store_id) return [];
  const [found, expected] = [placeName(event.tenant_id, event.store_id), placeName(tenant_id, store_id)];
  const detail = `it names ${found}; the terminal was enrolled in ${expected}`;
  return [{ code: 'TENANT_WRONG', detail, expected, found }];
};

/** Where a terminal is that was not enrolled. */
const nowhere = { tenant_id: null, store_id: null };

const placeName = (tenant_id: string | null, store_id: string | null): string =>
  `tenant ${tenant_id ?? 'none'} and store ${store_id ?? 'none'}`;

const needsSession: ReadonlySet<TillEvent['type']> = new Set([
  'SaleRecorded',
  'RefundRecorded',
  'SaleVoided',
  'TicketParked',
  'TicketResumed',
  'LineVoided',
  'TicketDiscarded',
  'TicketCarriedOver',
  'CashMoved',
  'SessionClosed',
]);

const sessionFaults = (event: TillEvent, { session }: TillState): readonly Fault[] => {
  if (event.type === 'SessionOpened') return openingFaults(event, session);
  const { session_id, business_date } = event;
  if (session_id === null) {
    return named('SESSION_WRONG', needsSession.has(event.type) ? [{ detail: 'it belongs to no session' }] : []);
  }
  const open = session.status === 'open' ? session : undefined;
  if (open?.session_id === session_id && open.business_date === business_date) return [];
  const expected = open ? sessionName(open.session_id, open.business_date) : 'no session';
  const found = sessionName(session_id, business_date);
  return [{ code: 'SESSION_WRONG', detail: `${expected} was open, it names ${found}`, expected, found }];
};

const sessionName = (session_id: string, business_date: string | null): string =>
  `session ${session_id} of ${business_date ?? 'no date'}`;

const openingFaults = (event: TillEvent<'SessionOpened'>, session: TillState['session']): readonly Fault[] => [
  ...named(
    'SESSION_WRONG',
    event.session_id === null || event.business_date === null
      ? [{ detail: 'it opens a session without id or date' }]
      : [],
  ),
  ...named(
    'SESSION_WRONG',
    session.status === 'open' ? [{ detail: `session ${session.session_id} was still open` }] : [],
  ),
];

type Receipt = TillEvent<'SaleRecorded' | 'RefundRecorded'>;

const numberFaults = (event: Receipt, { till: { session, ...counts }, unknown }: BranchState): readonly Fault[] => {
  const { receipt_index, receipt_number, training, currency } = event.data;
  const series = seriesOf(event);
  const expected = unknown.has(series) ? receipt_index : counts[series] + 1;
  const faults: Fault[] = [];
  if (receipt_index !== expected) {
    const detail = `receipt ${String(receipt_index)} follows receipt ${String(expected - 1)}`;
    faults.push({ code: 'RECEIPT_NUMBER_WRONG', detail, expected, found: receipt_index });
  }
  if (Number(/\d+$/u.exec(receipt_number)?.[0]) !== receipt_index) {
    const detail = `receipt ${String(receipt_index)} is numbered ${receipt_number}`;
    faults.push({ code: 'RECEIPT_NUMBER_WRONG', detail, expected: receipt_index, found: receipt_number });
  }
  if (session.status === 'open') {
    const { report } = session;
    const terms = termsName(report.currency, report.training);
    const found = termsName(currency, training);
    const detail = `it is ${found}, its session is ${terms}`;
    if (found !== terms) faults.push({ code: 'SESSION_WRONG', detail, expected: terms, found });
  }
  return faults;
};

const termsName = (currency: string | null, training: boolean): string =>
  `${training ? 'training' : 'trade'} in ${currency ?? 'no currency'}`;

const closingFaults = ({ session_id, data }: TillEvent<'SessionClosed'>, state: BranchState): readonly Fault[] => {
  const { session, z_reports, perpetual } = state.till;
  const { z_report } = data;
  const prev_hash = state.head?.hash === z_report.prev_hash ? state.head.hash : state.text_hash;
  const isKnown = !state.unknown.has('z_reports');
  const continuity = isKnown ? zContinuityFaults(z_report, { z_reports, perpetual, prev_hash }) : [];
  const known = session.status === 'open' && session.session_id === session_id && !state.unknown_in_session;
  const differences = [
    ...(known ? zFaults(z_report, session.report) : []),
    ...(state.unknown_before ? [] : openTicketFaults(z_report, state.tickets)),
  ];
  return [...continuity, ...(differences.length > 0 ? named('Z_WRONG', [together(differences)]) : [])];
};

/** All that is wrong with one Z as one finding. */
const together = (differences: readonly Said[]): Said => ({
  detail: differences.map(({ detail }) => detail).join('; '),
  expected: differences.map(({ expected }) => String(expected)).join('; '),
  found: differences.map(({ found }) => String(found)).join('; '),
});

const epochFaults = ({ data }: TillEvent<'EpochStarted'>, head: Head | null): readonly Fault[] => {
  const { epoch, seq, hash } = data.previous;
  if (head?.epoch === epoch && head.seq === seq && head.hash === hash) return [];
  const expected = head ? `seq ${String(head.seq)} of epoch ${String(head.epoch)}, ${head.hash}` : 'nothing';
  const found = `seq ${String(seq)} of epoch ${String(epoch)}, ${hash}`;
  const detail = `it says that it follows ${found}; before it stands ${expected}`;
  return [{ code: 'EPOCH_WRONG', detail, expected, found }];
};
