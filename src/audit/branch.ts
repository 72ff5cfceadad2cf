import type { Head, TillEvent } from '../domain/event.js';
import { till, type TillState } from '../domain/till.js';
import type { CheckedEvent } from '../events/chain.js';
import { hashOf } from '../events/envelope.js';
import type { Fault, ProblemCode } from './finding.js';
import { receiptFaults } from './receipt-sums.js';
import type { LogRow } from './source.js';
import { zContinuityFaults, zDifferences } from './z-report.js';

/** What must be remembered along one branch of a log to check the next event. Its size does not grow with the log. */
export interface BranchState {
  /** The last event, with the hash that the store declares for it; null before the first. */
  readonly head: Head | null;
  /** What the text of the last event really hashes to. */
  readonly text_hash: string | null;
  readonly till: TillState;
  /** The key that the terminal last named at its start. */
  readonly public_key: string | null;
  /** Null until the terminal was enrolled. */
  readonly enrolled: { readonly tenant_id: string; readonly store_id: string } | null;
  /** The open session holds an event of a newer program, so its Z cannot be recomputed here. */
  readonly unknown_in_session: boolean;
}

/** Before the first event of a log. */
export const branchStart: BranchState = {
  head: null,
  text_hash: null,
  till: till.initial,
  public_key: null,
  enrolled: null,
  unknown_in_session: false,
};

/** The branch after one more stored event, whatever is wrong with it: what comes next is checked on its own. */
export const follow = (before: BranchState, row: LogRow, { envelope, event, problems }: CheckedEvent): BranchState => {
  const wrong = problems.some(({ code }) => code === 'HASH_WRONG');
  const unknown = problems.some(({ code }) => code === 'UNKNOWN_TYPE') && envelope?.session_id != null;
  const state = {
    ...before,
    head: { epoch: envelope?.epoch ?? row.epoch, seq: row.seq, hash: row.hash },
    text_hash: wrong ? hashOf(row.event) : row.hash,
    unknown_in_session: (before.unknown_in_session && event?.type !== 'SessionOpened') || unknown,
  };
  return event ? { ...state, ...remembered(event), till: till.evolve(before.till, event) } : state;
};

const remembered = (event: TillEvent): Partial<BranchState> => {
  if (event.type === 'TerminalStarted') return { public_key: event.data.public_key };
  if (event.type !== 'TerminalEnrolled') return {};
  const { tenant_id, store_id } = event.data;
  return { enrolled: { tenant_id, store_id } };
};

/** What is wrong with what an event says, after everything that came before it on its branch. */
export const eventFaults = (event: TillEvent, state: BranchState): readonly Fault[] => [
  ...membershipFaults(event, state),
  ...sessionFaults(event, state.till),
  ...dataFaults(event, state),
];

const dataFaults = (event: TillEvent, state: BranchState): readonly Fault[] => {
  switch (event.type) {
    case 'SaleRecorded':
    case 'RefundRecorded':
      return [...numberFaults(event, state.till), ...named('SUM_WRONG', receiptFaults(event))];
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
  const { tenant_id, store_id } = event;
  const says = (what: string | null): string => what ?? 'none';
  // The enrolment itself may already stand under its new tenant.
  if (event.type === 'TerminalEnrolled') {
    const other = enrolled !== null && enrolled.tenant_id !== event.data.tenant_id;
    return other ? [{ code: 'TENANT_WRONG', detail: `a log of tenant ${enrolled.tenant_id} was enrolled in another` }] : [];
  }
  if (tenant_id === (enrolled?.tenant_id ?? null) && store_id === (enrolled?.store_id ?? null)) return [];
  const detail =
    `it names tenant ${says(tenant_id)} and store ${says(store_id)}, ` +
    `the terminal was enrolled in ${says(enrolled?.tenant_id ?? null)} and ${says(enrolled?.store_id ?? null)}`;
  return [{ code: 'TENANT_WRONG', detail }];
};

const needsSession: ReadonlySet<TillEvent['type']> = new Set([
  'SaleRecorded',
  'RefundRecorded',
  'CashMoved',
  'SessionClosed',
]);

const sessionFaults = (event: TillEvent, { session }: TillState): readonly Fault[] => {
  const wrong = (detail: string): readonly Fault[] => [{ code: 'SESSION_WRONG', detail }];
  if (event.type === 'SessionOpened') {
    if (event.session_id === null || event.business_date === null) return wrong('it opens a session without a name');
    return session.status === 'open' ? wrong(`session ${session.session_id} was still open`) : [];
  }
  if (event.session_id === null) return needsSession.has(event.type) ? wrong('it belongs to no session') : [];
  if (session.status === 'closed') return wrong(`session ${event.session_id} was not open`);
  const { session_id, business_date } = session;
  if (event.session_id !== session_id) return wrong(`session ${session_id} was open, it names ${event.session_id}`);
  const date = event.business_date;
  return date === business_date ? [] : wrong(`the session is of ${business_date}, it says ${date ?? 'no date'}`);
};

const numberFaults = (
  { data }: TillEvent<'SaleRecorded' | 'RefundRecorded'>,
  { session, receipts, training_receipts }: TillState,
): readonly Fault[] => {
  const { receipt_index, receipt_number, training, currency } = data;
  const expected = (training ? training_receipts : receipts) + 1;
  const report = session.status === 'open' ? session.report : null;
  const shown = /\d+$/u.exec(receipt_number)?.[0];
  return [
    ...(receipt_index === expected
      ? []
      : named('RECEIPT_NUMBER_WRONG', [`receipt ${String(receipt_index)} follows receipt ${String(expected - 1)}`])),
    ...(Number(shown) === receipt_index
      ? []
      : named('RECEIPT_NUMBER_WRONG', [`receipt ${String(receipt_index)} is numbered ${receipt_number}`])),
    ...(!report || (report.training === training && report.currency === currency)
      ? []
      : named('SESSION_WRONG', [
          `it is in ${currency}${training ? ', training' : ''}; ` +
            `its session in ${report.currency ?? 'none'}${report.training ? ', training' : ''}`,
        ])),
  ];
};

const closingFaults = ({ session_id, data }: TillEvent<'SessionClosed'>, state: BranchState): readonly Fault[] => {
  const { session, z_reports, perpetual } = state.till;
  const { z_report } = data;
  const prev_hash = state.head?.hash === z_report.prev_hash ? state.head.hash : state.text_hash;
  const continuity = zContinuityFaults(z_report, { z_reports, perpetual, prev_hash });
  const known = session.status === 'open' && session.session_id === session_id && !state.unknown_in_session;
  const differences = known ? zDifferences(z_report, session.report) : [];
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
