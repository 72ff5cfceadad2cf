import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publishDraft } from '../../src/central/catalog-draft.js';
import { editOverrides } from '../../src/central/draft-overrides.js';
import {
  centralCode,
  centralPublish,
  centralRevoke,
  centralRotate,
  type RunningCentral,
  runCentral,
} from '../../src/central/program.js';
import type { Relay } from '../../src/outbox/relay.js';
import { secretHash } from '../../src/outbox/protocol.js';
import { machineNetwork, machinePorts, type Network, NetworkFault, type Ports } from '../../src/ports.js';
import { linkOf } from '../../src/terminal/enrolment.js';
import { enrollTerminal } from '../../src/terminal/program.js';
import { Terminal } from '../../src/terminal/terminal.js';
import { relayOf } from '../../src/terminal/terminal-relay.js';
import { Cluster } from '../central/database.js';
import { commandsOn, shopContent } from '../terminal/shop.js';

let cluster: Cluster;
let databaseUrl: string;
let central: RunningCentral;
const places: string[] = [];
const open: Till[] = [];

beforeAll(async () => {
  cluster = await Cluster.start();
  databaseUrl = await cluster.emptyDatabase();
  central = await runCentral({ databaseUrl, port: 0, ports: machinePorts });
}, 60_000);
afterEach(async () => {
  for (const till of open.splice(0)) await till.end();
  for (const place of places.splice(0)) rmSync(place, { recursive: true, force: true });
});
afterAll(async () => {
  await central.stop();
  await cluster.stop();
});

const store = { databaseUrl: '', ports: machinePorts };
const atCentral = () => ({ ...store, databaseUrl });

/** Where a line to central may be cut. */
type Cut = 'before it arrives' | 'before it is answered' | null;

/** A terminal on its folder; the line for the next request to an address can be cut. */
class Till {
  readonly terminal: Terminal;
  readonly relay: Relay;
  cut: Cut = null;

  constructor(readonly place: string) {
    const ports: Ports = { ...machinePorts, network: this.line };
    const onBroken = (cause: unknown): void => {
      throw cause;
    };
    this.terminal = Terminal.open({ dataDir: place, ports, onCommitUnknown: onBroken });
    this.terminal.start();
    const link = linkOf(this.terminal);
    this.relay = relayOf(this.terminal, { ports, link, intervalMs: 60_000, takesCatalog: true, onBroken });
    this.relay.start();
    open.push(this);
  }

  static async enrolled(names: { tenant?: string; store?: string } = {}): Promise<Till> {
    const place = mkdtempSync(join(tmpdir(), 'tillog-enrolled-'));
    places.push(place);
    await enrollTerminal(place, central.url, await centralCode(atCentral(), names), machinePorts);
    return new Till(place);
  }

  /** As after a kill: nothing of the process is left but the folder. */
  async again(): Promise<Till> {
    await this.end();
    return new Till(this.place);
  }

  async end(): Promise<void> {
    const at = open.indexOf(this);
    if (at >= 0) open.splice(at, 1);
    await this.relay.stop();
    this.terminal.close();
  }

  get name() {
    return { tenant: 'Shop', terminal_id: this.terminal.recorder.identity.terminal_id };
  }

  /** What the folder says of the enrolment. */
  get enrolment() {
    return JSON.parse(readFileSync(this.terminal.folder.enrolment, 'utf8')) as { token: string; next_token?: string };
  }

  private get line(): Network {
    return {
      addresses: () => machineNetwork.addresses(),
      send: async (request) => {
        const { cut } = this;
        const isCut = cut !== null && request.url.endsWith('/v1/token');
        if (isCut && cut === 'before it arrives') throw new NetworkFault('cut');
        const answer = await machineNetwork.send(request);
        if (isCut) throw new NetworkFault('cut');
        return answer;
      },
    };
  }
}

const asks = (token: string): Promise<number> =>
  fetch(`${central.url}/v1/catalog?since=99`, { headers: { authorization: `Bearer ${token}` } }).then(
    ({ status }) => status,
  );

const rotationsOf = async (till: Till): Promise<readonly unknown[]> =>
  (
    await cluster.asOwner(
      `SELECT action || ' by ' || actor AS done FROM office_actions
       WHERE terminal_id = '${till.name.terminal_id}' ORDER BY done_at, action`,
      databaseUrl,
    )
  ).map(({ done }) => done);

describe('a terminal that central asks to take another token', () => {
  it('takes it by itself; the old one is good until the new one is used, and neither is shown to anybody', async () => {
    const till = await Till.enrolled();
    const { token: old } = till.enrolment;
    await till.relay.syncNow();
    await centralRotate(atCentral(), till.name);
    await till.relay.syncNow();
    const { token, next_token } = till.enrolment;
    expect([token === old, next_token]).toEqual([false, undefined]);
    expect(await asks(old)).toBe(304);
    expect(await till.relay.syncNow()).toMatchObject({ online: true, problem: null, token_problem: null });
    expect([await asks(old), await asks(token)]).toEqual([403, 304]);
    expect(await rotationsOf(till)).toEqual(['rotation_asked by command line', 'token_rotated by terminal']);
    await till.relay.syncNow();
    expect(till.enrolment).toMatchObject({ token });
    const [{ kept } = { kept: '' }] = await cluster.asOwner(
      `SELECT string_agg(t::text, '') AS kept FROM (SELECT * FROM terminal_tokens) t`,
      databaseUrl,
    );
    expect(String(kept)).not.toContain(token.slice(-43));
  });

  it.each<Cut>(['before it arrives', 'before it is answered'])(
    'goes on with the old token when the line is cut %s, says why, and has another one after a restart',
    async (cut) => {
      const till = await Till.enrolled();
      const { token: old } = till.enrolment;
      await till.relay.syncNow();
      await centralRotate(atCentral(), till.name);
      till.cut = cut;
      expect(await till.relay.syncNow()).toMatchObject({ online: true, problem: null });
      expect(till.relay.status().token_problem).toMatch(/Sales go on/u);
      const { token, next_token } = till.enrolment;
      expect(token).toBe(old);
      expect(await till.relay.syncNow()).toMatchObject({ online: true, problem: null });
      const later = await till.again();
      await later.relay.syncNow();
      expect(await later.relay.syncNow()).toMatchObject({ online: true, token_problem: null });
      expect(later.enrolment).toMatchObject({ token: next_token });
      expect(await asks(old)).toBe(403);
    },
  );

  it('has a good token when it is killed after the new one was put in the place of the old one', async () => {
    const till = await Till.enrolled();
    await till.relay.syncNow();
    await centralRotate(atCentral(), till.name);
    await till.relay.syncNow();
    const { token } = till.enrolment;
    const later = await till.again();
    expect(await later.relay.syncNow()).toMatchObject({ online: true, problem: null });
    expect(later.enrolment).toMatchObject({ token });
  });

  it('is not given one that its key did not sign, that nobody asked for, or after it was revoked', async () => {
    const till = await Till.enrolled();
    await till.relay.syncNow();
    const propose = async (body: object): Promise<unknown> => {
      const headers = { authorization: `Bearer ${till.enrolment.token}`, 'content-type': 'application/json' };
      const answer = await fetch(`${central.url}/v1/token`, { method: 'POST', headers, body: JSON.stringify(body) });
      return ((await answer.json()) as { code: string }).code;
    };
    const token_hash = 'ab'.repeat(32);
    const foreign = { token_hash, signature: till.terminal.sign('something else') };
    expect(await propose(foreign)).toBe('SIGNATURE_INVALID');
    expect(await propose({ token_hash, signature: 'x' })).toBe('REQUEST_INVALID');
    const present = secretHash(till.enrolment.token);
    const text = `tillog-token/1\n${till.name.terminal_id}\n${present}\n${token_hash}`;
    expect(await propose({ token_hash, signature: till.terminal.sign(text) })).toBe('ROTATION_NOT_ASKED');
    await centralRevoke(atCentral(), till.name);
    expect(await propose({ token_hash, signature: till.terminal.sign(text) })).toBe('TOKEN_REVOKED');
    await expect(centralRotate(atCentral(), till.name)).rejects.toThrow('TERMINAL_REVOKED');
    expect(await till.relay.syncNow()).toMatchObject({ problem_code: 'enrol_again' });
  });
});

it('a terminal that moves to another store sells from the catalog of that store, under the same version', async () => {
  const till = await Till.enrolled({ tenant: 'Movers', store: 'Town' });
  const airport = await Till.enrolled({ tenant: 'Movers', store: 'Airport' });
  const { tenant_id, store_id } = airport.terminal.recorder.identity;
  if (tenant_id === null || store_id === null) throw new Error('It is enrolled.');
  await centralPublish(atCentral(), tenant_id, shopContent);
  const editor = { tenant_id, store_id, by: 'Rania', seen: '*' };
  await editOverrides(central.db, editor, { put: [{ code: 'coffee', price_minor: 450 }], remove: [] }, machinePorts);
  await publishDraft(central.db, editor, machinePorts);
  await till.relay.syncNow();
  await airport.relay.syncNow();
  const priceAt = ({ terminal }: Till) => terminal.recorder.catalog.findProduct('coffee', '2026-11-23')?.price_minor;
  const usual = shopContent.products.find(({ code }) => code === 'coffee')?.price_minor;
  expect([priceAt(till), priceAt(airport)]).toEqual([usual, 450]);
  await till.end();
  await enrollTerminal(
    till.place,
    central.url,
    await centralCode(atCentral(), { tenant: 'Movers', store: 'Airport' }),
    machinePorts,
  );
  const moved = new Till(till.place);
  const before = moved.terminal.recorder.catalog.version;
  await moved.relay.syncNow();
  expect([before, moved.terminal.recorder.catalog.version, priceAt(moved)]).toEqual([2, 2, 450]);
  const commands = commandsOn(moved.terminal.recorder);
  await commands.openSession('open');
  expect(await commands.sell('one')).toMatchObject({ total_minor: 450 });
  expect(await moved.relay.syncNow()).toMatchObject({ rejected: [], catalog_version: 2 });
});
