import type { SignInFailure, TillEvent } from '../../src/domain/event.js';
import { Lockout } from '../../src/terminal/lockout.js';

const cashier = (staff_id: string) => ({ staff_id, isManager: false });
const manager = (staff_id: string) => ({ staff_id, isManager: true });
const event = (type: string, data: object, more: object = {}) =>
  ({ type, data, staff_id: null, approved_by: null, ...more }) as TillEvent;
const wrong = (claimed_staff_id: string | null, reason: SignInFailure['reason'] = 'wrong_pin') =>
  event('SignInFailed', { staff_code: null, claimed_staff_id, reason, for: 'sign_in' });

let now = 0;
beforeEach(() => (now = 0));
const lockoutWith = (counted: Readonly<Record<string, number>> = {}): Lockout =>
  new Lockout({ monotonic: () => now }, new Map(Object.entries(counted)));
const fail = (lockout: Lockout, staff_id: string | null, times: number): void => {
  for (let time = 0; time < times; time += 1) lockout.apply(wrong(staff_id));
};

describe('A lockout', () => {
  it('grows up to a quarter of an hour and no further, so that a shop is never shut out for good', () => {
    const lockout = lockoutWith();
    const pauses = Array.from({ length: 5 }, () => {
      fail(lockout, 'a', 5);
      const pause = lockout.pauseMs(manager('a'));
      now += pause;
      expect(lockout.pauseMs(manager('a'))).toBe(0);
      return pause;
    });
    expect(pauses).toEqual([30_000, 300_000, 900_000, 900_000, 900_000]);
  });

  it('of one is none of another', () => {
    const lockout = lockoutWith();
    fail(lockout, 'a', 5);
    expect([lockout.pauseMs(cashier('a')), lockout.pauseMs(cashier('b'))]).toEqual([30_000, 0]);
  });

  it('comes over the whole terminal after twenty wrong PINs at any codes, but never over a manager', () => {
    const lockout = lockoutWith();
    for (const staff_id of ['a', 'b', 'c', 'd', 'e']) fail(lockout, staff_id, 4);
    expect([lockout.pauseMs(cashier('z')), lockout.pauseMs({ unknownCode: 'y' })]).toEqual([30_000, 30_000]);
    expect(lockout.pauseMs(manager('m'))).toBe(0);
    now += 30_000;
    fail(lockout, null, 20);
    expect(lockout.pauseMs(cashier('z'))).toBe(300_000);
  });

  it('forgets honest mistakes: what somebody typed wrong before the right PIN', () => {
    const lockout = lockoutWith();
    for (let day = 0; day < 50; day += 1) {
      fail(lockout, 'a', 4);
      lockout.apply(event('StaffSignedIn', {}, { staff_id: 'a' }));
    }
    fail(lockout, 'a', 4);
    lockout.apply(event('DrawerOpened', {}, { approved_by: 'a' }));
    fail(lockout, 'a', 4);
    expect([lockout.pauseMs(cashier('a')), lockout.pauseMs(cashier('b'))]).toEqual([0, 0]);
  });

  it('ends when a manager unlocks it, for the terminal too', () => {
    const lockout = lockoutWith();
    fail(lockout, 'a', 5);
    fail(lockout, 'b', 5);
    fail(lockout, null, 10);
    lockout.apply(event('StaffUnlocked', { staff_code: '1', unlocked_staff_id: 'a' }));
    expect([lockout.pauseMs(cashier('a')), lockout.pauseMs(cashier('b'))]).toEqual([0, 30_000]);
  });

  it('starts its pause anew after a restart, and only where one may have been under way', () => {
    const lockout = lockoutWith({ a: 10, b: 7, c: 3 });
    expect(['a', 'b', 'c'].map((staff_id) => lockout.pauseMs(manager(staff_id)))).toEqual([300_000, 0, 0]);
    expect(lockout.pauseMs(cashier('z'))).toBe(30_000);
  });

  it('is no longer for somebody who keeps trying, and that is recorded once', () => {
    const lockout = lockoutWith({ a: 5 });
    expect([1, 2, 3].map(() => lockout.isNews(cashier('a')))).toEqual([true, false, false]);
    lockout.apply(wrong('a', 'locked_out'));
    expect(lockout.pauseMs(cashier('a'))).toBe(30_000);
  });

  it('treats a code that nobody has like one that somebody has, and forgets the oldest of very many', () => {
    const lockout = lockoutWith();
    const pauses = Array.from({ length: 6 }, () => {
      const pause = lockout.pauseMs({ unknownCode: 'x' });
      lockout.failedUnknown('x');
      return pause;
    });
    expect(pauses).toEqual([0, 0, 0, 0, 0, 30_000]);
    for (let other = 0; other < 10_000; other += 1) lockout.failedUnknown(String(other));
    expect(lockout.pauseMs({ unknownCode: 'x' })).toBe(0);
  });
});
