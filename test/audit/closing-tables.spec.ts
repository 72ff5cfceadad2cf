import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { ZReport } from '../../src/domain/report.js';
import { auditDay } from '../../src/audit/program.js';
import type { DayOptions } from '../../src/audit/selection.js';
import { openSource } from '../../src/audit/sqlite-file.js';
import { coffee, LogFixture, threeDays } from './log-fixture.js';
import { richDay } from './rich-day.js';

let home: string;
let dir: string;
let csv: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tillog-tables-'));
  dir = join(home, 'data');
  csv = join(home, 'tables');
});
afterEach(() => rmSync(home, { recursive: true }));

type Row = Readonly<Record<string, string>>;
type Tables = Readonly<Record<string, readonly Row[]>>;

const run = async (options: DayOptions = {}) => {
  const out: string[] = [];
  const write = (text: string): void => void out.push(text);
  const exitCode = await auditDay(() => openSource(dir), options, { write, complain: write, json: false }, { csv });
  return { exitCode, text: out.join('') };
};

const exported = async (options: DayOptions = {}): Promise<Tables> => {
  await run(options);
  const names = readdirSync(csv).filter((name) => name.endsWith('.csv'));
  return Object.fromEntries(
    names.map((name) => {
      const rows = parse(readFileSync(join(csv, name)), { columns: true, record_delimiter: '\r\n' });
      return [name.replace('.csv', ''), rows as Row[]];
    }),
  );
};

/** A decimal of the file in its smallest unit, exactly. */
const minor = (decimal = ''): bigint => BigInt(decimal.replace('.', ''));
const sum = (rows: readonly Row[] = [], column: string): bigint =>
  rows.reduce((all, row) => all + minor(row[column]), 0n);
const keyOf = (row: Row, ...columns: readonly string[]): string =>
  JSON.stringify(['Z_KASSE_ID', 'Z_ERSTELLUNG', 'Z_NR', ...columns].map((column) => row[column]));
const where = (rows: readonly Row[] = [], row: Row, ...columns: readonly string[]): readonly Row[] =>
  rows.filter((other) => keyOf(other, ...columns) === keyOf(row, ...columns));

const reportOf = (closing: Row, reports: readonly ZReport[]): ZReport => {
  const z = reports.find(({ session_id }) => session_id === closing['Z_SITZUNG_ID']);
  if (!z) throw new Error('this closing was never recorded');
  return z;
};

interface IndexedTable {
  readonly columns: readonly string[];
  readonly key: readonly string[];
  readonly foreign: readonly { readonly columns: readonly string[]; readonly table: string }[];
}

/** What index.xml says. */
const indexed = (): ReadonlyMap<string, IndexedTable> => {
  const xml = readFileSync(join(csv, 'index.xml'), 'utf8');
  const names = (text: string): string[] => [...text.matchAll(/<Name>([^<]+)<\/Name>/gu)].map(([, name = '']) => name);
  return new Map(
    [...xml.matchAll(/<Table><URL>([a-z_]+)\.csv<\/URL>(.*?)<\/Table>/gsu)].map(([, table = '', body = '']) => {
      const part = (element: string): string[] =>
        [...body.matchAll(new RegExp(`<${element}>(.*?)</${element}>`, 'gsu'))].map(([, text = '']) => text);
      const key = part('VariablePrimaryKey').flatMap(names);
      const foreign = part('ForeignKey').map((text) => ({
        columns: names(text),
        table: /<References>([a-z_]+)\.csv/u.exec(text)?.[1] ?? '',
      }));
      return [table, { key, columns: [...key, ...part('VariableColumn').flatMap(names)], foreign }];
    }),
  );
};

describe('the tables', () => {
  it('hold what their index says: every column, unique keys, and no row that belongs to nothing', async () => {
    richDay(dir).stop();
    const tables = await exported();
    const index = indexed();
    expect([...index.keys()].sort()).toEqual(Object.keys(tables).sort());
    for (const [name, { columns, key, foreign }] of index) {
      const rows = tables[name] ?? [];
      expect([name, rows.length > 0]).toEqual([name, true]);
      expect(Object.keys(rows[0] ?? {}).sort()).toEqual([...columns].sort());
      const keys = rows.map((row) => JSON.stringify(key.map((column) => row[column])));
      expect([name, new Set(keys).size]).toEqual([name, rows.length]);
      for (const { columns: named, table } of foreign) {
        const known = new Set(tables[table]?.map((row) => JSON.stringify(named.map((column) => row[column]))));
        const lost = rows.filter((row) => !known.has(JSON.stringify(named.map((column) => row[column]))));
        expect([name, table, lost]).toEqual([name, table, []]);
      }
    }
  });

  it('add up: lines to receipts, receipts to what was paid, all of them to the closing and its Z', async () => {
    const fixture = richDay(dir);
    const reports = fixture.events.flatMap((event) => (event.type === 'SessionClosed' ? [event.data.z_report] : []));
    fixture.stop();
    const tables = await exported();
    for (const receipt of tables['transactions'] ?? []) {
      const gross = minor(receipt['UMS_BRUTTO']);
      expect(sum(where(tables['lines_vat'], receipt, 'BON_ID'), 'POS_BRUTTO')).toBe(gross);
      expect(sum(where(tables['transactions_vat'], receipt, 'BON_ID'), 'BON_BRUTTO')).toBe(gross);
      expect(sum(where(tables['datapayment'], receipt, 'BON_ID'), 'BASISWAEH_BETRAG')).toBe(gross);
    }
    for (const rate of tables['transactions_vat'] ?? []) {
      const lines = where(tables['lines_vat'], rate, 'BON_ID', 'UST_SCHLUESSEL');
      expect(sum(lines, 'POS_NETTO')).toBe(minor(rate['BON_NETTO']));
      expect(sum(lines, 'POS_UST')).toBe(minor(rate['BON_UST']));
    }
    expect(tables['cashpointclosing']).toHaveLength(reports.length);
    for (const closing of tables['cashpointclosing'] ?? []) {
      const z = reportOf(closing, reports);
      const sold = where(tables['businesscases'], closing).filter((row) => row['GV_TYP'] === 'Umsatz');
      expect(sum(sold, 'Z_UMS_BRUTTO')).toBe(BigInt(z.turnover_minor));
      expect(sum(sold, 'Z_UST')).toBe(BigInt(z.tax_minor));
      expect(sum(where(tables['payment'], closing), 'Z_ZAHLART_BETRAG')).toBe(minor(closing['Z_SE_ZAHLUNGEN']));
      expect(sum(where(tables['transactions'], closing), 'UMS_BRUTTO')).toBe(minor(closing['Z_SE_ZAHLUNGEN']));
      for (const { currency, amount_minor } of z.counted) {
        const paid = where(tables['datapayment'], closing).filter((row) => row['ZAHLWAEH_CODE'] === currency);
        const cash = paid.filter((row) => row['ZAHLART_TYP'] === 'Bar');
        expect(sum(cash, 'ZAHLWAEH_BETRAG')).toBe(BigInt(amount_minor));
        const drawer = where(tables['cash_per_currency'], closing).find((row) => row['ZAHLART_WAEH'] === currency);
        expect(minor(drawer?.['ZAHLART_BETRAG_WAEH'])).toBe(BigInt(amount_minor));
      }
    }
  });

  it('keep training and voids as records of their own', async () => {
    richDay(dir).stop();
    const { transactions = [], cashpointclosing = [], references = [] } = await exported();
    expect(transactions.filter((row) => row['BON_TYP'] === 'AVTraining').length).toBeGreaterThan(1);
    expect(cashpointclosing).toMatchObject([
      { Z_NR: '1', Z_TRAINING: '0', Z_STIMMT: '1' },
      { Z_NR: '0', Z_TRAINING: '1', Z_STIMMT: '1' },
    ]);
    const voided = transactions.find((row) => row['BON_STORNO'] === '1');
    expect(voided).toMatchObject({ UMS_BRUTTO: '-4.50', BON_NOTIZ: 'wrong table' });
    const sale = references.find((row) => row['BON_ID'] === voided?.['BON_ID'])?.['REF_BON_ID'];
    expect(transactions.find((row) => row['BON_ID'] === sale)).toMatchObject({ UMS_BRUTTO: '4.50', BON_STORNO: '0' });
  });

  it('are safe for a spreadsheet and whole for a program', async () => {
    richDay(dir).stop();
    const { lines = [] } = await exported();
    const names = lines.map((row) => row['ARTIKELTEXT']);
    expect(names).toContain(`'=HYPERLINK("http://evil")`);
    expect(names).toContain('قهوة عربية ٢٥٠ غ');
    expect(names).toContain('"quoted" & \'single\' </td></tr></table>');
    const raw = readFileSync(join(csv, 'lines.csv'), 'utf8');
    expect(raw).toContain('"\'=HYPERLINK(""http://evil"")"');
    for (const row of lines) {
      for (const [column, cell] of Object.entries(row)) {
        const isFigure = /^-?\d+(\.\d+)?$/u.test(cell);
        expect([column, isFigure || !/^[=+\-@\t\r]/u.test(cell)]).toEqual([column, true]);
      }
    }
  });

  it('write three decimals where a currency has three', async () => {
    const fixture = new LogFixture(dir, 'jod', 'JOD').start();
    fixture.open('2026-01-01');
    fixture.sale(
      [{ ...coffee, unit_price_minor: 1255, list_price_minor: 1255 }],
      [{ method: 'card', amount_minor: 1255 }],
    );
    fixture.close([{ currency: 'JOD', amount_minor: 10_000 }]);
    fixture.stop();
    const { transactions, cash_per_currency } = await exported();
    expect(transactions?.[1]).toMatchObject({ UMS_BRUTTO: '1.255', WAEH_CODE: 'JOD' });
    expect(cash_per_currency).toMatchObject([{ ZAHLART_WAEH: 'JOD', ZAHLART_BETRAG_WAEH: '10.000' }]);
  });

  it('keep the names that people and shop had when the session was closed', async () => {
    const fixture = new LogFixture(dir).start();
    const day = (date: string, name: string, shop: string): void => {
      const place = { tenant_id: fixture.newId(), store_id: fixture.newId(), tenant_name: 'Company' };
      fixture.append({ type: 'TerminalEnrolled', data: { ...place, store_name: shop } });
      fixture.append({ type: 'StaffSignedIn', data: { staff_code: '7', name, role: 'cashier' } });
      fixture.open(date);
      fixture.close([{ currency: 'USD', amount_minor: 10_000 }]);
    };
    day('2026-01-01', 'Rima', 'Hamra');
    day('2026-01-02', 'Rima Haddad', 'Verdun');
    fixture.stop();
    const { pa, location } = await exported();
    expect(pa?.map((row) => row['BEDIENER_NAME'])).toEqual(['Rima', 'Rima Haddad']);
    expect(location?.map((row) => row['LOC_NAME'])).toEqual(['Hamra', 'Verdun']);
  });

  it('follow the choice of a date, leave out what has no Z and say so', async () => {
    const fixture = threeDays(dir);
    fixture.open('2026-01-04');
    fixture.sale([coffee], [{ method: 'card', amount_minor: 450 }]);
    fixture.stop();
    const { text } = await run();
    expect(text).toContain('what ends in no Z is not in them: 1 of the sessions');
    rmSync(csv, { recursive: true });
    const { cashpointclosing } = await exported({ date: '2026-01-02' });
    expect(cashpointclosing?.map((row) => row['Z_BUCHUNGSTAG'])).toEqual(['2026-01-02', '2026-01-02']);
  });

  it('are never written into a folder that is there, and leave nothing half made', async () => {
    threeDays(dir).stop();
    mkdirSync(csv);
    expect(await run()).toMatchObject({ exitCode: 2, text: expect.stringContaining('is there already') as string });
    expect(readdirSync(csv)).toEqual([]);
    csv = join(home, 'none', 'tables');
    expect(await run()).toMatchObject({ exitCode: 2, text: expect.stringContaining('ENOENT') as string });
    expect(existsSync(join(home, 'none'))).toBe(false);
  });
});
