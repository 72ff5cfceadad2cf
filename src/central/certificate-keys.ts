import { invariant } from '../domain/refusal.js';
import { newPrivateKey, publicKeyOf } from '../events/signature.js';
import type { Ports } from '../ports.js';
import type { CentralDatabase, Transaction } from './database.js';

/**
 * The keys with which a company's certificates are signed and its bundles are sealed. They lie in the database, so that any copy of central signs
 * with the same one; row-level security shows a company its own alone, and no address gives a private key away.
 */
export const certificateKeyTables = `
CREATE TABLE certificate_keys (
  tenant_id   uuid NOT NULL,            -- whose certificates it signs
  key_id      uuid NOT NULL,            -- made by central
  public_key  text NOT NULL,            -- base64 SPKI of an Ed25519 key; what an auditor is given; never changes
  private_key text,                     -- PKCS 8 in PEM; null once another key took its place, so that nobody signs with it again
  created_at  timestamptz NOT NULL,     -- central's clock
  retired_at  timestamptz,              -- since when another key signs; null for the one that signs now
  PRIMARY KEY (tenant_id, key_id)
);
CREATE UNIQUE INDEX certificate_keys_signing ON certificate_keys (tenant_id) WHERE retired_at IS NULL;
`;

/** What the application may do with {@link certificateKeyTables}. */
export const certificateKeyRights: Readonly<Record<string, string>> = { certificate_keys: 'SELECT, INSERT, UPDATE' };

/** The public half of a key, with the time in which it signed. */
export interface CertificateKey {
  readonly public_key: string;
  readonly created_at: Date;
  readonly retired_at: Date | null;
}

/** The private key that signs now: PKCS 8 in PEM. */
export const signingKey = async (transaction: Transaction, tenant_id: string): Promise<string> => {
  const { rows } = await transaction.query<{ private_key: string }>(
    'SELECT private_key FROM certificate_keys WHERE tenant_id = $1 AND retired_at IS NULL',
    [tenant_id],
  );
  invariant(rows[0] !== undefined, 'a company has a key from its first moment on');
  return rows[0].private_key;
};

/** Makes the key that signs from now on. Where another copy was quicker, its key is the one. */
export const addCertificateKey = async (
  transaction: Transaction,
  tenant_id: string,
  { randomness, clock }: Ports,
): Promise<void> => {
  const pem = newPrivateKey();
  await transaction.query(
    `INSERT INTO certificate_keys (tenant_id, key_id, public_key, private_key, created_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (tenant_id) WHERE retired_at IS NULL DO NOTHING`,
    [tenant_id, randomness.uuid(), publicKeyOf(pem), pem, new Date(clock.wall())],
  );
};

/** Takes another key from now on and forgets the private half of the one before; what it signed stays good. */
export const rotateCertificateKey = (db: CentralDatabase, tenant_id: string, ports: Ports): Promise<void> =>
  db.inTenant(tenant_id, async (transaction) => {
    await transaction.query(
      'UPDATE certificate_keys SET retired_at = $2, private_key = NULL WHERE tenant_id = $1 AND retired_at IS NULL',
      [tenant_id, new Date(ports.clock.wall())],
    );
    await addCertificateKey(transaction, tenant_id, ports);
  });

/** The public keys of a company, the newest first. */
export const listCertificateKeys = (db: CentralDatabase, tenant_id: string): Promise<readonly CertificateKey[]> =>
  db.inTenant(tenant_id, async (transaction) => {
    const { rows } = await transaction.query<CertificateKey & Record<string, unknown>>(
      `SELECT public_key, created_at, retired_at FROM certificate_keys WHERE tenant_id = $1
       ORDER BY retired_at DESC NULLS FIRST, key_id`,
      [tenant_id],
    );
    return rows;
  });
