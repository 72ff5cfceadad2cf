import { readEvent, UnreadableEvent } from '../../src/events/envelope.js';
import { eventTypes, liftThrough, schemaOf, upcast, versionsOf } from '../../src/events/stored.js';
import { envelopeOf } from './sample-events.js';
import { errorWith } from '../errors.js';

describe('Stored versions', () => {
  it('are known for every type, from 1 to the current one without a gap', () => {
    for (const type of eventTypes) {
      const current = versionsOf(type);
      expect(current).toBeGreaterThanOrEqual(1);
      for (let version = 1; version <= current; version += 1) expect(schemaOf(type, version)).toBeDefined();
      for (const unknown of [0, -1, current + 1, 1.5]) expect(schemaOf(type, unknown)).toBeUndefined();
    }
  });

  it.each(['MoonLanded', 'constructor', '__proto__', 'toString', ''])('are none of “%s”', (type) => {
    expect([versionsOf(type), schemaOf(type, 1)]).toEqual([0, undefined]);
  });

  it.each([
    ['MoonLanded', 1],
    ['SaleRecorded', 99],
  ])('of a newer program, like %s in version %p, are told apart from broken ones', (type, version) => {
    const read = (): unknown => readEvent(envelopeOf({ type, version }));
    expect(read).toThrow(UnreadableEvent);
    expect(read).toThrow(errorWith({ code: 'UNKNOWN_TYPE' }));
    expect(() => readEvent(envelopeOf({ data: {} }))).toThrow(errorWith({ code: 'INVALID' }));
  });
});

describe('Old data', () => {
  const steps = {
    'SaleRecorded@1': (data: unknown) => ({ ...(data as object), tips: [] }),
    'SaleRecorded@2': (data: unknown) => ({ ...(data as object), voided: false }),
  };

  it('is lifted one version at a time, oldest step first', () => {
    const lift = (from: number, to: number) => liftThrough(steps, { type: 'SaleRecorded', from, to }, { a: 1 });
    expect(lift(1, 3)).toEqual({ a: 1, tips: [], voided: false });
    expect(lift(2, 3)).toEqual({ a: 1, voided: false });
    expect(lift(3, 3)).toEqual({ a: 1 });
  });

  it('that no step lifts is a mistake of the program', () => {
    expect(() => liftThrough(steps, { type: 'SaleRecorded', from: 1, to: 4 }, {})).toThrow('from version 3');
  });

  it('of the current version stays as it is', () => {
    const data = { reason: 'look', cause_local_id: null };
    expect(upcast('DrawerOpened', versionsOf('DrawerOpened'), data)).toBe(data);
  });
});
