import {
  type Certificate,
  type CertifiedStretch,
  type SignedCertificate,
  signCertificate,
} from '../events/certificate.js';
import { noHash, readText, UnreadableEvent } from '../events/envelope.js';
import { verifyHead } from '../events/signature.js';
import { type StretchFault, StretchWalk } from '../events/stretch.js';
import type { Ports } from '../ports.js';
import { newestArchive } from './archives.js';
import { signingKey } from './certificate-keys.js';
import type { CentralDatabase, Transaction } from './database.js';
import { Problem, ProblemList } from './problem.js';
import { type CentralLogRow, rowsAfter } from './log-rows.js';
import { isUuid } from './tenant.js';

/** Which day of which terminal. */
export interface CertifiedDay {
  readonly tenant_id: string;
  readonly terminal_id: string;
  /** YYYY-MM-DD. */
  readonly business_date: string;
}

/** So many findings are named when a certificate is refused. */
const problemsNamedMax = 50;

/** A part of one epoch in which sessions of the day lie, as far as the tables say. */
interface Span {
  readonly epoch: number;
  readonly first_seq: number;
  readonly last_seq: number;
}

interface KnownDay {
  readonly public_key: string;
  readonly session_ids: ReadonlySet<string>;
  readonly spans: readonly Span[];
  readonly heads: ReadonlyMap<number, KnownHead>;
  /** Hashes of what is kept just before the spans, by their seq. */
  readonly before: ReadonlyMap<number, readonly string[]>;
  readonly refused: Certificate['refused'];
  readonly disputed: Certificate['disputed'];
}

interface KnownHead {
  readonly epoch: number;
  readonly seq: number;
  readonly hash: string;
  readonly signature: string;
}

/**
 * Certifies that central holds every event of a terminal's business date, unchanged: it reads the raw texts of the day
 * and follows the chain from the event before it up to a head that the terminal signed after it. Read models only say
 * where the day has to lie, so that what is gone from the log is missed.
 *
 * @throws Problem TERMINAL_UNKNOWN or DAY_UNKNOWN 404; CERTIFICATE_REFUSED 409, which names every position that is wrong
 */
export const issueCertificate = async (
  db: CentralDatabase,
  day: CertifiedDay,
  ports: Ports,
): Promise<SignedCertificate> => {
  const known = await db.inTenant(day.tenant_id, (transaction) => knownDay(transaction, day));
  const reading = new DayReading(known, day);
  for (const span of known.spans) await reading.read(db, span);
  const { certificate, problems } = reading.result(new Date(ports.clock.wall()).toISOString());
  if (problems.length > 0) {
    throw new ProblemList(
      409,
      'CERTIFICATE_REFUSED',
      'The day cannot be certified: its log is not complete, not closed or not what the terminal recorded. No certificate was made.',
      problems.slice(0, problemsNamedMax),
    );
  }
  const pem = await db.inTenant(day.tenant_id, (transaction) => signingKey(transaction, day.tenant_id));
  return signCertificate(certificate, pem);
};

/** Reads the raw texts of a day and collects what a certificate says and what speaks against one. */
class DayReading {
  private readonly stretches: CertifiedStretch[] = [];
  private readonly opened = new Map<string, { readonly epoch: number; readonly seq: number }>();
  private readonly sessions: Certificate['sessions'] = [];
  private readonly closed = new Set<string>();
  private readonly problems: string[] = [];

  constructor(
    private readonly known: KnownDay,
    private readonly day: CertifiedDay,
  ) {}

  /** Reads one span, and on to the signed head behind it. */
  async read(db: CentralDatabase, span: Span): Promise<void> {
    const { epoch, first_seq, last_seq } = span;
    const head = this.known.heads.get(epoch);
    const until = Math.max(last_seq, head?.seq ?? 0);
    const walk = new StretchWalk({ terminal_id: this.day.terminal_id, epoch, seq: first_seq });
    let head_hash = noHash;
    for await (const row of this.rowsOf(db, span, until)) {
      walk.take(row);
      if (row.seq <= last_seq) this.note(row);
      if (row.seq === last_seq) head_hash = row.hash;
    }
    for (const fault of walk.end(until)) this.problems.push(faultText(fault));
    this.checkBefore(span, walk.prev_hash);
    this.checkHead(span, head, walk.head_hash);
    const events_count = last_seq - first_seq + 1;
    this.stretches.push({
      ...{ epoch, first_seq, last_seq, events_count },
      ...{ prev_hash: walk.prev_hash ?? noHash, head_hash },
    });
  }

  private async *rowsOf(db: CentralDatabase, { epoch, first_seq }: Span, until: number): AsyncGenerator<CentralLogRow> {
    for await (const rows of rowsAfter(db, this.day, { epoch, seq: first_seq - 1 })) {
      for (const row of rows) {
        if (row.epoch !== epoch || row.seq > until) return;
        yield row;
      }
    }
  }

  /** What was read, and why it cannot be certified; nothing of the latter when it can. */
  result(issued_at: string): { readonly certificate: Certificate; readonly problems: readonly string[] } {
    const { public_key: terminal_public_key, session_ids, refused, disputed } = this.known;
    for (const session_id of session_ids) {
      const opened = this.opened.get(session_id);
      if (opened && this.closed.has(session_id)) continue;
      const where = opened
        ? `opened with event ${String(opened.seq)} of epoch ${String(opened.epoch)}`
        : 'whose opening is not kept';
      this.problems.push(`SESSION_OPEN: session ${session_id}, ${where}, has no recorded end`);
    }
    const { stretches } = this;
    const events_count = stretches.reduce((sum, stretch) => sum + stretch.events_count, 0);
    const { tenant_id, terminal_id, business_date } = this.day;
    const certificate: Certificate = {
      ...{ format: 'tillog-certificate', version: 1, tenant_id, terminal_id, terminal_public_key, business_date },
      ...{ stretches, events_count, sessions: this.sessions, refused, disputed, issued_at },
    };
    return { certificate, problems: this.problems };
  }

  private note({ event: text, epoch, seq }: CentralLogRow): void {
    const event = eventOf(text);
    const session_id = event?.session_id ?? null;
    if (!event || session_id === null || !this.known.session_ids.has(session_id)) return;
    if (event.type === 'SessionOpened') this.opened.set(session_id, { epoch, seq });
    if (event.type !== 'SessionClosed') return;
    const { training, z_number } = event.data.z_report;
    const opened = this.opened.get(session_id);
    if (!opened) return;
    this.closed.add(session_id);
    this.sessions.push({ session_id, training, z_number, opened, closed: { epoch, seq } });
  }

  private checkBefore({ epoch, first_seq }: Span, prev_hash: string | null): void {
    if (first_seq === 1 || prev_hash === null) return;
    const kept = this.known.before.get(first_seq - 1) ?? [];
    if (kept.includes(prev_hash)) return;
    const code = kept.length === 0 ? 'MISSING' : 'ALTERED';
    const detail = 'it is not what the first event of the day names as the one before it';
    this.problems.push(faultText({ epoch, from_seq: first_seq - 1, to_seq: first_seq - 1, code, detail }));
  }

  private checkHead({ epoch, last_seq }: Span, head: KnownHead | undefined, reached: string | null): void {
    if (!head || head.seq < last_seq) {
      const from = (head?.seq ?? 0) + 1;
      this.problems.push(
        `UNSIGNED: events ${String(from)} to ${String(last_seq)} of epoch ${String(epoch)} lie after the last head that the terminal signed`,
      );
      return;
    }
    const isSigned = verifyHead(this.day.terminal_id, head, this.known.public_key);
    if (isSigned && head.hash === reached) return;
    const detail = isSigned
      ? 'it is not what the terminal signed'
      : 'the head kept for it is not signed by the terminal';
    this.problems.push(faultText({ epoch, from_seq: head.seq, to_seq: head.seq, code: 'ALTERED', detail }));
  }
}

const eventOf = (text: string) => {
  try {
    return readText(text);
  } catch (cause) {
    // A text that central refused, or that was altered: what is wrong with it is found elsewhere.
    if (cause instanceof UnreadableEvent) return undefined;
    throw cause;
  }
};

const faultText = ({ epoch, from_seq, to_seq, code, detail }: StretchFault): string => {
  const where = from_seq === to_seq ? `event ${String(from_seq)}` : `events ${String(from_seq)} to ${String(to_seq)}`;
  return `${code}: ${where} of epoch ${String(epoch)}: ${detail}`;
};

const knownDay = async (transaction: Transaction, day: CertifiedDay): Promise<KnownDay> => {
  const { tenant_id, terminal_id } = day;
  const terminals = isUuid(terminal_id)
    ? await transaction.query<{ public_key: string }>(
        'SELECT public_key FROM terminals WHERE tenant_id = $1 AND terminal_id = $2',
        [tenant_id, terminal_id],
      )
    : { rows: [] };
  const terminal = terminals.rows[0];
  if (!terminal) throw new Problem(404, 'TERMINAL_UNKNOWN', 'There is no such terminal.');
  const totals = await sessionTotals(transaction, day);
  const spans = await spansOf(transaction, day, totals);
  if (spans.length === 0) {
    throw new Problem(404, 'DAY_UNKNOWN', 'Central knows no session of this terminal on that business date.');
  }
  await refuseArchived(transaction, day, spans);
  const { rows: heads } = await transaction.query<KnownHead>(
    'SELECT epoch, seq, hash, signature FROM heads WHERE tenant_id = $1 AND terminal_id = $2',
    [tenant_id, terminal_id],
  );
  return {
    public_key: terminal.public_key,
    session_ids: new Set(totals.map(({ session_id }) => session_id)),
    spans,
    heads: new Map(heads.map((head) => [head.epoch, head])),
    before: await keptAt(
      transaction,
      day,
      spans.map(({ first_seq }) => first_seq - 1),
    ),
    ...(await besideTheLog(transaction, day, spans)),
  };
};

const refuseArchived = async (transaction: Transaction, day: CertifiedDay, spans: readonly Span[]): Promise<void> => {
  const archive = await newestArchive(transaction, day);
  if (!archive || spans.every(({ first_seq }) => first_seq > archive.to_seq)) return;
  const { to_seq, file_name } = archive;
  throw new ProblemList(409, 'CERTIFICATE_REFUSED', 'The day is archived, so that its texts cannot be read here.', [
    `ARCHIVED: events 1 to ${String(to_seq)} lie in ${file_name}. Put them back (tillog central unarchive FILE), then ask again.`,
  ]);
};

interface SessionTotal {
  readonly session_id: string;
  /** Of its first event. */
  readonly epoch: number;
  readonly first_seq: number;
  /** Of its closing at least; null while it is open. */
  readonly last_seq: number | null;
}

// What was opened that day, as the read models know it and as the raw events say: either may have been tampered with.
const sessionsSql = `
SELECT session_id::text, epoch, (report ->> 'first_seq')::bigint AS first_seq,
  CASE WHEN status = 'closed' THEN (report ->> 'last_seq')::bigint + 1 END AS last_seq
FROM session_totals WHERE tenant_id = $1 AND terminal_id = $2::text AND business_date = $3::text
UNION ALL
SELECT session_id::text, epoch, seq, NULL FROM events e
WHERE tenant_id = $1 AND terminal_id = $2::uuid AND type = 'SessionOpened' AND session_id IS NOT NULL
  AND event LIKE '%"business_date":"' || $3::text || '"%'
  AND NOT EXISTS (SELECT 1 FROM session_totals t WHERE t.tenant_id = e.tenant_id AND t.session_id = e.session_id::text)`;

const sessionTotals = async (
  transaction: Transaction,
  { tenant_id, terminal_id, business_date }: CertifiedDay,
): Promise<readonly SessionTotal[]> => {
  if (!/^\d{4}-\d{2}-\d{2}$/u.test(business_date)) return [];
  const { rows } = await transaction.query<SessionTotal>(sessionsSql, [tenant_id, terminal_id, business_date]);
  return rows;
};

const spansSql = `
SELECT session_id::text, epoch, min(seq) AS first_seq, max(seq) AS last_seq FROM events
WHERE tenant_id = $1 AND terminal_id = $2 AND seq >= $3 AND session_id = ANY($4::uuid[])
GROUP BY session_id, epoch ORDER BY epoch`;

/** Where the day lies in each epoch: what is there of it, and what the read models say must be there. */
const spansOf = async (
  transaction: Transaction,
  { tenant_id, terminal_id }: CertifiedDay,
  totals: readonly SessionTotal[],
): Promise<readonly Span[]> => {
  const from = Math.min(...totals.map(({ first_seq }) => first_seq));
  const ids = totals.map(({ session_id }) => session_id);
  const values = [tenant_id, terminal_id, Number.isFinite(from) ? from : 1, ids];
  const { rows } = await transaction.query<Span & { readonly session_id: string }>(spansSql, values);
  const spans = new Map<number, Span>();
  const widen = (epoch: number, ...seqs: readonly number[]): void => {
    const { first_seq = Infinity, last_seq = 0 } = spans.get(epoch) ?? {};
    spans.set(epoch, { epoch, first_seq: Math.min(first_seq, ...seqs), last_seq: Math.max(last_seq, ...seqs) });
  };
  for (const { epoch, first_seq, last_seq } of rows) widen(epoch, first_seq, last_seq);
  for (const { session_id, epoch, first_seq, last_seq } of totals) {
    widen(epoch, first_seq);
    const newest = rows.findLast((row) => row.session_id === session_id)?.epoch ?? epoch;
    if (last_seq !== null) widen(newest, last_seq);
  }
  return [...spans.values()].sort((a, b) => a.epoch - b.epoch);
};

/** What is kept at positions, whichever branch it is of: an epoch goes on from an event of an earlier one. */
const keptAt = async (
  transaction: Transaction,
  { tenant_id, terminal_id }: CertifiedDay,
  seqs: readonly number[],
): Promise<ReadonlyMap<number, readonly string[]>> => {
  const { rows } = await transaction.query<{ seq: number; hash: string }>(
    `SELECT seq, hash FROM events WHERE tenant_id = $1 AND terminal_id = $2 AND seq = ANY($3::bigint[])
     UNION ALL SELECT seq, hash FROM forks WHERE tenant_id = $1 AND terminal_id = $2 AND seq = ANY($3::bigint[])
     UNION ALL SELECT seq, declared_hash FROM refused WHERE tenant_id = $1 AND terminal_id = $2 AND seq = ANY($3::bigint[])`,
    [tenant_id, terminal_id, seqs],
  );
  const kept = new Map<number, string[]>();
  for (const { seq, hash } of rows) kept.set(seq, [...(kept.get(seq) ?? []), hash]);
  return kept;
};

/** What was refused and what is disputed within the spans. */
const besideTheLog = async (
  transaction: Transaction,
  { tenant_id, terminal_id }: CertifiedDay,
  spans: readonly Span[],
): Promise<Pick<KnownDay, 'refused' | 'disputed'>> => {
  const within = `JOIN unnest($3::bigint[], $4::bigint[], $5::bigint[]) AS span (epoch, first_seq, last_seq)
    ON span.epoch = kept.epoch AND kept.seq BETWEEN span.first_seq AND span.last_seq
    WHERE kept.tenant_id = $1 AND kept.terminal_id = $2`;
  const values = [
    ...[tenant_id, terminal_id, spans.map(({ epoch }) => epoch)],
    ...[spans.map(({ first_seq }) => first_seq), spans.map(({ last_seq }) => last_seq)],
  ];
  const refused = await transaction.query<Certificate['refused'][number]>(
    `SELECT kept.epoch, kept.seq, kept.declared_hash AS hash, kept.code FROM refused kept ${within}
     AND NOT EXISTS (SELECT 1 FROM events e WHERE e.tenant_id = $1 AND e.terminal_id = $2 AND e.epoch = kept.epoch
       AND e.seq = kept.seq) ORDER BY 1, 2, 3`,
    values,
  );
  const disputed = await transaction.query<Certificate['disputed'][number]>(
    `SELECT kept.epoch, kept.seq, kept.hash, kept.adopted_at IS NOT NULL AS adopted FROM forks kept ${within}
     ORDER BY 1, 2, 3`,
    values,
  );
  return { refused: refused.rows, disputed: disputed.rows };
};
