import type { z } from 'zod';
import { readPublicKey } from '../events/signature.js';
import type { EnrolmentAnswer, enrolmentRequestSchema } from '../outbox/protocol.js';
import type { Ports } from '../ports.js';
import { prepared } from '../projections/prepared-statement.js';
import type { CentralDatabase, Transaction } from './database.js';
import { type Actor, noteAction } from './office-actions.js';
import { Problem } from './problem.js';
import { newToken, type PresentedToken, readCode, sameDigest, secretHash } from './secret.js';
import { findTenantByHandle, type Tenant } from './tenants.js';

/** What a terminal brings to be enrolled. */
export type EnrolmentRequest = z.infer<typeof enrolmentRequestSchema>;

interface Code {
  readonly code_hash: string;
  readonly store_id: string;
  readonly store_name: string;
  readonly expires_at: Date;
  readonly used_by: string | null;
}

/** Who presented a good token. */
export interface KnownTerminal {
  readonly tenant_id: string;
  readonly terminal_id: string;
  /** Ed25519, base64 of SPKI. */
  readonly public_key: string;
}

/**
 * Enrols a terminal: gives it a token, and takes every older one of it out of use.
 *
 * A code works once; the terminal that used it may repeat the request until the code expires, so that a lost answer is
 * harmless. A terminal that is known, even a revoked one, enrols again with a new code and the same key.
 *
 * @throws Problem KEY_INVALID 422, CODE_UNKNOWN 404, CODE_EXPIRED 410, CODE_USED 409, TERMINAL_KEY_DIFFERS 409
 */
export const enrol = async (db: CentralDatabase, request: EnrolmentRequest, ports: Ports): Promise<EnrolmentAnswer> => {
  const { terminal_id, public_key } = request;
  if (!readPublicKey(public_key)) {
    throw new Problem(422, 'KEY_INVALID', 'The public key is not an Ed25519 key in base64 SPKI.');
  }
  const presented = readCode(request.code);
  const tenant = presented && (await findTenantByHandle(db, presented.handle));
  if (!tenant) throw unknownCode();
  return db.inTenant(tenant.tenant_id, async (transaction) => {
    const code = await claimCode(transaction, tenant, presented.code_hash, { terminal_id, now: ports.clock.wall() });
    await adoptTerminal(transaction, { ...request, tenant_id: tenant.tenant_id, store_id: code.store_id }, ports);
    const token = await replaceToken(transaction, tenant.tenant_id, terminal_id, ports);
    const { tenant_id, name: tenant_name } = tenant;
    return { tenant_id, store_id: code.store_id, tenant_name, store_name: code.store_name, token };
  });
};

const unknownCode = (): Problem =>
  new Problem(404, 'CODE_UNKNOWN', 'Nobody made this code. Check it, or ask for a new one with “tillog central code”.');

const claimCode = async (
  transaction: Transaction,
  { tenant_id }: Tenant,
  code_hash: string,
  { terminal_id, now }: { terminal_id: string; now: number },
): Promise<Code> => {
  const { rows } = await transaction.query<Code>(
    `SELECT c.code_hash, c.store_id, s.name AS store_name, c.expires_at, c.used_by
     FROM enrolment_codes c JOIN stores s ON s.tenant_id = c.tenant_id AND s.store_id = c.store_id
     WHERE c.tenant_id = $1 AND c.code_hash = $2 FOR UPDATE OF c`,
    [tenant_id, code_hash],
  );
  const code = rows[0];
  if (!code || !sameDigest(code.code_hash, code_hash)) throw unknownCode();
  if (code.expires_at.getTime() <= now) {
    throw new Problem(410, 'CODE_EXPIRED', 'This code is too old. Ask for a new one with “tillog central code”.');
  }
  if (code.used_by !== null && code.used_by !== terminal_id) {
    throw new Problem(409, 'CODE_USED', 'Another terminal used this code. Each terminal needs a code of its own.');
  }
  await transaction.query(
    `UPDATE enrolment_codes SET used_at = coalesce(used_at, $3), used_by = $4 WHERE tenant_id = $1 AND code_hash = $2`,
    [tenant_id, code_hash, new Date(now), terminal_id],
  );
  return code;
};

const adoptTerminal = async (
  transaction: Transaction,
  terminal: EnrolmentRequest & { readonly tenant_id: string; readonly store_id: string },
  ports: Ports,
): Promise<void> => {
  const { tenant_id, terminal_id, store_id, public_key } = terminal;
  const { rowCount } = await transaction.query(
    `INSERT INTO terminals (tenant_id, terminal_id, store_id, public_key, enrolled_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (tenant_id, terminal_id) DO UPDATE
       SET store_id = excluded.store_id, enrolled_at = excluded.enrolled_at, revoked_at = NULL
       WHERE terminals.public_key = excluded.public_key`,
    [tenant_id, terminal_id, store_id, public_key, new Date(ports.clock.wall())],
  );
  if (rowCount !== 1) {
    throw new Problem(
      409,
      'TERMINAL_KEY_DIFFERS',
      'This terminal is known with another key, so it may be a copy of it.',
    );
  }
};

const revokeTokens = (transaction: Transaction, tenant_id: string, terminal_id: string, at: Date): Promise<unknown> =>
  transaction.query(
    'UPDATE terminal_tokens SET revoked_at = $3 WHERE tenant_id = $1 AND terminal_id = $2 AND revoked_at IS NULL',
    [tenant_id, terminal_id, at],
  );

const replaceToken = async (
  transaction: Transaction,
  tenant_id: string,
  terminal_id: string,
  ports: Ports,
): Promise<string> => {
  const token = newToken('tt', tenant_id, ports.randomness);
  const now = new Date(ports.clock.wall());
  await revokeTokens(transaction, tenant_id, terminal_id, now);
  await transaction.query(
    'INSERT INTO terminal_tokens (tenant_id, token_hash, terminal_id, created_at) VALUES ($1, $2, $3, $4)',
    [tenant_id, secretHash(token), terminal_id, now],
  );
  return token;
};

/**
 * Takes every token of a terminal out of use. Its events are not refused for ever: it enrols again with the same key and
 * sends what it has.
 * @throws Problem TERMINAL_UNKNOWN 404
 */
export const revokeTerminal = (db: CentralDatabase, by: Actor, terminal_id: string, ports: Ports): Promise<void> =>
  db.inTenant(by.tenant_id, async (transaction) => {
    const now = new Date(ports.clock.wall());
    await markTerminal(transaction, by.tenant_id, terminal_id, now);
    await revokeTokens(transaction, by.tenant_id, terminal_id, now);
    await noteAction(transaction, by, { action: 'terminal_revoked', terminal_id }, ports);
  });

/**
 * Gives a terminal another token and takes the ones before out of use. A revoked terminal gets none: it enrols again.
 * @throws Problem TERMINAL_UNKNOWN 404, TERMINAL_REVOKED 409
 */
export const rotateToken = (db: CentralDatabase, by: Actor, terminal_id: string, ports: Ports): Promise<string> =>
  db.inTenant(by.tenant_id, async (transaction) => {
    const { rows } = await transaction.query<{ revoked_at: Date | null }>(
      'SELECT revoked_at FROM terminals WHERE tenant_id = $1 AND terminal_id = $2 FOR UPDATE',
      [by.tenant_id, terminal_id],
    );
    const [row] = rows;
    if (!row) throw unknownTerminal();
    if (row.revoked_at !== null) {
      throw new Problem(
        409,
        'TERMINAL_REVOKED',
        'This terminal was revoked, so it gets no other token: enrol it again with a new code.',
      );
    }
    const token = await replaceToken(transaction, by.tenant_id, terminal_id, ports);
    await noteAction(transaction, by, { action: 'token_rotated', terminal_id }, ports);
    return token;
  });

const unknownTerminal = (): Problem => new Problem(404, 'TERMINAL_UNKNOWN', 'There is no such terminal.');

const markTerminal = async (
  transaction: Transaction,
  tenant_id: string,
  terminal_id: string,
  revoked_at: Date,
): Promise<void> => {
  const { rowCount } = await transaction.query(
    'UPDATE terminals SET revoked_at = $3 WHERE tenant_id = $1 AND terminal_id = $2',
    [tenant_id, terminal_id, revoked_at],
  );
  if (rowCount !== 1) throw unknownTerminal();
};

const terminalSql = prepared(
  `SELECT k.token_hash, k.terminal_id, k.revoked_at, t.public_key FROM terminal_tokens k
   JOIN terminals t ON t.tenant_id = k.tenant_id AND t.terminal_id = k.terminal_id
   WHERE k.tenant_id = $1 AND k.token_hash = $2`,
);

/**
 * The terminal that a token speaks for.
 * @throws Problem TOKEN_INVALID 401, TOKEN_REVOKED 403
 */
export const terminalOf = async (db: CentralDatabase, presented: PresentedToken): Promise<KnownTerminal> => {
  const { tenant_id, token_hash } = presented;
  interface Row {
    readonly token_hash: string;
    readonly terminal_id: string;
    readonly revoked_at: Date | null;
    readonly public_key: string;
  }
  const [row] = await db.inTenantOnce<Row>(tenant_id, { ...terminalSql, values: [tenant_id, token_hash] });
  if (!row || !sameDigest(row.token_hash, token_hash)) throw badToken();
  if (row.revoked_at !== null) {
    throw new Problem(
      403,
      'TOKEN_REVOKED',
      'This token was taken out of use. Enrol the terminal again with a new code; nothing that it recorded is lost.',
    );
  }
  return { tenant_id, terminal_id: row.terminal_id, public_key: row.public_key };
};

/**
 * The tenant whose back office a token opens.
 * @throws Problem TOKEN_INVALID 401, TOKEN_REVOKED 403
 */
export const adminTenantOf = (db: CentralDatabase, { tenant_id, token_hash }: PresentedToken): Promise<string> =>
  db.inTenant(tenant_id, async (transaction) => {
    const { rows } = await transaction.query<{ token_hash: string; revoked_at: Date | null }>(
      'SELECT token_hash, revoked_at FROM admin_tokens WHERE tenant_id = $1 AND token_hash = $2',
      [tenant_id, token_hash],
    );
    const row = rows[0];
    if (!row || !sameDigest(row.token_hash, token_hash)) throw badToken();
    if (row.revoked_at !== null) throw new Problem(403, 'TOKEN_REVOKED', 'This token was taken out of use.');
    return tenant_id;
  });

/** The answer to a token that is missing, broken or unknown; it does not tell which. */
export const badToken = (): Problem =>
  new Problem(401, 'TOKEN_INVALID', 'A good bearer token is needed. Enrol the terminal to get one.', {
    'www-authenticate': 'Bearer',
  });
