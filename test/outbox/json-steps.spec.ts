import fc from 'fast-check';
import { parseInSteps } from '../../src/outbox/json-steps.js';
import { atOnce } from '../../src/ports.js';

const read = (text: string): unknown => atOnce(parseInSteps(Buffer.from(text)));

describe('A JSON text that is read in steps', () => {
  it('says what JSON.parse says', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.nat(3), (text, deeper) => {
        const nested = `${'{"a":'.repeat(deeper)}${text}${'}'.repeat(deeper)}`;
        expect(read(nested)).toEqual(JSON.parse(nested));
      }),
      { numRuns: 1000 },
    );
  });

  it('reads a list of many pieces, with names in every writing and every escape', () => {
    const products = Array.from({ length: 20_000 }, (_, index) => ({
      code: String(index),
      name: `قهوة "${index}" ${'\\'.repeat(index % 4)} ] } , [ { é 𝒳`,
      barcodes: [index, [index]],
    }));
    const text = JSON.stringify({
      catalog_version: 1,
      content: { staff: [], products, settings: { lists: [[1], [2]] } },
    });
    expect(read(text)).toEqual(JSON.parse(text));
    expect(read(JSON.stringify([[products, { products }], products]))).toEqual([[products, { products }], products]);
  });

  it('keeps a field that is called __proto__ as a field', () => {
    const found = read('{"content":{"__proto__":[1],"a":{"__proto__":2}}}') as Record<string, object>;
    expect(Object.keys(found['content'] ?? {})).toEqual(['__proto__', 'a']);
    expect(Array.isArray(Object.getPrototypeOf(found['content']))).toBe(false);
  });

  const long = (end: string): string => `{"a":{"b":[${`${JSON.stringify('x'.repeat(1000))},`.repeat(200)}${end}`;

  it.each([
    ['nothing', ''],
    ['a login page', '<!doctype html><title>Welcome</title>'],
    ['half of it', '{"content":{"products":[{"code":"a"}'],
    ['a bracket too many', '{"content":{"products":[1]}}]'],
    ['a list that ends with a brace', '{"content":{"products":[1}}}'],
    ['a comma at the end', '{"content":{"products":[1,]}}'],
    ['two commas', '{"content":{"products":[1,,2]}}'],
    ['a comma at the end of a long list', long(']}}')],
    ['two commas in a long list', long(',1]}}')],
    ['a word that is none', long('nul]}}')],
    ['a string without an end', long('"]}}')],
  ])('refuses %s as JSON.parse does', (_what, text) => {
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
    expect(() => read(text)).toThrow(SyntaxError);
  });

  it('takes many steps for a long list, none of them long', () => {
    const text = JSON.stringify({ content: { products: Array.from({ length: 50_000 }, (_, code) => ({ code })) } });
    const steps = parseInSteps(Buffer.from(text));
    let count = 0;
    while (steps.next().done !== true) count += 1;
    expect(count).toBeGreaterThanOrEqual(Math.floor(text.length / (64 * 1024)));
  });
});
