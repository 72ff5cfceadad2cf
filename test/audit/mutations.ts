import type { LogRow } from '../../src/audit/source.js';
import { chained, type MemoryLog, rewritten, rowOf, type Written } from './memory-log.js';
import { idOf } from './steady-id.js';

/** The same whole numbers in every run: below `limit`, drawn by mulberry32. */
export const draws = (seed: number): Draw => {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
};

export type Draw = (limit: number) => number;

/** One change of a log, and what a verification must say of it. */
export interface Mutated {
  readonly log: MemoryLog;
  /** The first position that is not what it was: nothing is found before it. */
  readonly from: number;
  /** Each as code and seq: all of them are found. None where nothing vouches for what was changed. */
  readonly found: readonly string[];
}

/** Changes one thing of a log. */
export type Mutate = (log: MemoryLog, draw: Draw) => Mutated;

/** What cannot be told from the log alone, because nothing vouches for it any more. */
const untold: readonly string[] = [];

const headFrom = ({ heads }: MemoryLog, seq: number): readonly string[] => {
  const head = heads.find((signed) => signed.seq >= seq);
  return head ? [`HEAD_WRONG ${String(head.seq)}`] : untold;
};

const replaced = (rows: readonly LogRow[], index: number, row: LogRow): readonly LogRow[] => rows.with(index, row);

const at = (rows: readonly LogRow[], index: number): LogRow => {
  const row = rows[index];
  if (!row) throw new Error(`there is no row ${String(index)}`);
  return row;
};

/** Says something else, and something that is possible. */
const edit =
  (draw: Draw) =>
  (event: Written): void => {
    event.catalog_version += 1 + draw(1000);
  };

const forged = (after: LogRow, draw: Draw): LogRow =>
  rewritten(after, (event) => {
    const nothing = { staff_name: null, approver_name: null, paper: null };
    Object.assign(event, { data: { reason: 'sale', cause_local_id: event.local_id, ...nothing } });
    event.seq += 1;
    event.local_id = idOf(`forged ${String(draw(1_000_000))}`);
    event.type = 'DrawerOpened';
    event.prev_hash = after.hash;
  });

const zRows = ({ rows }: MemoryLog): readonly LogRow[] => rows.filter(({ event }) => /"z_number":\d/u.test(event));

type Change = (z: Record<string, unknown>) => void;

const zChanges: readonly (readonly [code: string, change: Change])[] = [
  ...['sales_count', 'gross_minor', 'tax_minor', 'net_minor', 'rounding_minor', 'voids_minor', 'lines_count'].map(
    (field) => ['Z_WRONG', (z: Record<string, unknown>) => void (z[field] = Number(z[field]) + 1)] as const,
  ),
  ['PERPETUAL_WRONG', (z) => void (z['turnover_minor'] = Number(z['turnover_minor']) - 5)],
  ['Z_WRONG', (z) => void (z['expected'] = [])],
  ['Z_WRONG', (z) => void (z['drawer_opens'] = [])],
  ['Z_NUMBER_WRONG', (z) => void (z['z_number'] = Number(z['z_number']) + 1)],
  ['PERPETUAL_WRONG', (z) => void (z['perpetual'] = { turnover_minor: 1, absolute_minor: 1 })],
];

const editZ: Mutate = (log, draw) => {
  const zs = zRows(log);
  const { seq } = at(zs, draw(zs.length));
  const [code, change] = zChanges[draw(zChanges.length)] ?? ['', () => undefined];
  const edited = rewritten(at(log.rows, seq - 1), ({ data }) => {
    if (data.z_report) change(data.z_report);
  });
  const rows = chained(replaced(log.rows, seq - 1, edited), seq);
  return { log: { ...log, rows }, from: seq, found: [`${code} ${String(seq)}`, ...headFrom(log, seq)] };
};

/** Each of these is done to a log by somebody who has the file and not the key. */
export const mutations: Readonly<Record<string, Mutate>> = {
  'edit a byte of a text': (log, draw) => {
    const index = draw(log.rows.length);
    const row = at(log.rows, index);
    const place = draw(row.event.length);
    const code = 0x20 + ((row.event.charCodeAt(place) - 0x20 + 1 + draw(94)) % 95);
    const event = row.event.slice(0, place) + String.fromCharCode(code) + row.event.slice(place + 1);
    return {
      log: { ...log, rows: replaced(log.rows, index, { ...row, event }) },
      from: row.seq,
      found: [`HASH_WRONG ${row.seq}`],
    };
  },
  'change a digit of a hash': (log, draw) => {
    const index = draw(log.rows.length);
    const row = at(log.rows, index);
    const place = draw(64);
    const digit = ((parseInt(row.hash.charAt(place), 16) + 1 + draw(15)) % 16).toString(16);
    const hash = row.hash.slice(0, place) + digit + row.hash.slice(place + 1);
    return {
      log: { ...log, rows: replaced(log.rows, index, { ...row, hash }) },
      from: row.seq,
      found: [`HASH_WRONG ${row.seq}`],
    };
  },
  'edit a text and hash it again': (log, draw) => {
    const index = draw(log.rows.length);
    const rows = replaced(log.rows, index, rewritten(at(log.rows, index), edit(draw)));
    const isHead = log.heads.some(({ seq }) => seq === index + 1);
    const next = index + 1 < rows.length ? [`CHAIN_BROKEN ${String(index + 2)}`] : untold;
    return { log: { ...log, rows }, from: index + 1, found: [...(isHead ? headFrom(log, index + 1) : []), ...next] };
  },
  'edit a text and chain everything after it again': (log, draw) => {
    const index = draw(log.rows.length);
    const rows = chained(replaced(log.rows, index, rewritten(at(log.rows, index), edit(draw))), index + 1);
    return { log: { ...log, rows }, from: index + 1, found: headFrom(log, index + 1) };
  },
  'write a text in another form and hash it again': (log, draw) => {
    const index = draw(log.rows.length);
    const row = at(log.rows, index);
    const form = [
      (text: string) => ` ${text}`,
      (text: string) => text.replace(',"', ', "'),
      (text: string) => text.replace('"epoch":1', '"epoch":1.0'),
      (text: string) => text.replace('"type"', '"typ\\u0065"'),
      (text: string) => text.replace(/^\{("[^,]*),("[^,]*),/u, '{$2,$1,'),
    ][draw(5)];
    const rows = replaced(log.rows, index, rowOf(row, form?.(row.event) ?? ''));
    return { log: { ...log, rows }, from: row.seq, found: [`NOT_CANONICAL ${row.seq}`] };
  },
  'drop an event': (log, draw) => {
    const index = draw(log.rows.length);
    const isLast = index + 1 === log.rows.length;
    const rows = log.rows.toSpliced(index, 1);
    return { log: { ...log, rows }, from: index + 1, found: isLast ? untold : [`GAP ${String(index + 1)}`] };
  },
  'drop an event and chain everything after it again': (log, draw) => {
    const index = draw(log.rows.length);
    const rows = chained(log.rows.toSpliced(index, 1), index);
    return { log: { ...log, rows }, from: index + 1, found: headFrom(log, index + 1) };
  },
  'swap two events': (log, draw) => {
    const [one, two] = [draw(log.rows.length - 1), draw(log.rows.length - 1)].sort((a, b) => a - b) as [number, number];
    const other = two + 1;
    const [a, b] = [at(log.rows, one), at(log.rows, other)];
    const rows = log.rows.with(one, { ...b, seq: a.seq }).with(other, { ...a, seq: b.seq });
    return {
      log: { ...log, rows },
      from: a.seq,
      found: [`GAP ${a.seq}`, `COLUMN_WRONG ${a.seq}`, `COLUMN_WRONG ${b.seq}`],
    };
  },
  'put a copy of an event behind it': (log, draw) => {
    const index = draw(log.rows.length);
    const row = at(log.rows, index);
    return { log: { ...log, rows: log.rows.toSpliced(index, 0, row) }, from: row.seq, found: [`DUPLICATE ${row.seq}`] };
  },
  'put a copy of an event at the end': (log, draw) => {
    const { rows } = log;
    const seq = rows.length + 1;
    const copy = { ...at(rows, draw(rows.length)), seq };
    return { log: { ...log, rows: [...rows, copy] }, from: seq, found: [`COLUMN_WRONG ${seq}`, `CHAIN_BROKEN ${seq}`] };
  },
  'insert an event': (log, draw) => {
    const index = draw(log.rows.length - 1);
    const made = forged(at(log.rows, index), draw);
    return {
      log: { ...log, rows: log.rows.toSpliced(index + 1, 0, made) },
      from: made.seq,
      found: [`DUPLICATE ${made.seq}`],
    };
  },
  'insert an event and chain everything after it again': (log, draw) => {
    const index = draw(log.rows.length);
    const rows = chained(log.rows.toSpliced(index + 1, 0, forged(at(log.rows, index), draw)), index + 1);
    return { log: { ...log, rows }, from: index + 2, found: headFrom(log, index + 2) };
  },
  'cut off the end': (log, draw) => {
    const left = draw(log.rows.length);
    const isVouchedFor = log.heads.some(({ seq }) => seq > left);
    const found = isVouchedFor ? [`LOG_TRUNCATED ${String(left + 1)}`] : untold;
    return { log: { ...log, rows: log.rows.slice(0, left) }, from: left + 1, found };
  },
  'cut off the end with its heads': (log, draw) => {
    const left = 1 + draw(log.rows.length - 1);
    const heads = log.heads.filter(({ seq }) => seq <= left);
    return { log: { ...log, rows: log.rows.slice(0, left), heads }, from: left + 1, found: untold };
  },
  'change a Z and chain everything after it again': editZ,
  'give a receipt another number and chain everything after it again': (log, draw) => {
    const sales = log.rows.filter(({ event }) => /"type":"(Sale|Refund)Recorded"/u.test(event));
    const { seq } = at(sales, draw(sales.length));
    const edited = rewritten(at(log.rows, seq - 1), ({ data }) => {
      const receipt_index = (data.receipt_index ?? 0) + 1 + draw(20);
      const receipt_number = String(data.receipt_number).replace(/\d+$/u, String(receipt_index).padStart(6, '0'));
      Object.assign(data, { receipt_index, receipt_number });
    });
    const rows = chained(replaced(log.rows, seq - 1, edited), seq);
    return { log: { ...log, rows }, from: seq, found: [`RECEIPT_NUMBER_WRONG ${String(seq)}`, ...headFrom(log, seq)] };
  },
  'count positions on from another number': (log, draw) => {
    const index = draw(log.rows.length);
    const rows = chained(log.rows, index, index + 2 + draw(5));
    return { log: { ...log, rows }, from: index + 1, found: [`GAP ${String(index + 1)}`] };
  },
  'change a digit of a signature': (log, draw) => {
    const index = draw(log.heads.length);
    const head = log.heads[index];
    if (!head) throw new Error('there is no head');
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    const place = draw(80);
    const letter = letters.replace(head.signature.charAt(place), '').charAt(draw(51));
    const signature = head.signature.slice(0, place) + letter + head.signature.slice(place + 1);
    const heads = log.heads.with(index, { ...head, signature });
    return { log: { ...log, heads }, from: head.seq, found: [`SIGNATURE_WRONG ${String(head.seq)}`] };
  },
};
