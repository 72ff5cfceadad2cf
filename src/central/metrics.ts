import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { SyncAnswer } from '../outbox/protocol.js';
import type { CentralDatabase } from './database.js';

/** Figures of the program, of which there is one however many servers run in it. */
const ofProcess = new Registry();
let isCollecting = false;

/** Upper limits of the groups that requests are counted in by how long they took, in seconds. */
const secondsLimits = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** A request that was answered. */
export interface Answered {
  readonly method: string;
  /** As it is registered, without the ids in it; `none` where there is none. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

/** What a monitor wants to know of one copy of central. Nothing of any tenant, so that it may be read without a token. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly requests: Histogram<'method' | 'route' | 'status'>;
  private readonly events: Counter<'verdict'>;

  /** @param db whose connections are counted */
  constructor(db: CentralDatabase) {
    if (!isCollecting) collectDefaultMetrics({ register: ofProcess });
    isCollecting = true;
    const registers = [this.registry];
    this.requests = new Histogram({
      name: 'tillog_http_request_seconds',
      help: 'How long requests took, by route and status.',
      labelNames: ['method', 'route', 'status'],
      buckets: secondsLimits,
      registers,
    });
    this.events = new Counter({
      name: 'tillog_events_total',
      help: 'Events of terminals by verdict: accepted, also again, or the code with which they were refused.',
      labelNames: ['verdict'],
      registers,
    });
    this.registry.registerMetric(connectionsOf(db));
    this.registry.registerMetric(
      new Gauge({
        name: 'tillog_database_up',
        help: '1 when the database answers.',
        registers: [],
        async collect() {
          this.set((await db.answers()) ? 1 : 0);
        },
      }),
    );
  }

  /** Counts a request that was answered. */
  answered({ method, route, status, seconds }: Answered): void {
    this.requests.observe({ method, route, status }, seconds);
  }

  /** Counts the verdicts on a batch. */
  decided({ accepted, rejected }: SyncAnswer): void {
    this.events.inc({ verdict: 'accepted' }, accepted.length);
    for (const { code } of rejected) this.events.inc({ verdict: code });
  }

  /** Everything, in the text format of Prometheus. */
  text(): Promise<string> {
    return Registry.merge([ofProcess, this.registry]).metrics();
  }
}

/** The type of {@link Metrics.text}. */
export const metricsType = Registry.PROMETHEUS_CONTENT_TYPE;

const connectionsOf = (db: CentralDatabase): Gauge =>
  new Gauge({
    name: 'tillog_database_connections',
    help: 'Connections of this copy to the database: in use, idle; and requests that wait for one.',
    labelNames: ['state'],
    registers: [],
    collect() {
      for (const [state, count] of Object.entries(db.connections)) this.set({ state }, count);
    },
  });
