import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { BadCatalog, type Catalog, type CatalogContent, makeCatalogInSteps } from '../catalog/catalog.js';
import { canonical } from '../events/envelope.js';
import { givingWay, type Ports } from '../ports.js';
import type { CentralDatabase, Transaction } from './database.js';
import { Problem } from './problem.js';
import { quotedUuid } from './tenant.js';

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** A published catalog as it is stored. */
export interface PublishedCatalog {
  readonly catalog_version: number;
  readonly checksum: string;
  /** The whole document as terminals get it, compressed with gzip. */
  readonly document: Buffer;
}

/** Who publishes, and whether it is an older version again. */
export interface Publication {
  /** By name. */
  readonly by: string;
  readonly restored_from?: number;
  readonly ports: Ports;
}

/** SQL that lets one after another publish in whichever copy of central. It travels with the BEGIN. */
export const publishLock = (tenant_id: string): readonly string[] => [
  `SELECT pg_advisory_xact_lock(hashtextextended('catalogs of ' || ${quotedUuid(tenant_id)}, 42))`,
];

/**
 * Publishes a catalog for every terminal of the tenant, as the next version. Must be inside a transaction that took
 * {@link publishLock}.
 * @returns the new version; the first one is 1
 * @throws Problem CATALOG_INVALID 422; nothing is published then
 */
export const publishContent = async (
  transaction: Transaction,
  tenant_id: string,
  content: CatalogContent,
  { by, restored_from, ports }: Publication,
): Promise<number> => {
  const version = (await newestVersion(transaction, tenant_id)) + 1;
  const catalog = await checked(version, content);
  await transaction.query(
    `INSERT INTO catalogs (tenant_id, catalog_version, checksum, document, products_count, restored_from, published_by,
       published_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      ...[tenant_id, version, catalog.checksum, await pack(documentOf(catalog)), catalog.content.products.length],
      ...[restored_from ?? null, by, new Date(ports.clock.wall())],
    ],
  );
  return version;
};

/** Publishes a catalog as {@link publishContent} does, in a transaction of its own. */
export const publishCatalog = (
  db: CentralDatabase,
  tenant_id: string,
  content: CatalogContent,
  ports: Ports,
): Promise<number> =>
  db.inTenant(
    tenant_id,
    (transaction) => publishContent(transaction, tenant_id, content, { by: 'tillog', ports }),
    publishLock(tenant_id),
  );

/** The newest version that was published; 0 when none was. */
export const newestVersion = async (transaction: Transaction, tenant_id: string): Promise<number> => {
  const { rows } = await transaction.query<{ newest: number }>(
    'SELECT coalesce(max(catalog_version), 0) AS newest FROM catalogs WHERE tenant_id = $1',
    [tenant_id],
  );
  return rows[0]?.newest ?? 0;
};

// The content is written in its canonical form, so that the document hashes to its checksum as it stands.
const documentOf = ({ catalog_version, checksum, content }: Catalog): string =>
  `{"catalog_version":${String(catalog_version)},"checksum":"${checksum}","content":${canonical(content)}}`;

const checked = async (version: number, content: CatalogContent): Promise<Catalog> => {
  try {
    return await givingWay(makeCatalogInSteps(version, content));
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
    const { rows } = await transaction.query<PublishedCatalog>(
      `SELECT catalog_version, checksum, document FROM catalogs WHERE tenant_id = $1 AND catalog_version > $2
       ORDER BY catalog_version DESC LIMIT 1`,
      [tenant_id, since],
    );
    return rows[0];
  });

/** The document of a published catalog as text. */
export const unpackDocument = async (document: Buffer): Promise<string> => (await unpack(document)).toString('utf8');

/**
 * What one version says.
 * @throws Problem CATALOG_UNKNOWN 404
 */
export const contentOfVersion = async (
  transaction: Transaction,
  tenant_id: string,
  catalog_version: number,
): Promise<CatalogContent> => {
  const { rows } = await transaction.query<{ document: Buffer }>(
    'SELECT document FROM catalogs WHERE tenant_id = $1 AND catalog_version = $2',
    [tenant_id, catalog_version],
  );
  const [row] = rows;
  if (!row) throw new Problem(404, 'CATALOG_UNKNOWN', 'There is no published catalog with this version.');
  // It was checked when it was published, and nobody can change it since.
  return (JSON.parse(await unpackDocument(row.document)) as Catalog).content;
};
