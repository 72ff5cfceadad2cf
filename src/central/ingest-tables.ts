import { readText } from '../events/envelope.js';
import { unmergedTable } from '../projections/postgres-tables.js';
import { postgresArray, prepared } from '../projections/prepared-statement.js';
import { stockMovements } from '../projections/stock-movements.js';
import type { Transaction } from './database.js';
import { type EpochStart, type Kept, type Keeping, Ledger } from './ledger.js';
import type { Inspected, Sender } from './inspection.js';
import { isUuid } from './tenant.js';
import type { Decision, Placement } from './verdict.js';
import type { Head } from '../domain/event.js';

/** What of a terminal its next batch depends on. */
export interface TerminalFacts {
  readonly enrolled_seq: number | null;
  /** Where epochs begin. */
  readonly starts: readonly EpochStart[];
  /** The newest catalog that was published; 0 for none. */
  readonly catalog_version: number;
  /** Whether a rebuild of the read models is under way, so that both are carried forward. */
  readonly isRebuilding: boolean;
  /** Whether anything of it was ever disputed or is refused. */
  readonly isDoubtful: boolean;
  /** How many of its batches wait to be put onto the sums of the stock. */
  readonly unmergedCount: number;
  /** How far the branch that it is on is decided, as far as that was noted. */
  readonly progress: number;
  /** The event with the highest position that is stored of that branch; null when there is none. */
  readonly last: Kept | null;
}

const ofTerminal = 'tenant_id = $1 AND terminal_id = $2';

const keptColumns = (keeping: Keeping): string =>
  ({
    event: `'event' AS keeping, e.local_id::text, e.epoch, e.seq, e.hash, e.hash AS text_hash, e.remote_id::text,
      EXISTS (SELECT 1 FROM unprojected u WHERE u.tenant_id = e.tenant_id AND u.local_id = e.local_id) AS unprojected`,
    fork: `'fork', e.local_id::text, e.epoch, e.seq, e.hash, e.hash, e.remote_id::text, false`,
    refused: `'refused', e.local_id, e.epoch, e.seq, e.declared_hash, e.text_hash, NULL, false`,
  })[keeping];

const factsSql = prepared(
  `SELECT enrolled_seq, (SELECT coalesce(max(catalog_version), 0) FROM catalogs WHERE tenant_id = $1) AS catalog_version,
     EXISTS (SELECT 1 FROM rebuilds WHERE tenant_id = $1) AS "isRebuilding",
     EXISTS (SELECT 1 FROM forks WHERE ${ofTerminal}) OR EXISTS (SELECT 1 FROM refused WHERE ${ofTerminal}) AS "isDoubtful",
     (SELECT count(*) FROM ${unmergedTable(stockMovements)} WHERE tenant_id = $1 AND sent_by = $2) AS "unmergedCount",
     coalesce((SELECT contiguous_seq FROM progress WHERE ${ofTerminal} AND epoch = $3), 0) AS progress,
     (SELECT row_to_json(kept) FROM (SELECT ${keptColumns('event')} FROM events e
       WHERE ${ofTerminal} AND epoch = $3 ORDER BY seq DESC LIMIT 1) AS kept) AS last,
     (SELECT coalesce(json_agg(start), '[]') FROM (SELECT seq, epoch, hash, event FROM events
       WHERE ${ofTerminal} AND type = 'EpochStarted' ORDER BY epoch) AS start) AS starts
   FROM terminals WHERE ${ofTerminal}`,
);

/** What a batch is about: its events, and the head of the log that they come from. */
export interface Subject {
  readonly items: readonly Inspected[];
  readonly head: Head;
}

/** Reads what is known about a terminal, which must be locked. @param epoch that it is on */
export const readFacts = async (
  transaction: Transaction,
  { tenant_id, terminal_id }: Sender,
  epoch: number,
): Promise<TerminalFacts> => {
  const { rows } = await transaction.query<Omit<TerminalFacts, 'starts'> & { readonly starts: readonly StartRow[] }>({
    ...factsSql,
    values: [tenant_id, terminal_id, epoch],
  });
  const [row] = rows;
  if (!row) throw new Error(`Terminal ${terminal_id} vanished before its batch was taken in.`);
  return { ...row, starts: row.starts.map(startOf) };
};

/** Opens what is stored where the batch belongs. */
export const openLedger = async (
  transaction: Transaction,
  { tenant_id, terminal_id }: Sender,
  { head, items }: Subject,
  { starts, enrolled_seq }: TerminalFacts,
): Promise<Ledger> => {
  const stretches = stretchesOf([[head.epoch, head.seq], ...items.flatMap((item) => placesOf(item, []))]);
  const { rows } = await transaction.query<Kept>({ ...storedSql, values: [tenant_id, terminal_id, ...stretches] });
  return new Ledger(rows, starts, enrolled_seq);
};

/** What is stored where a batch goes on behind all that is. */
export const endOfLedger = ({ last, starts, enrolled_seq }: TerminalFacts): Ledger =>
  new Ledger(last === null ? [] : [last], starts, enrolled_seq);

/** Whether all of these belong behind the event at `last_seq` of the epoch, and nothing that they follow lies elsewhere. */
export const goOn = (items: readonly Inspected[], epoch: number, last_seq: number): boolean =>
  items.every(
    (item) =>
      item.kind === 'genuine' &&
      item.envelope.type !== 'EpochStarted' &&
      item.envelope.epoch === epoch &&
      item.envelope.seq > last_seq,
  );

/** The places, where they follow one another as one stretch: three lists, of their epochs, first and last positions. */
const stretchesOf = (places: readonly Place[]): readonly (readonly number[])[] => {
  const stretches: { epoch: number; from_seq: number; to_seq: number }[] = [];
  for (const [epoch, seq] of places.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = stretches.at(-1);
    if (last?.epoch === epoch && seq <= last.to_seq + 1) last.to_seq = seq;
    else stretches.push({ epoch, from_seq: seq, to_seq: seq });
  }
  return [
    stretches.map(({ epoch }) => epoch),
    stretches.map(({ from_seq }) => from_seq),
    stretches.map(({ to_seq }) => to_seq),
  ];
};

type Place = readonly [epoch: number, seq: number];

interface StartRow {
  readonly epoch: number;
  readonly seq: number;
  readonly hash: string;
  readonly event: string;
}

const startOf = ({ epoch, seq, hash, event: text }: StartRow): EpochStart => {
  const event = readText(text);
  if (event.type !== 'EpochStarted') throw new Error(`The event that starts epoch ${String(epoch)} is ${event.type}.`);
  return { epoch, seq, hash, previous: event.data.previous };
};

// Each position is looked up on its own: OFFSET 0 keeps the planner from joining instead, for which it would read the
// whole log of the terminal wherever it has no statistics yet.
const atWanted = (keeping: Keeping, table: string): string =>
  `SELECT kept.* FROM wanted w CROSS JOIN LATERAL (SELECT ${keptColumns(keeping)} FROM ${table} e
     WHERE e.tenant_id = $1 AND e.terminal_id = $2 AND e.epoch = w.epoch AND e.seq = w.seq OFFSET 0) AS kept`;

const keptSql = prepared(`
WITH wanted AS MATERIALIZED (SELECT DISTINCT epoch, seq FROM unnest($3::bigint[], $4::bigint[]) AS w (epoch, seq))
${atWanted('event', 'events')}
UNION ALL SELECT keeping, local_id, CASE WHEN terminal_id = $2 THEN epoch END, CASE WHEN terminal_id = $2 THEN seq END,
  hash, text_hash, remote_id, unprojected
  FROM (SELECT ${keptColumns('event')}, e.terminal_id FROM events e
    WHERE e.tenant_id = $1 AND e.local_id = ANY($5::uuid[])) AS named
UNION ALL ${atWanted('fork', 'forks')}
UNION ALL ${atWanted('refused', 'refused')}
UNION ALL SELECT ${keptColumns('refused')} FROM refused e
  WHERE e.tenant_id = $1 AND e.terminal_id = $2 AND (e.declared_hash = ANY($6) OR e.text_hash = ANY($6))`);

const storedSql = prepared(
  `SELECT kept.* FROM unnest($3::bigint[], $4::bigint[], $5::bigint[]) AS w (epoch, from_seq, to_seq)
   CROSS JOIN LATERAL (SELECT ${keptColumns('event')} FROM events e WHERE e.tenant_id = $1 AND e.terminal_id = $2
     AND e.epoch = w.epoch AND e.seq BETWEEN w.from_seq AND w.to_seq OFFSET 0) AS kept`,
);

/** Loads all that is kept around the positions, ids and hashes that a batch names. */
export const loadLedger = async (
  transaction: Transaction,
  sender: Sender,
  { items, head }: Subject,
  facts: TerminalFacts,
): Promise<Ledger> => {
  const epochs = [1, ...facts.starts.map(({ epoch }) => epoch)];
  const places = [[head.epoch, head.seq], ...items.flatMap((item) => placesOf(item, epochs))];
  const values = [
    sender.tenant_id,
    sender.terminal_id,
    places.map(([epoch]) => epoch),
    places.map(([, seq]) => seq),
    items.map(({ local_id }) => local_id).filter(isUuid),
    items.flatMap(hashesOf),
  ];
  const { rows } = await transaction.query<Kept>({ ...keptSql, values });
  return new Ledger(rows, facts.starts, facts.enrolled_seq);
};

const placesOf = (item: Inspected, epochs: readonly number[]): readonly Place[] => {
  if (item.kind === 'damaged') {
    const { claim } = item;
    return claim ? [claim.seq, claim.seq - 1].map((seq) => [claim.epoch, seq] as const) : [];
  }
  if (item.kind !== 'genuine') return [];
  const { epoch, seq } = item.envelope;
  const previous = item.event?.type === 'EpochStarted' ? [item.event.data.previous.epoch] : [];
  return [[epoch, seq], ...[epoch, ...previous, ...epochs].map((before) => [before, seq - 1] as const)];
};

const hashesOf = (item: Inspected): readonly string[] => {
  if (item.kind === 'damaged') return [item.declared_hash];
  return item.kind === 'genuine' ? [item.hash, item.envelope.prev_hash] : [];
};

/** An event that is to be stored. */
export type NewEvent = Extract<Decision, { does: 'accept' }>;

// Canonical JSON holds no line break, so the texts travel as one text: much cheaper than an array of long strings.
const insertSql = `INSERT INTO events
     (tenant_id, terminal_id, received_at, local_id, epoch, seq, type, session_id, hash, remote_id, event)
   SELECT $1, $2, $3, * FROM unnest($4::uuid[], $5::bigint[], $6::bigint[], $7::text[], $8::uuid[], $9::text[],
     $10::uuid[], string_to_array($11, E'\\n'))`;

// Being ready for somebody else who takes an id meanwhile costs a third of the time, and hardly ever happens.
const insertAll = prepared(insertSql);
const insertFree = prepared(`${insertSql} ON CONFLICT DO NOTHING`);

/**
 * Stores new events with one statement. Carefully, those are left out of which somebody else took the id meanwhile;
 * otherwise one lets all of them fail.
 * @returns how many were stored
 */
export const insertEvents = async (
  transaction: Transaction,
  sender: Sender,
  events: readonly NewEvent[],
  { receivedAt, isCareful }: { readonly receivedAt: Date; readonly isCareful: boolean },
): Promise<number> => {
  if (events.length === 0) return 0;
  const envelopes = events.map(({ item }) => item.envelope);
  const { rowCount } = await transaction.query({
    ...(isCareful ? insertFree : insertAll),
    values: [
      sender.tenant_id,
      sender.terminal_id,
      receivedAt,
      postgresArray(envelopes.map(({ local_id }) => local_id)),
      postgresArray(envelopes.map(({ epoch }) => epoch)),
      postgresArray(envelopes.map(({ seq }) => seq)),
      postgresArray(envelopes.map(({ type }) => type)),
      postgresArray(envelopes.map(({ session_id }) => session_id)),
      postgresArray(events.map(({ item }) => item.hash)),
      postgresArray(events.map(({ remote_id }) => remote_id)),
      events.map(({ item }) => item.text).join('\n'),
    ],
  });
  return rowCount ?? 0;
};

/** Keeps disputed events as evidence; counts how often each was sent. */
export const insertForks = async (
  transaction: Transaction,
  sender: Sender,
  decisions: readonly Decision[],
  receivedAt: Date,
): Promise<void> => {
  const forks = decisions.filter((decision) => decision.does === 'fork').map(({ item }) => item);
  for (const { local_id, hash, envelope, text } of new Map(forks.map((item) => [item.hash, item])).values()) {
    const { epoch, seq, type, session_id } = envelope;
    await transaction.query(
      `INSERT INTO forks (tenant_id, terminal_id, hash, local_id, epoch, seq, type, session_id, event, attempts, first_at,
         last_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $10)
       ON CONFLICT (tenant_id, terminal_id, hash) DO UPDATE
         SET attempts = forks.attempts + 1, last_at = excluded.last_at`,
      [sender.tenant_id, sender.terminal_id, hash, local_id, epoch, seq, type, session_id, text, receivedAt],
    );
  }
};

/** Keeps refused texts, drops those that were accepted now, and puts those in place of which that became certain. */
export const updateRefused = async (
  transaction: Transaction,
  sender: Sender,
  { decisions, placements }: { readonly decisions: readonly Decision[]; readonly placements: readonly Placement[] },
  receivedAt: Date,
): Promise<void> => {
  for (const decision of decisions) {
    if (decision.does === 'refuse') await keepRefused(transaction, sender, decision, receivedAt);
  }
  // Some of them were refused a moment ago.
  for (const { declared_hash, epoch, seq } of placements) {
    await transaction.query(
      'UPDATE refused SET epoch = $4, seq = $5 WHERE tenant_id = $1 AND terminal_id = $2 AND declared_hash = $3',
      [sender.tenant_id, sender.terminal_id, declared_hash, epoch, seq],
    );
  }
};

const keepRefused = async (
  transaction: Transaction,
  sender: Sender,
  { item, rejection, position }: Extract<Decision, { does: 'refuse' }>,
  receivedAt: Date,
): Promise<void> => {
  const declared_hash = item.kind === 'genuine' ? item.hash : item.declared_hash;
  const text_hash = item.kind === 'genuine' ? item.hash : item.text_hash;
  await transaction.query(
    `INSERT INTO refused (tenant_id, terminal_id, declared_hash, text_hash, local_id, epoch, seq, code, reason, permanent,
       event_json, attempts, first_at, last_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12, $12)
     ON CONFLICT (tenant_id, terminal_id, declared_hash) DO UPDATE
       SET attempts = refused.attempts + 1, last_at = excluded.last_at, code = excluded.code, reason = excluded.reason,
         permanent = excluded.permanent, text_hash = excluded.text_hash, event_json = excluded.event_json,
         local_id = excluded.local_id, epoch = coalesce(excluded.epoch, refused.epoch),
         seq = coalesce(excluded.seq, refused.seq)`,
    [
      sender.tenant_id,
      sender.terminal_id,
      declared_hash,
      text_hash,
      item.local_id,
      position?.epoch ?? null,
      position?.seq ?? null,
      rejection.code,
      rejection.reason,
      rejection.permanent,
      JSON.stringify(item.text),
      receivedAt,
    ],
  );
};

/**
 * The epoch that a log shall start: above every one that central has seen of the terminal or promised to a copy of it.
 * The same log, asking again because the answer was lost, gets the same one.
 *
 * @param head of the log that is promised it
 */
export const promiseEpoch = async (transaction: Transaction, sender: Sender, head: Head): Promise<number> => {
  const newest = (table: string): string =>
    `(SELECT max(epoch) FROM ${table} WHERE tenant_id = $1 AND terminal_id = $2)`;
  const { rows } = await transaction.query<{ promised_epoch: number }>(
    `WITH seen AS (SELECT greatest($3::bigint, ${['events', 'forks', 'refused', 'heads'].map(newest).join(', ')}) AS epoch)
     UPDATE terminals t SET promised_to = $4, promised_epoch = CASE
         WHEN t.promised_to = $4 AND t.promised_epoch > seen.epoch THEN t.promised_epoch
         ELSE greatest(seen.epoch, t.promised_epoch) + 1 END
     FROM seen WHERE t.tenant_id = $1 AND t.terminal_id = $2 RETURNING t.promised_epoch`,
    [sender.tenant_id, sender.terminal_id, head.epoch, head.hash],
  );
  const [row] = rows;
  if (!row) throw new Error(`Terminal ${sender.terminal_id} vanished while its batch was taken in.`);
  return row.promised_epoch;
};

/** Forgets the refusal of events that are accepted after all. */
export const dropRefused = async (
  transaction: Transaction,
  sender: Sender,
  hashes: readonly string[],
): Promise<void> => {
  if (hashes.length === 0) return;
  await transaction.query('DELETE FROM refused WHERE tenant_id = $1 AND terminal_id = $2 AND declared_hash = ANY($3)', [
    sender.tenant_id,
    sender.terminal_id,
    hashes,
  ]);
};
