import fc from 'fast-check';
import { isDeeperThan, readJsonBody } from '../../src/terminal/http/json-body.js';
import { Lockout } from '../../src/terminal/lockout.js';

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

describe('a lockout', () => {
  it('does not forget somebody because others are guessed', () => {
    let now = 0;
    const lockout = new Lockout({ monotonic: () => now });
    for (let wrong = 0; wrong < 5; wrong += 1) expect(lockout.attempt('a')).toBe(0);
    for (let other = 0; other < 5000; other += 1) lockout.attempt(`b${String(other)}`);
    expect(lockout.attempt('a')).toBe(30_000);
    now = 30_000;
    expect(lockout.attempt('a')).toBe(0);
  });

  it('grows up to a quarter of an hour and no further, so that a shop is never shut out for good', () => {
    let now = 0;
    const lockout = new Lockout({ monotonic: () => now });
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 25; attempt += 1) {
      lockout.attempt('a');
      const pause = attempt % 5 === 4 ? lockout.attempt('a') : 0;
      if (pause > 0) pauses.push(pause);
      now += pause;
    }
    expect(pauses).toEqual([30_000, 300_000, 900_000, 900_000, 900_000]);
  });
});
