import { verify } from '@node-rs/argon2';
import { z } from 'zod';
import { secretHash } from '../outbox/protocol.js';
import type { Ports } from '../ports.js';
import type { OfficeRole, UserName } from './accounts.js';
import type { CentralDatabase, Transaction } from './database.js';
import { Problem } from './problem.js';
import { newToken, type PresentedToken, readToken, sameDigest } from './secret.js';
import { listTenants } from './tenants.js';

/** What somebody types to sign in. */
export const loginSchema = z.strictObject({
  /** Name of the company; may be left out where this central has only one. */
  tenant: z.string().trim().max(200).exactOptional(),
  username: z.string().trim().toLowerCase().max(200),
  password: z.string().max(200),
});

/** A session ends so long after the sign-in, in ms. */
const sessionMsMax = 12 * 3_600_000;
/** A session that nobody used for so long has ended, in ms. */
const idleMsMax = 2 * 3_600_000;
/** That a session is used is noted so often at most, in ms: a write in each request would cost more than it tells. */
const seenEveryMs = 5 * 60_000;
/** So many wrong passwords in a row are let through; then pauses begin that double with each further one. */
const failuresMax = 5;
const firstPauseMs = 30_000;
const pauseMsMax = 15 * 60_000;
/** Wrong passwords are forgotten after this, in ms. */
const failuresMsMax = 24 * 3_600_000;
/** So many passwords wait to be checked: one check takes 19 MiB, and one goes on at a time. */
const waitingMax = 20;

/** Checked where nobody has the username, so that it takes as long. No password that can be typed belongs to it. */
const nobodysHash = '$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LW5vYm9keS1ubw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

/** A session of somebody in the back office. */
export interface OfficeSession {
  readonly tenant_id: string;
  readonly user_id: string;
  readonly username: string;
  readonly name: string;
  readonly role: OfficeRole;
  readonly expires_at: Date;
  readonly session_hash: string;
}

type Typed = Pick<z.infer<typeof loginSchema>, 'username' | 'password'>;

interface Claim {
  readonly user: { readonly user_id: string; readonly password_hash: string } | undefined;
  readonly lockedMs: number;
}

/** Lets people into the back office. */
export class OfficeLogin {
  private lastCheck: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** Works beside any number of copies on the same database: wrong passwords are counted there. */
  constructor(
    private readonly db: CentralDatabase,
    private readonly ports: Ports,
  ) {}

  /**
   * Signs somebody in.
   * @returns the secret of the session, which only its hash is kept of
   * @throws Problem LOGIN_WRONG 401, whatever was wrong; TOO_MANY_ATTEMPTS 429
   */
  async signIn(typed: z.infer<typeof loginSchema>): Promise<string> {
    const tenants = await listTenants(this.db);
    const tenant =
      typed.tenant === undefined && tenants.length === 1
        ? tenants[0]
        : tenants.find(({ name }) => name === typed.tenant);
    return this.oneAtATime(() => this.check(tenant?.tenant_id, typed));
  }

  /**
   * Asks somebody who is signed in for the password again.
   * @throws Problem LOGIN_WRONG 401, TOO_MANY_ATTEMPTS 429
   */
  confirm({ tenant_id, username }: OfficeSession, password: string): Promise<void> {
    return this.oneAtATime(async () => {
      await this.known(tenant_id, { username, password });
    });
  }

  private async check(tenant_id: string | undefined, typed: Typed): Promise<string> {
    const known = await this.known(tenant_id, typed);
    return this.open(known.tenant_id, known.user_id, secretHash(typed.username));
  }

  /** Who that is, once the password was checked; takes as long when nobody is. */
  private async known(tenant_id: string | undefined, { username, password }: Typed): Promise<UserName> {
    if (tenant_id === undefined) {
      await verify(nobodysHash, password);
      throw wrongLogin();
    }
    const name_hash = secretHash(username);
    const { user, lockedMs } = await this.claim(tenant_id, username, name_hash);
    if (lockedMs > 0) throw tooMany(lockedMs);
    const matches = await verify(user?.password_hash ?? nobodysHash, password);
    if (user && matches) return { tenant_id, user_id: user.user_id };
    await this.countFailure(tenant_id, name_hash);
    throw wrongLogin();
  }

  private claim(tenant_id: string, username: string, name_hash: string): Promise<Claim> {
    return this.db.inTenant(tenant_id, async (transaction) => {
      const { rows } = await transaction.query<NonNullable<Claim['user']>>(
        'SELECT user_id, password_hash FROM users WHERE tenant_id = $1 AND username = $2 AND disabled_at IS NULL',
        [tenant_id, username],
      );
      const { rows: failures } = await transaction.query<{ locked_until: Date | null }>(
        'SELECT locked_until FROM login_failures WHERE tenant_id = $1 AND name_hash = $2',
        [tenant_id, name_hash],
      );
      const until = failures[0]?.locked_until?.getTime() ?? 0;
      return { user: rows[0], lockedMs: Math.max(0, until - this.ports.clock.wall()) };
    });
  }

  private open(tenant_id: string, user_id: string, name_hash: string): Promise<string> {
    const token = newToken('tu', tenant_id, this.ports.randomness);
    const now = this.ports.clock.wall();
    return this.db.inTenant(tenant_id, async (transaction) => {
      await transaction.query('DELETE FROM login_failures WHERE tenant_id = $1 AND name_hash = $2', [
        tenant_id,
        name_hash,
      ]);
      await transaction.query('DELETE FROM user_sessions WHERE tenant_id = $1 AND created_at < $2', [
        tenant_id,
        new Date(now - sessionMsMax),
      ]);
      await transaction.query(
        `INSERT INTO user_sessions (tenant_id, session_hash, user_id, created_at, seen_at) VALUES ($1, $2, $3, $4, $4)`,
        [tenant_id, secretHash(token), user_id, new Date(now)],
      );
      return token;
    });
  }

  private countFailure(tenant_id: string, name_hash: string): Promise<void> {
    const now = this.ports.clock.wall();
    return this.db.inTenant(tenant_id, async (transaction) => {
      await transaction.query('DELETE FROM login_failures WHERE tenant_id = $1 AND last_at < $2', [
        tenant_id,
        new Date(now - failuresMsMax),
      ]);
      const { rows } = await transaction.query<{ failed_count: number }>(
        `INSERT INTO login_failures (tenant_id, name_hash, failed_count, last_at) VALUES ($1, $2, 1, $3)
         ON CONFLICT (tenant_id, name_hash) DO UPDATE
           SET failed_count = login_failures.failed_count + 1, last_at = excluded.last_at RETURNING failed_count`,
        [tenant_id, name_hash, new Date(now)],
      );
      const over = (rows[0]?.failed_count ?? 0) - failuresMax;
      if (over < 0) return;
      const pauseMs = Math.min(pauseMsMax, firstPauseMs * 2 ** Math.min(over, 10));
      await transaction.query('UPDATE login_failures SET locked_until = $3 WHERE tenant_id = $1 AND name_hash = $2', [
        tenant_id,
        name_hash,
        new Date(now + pauseMs),
      ]);
    });
  }

  private oneAtATime<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.waiting >= waitingMax) throw tooMany(1000);
    this.waiting += 1;
    const mine = this.lastCheck.then(work, work).finally(() => (this.waiting -= 1));
    this.lastCheck = mine.catch(() => undefined);
    return mine;
  }
}

const wrongLogin = (): Problem =>
  new Problem(401, 'LOGIN_WRONG', 'The company, the username or the password is wrong.');

const tooMany = (waitMs: number): Problem =>
  new Problem(429, 'TOO_MANY_ATTEMPTS', 'Too many wrong attempts. Wait, then try again.', {
    'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))),
  });

/** Name of the cookie that holds the secret of a session. */
export const sessionCookie = 'tillog_session';

/**
 * The cookie of a session. Scripts cannot read it and other sites cannot make a browser send it.
 * @param token null takes the cookie away
 * @param isSecure whether the page came over TLS, so that the cookie never leaves it
 */
export const cookieOf = (token: string | null, isSecure: boolean): string =>
  [
    `${sessionCookie}=${token ?? ''}`,
    'Path=/',
    'HttpOnly',
    'SameSite=Strict',
    `Max-Age=${String(token === null ? 0 : sessionMsMax / 1000)}`,
    ...(isSecure ? ['Secure'] : []),
  ].join('; ');

/** The secret that came in a `Cookie` header; undefined when there is none that could be one. */
export const readCookie = (header: string): PresentedToken | undefined => {
  const value = header
    .split(';')
    .map((part) => part.trim().split('='))
    .find(([name]) => name === sessionCookie)?.[1];
  const presented = readToken(value ?? '');
  return presented?.kind === 'tu' ? presented : undefined;
};

/**
 * Whose session a cookie is; undefined when it is unknown, ended or over.
 */
export const sessionOf = (
  db: CentralDatabase,
  { tenant_id, token_hash }: PresentedToken,
  ports: Ports,
): Promise<OfficeSession | undefined> =>
  db.inTenant(tenant_id, async (transaction) => {
    const { rows } = await transaction.query<OfficeSession & { created_at: Date; seen_at: Date }>(
      `SELECT s.tenant_id, s.session_hash, s.user_id, s.created_at, s.seen_at, u.username, u.name, u.role
       FROM user_sessions s JOIN users u ON u.tenant_id = s.tenant_id AND u.user_id = s.user_id
       WHERE s.tenant_id = $1 AND s.session_hash = $2 AND s.ended_at IS NULL AND u.disabled_at IS NULL`,
      [tenant_id, token_hash],
    );
    const [row] = rows;
    if (!row || !sameDigest(row.session_hash, token_hash)) return undefined;
    const now = ports.clock.wall();
    const { created_at, seen_at, ...session } = row;
    const expires = Math.min(created_at.getTime() + sessionMsMax, seen_at.getTime() + idleMsMax);
    if (expires <= now) return undefined;
    if (now - seen_at.getTime() > seenEveryMs) await touch(transaction, session, new Date(now));
    return { ...session, expires_at: new Date(created_at.getTime() + sessionMsMax) };
  });

const touch = (
  transaction: Transaction,
  { tenant_id, session_hash }: Pick<OfficeSession, 'tenant_id' | 'session_hash'>,
  at: Date,
): Promise<unknown> =>
  transaction.query('UPDATE user_sessions SET seen_at = $3 WHERE tenant_id = $1 AND session_hash = $2', [
    tenant_id,
    session_hash,
    at,
  ]);

/** Ends one session. */
export const endSession = (
  db: CentralDatabase,
  { tenant_id, session_hash }: Pick<OfficeSession, 'tenant_id' | 'session_hash'>,
  ports: Ports,
): Promise<unknown> =>
  db.inTenant(tenant_id, (transaction) =>
    transaction.query('UPDATE user_sessions SET ended_at = $3 WHERE tenant_id = $1 AND session_hash = $2', [
      tenant_id,
      session_hash,
      new Date(ports.clock.wall()),
    ]),
  );
