import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { auditVerify } from '../../src/audit/program.js';
import { openSource } from '../../src/audit/sqlite-file.js';
import { verifyText } from '../../src/audit/report-text.js';
import { UnusableSource } from '../../src/audit/source.js';
import { coffee, forge, threeDays } from './log-fixture.js';
import { SpoiledLog } from './spoiled-log.js';

const log = new SpoiledLog();

describe('the clock of a till', () => {
  it('is no problem where it jumped or went back, and is listed with both times', async () => {
    const folder = join(log.dir, 'fresh');
    const fixture = threeDays(folder);
    const data = {
      expected_at: '2026-01-01T00:53:00.000Z',
      found_at: '2026-01-01T00:23:00.000Z',
      jump_ms: -1_800_000,
    };
    fixture.append({ type: 'ClockJumped', data });
    fixture.stop();
    log.dir = folder;
    forge(log.path, 5, (event) => Object.assign(event, { occurred_at: '2025-12-31T23:00:00.000Z' }));
    fixture.signAgain(log.path);
    const report = await log.verify();
    expect(report).toMatchObject({ ok: true, problems: [] });
    expect(report.clock).toMatchObject([
      {
        terminal_id: fixture.terminal_id,
        seq: 5,
        code: 'CLOCK_BACK',
        expected: '2026-01-01T00:03:00.000Z',
        found: '2025-12-31T23:00:00.000Z',
      },
      { seq: 54, code: 'CLOCK_JUMPED', expected: data.expected_at, found: data.found_at },
    ]);
    expect(verifyText(report)).toMatch(/CLOCK_JUMPED seq 54 \S+ the clock jumped by -1800 s/u);
  });
});

describe('a receipt on paper', () => {
  const printed = (seq: number): string => {
    const { hash } = log.made.stored[seq - 1] ?? { hash: '' };
    return `1-${String(seq)} ${hash.slice(0, 12)}`;
  };

  it('vouches for the log up to what it shows', async () => {
    const folder = join(log.dir, 'fresh');
    const fixture = threeDays(folder);
    fixture.open('2026-01-04');
    fixture.sale([coffee], [{ method: 'card', amount_minor: 450 }]);
    fixture.noSale();
    const { hash = '' } = fixture.log.read(54, 1)[0] ?? {};
    fixture.stop();
    log.dir = folder;
    const receipts = [`1-55 ${hash.slice(0, 12)}`];
    expect(await log.verify()).toMatchObject({ unanchored: [{ from_seq: 54, to_seq: 56 }] });
    expect(await log.verify({ receipts })).toMatchObject({ ok: true, unanchored: [{ from_seq: 56, to_seq: 56 }] });
    log.sql('DELETE FROM events WHERE seq > 54');
    expect(await log.found({ receipts })).toEqual(['LOG_TRUNCATED 55']);
    expect(await log.found()).toEqual([]);
  });

  it('shows a log that was written anew, although its heads were taken away', async () => {
    const receipts = [printed(6)];
    expect(await log.found({ receipts })).toEqual([]);
    forge(log.path, 5, ({ data }) => (data.lines = data.lines.map((line) => ({ ...line, name: 'Tea' }))));
    log.sql('DELETE FROM heads');
    expect(await log.found()).toEqual([]);
    const { problems } = await log.verify({ receipts });
    expect(problems).toMatchObject([{ code: 'PRINTED_WRONG', seq: 6, expected: receipts[0]?.slice(4) }]);
  });

  it('is refused where it says nothing, or where nobody knows whose it is', async () => {
    await expect(log.verify({ receipts: ['120'] })).rejects.toThrow(UnusableSource);
    await expect(log.verify({ terminal: 'nobody' })).rejects.toThrow(/holds no log of terminal nobody/u);
    expect(await log.found({ terminal: log.made.terminal_id })).toEqual([]);
  });
});

describe('a finding', () => {
  it('says what belongs there, what was found, and what that means', async () => {
    log.sql(`UPDATE events SET hash = '${'ab'.repeat(32)}' WHERE seq = 5`);
    const [problem, ...others] = (await log.verify()).problems;
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: 'HASH_WRONG', seq: 5, found: 'ab'.repeat(32) });
    expect(problem?.local_id).toMatch(/^[0-9a-f-]{36}$/u);
    expect(problem?.expected).toBe(log.made.stored[4]?.hash);
    rmSync(join(log.dir, 'head.json'), { force: true });
    const out: string[] = [];
    const output = { json: false, write: (text: string) => void out.push(text), complain: () => undefined };
    expect(await auditVerify(() => openSource(log.dir), {}, output)).toBe(1);
    expect(out.join('')).toContain('HASH_WRONG means: The text and the hash beside it do not belong together');
  });
});
