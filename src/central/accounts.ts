import { hash } from '@node-rs/argon2';
import { z } from 'zod';
import type { Ports } from '../ports.js';
import type { CentralDatabase, Transaction } from './database.js';
import { Problem } from './problem.js';

/** What somebody of the back office may do: an owner everything, a manager all but accounts, a viewer look. */
export const officeRoles = ['viewer', 'manager', 'owner'] as const;

/** One of {@link officeRoles}. */
export type OfficeRole = (typeof officeRoles)[number];

/** Whether `role` may do what `needed` may do. */
export const mayDo = (role: OfficeRole, needed: OfficeRole): boolean =>
  officeRoles.indexOf(role) >= officeRoles.indexOf(needed);

const username = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[\p{L}\p{N}._@+-]{1,100}$/u, 'is 1 to 100 letters, digits or . _ @ + -');
const name = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}*$/u, 'holds control characters');
const password = z.string().max(200);

/** Somebody new in the back office. */
export const newUserSchema = z.strictObject({ username, name, role: z.enum(officeRoles), password });

/** What of somebody may change. */
export const userChangeSchema = z.strictObject({
  name: name.exactOptional(),
  role: z.enum(officeRoles).exactOptional(),
  disabled: z.boolean().exactOptional(),
  password: password.exactOptional(),
});

/** Somebody of the back office as others see them: never the hash of the password. */
export interface User {
  readonly user_id: string;
  readonly username: string;
  readonly name: string;
  readonly role: OfficeRole;
  readonly created_at: Date;
  readonly disabled_at: Date | null;
}

const shown = 'user_id, username, name, role, created_at, disabled_at';

/** A password of fewer characters is found out by trying (NIST SP 800-63B asks for eight at least). */
const passwordCharactersMin = 10;
const differentCharactersMin = 5;

/**
 * Keeps out the passwords that are guessed first.
 * @throws Problem PASSWORD_WEAK 422
 */
export const checkPassword = (typed: string, owner: string): void => {
  const refuse = (why: string): never => {
    throw new Problem(422, 'PASSWORD_WEAK', `The password ${why}. Choose another; nothing was changed.`);
  };
  if (Array.from(typed).length < passwordCharactersMin)
    refuse(`has fewer than ${String(passwordCharactersMin)} characters`);
  if (new Set(typed).size < differentCharactersMin) refuse('repeats the same few characters');
  if (typed.toLowerCase().includes(owner)) refuse('holds the username');
};

/** Everybody who has an account, by username. */
export const listUsers = (db: CentralDatabase, tenant_id: string): Promise<readonly User[]> =>
  db.inTenant(tenant_id, async (transaction) => {
    const { rows } = await transaction.query<User>(
      `SELECT ${shown} FROM users WHERE tenant_id = $1 ORDER BY username`,
      [tenant_id],
    );
    return rows;
  });

/**
 * Makes an account.
 * @throws Problem PASSWORD_WEAK 422, USERNAME_TAKEN 409
 */
export const addUser = async (
  db: CentralDatabase,
  tenant_id: string,
  user: z.infer<typeof newUserSchema>,
  ports: Ports,
): Promise<User> => {
  checkPassword(user.password, user.username);
  const password_hash = await hash(user.password);
  return db.inTenant(tenant_id, async (transaction) => {
    const { rows } = await transaction.query<User>(
      `INSERT INTO users (tenant_id, user_id, username, name, role, password_hash, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, username) DO NOTHING RETURNING ${shown}`,
      [
        ...[tenant_id, ports.randomness.uuid(), user.username, user.name, user.role, password_hash],
        new Date(ports.clock.wall()),
      ],
    );
    const [made] = rows;
    if (made) return made;
    throw new Problem(409, 'USERNAME_TAKEN', `Somebody has the username “${user.username}” already.`);
  });
};

/**
 * Makes somebody an owner with that password, whether or not the account is there: for the first administrator, and for
 * one who forgot the password. Ends every session of the account.
 * @throws Problem PASSWORD_WEAK 422
 */
export const ensureOwner = async (
  db: CentralDatabase,
  tenant_id: string,
  user: Omit<z.infer<typeof newUserSchema>, 'role'>,
  ports: Ports,
): Promise<void> => {
  const known = (await listUsers(db, tenant_id)).find((one) => one.username === user.username);
  if (!known) await addUser(db, tenant_id, { ...user, role: 'owner' }, ports);
  else {
    const change = { role: 'owner', disabled: false, password: user.password } as const;
    await changeUser(db, { tenant_id, user_id: known.user_id }, change, ports);
    await db.inTenant(tenant_id, (transaction) =>
      transaction.query('DELETE FROM login_failures WHERE tenant_id = $1', [tenant_id]),
    );
  }
};

/** Names an account. */
export interface UserName {
  readonly tenant_id: string;
  readonly user_id: string;
}

/**
 * Changes an account. Another password, another role and being disabled end every session of it.
 * @throws Problem USER_UNKNOWN 404, LAST_OWNER 409, PASSWORD_WEAK 422
 */
export const changeUser = async (
  db: CentralDatabase,
  { tenant_id, user_id }: UserName,
  change: z.infer<typeof userChangeSchema>,
  ports: Ports,
): Promise<User> => {
  const now = new Date(ports.clock.wall());
  const password_hash = change.password === undefined ? null : await hash(change.password);
  return db.inTenant(tenant_id, async (transaction) => {
    await transaction.query(`SELECT pg_advisory_xact_lock(hashtextextended('users of ' || $1, 42))`, [tenant_id]);
    const before = await findUser(transaction, { tenant_id, user_id });
    if (change.password !== undefined) checkPassword(change.password, before.username);
    const disabled_at = change.disabled === undefined ? before.disabled_at : change.disabled ? now : null;
    const { rows } = await transaction.query<User>(
      `UPDATE users SET name = $3, role = $4, disabled_at = $5, password_hash = coalesce($6, password_hash)
       WHERE tenant_id = $1 AND user_id = $2 RETURNING ${shown}`,
      [tenant_id, user_id, change.name ?? before.name, change.role ?? before.role, disabled_at, password_hash],
    );
    const after = rows[0] ?? before;
    await checkOwners(transaction, tenant_id, { before, after });
    if (change.name === undefined || Object.keys(change).length > 1) {
      await endSessionsOf(transaction, { tenant_id, user_id }, now);
    }
    return after;
  });
};

const isOwner = ({ role, disabled_at }: User): boolean => role === 'owner' && disabled_at === null;

const findUser = async (transaction: Transaction, { tenant_id, user_id }: UserName): Promise<User> => {
  const { rows } = await transaction.query<User>(
    `SELECT ${shown} FROM users WHERE tenant_id = $1 AND user_id = $2 FOR UPDATE`,
    [tenant_id, user_id],
  );
  const [found] = rows;
  if (!found) throw new Problem(404, 'USER_UNKNOWN', 'There is no such account.');
  return found;
};

/** A company whose accounts a program made may have no owner; a change of anybody else takes none away. */
const checkOwners = async (
  transaction: Transaction,
  tenant_id: string,
  { before, after }: { readonly before: User; readonly after: User },
): Promise<void> => {
  if (!isOwner(before) || isOwner(after)) return;
  const { rows } = await transaction.query(
    `SELECT 1 FROM users WHERE tenant_id = $1 AND role = 'owner' AND disabled_at IS NULL LIMIT 1`,
    [tenant_id],
  );
  if (rows.length > 0) return;
  const hint = 'This is the last owner: nobody could manage the accounts any more. Make somebody else an owner first.';
  throw new Problem(409, 'LAST_OWNER', hint);
};

/** Ends every session of an account, at once and everywhere. */
export const endSessionsOf = (transaction: Transaction, { tenant_id, user_id }: UserName, at: Date): Promise<unknown> =>
  transaction.query(
    'UPDATE user_sessions SET ended_at = $3 WHERE tenant_id = $1 AND user_id = $2 AND ended_at IS NULL',
    [tenant_id, user_id, at],
  );
