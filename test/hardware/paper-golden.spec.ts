import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import jsqr from 'jsqr';
import { type PaperLanguage, paperLanguages } from '../../src/domain/paper.js';
import type { ReceiptDocument } from '../../src/domain/receipt.js';
import { recomputablePart, type ZReport } from '../../src/domain/report.js';
import { codePages } from '../../src/hardware/escpos-code-page.js';
import { print } from '../../src/hardware/escpos-interpreter.js';
import { escposJobs } from '../../src/hardware/escpos-job.js';
import { paperOf } from '../../src/hardware/interpreted-paper.js';
import { layoutPng } from '../../src/hardware/layout-png.js';
import { layoutText } from '../../src/hardware/layout-text.js';
import { type Paper, paperLayout } from '../../src/hardware/paper-layout.js';
import { papers } from '../../src/hardware/paper.js';
import { receiptLayout } from '../../src/hardware/receipt-layout.js';
import { paperNoSale, paperRefund, paperSale, paperShop, paperSlip, paperZ } from './paper-receipts.js';

const folder = join('test', 'hardware', 'golden');

/** What a file holds; with `WRITE_GOLDEN` set it is written first, to be looked at before it is committed. */
const golden = (name: string, made: Uint8Array): Buffer => {
  const path = join(folder, name);
  if (process.env['WRITE_GOLDEN'] !== undefined) writeFileSync(path, made);
  if (!existsSync(path)) throw new Error(`${path} is missing: WRITE_GOLDEN=1 writes it.`);
  return readFileSync(path);
};

const widths = ['58mm', '80mm'] as const;
const plain = { language: 'en', numerals: 'latin', shop_name: 'Corner Café' } as const;
const everything: readonly (readonly [string, Paper])[] = [
  ...Object.entries({ sale: paperSale, refund: paperRefund, z: paperZ }).flatMap(([kind, paper]) =>
    paperLanguages.map((language): [string, Paper] => [`${kind}-${language}`, inLanguage(paper, language)]),
  ),
  ['sale-ar-figures', { ...paperSale, shop: { ...paperShop, language: 'ar', numerals: 'arabic-indic' } }],
  ['sale-plain-en', { ...paperSale, shop: plain, qr: null, second_total: null }],
  ['training-en', { ...paperSale, training: true, qr: null }],
  ['duplicate-fr', { ...inLanguage(paperSale, 'fr'), copy_no: 2 }],
  ['void-ar', { ...inLanguage(paperSale, 'ar'), kind: 'void', qr: null, reason: 'طاولة أخرى', approver: 'مها Maha' }],
  ['x-en', { ...paperZ, kind: 'x', closer: null, mark: null, report: recomputablePart(paperZ.report as ZReport) }],
  ['paid-out-ar', inLanguage(paperSlip, 'ar')],
  ['paid-in-training-fr', { ...inLanguage(paperSlip, 'fr'), kind: 'paid_in', training: true }],
  ['drop-en', { ...paperSlip, kind: 'drop', shop: plain }],
  ['no-sale-en', paperNoSale],
];
const every = everything.flatMap(([name, paper]) => widths.map((width) => ({ name, paper, width })));

function inLanguage<Any extends Paper>(paper: Any, language: PaperLanguage): Any {
  return { ...paper, shop: { ...paper.shop, language } };
}

describe('A paper', () => {
  it.each(every)('like $name on $width is what was looked at', ({ name, paper, width }) => {
    const layout = paperLayout(paper);
    const [job = Buffer.of(), ...more] = escposJobs(layout, {
      paper: papers[width],
      codePage: codePages.PC858,
      qr: 'native',
    });
    expect(more).toEqual([]);
    expect(print(job).items.at(-1)).toEqual({ kind: 'cut' });
    expect(Buffer.compare(job, golden(`${name}-${width}.escpos`, job))).toBe(0);
    const png = layoutPng(layout, papers[width]);
    expect(Buffer.compare(png, golden(`${name}-${width}.png`, png))).toBe(0);
  });

  it('has no other golden file, so that none is kept that nothing makes', () => {
    const kept = every.flatMap(({ name, width }) => [`${name}-${width}.escpos`, `${name}-${width}.png`]);
    expect(readdirSync(folder).sort()).toEqual(kept.sort());
  });

  it('has Arabic figures where a shop wants them, and numbers that name something as they are', () => {
    const layout = receiptLayout({ ...paperSale, shop: { ...paperShop, language: 'ar', numerals: 'arabic-indic' } });
    const text = layoutText(layout, 42);
    for (const said of ['٦٫٢٤', '-٠٫٦٢', '١٫٢٥ x ٤٫٩٩', '٢٠٢٦/١١/٢٣ ١٤:٠٥', '3F2A-000007', '310122393500003', '1-12']) {
      expect(text).toContain(`\u2068${said}\u2069`);
    }
    expect(text).toContain('\u2068١ USD = ٨٩٥٠٠ LBP\u2069');
  });

  it('says whose it is and that it is an invoice, but not for training and not for a void', () => {
    const said = (receipt: Partial<ReceiptDocument>, tax_invoice?: 'simplified'): string =>
      layoutText(
        receiptLayout({
          ...paperSale,
          ...receipt,
          shop: tax_invoice ? { ...paperShop, tax_invoice } : paperShop,
        }),
        42,
      );
    const titles = / +Tax number 310122393500003\n +فاتورة ضريبية مبسطة\n +Simplified tax invoice\n/u;
    expect(said({})).toMatch(titles);
    expect(said({}, 'simplified')).toMatch(/ +Tax number 310122393500003\n +Simplified tax invoice\n/u);
    expect(said({ kind: 'refund' })).toMatch(/إشعار دائن للفاتورة الضريبية المبسطة\n +Credit note to a simplified/u);
    for (const none of [{ training: true }, { kind: 'void' as const }]) expect(said(none)).not.toContain('Simplified');
    const { tax_invoice: _none, ...shop } = paperShop;
    expect(layoutText(receiptLayout({ ...paperSale, shop }), 42)).not.toContain('Simplified');
  });

  it.each(widths)(
    'of an invoice on %s has a code that a phone reads: all five fields of the tax authority',
    (width) => {
      const [job = Buffer.of()] = escposJobs(receiptLayout(inLanguage(paperSale, 'ar')), {
        paper: papers[width],
        codePage: codePages.PC437,
        qr: width === '58mm' ? 'raster' : 'native',
      });
      const canvas = paperOf(print(job), papers[width].dots);
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      expect(fieldsOf(jsqr.default(data, canvas.width, canvas.height)?.data ?? '')).toEqual([
        [1, 'مخبز البيت'],
        [2, '310122393500003'],
        [3, '2026-11-23T12:05:00Z'],
        [4, '12.93'],
        [5, '1.00'],
      ]);
    },
  );
});

/** What a reader of the tax authority makes of a code. */
const fieldsOf = (content: string): readonly (readonly [number, string])[] => {
  const bytes = Buffer.from(content, 'base64');
  const fields: [number, string][] = [];
  for (let at = 0; at < bytes.length;) {
    const [tag = 0, length = 0] = bytes.subarray(at, at + 2);
    fields.push([tag, bytes.subarray(at + 2, at + 2 + length).toString('utf8')]);
    at += 2 + length;
  }
  return fields;
};
