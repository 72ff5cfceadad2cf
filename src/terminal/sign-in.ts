import { createHash } from 'node:crypto';
import { verify } from '@node-rs/argon2';
import type { StaffMember } from '../catalog/catalog.js';
import type { Actor, Authority } from '../domain/permission.js';
import type { Ports } from '../ports.js';
import { Lockout } from './lockout.js';

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
  /** UTC; it ends earlier when the token rests. */
  readonly expires_at: string;
}

/** The staff code or the PIN is wrong; which one, nobody is told. */
export class WrongPin extends Error {
  override readonly name = 'WrongPin';

  /** @param purpose what the PIN was typed for */
  constructor(readonly purpose: 'sign_in' | 'approval') {
    super('The staff code or the PIN is wrong.');
  }
}

/** Too many wrong PINs for this staff code, or too many at once: none is looked at for a while. */
export class TooManyAttempts extends Error {
  override readonly name = 'TooManyAttempts';

  /** @param retryAfterMs how long none is looked at */
  constructor(readonly retryAfterMs: number) {
    super('Too many wrong PINs. Wait, then try again; a manager can sign in meanwhile.');
  }
}

/** A token ends after this time, used or not: a long shift. */
const tokenMsMax = 12 * 3_600_000;
/** A token that is not used for this long ends: the cashier walked away. */
const tokenRestMsMax = 30 * 60_000;
/** The oldest token ends when there are more. */
const tokensMax = 1000;
/** So many PINs wait to be checked; each check takes 19 MiB, one at a time. */
const waitingMax = 32;

/** Checked for unknown codes, so that they take as long as known ones. No PIN that can be typed belongs to it. */
const nobodysHash = '$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LW5vYm9keS1ubw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

interface Token {
  readonly staff: StaffName;
  readonly until: number;
  usedAt: number;
}

/** Who is signed in at this till. Lives in memory: a restart signs everybody out. */
export class SignIn {
  private readonly tokens = new Map<string, Token>();
  private readonly lockout: Lockout;
  private lastCheck: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** @param staff finds somebody of the catalog in use */
  constructor(
    private readonly staff: { findStaff(staffCode: string): StaffMember | undefined },
    private readonly ports: Pick<Ports, 'clock' | 'randomness'>,
  ) {
    this.lockout = new Lockout(ports.clock);
  }

  /**
   * Signs somebody in.
   * @throws WrongPin, TooManyAttempts
   */
  async signIn(credentials: Credentials): Promise<SignedIn> {
    const { pin_hash: _hash, ...staff } = await this.check(credentials, 'sign_in');
    const token = this.ports.randomness.bytes(32).toString('base64url');
    const now = this.ports.clock.monotonic();
    this.dropEnded(now);
    this.tokens.set(hashed(token), { staff, until: now + tokenMsMax, usedAt: now });
    return { token, staff, expires_at: new Date(this.ports.clock.wall() + tokenMsMax).toISOString() };
  }

  /** Ends a token; one that is unknown is no mistake. */
  signOut(token: string): void {
    this.tokens.delete(hashed(token));
  }

  /** Who holds the token, with the role of the catalog in use; undefined when it ended or they left. */
  holderOf(token: string): StaffName | undefined {
    const now = this.ports.clock.monotonic();
    const known = this.valid(token, now);
    if (known) known.usedAt = now;
    return known && this.current(known.staff);
  }

  /** Whether the token still holds, without counting as its use. */
  holds(token: string): boolean {
    return this.valid(token, this.ports.clock.monotonic()) !== undefined;
  }

  /**
   * Who does something, together with who approves it, once the PIN of that one was checked.
   * @throws WrongPin, TooManyAttempts
   */
  async authorityOf(by: StaffName, approval: Credentials | undefined): Promise<Authority> {
    if (!approval) return { by: actor(by) };
    return { by: actor(by), approver: actor(await this.check(approval, 'approval')) };
  }

  private valid(token: string, now: number): Token | undefined {
    const known = this.tokens.get(hashed(token));
    return known && now < known.until && now - known.usedAt < tokenRestMsMax ? known : undefined;
  }

  private current({ staff_id, staff_code }: StaffName): StaffName | undefined {
    const found = this.staff.findStaff(staff_code);
    if (found?.staff_id !== staff_id) return undefined;
    const { pin_hash: _hash, ...staff } = found;
    return staff;
  }

  private dropEnded(now: number): void {
    for (const [key, { until, usedAt }] of this.tokens) {
      if (now >= until || now - usedAt >= tokenRestMsMax) this.tokens.delete(key);
    }
    const oldest = this.tokens.keys().next();
    if (this.tokens.size >= tokensMax && !oldest.done) this.tokens.delete(oldest.value);
  }

  private async check({ staff_code, pin }: Credentials, purpose: WrongPin['purpose']): Promise<StaffMember> {
    const found = this.staff.findStaff(staff_code);
    const key = found ? `known ${found.staff_id}` : `unknown ${staff_code}`;
    const lockedMs = this.waiting >= waitingMax ? 1000 : this.lockout.attempt(key);
    if (lockedMs > 0) throw new TooManyAttempts(lockedMs);
    const matches = await this.oneAtATime(() => verify(found?.pin_hash ?? nobodysHash, pin));
    if (!found?.pin_hash || !matches) throw new WrongPin(purpose);
    this.lockout.succeeded(key);
    return found;
  }

  private async oneAtATime<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = this.lastCheck;
    this.waiting += 1;
    const mine = before.then(work, work).finally(() => (this.waiting -= 1));
    this.lastCheck = mine;
    return mine;
  }
}

const hashed = (token: string): string => createHash('sha256').update(token).digest('base64');

const actor = ({ staff_id, role }: StaffName): Actor => ({ staff_id, role });
