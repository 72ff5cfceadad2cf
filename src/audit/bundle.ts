import { createHash } from 'node:crypto';
import { z } from 'zod';

/**
 * A bundle is a tar archive (ustar, POSIX.1-1988) of these members in this order and of nothing else, so that whoever
 * has no tillog unpacks it with tar. Every byte of it is accounted for: the headers hold nothing but name and size, the
 * manifest holds the SHA-256 of the members before it, and the signature is over the manifest.
 */
export const memberNames = ['events.jsonl', 'forks.jsonl', 'heads.jsonl', 'manifest.json', 'signature.json'] as const;

/** One member of a bundle. */
export type MemberName = (typeof memberNames)[number];

/** The members with one JSON document a line, in blocks of one terminal each, in the order of the manifest. */
export type LinesName = Extract<MemberName, `${string}.jsonl`>;

const hex64 = z.string().regex(/^[0-9a-f]{64}$/u);
const count = z.int().min(0);
/** A block of lines of one terminal: where it starts in the member and how long it is, in bytes. */
const block = z.strictObject({ offset: count, bytes: count, lines: count });
const lines = z.strictObject({ bytes: count, sha256: hex64 });
const text = z.string().max(200);

const terminal = z.strictObject({
  terminal_id: text,
  /** Null when the source does not file logs by tenant. */
  tenant_id: text.nullable(),
  /** Base64 SPKI as the source knows it from elsewhere than the log; null when only the log names it. */
  public_key: text.nullable(),
  /** What of each epoch is in it, and the last event of it. */
  epochs: z.array(z.strictObject({ epoch: z.int(), first_seq: z.int(), last_seq: z.int(), head_hash: text })),
  /** The event before the first one of a bundle that does not begin with seq 1; null for the whole log. */
  before: z.strictObject({ epoch: z.int(), seq: z.int().min(1), hash: text }).nullable(),
  /** How many events of each type are in it. */
  counts: z.record(z.string(), count),
  /** How many events whoever made the bundle could not read: they are in none of the figures below. */
  unread_count: count,
  /** Every version that was applied in it. */
  catalog_versions: z.array(z.int()),
  /** What its events of each business date add up to, without training. */
  days: z.array(
    z.strictObject({
      business_date: text,
      z_numbers: z.array(z.int()),
      currency: text.nullable(),
      sales_count: count,
      refunds_count: count,
      gross_minor: z.int(),
      refunds_minor: z.int(),
      voids_minor: z.int(),
      turnover_minor: z.int(),
      net_minor: z.int(),
      tax_minor: z.int(),
    }),
  ),
  /** What vouched for the log besides its signed heads when the bundle was made. */
  anchors: z.array(
    z.strictObject({
      kind: z.enum(['witness', 'acknowledgement', 'printed']),
      epoch: z.int().nullable(),
      seq: z.int(),
      hash: text.nullable(),
      local_id: text.nullable(),
      signature: text.nullable(),
    }),
  ),
  events: block,
  forks: block,
  heads: block,
});

const manifest = z.strictObject({
  format: z.literal('tillog-bundle'),
  version: z.literal(1),
  members: z.strictObject({ 'events.jsonl': lines, 'forks.jsonl': lines, 'heads.jsonl': lines }),
  terminals: z.array(terminal),
});

/** What a bundle holds: written as canonical JSON, so that the same log always gives the same bytes. */
export type Manifest = z.infer<typeof manifest>;

/** What the manifest says of one terminal. */
export type BundledTerminal = Manifest['terminals'][number];

const seal = z.strictObject({
  /** Base64 SPKI of who made the bundle, and base64 Ed25519 over {@link sealText}; both null when it was made without a key. */
  public_key: text.nullable(),
  signature: text.nullable(),
});

/** Who vouches for a bundle as a whole. */
export type Seal = z.infer<typeof seal>;

/** The text that is signed, behind a name, so that no other signature of the key can be taken for it. */
export const sealText = (manifestText: string): string =>
  `tillog-bundle/1\n${createHash('sha256').update(manifestText).digest('hex')}`;

/** Reads a manifest; undefined when it is none. */
export const readManifest = (json: string): Manifest | undefined => parsed(manifest, json);

/** Reads a seal; undefined when it is none. */
export const readSeal = (json: string): Seal | undefined => parsed(seal, json);

const parsed = <Value>(schema: z.ZodType<Value>, json: string): Value | undefined => {
  try {
    return schema.safeParse(JSON.parse(json)).data;
  } catch (cause) {
    if (cause instanceof SyntaxError || (cause as { name?: string }).name === 'SyntaxError') return undefined;
    throw cause;
  }
};

const blockBytes = 512;

/** A member may be as long as a header can say: 8 GiB. */
export const memberBytesMax = 0o77777777777;

/** The end of an archive: two blocks of zeros. */
export const archiveEnd = Buffer.alloc(2 * blockBytes);

/** The header of a member: name and size, and for everything else always the same. */
export const memberHeader = (name: MemberName, bytes: number): Buffer => {
  const header = Buffer.alloc(blockBytes);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  const fields: readonly (readonly [at: number, text: string])[] = [
    [0, name],
    [100, octal(0o444, 7)],
    [108, octal(0, 7)],
    [116, octal(0, 7)],
    [124, octal(bytes, 11)],
    [136, octal(0, 11)],
    [148, ' '.repeat(8)],
    [156, '0'],
    [257, 'ustar\0'],
    [263, '00'],
  ];
  for (const [at, field] of fields) header.write(field, at, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
};

/** The size that a header says; undefined when it is not the header of this member. */
export const memberSize = (name: MemberName, header: Buffer): number | undefined => {
  const size = /^[0-7]{11}\0$/u.test(header.toString('latin1', 124, 136))
    ? parseInt(header.toString('latin1', 124, 135), 8)
    : undefined;
  return size !== undefined && memberHeader(name, size).equals(header) ? size : undefined;
};

/** The zeros that fill a member up to a whole block. */
export const paddingAfter = (bytes: number): number => (blockBytes - (bytes % blockBytes)) % blockBytes;

/** The length of a header. */
export const headerBytes = blockBytes;
