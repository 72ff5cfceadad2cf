import { type CatalogContent, makeCatalog } from '../../src/catalog/catalog.js';
import { folded, searchWords } from '../../src/catalog/search-words.js';
import { ApplyCatalog, ApplyCatalogHandler } from '../../src/terminal/commands/apply-catalog.js';
import { Shop, shopContent } from '../terminal/shop.js';

describe('A text as it is compared', () => {
  it.each([
    ['capital letters', 'COFFEE', 'coffee'],
    ['accents', 'Crème Brûlée', 'creme brulee'],
    ['vowel marks', 'قَهْوَةٌ', 'قهوه'],
    ['the stretching stroke', 'شـــاي', 'شاي'],
    ['alef with hamza above', 'أرز', 'ارز'],
    ['alef with hamza below', 'إبريق', 'ابريق'],
    ['alef with madda', 'آيس', 'ايس'],
    ['alef wasla', 'ٱلبن', 'البن'],
    ['hamza on waw', 'لؤلؤ', 'لولو'],
    ['hamza on yeh', 'بئر', 'بير'],
    ['teh marbuta', 'علبة', 'علبه'],
    ['alef maksura', 'حلوى', 'حلوي'],
    ['Persian yeh and kaf', 'کیک', 'كيك'],
    ['joined letters of old code pages', 'ﻻ', 'لا'],
    ['Arabic-Indic digits', '٠١٢٣٤٥٦٧٨٩', '0123456789'],
    ['Persian digits', '۰۱۲۳۴۵۶۷۸۹', '0123456789'],
    ['characters that nobody sees', 'a\u200eb\u200c', 'ab'],
    ['wide letters', 'Ｔｅａ', 'tea'],
  ])('has no %s', (_what, text, is) => {
    expect(folded(text)).toBe(is);
    expect(folded(is)).toBe(is);
  });

  it('falls into words of letters and digits', () => {
    expect(searchWords('Water 0.5 l (مياه/7up)')).toEqual(['water', '0', '5', 'l', 'مياه', '7up']);
    expect(searchWords(' -– "*" ')).toEqual([]);
  });
});

describe('A search in the catalog', () => {
  let shop: Shop;
  const products: CatalogContent['products'] = (
    [
      ['A-100', 'قهوة عربية ٢٥٠ غ', 'Drinks', ['5901234123457', '6281000000014']],
      ['A-101', 'Arabic coffee 500 g', 'Drinks', []],
      ['B-200', 'Café crème', 'Drinks', []],
      ['b-201', 'Coffee maker', 'Kitchen', []],
      ['C-300', 'أُرْزٌ مصري', 'Food', []],
      ['C-301', 'إبرة "حديد"', 'Sewing', []],
      ['٣٠٢', 'حلوى الجبن', 'Food', []],
      ['D-400', 'coffee', null, []],
      ['D-401', 'Coffee', null, []],
      ['100%_OR', 'Orange juice 100%', 'Drinks', ['A-10']],
    ] as const
  ).map(([code, name, category, barcodes]) => ({
    code,
    name,
    category,
    price_minor: 100,
    tax_code: 'VAT',
    barcodes: [...barcodes],
  }));
  const find = (text: string, more: object = {}): readonly string[] =>
    shop.recorder.catalog.search({ text, limit: 100, ...more }, '2026-03-01').map(({ code }) => code);

  beforeAll(async () => {
    shop = await Shop.trading();
    const catalog = makeCatalog(2, { ...shopContent, products });
    await new ApplyCatalogHandler(shop.recorder).execute(new ApplyCatalog(catalog));
  });
  afterAll(() => shop.remove());

  it.each<[string, string, readonly string[]]>([
    ['the beginning of a word', 'cof', ['A-101', 'D-400', 'D-401', 'b-201']],
    ['a later word', 'maker', ['b-201']],
    ['several words in any order', 'cof arab', ['A-101']],
    ['words of which one is nowhere', 'coffee tea', []],
    ['without accents', 'cafe creme', ['B-200']],
    ['Arabic without vowel marks', 'ارز', ['C-300']],
    ['Arabic with other marks', 'أَرز', ['C-300']],
    ['another alef', 'ابرة', ['C-301']],
    ['teh marbuta written as heh', 'قهوه', ['A-100']],
    ['alef maksura written as yeh', 'حلوي', ['٣٠٢']],
    ['a stretched word', 'قهــوة', ['A-100']],
    ['Latin digits for Arabic-Indic ones', '250', ['A-100']],
    ['Persian digits', '۲۵۰', ['A-100']],
    ['the beginning of a code', 'a-10', ['A-101', 'A-100']],
    ['a code in small letters', 'B-20', ['B-200', 'b-201']],
    ['a code in other digits', '302', ['٣٠٢']],
    ['a whole barcode', '6281000000014', ['A-100']],
    ['a whole barcode in Arabic-Indic digits', '٦٢٨١٠٠٠٠٠٠٠١٤', ['A-100']],
    ['a part of a barcode', '628100', []],
    ['the middle of a word', 'offee', []],
    ['what SQL and the index take for signs', '100%', ['100%_OR']],
    ['signs alone', '"*', []],
    ['a sign that matches everything elsewhere', '%', []],
    ['words that the index takes for commands', 'coffee OR maker', []],
  ])('finds %s', (_what, text, codes) => {
    expect(find(text)).toEqual(codes);
  });

  it('finds everything for nothing, sorted by name without regard to capitals and then by code', () => {
    const all = find('');
    expect(all).toHaveLength(products.length);
    expect(all.slice(0, 6)).toEqual(['A-101', 'B-200', 'D-400', 'D-401', 'b-201', '100%_OR']);
    expect(find(' ')).toEqual(all);
  });

  it('keeps to a category', () => {
    expect(find('', { category: 'Drinks' })).toEqual(['A-101', 'B-200', '100%_OR', 'A-100']);
    expect(find('cof', { category: 'Kitchen' })).toEqual(['b-201']);
    expect(find('', { category: 'drinks' })).toEqual([]);
  });

  it.each(['', 'cof', 'c'])('gives “%s” page by page, each product once, in the same order', (text) => {
    const pages: string[] = [];
    for (let after: string | undefined; ; after = pages.at(-1)) {
      const page = find(text, { limit: 2, ...(after === undefined ? {} : { after }) });
      expect(page.length).toBeLessThanOrEqual(2);
      pages.push(...page);
      if (page.length === 0) break;
    }
    expect(pages).toEqual(find(text));
  });
});
