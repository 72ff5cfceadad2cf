import type { CatalogContent } from '../../src/catalog/catalog.js';
import { centralAdmin, runCentral, type RunningCentral } from '../../src/central/program.js';
import type { EnrolmentAnswer } from '../../src/outbox/protocol.js';
import { createCode } from '../../src/central/tenants.js';
import { Cluster, TestClock } from './database.js';
import { Fleet, type TillTerminal } from './fleet.js';

/** An answer of central. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text as JSON. */
  readonly body: unknown;
}

/** A request to central; the body is JSON, or CSV when it is a text. */
export interface Asked {
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A catalog of three products, one of them in Arabic. */
export const smallCatalog: CatalogContent = {
  currency: 'USD',
  currencies: [{ currency: 'USD', rate: { numerator: 1, denominator: 1 }, cash_step_minor: 1 }],
  methods: ['card'],
  taxes: [{ tax_code: 'vat', name: 'VAT', rate_ppm: 110_000, mode: 'inclusive' }],
  products: [
    { code: 'coffee', name: 'Coffee', category: 'Drinks', price_minor: 350, tax_code: 'vat', barcodes: ['54490001'] },
    { code: 'shay', name: 'شاي', category: 'Drinks', price_minor: 250, tax_code: 'vat', barcodes: [] },
    { code: 'khubz', name: 'Bread', category: null, price_minor: 80, tax_code: 'vat', barcodes: ['1', '2'] },
  ],
  staff: [],
};

/** A central on a real PostgreSQL, asked over HTTP. */
export class Office {
  readonly clock = new TestClock();
  readonly fleet = new Fleet();

  private constructor(
    readonly cluster: Cluster,
    readonly databaseUrl: string,
    readonly central: RunningCentral,
    clock: TestClock,
  ) {
    this.clock = clock;
  }

  static async start(): Promise<Office> {
    const clock = new TestClock();
    const cluster = await Cluster.start();
    const databaseUrl = cluster.url;
    return new Office(cluster, databaseUrl, await runCentral({ databaseUrl, port: 0, ports: clock.ports }), clock);
  }

  async stop(): Promise<void> {
    await this.central.stop();
    this.fleet.close();
    await this.cluster.stop();
  }

  /** A fresh token for the back office of that company. */
  admin(tenant: string): Promise<string> {
    return centralAdmin({ databaseUrl: this.databaseUrl, ports: this.clock.ports }, tenant);
  }

  async ask(route: string, { body, token, headers = {} }: Asked = {}): Promise<Answer> {
    const [method = 'GET', path = ''] = route.split(' ');
    const answer = await fetch(`${this.central.url}${path}`, {
      method,
      headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...typeOf(body), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') === true;
    return { status: answer.status, headers: answer.headers, text, body: isJson ? JSON.parse(text) : null };
  }

  /** The items of a list, as an administrator of that company gets them. */
  async list(tenant: string, path: string): Promise<Record<string, unknown>[]> {
    const { body } = await this.ask(`GET ${path}`, { token: await this.admin(tenant) });
    return (body as { items: Record<string, unknown>[] }).items;
  }

  /** A terminal of that company, enrolled over HTTP. */
  async enrol(tenant: string, terminal = this.fleet.add(), store = 'Main store'): Promise<EnrolledTill> {
    const code = await createCode(this.central.db, { tenant, store }, this.clock.ports);
    const { terminal_id, publicKey: public_key } = terminal;
    const { body } = await this.ask('POST /v1/enrolments', { body: { code, terminal_id, public_key } });
    const enrolment = body as EnrolmentAnswer;
    terminal.enrolled(enrolment);
    return { terminal, enrolment };
  }

  /** Sends everything that the terminal recorded. */
  async send({ terminal, enrolment }: EnrolledTill): Promise<Answer> {
    const events = terminal.events();
    let answer: Answer | undefined;
    for (let from = 0; from < events.length; from += 100) {
      const body = terminal.request(events.slice(from, from + 100));
      answer = await this.ask('POST /v1/sync', { body, token: enrolment.token });
    }
    if (!answer) throw new Error('There was nothing to send.');
    return answer;
  }
}

const typeOf = (body: unknown): Readonly<Record<string, string>> => {
  if (body === undefined) return {};
  return { 'content-type': typeof body === 'string' ? 'text/csv' : 'application/json' };
};

/** A terminal that central knows. */
export interface EnrolledTill {
  readonly terminal: TillTerminal;
  readonly enrolment: EnrolmentAnswer;
}

/** Expects a problem document with that status and code. */
export const expectProblem = (answer: Answer, status: number, code: string): void => {
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status, body: { status, code } });
};
