import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from '@node-rs/argon2';
import { type CatalogContent, makeCatalog } from '../../src/catalog/catalog.js';
import type { EventData, EventMeta, EventType, TillEvent } from '../../src/domain/event.js';
import { readText } from '../../src/events/envelope.js';
import type { Log, Ports } from '../../src/ports.js';
import { machinePorts } from '../../src/ports.js';
import { ApplyCatalog, ApplyCatalogHandler } from '../../src/terminal/commands/apply-catalog.js';
import { startTerminalServer, type TerminalServer } from '../../src/terminal/http/terminal-server.js';
import type { Relay } from '../../src/outbox/relay.js';
import { relayOf } from '../../src/terminal/terminal-relay.js';
import { Terminal } from '../../src/terminal/terminal.js';

const cheap = { memoryCost: 8, timeCost: 1, parallelism: 1 };

/** The shop of these tests: US dollars and Lebanese pounds, a coin of 5 cents, prices with and without tax. */
export const content: CatalogContent = {
  currency: 'USD',
  currencies: [
    { currency: 'USD', rate: { numerator: 1, denominator: 1 }, cash_step_minor: 5 },
    { currency: 'LBP', rate: { numerator: 1, denominator: 89_500 }, cash_step_minor: 500_000 },
  ],
  methods: ['card'],
  taxes: [
    { tax_code: 'VAT', name: 'VAT', rate_ppm: 110_000, mode: 'inclusive' },
    { tax_code: 'SVC', name: 'Service', rate_ppm: 50_000, mode: 'exclusive' },
  ],
  products: [
    {
      code: 'coffee',
      name: 'Coffee',
      category: 'Drinks',
      price_minor: 350,
      tax_code: 'VAT',
      barcodes: ['5901234123457'],
    },
    { code: 'cake', name: 'Cake', category: null, price_minor: 499, tax_code: 'SVC', barcodes: [] },
    { code: 'evil', name: 'X\u001bp\u0019\u202eY', category: null, price_minor: 100, tax_code: 'VAT', barcodes: [] },
  ],
  staff: [
    { staff_id: 's-1', staff_code: '1', name: 'Nour', role: 'cashier', pin_hash: hashSync('pin-1111', cheap) },
    { staff_id: 's-2', staff_code: '2', name: 'Sami', role: 'supervisor', pin_hash: hashSync('pin-2222', cheap) },
    { staff_id: 's-9', staff_code: '9', name: 'Maha', role: 'manager', pin_hash: hashSync('pin-9999', cheap) },
    { staff_id: 's-0', staff_code: '0', name: 'Gone', role: 'manager', pin_hash: null },
  ],
};

/** Minutes that a zone is ahead of UTC at a moment, as the tables of Node say. */
const offsetIn = (timeZone: string, wall: number): number => {
  const local = new Date(wall).toLocaleString('sv-SE', { timeZone });
  return Math.round((Date.parse(`${local.replace(' ', 'T')}Z`) - wall) / 60_000);
};

/** An answer, its body read as JSON where it is JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

/** How a request departs from the usual one. */
export interface Special {
  readonly key?: string | null;
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is. */
  readonly raw?: string | Uint8Array;
}

/** A terminal with its server on a free port, in a data folder of its own. */
export class Till {
  readonly logged: string[] = [];
  token = '';
  terminal!: Terminal;
  server!: TerminalServer;
  relay!: Relay;
  private keys = 0;
  private aheadMs = 0;
  private setMs = 0;
  readonly folder = mkdtempSync(join(tmpdir(), 'tillog-http-'));
  private readonly ports: Ports;

  /** @param where the time zone of the shop, and its time at first; those of this machine when left out */
  constructor(where?: { readonly zone: string; readonly startsAt: string }) {
    const { clock } = machinePorts;
    if (where) this.setMs = Date.parse(where.startsAt) - clock.wall();
    this.ports = {
      ...machinePorts,
      clock: {
        ...clock,
        ...(where && { zone: where.zone, utcOffsetMinutes: (wall: number) => offsetIn(where.zone, wall) }),
        wall: () => clock.wall() + this.aheadMs + this.setMs,
        monotonic: () => clock.monotonic() + this.aheadMs,
      },
    };
  }

  /** Lets time pass until a moment. */
  passUntil(moment: string): void {
    this.pass(Date.parse(moment) - this.ports.clock.wall());
  }

  /** Lets time pass. */
  pass(ms: number): void {
    this.aheadMs += ms;
  }

  /** Somebody sets the wall clock. */
  setClock(ms: number): void {
    this.setMs += ms;
  }

  async start({
    catalog,
    host = '127.0.0.1',
    hasPrinter = false,
  }: { catalog?: CatalogContent | null; host?: string; hasPrinter?: boolean } = {}): Promise<this> {
    this.terminal = Terminal.open({
      dataDir: this.folder,
      ports: this.ports,
      hasPrinter,
      onCommitUnknown: () => undefined,
    });
    this.terminal.start();
    const version = this.terminal.recorder.catalog.version - 1;
    if (catalog !== null) {
      await new ApplyCatalogHandler(this.terminal.recorder).execute(
        new ApplyCatalog(makeCatalog(version, catalog ?? content)),
      );
    }
    const log = this.log();
    const { terminal, ports } = this;
    const noLink = { ports, link: null, intervalMs: 30_000, takesCatalog: false, onBroken: () => undefined };
    this.relay = relayOf(terminal, noLink);
    this.relay.start();
    this.server = await startTerminalServer({ terminal, relay: this.relay, ports, host, port: 0, log });
    return this;
  }

  private log(): Log {
    const keep = (fields: object, message: string): void => void this.logged.push(JSON.stringify([fields, message]));
    return { info: keep, warn: keep, error: keep };
  }

  async stop(): Promise<void> {
    await Promise.all([this.relay.stop(), this.server.stop()]);
    this.terminal.stop('test');
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start({ catalog: null });
    this.token = '';
  }

  /** Every event of a type, oldest first. */
  recorded<T extends EventType>(type: T): readonly (EventMeta & { readonly data: EventData[T] })[] {
    const events = this.terminal.recorder.log.read(0, 10_000).map(({ envelope }) => readText(envelope));
    return events.filter((event) => event.type === type) as unknown as readonly TillEvent<T>[];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** The newest event: what must not move when a request is refused. */
  get head() {
    return this.terminal.recorder.log.head;
  }

  get events() {
    return this.terminal.recorder.log.read(0, 10_000).map(({ type }) => type);
  }

  async signIn(staff_code: string, pin: string): Promise<Answer> {
    const answer = await this.post('/v1/login', { staff_code, pin }, { token: null, key: null });
    if (answer.status === 200) this.token = String(answer.body['token']);
    return answer;
  }

  get(path: string, special: Special = {}): Promise<Answer> {
    return this.send('GET', path, undefined, { key: null, ...special });
  }

  post(path: string, body?: unknown, special: Special = {}): Promise<Answer> {
    return this.send('POST', path, body, special);
  }

  async send(method: string, path: string, body: unknown, special: Special): Promise<Answer> {
    const payload = special.raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const headers = { ...this.usualHeaders(payload !== undefined, special), ...special.headers };
    const answer = await fetch(this.server.url + path, {
      method,
      headers,
      ...(payload === undefined ? {} : { body: payload as string }),
    });
    const text = await answer.text();
    const isJson = /^application\/(problem\+)?json/u.test(answer.headers.get('content-type') ?? '');
    const read = isJson ? (JSON.parse(text) as Answer['body']) : {};
    return { status: answer.status, headers: answer.headers, text, body: read };
  }

  private usualHeaders(hasBody: boolean, { key, token = this.token }: Special): Record<string, string> {
    const fresh = key === undefined ? `key-${String((this.keys += 1))}` : key;
    return {
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
      ...(fresh === null ? {} : { 'idempotency-key': fresh }),
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    };
  }

  /** A request whose Host header says something else than where it goes, which fetch does not allow. */
  sendTo(host: string, method: string, path: string, body = ''): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const headers = {
        host,
        'content-type': 'application/json',
        authorization: `Bearer ${this.token}`,
        'idempotency-key': 'h',
      };
      const call = httpRequest(new URL(path, this.server.url), { method, headers }, (answer) => {
        let text = '';
        answer.on('data', (part: Buffer) => (text += part.toString()));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      });
      call.on('error', reject);
      call.end(body);
    });
  }
}

/** One coffee paid in cash. */
export const coffee = { lines: [{ code: 'coffee' }], tenders: [{ method: 'cash', amount_minor: 500 }] };
