import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { archiveFiles } from '../../src/archive-commands.js';
import { openBundle } from '../../src/audit/bundle-source.js';
import {
  type AuditOutput,
  auditDay,
  auditExport,
  auditPatterns,
  auditState,
  auditVerify,
} from '../../src/audit/program.js';
import type { RangeOptions } from '../../src/audit/range.js';
import { openAuditSource } from '../../src/audit-source.js';
import { centralArchive, centralCertificateKeys } from '../../src/central/program.js';
import { verifyMembers } from '../../docs/verifier.mjs';
import { temporaryFolder } from '../temporary-folder.js';
import { type EnrolledTill, Office } from './office.js';

const home = temporaryFolder();
let office: Office;
/** Two tills of one company, the second of which sells on in another epoch, and one of another company. */
let tills: readonly [EnrolledTill, EnrolledTill, EnrolledTill];

beforeAll(async () => {
  office = await Office.start();
  const [first, second, foreign] = [await office.enrol('One'), await office.enrol('One'), await office.enrol('Two')];
  first.terminal.openSession().sell(2).closeSession().openSession('2026-11-24').sell(1);
  second.terminal.openSession().sell(1).startEpoch().sell(1).closeSession();
  foreign.terminal.openSession().sell(3);
  tills = [first, second, foreign];
  for (const till of tills) await office.send(till);
}, 60_000);
afterAll(async () => {
  await office.stop();
  rmSync(home, { recursive: true });
});

const store = () => ({ databaseUrl: office.databaseUrl, ports: office.clock.ports });
const open = (named = office.databaseUrl) => openAuditSource(named, office.clock.ports);
const idsOf = (some: readonly EnrolledTill[]): readonly string[] =>
  some.map(({ terminal }) => terminal.terminal_id).sort();
const companyOf = ({ enrolment }: EnrolledTill): string => enrolment.tenant_id;
const keyOf = async (company: string): Promise<string | undefined> =>
  (await centralCertificateKeys(store(), company, false))[0]?.public_key;

/** What a command of the auditor says, and how it ends. */
const said = async (command: (output: AuditOutput) => Promise<number>, json = false) => {
  const out: string[] = [];
  const write = (text: string): void => void out.push(text);
  const exitCode = await command({ write, complain: write, json });
  return { exitCode, text: out.join('') };
};
const reportOf = async (command: (output: AuditOutput) => Promise<number>) => {
  const { exitCode, text } = await said(command, true);
  return { exitCode, report: JSON.parse(text) as Record<string, unknown> };
};

let files = 0;
const exported = async (range: RangeOptions) => {
  const file = join(home, `bundle-${String((files += 1))}.tillog`);
  return { file, ...(await said((output) => auditExport(() => open(), { file, range }, output))) };
};

/** Everything in a folder and below: names, sizes and times. */
const listing = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => {
    const { size, mtimeNs } = statSync(join(folder, name), { bigint: true });
    return [name, size, mtimeNs].join(' ');
  });

describe('central as the source of an audit', () => {
  it.each([
    ['its address', () => office.databaseUrl],
    ['the folder of the central that runs', () => office.cluster.folder],
  ])('is read from %s, all terminals at once', async (_says, named) => {
    const { exitCode, report } = await reportOf((output) => auditVerify(() => open(named()), {}, output));
    expect({ exitCode, ...report }).toMatchObject({ exitCode: 0, ok: true, unanchored: [] });
    const terminals = report['terminals'] as { terminal_id: string }[];
    expect([...new Set(terminals.map(({ terminal_id }) => terminal_id))].sort()).toEqual(idsOf(tills));
    const source = await open(named());
    expect(source.name).not.toContain('@');
    await source.close();
    const day = await reportOf((output) => auditDay(() => open(named()), { date: '2026-11-23' }, output));
    expect(day.report).toMatchObject({ totals: { sales_count: 7, gross_minor: 7 * 350 } });
    expect(day.report['days']).toHaveLength(3);
  });
});

describe('a bundle that central makes', () => {
  it('is sealed with the key of the company, has the same bytes each time, and both verifiers take it', async () => {
    const [one, again] = [
      await exported({ tenant: companyOf(tills[0]) }),
      await exported({ tenant: companyOf(tills[0]) }),
    ];
    expect(readFileSync(one.file).equals(readFileSync(again.file))).toBe(true);
    const key = await keyOf('One');
    expect(one).toMatchObject({
      exitCode: 0,
      text: expect.stringContaining(`Sealed with the key ${String(key)}`) as string,
    });
    const { exitCode, report } = await reportOf((output) =>
      auditVerify(() => openBundle(one.file), { sealedBy: key }, output),
    );
    expect({ exitCode, ...report }).toMatchObject({ exitCode: 0, ok: true, sealed_by: key });
    expect(await verifyMembers(membersOf(one.file))).toMatchObject({
      ok: true,
      sealed: key,
      keys: expect.not.arrayContaining([key]) as string[],
    });
    const foreign = await said(async (output) =>
      auditVerify(() => openBundle(one.file), { sealedBy: await keyOf('Two') }, output),
    );
    expect(foreign).toMatchObject({ exitCode: 1, text: expect.stringContaining('SEAL_WRONG') as string });
  });

  it('of one terminal is sealed so too, and holds all its branches', async () => {
    const { file, exitCode } = await exported({ terminal: tills[1].terminal.terminal_id });
    expect(exitCode).toBe(0);
    const { report } = await reportOf((output) => auditVerify(() => openBundle(file), {}, output));
    expect(report).toMatchObject({ ok: true, sealed_by: await keyOf('One') });
  });

  it('is found out when something in it was changed', async () => {
    const { file } = await exported({ tenant: companyOf(tills[2]) });
    const members = membersOf(file);
    const seal = JSON.parse(new TextDecoder().decode(members['signature.json'])) as { signature: string };
    const other = { ...seal, public_key: await keyOf('One') };
    const { ok, sealed, findings } = await verifyMembers({
      ...members,
      'signature.json': new TextEncoder().encode(JSON.stringify(other)),
    });
    expect({ ok, sealed, details: findings.map(({ detail }) => detail) }).toEqual({
      ok: false,
      sealed: null,
      details: ['the seal is broken'],
    });
  });

  it('of several companies is sealed by none, and says how to get one that is', async () => {
    const { file, exitCode, text } = await exported({});
    expect(exitCode).toBe(0);
    expect(text).toMatch(/Not sealed: .*several companies.*--tenant/u);
    const { report } = await reportOf((output) => auditVerify(() => openBundle(file), {}, output));
    expect(report).toMatchObject({ ok: true, sealed_by: null });
    const none = await exported({ tenant: '00000000-0000-4000-8000-000000000000' });
    expect(none).toMatchObject({ exitCode: 2, text: expect.stringContaining('no such events') as string });
  });

  it('is sealed with the next key once there is one, and what the key before sealed stays good', async () => {
    const tenant = companyOf(tills[2]);
    const before = await exported({ tenant });
    const [now, former] = await centralCertificateKeys(store(), 'Two', true);
    const after = await exported({ tenant });
    const sealedBy = async (file: string, key?: string) =>
      (await said((output) => auditVerify(() => openBundle(file), { sealedBy: key }, output))).exitCode;
    expect(await sealedBy(before.file, former?.public_key)).toBe(0);
    expect(await sealedBy(after.file, now?.public_key)).toBe(0);
    expect(await sealedBy(after.file, former?.public_key)).toBe(1);
  });
});

const membersOf = (file: string) => {
  const folder = temporaryFolder();
  try {
    execFileSync('tar', ['-xf', file, '-C', folder]);
    return Object.fromEntries(
      readdirSync(folder).map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
};

describe('a central that archived a part of a log', () => {
  const archived = () => tills[0].terminal.terminal_id;
  beforeAll(async () => {
    const order = { tenant: 'One', terminal_id: archived(), before: '2026-11-24', out: home };
    expect(await centralArchive(store(), archiveFiles, order, () => undefined)).toBe(0);
  });

  it.each<[string, (output: AuditOutput) => Promise<number>]>([
    ['day', (output) => auditDay(() => open(), {}, output)],
    ['day of the archived date', (output) => auditDay(() => open(), { date: '2026-11-23' }, output)],
    ['patterns', (output) => auditPatterns(() => open(), { thresholds: [] }, output)],
    ['state', (output) => auditState(() => open(), { terminal: archived(), at: { seq: 5 } }, output)],
    ['export', (output) => auditExport(() => open(), { file: join(home, 'never'), range: {} }, output)],
  ])('says for %s which file has it, and gives no figure that would be too small', async (_says, command) => {
    const { exitCode, text } = await said(command);
    expect(exitCode).toBe(2);
    expect(text).toMatch(/^Events 1 to \d+ of terminal .* are archived in .*\.tar: use that file, or put them back/u);
  });

  it('gives a later day, of which nothing is archived', async () => {
    const day = await reportOf((output) => auditDay(() => open(), { date: '2026-11-24' }, output));
    expect(day).toMatchObject({ exitCode: 0, report: { totals: { sales_count: 1, gross_minor: 350 } } });
    const csv = join(home, 'tables');
    const tables = await said((output) => auditDay(() => open(), { date: '2026-11-24' }, output, { csv }));
    expect([tables.exitCode, tables.text]).toEqual([2, expect.stringContaining('are archived in')]);
    expect(readdirSync(home)).not.toContain('tables');
  });

  it('gives the other terminals, and that file gives the day', async () => {
    const terminal = tills[1].terminal.terminal_id;
    const other = await reportOf((output) => auditDay(() => open(), { terminal }, output));
    expect(other).toMatchObject({ exitCode: 0, report: { totals: { sales_count: 2 } } });
    expect(await said((output) => auditPatterns(() => open(), { terminal, thresholds: [] }, output))).toMatchObject({
      exitCode: 0,
    });
    const file = join(home, readdirSync(home).find((name) => name.endsWith('.tar')) ?? '');
    const day = await reportOf((output) => auditDay(() => openBundle(file), { date: '2026-11-23' }, output));
    expect(day).toMatchObject({ exitCode: 0, report: { totals: { sales_count: 2, gross_minor: 700 } } });
  });
});

describe('a central that was stopped', () => {
  it('is read from a copy, seals with its key, and its folder stays as it was', async () => {
    await office.central.stop();
    await office.cluster.halt();
    const { folder } = office.cluster;
    const before = listing(folder);
    const file = join(home, 'stopped.tillog');
    const range = { tenant: companyOf(tills[2]) };
    const { exitCode, text } = await said((output) => auditExport(() => open(folder), { file, range }, output));
    expect([exitCode, text]).toEqual([0, expect.stringContaining('Sealed with the key')]);
    expect(listing(folder)).toEqual(before);
  });
});
