import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runVerify } from '../../src/audit/program.js';
import { verifyText } from '../../src/audit/report-text.js';
import { openSource } from '../../src/audit/sqlite-file.js';
import type { VerifyReport } from '../../src/audit/verify.js';
import type { PaperSettings } from '../../src/domain/paper.js';
import { coffee, forge, LogFixture } from './log-fixture.js';

const settings: PaperSettings = {
  shop_name: 'مخبز البيت',
  tax_number: '310122393500003',
  tax_invoice: 'zatca',
  footer: ['Come again'],
  language: 'ar',
};

const document_hash = 'c'.repeat(64);

describe('what a log says was printed', () => {
  let home: string;
  let fixture: LogFixture;
  let recorded: LogFixture['events'];

  const apply = (paper: PaperSettings): void => {
    const versions = { catalog_version: 1, previous_version: 0, checksum: 'a'.repeat(64) };
    fixture.append({ type: 'CatalogApplied', data: { ...versions, currency: 'USD', products: 1, paper } });
  };
  const seqOf = (type: string): number => {
    const event = recorded.find((one) => one.type === type);
    if (!event) throw new Error(`There is no ${type}.`);
    return event.seq;
  };
  const noSale = () => {
    const event = recorded.find((one) => one.type === 'DrawerOpened' && one.data.cause_local_id === null);
    if (!event) throw new Error('Nobody opened the drawer for nothing else.');
    return event;
  };
  const verify = async (): Promise<VerifyReport> => {
    const source = openSource(fixture.dir);
    try {
      return (await runVerify(source, {})).report;
    } finally {
      await source.close();
    }
  };
  const found = async (): Promise<readonly string[]> =>
    (await verify()).problems.map(({ code, seq }) => `${code} ${String(seq)}`).sort();

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'tillog-papers-'));
    fixture = new LogFixture(join(home, 'till')).start();
    apply(settings);
    fixture.open('2026-01-01');
    fixture.sale([coffee], [{ method: 'cash', amount_minor: 500 }]);
    fixture.refundLast(500, [{ method: 'cash', amount_minor: 225 }]);
    fixture.sale([coffee], [{ method: 'cash', amount_minor: 500 }]);
    fixture.voidLast();
    fixture.move('paid_out', 'USD', 100);
    fixture.noSale();
    apply({ ...settings, shop_name: 'Another name', footer: [] });
    fixture.close([{ currency: 'USD', amount_minor: 10_125 }]);
    recorded = fixture.events;
    fixture.stop();
  });
  afterEach(() => rmSync(home, { recursive: true }));

  it('is what each sale, refund, void, slip and Z makes with the settings of its own moment', async () => {
    expect(await verify()).toMatchObject({ ok: true, unjudged_papers: [] });
  });

  it.each(['SaleRecorded', 'RefundRecorded', 'SaleVoided'])(
    'is not what a %s says that was rewritten',
    async (type) => {
      const name = (lines: { name: string }[]) => lines.map((line) => ({ ...line, name: 'Something else' }));
      forge(fixture.path, seqOf(type), ({ data }) => Object.assign(data, { lines: name(data.lines) }), 'kept');
      fixture.signAgain();
      expect(await found()).toEqual(
        [seqOf(type), seqOf('SessionClosed')].map((seq) => `PAPER_WRONG ${String(seq)}`).sort(),
      );
    },
  );

  it.each([
    ['a slip of cash', () => seqOf('CashMoved'), { reason: 'something else' }],
    ['a slip of a drawer', () => noSale().seq, { reason: 'something else' }],
    ['a slip that was taken away', () => noSale().seq, { paper: null }],
    ['a slip of a drawer that a sale opened', () => seqOf('DrawerOpened'), { paper: { renderer: 1, document_hash } }],
  ])('is not what %s says that was rewritten', async (_what, place, changed) => {
    forge(fixture.path, place(), ({ data }) => Object.assign(data, changed), 'kept');
    fixture.signAgain();
    expect(await found()).toContain(`PAPER_WRONG ${String(place())}`);
  });

  it('is not what other settings of the shop make', async () => {
    forge(
      fixture.path,
      seqOf('CatalogApplied'),
      ({ data }) => (data.paper = { ...settings, tax_number: '310122393500004' }),
      'kept',
    );
    fixture.signAgain();
    const printed = ['SaleRecorded', 'RefundRecorded', 'SaleVoided'].map(seqOf);
    expect(await found()).toEqual(expect.arrayContaining(printed.map((seq) => `PAPER_WRONG ${String(seq)}`)));
  });

  it('is a finding and no crash where no till could have printed it', async () => {
    const data = { ...settings, shop_name: 'x'.repeat(200) };
    forge(fixture.path, seqOf('CatalogApplied'), (event) => (event.data.paper = data), 'kept');
    fixture.signAgain();
    const { problems } = await verify();
    expect(problems.filter(({ code }) => code !== 'PAPER_WRONG')).toEqual([]);
    expect(problems[0]?.detail).toContain('from the log it is none: The tax authority');
  });

  it('is said, and not judged, where a newer program made it', async () => {
    const paper = { renderer: 7, document_hash: 'b'.repeat(64) };
    forge(fixture.path, seqOf('SaleRecorded'), ({ data }) => (data.paper = paper), 'kept');
    forge(fixture.path, seqOf('SessionClosed'), ({ data }) => (data.paper = paper), 'kept');
    fixture.signAgain();
    const report = await verify();
    const [first_seq, last_seq] = [seqOf('SaleRecorded'), seqOf('SessionClosed')];
    expect(report).toMatchObject({
      ok: true,
      unjudged_papers: [{ terminal_id: fixture.terminal_id, renderer: 7, papers: 2, first_seq, last_seq }],
    });
    expect(verifyText(report)).toContain(
      `papers of events ${String(first_seq)} to ${String(last_seq)} (2) were made by version 7 of the renderer`,
    );
  });
});
