import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { v4 } from 'uuid';

/** The time as this program sees it. The only way to a clock; a simulation hands in its own. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z, as the wall clock says; it may jump. */
  wall(): number;
  /** Milliseconds since some moment in the past; it never goes back and knows no time zone. */
  monotonic(): number;
  /** Minutes that local time is ahead of UTC at a moment of the wall clock. */
  utcOffsetMinutes(wall: number): number;
  /** IANA name of the local time zone. */
  readonly zone: string;
  /** Resolves after `ms`, or at once when `signal` is aborted; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Everything random. The only way to chance; a simulation hands in a seeded one. */
export interface Randomness {
  /** A UUID v4 in lower case. */
  uuid(): string;
  /** Unpredictable bytes, for secrets. */
  bytes(count: number): Buffer;
  /** At least 0, below 1; for jitter, never for secrets. */
  fraction(): number;
}

/** An answer to {@link Network.send}. */
export interface NetworkAnswer {
  readonly status: number;
  /** Header names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** The whole body, decompressed. */
  readonly body: Buffer;
}

/** A request over the network. */
export interface NetworkRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** The whole exchange, the body included, takes at most this long. */
  readonly timeoutMs: number;
  /** The answer is given up when it is larger. */
  readonly bytesMax: number;
  readonly signal?: AbortSignal;
}

/** The network. Rejects with a NetworkFault when there is no whole answer. */
export interface Network {
  send(request: NetworkRequest): Promise<NetworkAnswer>;
  /** The addresses of this machine's interfaces as one text: when it changes, the network changed. */
  addresses(): string;
}

/** The network did not bring a whole answer: expected, harmless, tried again by the queue that asked. */
export class NetworkFault extends Error {
  override readonly name = 'NetworkFault';
}

/** Where a program writes what happened, for operators; a logger of pino is one. Never a PIN, token or event text. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A log that keeps nothing. */
export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What every program is given at start. Nothing else in `src` reads a clock or makes an id. */
export interface Ports {
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly network: Network;
}

/** The clock of this machine. */
export const machineClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  utcOffsetMinutes: (wall) => -new Date(wall).getTimezoneOffset(),
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  sleep: async (ms, signal) => {
    try {
      await pause(ms, undefined, signal ? { signal, ref: true } : {});
    } catch (cause) {
      if (!signal?.aborted) throw cause;
    }
  },
};

/** The randomness of this machine. */
export const machineRandomness: Randomness = {
  uuid: () => v4(),
  bytes: (count) => randomBytes(count),
  fraction: () => randomBytes(4).readUInt32LE() / 2 ** 32,
};

/** The network of this machine. */
export const machineNetwork: Network = {
  async send(request) {
    const giveUp = new AbortController();
    try {
      return await within(request, giveUp, exchange(request, giveUp.signal));
    } catch (cause) {
      const { origin, hostname } = new URL(request.url);
      throw new NetworkFault(`No whole answer from ${origin}: ${troubleOf(cause, hostname)}`, { cause });
    }
  },
  addresses: () =>
    Object.values(networkInterfaces())
      .flatMap((list) => list?.map(({ address }) => address) ?? [])
      .sort()
      .join(' '),
};

/** What is wrong with a line, and what a person can do about it. @param cause as `fetch` rejected with it */
const troubleOf = (cause: unknown, host: string): string => {
  const codes = codesOf(cause).join(' ');
  const found = troubles.find(([form]) => form.test(codes));
  return found ? found[1].replace('HOST', host) : 'it came late or was cut off. Check the internet connection.';
};

/** The codes of an error and of those that led to it; of several addresses each has its own. */
const codesOf = (cause: unknown): readonly string[] => {
  if (typeof cause !== 'object' || cause === null) return [];
  const { code, cause: deeper, errors = [] } = cause as { code?: unknown; cause?: unknown; errors?: unknown };
  const below = [deeper, ...(Array.isArray(errors) ? (errors as unknown[]) : [])].flatMap(codesOf);
  return typeof code === 'string' ? [code, ...below] : below;
};

/** What the codes of Node and OpenSSL mean for a person, the most telling first. */
const troubles: readonly (readonly [RegExp, string])[] = [
  [
    /ENOTFOUND|EAI_/u,
    'the name HOST is not found. Check the internet connection and the name service (DNS) of this machine, and the address.',
  ],
  [
    /CERT_HAS_EXPIRED|CERT_NOT_YET_VALID/u,
    'its certificate is over or not valid yet. Check the clock of this machine; whoever runs central must renew it.',
  ],
  [
    /SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|CERT_|ERR_TLS_CERT/u,
    'its certificate is not one that this machine trusts. Is it really central? For a certificate of your own, name its ' +
      'file in NODE_EXTRA_CA_CERTS.',
  ],
  [/ERR_SSL|EPROTO|ERR_TLS/u, 'it does not speak TLS. Check whether the address begins with http or https.'],
  [/ECONNREFUSED/u, 'nothing listens there. Check that central runs, and the address.'],
  [/ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL|ENETDOWN/u, 'there is no way to it. Check the cable or the Wi-Fi.'],
];

const exchange = async (request: NetworkRequest, signal: AbortSignal): Promise<NetworkAnswer> => {
  const { method, url, headers, body, bytesMax } = request;
  const answer = await fetch(url, {
    method,
    headers,
    redirect: 'manual',
    signal,
    ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }),
  });
  return { status: answer.status, headers: new Map(answer.headers), body: await readAll(answer, bytesMax) };
};

/**
 * Waits for an exchange no longer than it may take. The limit is a timer of its own: what `AbortSignal.any` was made of
 * may be cleared from memory before it tells (nodejs/node 57736), and so may what `fetch` listens to (nodejs/undici
 * 4068). A relay would then wait for ever.
 */
const within = <Answer>(
  { timeoutMs, signal }: NetworkRequest,
  giveUp: AbortController,
  work: Promise<Answer>,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const end = (): void => {
      giveUp.abort();
      reject(new Error('It was given up.'));
    };
    const timer = setTimeout(end, timeoutMs);
    signal?.addEventListener('abort', end);
    if (signal?.aborted) end();
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
    });
  });

const readAll = async (answer: Response, bytesMax: number): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body ?? []) {
    const chunk = part as Uint8Array;
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw new Error(`The answer is larger than ${String(bytesMax)} bytes.`);
    parts.push(chunk);
  }
  return Buffer.concat(parts);
};

/** The ports of this machine. */
export const machinePorts: Ports = { clock: machineClock, randomness: machineRandomness, network: machineNetwork };

/** Long work in steps of a few milliseconds: it yields after each, so that a sale can come in between. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** Does all steps at once, where nothing waits. */
export const atOnce = <Result>(steps: Steps<Result>): Result => {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
};

/** Lets everything that waits have its turn. */
export const giveWay = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Does the steps one after the other and gives way between them. */
export const givingWay = async <Result>(steps: Steps<Result>): Promise<Result> => {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await giveWay();
  }
};

/** The items of a long list, at most `size` at a time. */
export function* slicesOf<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
