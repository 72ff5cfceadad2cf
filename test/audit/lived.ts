import fc from 'fast-check';
import type { SessionReport, ZReport } from '../../src/domain/report.js';
import type { TillState } from '../../src/domain/till.js';
import type { Sqlite } from '../../src/events/sqlite.js';
import type { KnownState } from '../../src/audit/state.js';
import { type AnyProjection, anyProjection } from '../../src/projections/projection.js';
import { readCells } from '../../src/projections/sqlite-tables.js';
import { stockId, stockMovements } from '../../src/projections/stock-movements.js';
import { tickets } from '../../src/projections/tickets.js';
import { days } from '../domain/random-day.js';
import type { Move } from '../domain/random-move.js';
import type { Shop } from '../terminal/shop.js';

/** What the live terminal's own tables said when its log ended at one event. */
export interface Lived {
  readonly seq: number;
  readonly hash: string;
  readonly session: unknown;
  readonly expected: unknown;
  readonly open_tickets: unknown;
  readonly stock: unknown;
  readonly catalog_version: number;
  readonly last_z_number: number;
  readonly receipts: readonly [unknown, unknown];
  readonly perpetual: unknown;
  readonly identity: unknown;
}

/** Some days, the same in every run. */
export const movesOf = (seed: number): readonly Move[] => fc.sample(days(3, 40), { seed, numRuns: 12 }).flat();

type Row = Record<string, string | number | null>;

/** What the terminal of a shop knows at this moment. */
export const livedNow = ({ recorder, terminal: { db } }: Shop): Lived => {
  const { log, state, catalog, identity } = recorder;
  if (!log.head) throw new Error('nothing was recorded');
  const { seq, hash } = log.head;
  const rows = (sql: string, model: AnyProjection) =>
    Array.from(db.prepare<[], Row>(sql).iterate(), (row) => readCells(model, row));
  const receipt = (training: 0 | 1) =>
    one(db, `SELECT receipt_number FROM receipts WHERE training = ${training} ORDER BY seq DESC`);
  return {
    ...{ seq, hash, ...cashIn(db, state.session) },
    open_tickets: rows(
      "SELECT * FROM tickets WHERE status IN ('open', 'resumed') ORDER BY parked_seq",
      anyProjection(tickets),
    ),
    stock: rows('SELECT * FROM stock_movements ORDER BY code, store_id', anyProjection(stockMovements)),
    catalog_version: catalog.version,
    last_z_number: Number(one(db, 'SELECT max(z_number) FROM session_totals') ?? 0),
    receipts: [receipt(0), receipt(1)],
    perpetual: state.perpetual,
    identity,
  };
};

/** The open session with its X report, and what is or was in the drawer. */
const cashIn = (db: Sqlite, session: TillState['session']): Pick<Lived, 'session' | 'expected'> => {
  if (session.status === 'closed') {
    const z = one(
      db,
      "SELECT z_report FROM session_totals WHERE status = 'closed' ORDER BY report ->> 'last_seq' DESC",
    );
    return { session, expected: z === null ? [] : (JSON.parse(String(z)) as ZReport).counted };
  }
  const { session_id, business_date } = session;
  const stored = one(db, `SELECT report FROM session_totals WHERE session_id = '${session_id}'`);
  const x_report = JSON.parse(String(stored)) as SessionReport;
  return { session: { status: 'open', session_id, business_date, x_report }, expected: x_report.expected };
};

/** The one value of the first row; null when there is none. */
const one = (db: Sqlite, sql: string): string | number | null =>
  (db.prepare(`${sql} LIMIT 1`).pluck().get() ?? null) as string | number | null;

/** The state in the words of the terminal's own tables. */
export const asLived = (state: KnownState, { identity, ...rest }: Lived): Lived => {
  const { terminal_id, enrolled, catalog, stock_moved, session, drawer } = state;
  const place = { tenant_id: enrolled?.tenant_id ?? null, store_id: enrolled?.store_id ?? null };
  return {
    seq: state.at_seq,
    hash: state.hash ?? '',
    session,
    expected: drawer.amounts,
    open_tickets: state.open_tickets,
    stock: stock_moved.map(({ code, store_id, moved_milli: _sum, ...sums }, index) => ({
      ...{ stock_id: stockId({ terminal_id, store_id }, code), terminal_id, store_id, code, ...sums },
      // A label that the state does not tell.
      last_moved_at: (rest.stock as readonly { readonly last_moved_at: string }[])[index]?.last_moved_at,
    })),
    catalog_version: catalog?.catalog_version ?? 0,
    last_z_number: state.last_z_number,
    receipts: [state.last_receipt_number, state.last_training_receipt_number],
    perpetual: state.perpetual,
    identity: { terminal_id, ...place },
  };
};
