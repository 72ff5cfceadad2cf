import type { Head, TillEvent } from '../domain/event.js';
import { till, type TillState } from '../domain/till.js';
import type { CheckedEvent } from '../events/chain.js';
import { hashOf } from '../events/envelope.js';
import { type KnownShop, learnShop, shopOf, unknownShop } from '../events/paper.js';
import type { Fault, ProblemCode } from './finding.js';
import { paperFaults } from './paper-faults.js';
import { countFaults, receiptFaults, voidFaults } from './receipt-sums.js';
import type { LogRow } from './source.js';
import { followTickets, openTicketFaults, ticketFaults, type WaitingTickets } from './ticket-faults.js';
import { zContinuityFaults, zDifferences } from './z-report.js';

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
};

/** The branch after one more stored event, whatever is wrong with it: what comes next is checked on its own. */
export const follow = (before: BranchState, row: LogRow, { envelope, event, problems }: CheckedEvent): BranchState => {
  const wrong = problems.some(({ code }) => code === 'HASH_WRONG');
  const unknown = problems.some(({ code }) => code === 'UNKNOWN_TYPE');
  const state = {
    ...before,
    head: { epoch: envelope?.epoch ?? row.epoch, seq: row.seq, hash: row.hash },
    text_hash: wrong ? hashOf(row.event) : row.hash,
    unknown_in_session: (before.unknown_in_session && event?.type !== 'SessionOpened') || unknown,
    unknown_before: before.unknown_before || unknown,
  };
  if (!event) return state;
  const tickets = followTickets(before.tickets, event);
  const shop = learnShop(before.shop, event);
  return { ...state, ...remembered(event), till: till.evolve(before.till, event), tickets, shop };
};

const remembered = (event: TillEvent): Partial<BranchState> => {
  if (event.type === 'TerminalStarted') return { public_key: event.data.public_key };
  if (event.type === 'SessionOpened') return { opening: event };
  if (event.type !== 'TerminalEnrolled') return {};
  const { tenant_id, store_id } = event.data;
  return { enrolled: { tenant_id, store_id } };
};

/** What is wrong with what an event says, after everything that came before it on its branch. */
export const eventFaults = (event: TillEvent, state: BranchState): readonly Fault[] => [
  ...membershipFaults(event, state),
  ...sessionFaults(event, state.till),
  ...dataFaults(event, state),
  ...named('TICKET_WRONG', state.unknown_before ? [] : ticketFaults(event, state.tickets)),
  ...named('PAPER_WRONG', state.unknown_before ? [] : paperFaults(event, printedWith(event, state))),
];

const printedWith = ({ session_id }: TillEvent, { shop, opening }: BranchState) => ({
  shop: shopOf(shop),
  opening: opening?.session_id === session_id ? opening : null,
});

const dataFaults = (event: TillEvent, state: BranchState): readonly Fault[] => {
  switch (event.type) {
    case 'SaleRecorded':
    case 'RefundRecorded':
      return [...numberFaults(event, state.till), ...named('SUM_WRONG', receiptFaults(event))];
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

const named = (code: ProblemCode, details: readonly string[]): readonly Fault[] =>
  details.map((detail) => ({ code, detail }));

const membershipFaults = (event: TillEvent, { enrolled }: BranchState): readonly Fault[] => {
  // The enrolment itself may already stand under its new tenant.
  if (event.type === 'TerminalEnrolled') {
    const other = enrolled !== null && enrolled.tenant_id !== event.data.tenant_id;
    return named('TENANT_WRONG', other ? [`a log of tenant ${enrolled.tenant_id} was enrolled in another`] : []);
  }
  const found = placeName(event.tenant_id, event.store_id);
  const expected = enrolled ? placeName(enrolled.tenant_id, enrolled.store_id) : placeName(null, null);
  return named(
    'TENANT_WRONG',
    found === expected ? [] : [`it names ${found}; the terminal was enrolled in ${expected}`],
  );
};

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
  if (event.session_id === null) {
    return named('SESSION_WRONG', needsSession.has(event.type) ? ['it belongs to no session'] : []);
  }
  const found = sessionName(event.session_id, event.business_date);
  const open = session.status === 'open' ? sessionName(session.session_id, session.business_date) : 'no session';
  return named('SESSION_WRONG', found === open ? [] : [`${open} was open, it names ${found}`]);
};

const sessionName = (session_id: string, business_date: string | null): string =>
  `session ${session_id} of ${business_date ?? 'no date'}`;

const openingFaults = (event: TillEvent<'SessionOpened'>, session: TillState['session']): readonly Fault[] => [
  ...named(
    'SESSION_WRONG',
    event.session_id === null || event.business_date === null ? ['it opens a session without id or date'] : [],
  ),
  ...named('SESSION_WRONG', session.status === 'open' ? [`session ${session.session_id} was still open`] : []),
];

type Receipt = TillEvent<'SaleRecorded' | 'RefundRecorded'>;

const numberFaults = ({ data }: Receipt, { session, receipts, training_receipts }: TillState): readonly Fault[] => {
  const { receipt_index, receipt_number, training, currency } = data;
  const before = training ? training_receipts : receipts;
  const shown = Number(/\d+$/u.exec(receipt_number)?.[0]);
  const follows = `receipt ${String(receipt_index)} follows receipt ${String(before)}`;
  const terms = termsName(currency, training);
  const open = session.status === 'open' ? termsName(session.report.currency, session.report.training) : terms;
  return [
    ...named('RECEIPT_NUMBER_WRONG', receipt_index === before + 1 ? [] : [follows]),
    ...named(
      'RECEIPT_NUMBER_WRONG',
      shown === receipt_index ? [] : [`receipt ${String(receipt_index)} is numbered ${receipt_number}`],
    ),
    ...named('SESSION_WRONG', terms === open ? [] : [`it is ${terms}, its session is ${open}`]),
  ];
};

const termsName = (currency: string | null, training: boolean): string =>
  `${training ? 'training' : 'trade'} in ${currency ?? 'no currency'}`;

const closingFaults = ({ session_id, data }: TillEvent<'SessionClosed'>, state: BranchState): readonly Fault[] => {
  const { session, z_reports, perpetual } = state.till;
  const { z_report } = data;
  const prev_hash = state.head?.hash === z_report.prev_hash ? state.head.hash : state.text_hash;
  const continuity = zContinuityFaults(z_report, { z_reports, perpetual, prev_hash });
  const known = session.status === 'open' && session.session_id === session_id && !state.unknown_in_session;
  const differences = [
    ...(known ? zDifferences(z_report, session.report) : []),
    ...(state.unknown_before ? [] : openTicketFaults(z_report, state.tickets)),
  ];
  return [...continuity, ...(differences.length > 0 ? named('Z_WRONG', [differences.join('; ')]) : [])];
};

const epochFaults = ({ data }: TillEvent<'EpochStarted'>, head: Head | null): readonly Fault[] => {
  const { epoch, seq, hash } = data.previous;
  if (head?.epoch === epoch && head.seq === seq && head.hash === hash) return [];
  const before = head ? `seq ${String(head.seq)} of epoch ${String(head.epoch)}, ${head.hash}` : 'nothing';
  return named('EPOCH_WRONG', [
    `it says that it follows seq ${String(seq)} of epoch ${String(epoch)}, ${hash}; before it stands ${before}`,
  ]);
};
