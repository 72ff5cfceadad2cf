import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { isCanonical } from '../../src/events/canonical-form.js';
import { canonical, hashOf, noHash, seal } from '../../src/events/envelope.js';
import { envelopeOf } from './sample-events.js';

describe('The canonical form of RFC 8785', () => {
  it.each([
    [
      'sorts keys by UTF-16 code units',
      { b: 1, a: 2, A: 3, '': 4, 10: 5, 9: 6 },
      '{"":4,"10":5,"9":6,"A":3,"a":2,"b":1}',
    ],
    [
      'sorts the keys of the RFC itself',
      {
        '\u20ac': 'Euro',
        '\r': 'CR',
        '\ufb33': 'Dalet',
        1: 'One',
        '\ud83d\ude00': 'Smile',
        '\u0080': 'C',
        '\u00f6': 'o',
      },
      '{"\\r":"CR","1":"One","\u0080":"C","\u00f6":"o","\u20ac":"Euro","\ud83d\ude00":"Smile","\ufb33":"Dalet"}',
    ],
    [
      'writes numbers like ECMAScript',
      [0, -0, 1e30, 4.5, 2e-3, 1e-27, Number('333333333.33333329')],
      '[0,0,1e+30,4.5,0.002,1e-27,333333333.3333333]',
    ],
    [
      'writes the largest whole numbers plainly',
      [2 ** 53 - 1, -(2 ** 53) + 1, 1e20, 1e21],
      '[9007199254740991,-9007199254740991,100000000000000000000,1e+21]',
    ],
    [
      'escapes only what must be',
      '\u20ac$\u000F\nA\'B"\\\\"/\u2028\u007f',
      '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/\u2028\u007f"',
    ],
    [
      'writes control characters in their short or in lower-case form',
      '\b\t\n\f\r\u0000\u001f',
      '"\\b\\t\\n\\f\\r\\u0000\\u001f"',
    ],
    ['keeps the order of arrays and adds no space', [null, true, false, [], {}], '[null,true,false,[],{}]'],
    ['does not touch composed or decomposed letters', ['\u00e9', 'e\u0301'], '["\u00e9","e\u0301"]'],
  ])('%s', (_name, value, text) => {
    expect(canonical(value)).toBe(text);
  });

  it.each([
    ['NaN', Number.NaN],
    ['infinity', [Number.POSITIVE_INFINITY]],
    ['half a character', 'a\ud83d'],
    ['half a character in a key', { '\udc00': 1 }],
    ['undefined', undefined],
  ])('refuses %s', (_name, value) => {
    expect(() => canonical(value)).toThrow();
  });

  it('is that of the reference implementation, for every JSON value', () => {
    const anyText = { unit: 'binary' } as const;
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), fc.string(anyText), fc.integer(), (value, text, number) => {
        for (const any of [value, text, { [text]: number, a: undefined, z: [value] }]) {
          expect(canonical(any)).toBe(canonicalize(any));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('reads back as what was written, and is the same whatever the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonical(value);
        expect(canonical(JSON.parse(text))).toBe(text);
        expect(canonical(reversed(value))).toBe(text);
      }),
    );
  });
});

describe('A sealed event', () => {
  it('is hashed over the UTF-8 bytes of its text', () => {
    expect(hashOf('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(hashOf('\u00e9\u20ac')).toBe('f0165711145fd4315008feb1f589eb75f63fb382417be0782a1c1cab418bc0c4');
  });

  it('has one text, whatever the order in which its fields were set', () => {
    const envelope = envelopeOf();
    expect(seal(reversed(envelope) as typeof envelope)).toEqual(seal(envelope));
    expect(noHash).toMatch(/^0{64}$/u);
  });

  it('changes its hash with every letter', () => {
    const hashes = [{}, { seq: 2 }, { staff_id: 'b' }, { prev_hash: '1'.repeat(64) }, { data: { reason: 'X' } }].map(
      (change) => seal({ ...envelopeOf(), ...change }).hash,
    );
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});

const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
};

describe('A check for the canonical form', () => {
  it.each([
    ['sorted fields', '{"a":[{"b":1,"c":"\u0635"}],"d":null}', true],
    ['keys that look like numbers, sorted as text', '{"10":1,"9":2}', true],
    ['a backslash before ud', '{"a":"C:\\\\udemo"}', true],
    ['fields in another order', '{"b":1,"a":2}', false],
    ['fields in another order, further in', '{"a":[{"c":1,"b":2}]}', false],
    ['a field twice', '{"a":1,"a":2}', false],
    ['a space', '{"a": 1}', false],
    ['minus zero', '{"a":-0}', false],
    ['a number beyond all numbers', '{"a":1e400}', false],
    ['an escape that is not needed', '{"a":"\\u0041"}', false],
    ['half a character', '{"a":"\\ud83d"}', false],
  ])('knows %s', (_what, text, is) => {
    expect(isCanonical(text, JSON.parse(text))).toBe(is);
  });

  it('agrees with the form itself, whatever the value', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const value: unknown = JSON.parse(text);
        expect(isCanonical(canonical(value), value)).toBe(true);
        expect(isCanonical(text, value)).toBe(canonical(value) === text);
      }),
    );
  });
});
