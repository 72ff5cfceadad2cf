import type { LogRow, LogSource } from '../../src/audit/source.js';
import { canonical, hashOf } from '../../src/events/envelope.js';
import type { SignedHead } from '../../src/events/signature.js';
import type { LogFixture } from './log-fixture.js';

/** What an event says, for whoever writes it anew. */
export interface Written {
  seq: number;
  local_id: string;
  catalog_version: number;
  type: string;
  prev_hash: string;
  data: {
    receipt_index?: number;
    receipt_number?: string;
    training?: boolean;
    z_report?: Record<string, unknown> & { prev_hash: string };
  };
}

/** What a bundle says of a log: its events and its signed heads. Every change gives a new one. */
export interface MemoryLog {
  readonly terminal_id: string;
  readonly rows: readonly LogRow[];
  readonly heads: readonly SignedHead[];
}

/** The log of a fixture that was stopped. */
export const memoryOf = ({ terminal_id, stored, signedHeads }: LogFixture): MemoryLog => ({
  terminal_id,
  rows: stored.map(({ seq, epoch, envelope, hash }) => ({ seq, epoch, event: envelope, hash })),
  heads: signedHeads,
});

/** The log as an auditor opens it. */
export const sourceOf = ({ terminal_id, rows, heads }: MemoryLog): LogSource => ({
  name: 'memory',
  terminals: () =>
    Promise.resolve([
      {
        terminal_id,
        tenant_id: null,
        public_key: null,
        anchors: [],
        rows: () => [rows],
        forks: () => [],
        heads: () => [heads],
      },
    ]),
  defects: () => Promise.resolve([]),
  close: () => Promise.resolve(),
});

/** The members of a bundle of the log, as {@link exportBundle} writes them without a key. */
export const membersOf = ({ terminal_id, rows, heads }: MemoryLog): Readonly<Record<string, Uint8Array>> => {
  const linesOf = (items: readonly object[]): string => items.map((item) => `${JSON.stringify(item)}\n`).join('');
  const texts = { events: linesOf(rows), forks: '', heads: linesOf(heads) };
  const sizeOf = (text: string): number => Buffer.byteLength(text);
  const blocks = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, { offset: 0, bytes: sizeOf(text), lines: 0 }]),
  );
  const members = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [`${name}.jsonl`, { bytes: sizeOf(text), sha256: hashOf(text) }]),
  );
  const manifest = { members, terminals: [{ terminal_id, public_key: null, anchors: [], ...blocks }] };
  return {
    ...Object.fromEntries(Object.entries(texts).map(([name, text]) => [`${name}.jsonl`, Buffer.from(text)])),
    'manifest.json': Buffer.from(canonical(manifest)),
    'signature.json': Buffer.from(canonical({ public_key: null, signature: null })),
  };
};

/** The row with a text, and its hash. */
export const rowOf = (row: LogRow, event: string): LogRow => ({ ...row, event, hash: hashOf(event) });

/** The row with another text that says what `change` made of it. */
export const rewritten = (row: LogRow, change: (event: Written) => unknown): LogRow => {
  const event = JSON.parse(row.event) as Written;
  change(event);
  return rowOf({ ...row, seq: event.seq }, canonical(event));
};

/** Counts positions, links and the hash in every Z anew from an index on, as whoever has no key can. */
export const chained = (rows: readonly LogRow[], from: number, firstSeq = from + 1): readonly LogRow[] => {
  const made = rows.slice(0, from);
  for (const [index, row] of rows.slice(from).entries()) {
    const prev_hash = made.at(-1)?.hash ?? '0'.repeat(64);
    made.push(
      rewritten(row, (event) => {
        event.seq = firstSeq + index;
        event.prev_hash = prev_hash;
        if (event.data.z_report) event.data.z_report.prev_hash = prev_hash;
      }),
    );
  }
  return made;
};
