import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBundle } from '../../src/audit/bundle-source.js';
import { exportBundle, type ExportReport } from '../../src/audit/export.js';
import { partOf, type RangeOptions } from '../../src/audit/range.js';
import { verifyText } from '../../src/audit/report-text.js';
import { UnusableSource } from '../../src/audit/source.js';
import { openSource } from '../../src/audit/sqlite-file.js';
import { verifyLogs, type VerifyReport } from '../../src/audit/verify.js';
import { verifyMembers } from '../../docs/verifier.mjs';
import { forge } from './log-fixture.js';
import { SpoiledLog } from './spoiled-log.js';

const log = new SpoiledLog();
const names = ['events.jsonl', 'forks.jsonl', 'heads.jsonl', 'manifest.json', 'signature.json'];

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'tillog-part-'));
});
afterAll(() => rmSync(home, { recursive: true }));

const exported = async (range: RangeOptions): Promise<ExportReport & { readonly folder: string }> => {
  const folder = mkdtempSync(join(home, 'part-'));
  const source = openSource(log.dir);
  try {
    return { ...(await exportBundle(partOf(source, range), join(folder, 'part.tillog'), null)), folder };
  } finally {
    await source.close();
  }
};

const verified = async (file: string): Promise<VerifyReport> => {
  const source = openBundle(file);
  try {
    return await verifyLogs(source, {});
  } finally {
    await source.close();
  }
};

const seconded = (file: string, folder: string) => {
  execFileSync('tar', ['-xf', file, '-C', folder]);
  return verifyMembers(Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name))])));
};

const hashAt = (seq: number): string => log.made.stored[seq - 1]?.hash ?? '';

describe('a part of a log', () => {
  it('by its dates goes on from the event before, and both verifiers find it whole', async () => {
    const { file, folder, terminals } = await exported({ fromDate: '2026-01-02', toDate: '2026-01-02' });
    const [part] = terminals;
    expect(part).toMatchObject({
      epochs: [{ epoch: 1, first_seq: 18, last_seq: 37, head_hash: hashAt(37) }],
      before: { epoch: 1, seq: 17, hash: hashAt(17) },
      public_key: log.made.publicKey,
      days: [{ business_date: '2026-01-02', z_numbers: [2], sales_count: 4, refunds_count: 1 }],
    });
    const report = await verified(file);
    expect(report).toMatchObject({ ok: true, events: 20, unanchored: [] });
    expect(report.parts).toEqual([{ terminal_id: log.made.terminal_id, epoch: 1, seq: 17, hash: hashAt(17) }]);
    expect(verifyText(report)).toContain(`goes on from event 17, ${hashAt(17)}`);
    expect(await seconded(file, folder)).toMatchObject({ ok: true, events: 20 });
  });

  it('may begin and end at any event', async () => {
    for (const [fromSeq, toSeq] of [
      [1, 1],
      [2, 17],
      [5, 9],
      [9, 40],
      [17, 17],
      [20, 53],
      [53, 53],
    ] as const) {
      const { file, folder } = await exported({ fromSeq, toSeq });
      const report = await verified(file);
      expect({ fromSeq, ...report }).toMatchObject({ fromSeq, ok: true, events: toSeq - fromSeq + 1, problems: [] });
      expect(report.parts).toHaveLength(fromSeq === 1 ? 0 : 1);
      expect({ fromSeq, ...(await seconded(file, folder)) }).toMatchObject({ fromSeq, ok: true, findings: [] });
    }
  });

  it('shows what was changed in it', async () => {
    forge(log.path, 25, ({ data }) => (data.total_minor -= 10));
    const { file, folder } = await exported({ fromSeq: 20, toSeq: 40 });
    const { problems } = await verified(file);
    expect(problems.map(({ code, seq }) => `${code} ${String(seq)}`)).toEqual([
      'SUM_WRONG 25',
      'SUM_WRONG 25',
      'HEAD_WRONG 37',
    ]);
    expect((await seconded(file, folder)).ok).toBe(false);
  });

  it('is refused where there is none', async () => {
    for (const range of [
      { fromSeq: 54 },
      { fromDate: '2027-01-01' },
      { terminal: 'nobody' },
      { fromSeq: 5, toSeq: 4 },
    ]) {
      await expect(exported(range)).rejects.toThrow(UnusableSource);
    }
  });
});

describe('the manifest', () => {
  it('says what is in the bundle: counts, catalogs and days, as its events add up', async () => {
    const { file, terminals } = await exported({});
    expect(terminals[0]).toMatchObject({
      before: null,
      unread_count: 0,
      counts: { SaleRecorded: 13, RefundRecorded: 3, SessionClosed: 4, SessionOpened: 4 },
      days: [{ business_date: '2026-01-01' }, { business_date: '2026-01-02' }, { business_date: '2026-01-03' }],
    });
    expect((await verified(file)).problems).toEqual([]);
  });

  it('is found to lie, although the file is whole in itself', async () => {
    const { file } = await exported({});
    const bytes = readFileSync(file);
    const at = bytes.indexOf('"gross_minor":', bytes.indexOf('"days":'));
    const digit = bytes.indexOf(':', at) + 1;
    bytes[digit] = (bytes[digit] ?? 0) === 0x39 ? 0x38 : (bytes[digit] ?? 0) + 1;
    writeFileSync(file, bytes);
    expect((await verified(file)).problems).toMatchObject([{ code: 'BUNDLE_ALTERED' }]);
  });

  it('counts what nobody can read, and is not wrong for it', async () => {
    log.sql("UPDATE events SET envelope = 'gone' WHERE seq = 5");
    const { file, terminals } = await exported({});
    expect(terminals[0]).toMatchObject({ unread_count: 1, counts: { unreadable: 1, SaleRecorded: 12 } });
    expect((await verified(file)).problems.map(({ code }) => code)).not.toContain('BUNDLE_ALTERED');
  });
});
