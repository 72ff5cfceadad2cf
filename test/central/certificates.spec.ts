import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditCertificate } from '../../src/audit/program.js';
import type { SignedCertificate } from '../../src/events/certificate.js';
import { signHead } from '../../src/events/signature.js';
import { machinePorts } from '../../src/ports.js';
import { type CentralSource, openCentralSource } from '../../src/central/source.js';
import { centralCertificate, centralCertificateKeys, runCentral } from '../../src/central/program.js';
import { changed } from './fleet.js';
import { type Answer, type EnrolledTill, expectProblem, Office } from './office.js';

const date = '2026-11-23';
let office: Office;
let central: CentralSource;
let home: string;
beforeAll(async () => {
  office = await Office.start();
  central = await openCentralSource({ databaseUrl: office.databaseUrl, ports: machinePorts });
  home = mkdtempSync(join(tmpdir(), 'tillog-certificates-'));
}, 60_000);
afterAll(async () => {
  await central.close();
  await office.stop();
  rmSync(home, { recursive: true });
});

let companies = 0;
const company = (): string => `Company ${String((companies += 1))}`;

const tokens = new Map<string, string>();
/** A token for the back office of a company; a fresh one for each request would be most of the work. */
const tokenOf = async (tenant: string): Promise<string> => {
  const token = tokens.get(tenant) ?? (await office.admin(tenant));
  tokens.set(tenant, token);
  return token;
};

const ask = async (tenant: string, { terminal }: EnrolledTill, day = date): Promise<Answer> =>
  office.ask(`GET /v1/certificates/${terminal.terminal_id}/${day}`, { token: await tokenOf(tenant) });

const issued = async (tenant: string, till: EnrolledTill): Promise<SignedCertificate> => {
  const { status, body } = await ask(tenant, till);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body as SignedCertificate;
};

const refused = async (tenant: string, till: EnrolledTill): Promise<string> => {
  const answer = await ask(tenant, till);
  expectProblem(answer, 409, 'CERTIFICATE_REFUSED');
  return (answer.body as { problems: string[] }).problems.join('\n');
};

/** Checks a certificate against what central itself holds, as an auditor does with an export of it. */
const checked = async (signed: unknown, key?: string) => {
  const file = join(home, 'certificate.json');
  writeFileSync(file, typeof signed === 'string' ? signed : JSON.stringify(signed));
  const out: string[] = [];
  const write = (text: string): void => void out.push(text);
  const open = () => ({ ...central, close: () => Promise.resolve() });
  const exitCode = await auditCertificate(open, { file, key }, { write, complain: write, json: false });
  return { exitCode, text: out.join('') };
};

const asOwner = (sql: string): Promise<unknown> => office.cluster.asOwner(sql, office.databaseUrl);
const at = ({ terminal }: EnrolledTill, seq: number): string =>
  `terminal_id = '${terminal.terminal_id}' AND seq = ${String(seq)}`;

/** A terminal with one closed day: events 3 to 9, and two after it. */
const closedDay = async (tenant: string): Promise<EnrolledTill> => {
  const till = await office.enrol(tenant);
  till.terminal.openSession().sell(2).closeSession();
  till.terminal.append({ type: 'TerminalStopped', data: { reason: 'evening' } });
  await office.send(till);
  return till;
};

describe('the certificate of a day', () => {
  it('says where the day lies in the log, and central’s log agrees with it', async () => {
    const tenant = company();
    const till = await closedDay(tenant);
    const signed = await issued(tenant, till);
    const events = till.terminal.events();
    expect(signed.certificate).toMatchObject({
      terminal_id: till.terminal.terminal_id,
      terminal_public_key: till.terminal.publicKey,
      business_date: date,
      stretches: [
        {
          epoch: 1,
          first_seq: 3,
          last_seq: 8,
          events_count: 6,
          prev_hash: events[1]?.hash,
          head_hash: events[7]?.hash,
        },
      ],
      events_count: 6,
      sessions: [{ z_number: 1, training: false, opened: { epoch: 1, seq: 3 }, closed: { epoch: 1, seq: 8 } }],
      refused: [],
      disputed: [],
    });
    const { exitCode, text } = await checked(signed);
    expect([exitCode, text]).toEqual([0, expect.stringContaining('6 events')]);
    expect(text).toContain('compare it with one that you got elsewhere');
    expect((await checked(signed, signed.public_key)).text).not.toContain('compare it');
  });

  it.each([3, 6, 8])('is refused when event %i is gone, changed or moved, and names it', async (seq) => {
    const tenant = company();
    const till = await closedDay(tenant);
    const signed = await issued(tenant, till);
    const where = at(till, seq);
    const row = (await asOwner(`SELECT * FROM events WHERE ${where}`)) as Record<string, string>[];
    const altered = changed({ event: row[0]?.['event'] ?? '', hash: '' }, { staff_id: 'somebody' });
    for (const change of [
      `DELETE FROM events WHERE ${where}`,
      `UPDATE events SET event = replace(event, 'samir', 'nadia') WHERE ${where}`,
      `UPDATE events SET event = $$${altered.event}$$, hash = '${altered.hash}' WHERE ${where}`,
      `UPDATE events SET hash = repeat('a', 64) WHERE ${where}`,
      `UPDATE events SET event = 'gone' WHERE ${where}`,
    ]) {
      await asOwner(change);
      expect(await refused(tenant, till)).toMatch(new RegExp(`events? (\\d+ to )?${String(seq)}\\b`, 'u'));
      const { exitCode, text } = await checked(signed);
      expect([exitCode, text]).toEqual([1, expect.stringMatching(new RegExp(`\\b${String(seq)}\\b`, 'u'))]);
      await asOwner(`DELETE FROM events WHERE ${where}; ${insertOf(row[0] ?? {})}`);
      await issued(tenant, till);
    }
  });

  it('is refused when a whole session was taken out of the log and out of the read models', async () => {
    const tenant = company();
    const till = await office.enrol(tenant);
    till.terminal.openSession().sell(1).closeSession().openSession().sell(1).closeSession();
    await office.send(till);
    const { terminal_id } = till.terminal;
    await asOwner(
      `DELETE FROM session_totals WHERE session_id = (SELECT session_id::text FROM events WHERE ${at(till, 3)})`,
    );
    await asOwner(`DELETE FROM events WHERE terminal_id = '${terminal_id}' AND seq BETWEEN 3 AND 6`);
    expect(await refused(tenant, till)).toContain('MISSING: event 6 of epoch 1');
  });

  it('is refused while a session is open, and when nothing signed lies behind its end', async () => {
    const tenant = company();
    const till = await office.enrol(tenant);
    till.terminal.openSession().sell(1);
    await office.send(till);
    expect(await refused(tenant, till)).toMatch(/SESSION_OPEN: session [0-9a-f-]+, opened with event 3 of epoch 1/u);
    till.terminal.closeSession();
    await office.send(till);
    await issued(tenant, till);
    await asOwner(`UPDATE heads SET seq = 5 WHERE terminal_id = '${till.terminal.terminal_id}'`);
    expect(await refused(tenant, till)).toContain('UNSIGNED: events 6 to 6 of epoch 1');
    await asOwner(`DELETE FROM heads WHERE terminal_id = '${till.terminal.terminal_id}'`);
    expect(await refused(tenant, till)).toContain('UNSIGNED');
  });

  it('follows a day over midnight, by the date of its session', async () => {
    const tenant = company();
    const till = await office.enrol(tenant);
    till.terminal.openSession().sell(1);
    till.terminal.now = '2026-11-24T01:30:00.000Z';
    till.terminal.sell(2).closeSession();
    await office.send(till);
    expect((await issued(tenant, till)).certificate).toMatchObject({ events_count: 8 });
    expectProblem(await ask(tenant, till, '2026-11-24'), 404, 'DAY_UNKNOWN');
  });

  it('counts a refused event, whose text is kept, and names it', async () => {
    const tenant = company();
    const till = await office.enrol(tenant);
    const { terminal } = till;
    terminal.openSession().sell(1).sell(1).closeSession();
    // A newer program wrote event 6: everything after it names its hash.
    const events = terminal.events();
    for (let at = 5; at < events.length; at += 1) {
      const prev_hash = events[at - 1]?.hash;
      const event = events[at];
      if (event) events[at] = changed(event, { prev_hash, ...(at === 5 ? { type: 'FutureThing' } : {}) });
    }
    const head = { epoch: 1, seq: events.length, hash: events.at(-1)?.hash ?? '' };
    const { signature } = signHead(terminal.terminal_id, head, createPrivateKey(terminal.privateKey));
    const body = { ...terminal.request(events), head: { seq: head.seq, hash: head.hash, signature } };
    await office.ask('POST /v1/sync', { body, token: till.enrolment.token });
    const signed = await issued(tenant, till);
    expect(signed.certificate.refused).toEqual([{ epoch: 1, seq: 6, hash: events[5]?.hash, code: 'UNKNOWN_TYPE' }]);
    expect(await checked(signed)).toMatchObject({ exitCode: 0 });
    await asOwner(`UPDATE refused SET event_json = replace(event_json, 'Future', 'Past') WHERE ${at(till, 6)}`);
    expect(await refused(tenant, till)).toContain('ALTERED: event 6');
    await asOwner(`DELETE FROM refused WHERE ${at(till, 6)}`);
    expect(await refused(tenant, till)).toContain('MISSING: event 6');
    expect(await checked(signed)).toMatchObject({ exitCode: 1 });
  });

  it('has a stretch for each epoch, and names what a copied disk disputes', async () => {
    const tenant = company();
    const till = await office.enrol(tenant);
    till.terminal.openSession().sell(1);
    const copy = { ...till, terminal: office.fleet.clone(till.terminal) };
    till.terminal.sell(2);
    await office.send(till);
    copy.terminal.sell(1);
    await office.send(copy);
    copy.terminal.startEpoch().sell(1).closeSession();
    await office.send(copy);
    const { certificate, ...seal } = await issued(tenant, till);
    expect(certificate.stretches).toMatchObject([
      { epoch: 1, first_seq: 3, last_seq: 9 },
      { epoch: 2, first_seq: 8, last_seq: 11 },
    ]);
    expect(certificate.disputed.map(({ epoch, seq }) => [epoch, seq])).toEqual([
      [1, 6],
      [1, 7],
    ]);
    expect(certificate.sessions).toMatchObject([{ opened: { epoch: 1, seq: 3 }, closed: { epoch: 2, seq: 11 } }]);
    expect(await checked({ certificate, ...seal })).toMatchObject({ exitCode: 0 });
    await asOwner(`DELETE FROM forks WHERE ${at(till, 7)}`);
    expect(await refused(tenant, till)).toMatch(/event 7 of epoch 2/u);
  });
});

describe('the key of certificates', () => {
  it('is one for all copies of central, and another for each company', async () => {
    const [tenant, other] = [company(), company()];
    const [till, foreign] = [await closedDay(tenant), await closedDay(other)];
    const second = await runCentral({ databaseUrl: office.databaseUrl, port: 0, ports: machinePorts });
    const token = await tokenOf(tenant);
    const path = `/v1/certificates/${till.terminal.terminal_id}/${date}`;
    const answers = await Promise.all(
      [office.central.url, second.url, second.url, office.central.url].map(async (url) => {
        const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
        return (await answer.json()) as SignedCertificate;
      }),
    );
    await second.stop();
    expect(new Set(answers.map(({ public_key }) => public_key)).size).toBe(1);
    expect((await issued(other, foreign)).public_key).not.toBe(answers[0]?.public_key);
    expectProblem(await ask(other, till), 404, 'TERMINAL_UNKNOWN');
    const keys = await office.ask('GET /v1/certificate-keys', { token });
    expect(keys.body).toMatchObject({ items: [{ public_key: answers[0]?.public_key, retired_at: null }] });
    expect(keys.text).not.toContain('PRIVATE');
  });

  it('can be changed: what was signed stays good, and nothing is signed with the old one again', async () => {
    const tenant = company();
    const till = await closedDay(tenant);
    const before = await issued(tenant, till);
    const store = { databaseUrl: office.databaseUrl, ports: machinePorts };
    const keys = await centralCertificateKeys(store, tenant, true);
    expect(keys.map(({ public_key, retired_at }) => [public_key === before.public_key, retired_at === null])).toEqual([
      [false, true],
      [true, false],
    ]);
    const after = await centralCertificate(store, { tenant, terminal_id: till.terminal.terminal_id }, date);
    expect(after.public_key).toBe(keys[0]?.public_key);
    expect(await checked(before, before.public_key)).toMatchObject({ exitCode: 0 });
    expect(await checked(before, after.public_key)).toMatchObject({ exitCode: 1 });
    expect(await asOwner(`SELECT private_key FROM certificate_keys WHERE public_key = '${before.public_key}'`)).toEqual(
      [{ private_key: null }],
    );
  });
});

describe('a certificate that somebody changed', () => {
  it('is found out, and what is none is refused', async () => {
    const tenant = company();
    const till = await closedDay(tenant);
    const signed = await issued(tenant, till);
    const { certificate } = signed;
    const wrong = { ...signed, certificate: { ...certificate, business_date: '2026-11-22' } };
    expect(await checked(wrong)).toMatchObject({
      exitCode: 1,
      text: expect.stringContaining('SIGNATURE_WRONG') as string,
    });
    for (const none of [
      '',
      '{}',
      'null',
      '[]',
      JSON.stringify({ ...signed, certificate: { ...certificate, extra: 1 } }),
    ]) {
      expect(await checked(none)).toMatchObject({ exitCode: 2 });
    }
    expect(await checked(signed, 'no key')).toMatchObject({ exitCode: 2 });
  });
});

const insertOf = (row: Readonly<Record<string, string | number | Date | null>>): string => {
  const literal = (value: string | number | Date | null): string => {
    if (value === null) return 'NULL';
    return `$lit$${value instanceof Date ? value.toISOString() : String(value)}$lit$`;
  };
  return `INSERT INTO events (${Object.keys(row).join(', ')}) VALUES (${Object.values(row).map(literal).join(', ')})`;
};
