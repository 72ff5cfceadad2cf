import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPatterns, readThresholds } from '../../src/audit/patterns.js';
import { patternNames, usualThresholds } from '../../src/audit/pattern-rules.js';
import { auditPatterns } from '../../src/audit/program.js';
import { openSource } from '../../src/audit/sqlite-file.js';
import { UnusableSource } from '../../src/audit/source.js';
import { coffee, LogFixture, tamper } from './log-fixture.js';
import { planted, ShopMonth } from './shop-month.js';

let home: string;
let dir: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tillog-patterns-'));
  dir = join(home, 'data');
});
afterEach(() => rmSync(home, { recursive: true }));

const find = async (options: Parameters<typeof findPatterns>[1] = {}, path = dir) => {
  const source = openSource(path);
  try {
    return await findPatterns(source, options);
  } finally {
    await source.close();
  }
};

const printed = async (thresholds: readonly string[] = [], json = false) => {
  const out: string[] = [];
  const write = (text: string): void => void out.push(text);
  const exitCode = await auditPatterns(() => openSource(dir), { thresholds }, { write, complain: write, json });
  return { exitCode, text: out.join('') };
};

const dayOf = (business_date: string | null): number => Number(business_date?.slice(-2));

describe('a month in which twenty patterns were planted', () => {
  it('shows each of them on its day, with the events that make it, and nothing else', async () => {
    new ShopMonth(dir, 11).play(planted);
    const { hints } = await find();
    const found = hints.map(({ pattern, business_date }) => `${pattern} ${String(dayOf(business_date))}`).sort();
    expect(found).toEqual(planted.map(({ pattern, day }) => `${pattern} ${String(day)}`).sort());
    const of = (pattern: string) => hints.find((hint) => hint.pattern === pattern)?.events.map(({ type }) => type);
    expect(of('void_after_print')).toEqual(['SaleRecorded', 'SaleVoided']);
    expect(of('no_sale_near_void')).toEqual(['SaleVoided', 'DrawerOpened']);
    expect(of('refunds_without_receipt')?.length).toBeGreaterThanOrEqual(4);
    expect(of('discounts_near_limit')).toEqual(Array.from({ length: 6 }, () => 'SaleRecorded'));
    expect(of('repeated_shortage')).toEqual(['SessionClosed', 'SessionClosed', 'SessionClosed']);
    expect(of('reprints')).toEqual(['ReceiptReprinted', 'ReceiptReprinted', 'ReceiptReprinted']);
    expect(of('late_close')).toEqual(['SaleRecorded', 'SessionClosed']);
    expect(hints.find(({ pattern }) => pattern === 'repeated_shortage')?.staff_id).toBe('samir');
  });

  it('goes on before a chosen date for the rules that look back', async () => {
    new ShopMonth(dir, 11).play(planted);
    const { hints, sessions_count } = await find({ date: '2026-03-21' });
    expect(hints.map(({ pattern }) => pattern)).toEqual(['repeated_shortage']);
    expect(sessions_count).toBe(1);
  });
});

describe('an honest month', () => {
  it.each([3, 17, 29])('raises fewer hints than two in a hundred sales (seed %i)', async (seed) => {
    new ShopMonth(dir, seed).play([]);
    const { hints, sales_count, sessions_count } = await find();
    expect([sales_count > 1000, sessions_count]).toEqual([true, 26]);
    expect(hints.length).toBeLessThan(sessions_count * 0.02 + 1);
    expect(hints.length / sales_count).toBeLessThan(0.02);
  });
});

describe('the rules', () => {
  it('are written out with their numbers, which a person may set', async () => {
    new ShopMonth(dir, 11).play(planted);
    const { exitCode, text } = await printed();
    expect(exitCode).toBe(0);
    expect(text).toContain('A hint is a reason to ask, not a verdict.');
    expect(text).toMatch(/void_after_print: 3\n {2}A sale was voided 120 seconds or more after it was recorded/u);
    expect(text).toMatch(/\n {2}2026-03-01 {2}[0-9a-f]{8} {2}samir {2}SaleRecorded \d+, SaleVoided \d+\n/u);
    expect((await printed(['void_after_seconds=900'])).text).toMatch(
      /void_after_print: nothing found\n {2}A sale was voided 900 seconds/u,
    );
    const { rules } = JSON.parse((await printed([], true)).text) as { rules: { pattern: string; rule: string }[] };
    expect(rules.map(({ pattern }) => pattern)).toEqual([...patternNames]);
  });

  it('refuse a number for something that is none, and name what can be set', async () => {
    new LogFixture(dir).start().stop();
    for (const wrong of ['void_after=1', 'copies', 'copies=-1', 'copies=1.5', '__proto__=1', 'toString=1']) {
      expect(() => readThresholds([wrong])).toThrow(UnusableSource);
    }
    expect(await printed(['copies=many'])).toMatchObject({
      exitCode: 2,
      text: expect.stringContaining('close_gap_minutes') as string,
    });
    expect(readThresholds(['copies=3'])).toEqual({ copies: 3 });
  });

  it('leave training alone, and say what could not be read', async () => {
    const fixture = new LogFixture(dir).start();
    fixture.open('2026-01-01', true);
    for (let time = 0; time < 4; time += 1) fixture.refund([coffee], [{ method: 'cash', amount_minor: 450 }]);
    fixture.noSale();
    fixture.stop();
    expect((await find()).hints).toEqual([]);
    tamper(join(dir, 'tillog.db'), (db) => db.exec("UPDATE events SET envelope = 'gone' WHERE seq = 3"));
    expect(await printed()).toMatchObject({ exitCode: 1, text: expect.stringContaining('INVALID seq 3') as string });
  });

  it('are all in the document for auditors', () => {
    const page = readFileSync(new URL('../../docs/audit.md', import.meta.url), 'utf8');
    for (const name of [...patternNames, ...Object.keys(usualThresholds)]) expect(page).toContain(`\`${name}\``);
    expect(existsSync(dir)).toBe(false);
  });
});
