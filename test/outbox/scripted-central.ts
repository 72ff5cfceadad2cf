import { gunzipSync } from 'node:zlib';
import { readText } from '../../src/events/envelope.js';
import type { SyncAnswer, SyncRequest } from '../../src/outbox/protocol.js';
import { type Clock, type Network, type NetworkAnswer, NetworkFault, type NetworkRequest } from '../../src/ports.js';

/** A batch as it arrived. */
export interface Arrived extends SyncRequest {
  readonly seqs: readonly number[];
  readonly ids: readonly string[];
  readonly zipped: boolean;
}

/** What a script says to a batch: verdicts, a raw answer, or nothing at all. */
export type Reply = Partial<SyncAnswer> | NetworkAnswer | 'cut';

/** A central at the other end of the network port that answers as a script says, and accepts everything after it. */
export class ScriptedCentral implements Network {
  readonly arrived: Arrived[] = [];
  /** The most requests that were under way at once. */
  inFlightMost = 0;
  reachable = true;
  probes = 0;
  /** Something between the terminal and central that answers to everything. */
  portal: NetworkAnswer | undefined;
  catalog: unknown;
  /** What comes in the place of the catalog; undefined: nothing does. */
  catalogText: string | undefined;
  /** What is answered to the question for the stock; each is one more download. */
  stock: NetworkAnswer = answerOf(200, '{"as_of":"2026-03-01T08:00:00.000Z","levels":[]}');
  stockDownloads = 0;
  private inFlight = 0;
  private place = 'wired';

  /** @param script one reply per batch, in order; a function looks at the batch */
  constructor(
    private readonly clock: Clock,
    private readonly script: (Reply | ((batch: Arrived) => Reply))[] = [],
  ) {}

  /** The machine gets another address. */
  move(place: string): void {
    this.place = place;
  }

  addresses(): string {
    return this.place;
  }

  async send(request: NetworkRequest): Promise<NetworkAnswer> {
    this.inFlight += 1;
    this.inFlightMost = Math.max(this.inFlightMost, this.inFlight);
    await Promise.resolve();
    this.inFlight -= 1;
    if (!this.reachable) {
      if (request.url.endsWith('/health/ready')) this.probes += 1;
      throw new NetworkFault('cut');
    }
    if (this.portal) return this.portal;
    if (request.url.endsWith('/health/ready')) {
      this.probes += 1;
      return answerOf(200, '{}');
    }
    if (request.url.endsWith('/v1/stock')) {
      this.stockDownloads += 1;
      return this.stock;
    }
    return request.url.includes('/v1/catalog')
      ? answerOf(200, this.catalogText ?? JSON.stringify(this.catalog))
      : this.sync(request);
  }

  private sync(request: NetworkRequest): NetworkAnswer {
    const body = Buffer.from(request.body ?? '');
    const zipped = request.headers['content-encoding'] === 'gzip';
    const text = (zipped ? gunzipSync(body) : body).toString('utf8');
    const posted = JSON.parse(text) as SyncRequest;
    const events = posted.events.map(({ event }) => readText(event));
    const batch: Arrived = {
      ...posted,
      seqs: events.map(({ seq }) => seq),
      ids: events.map(({ local_id }) => local_id),
      zipped,
    };
    this.arrived.push(batch);
    const next = this.script.shift() ?? {};
    const reply = typeof next === 'function' ? next(batch) : next;
    if (reply === 'cut') throw new NetworkFault('cut after central took it');
    if ('status' in reply) return reply;
    return answerOf(200, JSON.stringify({ ...this.acceptAll(batch), ...reply }));
  }

  private acceptAll({ ids, head }: Arrived): SyncAnswer {
    return {
      accepted: ids.map((local_id) => ({ local_id, remote_id: `remote-${local_id}` })),
      rejected: [],
      missing: [],
      contiguous_seq: head.seq,
      catalog_version: 0,
      server_time: new Date(this.clock.wall()).toISOString(),
    };
  }
}

/** An answer as the network port gives it. */
export const answerOf = (
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): NetworkAnswer => ({
  status,
  headers: new Map(Object.entries(headers)),
  body: Buffer.from(body),
});

/** A clock whose sleepers wake when a spec lets time go by. */
export class SteppedClock implements Clock {
  readonly zone = 'UTC';
  private now = 0;
  private sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  wall(): number {
    return Date.parse('2026-03-01T08:00:00.000Z') + this.now;
  }

  monotonic(): number {
    return this.now;
  }

  utcOffsetMinutes(): number {
    return 0;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      signal?.addEventListener('abort', wake);
      this.sleepers.push({ at: this.now + ms, wake });
    });
  }

  /** How long until the next sleeper wakes; undefined when nobody sleeps. */
  get nextWakeMs(): number | undefined {
    const [first] = this.sleepers.map(({ at }) => at - this.now).sort((a, b) => a - b);
    return first;
  }

  /** Lets time go by, a sleeper at a time, so that each does its work before the next. */
  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      await settled();
      const next = this.sleepers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.now = next.at;
      this.sleepers = this.sleepers.filter((sleeper) => sleeper !== next);
      next.wake();
    }
    this.now = until;
    await settled();
  }
}

/** Resolves when everything that can go on without time or network has gone on. */
export const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};
