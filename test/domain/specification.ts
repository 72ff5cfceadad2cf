import type { Decided, EventData, EventType } from '../../src/domain/event.js';
import type { Actor, Authority } from '../../src/domain/permission.js';
import type { RungLine } from '../../src/domain/pricing.js';
import type { RefusalCode } from '../../src/domain/refusal.js';
import type { SessionReport, ZReport } from '../../src/domain/report.js';
import type { PaymentRequest, TenderTerms } from '../../src/domain/settlement.js';
import { till, type TillState } from '../../src/domain/till.js';
import type { TillCommand } from '../../src/domain/till-command.js';
import { waitingIn } from './parked-tickets.js';
import { headBefore, idOf, TillLog } from './till-log.js';
import { errorWith } from '../errors.js';

/** A shop that counts in dollars, takes pounds at 89 500 for one with change in whole thousands, and cards. */
export const dollars: TenderTerms = {
  currency: 'USD',
  currencies: [
    { currency: 'USD', rate: { numerator: 1, denominator: 1 }, cash_step_minor: 1 },
    { currency: 'LBP', rate: { numerator: 1, denominator: 89_500 }, cash_step_minor: 100_000 },
    { currency: 'EUR', rate: { numerator: 1_087_431, denominator: 1_000_000 }, cash_step_minor: 1 },
  ],
  methods: ['card', 'voucher'],
};

/** A shop whose smallest coin is five cents. */
export const nickels: TenderTerms = {
  ...dollars,
  currencies: [{ currency: 'USD', rate: { numerator: 1, denominator: 1 }, cash_step_minor: 5 }],
};

const pounds = dollars.currencies.filter(({ currency }) => currency === 'LBP');

/** A shop whose currency has three decimals, at a rate that never comes out even. */
export const dinars: TenderTerms = {
  ...dollars,
  currency: 'JOD',
  currencies: [
    { currency: 'JOD', rate: { numerator: 1, denominator: 1 }, cash_step_minor: 5 },
    { currency: 'USD', rate: { numerator: 709, denominator: 100 }, cash_step_minor: 1 },
    ...pounds,
  ],
};

/** A shop whose currency has no decimals. */
export const yen: TenderTerms = {
  ...dollars,
  currency: 'JPY',
  currencies: [
    { currency: 'JPY', rate: { numerator: 1, denominator: 1 }, cash_step_minor: 10 },
    { currency: 'KWD', rate: { numerator: 48_937, denominator: 100_000 }, cash_step_minor: 5 },
    ...pounds,
  ],
};

const line: RungLine = {
  code: 'coffee',
  name: 'Coffee',
  category: 'Drinks',
  catalog_version: 1,
  quantity_milli: 1000,
  unit_price_minor: 350,
  list_price_minor: 350,
  tax_code: 'VAT',
  tax_mode: 'inclusive',
  rate_ppm: 110_000,
};

/** 3.50 with 11 % in it. */
export const coffee = line;
/** 12.00 with no tax. */
export const book: RungLine = {
  ...line,
  code: 'book',
  name: 'Book',
  unit_price_minor: 1200,
  list_price_minor: 1200,
  tax_code: 'ZERO',
  rate_ppm: 0,
};
/** 4.99 a kilogram, 5 % on top. */
export const apples: RungLine = {
  ...line,
  code: 'apples',
  name: 'Apples',
  unit_price_minor: 499,
  list_price_minor: 499,
  tax_code: 'FOOD',
  tax_mode: 'exclusive',
  rate_ppm: 50_000,
};

export const cashier: Actor = { staff_id: 'cashier-1', role: 'cashier' };
export const supervisor: Actor = { staff_id: 'supervisor-1', role: 'supervisor' };
export const manager: Actor = { staff_id: 'manager-1', role: 'manager' };
/** A cashier whom nobody stands beside. */
export const alone: Authority = { by: cashier };
/** A cashier beside whom a manager approves. */
export const approved: Authority = { by: cashier, approver: manager };

/** Something that had happened before: events, or what follows from the state they left. */
export type Earlier = Decided | ((log: TillLog) => void);

export const terminalStarted: Decided<'TerminalStarted'> = {
  type: 'TerminalStarted',
  data: { software_version: '0.1.0', zone: 'Asia/Beirut', public_key: 'AAAA' },
};

const opened = (data: Partial<EventData['SessionOpened']>): Earlier => ({
  type: 'SessionOpened',
  data: {
    currency: 'USD',
    float: [{ currency: 'USD', amount_minor: 10_000 }],
    float_denominations: [],
    training: false,
    ...data,
  },
  session: { session_id: idOf(1), business_date: '2026-03-01' },
});

/** A session with a float of 100.00. */
export const sessionOpened = opened({});
/** A session that counts nowhere. */
export const trainingOpened = opened({ training: true });

/** Exact cash for so much. */
export const cash = (amount_minor: number, currency = 'USD') => ({ method: 'cash', currency, amount_minor });

type Defaulted =
  | 'open_tickets'
  | 'terms'
  | 'authority'
  | 'local_id'
  | 'payment'
  | 'closed_at'
  | 'head'
  | 'unsynced_events'
  | 'training';
type Loose<C> = C extends TillCommand ? Omit<C, Defaulted> & Partial<Pick<C, Extract<keyof C, Defaulted>>> : never;

/** A command of which only what matters is said. */
export type When = Loose<TillCommand>;

const listsTickets: ReadonlySet<string> = new Set<TillCommand['type']>(['OpenSession', 'CloseSession', 'ParkTicket']);

const whole = (when: When, { state, events }: TillLog): TillCommand =>
  ({
    terms: dollars,
    authority: alone,
    local_id: idOf(500_000 + events.length),
    ...('open_tickets' in when || !listsTickets.has(when.type) ? {} : { open_tickets: waitingIn(events) }),
    ...(when.type === 'OpenSession' ? { training: false } : {}),
    ...(when.type === 'RecordSale' ? { payment: { tenders: [cash(1_000_000)] } satisfies PaymentRequest } : {}),
    ...(when.type === 'CloseSession'
      ? { closed_at: '2026-03-01T20:00:00.000Z', head: headBefore(state.seq), unsynced_events: events.length }
      : {}),
    ...when,
  }) as TillCommand;

/** A command that was given before and obeyed. */
export const did =
  (when: When) =>
  (log: TillLog): void =>
    void log.command(whole(when, log));

/** A sale of these lines, paid with plenty of cash. */
export const saleOf = (...lines: readonly RungLine[]): Earlier => did({ type: 'RecordSale', lines });

/** What is expected of one event; only what is named is compared. */
export type Expected = {
  readonly [T in EventType]: {
    readonly type: T;
    readonly data?: unknown;
    readonly local_id?: string;
    readonly approved_by?: string | null;
    readonly session?: unknown;
  };
}[EventType];

/** A command on a till that has a past. */
export interface Asked {
  /** The events that follow, all of them; of each, what is named. */
  then(...expected: readonly Expected[]): void;
  /** The rule says no, and the till is as it was. */
  thenRefuses(code: RefusalCode, details?: Readonly<Record<string, string | number>>): void;
  /** What the till knows afterwards. */
  readonly state: TillState;
  /** The report of the session that is open afterwards. */
  readonly report: SessionReport;
  /** The Z report that the command recorded. */
  readonly z: ZReport;
  /** The events that follow. */
  readonly decided: readonly Decided[];
}

const copyOf = (state: TillState): TillState => JSON.parse(JSON.stringify(state)) as TillState;

const ask = (log: TillLog, command: TillCommand): Asked => {
  const decided = (): readonly Decided[] => till.decide(command, log.state);
  const after = (): TillLog => {
    const next = log.copy();
    next.command(command);
    return next;
  };
  return {
    then(...expected) {
      expect(decided()).toMatchObject(expected);
    },
    thenRefuses(code, details = {}) {
      const before = copyOf(log.state);
      expect(decided).toThrow(errorWith({ name: 'Refusal', code, details: errorWith(details) }));
      expect(log.state).toEqual(before);
    },
    get state() {
      return after().state;
    },
    get report() {
      const { session } = after().state;
      if (session.status === 'closed') throw new Error('No session is open.');
      return session.report;
    },
    get z() {
      const closed = decided().find((event): event is Decided<'SessionClosed'> => event.type === 'SessionClosed');
      if (!closed) throw new Error('No session was closed.');
      return closed.data.z_report;
    },
    get decided() {
      return decided();
    },
  };
};

/** A till with a past. */
export const given = (...earlier: readonly Earlier[]) => {
  const log = new TillLog();
  for (const one of [terminalStarted, ...earlier]) {
    if (typeof one === 'function') one(log);
    else log.append([one]);
  }
  return {
    log,
    when: (when: When): Asked => ask(log, whole(when, log)),
  };
};
