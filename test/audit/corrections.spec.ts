import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runDay, runVerify } from '../../src/audit/program.js';
import { openSource } from '../../src/audit/sqlite-file.js';
import type { LogSource } from '../../src/audit/source.js';
import { cheese, coffee, forge, type Forged, LogFixture } from './log-fixture.js';
import { idOf } from './steady-id.js';

let home: string;
let dir: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tillog-corrections-'));
  dir = join(home, 'data');
});
afterEach(() => rmSync(home, { recursive: true }));

/**
 * Sales of 13.50 and of 4.50 + 7.10 = 11.60, both in cash. Of the first a third and then the rest come back, less
 * 10 %: 4.05 and 8.10; the second is voided. Then the coffee is counted.
 */
const corrected = (): LogFixture => {
  const fixture = new LogFixture(dir).start();
  fixture.open('2026-01-01');
  const off = { kind: 'percent', rate_ppm: 100_000, reason: 'regular' } as const;
  fixture.sale([{ ...coffee, quantity_milli: 3000 }], [{ method: 'cash', amount_minor: 1215 }], off);
  fixture.refundLast(1000, [{ method: 'cash', amount_minor: 405 }]);
  fixture.refundLast(2000, [{ method: 'cash', amount_minor: 810 }]);
  fixture.sale([coffee, cheese], [{ method: 'cash', amount_minor: 2000 }]);
  fixture.voidLast();
  fixture.run({
    type: 'CountStock',
    local_id: idOf('count'),
    lines: [{ code: coffee.code, name: coffee.name, counted_milli: 9000, level_milli: 10_000 }],
    reason: 'Sunday',
    authority: { by: { staff_id: 'manager', role: 'manager' } },
  });
  fixture.close([{ currency: 'USD', amount_minor: 10_000 }]);
  fixture.stop();
  return fixture;
};

const ask = async <Answer>(question: (source: LogSource) => Promise<Answer>): Promise<Answer> => {
  const source = openSource(dir);
  try {
    return await question(source);
  } finally {
    await source.close();
  }
};

describe('a day with refunds and a void', () => {
  it('counts them apart, to the cent, and its Z is right', async () => {
    corrected();
    const { exitCode, report } = await ask((source) => runDay(source, {}));
    expect(exitCode).toBe(0);
    expect(report.totals).toMatchObject({
      sales_count: 2,
      refunds_count: 2,
      gross_minor: 1215 + 1160,
      refunds_minor: 1215,
      voids_minor: 1160,
      turnover_minor: 0,
      tax_minor: 0,
      drawer_opens: [
        { reason: 'refund', count: 2 },
        { reason: 'sale', count: 2 },
        { reason: 'void', count: 1 },
      ],
      expected: [{ currency: 'USD', amount_minor: 10_000 }],
      difference: [{ currency: 'USD', amount_minor: 0 }],
    });
    expect(report.days[0]?.sessions[0]?.matches_recorded_z).toBe(true);
  });

  it('has nothing wrong in it', async () => {
    corrected();
    const { report } = await ask((source) => runVerify(source, {}));
    expect(report.problems).toEqual([]);
  });

  it.each<[string, string, (event: Forged) => unknown]>([
    ['a void of another total', 'SaleVoided', ({ data }) => (data.total_minor -= 10)],
    ['a void of other taxes', 'SaleVoided', ({ data }) => (data.taxes = data.taxes.slice(1))],
    [
      'a count whose difference is another one',
      'StockCounted',
      ({ data }) => (data.lines = data.lines.map((line) => ({ ...line, difference_milli: 1000 }))),
    ],
    ['a refund of another total', 'RefundRecorded', ({ data }) => (data.total_minor += 10)],
    [
      'a refund whose line does not add up',
      'RefundRecorded',
      ({ data }) => (data.lines = data.lines.map((line) => ({ ...line, extended_minor: 9999 }))),
    ],
  ])('shows %s', async (_what, type, change) => {
    const fixture = corrected();
    const [first] = await ask(async (source) => {
      const seqs: number[] = [];
      for (const log of await source.terminals()) {
        for await (const rows of log.rows())
          seqs.push(...rows.filter((row) => row.type === type).map(({ seq }) => seq));
      }
      return seqs;
    });
    forge(fixture.path, first ?? 0, change);
    const { report } = await ask((source) => runVerify(source, {}));
    const found = report.problems.filter(({ code, seq }) => code === 'SUM_WRONG' && seq === first);
    expect(found.length).toBeGreaterThan(0);
  });
});
