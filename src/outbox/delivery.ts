import { gzipSync } from 'node:zlib';
import type { EventRow } from '../events/log.js';
import type { SignedHead } from '../events/signature.js';
import type { z } from 'zod';
import { givingWay, type NetworkAnswer, NetworkFault, type Ports } from '../ports.js';
import { parseInSteps } from './json-steps.js';
import type { Outbox, Rejection } from './outbox.js';
import {
  type StockAnswer,
  stockAnswerSchema,
  type SyncAnswer,
  syncAnswerSchema,
  type SyncRequest,
  type tokenProposalSchema,
} from './protocol.js';

/** Where central is, and who this terminal is there. */
export interface Link {
  /** Without a slash at the end. */
  readonly url: string;
  readonly token: string;
  readonly tenant_id: string;
  readonly terminal_id: string;
}

/** Central did not take the request. Nothing is acknowledged by it; the relay tries again. */
export class DeliveryFault extends Error {
  /**
   * @param kind unreachable: no whole answer; enrol_again: the token is not taken; too_large: send less at once;
   *   not_central: something else answered; refused: central says that the request itself is wrong
   * @param retryAfterMs the least pause that central asked for
   */
  constructor(
    readonly kind: 'unreachable' | 'enrol_again' | 'too_large' | 'not_central' | 'refused' | 'busy',
    message: string,
    readonly retryAfterMs = 0,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'DeliveryFault';
  }
}

/** A batch on its way. */
export interface Batch {
  readonly link: Link;
  readonly head: SignedHead;
  readonly rows: readonly EventRow[];
  /** Aborted: the exchange is given up, as if the line had been cut. */
  readonly signal: AbortSignal;
}

/** What became of a batch. */
export interface Delivered {
  readonly answer: SyncAnswer;
  readonly accepted: number;
  /** The verdicts that parked an event. */
  readonly parked: readonly (Rejection & { readonly seq: number })[];
}

/** What a delivery needs of its terminal. */
export interface DeliveryParts {
  readonly outbox: Outbox;
  readonly ports: Ports;
  catalogVersion(): number;
}

/** A whole exchange takes at most this long. */
const exchangeMsMax = 15_000;
/** A catalog may take longer to download than an answer. */
const catalogMsMax = 60_000;
const answerBytesMax = 4 * 1024 * 1024;
const catalogBytesMax = 128 * 1024 * 1024;
const stockBytesMax = 32 * 1024 * 1024;
/** A request of at least so many bytes is compressed. */
const gzipBytesMin = 2048;

/**
 * Posts one batch and stores its verdicts. An event that the answer does not name stays not acknowledged; so does one
 * with the verdict GAP, which is sent again when what came before it has arrived.
 * @throws DeliveryFault
 */
export const deliver = async (parts: DeliveryParts, batch: Batch): Promise<Delivered> => {
  const { outbox, ports } = parts;
  const deliveryId = ports.randomness.uuid();
  outbox.journalSent(deliveryId, new Date(ports.clock.wall()).toISOString(), batch.rows);
  try {
    const answer = readAnswer(syncAnswerSchema, await post(parts, batch, deliveryId));
    return store(parts, { deliveryId, rows: batch.rows }, answer);
  } catch (cause) {
    if (cause instanceof DeliveryFault) outbox.journalFault(deliveryId, cause.kind);
    throw cause;
  }
};

const post = async (
  parts: DeliveryParts,
  { link, head, rows, signal }: Batch,
  deliveryId: string,
): Promise<NetworkAnswer> => {
  const request: SyncRequest = {
    tenant_id: link.tenant_id,
    terminal_id: link.terminal_id,
    epoch: head.epoch,
    catalog_version: parts.catalogVersion(),
    head: { seq: head.seq, hash: head.hash, signature: head.signature },
    status: {
      sent_at: new Date(parts.ports.clock.wall()).toISOString(),
      oldest_pending_at: parts.outbox.oldestPendingAt,
    },
    events: rows.map(({ envelope, hash }) => ({ event: envelope, hash })),
  };
  const text = JSON.stringify(request);
  const zipped = text.length >= gzipBytesMin && !isOnThisMachine(link.url);
  return send(parts.ports, {
    method: 'POST',
    url: `${link.url}/v1/sync`,
    headers: {
      authorization: `Bearer ${link.token}`,
      'content-type': 'application/json',
      'x-request-id': deliveryId,
      ...(zipped ? { 'content-encoding': 'gzip' } : {}),
    },
    body: zipped ? gzipSync(text, { level: 1 }) : text,
    timeoutMs: exchangeMsMax,
    bytesMax: answerBytesMax,
    signal,
  });
};

/** Between programs of one machine compressing costs more than it saves. */
const isOnThisMachine = (url: string): boolean => ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(url).hostname);

/**
 * Tells central the hash of the token that the terminal will use from now on. The same again is harmless.
 * @throws DeliveryFault; the token in use stays good then
 */
export const proposeToken = async (
  ports: Ports,
  link: Link,
  proposal: z.infer<typeof tokenProposalSchema>,
  signal: AbortSignal,
): Promise<void> => {
  const answer = await send(ports, {
    method: 'POST',
    url: `${link.url}/v1/token`,
    headers: { authorization: `Bearer ${link.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(proposal),
    timeoutMs: exchangeMsMax,
    bytesMax: answerBytesMax,
    signal,
  });
  if (answer.status !== 204) expectOk(answer);
  if (answer.status === 200) throw notCentral();
};

const send = async (ports: Ports, request: Parameters<Ports['network']['send']>[0]): Promise<NetworkAnswer> => {
  try {
    return await ports.network.send(request);
  } catch (cause) {
    if (!(cause instanceof NetworkFault)) throw cause;
    throw new DeliveryFault('unreachable', `${cause.message} Sales go on; they are sent when central answers.`, 0, {
      cause,
    });
  }
};

const readAnswer = <Answer>(schema: z.ZodType<Answer>, answer: NetworkAnswer): Answer => {
  expectOk(answer);
  const parsed = schema.safeParse(jsonOf(answer));
  if (parsed.success) return parsed.data;
  throw notCentral();
};

const notCentral = (cause?: unknown): DeliveryFault =>
  new DeliveryFault('not_central', 'Something that is not central answered (a login page of the network?).', 0, {
    cause,
  });

const jsonOf = ({ body }: NetworkAnswer): unknown => {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw notCentral(cause);
  }
};

const expectOk = (answer: NetworkAnswer): void => {
  const { status } = answer;
  if (status === 200) return;
  const said = `Central answered ${String(status)}`;
  if (status === 401 || status === 403) {
    throw new DeliveryFault(
      'enrol_again',
      `${said}: this terminal must be enrolled again, with a fresh code of central. Nothing is lost; sales go on.`,
    );
  }
  if (status === 413) throw new DeliveryFault('too_large', `${said}: the batch is too large; a smaller one is tried.`);
  if (status === 429 || status >= 500) {
    throw new DeliveryFault('busy', `${said}. Sales go on; it is tried again.`, retryAfterMs(answer));
  }
  throw new DeliveryFault(status < 400 ? 'not_central' : 'refused', `${said}. Sales go on; tell whoever runs central.`);
};

const retryAfterMs = ({ headers }: NetworkAnswer): number => {
  const seconds = /^\d{1,5}$/u.exec(headers.get('retry-after') ?? '');
  return seconds ? Math.min(Number(seconds[0]) * 1000, 300_000) : 0;
};

const store = (
  { outbox, ports }: DeliveryParts,
  { deliveryId, rows }: { readonly deliveryId: string; readonly rows: readonly EventRow[] },
  answer: SyncAnswer,
): Delivered => {
  // Central names a text whose id it cannot read by its hash.
  const seqs = new Map(rows.flatMap(({ local_id, hash, seq }) => [local_id, hash].map((name) => [name, seq])));
  const accepted = answer.accepted.flatMap(({ local_id, remote_id }) => {
    const seq = seqs.get(local_id);
    return seq === undefined ? [] : [{ seq, remote_id }];
  });
  const parked = answer.rejected.flatMap((rejection) => {
    const seq = seqs.get(rejection.local_id);
    return seq === undefined || rejection.code === 'GAP' ? [] : [{ ...rejection, seq }];
  });
  outbox.store(accepted, parked, new Date(ports.clock.wall()).toISOString(), deliveryId);
  return { answer, accepted: accepted.length, parked };
};

/**
 * Downloads the newest catalog; undefined when central has none that is newer. However large it is, sales go on.
 * @throws DeliveryFault
 */
export const pullCatalog = async (parts: DeliveryParts, link: Link, signal: AbortSignal): Promise<unknown> => {
  const since = Math.max(0, parts.catalogVersion());
  const answer = await send(parts.ports, {
    method: 'GET',
    url: `${link.url}/v1/catalog?since=${String(since)}`,
    headers: { authorization: `Bearer ${link.token}`, 'accept-encoding': 'gzip' },
    timeoutMs: catalogMsMax,
    bytesMax: catalogBytesMax,
    signal,
  });
  if (answer.status === 304) return undefined;
  expectOk(answer);
  try {
    return await givingWay(parseInSteps(answer.body));
  } catch (cause) {
    throw notCentral(cause);
  }
};

/**
 * Downloads the stock of the terminal's store. What waits to be sent waits for it, so it takes no longer than a delivery.
 * @throws DeliveryFault
 */
export const pullStock = async (ports: Ports, link: Link, signal: AbortSignal): Promise<StockAnswer> => {
  const answer = await send(ports, {
    method: 'GET',
    url: `${link.url}/v1/stock`,
    headers: { authorization: `Bearer ${link.token}`, 'accept-encoding': 'gzip' },
    timeoutMs: exchangeMsMax,
    bytesMax: stockBytesMax,
    signal,
  });
  return readAnswer(stockAnswerSchema, answer);
};
