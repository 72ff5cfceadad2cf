import { BadCatalog, type CatalogContent, makeCatalog } from '../catalog/catalog.js';
import { canonical } from '../events/envelope.js';
import type { Ports } from '../ports.js';
import type { CentralDatabase } from './database.js';
import { Problem } from './problem.js';
import { quotedUuid } from './tenant.js';

/** A published catalog as it is stored. */
export interface PublishedCatalog {
  readonly catalog_version: number;
  readonly checksum: string;
  /** The JSON text of the whole document, as terminals get it. */
  readonly document: string;
}

/**
 * Publishes a catalog for every terminal of the tenant, as the next version. Two who publish at once get two versions.
 * @returns the new version; the first one is 1
 * @throws Problem CATALOG_INVALID 422; nothing is published then
 */
export const publishCatalog = (
  db: CentralDatabase,
  tenant_id: string,
  content: CatalogContent,
  ports: Ports,
): Promise<number> =>
  db.inTenant(
    tenant_id,
    async (transaction) => {
      const { rows } = await transaction.query<{ newest: number }>(
        'SELECT coalesce(max(catalog_version), 0) AS newest FROM catalogs WHERE tenant_id = $1',
        [tenant_id],
      );
      const catalog = checked((rows[0]?.newest ?? 0) + 1, content);
      await transaction.query(
        'INSERT INTO catalogs (tenant_id, catalog_version, checksum, content, published_at) VALUES ($1, $2, $3, $4, $5)',
        [
          tenant_id,
          catalog.catalog_version,
          catalog.checksum,
          canonical(catalog.content),
          new Date(ports.clock.wall()),
        ],
      );
      return catalog.catalog_version;
    },
    [`SELECT pg_advisory_xact_lock(hashtextextended('catalogs of ' || ${quotedUuid(tenant_id)}, 42))`],
  );

const checked = (version: number, content: CatalogContent): ReturnType<typeof makeCatalog> => {
  try {
    return makeCatalog(version, content);
  } catch (cause) {
    if (cause instanceof BadCatalog) throw new Problem(422, 'CATALOG_INVALID', cause.detail);
    throw cause;
  }
};

/** The newest catalog of a tenant that is newer than `since`; undefined when there is none. */
export const newestCatalog = (
  db: CentralDatabase,
  tenant_id: string,
  since: number,
): Promise<PublishedCatalog | undefined> =>
  db.inTenant(tenant_id, async (transaction) => {
    const { rows } = await transaction.query<{ catalog_version: number; checksum: string; content: string }>(
      `SELECT catalog_version, checksum, content FROM catalogs WHERE tenant_id = $1 AND catalog_version > $2
       ORDER BY catalog_version DESC LIMIT 1`,
      [tenant_id, since],
    );
    const row = rows[0];
    if (!row) return undefined;
    const { catalog_version, checksum, content } = row;
    // The stored text goes out as it is, so that it hashes to its checksum.
    const start = `{"catalog_version":${String(catalog_version)},"checksum":"${checksum}"`;
    return { catalog_version, checksum, document: `${start},"content":${content}}` };
  });
