import type { z } from 'zod';
import { isSignedWith, readPublicKey } from '../events/signature.js';
import { tokenProposalText, type tokenProposalSchema } from '../outbox/protocol.js';
import type { Ports } from '../ports.js';
import { prepared } from '../projections/prepared-statement.js';
import type { CentralDatabase, Transaction } from './database.js';
import { badToken, type KnownTerminal, unknownTerminal } from './enrolment.js';
import { type Actor, noteAction } from './office-actions.js';
import { Problem } from './problem.js';
import { type PresentedToken, sameDigest } from './secret.js';

/** A terminal and the token that it came with. */
export interface PresentTerminal extends KnownTerminal {
  readonly token_hash: string;
  /** It is to take another token. */
  readonly isRotationAsked: boolean;
}

interface TokenRow {
  readonly token_hash: string;
  readonly terminal_id: string;
  readonly used_at: Date | null;
  readonly revoked_at: Date | null;
  readonly public_key: string;
  readonly rotation_asked_at: Date | null;
}

const tokenSql = prepared(
  `SELECT k.token_hash, k.terminal_id, k.used_at, k.revoked_at, t.public_key, t.rotation_asked_at
   FROM terminal_tokens k JOIN terminals t ON t.tenant_id = k.tenant_id AND t.terminal_id = k.terminal_id
   WHERE k.tenant_id = $1 AND k.token_hash = $2`,
);

/**
 * The terminal that a token speaks for. The first use of a token ends every other one of its terminal.
 * @throws Problem TOKEN_INVALID 401, TOKEN_REVOKED 403
 */
export const terminalOf = async (
  db: CentralDatabase,
  { tenant_id, token_hash }: PresentedToken,
  ports: Ports,
): Promise<PresentTerminal> => {
  const [row] = await db.inTenantOnce<TokenRow>(tenant_id, { ...tokenSql, values: [tenant_id, token_hash] });
  if (!row || !sameDigest(row.token_hash, token_hash)) throw badToken();
  if (row.revoked_at !== null) throw revokedToken();
  const { terminal_id, public_key } = row;
  const present = { tenant_id, terminal_id, public_key, token_hash };
  const wasRotated =
    row.used_at === null && (await db.inTenant(tenant_id, (transaction) => firstUse(transaction, present, ports)));
  return { ...present, isRotationAsked: row.rotation_asked_at !== null && !wasRotated };
};

const revokedToken = (): Problem =>
  new Problem(
    403,
    'TOKEN_REVOKED',
    'This token was taken out of use. Enrol the terminal again with a new code; nothing that it recorded is lost.',
  );

/** Whether the token took the place of another one. */
const firstUse = async (
  transaction: Transaction,
  { tenant_id, terminal_id, token_hash }: Omit<PresentTerminal, 'isRotationAsked'>,
  ports: Ports,
): Promise<boolean> => {
  const now = new Date(ports.clock.wall());
  // Under the lock of the terminal, so that it does not come between a rotation and its end.
  await lockTerminal(transaction, tenant_id, terminal_id);
  const { rowCount } = await transaction.query(
    `UPDATE terminal_tokens SET used_at = $3 WHERE tenant_id = $1 AND token_hash = $2
     AND used_at IS NULL AND revoked_at IS NULL`,
    [tenant_id, token_hash, now],
  );
  if (rowCount !== 1) return false;
  const { rowCount: ended } = await transaction.query(
    `UPDATE terminal_tokens SET revoked_at = $4
     WHERE tenant_id = $1 AND terminal_id = $2 AND token_hash <> $3 AND revoked_at IS NULL`,
    [tenant_id, terminal_id, token_hash, now],
  );
  if (ended === 0) return false;
  await transaction.query('UPDATE terminals SET rotation_asked_at = NULL WHERE tenant_id = $1 AND terminal_id = $2', [
    tenant_id,
    terminal_id,
  ]);
  await noteAction(transaction, { tenant_id, actor: 'terminal' }, { action: 'token_rotated', terminal_id }, ports);
  return true;
};

interface LockedTerminal {
  readonly revoked_at: Date | null;
  readonly rotation_asked_at: Date | null;
}

const lockTerminal = async (
  transaction: Transaction,
  tenant_id: string,
  terminal_id: string,
): Promise<LockedTerminal | undefined> => {
  const { rows } = await transaction.query<LockedTerminal>(
    'SELECT revoked_at, rotation_asked_at FROM terminals WHERE tenant_id = $1 AND terminal_id = $2 FOR UPDATE',
    [tenant_id, terminal_id],
  );
  return rows[0];
};

/**
 * Asks a terminal to take another token. It does so by itself at its next exchange; the token that it has is good until
 * it uses the other one. A revoked terminal gets none: it enrols again.
 * @throws Problem TERMINAL_UNKNOWN 404, TERMINAL_REVOKED 409
 */
export const askForRotation = (db: CentralDatabase, by: Actor, terminal_id: string, ports: Ports): Promise<void> =>
  db.inTenant(by.tenant_id, async (transaction) => {
    const terminal = await lockTerminal(transaction, by.tenant_id, terminal_id);
    if (!terminal) throw unknownTerminal();
    if (terminal.revoked_at !== null) {
      throw new Problem(
        409,
        'TERMINAL_REVOKED',
        'This terminal was revoked, so it gets no other token: enrol it again with a new code.',
      );
    }
    await transaction.query('UPDATE terminals SET rotation_asked_at = $3 WHERE tenant_id = $1 AND terminal_id = $2', [
      by.tenant_id,
      terminal_id,
      new Date(ports.clock.wall()),
    ]);
    await noteAction(transaction, by, { action: 'rotation_asked', terminal_id }, ports);
  });

/**
 * Takes the hash of the token that a terminal made for itself. Both tokens are good until the new one is first used; the
 * same proposal again is harmless.
 * @throws Problem SIGNATURE_INVALID 403, ROTATION_NOT_ASKED 409
 */
export const takeToken = (
  db: CentralDatabase,
  terminal: PresentTerminal,
  proposal: z.infer<typeof tokenProposalSchema>,
  ports: Ports,
): Promise<void> => {
  const { tenant_id, terminal_id, token_hash } = terminal;
  const next_hash = proposal.token_hash;
  const key = readPublicKey(terminal.public_key);
  if (!key || !isSignedWith(key, tokenProposalText({ terminal_id, token_hash, next_hash }), proposal.signature)) {
    throw new Problem(
      403,
      'SIGNATURE_INVALID',
      'The key of this terminal did not sign that. The token stays as it is.',
    );
  }
  return db.inTenant(tenant_id, async (transaction) => {
    const now = new Date(ports.clock.wall());
    const locked = await lockTerminal(transaction, tenant_id, terminal_id);
    if (!locked?.rotation_asked_at) {
      throw new Problem(409, 'ROTATION_NOT_ASKED', 'Nobody asked for another token. The token stays as it is.');
    }
    await transaction.query(
      `UPDATE terminal_tokens SET revoked_at = $4 WHERE tenant_id = $1 AND terminal_id = $2
       AND token_hash NOT IN ($3, $5) AND used_at IS NULL AND revoked_at IS NULL`,
      [tenant_id, terminal_id, next_hash, now, token_hash],
    );
    await transaction.query(
      `INSERT INTO terminal_tokens (tenant_id, token_hash, terminal_id, created_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (tenant_id, token_hash) DO NOTHING`,
      [tenant_id, next_hash, terminal_id, now],
    );
  });
};
