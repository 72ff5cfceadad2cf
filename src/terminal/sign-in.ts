import { verify } from '@node-rs/argon2';
import type { StaffMember } from '../catalog/catalog.js';
import type { Decided, PinPurpose, SignInFailure } from '../domain/event.js';
import type { Actor, Authority } from '../domain/permission.js';
import type { Ports } from '../ports.js';
import { nobody } from '../projections/wrong-pins.js';
import { type Claimed, Lockout } from './lockout.js';
import type { Recorder } from './recorder.js';
import { ScreenTokens, type TokenState } from './screen-tokens.js';

/** Somebody as others may know them: never the hash of the PIN. */
export type StaffName = Omit<StaffMember, 'pin_hash'>;

/** A staff code and PIN as they were typed. */
export interface Credentials {
  readonly staff_code: string;
  readonly pin: string;
}

/** Somebody who signed in. The token is told this once and kept only as a hash. */
export interface SignedIn {
  readonly token: string;
  readonly staff: StaffName;
  /** UTC; the screen locks earlier when nobody touches it. */
  readonly expires_at: string;
}

/** The staff code or the PIN is wrong; which one, nobody is told. */
export class WrongPin extends Error {
  override readonly name = 'WrongPin';

  /** @param purpose what the PIN was typed for */
  constructor(readonly purpose: PinPurpose) {
    super('The staff code or the PIN is wrong.');
  }
}

/** Too many wrong PINs for this staff code or at this terminal, or too many at once: none is looked at for a while. */
export class TooManyAttempts extends Error {
  override readonly name = 'TooManyAttempts';

  /** @param retryAfterMs how long none is looked at */
  constructor(readonly retryAfterMs: number) {
    super('Too many wrong PINs. Wait, then try again; a manager can sign in meanwhile and unlock the code.');
  }
}

/** The PINs in the database do not open: the device's secret was lost. */
export class StaffUnreadable extends Error {
  override readonly name = 'StaffUnreadable';

  constructor() {
    super(
      'Nobody can sign in: device.secret of this till was lost or replaced, and without it the PINs cannot be read. Put ' +
        'the file back, or let the staff come down again with a catalog from central. Nothing that was sold is lost.',
    );
  }
}

/** So many PINs wait to be checked; each check takes 19 MiB, one at a time. */
const waitingMax = 32;
/** The minutes after which an untouched screen locks, where the catalog says nothing. */
const usualLockMinutes = 5;
/** So much of a code that nobody has is recorded. */
const unknownCodeLength = 20;

/** Checked for unknown codes, so that they take as long as known ones. No PIN that can be typed belongs to it. */
const nobodysHash = '$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LW5vYm9keS1ubw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

/** Who is signed in at this till. Every sign-in, sign-out and wrong PIN is recorded; none of them has the PIN in it. */
export class SignIn {
  private readonly screens: ScreenTokens<StaffName>;
  private lastCheck: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** @param lockout must be told of every commit of the recorder */
  constructor(
    private readonly recorder: Recorder,
    private readonly lockout: Lockout,
    ports: Pick<Ports, 'clock' | 'randomness'>,
  ) {
    this.screens = new ScreenTokens(
      ports,
      () => (recorder.catalog.shopSettings.lock_after_minutes ?? usualLockMinutes) * 60_000,
    );
  }

  /**
   * Signs somebody in.
   * @throws WrongPin, TooManyAttempts, StaffUnreadable, DiskFull
   */
  signIn(credentials: Credentials): Promise<SignedIn> {
    return this.oneAtATime(async () => {
      const { pin_hash: _hash, ...staff } = await this.check(credentials, 'sign_in', null);
      const { staff_id, staff_code, name, role } = staff;
      this.record(staff_id, { type: 'StaffSignedIn', data: { staff_code, name, role } });
      return { ...this.screens.issue(staff), staff };
    });
  }

  /** Ends a token and records it; one that is unknown is no mistake. */
  signOut(token: string): void {
    const holder = this.screens.look(token)?.holder;
    if (!holder) return;
    const { staff_id, staff_code } = holder;
    this.record(staff_id, { type: 'StaffSignedOut', data: { staff_code } });
    this.screens.end(token);
  }

  /** Locks the screen until somebody signs in at it again. */
  lock(token: string): void {
    this.screens.lock(token);
  }

  /** Who holds the token, with the role of the catalog in use; undefined when it ended or they left. */
  holderOf(token: string): TokenState<StaffName> {
    const known = this.screens.use(token);
    const holder = known && this.current(known.holder);
    return holder && { holder, locked: known.locked };
  }

  /** Whether the token still holds, without counting as its use. */
  holds(token: string): boolean {
    return this.screens.look(token)?.locked === false;
  }

  /**
   * Who does something, together with who approves it, once the PIN of that one was checked.
   * @throws WrongPin, TooManyAttempts, StaffUnreadable, DiskFull
   */
  async authorityOf(by: StaffName, approval: Credentials | undefined): Promise<Authority> {
    const approver = approval && (await this.oneAtATime(() => this.check(approval, 'approval', by.staff_id)));
    const { permissions } = this.recorder.catalog.shopSettings;
    return {
      by: actor(by),
      ...(approver ? { approver: actor(approver) } : {}),
      ...(permissions ? { permissions } : {}),
    };
  }

  private current({ staff_id, staff_code }: StaffName): StaffName | undefined {
    const found = this.recorder.catalog.findStaff(staff_code);
    if (found?.staff_id !== staff_id) return undefined;
    const { pin_hash: _hash, ...staff } = found;
    return staff;
  }

  private async check({ staff_code, pin }: Credentials, purpose: PinPurpose, by: string | null): Promise<StaffMember> {
    const { catalog } = this.recorder;
    if (!catalog.staffReadable) throw new StaffUnreadable();
    const found = catalog.findStaff(staff_code);
    const fail = (reason: SignInFailure['reason']): void =>
      this.recordFailure(by, { ...namesOf(staff_code, found), reason, for: purpose });
    const claimed = claimedBy(staff_code, found);
    const lockedMs = this.lockout.pauseMs(claimed);
    if (lockedMs > 0) {
      if (this.lockout.isNews(claimed)) fail('locked_out');
      throw new TooManyAttempts(lockedMs);
    }
    const matches = await verify(found?.pin_hash ?? nobodysHash, pin);
    if (found?.pin_hash && matches) return found;
    if (!found) this.lockout.failedUnknown(staff_code);
    fail(reasonOf(found));
    throw new WrongPin(purpose);
  }

  private recordFailure(by: string | null, data: SignInFailure): void {
    try {
      this.record(by, { type: 'SignInFailed', data });
    } catch (cause) {
      // Also an attempt that a full disk does not take counts, or a full disk would be the time to guess.
      if (data.reason !== 'locked_out') this.lockout.failed(data.claimed_staff_id ?? nobody);
      throw cause;
    }
  }

  private record(staff_id: string | null, decided: Decided): void {
    this.recorder.record({ key: null, body: null, staff_id }, () => ({ decided: [decided], answer: () => null }));
  }

  private async oneAtATime<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.waiting >= waitingMax) throw new TooManyAttempts(1000);
    const before = this.lastCheck;
    this.waiting += 1;
    const mine = before.then(work, work).finally(() => (this.waiting -= 1));
    this.lastCheck = mine;
    return mine;
  }
}

const actor = ({ staff_id, role, name }: StaffName): Actor => ({ staff_id, role, name });

const claimedBy = (staff_code: string, found: StaffMember | undefined): Claimed =>
  found ? { staff_id: found.staff_id, isManager: found.role === 'manager' } : { unknownCode: staff_code };

const namesOf = (staff_code: string, found: StaffMember | undefined) =>
  found
    ? { staff_code, claimed_staff_id: found.staff_id }
    : { staff_code: recordable(staff_code), claimed_staff_id: null };

const reasonOf = (found: StaffMember | undefined): SignInFailure['reason'] => {
  if (!found) return 'unknown_code';
  return found.pin_hash === null ? 'no_pin' : 'wrong_pin';
};

/** A code that nobody has, as it may stand in a log for ever: four digits in it could be a PIN in the wrong field. */
const recordable = (code: string): string | null => {
  if (code.replaceAll(/\P{Nd}/gu, '').length >= 4) return null;
  const text = Array.from(code.toWellFormed().replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ''))
    .slice(0, unknownCodeLength)
    .join('');
  return text === '' ? null : text;
};
