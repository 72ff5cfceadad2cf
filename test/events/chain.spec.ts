import { checkEvent } from '../../src/events/chain.js';
import { canonical, type Envelope, hashOf, noHash, type SealedEvent, seal } from '../../src/events/envelope.js';
import { chainOf, envelopeOf, look, uuid } from './sample-events.js';

const [first, second] = chainOf(2) as readonly [SealedEvent, SealedEvent];
const head = { epoch: 1, seq: 1, hash: first.hash };
const next = (change: Partial<Envelope>) => seal(envelopeOf({ seq: 2, prev_hash: first.hash, ...change }));
const textOf = (event: string): SealedEvent => ({ event, hash: hashOf(event) });
const codes = (event: SealedEvent, previous: typeof head | null = head) =>
  checkEvent(event, previous).problems.map(({ code }) => code);

describe('A check of one event', () => {
  it('finds nothing wrong in a chain', () => {
    expect(codes(first, null)).toEqual([]);
    expect(checkEvent(second, head)).toMatchObject({ problems: [], event: { seq: 2, type: 'DrawerOpened' } });
  });

  it.each<[string, SealedEvent, readonly string[]]>([
    ['a letter was changed', { ...second, event: second.event.replace('look', 'lock') }, ['HASH_WRONG']],
    ['the hash is that of another text', { ...second, hash: first.hash }, ['HASH_WRONG']],
    ['it was rewritten with spaces', textOf(JSON.stringify(JSON.parse(second.event), null, 1)), ['NOT_CANONICAL']],
    [
      'its keys stand in another order',
      textOf(second.event.replace(/^\{(.*?),(.*)\}$/u, '{$2,$1}')),
      ['NOT_CANONICAL'],
    ],
    ['a key is there twice', textOf(second.event.replace('"seq":2', '"seq":1,"seq":2')), ['NOT_CANONICAL']],
    ['a number is written in another way', textOf(second.event.replace('"seq":2', '"seq":2.0')), ['NOT_CANONICAL']],
    ['a position is missing before it', next({ seq: 3 }), ['GAP']],
    ['it repeats a position', next({ seq: 1 }), ['GAP']],
    ['it names another predecessor', next({ prev_hash: noHash }), ['CHAIN_BROKEN']],
    ['it changes the epoch on its own', next({ epoch: 2 }), ['EPOCH_WRONG']],
    ['it is not JSON', textOf('{'), ['INVALID']],
    ['it is empty', textOf(''), ['INVALID']],
    ['it is JSON of something else', textOf('[]'), ['INVALID']],
    ['it is null', textOf('null'), ['INVALID']],
    ['a field of the envelope is missing', textOf(canonical({ seq: 2 })), ['INVALID']],
    ['a field too many', textOf(canonical({ ...envelopeOf({ seq: 2, prev_hash: first.hash }), more: 1 })), ['INVALID']],
    ['an id in capitals', next({ local_id: uuid(2).replace('1', 'A') }), ['INVALID']],
    ['a position below one', next({ seq: 0 }), ['INVALID']],
    ['a position with a fraction', next({ seq: 2.5 }), ['INVALID']],
    ['a position beyond 2^53', next({ seq: 2 ** 53 }), ['INVALID']],
    ['a time without milliseconds', next({ occurred_at: '2026-03-01T08:00:00Z' }), ['INVALID']],
    ['a day that does not exist', next({ business_date: '2026-02-30' }), ['INVALID']],
    ['a hash in capitals', next({ prev_hash: 'A'.repeat(64) }), ['INVALID']],
    ['its data lacks a field', next({ data: { reason: 'look' } }), ['INVALID']],
    ['its data has a field too many', next({ data: { ...look, x: 1 } }), ['INVALID']],
    ['its data is null', next({ data: null }), ['INVALID']],
    ['a text with NUL', next({ data: { ...look, reason: 'a\u0000' } }), ['INVALID']],
    ['half a character', textOf(second.event.replace('look', String.raw`a\ud83d`)), ['NOT_CANONICAL', 'INVALID']],
    ['an unknown type', next({ type: 'MoonLanded' }), ['UNKNOWN_TYPE']],
    ['a type that every object has', next({ type: 'constructor' }), ['UNKNOWN_TYPE']],
    ['a version of tomorrow', next({ version: 2 }), ['UNKNOWN_TYPE']],
  ])('finds that %s', (_name, event, found) => {
    expect(codes(event)).toEqual(found);
  });

  it('finds several things at once', () => {
    const wrong = { ...next({ seq: 5, prev_hash: noHash, epoch: 3, data: {} }), hash: first.hash };
    expect(codes(wrong)).toEqual(['HASH_WRONG', 'GAP', 'CHAIN_BROKEN', 'EPOCH_WRONG', 'INVALID']);
  });

  it('keeps the envelope of a type that it does not know, for whoever only passes it on', () => {
    expect(checkEvent(next({ type: 'MoonLanded' }), head)).toMatchObject({ envelope: { type: 'MoonLanded' } });
  });

  it('lets the event that starts an epoch, and no other, begin a later one', () => {
    const started = (epoch: number) =>
      next({ type: 'EpochStarted', epoch, data: { previous: head, reason: 'restored' } });
    expect(codes(started(2))).toEqual([]);
    expect(codes(started(7))).toEqual([]);
    expect(codes(started(1))).toEqual(['EPOCH_WRONG']);
  });

  it('asks the first event to stand at 1, in epoch 1, behind zeros', () => {
    expect(codes(second, null)).toEqual(['GAP', 'CHAIN_BROKEN']);
    expect(codes(seal(envelopeOf({ epoch: 2 })), null)).toEqual(['EPOCH_WRONG']);
  });

  it('survives what is nested deeper than any stack', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const inside = second.event.replace(/"data":\{.*?\}/u, `"data":${deep}`);
    expect(codes(textOf(deep))).toEqual(['INVALID']);
    expect(codes(textOf(inside))).toContain('INVALID');
  });
});
