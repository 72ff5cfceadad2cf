import { createHash } from 'node:crypto';
import { z } from 'zod';

/** The most events that one request may carry. */
export const batchEventsMax = 100;

/** A request stays below this size, in bytes of events; a single larger event still travels alone. */
export const batchBytesMax = 1024 * 1024;

const hex64 = z.string().regex(/^[0-9a-f]{64}$/u);
const uuid = z.guid();

/** A stored event on its way: the exact text that was hashed, and its hash. */
export const sealedEventSchema = z.strictObject({ event: z.string().min(2), hash: hex64 });

/** The head of the terminal's log at the moment of the request, signed with the terminal's key. */
export const signedHeadSchema = z.strictObject({
  seq: z.int().min(1),
  hash: hex64,
  signature: z.string().min(80).max(100),
});

/** What a terminal posts to `/v1/sync`. */
export const syncRequestSchema = z.strictObject({
  tenant_id: uuid,
  terminal_id: uuid,
  epoch: z.int().min(1),
  catalog_version: z.int(),
  head: signedHeadSchema,
  /** What people at central see of a terminal that has trouble; nothing depends on it. */
  status: z.strictObject({ sent_at: z.iso.datetime(), oldest_pending_at: z.iso.datetime().nullable() }).exactOptional(),
  events: z.array(sealedEventSchema),
});

/** What a terminal posts to `/v1/sync`. */
export type SyncRequest = z.infer<typeof syncRequestSchema>;

/**
 * Why central did not accept an event. A client treats a code that it does not know like INVALID.
 *
 * - INVALID: the text or its hash does not hold what it must; it will not get better.
 * - UNKNOWN_TYPE: a type or version newer than this central; accepted after central is updated.
 * - GAP: the event before it never came; not decided, stays pending, `missing` says what to send.
 * - CONFLICT: another event has this id or position; both are kept, a person decides.
 * - FORBIDDEN: the event names another terminal or tenant; not kept.
 * - CHAIN_BROKEN: it does not name the hash of the event before it.
 * - PROJECTION_FAILED: kept, but this central cannot evaluate it yet.
 */
export const verdictCodes = [
  'INVALID',
  'UNKNOWN_TYPE',
  'GAP',
  'CONFLICT',
  'FORBIDDEN',
  'CHAIN_BROKEN',
  'PROJECTION_FAILED',
] as const;

/** One of {@link verdictCodes}. */
export type VerdictCode = (typeof verdictCodes)[number];

/** What central answers to `/v1/sync`: one verdict per `local_id`; no verdict means not acknowledged. */
export const syncAnswerSchema = z.object({
  accepted: z.array(z.object({ local_id: uuid, remote_id: z.string().min(1).max(100) })),
  rejected: z.array(z.object({ local_id: z.string(), code: z.string(), reason: z.string(), permanent: z.boolean() })),
  /** Ranges of seq, both ends included, that central has not decided. */
  missing: z.array(z.tuple([z.int().min(1), z.int().min(1)])),
  /** Every position up to here is decided. */
  contiguous_seq: z.int().min(0),
  catalog_version: z.int().min(0),
  /** The terminal must start a new epoch: its log and central's disagree about the past. */
  new_epoch_required: z.boolean().optional(),
  /** The epoch to start then: promised to this log alone, so that two copies of one disk never take the same. */
  next_epoch: z.int().min(2).optional(),
  /** Central wants the terminal to take another token. */
  rotate_token: z.boolean().optional(),
  server_time: z.iso.datetime(),
});

/** What central answers to `/v1/sync`. */
export type SyncAnswer = z.infer<typeof syncAnswerSchema>;

/** What central answers to `/v1/stock`: the stock of the terminal's store, over all its terminals. */
export const stockAnswerSchema = z.object({
  /** Central's clock. */
  as_of: z.iso.datetime(),
  /** Each product that ever moved once, in thousandths; may be below zero. */
  levels: z.array(z.object({ code: z.string().max(200), level_milli: z.int() })).max(500_000),
});

/** What central answers to `/v1/stock`. */
export type StockAnswer = z.infer<typeof stockAnswerSchema>;

/** What a terminal posts to `/v1/token` to take another token, which itself never crosses the wire before it is used. */
export const tokenProposalSchema = z.strictObject({
  /** Hex SHA-256 of the new token. */
  token_hash: hex64,
  /** Base64 Ed25519 over {@link tokenProposalText}, with the terminal's key. */
  signature: z.string().min(80).max(100),
});

/** Names the token in use, so that a proposal is good for one rotation only. */
export interface TokenChange {
  readonly terminal_id: string;
  /** Hex SHA-256 of the token that the request comes with. */
  readonly token_hash: string;
  /** Hex SHA-256 of the new token. */
  readonly next_hash: string;
}

/** The text that a terminal signs to take another token. */
export const tokenProposalText = ({ terminal_id, token_hash, next_hash }: TokenChange): string =>
  `tillog-token/1\n${terminal_id}\n${token_hash}\n${next_hash}`;

/**
 * A token: its kind, the tenant in which it is looked up, and what is secret.
 * @param secret 32 unpredictable bytes
 */
export const tokenText = (kind: string, tenant_id: string, secret: Buffer): string =>
  `${kind}_${tenant_id.replaceAll('-', '')}_${secret.toString('base64url')}`;

/** Hex SHA-256 of a secret. Enough without a salt, because the secrets here are random and long. */
export const secretHash = (secret: string): string => createHash('sha256').update(secret, 'utf8').digest('hex');

/** What `tillog enroll` posts to `/v1/enrolments`. The private key never leaves the terminal. */
export const enrolmentRequestSchema = z.strictObject({
  code: z.string().min(1).max(200),
  terminal_id: uuid,
  public_key: z.string().min(1).max(200),
});

/** What central answers to an enrolment (201). The token is shown this once. */
export const enrolmentAnswerSchema = z.object({
  tenant_id: uuid,
  store_id: uuid,
  tenant_name: z.string(),
  store_name: z.string(),
  token: z.string().min(20),
});

/** What central answers to an enrolment. */
export type EnrolmentAnswer = z.infer<typeof enrolmentAnswerSchema>;
