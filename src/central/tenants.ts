import { secretHash } from '../outbox/protocol.js';
import type { Ports } from '../ports.js';
import { invariant } from '../domain/refusal.js';
import { addCertificateKey } from './certificate-keys.js';
import { appRole, type CentralDatabase, directoryRole, type Transaction } from './database.js';
import { newCode, newHandle, newToken, readCode } from './secret.js';

/** A business that uses this central. */
export interface Tenant {
  readonly tenant_id: string;
  readonly name: string;
  /** The first part of its enrolment codes. */
  readonly handle: string;
}

/** A code can be used for this long after it was made, in ms. */
export const codeMsMax = 15 * 60_000;

/** Every tenant of this central, by name. */
export const listTenants = (db: CentralDatabase): Promise<readonly Tenant[]> =>
  db.inDirectory(async (transaction) => {
    const { rows } = await transaction.query<Tenant>(
      'SELECT tenant_id, name, handle FROM tenants ORDER BY name, tenant_id',
    );
    return rows;
  });

/** The tenant whose codes begin with `handle`. */
export const findTenantByHandle = (db: CentralDatabase, handle: string): Promise<Tenant | undefined> =>
  db.inDirectory(async (transaction) => {
    const { rows } = await transaction.query<Tenant>('SELECT tenant_id, name, handle FROM tenants WHERE handle = $1', [
      handle,
    ]);
    return rows[0];
  });

/** The tenant of that name, made if it is not there. Two who ask at once get the same one. */
export const ensureTenant = async (db: CentralDatabase, name: string, ports: Ports): Promise<Tenant> => {
  const known = (await listTenants(db)).find((tenant) => tenant.name === name);
  if (known) return known;
  const tenant_id = ports.randomness.uuid();
  return db.inTenant(
    tenant_id,
    async (transaction) => {
      await transaction.query(`SET LOCAL ROLE ${directoryRole}`);
      const { rows } = await transaction.query<Tenant>('SELECT tenant_id, name, handle FROM tenants');
      await transaction.query(`SET LOCAL ROLE ${appRole}`);
      const made = rows.find((tenant) => tenant.name === name);
      if (made) return made;
      const tenant = { tenant_id, name, handle: unusedHandle(rows, ports) };
      await transaction.query('INSERT INTO tenants (tenant_id, name, handle, created_at) VALUES ($1, $2, $3, $4)', [
        ...Object.values(tenant),
        new Date(ports.clock.wall()),
      ]);
      await addCertificateKey(transaction, tenant_id, ports);
      return tenant;
    },
    // One lock for the names of all tenants, because a constraint without the tenant in it could not be distributed.
    [`SELECT pg_advisory_xact_lock(hashtextextended('tillog tenants', 42))`],
  );
};

const unusedHandle = (tenants: readonly Tenant[], ports: Ports): string => {
  const used = new Set(tenants.map(({ handle }) => handle));
  let handle = newHandle(ports.randomness);
  while (used.has(handle)) handle = newHandle(ports.randomness);
  return handle;
};

/** The store of that name, made if it is not there. Two who ask at once get the same one. */
const ensureStore = async (
  transaction: Transaction,
  tenant_id: string,
  name: string,
  ports: Ports,
): Promise<string> => {
  const { rows } = await transaction.query<{ store_id: string }>(
    `WITH made AS (
       INSERT INTO stores (tenant_id, store_id, name, created_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (tenant_id, name) DO NOTHING RETURNING store_id)
     SELECT store_id FROM made UNION ALL SELECT store_id FROM stores WHERE tenant_id = $1 AND name = $3`,
    [tenant_id, ports.randomness.uuid(), name, new Date(ports.clock.wall())],
  );
  const store = rows[0];
  // Both sides are empty when somebody else made it after this statement began to read.
  return store ? store.store_id : ensureStore(transaction, tenant_id, name, ports);
};

/** Whom a code is for. */
export interface CodeWish {
  readonly tenant: string;
  readonly store: string;
}

/**
 * Makes a fresh one-time enrolment code, and the tenant and store of those names where they are not there. The code is
 * good for {@link codeMsMax}, once, and is stored only as a hash: this is the only time that it can be shown.
 */
export const createCode = async (db: CentralDatabase, wish: CodeWish, ports: Ports): Promise<string> => {
  const { tenant_id, handle } = await ensureTenant(db, wish.tenant, ports);
  const code = newCode(handle, ports.randomness);
  const presented = readCode(code);
  invariant(presented !== undefined, 'a code that was made can be read');
  const now = ports.clock.wall();
  await db.inTenant(tenant_id, async (transaction) => {
    const store_id = await ensureStore(transaction, tenant_id, wish.store, ports);
    await transaction.query(
      `INSERT INTO enrolment_codes (tenant_id, code_hash, store_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)`,
      [tenant_id, presented.code_hash, store_id, new Date(now), new Date(now + codeMsMax)],
    );
  });
  return code;
};

/** Makes a token that opens the back office of one tenant, made if it is not there. It can be shown only this once. */
export const createAdminToken = async (db: CentralDatabase, tenant: string, ports: Ports): Promise<string> => {
  const { tenant_id } = await ensureTenant(db, tenant, ports);
  const token = newToken('ta', tenant_id, ports.randomness);
  await db.inTenant(tenant_id, (transaction) =>
    transaction.query('INSERT INTO admin_tokens (tenant_id, token_hash, created_at) VALUES ($1, $2, $3)', [
      tenant_id,
      secretHash(token),
      new Date(ports.clock.wall()),
    ]),
  );
  return token;
};
