import { openEnvelope, readText } from '../events/envelope.js';
import { sessions, type SessionRow } from '../projections/sessions.js';
import type { Transaction } from './database.js';

/** An event of a session, on whichever branch. */
interface Item {
  readonly epoch: number;
  readonly seq: number;
  readonly hash: string;
  readonly text: string;
  /** Whether it is accepted or adopted; a disputed one is not. */
  readonly counts: boolean;
}

/**
 * Takes a session apart that a restored or copied disk went on with: one row for each branch, with the sum of what led to
 * it and with its own Z. A session that knows one branch alone, or whose texts are archived, is
 * left as it is.
 */
export const alongBranches = async (
  transaction: Transaction,
  tenant_id: string,
  rows: readonly SessionRow[],
): Promise<readonly SessionRow[]> => {
  const { rows: starts } = await transaction.query<{ session_id: string }>(
    `SELECT DISTINCT session_id::text FROM events s WHERE tenant_id = $1 AND type = 'EpochStarted'
       AND session_id = ANY($2::uuid[]) AND terminal_id = ANY($3::uuid[]) AND NOT EXISTS (SELECT 1 FROM events a
         WHERE a.tenant_id = s.tenant_id AND a.terminal_id = s.terminal_id AND a.session_id = s.session_id
           AND a.archived_at IS NOT NULL)`,
    [tenant_id, rows.map(({ session_id }) => session_id), rows.map(({ terminal_id }) => terminal_id)],
  );
  const branched = new Set(starts.map(({ session_id }) => session_id));
  const apart: SessionRow[] = [];
  for (const row of rows) {
    if (branched.has(row.session_id)) apart.push(...branchesIn(row, await itemsOf(transaction, tenant_id, row)));
    else apart.push(row);
  }
  return apart;
};

const itemsOf = async (transaction: Transaction, tenant_id: string, row: SessionRow): Promise<readonly Item[]> => {
  const mine = 'WHERE tenant_id = $1 AND terminal_id = $2 AND epoch >= $3 AND seq >= $4 AND session_id = $5';
  const { rows } = await transaction.query<Item>(
    `SELECT epoch, seq, hash, event AS text, true AS counts FROM events ${mine}
     UNION ALL SELECT epoch, seq, hash, event, adopted_at IS NOT NULL FROM forks ${mine} ORDER BY seq, epoch`,
    [tenant_id, row.terminal_id, row.epoch, row.report.first_seq, row.session_id],
  );
  return rows;
};

const branchesIn = (row: SessionRow, items: readonly Item[]): readonly SessionRow[] => {
  const parents = parentsOf(items);
  const inner = new Set(parents.values());
  const pathTo = (tip: Item): readonly Item[] => {
    const path: Item[] = [];
    for (let at: Item | undefined = tip; at; at = parents.get(at)) path.unshift(at);
    return path.filter(({ counts }) => counts);
  };
  const paths = items.filter((item) => !inner.has(item)).map(pathTo);
  // A branch that ends in disputed events alone ends where another one goes on from: it has nothing of its own yet.
  const own = paths.filter((path, index) => {
    const last = path.at(-1);
    return last && !paths.some((other, at) => other.includes(last) && (other.length > path.length || at < index));
  });
  return own.map((path) => ({ ...folded(path, row), epoch: path.at(-1)?.epoch ?? row.epoch }));
};

/** What each event follows: the event whose hash it names, or over a refused text the one before that. */
const parentsOf = (items: readonly Item[]): ReadonlyMap<Item, Item> => {
  const byHash = new Map(items.map((item) => [item.hash, item]));
  const parents = new Map<Item, Item>();
  for (const [index, item] of items.entries()) {
    const before = (other: Item): boolean => other.seq < item.seq && other.epoch <= item.epoch;
    const parent = byHash.get(openEnvelope(item.text).prev_hash) ?? items.slice(0, index).findLast(before);
    if (parent) parents.set(item, parent);
  }
  return parents;
};

const folded = (path: readonly Item[], row: SessionRow): SessionRow => {
  let sum: SessionRow | undefined;
  for (const { text } of path) sum = sessions.reduce(sum, readText(text), row.session_id);
  return sum ?? row;
};
