import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditReceipt, runVerify } from '../../src/audit/program.js';
import { openSource } from '../../src/audit/sqlite-file.js';
import { type CatalogContent, makeCatalog, type ShopSettings } from '../../src/catalog/catalog.js';
import type { Authority } from '../../src/domain/permission.js';
import { codePages } from '../../src/hardware/escpos-code-page.js';
import { escposJobs } from '../../src/hardware/escpos-job.js';
import { layoutText } from '../../src/hardware/layout-text.js';
import { type Paper, paperLayout, paperText } from '../../src/hardware/paper-layout.js';
import { papers } from '../../src/hardware/paper.js';
import { machinePorts } from '../../src/ports.js';
import { ApplyCatalog, ApplyCatalogHandler } from '../../src/terminal/commands/apply-catalog.js';
import { CloseSession, CloseSessionHandler } from '../../src/terminal/commands/close-session.js';
import { MoveCash, MoveCashHandler } from '../../src/terminal/commands/move-cash.js';
import { OpenDrawer, OpenDrawerHandler } from '../../src/terminal/commands/open-drawer.js';
import { OpenSession, OpenSessionHandler } from '../../src/terminal/commands/open-session.js';
import { RecordSale, RecordSaleHandler } from '../../src/terminal/commands/record-sale.js';
import { RefundSale, RefundSaleHandler } from '../../src/terminal/commands/refund-sale.js';
import { VoidSale, VoidSaleHandler } from '../../src/terminal/commands/void-sale.js';
import { RecordedPapers } from '../../src/terminal/recorded-papers.js';
import { RecordedSessions } from '../../src/terminal/recorded-sessions.js';
import { applySettingsFile } from '../../src/terminal/settings-program.js';
import { receiptRenderer } from '../../src/receipt-renderer.js';
import { errorWith } from '../errors.js';
import { coffeeSale, Shop, shopContent } from './shop.js';

type PaperSettings = NonNullable<ShopSettings['paper']>;

const paper: PaperSettings = {
  shop_name: 'مخبز البيت',
  address: ['Hamra 12'],
  tax_number: '310122393500003',
  footer: ['Come again'],
  second_currency: 'LBP',
  tax_invoice: 'zatca',
};
const nour: Authority = {
  by: { staff_id: 's-1', role: 'cashier', name: 'Nour' },
  approver: { staff_id: 's-9', role: 'manager', name: 'Maha' },
};

describe('a paper that is made again from the log', () => {
  let shop: Shop;

  const apply = async (version: number, settings: PaperSettings): Promise<void> => {
    const content: CatalogContent = { ...shopContent, settings: { paper: settings } };
    await new ApplyCatalogHandler(shop.recorder).execute(new ApplyCatalog(makeCatalog(version, content)));
  };
  /** A day with everything that leaves a paper. */
  const day = async (): Promise<void> => {
    const { recorder } = shop;
    await new OpenSessionHandler(recorder).execute(new OpenSession('open', { float: [] }, nour));
    const sold = await new RecordSaleHandler(recorder).execute(new RecordSale('sale', coffeeSale, nour));
    const tenders = [{ method: 'cash', amount_minor: 350 }];
    const back = {
      sale_local_id: sold.local_id,
      lines: [{ line_no: 1, quantity_milli: 1000 }],
      tenders,
      reason: 'cold',
    };
    await new RefundSaleHandler(recorder).execute(new RefundSale('refund', back, nour));
    const other = await new RecordSaleHandler(recorder).execute(new RecordSale('other', coffeeSale, nour));
    const voiding = { sale_local_id: other.local_id, reason: 'wrong table' };
    await new VoidSaleHandler(recorder).execute(new VoidSale('void', voiding, nour));
    const milk = { kind: 'paid_out', currency: 'USD', amount_minor: 125, reason: 'milk' } as const;
    await new MoveCashHandler(recorder).execute(new MoveCash('milk', milk, nour));
    await new OpenDrawerHandler(recorder).execute(new OpenDrawer('bus', { reason: 'change for the bus' }, nour));
    await new CloseSessionHandler(recorder).execute(new CloseSession('close', { counted: [] }, nour));
  };
  const queued = (): number[] =>
    shop.terminal.db.prepare<[], number>('SELECT seq FROM print_jobs ORDER BY seq').pluck().all();
  const layoutAt = (seq: number) => paperLayout(new RecordedPapers(shop.terminal).at(seq));
  const bytes = (): readonly string[] =>
    queued().map((seq) => {
      const printer = { paper: papers['80mm'], codePage: codePages.PC437, qr: 'native' } as const;
      return Buffer.concat(escposJobs(layoutAt(seq), printer)).toString('hex');
    });
  const texts = (): readonly string[] => queued().map((seq) => layoutText(layoutAt(seq), 42));

  beforeEach(async () => {
    shop = new Shop();
    shop.terminal.close();
    shop.open({ hasPrinter: true });
    shop.terminal.start();
    await apply(1, paper);
    await day();
  });
  afterEach(() => shop.remove());

  it('is queued for each sale, refund, void, cash movement, drawer that opened for nothing else, and Z', () => {
    const says = [
      /Simplified tax/u,
      /Credit note/u,
      /Simplified tax/u,
      /VOID/u,
      /Paid out/u,
      /without a sale/u,
      /Z REPORT 1/u,
    ];
    expect(texts()).toEqual(says.map((said) => expect.stringMatching(said) as string));
    for (const text of texts()) expect(text).toMatch(/مخبز البيت\n +Hamra 12\n +Tax number 310122393500003\n/u);
  });

  it('names who did it and who approved it, the terminal, and the total in the second currency with its rate', () => {
    const [sale = '', refund = '', , voided = '', slip = '', noSale = '', z = ''] = texts();
    expect(sale).toMatch(/Staff Nour\n/u);
    expect(sale).toMatch(/TOTAL LBP +313250\nTax LBP +31325\n/u);
    expect(sale).toContain('Rate 1 USD = 89500 LBP\n');
    expect(sale).toMatch(/Come again\n$/u);
    for (const text of [refund, voided, slip, noSale]) expect(text).toMatch(/Staff Nour[^]*Approved by Maha\n/u);
    expect(slip).toMatch(/USD +1\.25\nReason: milk\n/u);
    expect(noSale).toContain('Reason: change for the bus\n');
    expect(z).toMatch(/Opened by Nour .*\nClosed by Nour /u);
    const id = shop.recorder.identity.terminal_id.slice(0, 4).toUpperCase();
    for (const text of texts()) expect(text).toMatch(new RegExp(`^Till +${id}\\b`, 'mu'));
  });

  it('has the same bytes after a restart and under other settings, and the log proves what it was', async () => {
    const printed = bytes();
    await apply(2, { shop_name: 'Another shop', language: 'ar', numerals: 'arabic-indic' });
    shop.terminal.close();
    shop.open({ hasPrinter: true });
    shop.terminal.start();
    expect(bytes()).toEqual(printed);
    shop.terminal.close();
    const source = openSource(shop.folder);
    const { report } = await runVerify(source, {});
    await source.close();
    expect(report).toMatchObject({ ok: true, unjudged_papers: [] });
  });

  it('is made by the auditor with the same bytes, for every receipt and void', async () => {
    const printed = bytes();
    await apply(2, { shop_name: 'Another shop', language: 'ar', numerals: 'arabic-indic' });
    const papersOf = shop.events.flatMap((event) =>
      event.type === 'SaleRecorded' || event.type === 'RefundRecorded' || event.type === 'SaleVoided' ? [event] : [],
    );
    shop.terminal.close();
    const file = join(shop.folder, 'receipt.escpos');
    const output = { write: () => undefined, complain: () => undefined, json: false };
    const made: string[] = [];
    for (const { type, data, seq } of papersOf) {
      const asked = { number: data.receipt_number, isVoid: type === 'SaleVoided', seq };
      const files = { escpos: file, replace: true, render: receiptRenderer('80mm') };
      expect(await auditReceipt(() => openSource(shop.folder), asked, output, files)).toBe(0);
      made.push(readFileSync(file).toString('hex'));
    }
    expect(made).toEqual(printed.slice(0, 4));
  });

  it('says of an X report what holds at this moment', async () => {
    await apply(2, { ...paper, language: 'fr' });
    await new OpenSessionHandler(shop.recorder).execute(new OpenSession('again', { float: [] }, nour));
    const sessions = new RecordedSessions(shop.terminal, shop.clock);
    expect(paperText(sessions.xPaper() as Paper)).toMatch(/مخبز البيت\n[^]*RAPPORT X\n[^]*Ouvert par Nour/u);
    expect(paperText(sessions.zPaper(1) as Paper)).toMatch(/Z REPORT 1\n[^]*Record \d+-\d+ +[0-9a-f]{12}\n$/u);
  });

  describe('on a till without central', () => {
    const applyFile = (file: unknown) => {
      const path = join(shop.folder, 'settings.json');
      writeFileSync(path, typeof file === 'string' ? file : JSON.stringify(file));
      return applySettingsFile({ path, dataDir: shop.folder, ports: machinePorts });
    };
    beforeEach(() => shop.terminal.close());

    it('has the settings of a file, and what the file does not name stays', async () => {
      expect(await applyFile({ settings: { paper: { ...paper, language: 'fr' } }, methods: ['voucher'] })).toEqual({
        catalog_version: -1,
        products: 2,
      });
      shop.open({ hasPrinter: true });
      expect(shop.recorder.catalog.shopSettings.paper).toEqual({ ...paper, language: 'fr' });
      expect(shop.recorder.catalog.content).toMatchObject({ currency: 'USD', methods: ['voucher'] });
      expect(shop.events.filter(({ type }) => type === 'CatalogApplied').at(-1)?.data).toMatchObject({
        paper: { language: 'fr' },
      });
    });

    it.each([
      ['no JSON', '{', 'FILE_UNREADABLE', 'cannot be read as JSON'],
      [
        'a name that is too long for the code',
        { settings: { paper: { ...paper, shop_name: 'ب'.repeat(64) } } },
        'CATALOG_INVALID',
        'TAX_QR_UNFIT',
      ],
      [
        'no tax number for the code',
        { settings: { paper: { shop_name: 'A', tax_invoice: 'zatca' } } },
        'CATALOG_INVALID',
        'TAX_QR_UNFIT',
      ],
      [
        'a second currency that is not taken',
        { settings: { paper: { second_currency: 'SAR' } } },
        'CATALOG_INVALID',
        'SAR',
      ],
      [
        'the base currency as the second',
        { settings: { paper: { second_currency: 'USD' } } },
        'CATALOG_INVALID',
        'besides USD',
      ],
      [
        'a logo with too few dots',
        { settings: { paper: { logo: { width: 16, height: 2, dots: 'AAA=' } } } },
        'CATALOG_INVALID',
        'dots',
      ],
      [
        'a logo that is too wide',
        { settings: { paper: { logo: { width: 392, height: 1, dots: 'AAA=' } } } },
        'CATALOG_INVALID',
        'width',
      ],
      ['an empty line', { settings: { paper: { footer: [' '] } } }, 'CATALOG_INVALID', 'is empty'],
      ['a language that it does not speak', { settings: { paper: { language: 'de' } } }, 'CATALOG_INVALID', 'language'],
      ['products', { products: [] }, 'CATALOG_INVALID', 'products'],
    ])('keeps the old settings when the file has %s', async (_what, file, code, detail) => {
      await expect(applyFile(file)).rejects.toThrow(
        errorWith({ name: 'ImportFault', code, detail: expect.stringContaining(detail) as string }),
      );
      shop.open({ hasPrinter: true });
      expect(shop.recorder.catalog.shopSettings.paper).toEqual(paper);
      expect(shop.events.at(-1)?.type).toBe('SessionClosed');
    });
  });
});
