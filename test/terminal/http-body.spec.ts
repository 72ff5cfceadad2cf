import fc from 'fast-check';
import { isDeeperThan, readJsonBody } from '../../src/terminal/http/json-body.js';

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

describe('the depth of a body', () => {
  it('is told from the bytes as JSON.parse would see it', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 12 }), fc.integer({ min: 0, max: 12 }), (json, levels) => {
        expect(isDeeperThan(Buffer.from(json), levels)).toBe(depthOf(JSON.parse(json)) > levels);
      }),
      { numRuns: 1000 },
    );
  });

  it('does not count brackets in texts, however they are quoted', () => {
    const json = JSON.stringify({ 'a"[[[\\': '{{{"\\"[[[', b: '\\' });
    expect(isDeeperThan(Buffer.from(json), 1)).toBe(false);
    expect(readJsonBody(Buffer.from(json))).toEqual(JSON.parse(json));
  });
});
