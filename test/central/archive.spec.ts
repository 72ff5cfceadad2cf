import { randomUUID } from 'node:crypto';
import { appendFileSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { archiveFiles } from '../../src/archive-commands.js';
import { auditExport } from '../../src/audit/program.js';
import { openBundle } from '../../src/audit/bundle-source.js';
import type { LogSource } from '../../src/audit/source.js';
import { verifyLogs, type VerifyReport } from '../../src/audit/verify.js';
import { archiveTerminal, type Archived } from '../../src/central/archive.js';
import type { ArchiveFiles } from '../../src/central/archive-file.js';
import { centralArchive, centralRebuild, centralUnarchive } from '../../src/central/program.js';
import { openCentralSource } from '../../src/central/source.js';
import { openEnvelope, readText } from '../../src/events/envelope.js';
import type { SyncAnswer } from '../../src/outbox/protocol.js';
import { centralReadModels } from '../../src/projections/read-models.js';
import { salesIn } from '../domain/original-sales.js';
import { cashier, changed, idOf, type TillTerminal } from './fleet.js';
import { type EnrolledTill, expectProblem, Office } from './office.js';
import { temporaryFolder } from '../temporary-folder.js';

const later = '2026-11-24';
let office: Office;
const folders: string[] = [];
beforeAll(async () => {
  office = await Office.start();
}, 60_000);
afterAll(async () => {
  await office.stop();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const folder = (): string => {
  const made = temporaryFolder();
  folders.push(made);
  return made;
};

let companies = 0;
const company = (): string => `Company ${String((companies += 1))}`;

const asOwner = (sql: string) => office.cluster.asOwner(sql, office.databaseUrl);

const voidLast = (terminal: TillTerminal): void => {
  const sale = salesIn(terminal.events().map(({ event }) => readText(event))).at(-1);
  if (!sale) throw new Error('Nothing was sold.');
  terminal.do({ type: 'VoidSale', local_id: randomUUID(), sale, reason: 'wrong', authority: cashier });
};

/** A closed day with a voided sale, and a later session that goes on: returns where the first ends. */
const twoDays = async (tenant: string): Promise<{ till: EnrolledTill; end: number }> => {
  const till = await office.enrol(tenant);
  till.terminal.openSession().sell(3);
  voidLast(till.terminal);
  till.terminal.closeSession();
  const end = till.terminal.events().length;
  till.terminal.openSession(later).sell(2);
  await office.send(till);
  return { till, end };
};

const archive = (
  { terminal, enrolment }: EnrolledTill,
  out: string,
  { files = archiveFiles, before = later }: { files?: ArchiveFiles; before?: string } = {},
): Promise<Archived | undefined> =>
  archiveTerminal(
    { db: office.central.db, ports: office.clock.ports, files },
    { tenant_id: enrolment.tenant_id, actor: 'command line' },
    { terminal_id: terminal.terminal_id, before, out },
  );

const store = () => ({ databaseUrl: office.databaseUrl, ports: office.clock.ports });

const textsOf = async ({ terminal }: EnrolledTill): Promise<unknown> =>
  asOwner(
    `SELECT seq, event, archived_at FROM events WHERE terminal_id = '${terminal.terminal_id}' ORDER BY epoch, seq`,
  );

const goneOf = async ({ terminal }: EnrolledTill): Promise<readonly number[]> => {
  const sql = `SELECT seq FROM events WHERE terminal_id = '${terminal.terminal_id}' AND event IS NULL ORDER BY seq`;
  return (await asOwner(sql)).map(({ seq }) => Number(seq));
};

/** Everything that people see of a company. */
const figures = async (tenant: string, { enrolment }: EnrolledTill): Promise<unknown> => {
  const token = await office.admin(tenant);
  const pages = [
    'sessions',
    'receipts',
    'corrections',
    'reports/sales?by=product',
    'reports/sales?by=hour',
    'conflicts',
  ];
  const seen: unknown[] = [];
  for (const page of pages) {
    const { status, body } = await office.ask(`GET /v1/${page}`, { token });
    seen.push([page, status, body]);
  }
  for (const { table, key } of centralReadModels) {
    seen.push(
      await asOwner(`SELECT t::text FROM ${table} t WHERE tenant_id = '${enrolment.tenant_id}' ORDER BY ${key}`),
    );
  }
  return seen;
};

const audited = async ({ terminal }: EnrolledTill): Promise<VerifyReport> => {
  const source: LogSource = await openCentralSource(store());
  try {
    const terminals = (await source.terminals()).filter(({ terminal_id }) => terminal_id === terminal.terminal_id);
    return await verifyLogs(
      { ...source, terminals: () => Promise.resolve(terminals), defects: () => source.defects() },
      {},
    );
  } finally {
    await source.close();
  }
};

const sent = async (till: EnrolledTill, events: readonly unknown[]): Promise<SyncAnswer> => {
  const body = till.terminal.request(events);
  const { status, body: answer } = await office.ask('POST /v1/sync', { body, token: till.enrolment.token });
  expect(status).toBe(200);
  return answer as SyncAnswer;
};

describe('an archive', () => {
  it('takes the texts of old events away once a verified file has them, and every figure stays as it was', async () => {
    const tenant = company();
    const { till, end } = await twoDays(tenant);
    const before = await figures(tenant, till);
    const out = folder();
    const archived = await archive(till, out);
    expect(archived).toMatchObject({ from_seq: 1, to_seq: end, head_hash: till.terminal.events()[end - 1]?.hash });
    expect(readdirSync(out)).toEqual([`${till.terminal.terminal_id}-1-${String(end)}.tar`]);
    const gone = await goneOf(till);
    expect(gone).toHaveLength(end - 1); // the voided sale stays
    expect(gone.at(-1)).toBe(end);
    expect(await figures(tenant, till)).toEqual(before);
    const report = await verifyLogs(openBundle(archived?.file ?? ''), {});
    const all = till.terminal.events().length;
    expect(report).toMatchObject({ ok: true, events: all, terminals: [{ anchored_to_seq: all }], unanchored: [] });
    expect(report.sealed_by).not.toBeNull();
    const actions = await office.ask('GET /v1/office-actions', { token: await office.admin(tenant) });
    expect(actions.text).toContain('log_archived');
    expect(actions.text).toContain(archived?.file_sha256);
    expect(await archive(till, out)).toBeUndefined();
  });

  it('leaves verdicts as they were: a repeat has its receipt, another content is a conflict, new events go on', async () => {
    const { till } = await twoDays(company());
    const events = till.terminal.events();
    const first = await sent(till, events);
    await archive(till, folder());
    const again = await sent(till, events);
    expect(again.accepted).toEqual(first.accepted);
    expect(again).toMatchObject({ rejected: [], missing: [], contiguous_seq: events.length });
    till.terminal.sell(1).closeSession();
    const more = await sent(till, till.terminal.sealed(events.length + 1));
    expect(more).toMatchObject({ rejected: [], missing: [], contiguous_seq: till.terminal.events().length });
    const fifth = events[4];
    if (!fifth) throw new Error('There is no fifth event.');
    const other = changed(fifth, { local_id: randomUUID(), staff_id: 'nadia' });
    const { rejected } = await sent(till, [other]);
    expect(rejected).toMatchObject([{ local_id: idOf(other), code: 'CONFLICT' }]);
  });

  it('is known to an auditor of central, who verifies the rest behind it', async () => {
    const { till, end } = await twoDays(company());
    till.terminal.sell(1).closeSession();
    await office.send(till);
    const archived = await archive(till, folder());
    const all = till.terminal.events().length;
    const report = await audited(till);
    expect(report).toMatchObject({
      ok: true,
      problems: [],
      events: all - end,
      terminals: [{ first_seq: end + 1, last_seq: all, anchored_to_seq: all }],
      archived: [{ from_seq: 1, to_seq: end, head_hash: archived?.head_hash, file_sha256: archived?.file_sha256 }],
    });
    const id = till.terminal.terminal_id;
    await asOwner(`UPDATE events SET hash = repeat('a', 64) WHERE terminal_id = '${id}' AND seq = 4`);
    expect((await audited(till)).problems).toMatchObject([{ code: 'HASH_WRONG' }]);
    await asOwner(`DELETE FROM events WHERE terminal_id = '${id}' AND seq = ${String(end + 1)}`);
    expect((await audited(till)).problems.map(({ code }) => code)).toContain('GAP');
  });

  it('goes on from the archive before, whose file has to be there', async () => {
    const tenant = company();
    const { till, end } = await twoDays(tenant);
    const out = folder();
    await archive(till, out);
    till.terminal.closeSession();
    const second = till.terminal.events().length;
    await office.send(till);
    const before = await figures(tenant, till);
    const wish = { before: '2026-12-01' };
    await expect(archive(till, folder(), wish)).rejects.toThrow(/ARCHIVE_FILE_MISSING/u);
    const archived = await archive(till, out, wish);
    expect(archived).toMatchObject({ from_seq: end + 1, to_seq: second });
    expect(await verifyLogs(openBundle(archived?.file ?? ''), {})).toMatchObject({ ok: true, events: second });
    expect(await figures(tenant, till)).toEqual(before);
    expect(await audited(till)).toMatchObject({ ok: true, events: 0, archived: [{ to_seq: second }] });
    const { file = '' } = archived ?? {};
    expect(await centralUnarchive(store(), archiveFiles, file)).toMatchObject({ events: second - 1 });
    expect(await goneOf(till)).toEqual([]);
  });

  it('is put back text by text, after which a rebuild works that was refused before', async () => {
    const tenant = company();
    const { till } = await twoDays(tenant);
    const before = await textsOf(till);
    const archived = await archive(till, folder());
    await expect(centralRebuild(store(), tenant)).rejects.toThrow(/REBUILD_ARCHIVED/u);
    const token = await office.admin(tenant);
    const certificate = `GET /v1/certificates/${till.terminal.terminal_id}/2026-11-23`;
    expectProblem(await office.ask(certificate, { token }), 409, 'CERTIFICATE_REFUSED');
    const other = await twoDays(tenant);
    const foreign = await archive(other.till, folder());
    const { file = '' } = archived ?? {};
    const wrong = join(folder(), 'wrong.tar');
    await expect(centralUnarchive(store(), archiveFiles, wrong)).rejects.toThrow(/ENOENT/u);
    await centralUnarchive(store(), archiveFiles, foreign?.file ?? '');
    await expect(centralUnarchive(store(), archiveFiles, foreign?.file ?? '')).rejects.toThrow(/ARCHIVE_UNKNOWN/u);
    expect(await goneOf(till)).not.toEqual([]);
    await centralUnarchive(store(), archiveFiles, file);
    expect(await textsOf(till)).toEqual(before);
    expect((await centralRebuild(store(), tenant)).every(({ differing }) => differing === 0)).toBe(true);
    expect((await office.ask(certificate, { token })).status).toBe(200);
    expect(await audited(till)).toMatchObject({ ok: true, archived: [] });
  });
});

describe('an archive that cannot be', () => {
  const expectRefused = async (till: EnrolledTill, reason: RegExp, files = archiveFiles): Promise<void> => {
    const before = await textsOf(till);
    const out = folder();
    await expect(archive(till, out, { files })).rejects.toThrow(reason);
    expect(await textsOf(till)).toEqual(before);
    expect(readdirSync(out)).toEqual([]);
  };

  it('is refused where an event is disputed, refused, changed or missing, and names it', async () => {
    const { till } = await twoDays(company());
    const id = till.terminal.terminal_id;
    const fifth = till.terminal.events()[4];
    if (!fifth) throw new Error('There is no fifth event.');
    await asOwner(`UPDATE events SET event = replace(event, 'samir', 'nadia') WHERE terminal_id = '${id}' AND seq = 6`);
    await expectRefused(till, /HASH_WRONG at event 6/u);
    await asOwner(`DELETE FROM events WHERE terminal_id = '${id}' AND seq = 6`);
    await expectRefused(till, /GAP at event 6/u);
    const { rejected } = await sent(till, [changed(fifth, { local_id: randomUUID(), staff_id: 'nadia' })]);
    expect(rejected).toMatchObject([{ code: 'CONFLICT' }]);
    await expectRefused(till, /ARCHIVE_DISPUTED: event 5 /u);
  });

  it('is refused while a session is open, where its Z is wrong, without a signed head, and behind a new epoch', async () => {
    const open = await office.enrol(company());
    open.terminal.openSession().sell(1);
    await office.send(open);
    await expectRefused(open, /ARCHIVE_SESSION_OPEN: .* event 3 /u);
    const wrong = await office.enrol(company());
    wrong.terminal
      .openSession()
      .sell(1)
      .closeSession((closed) => ({
        ...closed,
        z_report: { ...closed.z_report, turnover_minor: closed.z_report.turnover_minor + 100 },
      }));
    await office.send(wrong);
    await expectRefused(wrong, /ARCHIVE_SESSION_DIFFERS: .* event 3 /u);
    const { till, end } = await twoDays(company());
    const id = till.terminal.terminal_id;
    await asOwner(`UPDATE heads SET seq = 5 WHERE terminal_id = '${id}'`);
    await expectRefused(till, new RegExp(`ARCHIVE_UNSIGNED: .* event ${String(end)} `, 'u'));
    const restored = await twoDays(company());
    restored.till.terminal.startEpoch();
    await office.send(restored.till);
    await expectRefused(restored.till, /ARCHIVE_BRANCHED: epoch 2 starts at event \d+/u);
  });

  it('removes nothing when the file is cut off, not signed, or cannot be written', async () => {
    const { till } = await twoDays(company());
    const damaging = (damage: (file: string) => void): ArchiveFiles => ({
      ...archiveFiles,
      write: async (log, file, key) => {
        await archiveFiles.write(log, file, key);
        damage(file);
      },
    });
    await expectRefused(
      till,
      /not a whole bundle/u,
      damaging((file) => truncateSync(file, 4096)),
    );
    await expectRefused(
      till,
      /not a whole bundle/u,
      damaging((file) => appendFileSync(file, 'more')),
    );
    const before = await textsOf(till);
    await expect(archive(till, join(folder(), 'missing'))).rejects.toThrow(/cannot be written \(ENOENT\)/u);
    await expect(archive(till, folder(), { before: '23.11.2026' })).rejects.toThrow(/ARCHIVE_DATE_INVALID/u);
    const said: string[] = [];
    const wish = { tenant: `Company ${String(companies)}`, before: later, out: join(folder(), 'missing') };
    expect(await centralArchive(store(), archiveFiles, wish, (text) => said.push(text))).toBe(1);
    expect(said.join('')).toMatch(/cannot be written .* Nothing was removed\./u);
    expect(await textsOf(till)).toEqual(before);
  });

  it('can be done again when it broke off between the file and the removal', async () => {
    const { till, end } = await twoDays(company());
    const before = await textsOf(till);
    const out = folder();
    await asOwner('ALTER TABLE archives ADD CONSTRAINT breaks CHECK (false) NOT VALID');
    try {
      await expect(archive(till, out)).rejects.toThrow(/breaks/u);
    } finally {
      await asOwner('ALTER TABLE archives DROP CONSTRAINT breaks');
    }
    expect(await textsOf(till)).toEqual(before);
    expect(readdirSync(out)).toHaveLength(1);
    expect(await archive(till, out)).toMatchObject({ to_seq: end });
    expect(readdirSync(out)).toHaveLength(1);
    expect(await goneOf(till)).toContain(end);
  });

  it('is not taken for the whole log by an export', async () => {
    const { till } = await twoDays(company());
    await archive(till, folder());
    const said: string[] = [];
    const complain = (text: string): void => void said.push(text);
    const output = { write: complain, complain, json: false };
    const file = join(folder(), 'log.tar');
    expect(await auditExport(() => openCentralSource(store()), { file, range: {} }, output)).toBe(2);
    expect(said.join('')).toContain('are archived in');
  });

  it('is nothing that another company or the application itself can touch', async () => {
    const { till } = await twoDays(company());
    await archive(till, folder());
    const { terminal_id } = till.terminal;
    const elsewhere = await office.enrol(company());
    const seen = await office.central.db.inTenant(elsewhere.enrolment.tenant_id, async (transaction) => {
      const { rows } = await transaction.query<{ terminal_id: string }>(
        `SELECT terminal_id FROM archives WHERE terminal_id = $1`,
        [terminal_id],
      );
      return rows;
    });
    expect(seen).toEqual([]);
    for (const sql of [
      'DELETE FROM archives',
      'UPDATE events SET event = NULL',
      "UPDATE archives SET file_name = ''",
    ]) {
      const work = office.central.db.inTenant(till.enrolment.tenant_id, async (transaction) => {
        await transaction.query(sql);
      });
      await expect(work).rejects.toThrow(/permission denied/u);
    }
    expect(openEnvelope(till.terminal.events()[0]?.event ?? '').seq).toBe(1);
  });
});
