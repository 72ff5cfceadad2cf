import { firstValueFrom, filter, type Observable, Subject, type Subscription } from 'rxjs';
import { errorCode, isDiskFull } from '../events/error-code.js';
import type { EventRow } from '../events/log.js';
import type { Ports } from '../ports.js';
import { DeliveryFault, type Delivered, deliver, type Link, pullCatalog, pullStock } from './delivery.js';
import type { Outbox, Parked, Rejection } from './outbox.js';
import { batchEventsMax, type StockAnswer, type SyncAnswer } from './protocol.js';
import type { SignedHead } from '../events/signature.js';

/** How the terminal stands with central, derived from acknowledgements alone. */
export interface SyncStatus {
  /** Whether the last exchange with central succeeded. */
  readonly online: boolean;
  readonly enrolled: boolean;
  /** Events that central has not acknowledged, the rejected ones included. */
  readonly pending: number;
  readonly rejected: readonly Parked[];
  readonly oldest_pending_at: string | null;
  readonly last_success_at: string | null;
  readonly catalog_version: number;
  /** Every position up to here is decided at central, as far as it said. */
  readonly contiguous_seq: number;
  /** Central's clock minus this one in ms, as of the last exchange; null before the first. */
  readonly clock_offset_ms: number | null;
  /** What went wrong in the last exchange and what to do, for a person; null when it succeeded. */
  readonly problem: string | null;
  /** The same for a program. */
  readonly problem_code: DeliveryFault['kind'] | null;
  /** Why the last published catalog was not applied; null when it was. */
  readonly catalog_problem: string | null;
  /** Why the stock of the store was not downloaded the last time; null when it was. */
  readonly stock_problem: string | null;
  /** Why the terminal did not take another token, for which central asks; null when it does not ask. */
  readonly token_problem: string | null;
  /** Central says that this log and its own disagree about the past. */
  readonly new_epoch_required: boolean;
}

/** What a relay needs of its terminal. */
export interface RelayParts {
  readonly outbox: Outbox;
  readonly ports: Ports;
  /** Where central is and with which token; null while the terminal is not enrolled. */
  link(): Link | null;
  /** Takes another token, which {@link link} names from then on. */
  rotateToken(link: Link, signal: AbortSignal): Promise<void>;
  /** Has {@link link} name the token before the one that central did not take; false when none is left to try. */
  tryEarlierToken(): boolean;
  /** Notes that central took the token that {@link link} names now. */
  keepToken(): void;
  /** Signs and keeps the present head of the log; null while the log is empty. */
  signHead(): SignedHead | null;
  catalogVersion(): number;
  /** Applies a downloaded catalog, or throws and changes nothing. Left out: the terminal keeps its own catalog. */
  readonly applyCatalog?: (catalog: unknown) => Promise<unknown>;
  /**
   * Keeps a download of the store's stock, which covers exactly what is acknowledged; says why not, or null. Left out:
   * none is asked for.
   */
  readonly keepStock?: (stock: StockAnswer, downloaded_at: string) => string | null;
  /**
   * Starts a new epoch at the head of the log, the given one or a later; false while nothing can be recorded. Left out:
   * the log goes on as it is.
   */
  readonly startEpoch?: (least: number) => boolean;
  /** Emits after every commit. */
  readonly wake$: Observable<unknown>;
  /** The healthy pause between two exchanges with nothing to send. */
  readonly intervalMs: number;
  /** The relay met something that it cannot deal with and ended; the process must stop. */
  onBroken(cause: unknown): void;
}

/** The status shows at most so many refused events, the oldest first. */
const shownMax = 100;
/** The longest pause after failures; a returning network cuts it short. */
const pauseMsMax = 300_000;
/** Connectivity is probed after a pause of at least and less than so much while exchanges fail. */
const probeMs = { least: 1000, most: 3000 } as const;
/** The stock of the store is downloaded after the start and then at most every so often, in ms. */
const stockEveryMs = 300_000;
/** A refused event is tried again after this pause, doubled with every refusal, at most hourly. */
const retryMs = { first: 30_000, most: 3_600_000 } as const;

/** A central that asks for a new epoch again and again gets at most one in this time, so that it cannot fill the log. */
const epochPauseMs = 60_000;

/** A terminal that could not take another token tries again after this, in ms. */
const tokenPauseMs = 60_000;

/** Sends what is not acknowledged, oldest first, one request at a time, for as long as it runs. */
export class Relay {
  private readonly turns$ = new Subject<number>();
  private readonly stopping = new AbortController();
  private readonly retryAt = new Map<number, number>();
  private running: Promise<void> | undefined;
  private wakes: Subscription | undefined;
  private pause = new AbortController();
  /** Something was recorded since the exchange began. */
  private woken = false;
  /** Somebody wants another exchange, whatever this one brings. */
  private asked = false;
  private turn = 0;
  /** How often in a row the same kind of trouble was met. */
  private failures = 0;
  private batchMax = batchEventsMax;
  private requested: readonly (readonly [number, number])[] = [];
  private lastAnswer: SyncAnswer | null = null;
  private lastSuccessAt: string | null = null;
  private clockOffsetMs: number | null = null;
  private problem: DeliveryFault | null = null;
  private catalogProblem: string | null = null;
  private catalogRefused = 0;
  private stockProblem: string | null = null;
  private stockAt = 0;
  private tokenProblem: string | null = null;
  private tokenAt = 0;
  private nextEpochAt = Number.NEGATIVE_INFINITY;

  /** @param parts the terminal whose outbox is emptied */
  constructor(private readonly parts: RelayParts) {}

  /** Starts to send. */
  start(): void {
    this.wakes = this.parts.wake$.subscribe(() => {
      this.woken = true;
      if (this.failures === 0) this.pause.abort();
    });
    this.running = this.run();
  }

  /** Ends after the exchange under way. */
  async stop(): Promise<void> {
    this.wakes?.unsubscribe();
    this.stopping.abort();
    this.pause.abort();
    await this.running;
  }

  /** Makes a whole exchange now, without waiting for a pause. */
  async syncNow(): Promise<SyncStatus> {
    this.stockAt = 0;
    const next = this.turn + 1;
    const done = firstValueFrom(this.turns$.pipe(filter((turn) => turn >= next)), { defaultValue: 0 });
    this.asked = true;
    this.pause.abort();
    await done;
    return this.status();
  }

  /** How the terminal stands with central. */
  status(): SyncStatus {
    const { outbox } = this.parts;
    const { contiguous_seq, new_epoch_required }: Partial<SyncAnswer> = this.lastAnswer ?? {};
    return {
      online: this.lastAnswer !== null && this.failures === 0,
      enrolled: this.parts.link() !== null,
      pending: outbox.pendingCount,
      rejected: outbox.parkedEvents().slice(0, shownMax),
      oldest_pending_at: outbox.oldestPendingAt,
      last_success_at: this.lastSuccessAt ?? outbox.lastSyncedAt,
      catalog_version: this.parts.catalogVersion(),
      contiguous_seq: contiguous_seq ?? outbox.contiguousSeq,
      clock_offset_ms: this.clockOffsetMs,
      ...problemOf(this.problem),
      catalog_problem: this.catalogProblem,
      stock_problem: this.stockProblem,
      token_problem: this.tokenProblem,
      new_epoch_required: new_epoch_required ?? false,
    };
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    try {
      for (let pauseMs = 0; !signal.aborted;) {
        this.woken = false;
        this.asked = false;
        this.turn += 1;
        pauseMs = await this.exchange();
        this.turns$.next(this.turn);
        await this.rest(pauseMs);
      }
    } catch (cause) {
      this.parts.onBroken(cause);
    } finally {
      this.turns$.complete();
    }
  }

  /** One request and what follows from its answer. Gives the pause until the next one, 0 when there is more to send. */
  private async exchange(): Promise<number> {
    const link = this.parts.link();
    let sent = 0;
    try {
      const head = link && this.parts.signHead();
      if (!link || !head) return this.parts.intervalMs;
      const rows = this.nextRows();
      sent = rows.length;
      return await this.succeeded(link, await deliver(this.parts, { link, head, rows, signal: this.stopping.signal }));
    } catch (cause) {
      return this.failed(faultOf(cause), sent);
    }
  }

  private nextRows(): readonly EventRow[] {
    const { outbox, ports } = this.parts;
    const now = ports.clock.monotonic();
    const isDue = ({ seq }: { readonly seq: number }): boolean => (this.retryAt.get(seq) ?? 0) <= now;
    const asked = this.requested.flatMap(([from, to]) => outbox.range(from, to).filter(isDue));
    if (asked.length > 0) return asked.slice(0, this.batchMax);
    const fresh = outbox.nextBatch().slice(0, this.batchMax);
    if (fresh.length > 0) return fresh;
    const parked = outbox.parkedEvents().find(isDue);
    if (parked) this.retryAt.set(parked.seq, now + retryMs.first);
    return (parked && outbox.range(parked.seq, parked.seq)) ?? [];
  }

  private async succeeded(link: Link, { answer, parked, accepted }: Delivered): Promise<number> {
    const { clock } = this.parts.ports;
    const wall = clock.wall();
    this.failures = 0;
    this.problem = null;
    this.batchMax = Math.min(batchEventsMax, this.batchMax * 2);
    this.lastAnswer = answer;
    this.lastSuccessAt = new Date(wall).toISOString();
    this.clockOffsetMs = Date.parse(answer.server_time) - wall;
    this.schedule(parked);
    this.goApart(answer);
    await this.takeToken(link, answer);
    const progress = accepted > 0 || parked.length > 0;
    this.requested = progress || this.isFurtherBack(answer) ? answer.missing.slice(0, 1) : [];
    if (this.requested.length > 0 || (progress && this.parts.outbox.hasUnsent)) return 0;
    await this.takeCatalog(link, answer.catalog_version);
    await this.takeStock(link);
    return this.hasDueParked() ? 0 : this.parts.intervalMs;
  }

  /** What is asked for again without progress is given once, unless central goes back in the log to find where it fits. */
  private isFurtherBack({ missing }: SyncAnswer): boolean {
    const [[asked] = [Number.POSITIVE_INFINITY]] = this.requested;
    return (missing[0]?.[0] ?? Number.POSITIVE_INFINITY) < asked;
  }

  /** Two copies of this log live, or its disk was restored: it sells on apart from what central has. */
  private goApart({ new_epoch_required, next_epoch }: SyncAnswer): void {
    const { startEpoch, ports } = this.parts;
    const now = ports.clock.monotonic();
    if (new_epoch_required !== true || !startEpoch || now < this.nextEpochAt) return;
    if (startEpoch(next_epoch ?? 1)) this.nextEpochAt = now + epochPauseMs;
  }

  /** The token in use stays good until the other one is used, so that a failure costs nothing but another attempt. */
  private async takeToken(link: Link, { rotate_token = false }: SyncAnswer): Promise<void> {
    const now = this.parts.ports.clock.monotonic();
    if (rotate_token && now < this.tokenAt) return;
    try {
      this.parts.keepToken();
      if (rotate_token) {
        this.tokenAt = now + tokenPauseMs;
        await this.parts.rotateToken(link, this.stopping.signal);
      }
      this.tokenProblem = null;
    } catch (cause) {
      this.tokenProblem = faultOf(cause).message;
    }
  }

  private schedule(parked: readonly (Rejection & { readonly seq: number })[]): void {
    const now = this.parts.ports.clock.monotonic();
    const attempts = new Map(this.parts.outbox.parkedEvents().map((event) => [event.seq, event.attempts]));
    for (const { seq, permanent } of parked) {
      const pause = permanent ? retryMs.most : retryMs.first * 2 ** Math.min(20, (attempts.get(seq) ?? 1) - 1);
      this.retryAt.set(seq, now + Math.min(retryMs.most, pause));
    }
  }

  /** Whether a parked event is to be tried now; each is sent on its own. */
  private hasDueParked(): boolean {
    const now = this.parts.ports.clock.monotonic();
    return this.parts.outbox.parkedEvents().some(({ seq }) => (this.retryAt.get(seq) ?? 0) <= now);
  }

  /** A catalog that was refused is not downloaded again: it does not change, a better one has another version. */
  private async takeCatalog(link: Link, published: number): Promise<void> {
    const { applyCatalog } = this.parts;
    const isNewer = published > Math.max(0, this.parts.catalogVersion());
    if (!applyCatalog || !isNewer || published === this.catalogRefused) return;
    try {
      const catalog = await pullCatalog(this.parts, link, this.stopping.signal);
      if (catalog !== undefined) await applyCatalog(catalog);
      this.catalogProblem = null;
    } catch (cause) {
      if (!(cause instanceof DeliveryFault)) this.catalogRefused = published;
      this.catalogProblem = cause instanceof Error ? cause.message : String(cause);
    }
  }

  /**
   * Only while every event that was ever sent has its verdict: what central counts of this log is then what is
   * acknowledged here, and an event that waits cannot be counted twice.
   */
  private async takeStock(link: Link): Promise<void> {
    const { keepStock, ports, outbox } = this.parts;
    const now = ports.clock.monotonic();
    if (!keepStock || now < this.stockAt || outbox.hasUnsent) return;
    this.stockAt = now + stockEveryMs;
    try {
      const stock = await pullStock(ports, link, this.stopping.signal);
      this.stockProblem = keepStock(stock, new Date(ports.clock.wall()).toISOString());
    } catch (cause) {
      this.stockProblem = faultOf(cause).message;
    }
  }

  private failed(fault: DeliveryFault, sent: number): number {
    const { randomness } = this.parts.ports;
    // However long central was away, the first “not now” of one that is back does not grow out of that.
    this.failures = this.problem && isOfTheLine(this.problem) === isOfTheLine(fault) ? this.failures + 1 : 1;
    this.problem = fault;
    this.requested = [];
    if (fault.kind === 'too_large' && sent > 1) {
      this.batchMax = Math.ceil(sent / 2);
      return 1;
    }
    if (fault.kind === 'enrol_again' && this.parts.tryEarlierToken()) return 1;
    const most = Math.min(pauseMsMax, 1000 * 2 ** Math.min(20, this.failures));
    return Math.max(fault.retryAfterMs, 200 + Math.floor(randomness.fraction() * most));
  }

  /** Rests, but not while something happens that may help: a commit while healthy, the network coming back while not. */
  private async rest(pauseMs: number): Promise<void> {
    if (pauseMs === 0 || this.asked || this.stopping.signal.aborted) return;
    const { clock } = this.parts.ports;
    // A pause begins here: what was recorded during the exchange shortens none that central asks for.
    this.pause = new AbortController();
    if (!this.problem) {
      if (!this.woken) await clock.sleep(pauseMs, this.pause.signal);
      return;
    }
    await this.watchNetwork(clock.monotonic() + pauseMs, this.problem);
  }

  private async watchNetwork(until: number, problem: DeliveryFault): Promise<void> {
    const { clock, randomness, network } = this.parts.ports;
    const { signal } = this.pause;
    const addresses = network.addresses();
    // A central that answers “not now” is not down: its pause is kept until a probe has seen it go and come back.
    let isDown = isOfTheLine(problem);
    await clock.sleep(problem.retryAfterMs, signal);
    while (!signal.aborted && clock.monotonic() < until) {
      const gap = probeMs.least + randomness.fraction() * (probeMs.most - probeMs.least);
      await clock.sleep(Math.min(gap, Math.max(0, until - clock.monotonic())), signal);
      if (network.addresses() !== addresses) return;
      const reachable = await this.probe();
      if (reachable && isDown) return;
      isDown ||= !reachable;
    }
  }

  private async probe(): Promise<boolean> {
    const link = this.parts.link();
    if (!link) return false;
    const { network } = this.parts.ports;
    const url = `${link.url}/health/ready`;
    const probe = { method: 'GET', url, headers: {}, timeoutMs: 2000, bytesMax: 65_536 } as const;
    return network.send({ ...probe, signal: this.pause.signal }).then(
      // A login page answers 200 to everything.
      ({ status, body }) => status === 200 && /^\s*\{/u.test(body.toString('utf8')),
      () => false,
    );
  }
}

/** Nothing of central's was heard. */
const isOfTheLine = ({ kind }: DeliveryFault): boolean => kind === 'unreachable' || kind === 'not_central';

const problemOf = (fault: DeliveryFault | null): Pick<SyncStatus, 'problem' | 'problem_code'> =>
  fault ? { problem: fault.message, problem_code: fault.kind } : { problem: null, problem_code: null };

const faultOf = (cause: unknown): DeliveryFault => {
  if (cause instanceof DeliveryFault) return cause;
  if (errorCode(cause).startsWith('SQLITE_BUSY')) {
    return new DeliveryFault('busy', 'Another program holds the database. Sales are tried again.', 0, { cause });
  }
  if (!isDiskFull(cause)) throw cause;
  return new DeliveryFault('busy', 'The disk is full: what central acknowledged cannot be noted. Make space.', 0, {
    cause,
  });
};
