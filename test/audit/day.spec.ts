import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { auditDay, runDay } from '../../src/audit/program.js';
import { openSource } from '../../src/audit/sqlite-file.js';
import { type LogSource, UnusableSource } from '../../src/audit/source.js';
import type { DayOptions } from '../../src/audit/selection.js';
import { coffee, LogFixture, tamper, threeDays, tradeOn } from './log-fixture.js';

let home: string;
let dir: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tillog-day-'));
  dir = join(home, 'data');
});
afterEach(() => rmSync(home, { recursive: true }));

const day = async (options: DayOptions = {}) => {
  const source = openSource(dir);
  try {
    return await runDay(source, options);
  } finally {
    await source.close();
  }
};

const printed = async (options: DayOptions, json: boolean): Promise<string> => {
  const out: string[] = [];
  const write = (text: string): void => void out.push(text);
  await auditDay(() => openSource(dir), options, { write, complain: write, json });
  return out.join('');
};

describe('a day', () => {
  it('is what was rung up, to the cent', async () => {
    const fixture = new LogFixture(dir).start();
    tradeOn(fixture, '2026-01-01');
    fixture.stop();
    const { exitCode, report } = await day();
    expect(exitCode).toBe(0);
    expect(report.days).toMatchObject([{ terminal_id: fixture.terminal_id, business_date: '2026-01-01' }]);
    // Sales: 4.50 + 7.10 (0.355 × 19.99) = 11.60; 3 × 4.50 = 13.50; 10.00 + 5 % = 10.50; 16.10 − 10 % = 14.49.
    expect(report.days[0]?.sessions).toEqual([
      {
        session_id: expect.any(String) as string,
        training: false,
        currency: 'USD',
        z_number: 1,
        sales_count: 4,
        refunds_count: 1,
        gross_minor: 1160 + 1350 + 1050 + 1449,
        refunds_minor: 450,
        voids_minor: 0,
        line_voids_count: 0,
        line_voids_minor: 0,
        tickets_discarded_count: 0,
        tickets_discarded_minor: 0,
        open_tickets: [],
        turnover_minor: 5009 - 450,
        tax_minor: 397,
        taxes: [
          { tax_code: 'LOW', rate_ppm: 50_000, net_minor: 1000, tax_minor: 50, gross_minor: 1050 },
          { tax_code: 'VAT', rate_ppm: 110_000, net_minor: 3162, tax_minor: 347, gross_minor: 3509 },
        ],
        tenders: [
          {
            method: 'card',
            currency: 'USD',
            count: 1,
            received_minor: 1350,
            change_minor: 0,
            refunded_minor: 0,
            amount_minor: 1350,
          },
          {
            method: 'cash',
            currency: 'LBP',
            count: 1,
            received_minor: 100_000_000,
            change_minor: 0,
            refunded_minor: 0,
            amount_minor: 100_000_000,
          },
          {
            // 20.00 − 8.40 change, 0.65 change from the pounds, 50.00 − 35.50 change, 4.50 back.
            method: 'cash',
            currency: 'USD',
            count: 3,
            received_minor: 7000,
            change_minor: 840 + 65 + 3550,
            refunded_minor: 450,
            amount_minor: 2095,
          },
        ],
        drawer_opens: [
          { reason: 'drop', count: 1 },
          { reason: 'no_sale', count: 1 },
          { reason: 'paid_in', count: 1 },
          { reason: 'refund', count: 1 },
          { reason: 'sale', count: 3 },
        ],
        expected: [
          { currency: 'LBP', amount_minor: 100_000_000 },
          { currency: 'USD', amount_minor: 10_000 + 2095 + 1500 - 300 },
        ],
        counted: [
          { currency: 'LBP', amount_minor: 100_000_000 },
          { currency: 'USD', amount_minor: 11_000 },
        ],
        difference: [
          { currency: 'LBP', amount_minor: 0 },
          { currency: 'USD', amount_minor: -2295 },
        ],
        matches_recorded_z: true,
      },
    ]);
  });

  it('adds up to totals, without training', async () => {
    threeDays(dir).stop();
    const { report } = await day();
    expect(report.days.map(({ business_date, sessions }) => [business_date, sessions.length])).toEqual([
      ['2026-01-01', 1],
      ['2026-01-02', 2],
      ['2026-01-03', 1],
    ]);
    expect(report.days[1]?.sessions.map(({ training, z_number }) => [training, z_number])).toEqual([
      [true, null],
      [false, 2],
    ]);
    expect(report.totals).toMatchObject({
      currency: 'USD',
      sales_count: 12,
      gross_minor: 3 * 5009,
      turnover_minor: 3 * 4559,
      tax_minor: 3 * 397,
      drawer_opens: [{ count: 3 }, { count: 3 }, { count: 3 }, { count: 3 }, { reason: 'sale', count: 9 }],
      difference: [
        { currency: 'LBP', amount_minor: 0 },
        { currency: 'USD', amount_minor: 3 * -2295 },
      ],
    });
    expect(report.totals_by_currency).toEqual([report.totals]);
  });

  it('can be chosen by its date', async () => {
    threeDays(dir).stop();
    const { exitCode, report } = await day({ date: '2026-01-03' });
    expect(exitCode).toBe(0);
    expect(report.days).toMatchObject([{ business_date: '2026-01-03', sessions: [{ z_number: 3 }] }]);
    expect((await day({ date: '2025-12-31' })).report).toMatchObject({ days: [], totals: { sales_count: 0 } });
  });

  it.each(['2026-13-01', '2026-02-30', 'yesterday', '2026-1-1', ''])('refuses “%s” as a date', async (date) => {
    threeDays(dir).stop();
    await expect(day({ date })).rejects.toThrow(UnusableSource);
  });

  it('refuses a terminal that the source does not have', async () => {
    threeDays(dir).stop();
    await expect(day({ terminal: 'nobody' })).rejects.toThrow(/holds no log of terminal nobody/u);
  });

  it('shows an open session without a count', async () => {
    const fixture = new LogFixture(dir).start();
    fixture.open('2026-01-01');
    fixture.sale([coffee], [{ method: 'card', amount_minor: 450 }]);
    fixture.stop();
    const { exitCode, report } = await day();
    expect(exitCode).toBe(0);
    const open = { z_number: null, counted: null, difference: null, matches_recorded_z: null, turnover_minor: 450 };
    expect(report.days).toMatchObject([{ sessions: [open] }]);
    expect(report.totals).toMatchObject({ turnover_minor: 450, counted: [], difference: [] });
    expect(await printed({}, false)).toContain('none yet');
  });

  it('never looks at the stored totals, and says where a Z differs from its events', async () => {
    threeDays(dir).stop();
    tamper(join(dir, 'tillog.db'), (db: Database.Database) => {
      db.exec('UPDATE events SET envelope = replace(envelope, \'"turnover_minor":4559\', \'"turnover_minor":4459\')');
      db.exec("UPDATE events SET envelope = 'gone' WHERE seq = 5");
    });
    const { exitCode, report } = await day();
    expect(exitCode).toBe(1);
    const matches = report.days.flatMap(({ sessions }) => sessions.map((session) => session.matches_recorded_z));
    expect(matches).toEqual([false, true, false, false]);
    expect(report.findings.map(({ code, seq }) => [code, seq])).toEqual([
      ['INVALID', 5],
      ['Z_WRONG', 17],
      ['Z_WRONG', 37],
      ['Z_WRONG', 53],
    ]);
    expect(report.totals).toMatchObject({ turnover_minor: 3 * 4559 - 1350 });
    expect(await printed({ date: '2026-01-01' }, false)).toContain('DIFFERS');
  });

  it('never adds up two currencies', async () => {
    const usd = threeDays(dir, 'first');
    usd.stop();
    const other = join(home, 'other');
    const jod = new LogFixture(other, 'second', 'JOD').start();
    jod.open('2026-01-01');
    jod.sale([coffee], [{ method: 'cash', amount_minor: 450 }]);
    jod.close([{ currency: 'JOD', amount_minor: 10_450 }]);
    jod.stop();
    const both = await together([openSource(dir), openSource(other)]);
    const { report } = await runDay(both, {});
    expect(report.totals).toBeNull();
    expect(report.totals_by_currency).toMatchObject([
      { currency: 'JOD', turnover_minor: 450 },
      { currency: 'USD', turnover_minor: 3 * 4559 },
    ]);
    const one = await runDay(both, { terminal: jod.terminal_id });
    expect(one.report.totals).toMatchObject({ currency: 'JOD', turnover_minor: 450 });
    await both.close();
  });

  it('is printed for people in the decimals of its currency, and as JSON for programs', async () => {
    threeDays(dir).stop();
    const text = await printed({ date: '2026-01-01' }, false);
    expect(text).toMatch(/Turnover +45\.59 USD/u);
    expect(text).toMatch(/Paid by cash × 1 +1000000 LBP/u);
    expect(text).toMatch(/Tax VAT 11 % +3\.47 USD/u);
    const all = (await printed({}, false)).split('\n');
    expect(all.filter((line) => /^2026-01-0\d .* 4 sales +45\.59 USD {2}Z \d$/u.test(line))).toHaveLength(3);
    expect(JSON.parse(await printed({}, true))).toEqual((await day()).report);
  });
});

/** One source over several, as central is one. */
const together = async (sources: readonly LogSource[]): Promise<LogSource> => {
  const logs = (await Promise.all(sources.map((source) => source.terminals()))).flat();
  return {
    name: 'several',
    terminals: () => Promise.resolve(logs),
    defects: () => Promise.resolve([]),
    close: async () => {
      await Promise.all(sources.map((source) => source.close()));
    },
  };
};
