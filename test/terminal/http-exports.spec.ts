import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBundle } from '../../src/audit/bundle-source.js';
import { auditExport, runVerify } from '../../src/audit/program.js';
import { makeCatalog } from '../../src/catalog/catalog.js';
import { ApplyCatalog, ApplyCatalogHandler } from '../../src/terminal/commands/apply-catalog.js';
import { openAuditSource } from '../../src/audit-source.js';
import { machinePorts } from '../../src/ports.js';
import { LogExports } from '../../src/terminal/log-exports.js';
import { content, coffee, Till } from './http-fixture.js';

const by = (staff_code: string, pin: string) => ({ staff_code, pin });
const manager = by('9', 'pin-9999');

describe('an export of the log at the till', () => {
  const till = new Till();
  const folder = join(till.folder, 'exports');

  beforeAll(async () => {
    await till.start();
    await till.signIn('1', 'pin-1111');
    expect(await till.post('/v1/sessions', { float: [] })).toMatchObject({ status: 201 });
    expect(await till.post('/v1/sales', coffee)).toMatchObject({ status: 201 });
  });
  afterEach(async () => {
    await till.signIn('1', 'pin-1111');
  });
  afterAll(async () => {
    await till.stop();
    till.remove();
  });

  const verified = async (file: string) => {
    const bundle = openBundle(file);
    try {
      return (await runVerify(bundle, {})).report;
    } finally {
      await bundle.close();
    }
  };

  it('is a sealed bundle of all that was recorded, and the log says who took it', async () => {
    const before = till.head;
    const made = await till.post('/v1/exports', { approval: manager });
    expect(made).toMatchObject({
      status: 201,
      body: { first_seq: 1, head: before, seq: till.head?.seq, hash: till.head?.hash },
    });
    const { local_id, file_name, manifest_sha256 } = made.body;
    expect(till.recorded('LogExported').at(-1)).toMatchObject({
      ...{ local_id, staff_id: 's-1', approved_by: 's-9' },
      data: { staff_name: 'Nour', approver_name: 'Maha', first_seq: 1, head: before, manifest_sha256 },
    });
    const path = join(folder, String(file_name));
    const sealed_by = till.terminal.publicKey;
    expect(await verified(path)).toMatchObject({ ok: true, events: before?.seq, unanchored: [], sealed_by });
    expect(readdirSync(folder)).toEqual([file_name]);

    const file = await fetch(`${till.server.url}/v1/exports/${String(local_id)}`, {
      headers: { authorization: `Bearer ${till.token}` },
    });
    expect(file.headers.get('content-disposition')).toBe(`attachment; filename="${String(file_name)}"`);
    expect(Buffer.from(await file.arrayBuffer())).toEqual(readFileSync(path));
  });

  it('holds only what was asked for, and says what it goes on from', async () => {
    const made = await till.post('/v1/exports', { from_seq: 3, to_seq: 4, approval: manager });
    expect(made).toMatchObject({ status: 201, body: { first_seq: 3, head: { epoch: 1, seq: 4 } } });
    const report = await verified(join(folder, String(made.body['file_name'])));
    expect(report).toMatchObject({ ok: true, events: 2, parts: [{ seq: 2 }] });
    const today = till.recorded('SessionOpened').at(-1)?.business_date;
    const day = await till.post('/v1/exports', { from_date: today, to_date: today, approval: manager });
    expect(day).toMatchObject({ status: 201, body: { first_seq: till.recorded('SessionOpened')[0]?.seq } });
  });

  it('that is made from outside, while the till sells, is sealed alike and leaves no event and no file', async () => {
    const { head } = till;
    const before = readdirSync(till.folder);
    const file = join(till.folder, 'exports', 'outside.tillog');
    const output = { write: () => undefined, complain: () => undefined, json: false };
    const open = () => openAuditSource(till.folder, machinePorts);
    expect(await auditExport(open, { file, range: {} }, output)).toBe(0);
    const sealed_by = till.terminal.publicKey;
    expect(await verified(file)).toMatchObject({ ok: true, events: head?.seq, sealed_by });
    expect(till.head).toEqual(head);
    expect(readdirSync(till.folder)).toEqual(before);
    expect(await till.post('/v1/sales', coffee)).toMatchObject({ status: 201 });
    rmSync(file);
  });

  it('is made and recorded once, however often it is asked for under one key', async () => {
    const [first, second] = [
      await till.post('/v1/exports', { approval: manager }, { key: 'an export' }),
      await till.post('/v1/exports', { approval: manager }, { key: 'an export' }),
    ];
    expect(second.body).toEqual(first.body);
    expect(till.recorded('LogExported').filter(({ local_id }) => local_id === first.body['local_id'])).toHaveLength(1);
  });

  it('sells while it is written, and writes one at a time', async () => {
    const exports = new LogExports(till.terminal);
    const first = exports.write({});
    await expect(exports.write({})).rejects.toMatchObject({ code: 'EXPORT_UNDER_WAY' });
    expect(await till.post('/v1/sales', coffee)).toMatchObject({ status: 201 });
    const { part, discard } = await first;
    expect(part.head.seq).toBeLessThan(till.head?.seq ?? 0);
    discard();
  });

  it('removes what a power cut left half written', async () => {
    writeFileSync(join(folder, 'bundle.part'), 'half');
    expect(await till.post('/v1/exports', { approval: manager })).toMatchObject({ status: 201 });
    expect(readdirSync(folder).filter((name) => !name.endsWith('.tillog'))).toEqual([]);
  });

  it.each<[string, object, number, string]>([
    ['a cashier alone', {}, 403, 'APPROVAL_REQUIRED'],
    ['a supervisor', { approval: by('2', 'pin-2222') }, 403, 'APPROVAL_REQUIRED'],
    ['a wrong PIN', { approval: by('9', 'wrong') }, 403, 'APPROVAL_FAILED'],
    ['a range that ends before it begins', { from_seq: 4, to_seq: 3, approval: manager }, 422, 'VALIDATION_FAILED'],
    [
      'dates in the wrong order',
      { from_date: '2026-02-01', to_date: '2026-01-01', approval: manager },
      422,
      'VALIDATION_FAILED',
    ],
    ['what is no date', { from_date: '1.2.2026', approval: manager }, 422, 'VALIDATION_FAILED'],
    ['a position of half an event', { from_seq: 1.5, approval: manager }, 422, 'VALIDATION_FAILED'],
    ['a position before the first', { from_seq: 0, approval: manager }, 422, 'VALIDATION_FAILED'],
    ['another terminal', { terminal: 'x', approval: manager }, 422, 'VALIDATION_FAILED'],
    ['events that are still to come', { from_seq: 100_000, approval: manager }, 422, 'EXPORT_REFUSED'],
    [
      'a day without a session',
      { from_date: '2001-01-01', to_date: '2001-01-02', approval: manager },
      422,
      'EXPORT_REFUSED',
    ],
  ])('is refused to %s, and nothing is recorded or left behind', async (_says, body, status, code) => {
    const files = readdirSync(folder);
    const exports = till.recorded('LogExported').length;
    expect(await till.post('/v1/exports', body)).toMatchObject({ status, body: { code } });
    expect(till.recorded('LogExported')).toHaveLength(exports);
    expect(readdirSync(folder)).toEqual(files);
  });

  it('needs somebody signed in and a key', async () => {
    expect(await till.post('/v1/exports', {}, { token: null })).toMatchObject({ status: 401 });
    expect(await till.post('/v1/exports', {}, { key: null })).toMatchObject({
      body: { code: 'IDEMPOTENCY_KEY_MISSING' },
    });
  });

  it('is refused where its file cannot be written, and nothing is recorded', async () => {
    const exports = till.recorded('LogExported').length;
    const kept = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))] as const);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'not a folder');
    const answer = await till.post('/v1/exports', { approval: manager });
    expect(answer).toMatchObject({ status: 507, body: { code: 'EXPORT_UNWRITTEN' } });
    expect(till.recorded('LogExported')).toHaveLength(exports);
    rmSync(folder);
    mkdirSync(folder);
    for (const [name, bytes] of kept) writeFileSync(join(folder, name), bytes);
  });

  it('is given to whoever made it and to a manager, and to nobody else', async () => {
    const made = await till.post('/v1/exports', { approval: manager });
    const path = `/v1/exports/${String(made.body['local_id'])}`;
    expect(await till.get(path)).toMatchObject({ status: 200 });
    await till.signIn('2', 'pin-2222');
    expect(await till.get(path)).toMatchObject({ status: 403, body: { code: 'APPROVAL_REQUIRED' } });
    expect(await till.get(path, { token: null })).toMatchObject({ status: 401 });
    await till.signIn('9', 'pin-9999');
    expect(await till.get(path)).toMatchObject({ status: 200 });
    const sale = till.recorded('SaleRecorded')[0]?.local_id;
    for (const unknown of [sale, 'nothing', '%00']) {
      expect(await till.get(`/v1/exports/${String(unknown)}`)).toMatchObject({
        status: 404,
        body: { code: 'NOT_FOUND' },
      });
    }
    rmSync(join(folder, String(made.body['file_name'])));
    const gone = await till.get(path);
    expect(gone).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(gone.body['detail']).toMatch(/export again/u);
  });

  it('is kept from whoever counts the drawer blind', async () => {
    const made = await till.post('/v1/exports', { approval: manager });
    const { recorder } = till.terminal;
    const blind = makeCatalog(recorder.catalog.version - 1, { ...content, settings: { blind_count: true } });
    await new ApplyCatalogHandler(recorder).execute(new ApplyCatalog(blind));
    for (const answer of [
      await till.post('/v1/exports', { approval: manager }),
      await till.get(`/v1/exports/${String(made.body['local_id'])}`),
    ]) {
      expect(answer).toMatchObject({ status: 403, body: { code: 'COUNT_IS_BLIND' } });
    }
  });

  it('ends at once when the till is stopped', async () => {
    const exports = till.recorded('LogExported').length;
    await till.signIn('9', 'pin-9999');
    till.terminal.endLongTasks();
    expect(await till.post('/v1/exports', {})).toMatchObject({ status: 503, body: { code: 'EXPORT_STOPPED' } });
    expect(till.recorded('LogExported')).toHaveLength(exports);
    expect(readdirSync(folder).filter((name) => !name.endsWith('.tillog'))).toEqual([]);
  });
});
